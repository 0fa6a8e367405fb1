// The present of a recording, moved by a clock that the test holds.

#include "feeds/playbackclock.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace {

using workbench::PlaybackClock;
using namespace std::chrono_literals;

class PlaybackClockTest : public testing::Test {
protected:
    void pass(std::chrono::nanoseconds time) { m_now += time; }

    PlaybackClock::Steady::time_point m_now{1h};
    PlaybackClock m_clock{100, 160, [this] { return m_now; }};
};

TEST_F(PlaybackClockTest, OpensAtItsEndAndStands) {
    pass(5s);
    EXPECT_EQ(m_clock.now(), 160);
    EXPECT_FALSE(m_clock.isPlaying());
    EXPECT_TRUE(m_clock.isAtEnd());
}

TEST_F(PlaybackClockTest, PlaysFromTheBeginWhenItStandsAtTheEnd) {
    m_clock.play();
    EXPECT_EQ(m_clock.now(), 100);
    pass(1500ms);
    EXPECT_DOUBLE_EQ(m_clock.now(), 101.5);
}

TEST_F(PlaybackClockTest, GoesOnFromWhereItWasPaused) {
    m_clock.seek(120);
    m_clock.play();
    pass(2s);
    m_clock.pause();
    pass(10s);
    EXPECT_DOUBLE_EQ(m_clock.now(), 122);
    m_clock.play();
    pass(1s);
    EXPECT_DOUBLE_EQ(m_clock.now(), 123);
}

TEST_F(PlaybackClockTest, ChangesItsSpeedWithoutAJump) {
    m_clock.seek(100);
    m_clock.play();
    pass(4s);
    m_clock.setSpeed(10);
    EXPECT_DOUBLE_EQ(m_clock.now(), 104);
    EXPECT_EQ(m_clock.speed(), 10);
    pass(2s);
    EXPECT_DOUBLE_EQ(m_clock.now(), 124);
}

TEST_F(PlaybackClockTest, StandsStillAtItsEnd) {
    m_clock.seek(159);
    m_clock.play();
    pass(1h);
    EXPECT_EQ(m_clock.now(), 160);
    EXPECT_TRUE(m_clock.isAtEnd());
}

TEST_F(PlaybackClockTest, SeeksWithinItsRangeOnly) {
    m_clock.seek(99);
    EXPECT_EQ(m_clock.now(), 100);
    m_clock.seek(161);
    EXPECT_EQ(m_clock.now(), 160);
    m_clock.seek(std::nan(""));
    EXPECT_EQ(m_clock.now(), 160);
    m_clock.seek(-std::numeric_limits<double>::infinity());
    EXPECT_EQ(m_clock.now(), 100);
}

TEST_F(PlaybackClockTest, GoesOnPlayingAfterASeek) {
    m_clock.seek(100);
    m_clock.play();
    pass(1s);
    m_clock.seek(130);
    EXPECT_TRUE(m_clock.isPlaying());
    pass(1s);
    EXPECT_DOUBLE_EQ(m_clock.now(), 131);
}

TEST_F(PlaybackClockTest, TakesNoSpeedThatWouldStandOrRunBackwards) {
    m_clock.setSpeed(0);
    EXPECT_EQ(m_clock.speed(), PlaybackClock::leastSpeed);
    m_clock.setSpeed(-3);
    EXPECT_EQ(m_clock.speed(), PlaybackClock::leastSpeed);
    m_clock.setSpeed(1e12);
    EXPECT_EQ(m_clock.speed(), PlaybackClock::mostSpeed);
    m_clock.setSpeed(std::nan(""));
    EXPECT_EQ(m_clock.speed(), PlaybackClock::mostSpeed);
}

TEST_F(PlaybackClockTest, StaysWhereItIsWhenTheRecordingGrows) {
    m_clock.setEnd(200);
    EXPECT_EQ(m_clock.now(), 160);
    EXPECT_FALSE(m_clock.isAtEnd());
    EXPECT_EQ(m_clock.end(), 200);
    m_clock.setEnd(150);  // what was told is not taken back
    EXPECT_EQ(m_clock.end(), 200);
}

TEST_F(PlaybackClockTest, DoesNotLeapAheadOfWhatItHadPlayedToWhenTheRecordingGrows) {
    m_clock.seek(159);
    m_clock.play();
    pass(1h);
    m_clock.setEnd(200);
    EXPECT_EQ(m_clock.now(), 160);
    pass(1s);
    EXPECT_DOUBLE_EQ(m_clock.now(), 161);
}

TEST_F(PlaybackClockTest, CountsItsJumps) {
    EXPECT_EQ(m_clock.jumps(), 0U);
    m_clock.play();  // from the end to the begin
    EXPECT_EQ(m_clock.jumps(), 1U);
    pass(1s);
    m_clock.pause();
    m_clock.play();
    EXPECT_EQ(m_clock.jumps(), 1U);
    m_clock.seek(101);
    EXPECT_EQ(m_clock.jumps(), 2U);
}

TEST_F(PlaybackClockTest, AdvancesWithoutAJumpAndNeverBackwards) {
    m_clock.seek(110);
    const auto jumps = m_clock.jumps();
    m_clock.advance(112);
    EXPECT_EQ(m_clock.now(), 112);
    m_clock.advance(111);
    EXPECT_EQ(m_clock.now(), 112);
    m_clock.advance(std::nan(""));
    EXPECT_EQ(m_clock.now(), 112);
    m_clock.advance(1000);
    EXPECT_EQ(m_clock.now(), 160);
    EXPECT_EQ(m_clock.jumps(), jumps);
}

TEST_F(PlaybackClockTest, HasOneMomentOfARecordingWithOneSample) {
    PlaybackClock clock{7, 7, [this] { return m_now; }};
    clock.play();
    pass(1s);
    EXPECT_EQ(clock.now(), 7);
    EXPECT_TRUE(clock.isAtEnd());
}

}  // namespace
