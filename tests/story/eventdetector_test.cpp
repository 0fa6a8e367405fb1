#include "story/eventdetector.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "shared_cbuff/reader.hpp"
#include "shared_cbuff/writer.hpp"
#include "story/eventlog.hpp"
#include "test_support/segments.hpp"

namespace workbench {
namespace {

using shared_cbuff::BufferState;
using shared_cbuff::ReaderSample;
using shared_cbuff::Sample;
using shared_cbuff::WriterState;
using testing::ElementsAre;

std::vector<EventKind> kindsOf(const std::vector<Event>& events) {
    std::vector<EventKind> kinds;
    for (const Event& event : events) kinds.push_back(event.kind);
    return kinds;
}

Sample aliveSample() {
    Sample sample;
    sample.state = BufferState::alive;
    sample.writer = {WriterState::alive, 77, 0, 1};
    return sample;
}

ReaderSample makeReader(std::uint32_t slot, std::uint64_t lost = 0, std::uint64_t underflows = 0) {
    ReaderSample reader;
    reader.slot = slot;
    reader.generation = 1;
    reader.pid = 1000 + slot;
    reader.lost = lost;
    reader.overruns = lost > 0 ? 1 : 0;
    reader.underflows = underflows;
    return reader;
}

class EventDetectorTest : public testing::Test {
protected:
    std::vector<Event> feed(const Sample& sample) {
        return m_detector.feed({.time = m_time += 0.01, .times = {}, .sample = sample});
    }

