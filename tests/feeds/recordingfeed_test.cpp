// Recordings, written as `cbuff record` does it and read back: as they are, and at a present that the test moves.

#include "feeds/recordingfeed.hpp"

#include <gmock/gmock.h>

#include <fstream>

#include "recordings.hpp"
#include "sinks/recordingwriter.hpp"

namespace {

using namespace std::chrono_literals;
using sinks_tests::batchOf;
using sinks_tests::factsOf;
using sinks_tests::firstBoot_ns;
using sinks_tests::sampleAt;
using sinks_tests::ScratchFolder;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using workbench::FeedBatch;
using workbench::FeedState;
using workbench::Playback;
using workbench::PlaybackClock;
using workbench::RecordingFeed;
using workbench::RecordingFile;
using workbench::RecordingWriter;
using workbench::StretchLength;

constexpr std::int64_t tick_ns = 10'000'000;  // 100 Hz
constexpr std::int64_t second_ns = 1'000'000'000;

class RecordingFeedTest : public testing::Test {
protected:
    /// `count` samples at 100 Hz.
    void record(std::uint64_t count) {
        RecordingWriter writer{m_path};
        for (std::uint64_t first = 0; first < count; first += 1000)
            writer.take(batchOf(m_facts, first, std::min<std::uint64_t>(1000, count - first), tick_ns), {});
        writer.close();
    }
    std::unique_ptr<RecordingFeed> open() {
        return std::move(RecordingFeed::open(m_path, [this] { return m_now; }).at(0));
    }
    static std::int64_t bootOf(std::uint64_t index) {
        return firstBoot_ns + static_cast<std::int64_t>(index) * tick_ns;
    }

