// How far apart looks at the other side are kept. The numbers are ticks of no particular length.

#include "shared_cbuff/detail/looks.hpp"

#include <gtest/gtest.h>

namespace {

using namespace shared_cbuff;
using namespace std::chrono_literals;

Looks looks_of(std::uint64_t enough, std::uint64_t shortest, std::uint64_t longest) {
    Looks looks;
    looks.enough = enough;
    looks.shortest = shortest;
    looks.longest = longest;
    return looks;
}

TEST(Looks, BeginAtOnceAndKnowTheirBounds) {
    const Looks looks = Looks::finding(128, 1us);
    EXPECT_EQ(looks.interval, 0u);
    EXPECT_EQ(looks.enough, 128u);
    EXPECT_EQ(looks.shortest, ticks_in(64ns));
    EXPECT_EQ(looks.longest, ticks_in(1us));
    EXPECT_EQ(Looks::finding(128, 700ns).longest, ticks_in(700ns));
    EXPECT_EQ(Looks::finding(128, 1001ns).longest, ticks_in(1us)) << "no look is worth a longer wait";
    EXPECT_EQ(Looks::finding(128, std::chrono::nanoseconds::max()).longest, ticks_in(1us));
    EXPECT_EQ(Looks::finding(128, 0ns).longest, 0u);
    EXPECT_EQ(Looks::finding(128, -1ns).longest, 0u);
}

TEST(Looks, MoveApartWhileTheyFindLittleUntilTheItemsComeTooSeldom) {
    Looks looks = looks_of(100, 10, 1000);
    for (const std::uint64_t interval : {10, 20, 40, 80, 160, 320, 640, 0, 10}) {
        looks.found(50);
        EXPECT_EQ(looks.interval, interval);
    }
    EXPECT_NE(looks.last, 0u);
}

TEST(Looks, AreNeverFurtherApartThanTheLongest) {
    Looks looks = looks_of(100, 10, 700);
    for (const std::uint64_t interval : {10, 20, 40, 80, 160, 320, 640, 700, 700}) {
        looks.found(99);
        EXPECT_EQ(looks.interval, interval);
    }
    Looks never = looks_of(100, 10, 0);
    never.found(50);
    EXPECT_EQ(never.interval, 0u);
}

TEST(Looks, ComeCloserWhenTheyFindTwiceEnoughAndStayWhenTheyFindEnough) {
    Looks looks = looks_of(100, 10, 1000);
    looks.interval = 640;
    looks.found(100);
    EXPECT_EQ(looks.interval, 640u);
    looks.found(199);
    EXPECT_EQ(looks.interval, 640u);
    looks.found(200);
    EXPECT_EQ(looks.interval, 320u);
    looks.found(1000);
    EXPECT_EQ(looks.interval, 160u);
}

TEST(Looks, ComeAtOnceAfterOneThatFoundNothing) {
    Looks looks = looks_of(100, 10, 1000);
    looks.interval = 640;
    looks.found_nothing();
    EXPECT_EQ(looks.interval, 0u);
}

TEST(Ticks, OfATimeGrowWithIt) {
    EXPECT_EQ(ticks_in(0ns), 1u);
    const auto microsecond = static_cast<double>(ticks_in(100us)) / 100;
    EXPECT_NEAR(static_cast<double>(ticks_in(1ms)) / 1000, microsecond, 0.05 * microsecond);
}

}  // namespace
