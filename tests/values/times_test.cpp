#include "values/times.hpp"

#include <gtest/gtest.h>

#include <QJsonDocument>
#include <QJsonObject>

namespace {

using namespace std::chrono_literals;
using workbench::Times;

TEST(Times, LieBetweenTwoLooksAtTheClocks) {
    const Times before = workbench::timesNow();
    const Times moment = workbench::timesOf(std::chrono::steady_clock::now());
    const Times after = workbench::timesNow();
    const std::int64_t slack = after.boot_ns - before.boot_ns;  // three clocks are not read at once
    EXPECT_GE(moment.boot_ns, before.boot_ns - slack);
    EXPECT_LE(moment.boot_ns, after.boot_ns + slack);
    EXPECT_GT(moment.unix_ns, std::int64_t{1'700'000'000} * 1'000'000'000);
}

TEST(Times, OfAnEarlierMomentAreEarlierOnBothClocks) {
    const auto now = std::chrono::steady_clock::now();
    const Times earlier = workbench::timesOf(now - 1h);
    const Times later = workbench::timesOf(now);
    const std::int64_t hour_ns = std::chrono::nanoseconds{1h}.count();
    EXPECT_GT(later.boot_ns - earlier.boot_ns, hour_ns - hour_ns / 100);  // each reads three clocks, not at once
    EXPECT_LT(later.boot_ns - earlier.boot_ns, hour_ns * 2);
    EXPECT_GT(later.unix_ns - earlier.unix_ns, 0);
}

TEST(Times, AreWrittenToTheLastDigit) {
    QJsonObject object;
    workbench::insertTimes(object, {9'007'199'254'740'993, 1'764'000'000'123'456'789});
    EXPECT_EQ(QJsonDocument{object}.toJson(QJsonDocument::Compact).toStdString(),
              R"({"time_boot_ns":9007199254740993,"time_unix_ns":1764000000123456789})");
}

}  // namespace
