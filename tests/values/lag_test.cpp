#include "values/lag.hpp"

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using workbench::Age;
using workbench::PushedPast;

constexpr std::uint64_t length = 1000;

PushedPast::Time at(std::chrono::milliseconds time) { return PushedPast::Time{1h + time}; }

TEST(PushedPast, KnowsNothingBeforeItsFirstLook) {
    const PushedPast past;
    EXPECT_FALSE(past.lagOf(0));
    EXPECT_FALSE(past.ageOf(0));
}

TEST(PushedPast, TellsTheAgeFromTheLookThatFirstShowedAnItem) {
    PushedPast past;
    past.add(at(0ms), 0, length);
    past.add(at(100ms), 10, length);
    past.add(at(200ms), 20, length);
    past.add(at(500ms), 20, length);
    EXPECT_EQ(past.lagOf(10), (Age{300ms, false}));
    EXPECT_EQ(past.lagOf(11), (Age{400ms, false}));
    EXPECT_EQ(past.lagOf(20), (Age{400ms, false}));
}

TEST(PushedPast, HasNoLagWithNothingToTake) {
    PushedPast past;
    past.add(at(0ms), 7, length);
    past.add(at(900ms), 7, length);
    EXPECT_EQ(past.lagOf(0), Age{});
}

TEST(PushedPast, TellsTheLeastAgeOfWhatIsOlderThanTheWatch) {
    PushedPast past;
    past.add(at(0ms), 5, length);
    past.add(at(2000ms), 8, length);
    EXPECT_EQ(past.lagOf(4), (Age{2000ms, true}));
    EXPECT_EQ(past.lagOf(3), (Age{0ms, false}));
}

TEST(PushedPast, ForgetsWhatTheRingNoLongerHolds) {
    PushedPast past;
    past.add(at(0ms), 5, 10);
    past.add(at(100ms), 20, 10);
    past.add(at(300ms), 25, 10);
    EXPECT_EQ(past.lagOf(10), (Age{200ms, false}));
}

TEST(PushedPast, MakesAgesCoarserButNeverLargerWhenItIsFull) {
    PushedPast past;
    constexpr int looks = 50'000;
    for (int look = 0; look <= looks; ++look) {
        past.add(at(look * 1ms), static_cast<std::uint64_t>(look), 1'000'000);
    }
    for (const std::uint64_t usage : {1u, 100u, 5'000u, 45'000u}) {
        const auto age = past.lagOf(usage);
        ASSERT_TRUE(age);
        const auto exact = (static_cast<int>(usage) - 1) * 1ms;
        EXPECT_LE(age->age, exact) << usage;
        EXPECT_GE(age->age, exact * 0.99 - 1ms) << usage;
        EXPECT_FALSE(age->isLeast);
    }
}

TEST(PushedPast, BeginsAnewWhenPushedGoesBack) {
    PushedPast past;
    past.add(at(0ms), 50, length);
    past.add(at(100ms), 3, length);
    past.add(at(150ms), 3, length);
    EXPECT_EQ(past.lagOf(1), (Age{50ms, true}));
}

}  // namespace
