// Buffers whose counters come up to 2^62, where they end: everything works up to there, and beyond is damage.

#include <gtest/gtest.h>

#include <array>
#include <optional>
#include <ostream>
#include <tuple>

#include "matchers.hpp"
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

constexpr std::uint64_t limit = std::uint64_t{1} << 62;

/// item_size and length: 8 takes the path of words, 12 does not; 8 divides 2^62, 7 does not.
using Shape = std::tuple<std::size_t, std::uint64_t, OverflowPolicy>;

class LimitTest : public testing::TestWithParam<Shape> {
protected:
    ScopedName name_{"limit"};
    std::size_t item_size_ = std::get<0>(GetParam());
    std::uint64_t length_ = std::get<1>(GetParam());
    OverflowPolicy policy_ = std::get<2>(GetParam());

    /// A buffer to which `limit` - `left` items were pushed, by somebody who is gone.
    Writer take_over_with_left(std::uint64_t left) {
        Writer::create(name_, {.item_size = item_size_, .length = length_, .policy = policy_}).release();
        {
            const RawBuffer raw{name_};
            raw.writer_line().pushed = raw.writer_line().intent = raw.writer_line().horizon = limit - left;
        }
        return Writer::take_over(name_);
    }
    bool push(Writer& writer) { return writer.push(make_item(writer.pushed(), item_size_)); }
    std::optional<bool> pop_item(Reader& reader, std::uint64_t number) {
        std::vector<std::byte> item(item_size_);
        if (!reader.pop(item)) return std::nullopt;
        return is_item(number, item);
    }
    Sample sample() { return Observer::attach(name_, std::nullopt, std::chrono::nanoseconds{0}).sample(); }
};

TEST_P(LimitTest, GivesEveryItemUpToTheLast) {
    Writer writer = take_over_with_left(40);
    Reader reader = Reader::attach(name_, {.start = StartAt::newest});
    Reader unregistered = Reader::attach(name_, {.start = StartAt::newest, .registered = false});
    for (std::uint64_t number = limit - 40; number < limit; ++number) {
        ASSERT_TRUE(push(writer));
        ASSERT_EQ(pop_item(reader, number), true) << limit - number << " before the limit";
        ASSERT_EQ(pop_item(unregistered, number), true) << limit - number << " before the limit";
    }
    EXPECT_EQ(writer.pushed(), limit);
    EXPECT_EQ(pop_item(reader, limit), std::nullopt);
    const Sample at_the_limit = sample();
    EXPECT_EQ(at_the_limit.state, BufferState::alive) << at_the_limit.damage;
    EXPECT_EQ(at_the_limit.pushed, limit);
    EXPECT_EQ(at_the_limit.write_slot, limit % length_);
    ASSERT_EQ(at_the_limit.readers.size(), 1u);
    EXPECT_EQ(at_the_limit.readers[0].cursor, limit);
    EXPECT_EQ(at_the_limit.readers[0].popped, 40u);
    EXPECT_EQ(at_the_limit.readers[0].usage, 0u);
    EXPECT_EQ(RawBuffer{name_}.classic_pointer(), limit % length_ * item_size_);
}

TEST_P(LimitTest, GivesBatchesUpToTheLast) {
    Writer writer = take_over_with_left(3 * length_ + 2);
    Reader reader = Reader::attach(name_, {.start = StartAt::newest});
    std::vector<std::byte> items(length_ * item_size_);
    for (std::uint64_t first = writer.pushed(); first < limit;) {
        const std::uint64_t count = std::min(length_ - 1, limit - first);
        ASSERT_EQ(writer.push_many(make_items(first, count, item_size_)), count);
        ASSERT_EQ(reader.pop_many(items), count);
        for (std::uint64_t index = 0; index < count; ++index) {
            ASSERT_TRUE(is_item(first + index, std::span{items}.subspan(index * item_size_, item_size_)));
        }
        first += count;
    }
    EXPECT_EQ(reader.counters().popped, 3 * length_ + 2);
    EXPECT_EQ(reader.counters().lost, 0u);
}

TEST_P(LimitTest, KeepsWhatFitsOrCountsWhatIsLost) {
    Writer writer = take_over_with_left(3 * length_);
    Reader reader = Reader::attach(name_, {.start = StartAt::newest});
    std::uint64_t accepted = 0;
    for (std::uint64_t attempt = 0; attempt < 3 * length_; ++attempt) accepted += push(writer);
    const bool rejects = policy_ == OverflowPolicy::reject;
    const std::uint64_t lost = rejects ? 0 : 2 * length_;
    EXPECT_EQ(accepted, rejects ? length_ : 3 * length_);
    const Sample before = sample();
    EXPECT_EQ(before.state, BufferState::alive) << before.damage;
    EXPECT_EQ(before.rejected, rejects ? 2 * length_ : 0);
    EXPECT_EQ(before.usage, length_);
    EXPECT_EQ(before.retained, length_);
    EXPECT_EQ(before.readers.at(0).pending, lost);
    EXPECT_EQ(before.readers.at(0).lost, lost);
    EXPECT_EQ(reader.usage(), length_);
    for (std::uint64_t number = writer.pushed() - length_; number < writer.pushed(); ++number) {
        ASSERT_EQ(pop_item(reader, number), true);
    }
    EXPECT_EQ(pop_item(reader, limit), std::nullopt);
    EXPECT_EQ(reader.counters().lost, lost);
    EXPECT_EQ(reader.counters().overruns, rejects ? 0u : 1u);
    EXPECT_EQ(sample().readers.at(0).high_water, length_);
}

