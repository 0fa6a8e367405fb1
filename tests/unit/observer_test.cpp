#include "shared_cbuff/observer.hpp"

#include <gtest/gtest.h>

#include "allocation_counter.hpp"
#include "shared_cbuff/detail/process.hpp"
#include "shared_cbuff/detail/segment.hpp"
#include "shared_cbuff/reader.hpp"
#include "shared_cbuff/writer.hpp"
#include "test_support/items.hpp"
#include "test_support/segments.hpp"

namespace {

using namespace shared_cbuff;
using namespace std::chrono_literals;
using test_support::bytes_of;
using test_support::make_items;
using test_support::RawBuffer;
using test_support::ScopedName;

class ObserverTest : public testing::Test {
protected:
    ScopedName name_{"observer"};
    std::optional<Writer> writer_ = Writer::create(name_, {.item_size = 3, .length = 8, .max_readers = 4});
    Observer observer_ = Observer::attach(name_, std::nullopt, 0ns);
};

TEST_F(ObserverTest, SamplesEverythingInTheControlBlock) {
    Reader reader = Reader::attach(name_, {.label = "slow"});
    writer_->push_many(make_items(0, 10, 3));
    std::vector<std::byte> item(3);
    for (int pops = 0; pops < 3; ++pops) ASSERT_TRUE(reader.pop(item));
    const Sample sample = observer_.sample();
    EXPECT_EQ(sample.layout, Layout::extended);
    EXPECT_EQ(sample.geometry, (Geometry{3, 8}));
    EXPECT_EQ(sample.policy, OverflowPolicy::overwrite);
    EXPECT_EQ(sample.max_readers, 4u);
    EXPECT_EQ(sample.state, BufferState::alive);
    EXPECT_EQ(sample.pushed, 10u);
    EXPECT_EQ(sample.intent, 10u);
    EXPECT_EQ(sample.write_slot, 2u);
    EXPECT_EQ(sample.usage, 5u);
    EXPECT_EQ(sample.high_water, 8u);
    EXPECT_EQ(sample.damage, "");
    EXPECT_EQ(sample.writer.state, WriterState::alive);
    EXPECT_EQ(sample.writer.pid, current_pid());
    EXPECT_EQ(sample.writer.start_time, process_start_time(current_pid()));
    EXPECT_EQ(sample.writer.epoch, 1u);
    ASSERT_EQ(sample.readers.size(), 1u);
    const ReaderSample& seen = sample.readers[0];
    EXPECT_EQ(seen.slot, 0u);
    EXPECT_EQ(seen.state, ReaderState::alive);
    EXPECT_EQ(seen.pid, current_pid());
    EXPECT_EQ(seen.generation, 1u);
    EXPECT_EQ(seen.label(), "slow");
    EXPECT_EQ(seen.start, 0u);
    EXPECT_EQ(seen.cursor, 5u);
    EXPECT_EQ(seen.popped, 3u);
    EXPECT_EQ(seen.lost, 2u);
    EXPECT_EQ(seen.pending, 0u);
    EXPECT_EQ(seen.usage, 5u);
    EXPECT_EQ(seen.overruns, 1u);
    EXPECT_EQ(seen.underflows, 0u);
    EXPECT_EQ(seen.high_water, 8u);
}

TEST_F(ObserverTest, CountsALossThatTheReaderHasNotNoticedYet) {
    const Reader reader = Reader::attach(name_);
    writer_->push_many(make_items(0, 13, 3));
    const Sample sample = observer_.sample();
    ASSERT_EQ(sample.readers.size(), 1u);
    EXPECT_EQ(sample.readers[0].pending, 5u);
    EXPECT_EQ(sample.readers[0].lost, 5u);
    EXPECT_EQ(sample.readers[0].usage, 8u);
    EXPECT_EQ(sample.readers[0].overruns, 1u);
    EXPECT_EQ(sample.readers[0].high_water, 8u);
    EXPECT_EQ(reader.counters().lost, 0u);
}

TEST_F(ObserverTest, TellsTheUsageOfTheSlowestReaderAndNoneWithoutReaders) {
    writer_->push_many(make_items(0, 5, 3));
    EXPECT_FALSE(observer_.sample().has_living_reader);
    EXPECT_EQ(observer_.sample().usage, 0u);
    EXPECT_EQ(observer_.sample().retained, 5u);
    {
        const Reader newest = Reader::attach(name_, {.start = StartAt::newest});
        EXPECT_EQ(observer_.sample().usage, 0u);
        const Reader oldest = Reader::attach(name_);
        EXPECT_EQ(observer_.sample().usage, 5u);
    }
    writer_->push_many(make_items(5, 5, 3));
    EXPECT_FALSE(observer_.sample().has_living_reader);
    EXPECT_EQ(observer_.sample().usage, 0u);
    EXPECT_EQ(observer_.sample().retained, 8u);
}

TEST_F(ObserverTest, NeverWritesToTheSegment) {
    Reader reader = Reader::attach(name_);
    writer_->push_many(make_items(0, 13, 3));
    const auto before = bytes_of(name_);
    for (int round = 0; round < 200; ++round) {
        Observer fresh = Observer::attach(name_, std::nullopt, 0ns);
        static_cast<void>(fresh.sample());
        static_cast<void>(observer_.sample());
        static_cast<void>(observer_.peek(8, StartAt::oldest));
        static_cast<void>(observer_.peek(3, StartAt::newest));
    }
    EXPECT_EQ(bytes_of(name_), before);
}

TEST_F(ObserverTest, AllocatesNothingWhenItSamplesIntoAGrownSample) {
    const Reader first = Reader::attach(name_), second = Reader::attach(name_, {.label = std::string(40, 'x')});
    writer_->push_many(make_items(0, 13, 3));
    Sample sample;
    observer_.sample(sample);
    const auto before = test_support::allocations();
    for (int round = 0; round < 100; ++round) observer_.sample(sample);
    EXPECT_EQ(test_support::allocations(), before);
    EXPECT_EQ(sample.readers.size(), 2u);
    const auto control = std::make_unique<int>(1);  // the counter does count
    EXPECT_GT(test_support::allocations(), before);
}

TEST_F(ObserverTest, PeeksTheOldestAndTheNewestItems) {
    EXPECT_EQ(observer_.peek(5).count, 0u);
    writer_->push_many(make_items(0, 3, 3));
    EXPECT_EQ(observer_.peek(2).bytes, make_items(0, 2, 3));
    EXPECT_EQ(observer_.peek(2, StartAt::newest).bytes, make_items(1, 2, 3));
    writer_->push_many(make_items(3, 17, 3));
    const Peek oldest = observer_.peek(3);
    EXPECT_EQ(oldest.first, 12u);
    EXPECT_EQ(oldest.count, 3u);
    EXPECT_EQ(oldest.bytes, make_items(12, 3, 3));
    const Peek newest = observer_.peek(3, StartAt::newest);
    EXPECT_EQ(newest.first, 17u);
    EXPECT_EQ(newest.bytes, make_items(17, 3, 3));
    EXPECT_EQ(observer_.peek(~std::uint64_t{0}).bytes, make_items(12, 8, 3));
    EXPECT_EQ(observer_.peek(0).count, 0u);
}

TEST_F(ObserverTest, MovesNoCursorWhenItPeeks) {
    Reader reader = Reader::attach(name_);
    writer_->push_many(make_items(0, 4, 3));
    for (int round = 0; round < 10; ++round) static_cast<void>(observer_.peek(8));
    EXPECT_EQ(observer_.sample().readers[0].cursor, 0u);
    std::vector<std::byte> items(12);
    EXPECT_EQ(reader.pop_many(items), 4u);
}

TEST_F(ObserverTest, TellsABufferThatItsWriterClosed) {
    writer_.reset();
    const Sample sample = observer_.sample();
    EXPECT_EQ(sample.state, BufferState::closed);
    EXPECT_EQ(sample.writer.state, WriterState::closed);
    EXPECT_EQ(sample.writer.pid, 0u);
}

TEST_F(ObserverTest, TellsABufferThatIsVacantOrAbandoned) {
    writer_->release();
    EXPECT_EQ(observer_.sample().state, BufferState::vacant);
    RawBuffer{name_}.writer_line().pid = 4711;  // as a writer leaves it that was killed
    EXPECT_EQ(observer_.sample().state, BufferState::abandoned);
}

TEST_F(ObserverTest, TellsABufferThatLostItsName) {
    ASSERT_TRUE(Segment::unlink(name_));
    const Sample sample = observer_.sample();
    EXPECT_EQ(sample.state, BufferState::unlinked);
    EXPECT_EQ(sample.writer.state, WriterState::alive);
    EXPECT_TRUE(writer_->push(std::uint64_t{1}));
    EXPECT_EQ(observer_.sample().pushed, 1u);
}

TEST_F(ObserverTest, TellsABufferWhoseNameLeadsToAnother) {
    ASSERT_TRUE(Segment::unlink(name_));
    const Writer other = Writer::create(name_, {.item_size = 3, .length = 8});
    EXPECT_EQ(observer_.sample().state, BufferState::replaced);
}

TEST_F(ObserverTest, IsDuplicatedOntoTheSameSegmentWhereverItsNameLeads) {
    writer_->push_many(make_items(0, 3, 3));
    std::optional<Observer> copy = observer_.duplicate();
    ASSERT_TRUE(Segment::unlink(name_));
    const Writer other = Writer::create(name_, {.item_size = 3, .length = 8});
    Observer late = observer_.duplicate();
    EXPECT_EQ(late.identity(), observer_.identity());
    EXPECT_EQ(late.name(), name_.str());
    EXPECT_EQ(late.geometry(), observer_.geometry());
    EXPECT_EQ(late.sample().pushed, 3u);
    EXPECT_EQ(late.sample().state, BufferState::replaced);
    EXPECT_EQ(late.sample().writer.state, WriterState::alive);
    EXPECT_EQ(copy->sample().pushed, 3u);
    copy.reset();
    EXPECT_EQ(observer_.sample().pushed, 3u);  // each has a descriptor of its own
    EXPECT_EQ(late.peek(8).bytes, make_items(0, 3, 3));
}

TEST_F(ObserverTest, DuplicateOfAClassicOneKnowsItsGeometry) {
    const ScopedName classic{"classic"};
    test_support::make_segment(classic, std::vector<std::byte>(classic_segment_size({2, 4})));
    Observer copy = Observer::attach(classic, Geometry{2, 4}).duplicate();
    EXPECT_EQ(copy.layout(), Layout::classic);
    EXPECT_EQ(copy.geometry(), (Geometry{2, 4}));
    EXPECT_EQ(copy.sample().state, BufferState::unknown);
}

TEST_F(ObserverTest, AsksTheKernelNoMoreOftenThanItsInterval) {
    Observer lazy = Observer::attach(name_, std::nullopt, std::chrono::hours{1});
    EXPECT_EQ(lazy.sample().state, BufferState::alive);
    writer_->release();
    RawBuffer{name_}.writer_line().pid = 4711;
    EXPECT_EQ(lazy.sample().state, BufferState::alive);  // the last answer stands
    EXPECT_EQ(observer_.sample().state, BufferState::abandoned);
}

TEST_F(ObserverTest, SeesANewReaderAliveAtOnceWhateverItsInterval) {
    Observer lazy = Observer::attach(name_, std::nullopt, std::chrono::hours{1});
    static_cast<void>(lazy.sample());
    const Reader reader = Reader::attach(name_);
    const Sample sample = lazy.sample();
    ASSERT_EQ(sample.readers.size(), 1u);
    EXPECT_EQ(sample.readers[0].state, ReaderState::alive);
}

TEST_F(ObserverTest, ListsReadersBySlot) {
    const Reader first = Reader::attach(name_);
    auto second = std::make_optional(Reader::attach(name_));
    const Reader third = Reader::attach(name_);
    second.reset();
    const Sample sample = observer_.sample();
    ASSERT_EQ(sample.readers.size(), 2u);
    EXPECT_EQ(sample.readers[0].slot, 0u);
    EXPECT_EQ(sample.readers[1].slot, 2u);
}

TEST_F(ObserverTest, PeeksAtItemsByTheirNumbersAsFarAsTheyAreThere) {
    EXPECT_EQ(observer_.peek_from(0, 5).count, 0u);
    writer_->push_many(make_items(0, 20, 3));  // 12 to 19 are retained
    const auto expect = [&](std::uint64_t wanted, std::uint64_t count, std::uint64_t first, std::uint64_t got) {
        const Peek peek = observer_.peek_from(wanted, count);
        EXPECT_EQ(peek.first, first) << wanted;
        EXPECT_EQ(peek.count, got) << wanted;
        EXPECT_EQ(peek.bytes, make_items(first, got, 3)) << wanted;
    };
    expect(14, 3, 14, 3);
    expect(11, 3, 12, 3);  // from the oldest that is there
    expect(0, 100, 12, 8);
    expect(18, 100, 18, 2);
    expect(19, ~std::uint64_t{0}, 19, 1);
    expect(20, 1, 20, 0);  // not pushed yet
    expect(1000, 1, 20, 0);
}

TEST_F(ObserverTest, PeeksByNumbersIntoNoTruncatedSegment) {
    writer_->push_many(make_items(0, 20, 3));
    test_support::truncate_segment(name_.str(), 4);
    EXPECT_THROW(static_cast<void>(observer_.peek_from(14, 3)), CorruptBuffer);
}

TEST(Words, AreThoseOfTheDesign) {
    EXPECT_EQ(to_string(OverflowPolicy::overwrite), "overwrite");
    EXPECT_EQ(to_string(OverflowPolicy::reject), "reject");
    EXPECT_EQ(to_string(Layout::extended), "extended");
    EXPECT_EQ(to_string(Layout::classic), "classic");
    EXPECT_EQ(to_string(BufferState::alive), "alive");
    EXPECT_EQ(to_string(BufferState::vacant), "vacant");
    EXPECT_EQ(to_string(BufferState::abandoned), "abandoned");
    EXPECT_EQ(to_string(BufferState::closed), "closed");
    EXPECT_EQ(to_string(BufferState::unlinked), "unlinked");
    EXPECT_EQ(to_string(BufferState::replaced), "replaced");
    EXPECT_EQ(to_string(BufferState::damaged), "damaged");
    EXPECT_EQ(to_string(BufferState::unknown), "unknown");
    EXPECT_EQ(to_string(WriterState::abandoned), "abandoned");
    EXPECT_EQ(to_string(ReaderState::alive), "alive");
    EXPECT_EQ(to_string(ReaderState::dead), "dead");
    EXPECT_EQ(to_string(ReaderState::evicted), "evicted");
}

// A reader that is stopped in the midst of counting a loss has moved `lost` and not yet the cursor.
TEST(ObserverOfALoss, ShowsOneThatIsJustBeingCountedAsNotCountedYet) {
    const test_support::ScopedName name{"loss"};
    Writer writer = Writer::create(name, {.item_size = 8, .length = 4});
    Reader reader = Reader::attach(name);
    for (std::uint64_t item = 0; item < 4; ++item) writer.push(item);
    ASSERT_EQ(reader.pop(), 0u);
    ASSERT_EQ(reader.pop(), 1u);
    Observer observer = Observer::attach(name);
    ASSERT_EQ(observer.sample().readers.at(0).popped, 2u);
    for (std::uint64_t item = 4; item < 9; ++item) writer.push(item);  // items 2 to 4 are gone
    const test_support::RawBuffer raw{name};
    raw.slot(0).loss_begun += 1;
    raw.slot(0).lost += 3;
    for (int look = 0; look < 2; ++look) {
        const Sample sample = observer.sample();
        const ReaderSample& seen = sample.readers.at(0);
        EXPECT_EQ(seen.popped, 2u);
        EXPECT_EQ(seen.lost, 3u);
        EXPECT_EQ(seen.pending, 3u);
        EXPECT_EQ(seen.start + seen.popped + seen.lost + seen.usage, 9u);
    }
    raw.slot(0).cursor += 3;
    raw.slot(0).loss_ended += 1;
    const Sample settled = observer.sample();
    EXPECT_EQ(settled.readers.at(0).popped, 2u);
    EXPECT_EQ(settled.readers.at(0).lost, 3u);
    EXPECT_EQ(settled.readers.at(0).pending, 0u);
}

}  // namespace
