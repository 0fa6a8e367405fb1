#include "story/standing.hpp"

#include <gtest/gtest.h>

namespace workbench {
namespace {

using shared_cbuff::BufferState;
using shared_cbuff::ReaderState;
using shared_cbuff::Sample;
using shared_cbuff::WriterState;

/// A buffer of 100 items, looked at ten times a second.
class Standings : public testing::Test {
protected:
    Standings() {
        m_sample.geometry = {8, 100};
        m_sample.state = BufferState::alive;
        m_sample.writer.state = WriterState::alive;
        m_sample.has_living_reader = true;
        auto& reader = m_sample.readers.emplace_back();
        reader.generation = 1;
    }
    /// `count` looks more, each after `change`.
    template <class Change>
    void look(int count, Change change) {
        FeedBatch batch{.facts = m_facts};
        for (int index = 0; index < count; ++index) {
            change(m_sample);
            m_time += 0.1;
            m_sample.taken_at = std::chrono::steady_clock::time_point{
                std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>{m_time})};
            m_sample.intent = m_sample.pushed;
            batch.samples.push_back({.time = m_time, .times = {}, .sample = m_sample});
        }
        m_story.take(batch);
    }
    void look(int count) {
        look(count, [](Sample&) {});
    }
    static void setUsage(Sample& sample, std::uint64_t usage) {
        sample.usage = sample.readers[0].usage = usage;
        sample.readers[0].cursor = sample.pushed - std::min(sample.pushed, usage);
    }
    Situation situation() const { return situationOf(m_story, m_time); }