TEST_P(LimitTest, ShowsTheNewestAndTheOldestItems) {
    Writer writer = take_over_with_left(length_ + 3);
    for (std::uint64_t more = length_ + 3; more > 0; --more) ASSERT_TRUE(push(writer));
    const Observer observer = Observer::attach(name_);
    EXPECT_EQ(observer.peek(length_).first, limit - length_);
    const Peek newest = observer.peek(2, StartAt::newest);
    EXPECT_EQ(newest.first, limit - 2);
    ASSERT_EQ(newest.count, 2u);
    EXPECT_TRUE(is_item(limit - 1, std::span{newest.bytes}.subspan(item_size_)));
    Reader reader = Reader::attach(name_);
    for (std::uint64_t number = limit - length_; number < limit; ++number) ASSERT_EQ(pop_item(reader, number), true);
    EXPECT_EQ(pop_item(reader, limit), std::nullopt);
}

TEST_P(LimitTest, FinishesWhatADeadWriterAnnouncedUpToIt) {
    take_over_with_left(length_).release();
    RawBuffer{name_}.writer_line().intent = limit;
    Writer writer = Writer::take_over(name_);
    Reader reader = Reader::attach(name_);
    for (std::uint64_t number = limit - length_; number < limit; ++number) {
        ASSERT_TRUE(push(writer));
        ASSERT_EQ(pop_item(reader, number), true);
    }
    EXPECT_EQ(sample().intent, limit);
}

TEST_P(LimitTest, CountsAsDamagedOneItemBeyond) {
    Writer writer = take_over_with_left(0);
    Reader reader = Reader::attach(name_, {.start = StartAt::newest});
    Observer observer = Observer::attach(name_);
    EXPECT_EQ(observer.sample().state, BufferState::alive);
    ASSERT_TRUE(push(writer));
    // Who takes part already goes on; who only looks, or comes new, is told.
    EXPECT_EQ(pop_item(reader, limit), true);
    const Sample beyond = observer.sample();
    EXPECT_EQ(beyond.state, BufferState::damaged);
    EXPECT_NE(beyond.damage.find("4611686018427387905"), std::string::npos) << beyond.damage;
    EXPECT_TRUE(throws<CorruptBuffer>([&] { static_cast<void>(Reader::attach(name_)); }, name_, "4611686018427387905"));
    EXPECT_TRUE(throws<CorruptBuffer>([&] { static_cast<void>(observer.peek(1)); }, name_, "4611686018427387905"));
    writer.release();
    EXPECT_TRUE(
        throws<CorruptBuffer>([&] { static_cast<void>(Writer::take_over(name_)); }, name_, "4611686018427387905"));
}

INSTANTIATE_TEST_SUITE_P(Shapes, LimitTest,
                         testing::Combine(testing::Values(8, 12), testing::Values(7, 8, 64),
                                          testing::Values(OverflowPolicy::overwrite, OverflowPolicy::reject)));

struct Bound {
    std::uint64_t cursor;
    std::uint64_t start;
    std::uint64_t lost;
    bool damaged;

    // Else its bytes are printed, those between its members too, which nobody wrote.
    friend void PrintTo(const Bound& bound, std::ostream* to) {
        *to << "cursor " << bound.cursor << ", start " << bound.start << ", lost " << bound.lost;
    }
};

class SlotLimitTest : public testing::TestWithParam<Bound> {};

TEST_P(SlotLimitTest, HoldsForTheCountersOfAReader) {
    const ScopedName name{"limit"};
    const Writer writer = Writer::create(name, {.item_size = 8, .length = 8});
    const Reader reader = Reader::attach(name);
    {
        const RawBuffer raw{name};
        raw.writer_line().pushed = raw.writer_line().intent = limit;
        raw.slot(0).cursor = GetParam().cursor;
        raw.slot(0).start = GetParam().start;
        raw.slot(0).lost = GetParam().lost;
    }
    const Sample sample = Observer::attach(name).sample();
    EXPECT_EQ(sample.state, GetParam().damaged ? BufferState::damaged : BufferState::alive) << sample.damage;
}

INSTANTIATE_TEST_SUITE_P(Bounds, SlotLimitTest,
                         testing::Values(Bound{limit, 0, limit, false}, Bound{limit, limit, 0, false},
                                         Bound{limit + 1, limit, 0, true}, Bound{limit, limit + 1, 0, true},
                                         Bound{limit, limit, 1, true}, Bound{limit, 0, limit + 1, true},
                                         Bound{limit, limit - 3, 3, false}, Bound{limit, limit - 3, 4, true}));

}  // namespace
