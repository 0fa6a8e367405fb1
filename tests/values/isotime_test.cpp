// Wall clock times as ISO 8601 writes them.

#include "values/isotime.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <time.h>

namespace {

using workbench::isoTime;
using workbench::parseIsoTime;

constexpr std::int64_t second = 1'000'000'000;
constexpr std::int64_t leapDay = 1'709'164'800 * second;  // 2024-02-29T00:00:00Z, as `date -u -d @1709164800` has it

TEST(IsoTime, IsWrittenToTheNanosecondInUtc) {
    EXPECT_EQ(isoTime(0), "1970-01-01T00:00:00.000000000Z");
    EXPECT_EQ(isoTime(leapDay + 45'296 * second + 7), "2024-02-29T12:34:56.000000007Z");
    EXPECT_EQ(isoTime(-1), "1969-12-31T23:59:59.999999999Z");
}

TEST(IsoTime, IsReadBackAsItWasWritten) {
    for (const std::int64_t time : {std::int64_t{0}, std::int64_t{-1}, leapDay - 1, leapDay + 123'456'789})
        EXPECT_EQ(parseIsoTime(isoTime(time)), time);
}

TEST(IsoTime, IsReadWithAnyZone) {
    EXPECT_EQ(parseIsoTime("2024-02-29T01:30:00+01:30"), leapDay);
    EXPECT_EQ(parseIsoTime("2024-02-28T18:30:00-0530"), leapDay);
    EXPECT_EQ(parseIsoTime("2024-02-29T02:00+02"), leapDay);
    EXPECT_EQ(parseIsoTime("2024-02-29 00:00:00.25Z"), leapDay + second / 4);
    EXPECT_EQ(parseIsoTime("2024-02-29T00:00:00,1234567891Z"), leapDay + 123'456'789);
    EXPECT_EQ(parseIsoTime("2024-02-29Z"), leapDay);
}

TEST(IsoTime, IsLocalWithoutAZone) {
    ::setenv("TZ", "XYZ-03:00", 1);  // three hours east
    ::tzset();
    EXPECT_EQ(parseIsoTime("2024-02-29T03:00:00.5"), leapDay + second / 2);
    EXPECT_EQ(parseIsoTime("2024-02-29 03:00"), leapDay);
    ::unsetenv("TZ");
    ::tzset();
}

TEST(IsoTime, IsNoneOfWhatDoesNotExist) {
    for (const char* const text :
         {"", "now", "2024", "2024-02-30T00:00:00Z", "2023-02-29T00:00:00Z", "2024-13-01T00:00:00Z",
          "2024-02-29T24:00:00Z", "2024-02-29T00:60:00Z", "2024-02-29T00:00:60Z", "2024-02-29T00:00:00",
          "2024-02-29T00:00:00.Z", "2024-02-29T00:00:00+24", "2024-02-29T00:00:00+01:", "2024-02-29T00:00:00Zx",
          "2024-2-29T00:00:00Z", "9999-01-01T00:00:00Z", "2024-02-29T", "2024-02-29T00", "-10s"}) {
        const bool isLocal = std::string_view{text} == "2024-02-29T00:00:00";
        EXPECT_EQ(parseIsoTime(text).has_value(), isLocal) << text;
    }
}

}  // namespace
