#include "session/history.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "session/ratemeter.hpp"

namespace workbench {
namespace {

constexpr double period = 0.01;

History historyOf(int samples, auto valueAt) {
    History history;
    for (int index = 0; index < samples; ++index) history.append(index * period, valueAt(index));
    return history;
}

TEST(History, GivesEverySampleWhenThereAreFewerThanColumns) {
    const History history = historyOf(10, [](int index) { return index; });
    const auto points = history.points(-1, 1, 1000);
    ASSERT_EQ(points.size(), 10u);
    for (std::size_t index = 0; index < points.size(); ++index)
        EXPECT_EQ(points[index].value, static_cast<double>(index));
}

TEST(History, GivesAtMostTwoPointsAColumnWhateverTheRange) {
    std::mt19937 random{1};
    const History history = historyOf(200'000, [&](int) { return static_cast<double>(random() % 1000); });
    const double end = history.newestTime();
    for (const double span : {0.5, 10.0, 60.0, 600.0, 2000.0, 1e6}) {
        for (const int columns : {1, 7, 600, 4000}) {
            // One more cell than columns can be touched, and one point holds from before the range.
            EXPECT_LE(history.points(end - span, end, columns).size(), static_cast<std::size_t>(2 * (columns + 1) + 1))
                << span << " s in " << columns;
        }
    }
}

// Of a long run, the shorter the range the finer the level: down to every sample of the last minute.
TEST(History, GivesTwoPointsAColumnWhereItCanWhateverTheRange) {
    const History history = historyOf(1'000'000, [](int index) { return index % 2 == 0 ? 1.0 : -1.0; });
    const double end = history.newestTime();
    constexpr int columns = 100;
    for (const double span : {5.0, 15.0, 80.0, 100.0, 160.0, 300.0, 1300.0, 5000.0, 9000.0}) {
        const auto points = history.points(end - span, end, columns);
        EXPECT_GE(points.size(), static_cast<std::size_t>(2 * columns - 2)) << span << " s";
        EXPECT_LE(points.front().time, end - span + 2 * span / columns) << span << " s";
        EXPECT_GE(points.back().time, end - 2 * span / columns) << span << " s";
    }
}

TEST(History, GivesEverySampleOfTheLastMinuteOfALongRun) {
    const History history = historyOf(1'000'000, [](int index) { return index; });
    const double end = history.newestTime();
    const auto points = history.points(end - 60 + period / 2, end, 10'000);
    ASSERT_EQ(points.size(), 6001u);  // the first holds from before the range
    for (std::size_t index = 0; index < points.size(); ++index) {
        ASSERT_EQ(points[index].value, static_cast<double>(1'000'000 - 6001 + index));
    }
}

TEST(History, KeepsEveryPeakHoweverFarOneZoomsOut) {
    const int peakAt = 60'000;
    const History history = historyOf(150'000, [&](int index) {
        return index == peakAt ? 777.0 : index == peakAt + 5 ? -5.0 : 1.0;
    });
    for (const double span : {1000.0, 1500.0, 5000.0}) {
        const auto points = history.points(history.newestTime() - span, history.newestTime(), 300);
        const auto [low, high] = std::ranges::minmax(points, {}, &HistoryPoint::value);
        EXPECT_EQ(high.value, 777.0) << span;
        EXPECT_EQ(low.value, -5.0) << span;
    }
}

TEST(History, GivesPointsInTimeOrder) {
    std::mt19937 random{2};
    const History history = historyOf(50'000, [&](int) { return static_cast<double>(random() % 100); });
    const auto points = history.points(100, 400, 250);
    EXPECT_TRUE(std::ranges::is_sorted(points, {}, &HistoryPoint::time));
}

TEST(History, BeginsWithTheValueThatHoldsAtTheLeftEdge) {
    History history;
    history.append(1, 10);
    history.append(5, 20);
    const auto points = history.points(3, 10, 100);
    ASSERT_EQ(points.size(), 2u);
    EXPECT_EQ(points[0].value, 10);
    EXPECT_EQ(points[1].value, 20);
}

TEST(History, TellsTheValueThatHeldAtAMoment) {
    History history;
    EXPECT_FALSE(history.at(1).has_value());
    history.append(1, 10);
    history.append(2, 20);
    EXPECT_FALSE(history.at(0.5).has_value());
    EXPECT_EQ(history.at(1.9)->maximum, 10);
    EXPECT_EQ(history.at(2)->maximum, 20);
    EXPECT_EQ(history.at(99)->minimum, 20);
}

TEST(History, StaysBoundedForAWeekOfSamples) {
    History history;
    const int samples = 2'000'000;
    for (int index = 0; index < samples; ++index) history.append(index * period, index);
    EXPECT_LE(history.bytes(), std::size_t{1} << 20);
    EXPECT_GE(history.bytes(), std::size_t{1} << 19) << "it keeps much less than it may";
    EXPECT_EQ(history.oldestTime(), 0);
    EXPECT_EQ(history.points(0, samples * period, 500).front().value, 0);
    EXPECT_EQ(history.points(0, samples * period, 500).back().value, samples - 1);
}

TEST(History, ForgetsWhatIsOlderThanAskedButNotTheValueThatHolds) {
    History history = historyOf(1000, [](int index) { return index; });
    history.forgetBefore(5);
    EXPECT_GE(history.oldestTime(), 5 - 8 * 8 * 8 * period);
    EXPECT_LE(history.oldestTime(), 5);
    EXPECT_EQ(history.at(5)->maximum, 500);
    EXPECT_EQ(history.at(5)->minimum, 500);
    EXPECT_EQ(history.at(7.5)->minimum, 750);
    history.forgetBefore(1e9);
    EXPECT_EQ(history.at(1e9)->maximum, 999);
}

TEST(RateMeter, TellsTheRateOfTheLastSecond) {
    RateMeter meter;
    EXPECT_EQ(meter.rate(), 0);
    for (int index = 0; index <= 500; ++index)
        meter.append(index * period, static_cast<std::uint64_t>(index < 200 ? 0 : (index - 200) * 3));
    EXPECT_NEAR(meter.rate(), 300, 1e-6);
    for (int index = 501; index <= 650; ++index) meter.append(index * period, 900);
    EXPECT_EQ(meter.rate(), 0);
}

TEST(History, DoesNotGoBackInTime) {
    History history;
    history.append(10, 1);
    history.append(9, 2);
    EXPECT_EQ(history.newestTime(), 10);
    EXPECT_EQ(history.at(10)->maximum, 2);
}

}  // namespace
}  // namespace workbench
