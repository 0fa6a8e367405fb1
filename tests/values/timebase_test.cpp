#include "values/timebase.hpp"

#include <gtest/gtest.h>

#include <memory>

namespace {

using namespace std::chrono_literals;
using workbench::ClockReading;
using workbench::Timebase;

constexpr std::int64_t second = 1'000'000'000;

/// Clocks that stand until they are moved.
class TimebaseClocks : public testing::Test {
protected:
    void pass(std::int64_t seconds) {
        m_now->steady_ns += seconds * second;
        sleep(seconds);
    }
    void sleep(std::int64_t seconds) {
        m_now->boot_ns += seconds * second;
        m_now->unix_ns += seconds * second;
    }
    void setWallClock(std::int64_t seconds) { m_now->unix_ns += seconds * second; }
    Timebase::Steady::time_point moment() const {
        return Timebase::Steady::time_point{std::chrono::nanoseconds{m_now->steady_ns}};
    }

    std::shared_ptr<ClockReading> m_now = std::make_shared<ClockReading>(
        ClockReading{.steady_ns = 50 * second, .boot_ns = 60 * second, .unix_ns = 1'000'000 * second});
    Timebase m_timebase{[now = m_now] { return *now; }};
};

TEST_F(TimebaseClocks, BeginsWithTheWallClock) {
    EXPECT_DOUBLE_EQ(m_timebase.now(), 1'000'000);
    pass(5);
    EXPECT_DOUBLE_EQ(m_timebase.now(), 1'000'005);
    EXPECT_DOUBLE_EQ(m_timebase.wall(m_timebase.now()), 1'000'005);
    EXPECT_DOUBLE_EQ(m_timebase.seconds(moment() - 2s), 1'000'003);
}

TEST_F(TimebaseClocks, SettingTheWallClockMovesNoPastAndShowsTheRightTimeAgain) {
    pass(10);
    const double before = m_timebase.now();
    setWallClock(-3600);
    pass(1);
    const double after = m_timebase.now();
    EXPECT_DOUBLE_EQ(after, before + 1);
    EXPECT_DOUBLE_EQ(m_timebase.wall(before), 1'000'010);
    EXPECT_DOUBLE_EQ(m_timebase.wall(after), 1'000'011 - 3600);
    setWallClock(7200);
    pass(1);
    const double later = m_timebase.now();
    EXPECT_DOUBLE_EQ(later, after + 1);
    EXPECT_DOUBLE_EQ(m_timebase.wall(before), 1'000'010);
    EXPECT_DOUBLE_EQ(m_timebase.wall(after), 1'000'011 - 3600);
    EXPECT_DOUBLE_EQ(m_timebase.wall(later), 1'000'012 + 3600);
}

TEST_F(TimebaseClocks, TimeInSuspendCounts) {
    const auto joined = moment();
    const double before = m_timebase.seconds(joined);
    sleep(600);
    pass(1);
    EXPECT_DOUBLE_EQ(m_timebase.now(), before + 601);
    EXPECT_DOUBLE_EQ(m_timebase.seconds(moment()), before + 601);
    EXPECT_DOUBLE_EQ(m_timebase.wall(m_timebase.now()), 1'000'601);
    EXPECT_DOUBLE_EQ(m_timebase.wall(before), 1'000'000);
}

TEST_F(TimebaseClocks, CopiesKnowTheSame) {
    const Timebase copy = m_timebase;
    setWallClock(100);
    const double time = copy.now();
    EXPECT_DOUBLE_EQ(m_timebase.wall(time), 1'000'100);
}

TEST(Timebase, ReadsTheClocksOfThisMachine) {
    const Timebase timebase;
    const auto wall = std::chrono::duration<double>{std::chrono::system_clock::now().time_since_epoch()}.count();
    EXPECT_NEAR(timebase.wall(timebase.now()), wall, 60);
    const double earlier = timebase.now();
    EXPECT_LE(earlier, timebase.now());
    EXPECT_NEAR(timebase.seconds(Timebase::Steady::now()), timebase.now(), 60);
}

}  // namespace