    const BufferFacts m_facts{.name = "b", .machine = {}, .geometry = {8, 100}, .layout = {}, .identity = {1, 2}};
    BufferStory m_story{m_facts};
    Sample m_sample;
    double m_time = 1000;
};

TEST_F(Standings, AreUnknownBeforeTheFirstLookAndOkWhereNothingIsWrong) {
    EXPECT_EQ(situation().standing, Standing::unknown);
    EXPECT_FALSE(situation().tellsNumbers);
    look(30);
    EXPECT_EQ(situation().standing, Standing::ok);
    EXPECT_TRUE(situation().tellsNumbers);
    EXPECT_EQ(situation().usage, 0u);
}

TEST_F(Standings, AreLosingForTwoSecondsAndTellOfItForTen) {
    look(20);
    look(1, [](Sample& sample) { sample.readers[0].lost += 5; });
    EXPECT_EQ(situation().standing, Standing::losing);
    EXPECT_EQ(situation().lostLately, 5u);
    EXPECT_EQ(situation().lost, 5u);
    look(18);
    EXPECT_EQ(situation().standing, Standing::losing);
    look(4);
    EXPECT_EQ(situation().standing, Standing::ok);
    EXPECT_EQ(situation().lostLately, 5u);
    look(80);
    EXPECT_EQ(situation().lostLately, 0u);
    EXPECT_EQ(situation().lost, 5u);
}

TEST_F(Standings, AreRejectingWhenPushesAreRefused) {
    look(20);
    look(1, [](Sample& sample) { sample.rejected += 3; });
    EXPECT_EQ(situation().standing, Standing::rejecting);
    EXPECT_EQ(situation().rejectedLately, 3u);
    EXPECT_EQ(situation().lostLately, 0u);
}

TEST_F(Standings, AreFallingBehindOnlyIfTheyAreFullSoon) {
    // 1 item a second with 100 to go: not within a minute.
    int looks = 0;
    look(110, [&](Sample& sample) {
        if (++looks % 10 == 0) setUsage(sample, sample.usage + 1);
    });
    EXPECT_EQ(situation().standing, Standing::ok);
    // 5 a second: 45 to go are 9 s.
    look(110, [&](Sample& sample) {
        if (++looks % 2 == 0 && sample.usage < 60) setUsage(sample, sample.usage + 1);
    });
    EXPECT_EQ(situation().standing, Standing::fallingBehind);
    look(250);
    EXPECT_EQ(situation().standing, Standing::ok);
    look(1, [](Sample& sample) { setUsage(sample, 100); });
    EXPECT_EQ(situation().standing, Standing::full);
}

/// Who drains all at once every few seconds does not fall behind, whenever one looks.
TEST_F(Standings, DoNotTakeASawForAClimb) {
    int looks = 0;
    for (int index = 0; index < 600; ++index) {
        look(1, [&](Sample& sample) { setUsage(sample, static_cast<std::uint64_t>(++looks % 70)); });
        EXPECT_EQ(situation().standing, Standing::ok) << looks;
        if (looks <= 210) continue;
        EXPECT_FALSE(secondsToFull(m_story.usage(), 50, 100, m_time)) << looks;
    }
}

TEST_F(Standings, TellTheTimeToFullOfASteadyClimb) {
    int looks = 0;
    look(300, [&](Sample& sample) { setUsage(sample, static_cast<std::uint64_t>(++looks / 10)); });
    const auto left = secondsToFull(m_story.usage(), 30, 100, m_time);
    ASSERT_TRUE(left);
    EXPECT_NEAR(*left, 70, 8);
    EXPECT_EQ(secondsToFull(m_story.usage(), 100, 100, m_time), 0.0);
    EXPECT_FALSE(secondsToFull(History{}, 30, 100, m_time));
}

TEST_F(Standings, TellWhoIsSlowestAndHowOldItsOldestItemIs) {
    auto& second = m_sample.readers.emplace_back();
    second.slot = 1;
    second.generation = 1;
    look(20);
    look(1, [](Sample& sample) {
        sample.pushed += 10;
        for (auto& reader : sample.readers) reader.usage = 10;
        sample.usage = 10;
    });
    look(30, [](Sample& sample) {
        sample.readers[0].usage = 0;
        sample.readers[0].cursor = sample.pushed;
    });
    const Situation now = situation();
    EXPECT_EQ(now.slowest, QStringLiteral("slot 1"));
    EXPECT_EQ(now.usage, 10u);
    ASSERT_TRUE(now.lag);
    EXPECT_NEAR(std::chrono::duration<double>{now.lag->age}.count(), 3.0, 0.15);
    EXPECT_FALSE(now.lag->isLeast);
}

TEST_F(Standings, HaveNoUsageWithoutAReaderButWhatIsRetained) {
    look(5, [](Sample& sample) {
        sample.readers.clear();
        sample.has_living_reader = false;
        sample.retained = 40;
        sample.state = BufferState::vacant;
        sample.writer.state = WriterState::vacant;
    });
    EXPECT_FALSE(situation().usage);
    EXPECT_EQ(situation().retained, 40u);
    EXPECT_FALSE(situation().poppedRate);
    EXPECT_EQ(situation().standing, Standing::vacant);
    EXPECT_EQ(situation().slowest, QString{});
}

TEST_F(Standings, PutWhatIsWorstFirst) {
    look(20);
    look(1, [](Sample& sample) {
        sample.state = BufferState::abandoned;
        sample.writer.state = WriterState::abandoned;
    });
    EXPECT_EQ(situation().standing, Standing::abandoned);
    look(1, [](Sample& sample) { sample.readers[0].lost += 1; });
    EXPECT_EQ(situation().standing, Standing::losing);
    look(1, [](Sample& sample) { sample.state = BufferState::damaged; });
    EXPECT_EQ(situation().standing, Standing::damaged);
    EXPECT_FALSE(situation().tellsNumbers);
}

TEST(StandsBefore, IsByTroubleThenByLossesThenByLagThenByName) {
    const auto make = [](Standing standing, std::uint64_t lost, int lag) {
        Situation situation;
        situation.standing = standing;
        situation.lostLately = lost;
        situation.lag = Age{std::chrono::seconds{lag}};
        return situation;
    };
    const QString a = QStringLiteral("a"), b = QStringLiteral("b");
    EXPECT_TRUE(standsBefore(make(Standing::losing, 1, 1), b, make(Standing::ok, 9, 9), a));
    EXPECT_TRUE(standsBefore(make(Standing::losing, 5, 1), b, make(Standing::losing, 4, 9), a));
    EXPECT_TRUE(standsBefore(make(Standing::ok, 0, 9), b, make(Standing::ok, 0, 1), a));
    EXPECT_TRUE(standsBefore(make(Standing::ok, 0, 1), a, make(Standing::ok, 0, 1), b));
    EXPECT_FALSE(standsBefore(make(Standing::ok, 0, 1), a, make(Standing::ok, 0, 1), a));
    EXPECT_TRUE(standsBefore(make(Standing::vacant, 0, 1), a, make(Standing::unknown, 0, 1), a));
}

}  // namespace
}  // namespace workbench