    ScratchFolder m_folder;
    const std::string m_path = m_folder.file("r.cbrec");
    const workbench::BufferFacts m_facts = factsOf("b");
    PlaybackClock::Steady::time_point m_now{1h};
};

void expectSame(const workbench::TimedSample& one, const workbench::TimedSample& other) {
    EXPECT_EQ(one.times, other.times);
    EXPECT_NEAR(one.time, other.time, 1e-6);
    EXPECT_EQ(one.sample.pushed, other.sample.pushed);
    EXPECT_EQ(one.sample.intent, other.sample.intent);
    ASSERT_EQ(one.sample.readers.size(), other.sample.readers.size());
    for (std::size_t index = 0; index < one.sample.readers.size(); ++index) {
        EXPECT_EQ(one.sample.readers[index].key(), other.sample.readers[index].key());
        EXPECT_EQ(one.sample.readers[index].popped, other.sample.readers[index].popped);
        EXPECT_EQ(one.sample.readers[index].lost, other.sample.readers[index].lost);
    }
}

TEST_F(RecordingFeedTest, GivesBackWhatWasSampled) {
    record(2500);
    RecordingFile file{m_path};
    ASSERT_THAT(file.buffers(), SizeIs(1));
    EXPECT_EQ(file.missing(), "");
    EXPECT_EQ(file.begin_boot_ns(), bootOf(0));
    EXPECT_EQ(file.end_boot_ns(), bootOf(2499));
    const auto samples = file.samples(file.buffers()[0], 0, RecordingFile::always, 10'000);
    ASSERT_THAT(samples, SizeIs(2500));
    for (std::uint64_t index = 0; index < 2500; ++index) expectSame(samples[index], sampleAt(index, tick_ns));
}

TEST_F(RecordingFeedTest, ReadsAStretchWithoutItsBeginAndWithItsEnd) {
    record(1000);
    RecordingFile file{m_path};
    const auto& buffer = file.buffers()[0];
    const auto samples = file.samples(buffer, bootOf(149), bootOf(420), 10'000);
    ASSERT_THAT(samples, SizeIs(271));
    EXPECT_EQ(samples.front().times.boot_ns, bootOf(150));
    EXPECT_EQ(samples.back().times.boot_ns, bootOf(420));
    EXPECT_THAT(file.samples(buffer, bootOf(149), bootOf(420), 7), SizeIs(7));
    EXPECT_THAT(file.samples(buffer, bootOf(999), RecordingFile::always, 7), IsEmpty());
    EXPECT_EQ(file.sampleAt(buffer, bootOf(7) + 1)->times.boot_ns, bootOf(7));
    EXPECT_EQ(file.sampleAt(buffer, bootOf(7))->times.boot_ns, bootOf(7));
    EXPECT_FALSE(file.sampleAt(buffer, bootOf(0) - 1));
    EXPECT_EQ(file.momentsBefore(buffer, bootOf(300), 250).back(), bootOf(50));
    EXPECT_THAT(file.momentsBefore(buffer, bootOf(3), 250), SizeIs(3));
}

TEST_F(RecordingFeedTest, OpensAtItsEndAndShowsAll) {
    record(3000);
    const auto feed = open();
    EXPECT_NEAR(feed->now(), sampleAt(2999, tick_ns).time, 1e-6);
    EXPECT_EQ(feed->state().kind, FeedState::Kind::paused);
    const FeedBatch batch = feed->take();
    EXPECT_TRUE(batch.restarted);
    ASSERT_FALSE(batch.samples.empty());
    ASSERT_FALSE(batch.past.empty());
    EXPECT_EQ(batch.samples.back().times.boot_ns, bootOf(2999));
    EXPECT_NEAR(batch.past.front().from, sampleAt(0, tick_ns).time, 1e-6);
    // One follows the other, without a hole and without an overlap.
    for (std::size_t index = 1; index < batch.past.size(); ++index)
        EXPECT_NEAR(batch.past[index].from, batch.past[index - 1].to, 1e-6);
    EXPECT_NEAR(batch.past.back().to, batch.samples.front().time, 1e-6);
    EXPECT_TRUE(feed->take().isEmpty());
}

TEST_F(RecordingFeedTest, TellsInAStretchWhatItsSamplesTell) {
    record(3000);
    RecordingFile file{m_path};
    const auto& buffer = file.buffers()[0];
    const auto stretches = file.stretches(buffer, StretchLength::second, 105, 106);
    ASSERT_THAT(stretches, SizeIs(1));
    const auto samples = file.samples(buffer, 105 * second_ns - 1, 106 * second_ns - 1, 1000);
    ASSERT_THAT(samples, SizeIs(100));
    EXPECT_EQ(stretches[0].pushed, samples.back().sample.pushed);
    ASSERT_THAT(stretches[0].readers, SizeIs(1));
    const auto& reader = samples.back().sample.readers[0];
    EXPECT_EQ(stretches[0].readers[0].key, reader.key());
    EXPECT_EQ(stretches[0].readers[0].label, reader.label());
    EXPECT_EQ(stretches[0].readers[0].popped, reader.popped);
    EXPECT_EQ(stretches[0].readers[0].lost, reader.lost);
    EXPECT_EQ(stretches[0].readers[0].underflows, reader.underflows);
    std::uint64_t least = ~std::uint64_t{0};
    std::uint64_t most = 0;
    for (const auto& timed : samples) {
        least = std::min(least, timed.sample.readers[0].usage);
        most = std::max(most, timed.sample.readers[0].usage);
    }
    EXPECT_EQ(stretches[0].readers[0].usage.minimum, least);
    EXPECT_EQ(stretches[0].readers[0].usage.maximum, most);
    EXPECT_EQ(stretches[0].readers[0].usage.last, reader.usage);
}

TEST_F(RecordingFeedTest, PlaysEachSampleOnceAtItsPace) {
    record(1000);
    const auto feed = open();
    feed->playback()->play();
    std::int64_t next = bootOf(0);
    std::size_t given = 0;
    bool restarted = false;
    for (int frame = 0; frame < 700; ++frame) {
        const FeedBatch batch = feed->take();
        restarted = restarted || batch.restarted;
        for (const auto& timed : batch.samples) {
            EXPECT_EQ(timed.times.boot_ns, next);
            next += tick_ns;
            ++given;
        }
        if (frame == 250) {  // after 250 frames of 16 ms
            EXPECT_NEAR(static_cast<double>(given), 401, 2);
        }
        m_now += 16ms;
    }
    EXPECT_TRUE(restarted);
    EXPECT_EQ(given, 1000U);
    EXPECT_EQ(feed->state().kind, FeedState::Kind::ended);
}

TEST_F(RecordingFeedTest, TellsTheSameAfterASeekAsWhenItPlayedUpToThere) {
    record(1500);
    const auto played = open();
    played->playback()->seek(sampleAt(0, tick_ns).time);
    played->take();
    played->playback()->play();
    std::vector<workbench::TimedSample> all;
    for (int frame = 0; frame < 70; ++frame) {
        m_now += 100ms;
        for (auto& timed : played->take().samples) all.push_back(timed);
    }
    const double there = played->now();
    const auto sought = open();
    sought->take();
    sought->playback()->seek(there);
    const FeedBatch batch = sought->take();
    EXPECT_TRUE(batch.restarted);
    ASSERT_FALSE(batch.samples.empty());
    EXPECT_EQ(batch.samples.back().times, all.back().times);
    const std::size_t shared = std::min(batch.samples.size(), all.size());
    for (std::size_t back = 1; back <= shared; ++back)
        expectSame(batch.samples[batch.samples.size() - back], all[all.size() - back]);
}

TEST_F(RecordingFeedTest, StepsFromSampleToSample) {
    record(500);
    const auto feed = open();
    feed->playback()->seek(sampleAt(250, tick_ns).time);
    EXPECT_EQ(feed->take().samples.back().times.boot_ns, bootOf(250));
    feed->playback()->step(1);
    FeedBatch batch = feed->take();
    EXPECT_FALSE(batch.restarted);
    ASSERT_THAT(batch.samples, SizeIs(1));
    EXPECT_EQ(batch.samples[0].times.boot_ns, bootOf(251));
    feed->playback()->step(-3);
    batch = feed->take();
    EXPECT_TRUE(batch.restarted);
    EXPECT_EQ(batch.samples.back().times.boot_ns, bootOf(248));
    feed->playback()->step(-1000);
    EXPECT_EQ(feed->take().samples.back().times.boot_ns, bootOf(0));
    feed->playback()->step(1'000'000);
    EXPECT_EQ(feed->take().samples.back().times.boot_ns, bootOf(499));
}

TEST_F(RecordingFeedTest, TellsStretchesRatherThanTooManySamples) {
    record(40'000);
    const auto feed = open();
    feed->playback()->seek(sampleAt(0, tick_ns).time);
    feed->take();
    feed->playback()->setSpeed(1000);
    feed->playback()->play();
    m_now += 300ms;  // five minutes
    const FeedBatch batch = feed->take();
    EXPECT_FALSE(batch.restarted);
    EXPECT_LE(batch.samples.size(), 300U);
    EXPECT_NEAR(static_cast<double>(batch.past.size()), 299, 1);
    EXPECT_EQ(batch.samples.back().times.boot_ns, bootOf(30'000));
}

TEST_F(RecordingFeedTest, TellsNothingOlderThanAsked) {
    record(10'000);
    const auto feed = open();
    feed->setPastSeconds(30);
    const FeedBatch batch = feed->take();
    EXPECT_GE(batch.past.front().from, feed->now() - 30);
    EXPECT_LE(batch.past.front().from, feed->now() - 28);
}

/// Beyond an hour the past is told in minutes, and from the very minute on that was asked for.
TEST_F(RecordingFeedTest, TellsInMinutesWhatIsOlderThanAnHour) {
    constexpr std::uint64_t count = 7200;
    {
        RecordingWriter writer{m_path, {.spansPerTransaction = 1000}};
        for (std::uint64_t first = 0; first < count; first += 600)
            writer.take(batchOf(m_facts, first, 600, second_ns), {});
        writer.close();
    }
    const auto feed = open();
    const double begin = feed->playback()->begin();
    constexpr double minuteBorder = 20;  // the first sample is 100 s after the boot
    feed->setPastSeconds(feed->now() - (begin + minuteBorder) + 0.1);
    const FeedBatch batch = feed->take();
    ASSERT_FALSE(batch.past.empty());
    EXPECT_NEAR(batch.past.front().from, begin + minuteBorder, 1e-6);
    EXPECT_NEAR(batch.past.front().to - batch.past.front().from, 60, 1.01);
    EXPECT_NEAR(batch.past.back().to - batch.past.back().from, 1, 0.01);
    // One after the other, without a hole, up to the samples.
    for (std::size_t index = 1; index < batch.past.size(); ++index)
        EXPECT_NEAR(batch.past[index].from,
                    batch.past[index - 1].from + (batch.past[index - 1].to - batch.past[index - 1].from < 2 ? 1 : 60),
                    1.01);
    const auto last = sampleAt(count - 1, second_ns).sample;
    EXPECT_EQ(batch.samples.back().sample.pushed, last.pushed);
    EXPECT_EQ(batch.past.front().readers.at(0).lost, sampleAt(79, second_ns).sample.readers[0].lost);
}

TEST_F(RecordingFeedTest, GivesItemsAsTheyWereInTheRingThen) {
    {
        RecordingWriter writer{m_path};
        FeedBatch batch = batchOf(m_facts, 0, 200, tick_ns);
        const std::uint64_t pushed = batch.samples.back().sample.pushed;
        workbench::TimedItems run{.time = batch.samples.back().time, .first = 0, .count = pushed, .bytes = {}};
        for (std::uint64_t number = 0; number < pushed; ++number) {
            for (std::uint64_t byte = 0; byte < m_facts.geometry.item_size; ++byte)
                run.bytes.push_back(static_cast<std::byte>(number & 0xff));
        }
        batch.items.push_back(run);
        writer.take(batch, {});
        writer.close();
    }
    const auto feed = open();
    feed->take();
    const auto last = sampleAt(199, tick_ns).sample;
    const auto items = feed->items(0, 1'000'000);
    ASSERT_TRUE(items);
    EXPECT_EQ(items->first, last.pushed - last.retained);
    EXPECT_EQ(items->count, last.retained);
    EXPECT_EQ(items->bytes.size(), last.retained * m_facts.geometry.item_size);
    EXPECT_EQ(items->bytes[0], static_cast<std::byte>(items->first & 0xff));
    EXPECT_EQ(feed->items(items->first + 1, 1)->first, items->first + 1);
    EXPECT_EQ(feed->items(items->first + 1, 3)->count, 3U);
    EXPECT_FALSE(feed->items(last.pushed, 1));
    feed->playback()->seek(sampleAt(0, tick_ns).time);
    EXPECT_FALSE(feed->items(0, 1'000'000));  // none had been read by then
}

/// A run of items ends where the tap lost some: what follows has other numbers than one would count up to.
TEST_F(RecordingFeedTest, GivesItemsUpToAGapAndFromBehindIt) {
    const auto run = [this](std::uint64_t first, std::uint64_t count, double time) {
        return workbench::TimedItems{
            time, first, count, std::vector<std::byte>(count * m_facts.geometry.item_size, std::byte(first & 0xff))};
    };
    {
        RecordingWriter writer{m_path};
        FeedBatch batch = batchOf(m_facts, 0, 200, tick_ns);
        batch.items = {run(600, 100, batch.samples[100].time), run(750, 50, batch.samples[150].time)};
        batch.gaps = {{.time = batch.samples[150].time, .first = 700, .count = 50}};
        writer.take(batch, {});
        writer.close();
    }
    const auto feed = open();
    const auto before = feed->items(690, 100);
    ASSERT_TRUE(before);
    EXPECT_EQ(before->first, 690U);
    EXPECT_EQ(before->count, 10U);
    EXPECT_EQ(before->bytes.size(), 10 * m_facts.geometry.item_size);
    const auto behind = feed->items(700, 100);
    ASSERT_TRUE(behind);
    EXPECT_EQ(behind->first, 750U);
    EXPECT_EQ(behind->count, 50U);
    EXPECT_EQ(behind->bytes[0], std::byte(750 & 0xff));
}

TEST_F(RecordingFeedTest, HasNoItemsWhereNoneWereRecorded) {
    record(100);
    EXPECT_FALSE(open()->items(0, 100));
}

TEST_F(RecordingFeedTest, SaysThatARecordingWasNotClosed) {
    {
        RecordingWriter writer{m_path};
        writer.take(batchOf(m_facts, 0, 500, tick_ns), {});
        writer.commit();
    }
    const auto feed = open();
    EXPECT_THAT(feed->state().why, HasSubstr("not closed"));
    EXPECT_EQ(feed->take().samples.back().times.boot_ns, bootOf(499));
}

TEST_F(RecordingFeedTest, FollowsARecordingThatIsStillWritten) {
    RecordingWriter writer{m_path};
    writer.take(batchOf(m_facts, 0, 500, tick_ns), {});
    writer.commit();
    const auto feed = open();
    EXPECT_THAT(feed->state().why, HasSubstr("still being written"));
    feed->take();
    writer.take(batchOf(m_facts, 500, 200, tick_ns), {});
    writer.commit();
    m_now += 1s;
    feed->take();
    feed->playback()->play();
    m_now += 10s;
    EXPECT_EQ(feed->take().samples.back().times.boot_ns, bootOf(699));
    writer.close();
}

TEST_F(RecordingFeedTest, TellsGapsWhereTheyWere) {
    {
        RecordingWriter writer{m_path};
        writer.take(batchOf(m_facts, 0, 100, tick_ns), {});
        FeedBatch batch = batchOf(m_facts, 110, 100, tick_ns);
        batch.skipped = 10;
        batch.sampleGaps.push_back({sampleAt(99, tick_ns).time, sampleAt(110, tick_ns).time, 10});
        writer.take(batch, {});
        writer.close();
    }
    const auto feed = open();
    const FeedBatch batch = feed->take();
    EXPECT_EQ(batch.skipped, 10U);
    ASSERT_THAT(batch.sampleGaps, SizeIs(1));
    EXPECT_NEAR(batch.sampleGaps[0].from, sampleAt(99, tick_ns).time, 1e-6);
    EXPECT_THAT(feed->state().why, HasSubstr("10 samples were not taken (1 gap)"));
}

/// Wherever the samples begin: in the midst of an event that sums up what went on for a while, or between two.
class EventsIntoSamples : public RecordingFeedTest, public testing::WithParamInterface<std::uint64_t> {};

INSTANTIATE_TEST_SUITE_P(Counts, EventsIntoSamples, testing::Values(3007, 3041, 3163, 3222, 3285, 3310, 3490));

TEST_P(EventsIntoSamples, TellEachLossOnce) {
    using workbench::Event;
    using workbench::EventKind;
    const std::uint64_t count = GetParam();
    {
        RecordingWriter writer{m_path};
        for (std::uint64_t first = 0; first < count; first += 10) {
            const auto batch = batchOf(m_facts, first, std::min<std::uint64_t>(10, count - first), tick_ns);
            std::vector<Event> events;
            for (std::uint64_t index = std::max<std::uint64_t>(first, 1); index < first + batch.samples.size();
                 ++index) {
                const auto before = sampleAt(index - 1, tick_ns);
                const auto now = sampleAt(index, tick_ns);
                const auto& reader = now.sample.readers[0];
                const auto tell = [&](EventKind kind, std::uint64_t amount, std::uint64_t overruns) {
                    if (amount == 0) return;
                    Event& event = events.emplace_back();
                    event.time = event.until = now.time;
                    event.kind = kind;
                    event.amount = amount;
                    event.count = overruns;
                    if (kind != EventKind::Rejected)
                        event.reader = {
                            .segment = m_facts.identity, .key = reader.key(), .label = {}, .pid = reader.pid};
                };
                const auto& earlier = before.sample.readers[0];
                tell(EventKind::Overflow, reader.lost - earlier.lost, reader.overruns - earlier.overruns);
                tell(EventKind::Underflow, reader.underflows - earlier.underflows, 1);
                tell(EventKind::Rejected, now.sample.rejected - before.sample.rejected, 1);
            }
            writer.take(batch, events);
        }
        writer.close();
    }
    const auto feed = open();
    const FeedBatch batch = feed->take();
    ASSERT_LT(batch.samples.size(), count);
    const auto& first = batch.samples.front().sample;
    const auto toldOf = [&](EventKind kind) {
        std::uint64_t amount = 0;
        for (const auto& event : batch.pastEvents) {
            EXPECT_LE(event.until, batch.samples.front().time + 1e-6);
            if (event.kind == kind) amount += event.amount;
        }
        return amount;
    };
    EXPECT_EQ(toldOf(EventKind::Overflow), first.readers[0].lost);
    EXPECT_EQ(toldOf(EventKind::Underflow), first.readers[0].underflows);
    EXPECT_EQ(toldOf(EventKind::Rejected), first.rejected);
    std::uint64_t overruns = 0;
    for (const auto& event : batch.pastEvents) overruns += event.kind == EventKind::Overflow ? event.count : 0;
    EXPECT_EQ(overruns, first.readers[0].overruns);
}

}  // namespace
