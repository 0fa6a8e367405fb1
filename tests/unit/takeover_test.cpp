#include <gtest/gtest.h>

#include <thread>

#include "matchers.hpp"
#include "shared_cbuff/detail/process.hpp"
#include "shared_cbuff/observer.hpp"
#include "shared_cbuff/reader.hpp"
#include "shared_cbuff/writer.hpp"
#include "test_support/items.hpp"
#include "test_support/segments.hpp"

namespace {

using namespace shared_cbuff;
using test_support::is_item;
using test_support::make_item;
using test_support::make_items;
using test_support::RawBuffer;
using test_support::ScopedName;
using test_support::throws;

constexpr std::size_t item_size = 12;
constexpr std::uint64_t length = 8;

class TakeoverTest : public testing::TestWithParam<OverflowPolicy> {
protected:
    ScopedName name_{"takeover"};

    /// A vacant buffer with items 0..pushed-1.
    void leave_vacant(std::uint64_t pushed) {
        Writer writer = Writer::create(name_, {.item_size = item_size, .length = length, .policy = GetParam()});
        ASSERT_EQ(writer.push_many(make_items(0, pushed, item_size)), pushed);
        writer.release();
    }
    /// What a writer leaves that dies between `intent` and `pushed`: `count` slots announced and scribbled over.
    void die_in_mid_push(std::uint64_t count) {
        const RawBuffer raw{name_};
        const std::uint64_t pushed = raw.writer_line().pushed;
        raw.writer_line().intent = pushed + count;
        for (std::uint64_t k = pushed; k < pushed + count; ++k) {
            std::ranges::fill(raw.bytes().subspan(k % length * item_size, item_size / 2), std::byte{0xee});
        }
    }
    /// All that a reader gets, as item numbers; each must be whole.
    static std::vector<std::uint64_t> drain(Reader& reader, std::uint64_t start) {
        std::vector<std::uint64_t> numbers;
        std::vector<std::byte> item(item_size);
        while (reader.pop(item)) {
            const ReaderCounters counters = reader.counters();
            numbers.push_back(start + counters.popped + counters.lost - 1);
            EXPECT_TRUE(is_item(numbers.back(), item)) << numbers.back();
        }
        return numbers;
    }
};

TEST_P(TakeoverTest, ResumesAtPushedWithTheNextEpoch) {
    leave_vacant(11);
    Writer writer = Writer::take_over(name_);
    EXPECT_EQ(writer.epoch(), 2u);
    EXPECT_EQ(writer.pushed(), 11u);
    EXPECT_EQ(writer.policy(), GetParam());
    EXPECT_TRUE(writer.push(make_item(11, item_size)));
    EXPECT_EQ(Observer::attach(name_).peek(1, StartAt::newest).bytes, make_item(11, item_size));
    EXPECT_EQ(RawBuffer{name_}.classic_pointer(), 12 % length * item_size);
}

TEST_P(TakeoverTest, CountsTheReadersThatWereThereBeforeEvenIfNoSlotIsFree) {
    const ScopedName full{"takeover"};
    Writer::create(full, {.item_size = 8, .length = 4, .policy = GetParam(), .max_readers = 1}).release();
    Reader reader = Reader::attach(full);
    Writer heir = Writer::take_over(full);
    for (std::uint64_t k = 0; k < 4; ++k) ASSERT_TRUE(heir.push(k));
    const bool rejects = GetParam() == OverflowPolicy::reject;
    EXPECT_EQ(heir.push(std::uint64_t{4}), !rejects);
    EXPECT_EQ(heir.usage(), 4u);
    EXPECT_EQ(reader.pop(), rejects ? 0u : 1u);
}

TEST_P(TakeoverTest, LeavesTheBufferVacantWhenTheHeirGoes) {
    leave_vacant(3);
    { const Writer writer = Writer::take_over(name_); }
    EXPECT_TRUE(name_.exists());
    EXPECT_EQ(Observer::attach(name_).sample().state, BufferState::vacant);
    EXPECT_EQ(Writer::take_over(name_).epoch(), 3u);
}

TEST_P(TakeoverTest, ThrowsWithThePidWhenTheRoleIsHeld) {
    const Writer writer = Writer::create(name_, {.item_size = item_size, .length = length, .policy = GetParam()});
    try {
        static_cast<void>(Writer::take_over(name_));
        FAIL() << "took a held role";
    } catch (const WriterActive& error) {
        EXPECT_EQ(error.pid(), current_pid());
        EXPECT_EQ(error.buffer(), name_.str());
        EXPECT_NE(error.reason().find(std::to_string(current_pid())), std::string::npos);
    }
    EXPECT_EQ(writer.epoch(), 1u);
}

TEST_P(TakeoverTest, StoresThePointerThatThePredecessorDiedBefore) {
    leave_vacant(3);
    const RawBuffer raw{name_};
    std::ranges::fill(raw.bytes().subspan(raw.offsets().pointer_offset(), 1), std::byte{0});
    const Writer writer = Writer::take_over(name_);
    EXPECT_EQ(raw.classic_pointer(), 3 * item_size);
}

TEST_P(TakeoverTest, KeepsHalfWrittenSlotsRejectedAndLaterPushesReadable) {
    for (const std::uint64_t half_written : {1u, 2u, 8u}) {
        leave_vacant(20);
        die_in_mid_push(half_written);
        Writer writer = Writer::take_over(name_);
        EXPECT_EQ(writer.pushed(), 20u);
        Reader early = Reader::attach(name_);
        const std::uint64_t start = std::min<std::uint64_t>(20 + half_written - length, 20);
        // The first pushes are fewer than were announced: what was scribbled over stays rejected.
        ASSERT_TRUE(writer.push(make_item(20, item_size)));
        Reader late = Reader::attach(name_, {.registered = false});
        for (Reader* const reader : {&early, &late}) {
            std::vector<std::uint64_t> expected;
            for (std::uint64_t k = start; k <= 20; ++k) expected.push_back(k);
            EXPECT_EQ(drain(*reader, start), expected);
            EXPECT_EQ(reader->counters().lost, 0u);
        }
        for (std::uint64_t k = 21; k < 29; ++k) ASSERT_TRUE(writer.push(make_item(k, item_size)));
        EXPECT_EQ(drain(early, start), (std::vector<std::uint64_t>{21, 22, 23, 24, 25, 26, 27, 28}));
        const RawBuffer raw{name_};
        EXPECT_EQ(raw.writer_line().intent, std::max<std::uint64_t>(29, 20 + half_written));
        EXPECT_EQ(raw.writer_line().pushed, 29u);
        writer.close();
    }
}

TEST_P(TakeoverTest, CountsHalfWrittenSlotsAsLostForAReaderThatHadNotTakenThem) {
    leave_vacant(0);
    {
        Writer writer = Writer::take_over(name_);
        writer.push_many(make_items(0, 20, item_size));
    }
    // Unregistered: under `reject` a writer would have waited for it.
    Reader reader = Reader::attach(name_, {.registered = false});
    die_in_mid_push(3);
    EXPECT_EQ(drain(reader, 12), (std::vector<std::uint64_t>{15, 16, 17, 18, 19}));
    EXPECT_EQ(reader.counters().lost, 3u);
    EXPECT_EQ(reader.counters().overruns, 1u);
    Writer heir = Writer::take_over(name_);
    heir.push(make_item(20, item_size));
    EXPECT_EQ(drain(reader, 12), (std::vector<std::uint64_t>{20}));
}

TEST_P(TakeoverTest, NeverPeeksIntoHalfWrittenSlots) {
    leave_vacant(20);
    die_in_mid_push(3);
    const Peek peek = Observer::attach(name_).peek(length);
    EXPECT_EQ(peek.first, 15u);
    EXPECT_EQ(peek.bytes, make_items(15, 5, item_size));
}

TEST_P(TakeoverTest, RefusesAGeometryThatContradictsTheControlBlock) {
    leave_vacant(1);
    EXPECT_TRUE(throws<GeometryMismatch>(
        [&] {
            static_cast<void>(Writer::take_over(name_, Geometry{1, 2}));
        },
        name_.str()));
    EXPECT_EQ(Observer::attach(name_).sample().state, BufferState::vacant);
    EXPECT_EQ(Writer::take_over(name_, Geometry{item_size, length}).epoch(), 2u);
}

// The role becomes free in the moment its holder closes the buffer: there is nothing to take then.
TEST_P(TakeoverTest, NeverTakesABufferThatItsWriterHasJustClosed) {
    std::atomic<bool> done{false};
    std::thread creator{[&] {
        for (int round = 0; round < 4000; ++round) {
            Writer writer = Writer::create(name_, {.item_size = item_size, .length = length, .policy = GetParam()});
            writer.push(std::uint64_t{1});
        }
        done = true;
    }};
    int taken = 0;
    while (!done) {
        try {
            const Writer thief = Writer::take_over(name_);
            ++taken;
        } catch (const CBuffException&) {
        }
    }
    creator.join();
    EXPECT_EQ(taken, 0);
}

INSTANTIATE_TEST_SUITE_P(Policies, TakeoverTest, testing::Values(OverflowPolicy::overwrite, OverflowPolicy::reject),
                         [](const auto& policy) { return std::string{to_string(policy.param)}; });

}  // namespace
