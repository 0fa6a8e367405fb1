// What changes in the midst of a look: between two reads of one sample, one peek, one attach.

#include <gtest/gtest.h>

#include <cerrno>
#include <functional>
#include <optional>

#include "reads.hpp"
#include "shared_cbuff/errors.hpp"
#include "shared_cbuff/observer.hpp"
#include "shared_cbuff/reader.hpp"
#include "shared_cbuff/writer.hpp"
#include "test_support/items.hpp"
#include "test_support/segments.hpp"

namespace {

using namespace shared_cbuff;
using namespace std::chrono_literals;
using test_support::is_item;
using test_support::make_items;
using test_support::RawBuffer;
using test_support::ScopedName;
using unit_tests::BeforeRead;
using unit_tests::FailingRead;

class MomentsTest : public testing::Test {
protected:
    static constexpr std::size_t item_size = 4;
    static constexpr std::uint64_t length = 8;
    ScopedName name_{"moments"};
    Writer writer_ = Writer::create(name_, {.item_size = item_size, .length = length, .max_readers = 2});

    void push(std::uint64_t count) { writer_.push_many(make_items(writer_.pushed(), count, item_size)); }
    static bool holds(const Peek& peek, std::uint64_t first, std::uint64_t count) {
        bool whole = peek.first == first && peek.count == count && peek.bytes.size() == count * item_size;
        for (std::uint64_t index = 0; whole && index < count; ++index) {
            whole = is_item(first + index, std::span{peek.bytes}.subspan(index * item_size, item_size));
        }
        return whole;
    }
};

TEST_F(MomentsTest, PeekLeavesOutWhatIsOverwrittenWhileItCopies) {
    push(11);
    const Observer observer = Observer::attach(name_);
    EXPECT_TRUE(holds(observer.peek(8), 3, 8));
    {
        const BeforeRead more{2, [this] { push(2); }};  // after its first look at the counters
        EXPECT_TRUE(holds(observer.peek(8), 5, 6));
        EXPECT_TRUE(more.done());
    }
    {
        const BeforeRead more{2, [this] { push(3); }};
        EXPECT_TRUE(holds(observer.peek(2), 7, 0)) << "all that it asked for was overwritten";
        EXPECT_TRUE(more.done());
    }
    const BeforeRead more{2, [this] { push(3); }};
    EXPECT_TRUE(holds(observer.peek(5, StartAt::newest), 11, 5));
    EXPECT_TRUE(more.done());
}

TEST_F(MomentsTest, SampleLooksAgainWhenItSawCountersOfTwoMoments) {
    push(3);
    const RawBuffer raw{name_};
    Observer observer = Observer::attach(name_, std::nullopt, 1h);
    ASSERT_EQ(observer.sample().state, BufferState::alive);
    raw.writer_line().intent = 2;
    const BeforeRead mend{2, [&] { raw.writer_line().intent = 3; }};
    EXPECT_EQ(observer.sample().state, BufferState::alive);
    EXPECT_TRUE(mend.done());
}

TEST_F(MomentsTest, SampleLooksAgainWhenAReaderCountsALoss) {
    const Reader reader = Reader::attach(name_);
    push(10);
    const RawBuffer raw{name_};
    Observer observer = Observer::attach(name_, std::nullopt, 1h);
    ASSERT_EQ(observer.sample().readers.at(0).lost, 2u);
    raw.slot(0).loss_begun = 1;
    raw.slot(0).lost = 2;
    const BeforeRead finish{2, [&] {
                                raw.slot(0).overruns = 1;
                                raw.slot(0).cursor = 2;
                                raw.slot(0).loss_ended = 1;
                            }};
    const Sample sample = observer.sample();
    EXPECT_TRUE(finish.done());
    EXPECT_EQ(sample.readers.at(0).cursor, 2u);
    EXPECT_EQ(sample.readers.at(0).lost, 2u);
    EXPECT_EQ(sample.readers.at(0).pending, 0u);
    EXPECT_EQ(sample.readers.at(0).overruns, 1u);
}

TEST_F(MomentsTest, AttachingLooksAgainWhenItSawCountersOfTwoMoments) {
    push(3);
    const RawBuffer raw{name_};
    raw.writer_line().intent = 2;
    const BeforeRead mend{5, [&] { raw.writer_line().intent = 3; }};  // after the footer, twice, header and counters
    EXPECT_NO_THROW(static_cast<void>(Observer::attach(name_)));
    EXPECT_TRUE(mend.done());
}

TEST_F(MomentsTest, SampleTakesNoNewWriterForTheDeadOneBefore) {
    writer_.release();
    const RawBuffer raw{name_};
    raw.writer_line().pid = 1;  // that held no lock
    Observer observer = Observer::attach(name_, std::nullopt, 0ns);
    ASSERT_EQ(observer.sample().state, BufferState::abandoned);
    std::optional<Writer> successor;
    const BeforeRead taken_over{2, [&] { successor = Writer::take_over(name_); }};
    EXPECT_EQ(observer.sample().state, BufferState::alive);
    EXPECT_TRUE(taken_over.done());
}

TEST_F(MomentsTest, SampleTakesNoNewReaderForTheDeadOneBefore) {
    const Reader first = Reader::attach(name_);
    const RawBuffer raw{name_};
    raw.slot(1) = raw.slot(0);  // active, and nobody's
    raw.header().slots_used = 2;
    Observer observer = Observer::attach(name_, std::nullopt, 0ns);
    ASSERT_EQ(observer.sample().readers.at(1).state, ReaderState::dead);
    std::optional<Reader> second;
    const BeforeRead taken{2, [&] { second = Reader::attach(name_); }};
    const Sample sample = observer.sample();
    EXPECT_TRUE(taken.done());
    EXPECT_EQ(sample.readers.at(1).state, ReaderState::alive);
    EXPECT_EQ(sample.readers.at(1).generation, 2u);
}

TEST_F(MomentsTest, SampleLeavesOutAReaderThatHasLeftMeanwhile) {
    const Reader stays = Reader::attach(name_);
    const RawBuffer raw{name_};
    raw.slot(1) = raw.slot(0);
    raw.header().slots_used = 2;
    Observer observer = Observer::attach(name_, std::nullopt, 0ns);
    const BeforeRead left{2, [&] { raw.slot(1).claim = format::claim_of(2, format::SlotState::free); }};
    EXPECT_EQ(observer.sample().readers.size(), 1u);
    EXPECT_TRUE(left.done());
}

TEST_F(MomentsTest, SampleEndsThoughSomethingChangesAtEveryLook) {
    const Reader reader = Reader::attach(name_);
    const RawBuffer raw{name_};
    raw.slot(1) = raw.slot(0);  // dead, and after each look another one
    raw.header().slots_used = 2;
    Observer observer = Observer::attach(name_, std::nullopt, 0ns);
    std::optional<BeforeRead> next;
    std::function<void()> change = [&] {
        raw.slot(1).claim += 256;
        next.emplace(1, change);
    };
    next.emplace(1, change);
    const Sample sample = observer.sample();
    next.reset();
    EXPECT_EQ(sample.state, BufferState::alive);
    EXPECT_EQ(sample.readers.at(1).state, ReaderState::alive) << "the last was not asked about yet";
    EXPECT_EQ(observer.sample().readers.at(1).state, ReaderState::dead);
}

TEST_F(MomentsTest, SampleTakesAWriterThatCameAfterTheLastQuestionForAlive) {
    const RawBuffer raw{name_};
    writer_.release();
    raw.writer_line().pid = 1;  // that held no lock, and after each look another one
    Observer observer = Observer::attach(name_, std::nullopt, 0ns);
    std::optional<BeforeRead> next;
    std::function<void()> change = [&] {
        raw.writer_line().epoch += 1;
        next.emplace(1, change);
    };
    next.emplace(1, change);
    EXPECT_EQ(observer.sample().state, BufferState::alive);
    next.reset();
    EXPECT_EQ(observer.sample().state, BufferState::abandoned);
}

TEST_F(MomentsTest, SampleIsDamagedWhenTheSegmentIsCutBetweenTheQuestionAndTheSecondLook) {
    const RawBuffer raw{name_};
    raw.slot(1).claim = format::claim_of(1, format::SlotState::active);  // dead: hence the second look
    raw.header().slots_used = 2;
    Observer observer = Observer::attach(name_, std::nullopt, 0ns);
    ASSERT_EQ(observer.sample().readers.size(), 1u);
    const BeforeRead cut{2, [&] {
                             raw.slot(0).claim = format::claim_of(1, format::SlotState::active);
                             const auto kept = raw.offsets().slot_offset(1);
                             test_support::truncate_segment(name_, kept);  // the newcomer's slot is read, no further
                         }};
    EXPECT_EQ(observer.sample().state, BufferState::damaged);
    EXPECT_TRUE(cut.done());
}

TEST_F(MomentsTest, AttachingTellsWhyItCouldNotRead) {
    for (const int read : {1, 2, 3, 4}) {  // the footer, twice, header and counters
        const FailingRead failing{read, EIO};
        EXPECT_THROW(static_cast<void>(Observer::attach(name_)), SystemError) << "read " << read;
        EXPECT_TRUE(failing.done());
    }
    const FailingRead interrupted{3, EINTR};
    EXPECT_NO_THROW(static_cast<void>(Observer::attach(name_)));
    EXPECT_TRUE(interrupted.done());
}

TEST_F(MomentsTest, LooksAtTruncatedSegmentsAreErrors) {
    push(9);
    const std::uint64_t size = RawBuffer{name_}.offsets().segment_size();
    const auto cut = [this] { test_support::truncate_segment(name_, 5); };
    const auto restore = [&] { test_support::truncate_segment(name_, size); };
    const auto bytes = test_support::bytes_of(name_);
    const auto refill = [&] {
        restore();
        test_support::overwrite_bytes(name_, 0, bytes);
    };
    Observer observer = Observer::attach(name_);
    for (const int read : {1, 2, 3}) {
        const BeforeRead vandal{read, cut};
        EXPECT_THROW(static_cast<void>(observer.peek(4)), CorruptBuffer) << "before read " << read;
        EXPECT_TRUE(vandal.done());
        refill();
    }
    {
        const BeforeRead vandal{1, cut};
        EXPECT_EQ(observer.sample().state, BufferState::damaged);
        EXPECT_TRUE(vandal.done());
        refill();
    }
    for (const int read : {3, 4}) {  // of header and counters; the footer comes twice before
        const BeforeRead vandal{read, cut};
        EXPECT_THROW(static_cast<void>(Observer::attach(name_)), CorruptBuffer) << "before read " << read;
        EXPECT_TRUE(vandal.done());
        refill();
    }
}

}  // namespace
