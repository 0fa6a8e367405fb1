// Our Reader and Observer on a classic segment whose bytes are set by hand: the hazards need exact moments.
// The interop tests do the same against an independent program.

#include <gtest/gtest.h>

#include <array>

#include "matchers.hpp"
#include "reads.hpp"
#include "shared_cbuff/buffer.hpp"
#include "shared_cbuff/detail/segment.hpp"
#include "shared_cbuff/observer.hpp"
#include "shared_cbuff/reader.hpp"
#include "test_support/eventually.hpp"
#include "test_support/segments.hpp"

namespace {

using namespace shared_cbuff;
using namespace std::chrono_literals;
using test_support::eventually;
using test_support::ScopedName;
using test_support::throws;

constexpr Geometry geometry{2, 4};

class ClassicTest : public testing::Test {
protected:
    ScopedName name_{"classic"};
    std::uint64_t pushed_ = 0;

    void SetUp() override { test_support::make_segment(name_, std::vector<std::byte>(classic_segment_size(geometry))); }

    void move_pointer() {
        const std::array pointer{static_cast<std::byte>((pushed_ + 1) % geometry.length * geometry.item_size)};
        test_support::overwrite_bytes(name_, geometry.ring_bytes(), pointer);
    }
    void store_item(std::uint64_t value) {
        const std::array item{static_cast<std::byte>(value >> 8), static_cast<std::byte>(value & 0xff)};
        test_support::overwrite_bytes(name_, pushed_++ % geometry.length * geometry.item_size, item);
    }
    /// As the Python package does it: the pointer first.
    void push(std::uint64_t value) {
        move_pointer();
        store_item(value);
    }
    Reader attach(std::chrono::nanoseconds settling_time, StartAt start = StartAt::oldest) {
        return Reader::attach(name_, {.geometry = geometry, .start = start, .settling_time = settling_time});
    }
};

TEST_F(ClassicTest, RefusesASpanOfNothing) {
    Reader reader = attach(0ns);
    EXPECT_THROW(reader.pop(std::span<std::byte>{}), InvalidArgument);
}

TEST_F(ClassicTest, IsReadWithTheGeometryGiven) {
    Reader reader = attach(0ns);
    EXPECT_TRUE(reader.is_classic());
    EXPECT_EQ(reader.geometry(), geometry);
    EXPECT_EQ(reader.slot(), std::nullopt);
    EXPECT_EQ(reader.writer_state(), WriterState::unknown);
    EXPECT_EQ(reader.pop(), std::nullopt);
    push(0x0102);
    push(0x0304);
    EXPECT_EQ(reader.usage(), 2u);
    EXPECT_EQ(reader.position(), 0u);
    EXPECT_EQ(reader.pop(), 0x0102u);
    EXPECT_EQ(reader.position(), 1u);  // the slot
    EXPECT_EQ(reader.pop(), 0x0304u);
    EXPECT_EQ(reader.pop(), std::nullopt);
    EXPECT_EQ(reader.counters().popped, 2u);
    EXPECT_EQ(reader.counters().underflows, 2u);
    EXPECT_EQ(reader.counters().high_water, 2u);
    EXPECT_EQ(reader.counters().lost + reader.counters().overruns, 0u);
}

TEST_F(ClassicTest, HasNoNumbersToPeekBy) {
    const Observer observer = Observer::attach(name_, geometry);
    EXPECT_TRUE(throws<InvalidArgument>([&] { static_cast<void>(observer.peek_from(0, 1)); }, name_.str()));
}

TEST_F(ClassicTest, IsReadByTheBufferClassToo) {
    push(7);
    SharedCircularBuffer in{name_, {.item_size = 2, .length = 4}};
    EXPECT_EQ(in.usage(), 1u);
    std::optional<std::uint64_t> item;
    EXPECT_TRUE(eventually([&] { return (item = in.popitem()).has_value(); }));
    EXPECT_EQ(item, 7u);
}

TEST_F(ClassicTest, IsReadAcrossTheWrapForManyLaps) {
    Reader reader = attach(0ns);
    for (std::uint64_t k = 0; k < 100; ++k) {
        push(k);
        if (k % 3 != 2) continue;
        std::vector<std::byte> items(8 * 2);
        ASSERT_EQ(reader.pop_many(items), 3u);
        EXPECT_EQ(items[1], static_cast<std::byte>(k - 2));
        EXPECT_EQ(items[5], static_cast<std::byte>(k));
    }
    EXPECT_EQ(reader.counters().lost, 0u);
}

// The hazard of the classic push: the pointer tells of an item that is not stored yet.
TEST_F(ClassicTest, WithholdsTheNewestItemUntilThePointerMovesAgain) {
    Reader reader = attach(std::chrono::hours{1});
    move_pointer();
    EXPECT_EQ(reader.pop(), std::nullopt);
    store_item(0x0a0b);
    EXPECT_EQ(reader.pop(), std::nullopt);  // stored, but nobody can know
    EXPECT_EQ(reader.usage(), 1u);
    move_pointer();
    EXPECT_EQ(reader.pop(), 0x0a0bu);
    EXPECT_EQ(reader.pop(), std::nullopt);
}

TEST_F(ClassicTest, TrustsTheNewestItemOnceThePointerStoodStill) {
    Reader reader = attach(5ms);
    push(0x0a0b);
    std::array<std::byte, 2> item;
    EXPECT_TRUE(reader.pop_for(item, test_support::patience));
    EXPECT_EQ(item[1], std::byte{0x0b});
}

// Where it stood still is counted from the pointer's last move, not from when the reader came.
TEST_F(ClassicTest, WithholdsTheNewestItemAlsoLongAfterTheReaderCame) {
    Reader reader = attach(5ms);
    push(1);
    ASSERT_TRUE(eventually([&] { return reader.pop() == 1u; }));
    move_pointer();
    EXPECT_EQ(reader.pop(), std::nullopt);  // whenever this look comes: it is the first to see the pointer moved
    store_item(2);
    EXPECT_TRUE(eventually([&] { return reader.pop() == 2u; }));
}

TEST_F(ClassicTest, LeavesOutWhatIsOverwrittenWhileItCopies) {
    Reader reader = attach(0ns);
    for (std::uint64_t k = 1; k <= 3; ++k) push(k);
    std::array<std::byte, 6> items{};
    {
        const unit_tests::BeforeRead writer{3, [this] {  // after two looks at the pointer
                                                push(4);
                                                push(5);
                                            }};
        EXPECT_EQ(reader.pop_many(items), 2u);
        EXPECT_TRUE(writer.done());
    }
    EXPECT_EQ(items[1], std::byte{2});
    EXPECT_EQ(items[3], std::byte{3});
    EXPECT_EQ(reader.counters().popped, 2u);
    EXPECT_EQ(reader.counters().lost, 1u);
    EXPECT_EQ(reader.counters().overruns, 1u);
    EXPECT_EQ(reader.pop(), 4u);
    EXPECT_EQ(reader.pop(), 5u);
}

TEST_F(ClassicTest, CountsAlsoTheLossBeyondWhatItCopied) {
    Reader reader = attach(0ns);
    for (std::uint64_t k = 1; k <= 3; ++k) push(k);
    {
        const unit_tests::BeforeRead writer{3, [this] {
                                                for (std::uint64_t k = 4; k <= 6; ++k) push(k);
                                            }};
        EXPECT_EQ(reader.pop(), std::nullopt);  // all that are left look like none
        EXPECT_TRUE(writer.done());
    }
    EXPECT_EQ(reader.counters().lost, 2u);
    EXPECT_EQ(reader.counters().overruns, 1u);
    EXPECT_EQ(reader.counters().popped, 0u);
    push(7);
    EXPECT_EQ(reader.pop(), 7u);
}

TEST_F(ClassicTest, ShowsOnlyWhatComesWhenTheReaderStartsAtTheNewest) {
    push(1);
    Reader reader = attach(0ns, StartAt::newest);
    EXPECT_EQ(reader.usage(), 0u);
    push(2);
    EXPECT_EQ(reader.pop(), 2u);
}

TEST_F(ClassicTest, LooksEmptyWithExactlyLengthUnreadItems) {
    Reader reader = attach(0ns);
    for (std::uint64_t k = 0; k < geometry.length; ++k) push(k);
    EXPECT_EQ(reader.usage(), 0u);  // what the layout cannot tell, we do not pretend to know
    EXPECT_EQ(reader.pop(), std::nullopt);
}

TEST_F(ClassicTest, IsCorruptWhenThePointerNamesNoSlot) {
    Reader reader = attach(0ns);
    Observer observer = Observer::attach(name_, geometry);
    for (const std::byte pointer :
         {std::byte{3}, std::byte{8}, std::byte{255}}) {  // between two items; just past the ring; far out
        test_support::overwrite_bytes(name_, geometry.ring_bytes(), std::array{pointer});
        EXPECT_TRUE(throws<CorruptBuffer>([&] { static_cast<void>(reader.pop()); }, name_.str()));
        EXPECT_TRUE(throws<CorruptBuffer>([&] { static_cast<void>(reader.usage()); }, name_.str()));
        EXPECT_TRUE(throws<CorruptBuffer>([&] { attach(0ns); }, name_.str()));
        EXPECT_TRUE(throws<CorruptBuffer>([&] { static_cast<void>(observer.peek(1)); }, name_.str()));
        EXPECT_EQ(observer.sample().state, BufferState::damaged);
    }
}

TEST_F(ClassicTest, IsCorruptAndNoCrashWhenItIsTruncated) {
    Reader reader = attach(0ns);
    Observer observer = Observer::attach(name_, geometry);
    push(1);
    for (const std::uint64_t size : {8u, 3u, 0u}) {
        test_support::truncate_segment(name_, size);
        EXPECT_FALSE(reader.intact());
        EXPECT_TRUE(throws<CorruptBuffer>([&] { static_cast<void>(reader.pop()); }, name_.str()));
        EXPECT_EQ(observer.sample().state, BufferState::damaged);
        EXPECT_TRUE(throws<CorruptBuffer>([&] { static_cast<void>(observer.peek(4)); }, name_.str()));
    }
}

TEST_F(ClassicTest, IsObservedWithWhatTheLayoutTells) {
    for (std::uint64_t k = 1; k <= 6; ++k) push(k);
    Observer observer = Observer::attach(name_, geometry);
    const Sample sample = observer.sample();
    EXPECT_EQ(observer.layout(), Layout::classic);
    EXPECT_EQ(sample.layout, Layout::classic);
    EXPECT_EQ(sample.geometry, geometry);
    EXPECT_EQ(sample.state, BufferState::unknown);
    EXPECT_EQ(sample.write_slot, 2u);
    EXPECT_TRUE(sample.readers.empty());
    EXPECT_EQ(sample.writer.state, WriterState::unknown);
    const Peek oldest = observer.peek(4);
    EXPECT_EQ(oldest.first, 2u);
    EXPECT_EQ(oldest.bytes[1], std::byte{3});
    EXPECT_EQ(oldest.bytes[7], std::byte{6});
    const Peek newest = observer.peek(1, StartAt::newest);
    EXPECT_EQ(newest.first, 1u);
    EXPECT_EQ(newest.bytes[1], std::byte{6});
}

TEST_F(ClassicTest, IsObservedUnlinkedAndReplaced) {
    Observer observer = Observer::attach(name_, geometry);
    ASSERT_TRUE(Segment::unlink(name_));
    EXPECT_EQ(observer.sample().state, BufferState::unlinked);
    test_support::make_segment(name_, std::vector<std::byte>(classic_segment_size(geometry)));
    EXPECT_EQ(observer.sample().state, BufferState::replaced);
}

TEST_F(ClassicTest, IsNotWrittenByItsReaderOrObserver) {
    for (std::uint64_t k = 1; k <= 6; ++k) push(k);
    const auto before = test_support::bytes_of(name_);
    {
        Reader reader = attach(0ns);
        while (reader.pop()) {
        }
        Observer observer = Observer::attach(name_, geometry);
        for (int round = 0; round < 50; ++round) {
            static_cast<void>(observer.sample());
            static_cast<void>(observer.peek(4));
        }
    }
    EXPECT_EQ(test_support::bytes_of(name_), before);
}

}  // namespace
