#include "shared_cbuff/writer.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include "shared_cbuff/detail/format.hpp"
#include "shared_cbuff/detail/process.hpp"
#include "shared_cbuff/detail/segment.hpp"
#include "shared_cbuff/observer.hpp"
#include "shared_cbuff/reader.hpp"
#include "test_support/items.hpp"
#include "test_support/segments.hpp"

namespace {

using namespace shared_cbuff;
using test_support::make_item;
using test_support::make_items;
using test_support::RawBuffer;
using test_support::ScopedName;

TEST(Writer, MakesABufferOfTheGeometryAskedFor) {
    const ScopedName name{"writer"};
    const Writer writer = Writer::create(name, {.item_size = 24, .length = 10, .max_readers = 3, .mode = 0640});
    EXPECT_EQ(writer.geometry(), (Geometry{24, 10}));
    EXPECT_EQ(writer.name(), name.str());
    EXPECT_EQ(writer.epoch(), 1u);
    EXPECT_EQ(writer.pushed(), 0u);
    EXPECT_TRUE(writer.intact());
    const RawBuffer raw{name};
    EXPECT_EQ(raw.offsets(), (format::Offsets{{24, 10}, 3}));
    EXPECT_EQ(raw.writer_line().pid, current_pid());
    EXPECT_EQ(raw.writer_line().start_time, process_start_time(current_pid()));
    EXPECT_EQ(Segment::open("test", name, Access::read_only).status().mode, 0640u);
}

TEST(Writer, CountsPushesAndTellsUsageWithoutReaders) {
    const ScopedName name{"writer"};
    Writer writer = Writer::create(name, {.item_size = 1, .length = 4});
    for (std::uint64_t k = 1; k <= 10; ++k) {
        EXPECT_TRUE(writer.push(k));
        EXPECT_EQ(writer.pushed(), k);
        EXPECT_EQ(writer.usage(), std::min<std::uint64_t>(k, 4));
    }
    const RawBuffer raw{name};
    EXPECT_EQ(raw.writer_line().pushed, 10u);
    EXPECT_EQ(raw.writer_line().intent, 10u);
}

TEST(Writer, TellsTheUsageOfItsSlowestReader) {
    const ScopedName name{"writer"};
    Writer writer = Writer::create(name, {.item_size = 1, .length = 8});
    Reader slow = Reader::attach(name);
    Reader fast = Reader::attach(name);
    for (std::uint64_t k = 0; k < 5; ++k) writer.push(k);
    while (fast.pop()) {
    }
    slow.pop();
    EXPECT_EQ(writer.usage(), 4u);
}

TEST(Writer, PushesBatchesLongerThanTheRing) {
    const ScopedName name{"writer"};
    Writer writer = Writer::create(name, {.item_size = 5, .length = 7});
    EXPECT_EQ(writer.push_many(make_items(0, 50, 5)), 50u);
    EXPECT_EQ(writer.pushed(), 50u);
    const Peek peek = Observer::attach(name).peek(7);
    EXPECT_EQ(peek.first, 43u);
    EXPECT_EQ(peek.bytes, make_items(43, 7, 5));
}

TEST(Writer, PushesNothingWhenTheBatchIsEmpty) {
    const ScopedName name{"writer"};
    Writer writer = Writer::create(name, {.item_size = 5, .length = 7});
    EXPECT_EQ(writer.push_many({}), 0u);
    EXPECT_EQ(writer.pushed(), 0u);
}

TEST(Writer, PushesIntegersIntoItemsWiderThanTheyAre) {
    const ScopedName name{"writer"};
    Writer writer = Writer::create(name, {.item_size = 70, .length = 2});
    EXPECT_TRUE(writer.push(std::uint64_t{0x0102}));
    const Peek peek = Observer::attach(name).peek(1);
    std::vector<std::byte> expected(70);
    expected[68] = std::byte{1};
    expected[69] = std::byte{2};
    EXPECT_EQ(peek.bytes, expected);
}

TEST(Writer, RemovesTheNameWhenItIsDestroyed) {
    const ScopedName name{"writer"};
    {
        const Writer writer = Writer::create(name, {});
        EXPECT_TRUE(name.exists());
    }
    EXPECT_FALSE(name.exists());
}

TEST(Writer, RemovesTheNameOnceWhenItWasMoved) {
    const ScopedName name{"writer"}, other{"writer"};
    Writer first = Writer::create(name, {.item_size = 1, .length = 4});
    Writer second = std::move(first);
    EXPECT_TRUE(name.exists());
    EXPECT_TRUE(second.push(std::uint64_t{1}));
    second = Writer::create(other, {.item_size = 2, .length = 3});
    EXPECT_FALSE(name.exists());
    EXPECT_TRUE(other.exists());
    EXPECT_TRUE(second.push(std::uint64_t{0xffff}));
}

TEST(Writer, LeavesTheNameAloneWhenItLeadsElsewhereByNow) {
    const ScopedName name{"writer"};
    auto first = std::make_optional(Writer::create(name, {}));
    ASSERT_TRUE(Segment::unlink(name));
    const Writer second = Writer::create(name, {});
    first.reset();
    EXPECT_TRUE(name.exists());
}

TEST(Writer, ClosesForItsReadersWhenItCloses) {
    const ScopedName name{"writer"};
    Writer writer = Writer::create(name, {.item_size = 1, .length = 4});
    Reader reader = Reader::attach(name);
    writer.push(std::uint64_t{5});
    EXPECT_EQ(reader.writer_state(), WriterState::alive);
    writer.close();
    EXPECT_FALSE(name.exists());
    EXPECT_EQ(reader.writer_state(), WriterState::closed);
    EXPECT_EQ(reader.pop(), 5u);  // what is left is drained
    EXPECT_EQ(reader.pop(), std::nullopt);
    writer.close();  // again does nothing
}

TEST(Writer, LeavesTheBufferVacantWhenItReleases) {
    const ScopedName name{"writer"};
    Writer writer = Writer::create(name, {.item_size = 1, .length = 4});
    writer.push(std::uint64_t{5});
    writer.release();
    EXPECT_TRUE(name.exists());
    Reader reader = Reader::attach(name);
    EXPECT_EQ(reader.writer_state(), WriterState::vacant);
    EXPECT_EQ(reader.pop(), 5u);
    EXPECT_EQ(writer.epoch(), 0u);
}

TEST(Writer, StoresItemsOfEverySizeWhole) {
    for (std::size_t item_size = 1; item_size <= 70; ++item_size) {
        const ScopedName name{"writer"};
        Writer writer = Writer::create(name, {.item_size = item_size, .length = 3});
        for (std::uint64_t k = 0; k < 5; ++k) ASSERT_TRUE(writer.push(make_item(k, item_size)));
        ASSERT_EQ(Observer::attach(name).peek(3).bytes, make_items(2, 3, item_size)) << item_size;
    }
}

}  // namespace