    EventDetector m_detector{QStringLiteral("b"), {1, 2}};
    double m_time = 0;
};

TEST_F(EventDetectorTest, TellsAtFirstWhoIsThereButNotWhatWasLostBefore) {
    Sample sample = aliveSample();
    sample.readers = {makeReader(0, 50, 7)};
    EXPECT_THAT(kindsOf(feed(sample)), ElementsAre(EventKind::WriterAttached, EventKind::ReaderAttached));
    EXPECT_EQ(m_detector.totalLost(), 0u);
}

TEST_F(EventDetectorTest, FindsEveryLossHoweverManySamplesWereMissed) {
    Sample sample = aliveSample();
    sample.readers = {makeReader(0)};
    feed(sample);
    sample.readers[0].lost = 123'456;
    sample.readers[0].overruns = 40;
    const auto events = feed(sample);
    ASSERT_THAT(kindsOf(events), ElementsAre(EventKind::Overflow));
    EXPECT_EQ(events[0].amount, 123'456u);
    EXPECT_EQ(events[0].count, 40u);
    EXPECT_EQ(m_detector.totalLost(), 123'456u);
    EXPECT_TRUE(feed(sample).empty());
}

TEST_F(EventDetectorTest, CountsAnOverrunThatGoesOnOnce) {
    Sample sample = aliveSample();
    sample.readers = {makeReader(0)};
    feed(sample);
    EventLog log;
    for (int round = 1; round <= 5; ++round) {
        sample.readers[0].lost = static_cast<std::uint64_t>(round) * 10;
        sample.readers[0].overruns = 1;
        for (Event& event : feed(sample)) log.append(event);
    }
    ASSERT_EQ(log.size(), 1);
    EXPECT_EQ(log.at(0).amount, 50u);
    EXPECT_EQ(log.at(0).count, 1u);
}

TEST_F(EventDetectorTest, LetsADeadReaderLoseNothingMore) {
    Sample sample = aliveSample();
    sample.readers = {makeReader(0)};
    feed(sample);
    sample.readers[0].state = shared_cbuff::ReaderState::dead;
    sample.readers[0].lost = 3;
    EXPECT_THAT(kindsOf(feed(sample)), ElementsAre(EventKind::ReaderDied, EventKind::Overflow));
    sample.readers[0].lost = 500;
    EXPECT_TRUE(feed(sample).empty());
    EXPECT_EQ(m_detector.totalLost(), 3u);
}

TEST_F(EventDetectorTest, FindsUnderflows) {
    Sample sample = aliveSample();
    sample.readers = {makeReader(0)};
    feed(sample);
    sample.readers[0].underflows = 3;
    const auto events = feed(sample);
    ASSERT_THAT(kindsOf(events), ElementsAre(EventKind::Underflow));
    EXPECT_EQ(events[0].amount, 3u);
}

TEST_F(EventDetectorTest, CountsWhatAReaderLostThatCameBetweenSamples) {
    feed(aliveSample());
    Sample sample = aliveSample();
    sample.readers = {makeReader(3, 9)};
    EXPECT_THAT(kindsOf(feed(sample)), ElementsAre(EventKind::ReaderAttached, EventKind::Overflow));
}

TEST_F(EventDetectorTest, TellsAReaderFromItsSuccessorInTheSameSlot) {
    Sample sample = aliveSample();
    sample.readers = {makeReader(0, 10)};
    feed(sample);
    sample.readers[0].generation = 2;
    sample.readers[0].lost = 0;
    const auto events = feed(sample);
    ASSERT_THAT(kindsOf(events), ElementsAre(EventKind::ReaderAttached, EventKind::ReaderDetached));
    EXPECT_TRUE(events[0].reader->isSameAs({.segment = {1, 2}, .key = {0, 2}}));
    EXPECT_TRUE(events[1].reader->isSameAs({.segment = {1, 2}, .key = {0, 1}}));
}

TEST_F(EventDetectorTest, TellsADeathOnce) {
    Sample sample = aliveSample();
    sample.readers = {makeReader(0)};
    feed(sample);
    sample.readers[0].state = shared_cbuff::ReaderState::dead;
    EXPECT_THAT(kindsOf(feed(sample)), ElementsAre(EventKind::ReaderDied));
    EXPECT_TRUE(feed(sample).empty());
}

TEST_F(EventDetectorTest, FollowsTheWriterThroughDeathTakeoverAndRelease) {
    Sample sample = aliveSample();
    feed(sample);
    sample.state = BufferState::abandoned;
    sample.writer.state = WriterState::abandoned;
    EXPECT_THAT(kindsOf(feed(sample)), ElementsAre(EventKind::WriterDied));
    sample = aliveSample();
    sample.writer.epoch = 2;
    EXPECT_THAT(kindsOf(feed(sample)), ElementsAre(EventKind::WriterAttached));
    sample.writer = {WriterState::vacant, 0, 0, 2};
    sample.state = BufferState::vacant;
    EXPECT_THAT(kindsOf(feed(sample)), ElementsAre(EventKind::WriterReleased));
}

TEST_F(EventDetectorTest, SeesATakeoverThatHappenedBetweenTwoSamples) {
    Sample sample = aliveSample();
    feed(sample);
    sample.writer.epoch = 5;
    EXPECT_THAT(kindsOf(feed(sample)), ElementsAre(EventKind::WriterAttached));
}

TEST_F(EventDetectorTest, KeepsItsCountsWhileTheSegmentIsDamaged) {
    Sample sample = aliveSample();
    sample.readers = {makeReader(0, 5)};
    feed(sample);
    Sample damaged;
    damaged.state = BufferState::damaged;
    EXPECT_THAT(kindsOf(feed(damaged)), ElementsAre(EventKind::Damaged));
    EXPECT_TRUE(feed(damaged).empty());
    sample.readers[0].lost = 8;
    EXPECT_THAT(kindsOf(feed(sample)), ElementsAre(EventKind::Recovered, EventKind::Overflow));
    EXPECT_EQ(m_detector.totalLost(), 3u);
}

TEST_F(EventDetectorTest, TellsUnlinkedReplacedAndClosed) {
    for (const auto& [state, kind] :
         {std::pair{BufferState::unlinked, EventKind::Unlinked}, std::pair{BufferState::replaced, EventKind::Replaced},
          std::pair{BufferState::closed, EventKind::Closed}}) {
        EventDetector detector{QStringLiteral("b")};
        detector.feed({.time = 0, .times = {}, .sample = aliveSample()});
        Sample sample = aliveSample();
        sample.state = state;
        EXPECT_THAT(kindsOf(detector.feed({.time = 1, .times = {}, .sample = sample})), ElementsAre(kind));
    }
}

TEST(EventDetector, AgreesWithARealBuffersCountersToTheItem) {
    const test_support::ScopedName name{"detector"};
    auto writer = shared_cbuff::Writer::create(name, {.item_size = 2, .length = 8});
    auto reader = shared_cbuff::Reader::attach(name);
    auto observer = shared_cbuff::Observer::attach(name.str());
    EventDetector detector{QStringLiteral("real")};
    std::uint64_t seen = 0;
    double time = 0;
    const auto feed = [&] {
        for (const Event& event : detector.feed({.time = time += 1, .times = {}, .sample = observer.sample()})) {
            if (event.kind == EventKind::Overflow) seen += event.amount;
        }
    };
    feed();
    for (std::uint64_t item = 0; item < 100; ++item) {
        writer.push(item);
        if (item % 13 == 0) reader.pop();
        if (item % 7 == 0) feed();
    }
    feed();
    while (reader.pop()) {
    }
    feed();
    EXPECT_EQ(seen, reader.counters().lost);
    EXPECT_EQ(reader.counters().lost + reader.counters().popped, 100u);
}

}  // namespace
}  // namespace workbench
