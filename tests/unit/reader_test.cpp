#include "shared_cbuff/reader.hpp"

#include <gtest/gtest.h>

#include <array>
#include <thread>

#include "shared_cbuff/observer.hpp"
#include "shared_cbuff/writer.hpp"
#include "test_support/eventually.hpp"
#include "test_support/items.hpp"
#include "test_support/segments.hpp"

namespace {

using namespace shared_cbuff;
using namespace std::chrono_literals;
using test_support::is_item;
using test_support::make_item;
using test_support::make_items;
using test_support::RawBuffer;
using test_support::ScopedName;

class ReaderTest : public testing::Test {
protected:
    ScopedName name_{"reader"};
    Writer writer_ = Writer::create(name_, {.item_size = 1, .length = 4, .max_readers = 3});

    void push(std::uint64_t first, std::uint64_t count) {
        for (std::uint64_t k = first; k < first + count; ++k) ASSERT_TRUE(writer_.push(k));
    }
};

TEST_F(ReaderTest, TakesItsGeometryFromTheControlBlock) {
    const Reader reader = Reader::attach(name_);
    EXPECT_EQ(reader.geometry(), (Geometry{1, 4}));
    EXPECT_FALSE(reader.is_classic());
    EXPECT_EQ(reader.slot(), 0u);
    EXPECT_TRUE(reader.intact());
}

TEST_F(ReaderTest, TakesItemsInOrderAndEachOnce) {
    Reader reader = Reader::attach(name_);
    push(10, 4);
    for (std::uint64_t k = 10; k < 14; ++k) EXPECT_EQ(reader.pop(), k);
    EXPECT_EQ(reader.pop(), std::nullopt);
}

TEST_F(ReaderTest, TellsTheNumberOfTheItemThatComesNext) {
    push(0, 3);
    Reader reader = Reader::attach(name_);
    Reader tap = Reader::attach(name_, {.start = StartAt::newest, .registered = false});
    EXPECT_EQ(reader.position(), 0u);
    EXPECT_EQ(tap.position(), 3u);
    EXPECT_EQ(reader.pop(), 0u);
    EXPECT_EQ(reader.position(), 1u);
    push(3, 7);  // 6 to 9 are retained
    EXPECT_EQ(reader.pop(), 6u);
    EXPECT_EQ(reader.position(), 7u);
    EXPECT_EQ(reader.counters().lost, 5u);
}

TEST_F(ReaderTest, SeesAllItemsWhenTheRingIsExactlyFull) {
    Reader reader = Reader::attach(name_);
    push(0, 4);
    EXPECT_EQ(reader.usage(), 4u);
    EXPECT_EQ(reader.counters().lost, 0u);
    std::array<std::byte, 8> items;
    EXPECT_EQ(reader.pop_many(items), 4u);
}

TEST_F(ReaderTest, CountsAnUnderflowWhenThereIsNothing) {
    Reader reader = Reader::attach(name_);
    std::array<std::byte, 4> items;
    EXPECT_EQ(reader.pop(), std::nullopt);
    EXPECT_EQ(reader.pop_many(items), 0u);
    EXPECT_EQ(reader.counters().underflows, 2u);
    push(0, 1);
    EXPECT_EQ(reader.pop_many(items), 1u);
    EXPECT_EQ(reader.counters().underflows, 2u);
}

TEST_F(ReaderTest, CountsExactlyWhatItLostWhenItWasLapped) {
    Reader reader = Reader::attach(name_);
    push(0, 11);
    EXPECT_EQ(reader.usage(), 4u);
    EXPECT_EQ(reader.pop(), 7u);
    const ReaderCounters counters = reader.counters();
    EXPECT_EQ(counters.lost, 7u);
    EXPECT_EQ(counters.overruns, 1u);
    EXPECT_EQ(counters.popped, 1u);
    EXPECT_EQ(counters.high_water, 4u);
}

TEST_F(ReaderTest, KeepsTheValidSuffixWhenABatchWasPartlyOverwritten) {
    Reader reader = Reader::attach(name_);
    push(0, 6);
    std::array<std::byte, 4> items;
    ASSERT_EQ(reader.pop_many(items), 2u);  // of items 0 to 3
    EXPECT_EQ(items[0], std::byte{2});
    EXPECT_EQ(items[1], std::byte{3});
    EXPECT_EQ(reader.counters().lost, 2u);
    EXPECT_EQ(reader.pop_many(items), 2u);
    EXPECT_EQ(items[1], std::byte{5});
    EXPECT_EQ(reader.counters().lost, 2u);
}

TEST_F(ReaderTest, TakesAtMostWhatTheSpanHolds) {
    Reader reader = Reader::attach(name_);
    push(0, 4);
    std::array<std::byte, 3> items;
    EXPECT_EQ(reader.pop_many(items), 3u);
    EXPECT_EQ(reader.usage(), 1u);
    EXPECT_EQ(reader.pop_many({}), 0u);
    EXPECT_EQ(reader.counters().underflows, 0u);
}

TEST_F(ReaderTest, DoesNotDisturbAnotherReader) {
    Reader first = Reader::attach(name_);
    Reader second = Reader::attach(name_);
    push(0, 3);
    EXPECT_EQ(first.pop(), 0u);
    EXPECT_EQ(first.pop(), 1u);
    EXPECT_EQ(second.pop(), 0u);
    EXPECT_EQ(first.usage(), 1u);
    EXPECT_EQ(second.usage(), 2u);
}

TEST_F(ReaderTest, StartsAtTheOldestRetainedItemByDefault) {
    push(0, 9);
    Reader reader = Reader::attach(name_);
    EXPECT_EQ(reader.usage(), 4u);
    EXPECT_EQ(reader.pop(), 5u);
    EXPECT_EQ(reader.counters().lost, 0u);  // what went before it came was never its to lose
}

TEST_F(ReaderTest, SeesOnlyWhatComesWhenItStartsAtTheNewest) {
    push(0, 3);
    Reader reader = Reader::attach(name_, {.start = StartAt::newest});
    EXPECT_EQ(reader.pop(), std::nullopt);
    push(7, 1);
    EXPECT_EQ(reader.pop(), 7u);
}

TEST_F(ReaderTest, TakesNoSlotWhenItIsUnregistered) {
    Reader reader = Reader::attach(name_, {.registered = false});
    EXPECT_EQ(reader.slot(), std::nullopt);
    EXPECT_TRUE(Observer::attach(name_, std::nullopt, 0ns).sample().readers.empty());
    push(0, 6);
    EXPECT_EQ(reader.pop(), 2u);
    EXPECT_EQ(reader.counters().lost, 2u);
}

TEST_F(ReaderTest, WritesNothingWhenItIsUnregistered) {
    push(0, 3);
    const auto before = test_support::bytes_of(name_);
    {
        Reader reader = Reader::attach(name_, {.registered = false});
        while (reader.pop()) {
        }
    }
    EXPECT_EQ(test_support::bytes_of(name_), before);
}

TEST_F(ReaderTest, TellsObserversItsLabel) {
    const Reader plain = Reader::attach(name_, {.label = "slow"});
    const std::string longest(40, 'x');
    const Reader full = Reader::attach(name_, {.label = longest});
    const Sample sample = Observer::attach(name_, std::nullopt, 0ns).sample();
    ASSERT_EQ(sample.readers.size(), 2u);
    EXPECT_EQ(sample.readers[0].label(), "slow");
    EXPECT_EQ(sample.readers[1].label(), longest);
}

TEST_F(ReaderTest, GivesItsSlotBackWhenItGoes) {
    {
        const Reader first = Reader::attach(name_);
        EXPECT_EQ(first.slot(), 0u);
    }
    const Reader second = Reader::attach(name_);
    EXPECT_EQ(second.slot(), 0u);
    EXPECT_EQ(format::generation_of(RawBuffer{name_}.slot(0).claim), 3u);
}

TEST_F(ReaderTest, StartsFromCleanCountersWhenItReusesASlot) {
    {
        Reader first = Reader::attach(name_, {.label = "first"});
        push(0, 9);
        first.pop();
        std::vector<std::byte> rest(4);
        first.pop_many(rest);
        first.pop();
    }
    Reader second = Reader::attach(name_);
    EXPECT_EQ(second.slot(), 0u);
    const Sample sample = Observer::attach(name_, std::nullopt, 0ns).sample();
    ASSERT_EQ(sample.readers.size(), 1u);
    EXPECT_EQ(sample.readers[0].label(), "");
    EXPECT_EQ(sample.readers[0].popped, 0u);
    EXPECT_EQ(sample.readers[0].lost, 0u);
    EXPECT_EQ(sample.readers[0].overruns, 0u);
    EXPECT_EQ(sample.readers[0].underflows, 0u);
    EXPECT_EQ(sample.readers[0].start, 5u);
    EXPECT_EQ(second.pop(), 5u);
}

TEST_F(ReaderTest, GivesTheOldSlotBackWhenItIsAssignedTo) {
    Reader reader = Reader::attach(name_, {.label = "first"});
    reader = Reader::attach(name_, {.label = "second"});
    const Sample sample = Observer::attach(name_, std::nullopt, 0ns).sample();
    ASSERT_EQ(sample.readers.size(), 1u);
    EXPECT_EQ(sample.readers[0].label(), "second");
    push(3, 1);
    EXPECT_EQ(reader.pop(), 3u);
}

TEST_F(ReaderTest, OutlivesTheWriter) {
    push(1, 2);
    Reader reader = Reader::attach(name_);
    { const Writer gone = std::move(writer_); }
    EXPECT_EQ(reader.writer_state(), WriterState::closed);
    EXPECT_EQ(reader.pop(), 1u);
    EXPECT_EQ(reader.pop(), 2u);
}

TEST_F(ReaderTest, TellsWhenTheSegmentWasTruncated) {
    Reader reader = Reader::attach(name_, {.registered = false});
    test_support::truncate_segment(name_, 10);
    EXPECT_FALSE(reader.intact());
    EXPECT_FALSE(writer_.intact());
}

TEST_F(ReaderTest, WaitsForAnItemNoLongerThanTheTimeout) {
    Reader reader = Reader::attach(name_);
    std::array<std::byte, 1> item;
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_FALSE(reader.pop_for(item, 20ms));
    EXPECT_GE(std::chrono::steady_clock::now() - begin, 20ms);
    EXPECT_EQ(reader.counters().underflows, 1u);
}

TEST_F(ReaderTest, WakesUpWhenAnItemComes) {
    Reader reader = Reader::attach(name_);
    std::array<std::byte, 1> item{};
    std::thread pusher{[this] { writer_.push(std::uint64_t{9}); }};
    EXPECT_TRUE(reader.pop_for(item, test_support::patience));
    pusher.join();
    EXPECT_EQ(item[0], std::byte{9});
    EXPECT_LE(reader.counters().underflows, 1u);
}

TEST_F(ReaderTest, CountsItsHighWaterBetweenPops) {
    Reader reader = Reader::attach(name_);
    push(0, 1);
    EXPECT_EQ(reader.pop(), 0u);
    EXPECT_EQ(reader.counters().high_water, 1u);
    push(1, 3);
    EXPECT_EQ(reader.pop(), 1u);
    push(4, 1);
    EXPECT_EQ(reader.pop(), 2u);
    EXPECT_EQ(reader.counters().high_water, 3u);
}

TEST(Reader, PopsItemsOfEverySizeWhole) {
    for (std::size_t item_size = 1; item_size <= 70; ++item_size) {
        const ScopedName name{"reader"};
        Writer writer = Writer::create(name, {.item_size = item_size, .length = 5});
        Reader reader = Reader::attach(name);
        std::vector<std::byte> item(item_size);
        for (std::uint64_t k = 0; k < 12; ++k) {
            ASSERT_TRUE(writer.push(make_item(k, item_size)));
            ASSERT_TRUE(reader.pop(item));
            ASSERT_TRUE(is_item(k, item)) << item_size;
        }
    }
}

}  // namespace
