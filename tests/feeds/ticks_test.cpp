#include "feeds/ticks.hpp"

#include <gtest/gtest.h>

namespace workbench {
namespace {

TEST(Ticks, AreDueFromTheirInstantOn) {
    Ticks ticks{10, 100};
    EXPECT_FALSE(ticks.isDue(99));
    EXPECT_TRUE(ticks.isDue(100));
    EXPECT_EQ(ticks.take(100), 0u);
    EXPECT_EQ(ticks.due_ns(), 110);
    EXPECT_FALSE(ticks.isDue(109));
}

TEST(Ticks, KeepTheScheduleHoweverLateTheyAreTaken) {
    Ticks ticks{10, 100};
    EXPECT_EQ(ticks.take(109), 0u);  // within its own period
    EXPECT_EQ(ticks.due_ns(), 110);
}

TEST(Ticks, CountThoseWhosePeriodPassed) {
    Ticks ticks{10, 100};
    EXPECT_EQ(ticks.take(110), 1u);  // the one at 100 is missed, that at 110 is taken
    EXPECT_EQ(ticks.due_ns(), 120);
    EXPECT_EQ(ticks.take(155), 3u);
    EXPECT_EQ(ticks.due_ns(), 160);
}

TEST(Ticks, BeginAnewWithAnotherPeriod) {
    Ticks ticks{10, 100};
    ticks.setPeriod(1000, 103);
    EXPECT_TRUE(ticks.isDue(103));
    EXPECT_EQ(ticks.take(103), 0u);
    EXPECT_EQ(ticks.due_ns(), 1103);
    EXPECT_EQ(ticks.period_ns(), 1000);
}

}  // namespace
}  // namespace workbench
