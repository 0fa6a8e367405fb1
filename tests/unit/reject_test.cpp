#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <thread>

#include "kernel_questions.hpp"
#include "shared_cbuff/detail/format.hpp"
#include "shared_cbuff/observer.hpp"
#include "shared_cbuff/reader.hpp"
#include "shared_cbuff/writer.hpp"
#include "test_support/eventually.hpp"
#include "test_support/items.hpp"
#include "test_support/segments.hpp"

namespace {

using namespace shared_cbuff;
using namespace std::chrono_literals;
using test_support::make_items;
using test_support::RawBuffer;
using test_support::ScopedName;

class RejectTest : public testing::Test {
protected:
    ScopedName name_{"reject"};
    Writer writer_ =
        Writer::create(name_, {.item_size = 2, .length = 8, .policy = OverflowPolicy::reject, .max_readers = 4});

    void fill(std::uint64_t first, std::uint64_t count) {
        for (std::uint64_t k = first; k < first + count; ++k) ASSERT_TRUE(writer_.push(k)) << k;
    }
};

TEST_F(RejectTest, RefusesAPushThatWouldCostAReaderAnItem) {
    Reader reader = Reader::attach(name_);
    fill(0, 8);
    EXPECT_FALSE(writer_.push(std::uint64_t{8}));
    EXPECT_FALSE(writer_.push(std::uint64_t{8}));
    EXPECT_EQ(writer_.rejected(), 2u);
    EXPECT_EQ(writer_.pushed(), 8u);
    EXPECT_EQ(reader.pop(), 0u);
    EXPECT_TRUE(writer_.push(std::uint64_t{8}));
    for (std::uint64_t k = 1; k <= 8; ++k) EXPECT_EQ(reader.pop(), k);
    EXPECT_EQ(reader.counters().lost, 0u);
    EXPECT_EQ(Observer::attach(name_).sample().rejected, 2u);
}

TEST_F(RejectTest, WritesNothingWhenItRefuses) {
    const Reader reader = Reader::attach(name_);
    fill(0, 8);
    EXPECT_FALSE(writer_.push(std::uint64_t{8}));
    const RawBuffer raw{name_};
    EXPECT_EQ(raw.writer_line().intent, 8u);
    EXPECT_EQ(raw.writer_line().pushed, 8u);
    EXPECT_EQ(raw.classic_pointer(), 0u);
    EXPECT_EQ(raw.bytes()[1], std::byte{0});
}

TEST_F(RejectTest, NeverRefusesWithoutReaders) {
    fill(0, 30);
    EXPECT_EQ(writer_.rejected(), 0u);
}

TEST_F(RejectTest, DoesNotWaitForUnregisteredReaders) {
    Reader reader = Reader::attach(name_, {.registered = false});
    fill(0, 20);
    EXPECT_EQ(reader.pop(), 12u);
    EXPECT_EQ(reader.counters().lost, 12u);
}

TEST_F(RejectTest, WaitsForTheSlowestReader) {
    Reader slow = Reader::attach(name_);
    Reader fast = Reader::attach(name_);
    fill(0, 8);
    while (fast.pop()) {
    }
    EXPECT_FALSE(writer_.push(std::uint64_t{8}));
    slow.pop();
    EXPECT_TRUE(writer_.push(std::uint64_t{8}));
    EXPECT_FALSE(writer_.push(std::uint64_t{9}));
}

TEST_F(RejectTest, HasRoomAgainWhenTheReaderThatHeldItUpLeaves) {
    auto reader = std::make_optional(Reader::attach(name_));
    fill(0, 8);
    EXPECT_FALSE(writer_.push(std::uint64_t{8}));
    reader.reset();
    fill(8, 20);
}

TEST_F(RejectTest, PushesAsManyOfABatchAsFit) {
    Reader reader = Reader::attach(name_);
    EXPECT_EQ(writer_.push_many(make_items(0, 5, 2)), 5u);
    EXPECT_EQ(writer_.push_many(make_items(5, 5, 2)), 3u);
    EXPECT_EQ(writer_.push_many(make_items(8, 5, 2)), 0u);
    EXPECT_EQ(writer_.rejected(), 7u);
    std::vector<std::byte> items(16);
    EXPECT_EQ(reader.pop_many(items), 8u);
    EXPECT_EQ(items, make_items(0, 8, 2));
}

TEST_F(RejectTest, StopsForAReaderThatJoinsWhileTheWriterHasRoomCached) {
    fill(0, 3);  // the writer looked once and may push to 8 without looking again
    Reader reader = Reader::attach(name_);
    EXPECT_EQ(reader.usage(), 3u);
    fill(3, 5);
    EXPECT_FALSE(writer_.push(std::uint64_t{8}));
    for (std::uint64_t k = 0; k < 8; ++k) EXPECT_EQ(reader.pop(), k);
}

TEST_F(RejectTest, CountsALossWhenAReaderJoinedBehindTheWritersCachedRoom) {
    fill(0, 12);  // no readers: looked at 0 and at 8, so the room reaches to 16
    Reader reader = Reader::attach(name_);
    EXPECT_EQ(reader.usage(), 8u);
    fill(12, 3);  // still without looking: items 4, 5 and 6 go
    EXPECT_EQ(reader.pop(), 7u);
    EXPECT_EQ(reader.counters().lost, 3u);
    std::uint64_t next = 15;
    while (writer_.push(next)) ++next;
    for (std::uint64_t k = 8; k < next; ++k) EXPECT_EQ(reader.pop(), k);
    EXPECT_EQ(reader.counters().lost, 3u);
}

TEST_F(RejectTest, WaitsForRoomNoLongerThanTheTimeout) {
    const Reader reader = Reader::attach(name_);
    fill(0, 8);
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_FALSE(writer_.push_for(make_items(8, 1, 2), 20ms));
    EXPECT_GE(std::chrono::steady_clock::now() - begin, 20ms);
    EXPECT_EQ(writer_.rejected(), 1u);
}

TEST_F(RejectTest, PushesWhenRoomComesWhileItWaits) {
    Reader reader = Reader::attach(name_);
    fill(0, 8);
    std::thread popper{[&reader] { reader.pop(); }};
    EXPECT_TRUE(writer_.push_for(make_items(8, 1, 2), test_support::patience));
    popper.join();
    EXPECT_EQ(writer_.rejected(), 0u);
}

TEST_F(RejectTest, TellsAReaderWhoseSlotWasTakenAway) {
    Reader reader = Reader::attach(name_);
    fill(0, 3);
    const RawBuffer raw{name_};
    raw.slot(0).claim = format::claim_of(format::generation_of(raw.slot(0).claim), format::SlotState::evicted);
    EXPECT_THROW(static_cast<void>(reader.pop()), ReaderEvicted);
    const Sample sample = Observer::attach(name_).sample();
    ASSERT_EQ(sample.readers.size(), 1u);
    EXPECT_EQ(sample.readers[0].state, ReaderState::evicted);
}

TEST_F(RejectTest, LeavesALiveReaderItsSlotHoweverLongItHoldsUp) {
    Reader reader = Reader::attach(name_);
    fill(0, 8);
    for (int attempt = 0; attempt < 1000; ++attempt) ASSERT_FALSE(writer_.push(std::uint64_t{1}));
    for (std::uint64_t k = 0; k < 8; ++k) EXPECT_EQ(reader.pop(), k);
}

TEST_F(RejectTest, AsksTheKernelAtMostOnceAMillisecondHoweverOftenItIsRefused) {
    const Reader reader = Reader::attach(name_);
    fill(0, 8);
    const std::uint64_t before = unit_tests::kernel_questions();
    const auto begin = std::chrono::steady_clock::now();
    for (int attempt = 0; attempt < 20'000; ++attempt) ASSERT_FALSE(writer_.push(std::uint64_t{1}));
    const auto taken = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin);
    const std::uint64_t asked = unit_tests::kernel_questions() - before;
    EXPECT_GE(asked, 1u);
    EXPECT_LE(static_cast<double>(asked), 2 + 1.2 * taken.count());  // the ticks' rate is measured, to some percent
}

}  // namespace
