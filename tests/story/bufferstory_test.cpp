#include "story/bufferstory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "test_support/fakefeed.hpp"

namespace workbench {
namespace {

using shared_cbuff::BufferState;
using shared_cbuff::Layout;
using shared_cbuff::ReaderState;
using shared_cbuff::Sample;
using test_support::aliveSample;
using test_support::FakeFeed;
using test_support::FeedScript;
using test_support::readerSample;

class BufferStoryTest : public testing::Test {
protected:
    std::vector<Event> pump() { return m_story.take(m_feed.take()); }
    std::vector<Event> feed(double time, const Sample& sample) {
        m_script->put(time, sample);
        return pump();
    }
    void makeClassic() {
        m_script->facts.layout = Layout::classic;
        m_story = BufferStory{m_script->facts};
    }
    static std::optional<std::uint64_t> valueAt(const History& history, double time) {
        const auto reading = history.at(time);
        return reading ? std::optional{reading->maximum} : std::nullopt;
    }

    std::shared_ptr<FeedScript> m_script = std::make_shared<FeedScript>();
    FakeFeed m_feed{m_script};
    BufferStory m_story{m_script->facts};
};

Sample withReaders(std::uint64_t pushed, std::vector<shared_cbuff::ReaderSample> readers) {
    Sample sample = aliveSample(pushed);
    sample.readers = std::move(readers);
    for (const auto& reader : sample.readers) sample.usage = std::max(sample.usage, reader.usage);
    sample.has_living_reader = !sample.readers.empty();
    return sample;
}

TEST_F(BufferStoryTest, KeepsTheUsageOfTheBufferAndOfEachReader) {
    feed(1, withReaders(10, {readerSample(0, 3), readerSample(4, 7)}));
    feed(2, withReaders(12, {readerSample(0, 5), readerSample(4, 1)}));
    EXPECT_EQ(valueAt(m_story.usage(), 1), 7u);
    EXPECT_EQ(valueAt(m_story.usage(), 2), 5u);
    ASSERT_EQ(m_story.curves().size(), 2u);
    EXPECT_EQ(valueAt(m_story.curve({0, 1})->usage, 1), 3u);
    EXPECT_EQ(valueAt(m_story.curve({4, 1})->usage, 2), 1u);
    EXPECT_EQ(m_story.curve({4, 2}), nullptr);
    EXPECT_EQ(m_story.latest()->sample.pushed, 12u);
}

TEST_F(BufferStoryTest, CountsWhatWasLostRejectedAndFoundNothingSinceTheFirstSample) {
    Sample before = withReaders(10, {readerSample(0, 3, 100)});
    before.rejected = 50;
    before.readers[0].underflows = 9;
    feed(1, before);
    Sample after = withReaders(10, {readerSample(0, 3, 104)});
    after.rejected = 52;
    after.readers[0].underflows = 12;
    EXPECT_EQ(feed(2, after).size(), 3u);
    EXPECT_EQ(valueAt(m_story.lost(), 1), 0u);
    EXPECT_EQ(valueAt(m_story.lost(), 2), 4u);
    EXPECT_EQ(valueAt(m_story.rejected(), 2), 2u);
    EXPECT_EQ(valueAt(m_story.underflows(), 2), 3u);
    EXPECT_EQ(valueAt(m_story.curve({0, 1})->lost, 2), 104u);
    EXPECT_EQ(valueAt(m_story.curve({0, 1})->underflows, 2), 12u);
}

TEST_F(BufferStoryTest, TellsNothingOfADamagedSampleButThatItIs) {
    feed(1, withReaders(10, {readerSample(0, 3)}));
    Sample damaged;
    damaged.state = BufferState::damaged;
    damaged.usage = 999;
    EXPECT_EQ(feed(2, damaged).size(), 1u);
    EXPECT_TRUE(m_story.isDamaged());
    EXPECT_EQ(m_story.usage().newestTime(), 1);
}

TEST_F(BufferStoryTest, EndsACurveWithItsReaderAndGivesItsStyleToAnother) {
    feed(1, withReaders(1, {readerSample(0, 1), readerSample(1, 2)}));
    const int of0 = m_story.curve({0, 1})->styleIndex, of1 = m_story.curve({1, 1})->styleIndex;
    EXPECT_NE(of0, of1);
    feed(2, withReaders(1, {readerSample(1, 2)}));
    EXPECT_FALSE(m_story.curve({0, 1})->present);
    auto heir = readerSample(0, 0);
    heir.generation = 2;
    feed(3, withReaders(1, {readerSample(1, 2), heir}));
    EXPECT_EQ(m_story.curve({1, 1})->styleIndex, of1);
    EXPECT_EQ(m_story.curve({0, 2})->styleIndex, of0);  // of the same label
    EXPECT_EQ(m_story.curve({0, 1})->usage.newestTime(), 1);
}

TEST_F(BufferStoryTest, DoesNotDrawTheUsageOfOneThatNobodySawAlive) {
    auto dead = readerSample(0, 5);
    dead.state = ReaderState::dead;
    dead.lost_is_lower_bound = true;
    feed(1, withReaders(9, {dead}));
    ASSERT_EQ(m_story.curves().size(), 1u);
    EXPECT_TRUE(m_story.curves()[0]->usage.empty());
}

TEST_F(BufferStoryTest, MeasuresAClassicSampleAgainstWhereTheReaderWasThen) {
    makeClassic();
    const auto at = [](std::uint64_t slot) {
        Sample sample;
        sample.write_slot = slot;
        return sample;
    };
    feed(1, at(3));
    EXPECT_TRUE(m_story.usage().empty());  // there is no reader of ours
    m_story.noteOwnReader(1.5, 1);
    m_story.noteOwnReader(3.5, 4);
    // Taken before and after the pop at 3.5, and told of together.
    m_script->put(2, at(5));
    m_script->put(3, at(6));
    m_script->put(4, at(6));
    m_script->put(5, at(2));
    pump();
    EXPECT_EQ(valueAt(m_story.usage(), 2), 4u);
    EXPECT_EQ(valueAt(m_story.usage(), 3), 5u);
    EXPECT_EQ(valueAt(m_story.usage(), 4), 2u);
    EXPECT_EQ(valueAt(m_story.usage(), 5), 14u);  // around the ring of 16
    m_story.noteOwnReader(5.5, std::nullopt);
    feed(6, at(7));
    EXPECT_EQ(m_story.usage().newestTime(), 5);
}

TEST_F(BufferStoryTest, TellsOfAMomentWithTheTimeOfItsNearestSample) {
    EXPECT_FALSE(m_story.at(1));
    feed(1, withReaders(10, {readerSample(0, 3), readerSample(1, 4)}));
    feed(2, withReaders(12, {readerSample(0, 5)}));
    const auto moment = m_story.at(1.8);
    ASSERT_TRUE(moment);
    EXPECT_EQ(moment->time, 2);
    EXPECT_FALSE(moment->isRange);
    EXPECT_EQ(moment->usage->maximum, 5u);
    EXPECT_EQ(moment->lost->maximum, 0u);
    ASSERT_EQ(moment->readers.size(), 1u);  // the other one had left
    EXPECT_EQ(moment->readers[0].key, (shared_cbuff::ReaderKey{0, 1}));
    EXPECT_EQ(m_story.at(1.0)->readers.size(), 2u);
}

TEST_F(BufferStoryTest, ForgetsWhatIsOlderThanItKeeps) {
    m_story.setKeptSeconds(10);
    for (int second = 0; second < 100; ++second) {
        feed(second, withReaders(1, {readerSample(0, static_cast<std::uint64_t>(second))}));
    }
    EXPECT_GE(m_story.oldestTime(), 85);
    EXPECT_LE(m_story.oldestTime(), 90);
}

TEST_F(BufferStoryTest, BeginsAnewWhenItsFeedJumps) {
    feed(100, withReaders(10, {readerSample(0, 3), readerSample(1, 4)}));
    const int colour = m_story.curve({1, 1})->styleIndex;
    m_script->next.restarted = true;
    PastStretch stretch{.from = 10, .to = 11, .usage = {1, 9, 5}, .pushed = 40, .rejected = 2, .readers = {}};
    stretch.readers.push_back({{1, 1}, "slow", 1001, {0, 9, 5}, 30, 6, 3});
    m_script->next.past.push_back(stretch);
    m_script->next.pastEvents.push_back({.time = 10.5, .kind = EventKind::Overflow, .amount = 6});
    const auto events = feed(12, withReaders(50, {readerSample(1, 2, 7)}));
    ASSERT_FALSE(events.empty());
    ASSERT_EQ(events.size(), 1u);  // who is there was told of by the past
    EXPECT_EQ(events.front().amount, 6u);
    EXPECT_EQ(m_story.oldestTime(), 10);
    EXPECT_EQ(m_story.latest()->time, 12);
    EXPECT_EQ(valueAt(m_story.lost(), 12), 7u);  // one more since the stretch
    const auto* curve = m_story.curve({1, 1});
    ASSERT_NE(curve, nullptr);
    EXPECT_EQ(curve->styleIndex, colour);
    EXPECT_EQ(curve->usage.newestValue(), 2u);
}

TEST_F(BufferStoryTest, CountsALossOnceThatAStretchInTheMidstOfSamplesTells) {
    feed(1, withReaders(10, {readerSample(0, 3, 5)}));
    PastStretch stretch{.from = 2, .to = 3, .usage = {1, 9, 5}, .pushed = 40, .rejected = 0, .readers = {}};
    stretch.readers.push_back({{0, 1}, "slow", 1000, {0, 9, 5}, 30, 11, 0});
    m_script->next.past.push_back(stretch);
    EXPECT_EQ(feed(4, withReaders(50, {readerSample(0, 2, 15)})).size(), 1u);
    EXPECT_EQ(valueAt(m_story.lost(), 4), 10u);
    EXPECT_EQ(valueAt(m_story.curve({0, 1})->lost, 3), 11u);
}

TEST_F(BufferStoryTest, ChangesItsRevisionOnlyWhenSomethingCame) {
    const auto before = m_story.revision();
    pump();
    EXPECT_EQ(m_story.revision(), before);
    m_script->next.skipped = 3;
    pump();
    EXPECT_NE(m_story.revision(), before);
    EXPECT_EQ(m_story.skipped(), 3u);
}

}  // namespace
}  // namespace workbench
