#include "story/lanes.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace workbench {
namespace {

constexpr double halfMicrosecond = 0.5e-6;  // a history keeps whole ones

struct Told {
    double time = 0;
    std::uint64_t value = 0;
};

/// A counter that stands still most of the time, with pauses and changes of the sampling rate.
class Lanes : public testing::Test {
protected:
    Lanes() {
        std::mt19937 random{4};
        double time = 1000;
        std::uint64_t value = 7;
        for (int index = 0; index < 40'000; ++index) {
            const double period = index % 9000 < 4000 ? 0.001 : 0.1;
            time += index % 7000 == 6999 ? 20 : period;
            if (random() % 40 == 0) value += random() % 5;
            m_told.push_back({time, value});
            m_counter.append(time, value);
        }
    }
    std::uint64_t valueBefore(double time) const {
        std::uint64_t value = m_told.front().value;
        for (const Told& told : m_told) {
            if (told.time >= time - halfMicrosecond) break;
            value = told.value;
        }
        return value;
    }
    History m_counter;
    std::vector<Told> m_told;
};

TEST_F(Lanes, LeaveNothingOutAtAnyZoom) {
    const double begin = m_told.front().time, end = m_told.back().time;
    for (const double span : {1.0, 60.0, 600.0, end - begin}) {
        for (const double from : {begin, begin + 3.7, end - span}) {
            const auto cells = laneCells(m_counter, from, from + span, 800);
            EXPECT_LE(cells.size(), 801u);
            for (const LaneCell& cell : cells) {
                EXPECT_EQ(cell.amount, valueBefore(cell.to) - valueBefore(cell.from)) << span;
                EXPECT_GT(cell.amount, 0u);
            }
            // What is marked together is what it grew by, whole columns at both ends.
            std::uint64_t sum = 0;
            for (const LaneCell& cell : cells) sum += cell.amount;
            if (cells.empty()) continue;
            EXPECT_EQ(sum, valueBefore(cells.back().to) - valueBefore(cells.front().from)) << span;
            EXPECT_EQ(valueBefore(from + span), valueBefore(std::min(from + span, cells.back().to))) << span;
        }
    }
}

TEST(LaneCells, AreNoneWhereNothingGrows) {
    History counter;
    for (int index = 0; index < 100; ++index) counter.append(index, 5);
    EXPECT_TRUE(laneCells(counter, 0, 100, 50).empty());
    EXPECT_TRUE(laneCells(History{}, 0, 100, 50).empty());
}

TEST(LaneCells, MarkWhatGrewDuringAPause) {
    History counter;
    counter.append(1, 5);
    counter.append(50, 9);
    const auto cells = laneCells(counter, 0, 100, 100);
    ASSERT_EQ(cells.size(), 1u);
    EXPECT_EQ(cells[0].amount, 4u);
    EXPECT_LE(cells[0].from, 50);
    EXPECT_GT(cells[0].to, 50);
}

TEST(RatePoints, TellASteadyRateWhateverTheColumns) {
    History counter;
    for (int index = 0; index <= 6000; ++index)
        counter.append(1000 + index * 0.01, static_cast<std::uint64_t>(index) * 5);
    for (const int most : {10, 60, 1000}) {
        const auto points = ratePoints(counter, 1005, 1055, most);
        ASSERT_GE(points.size(), 4u);
        EXPECT_LE(points.size(), static_cast<std::size_t>(std::max(most, 100)) + 4);
        for (const RatePoint& point : points) EXPECT_NEAR(point.rate, 500, 15) << most;
    }
}

/// A column that is not over yet is no reason to say that it slows down.
TEST(RatePoints, DoNotSagAtThePresent) {
    History counter;
    for (int index = 0; index <= 6000; ++index) {
        const double now = 1000 + index * 0.01;
        counter.append(now, static_cast<std::uint64_t>(index) * 5);
        if (index < 1000 || index % 37 != 0) continue;
        for (const double span : {0.5, 5.0, 60.0, 3600.0}) {
            for (const RatePoint& point : ratePoints(counter, now - span, now, 300))
                EXPECT_NEAR(point.rate, 500, 15) << now << ' ' << span;
        }
    }
}

/// Samples, and bursts, fall into columns as they like: once in a while two into one.
TEST(RatePoints, AreSteadyWhereSamplesOrBurstsAreSeldom) {
    for (const double step : {0.41, 1.0, 1.7}) {
        History counter;
        for (int index = 0; index <= 400; ++index)
            counter.append(1000 + index * step, static_cast<std::uint64_t>(std::lround(index * step * 480)));
        for (const double span : {10.0, 60.0, 300.0}) {
            const double to = counter.newestTime() - 3;
            for (const RatePoint& point : ratePoints(counter, std::max(1002.0, to - span), to, 300)) {
                if (point.rate == 0) continue;  // a column between two samples further apart
                EXPECT_NEAR(point.rate, 480, 25) << step << ' ' << span;
            }
        }
    }
}

TEST(RatePoints, FallToNothingWhenItStands) {
    History counter;
    for (int index = 0; index <= 3000; ++index)
        counter.append(index * 0.01, static_cast<std::uint64_t>(std::min(index, 1000)) * 5);
    const auto points = ratePoints(counter, 0, 30, 60);
    ASSERT_FALSE(points.empty());
    EXPECT_EQ(points.back().rate, 0);
    EXPECT_NEAR(points[2].rate, 500, 30);
}

TEST(RatePoints, AreNeverCloserThanTheyMeanAnything) {
    History counter;
    for (int index = 0; index <= 1000; ++index) counter.append(index * 0.01, static_cast<std::uint64_t>(index));
    EXPECT_LE(ratePoints(counter, 4, 10, 1000).size(), 14u);
}

}  // namespace
}  // namespace workbench
