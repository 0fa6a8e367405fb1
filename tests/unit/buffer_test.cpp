#include "shared_cbuff/buffer.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "matchers.hpp"
#include "test_support/items.hpp"
#include "test_support/segments.hpp"

namespace {

using namespace shared_cbuff;
using test_support::make_item;
using test_support::make_items;
using test_support::ScopedName;
using test_support::throws;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(SharedCircularBuffer, HasThePythonPackagesDefaults) {
    const ScopedName name{"buffer"};
    const SharedCircularBuffer out{name, {.create = true}};
    EXPECT_EQ(out.item_size(), 1u);
    EXPECT_EQ(out.length(), 2u);
    EXPECT_EQ(out.name(), name.str());
    EXPECT_TRUE(out.is_writer());
}

TEST(SharedCircularBuffer, PassesItemsFromWriterToReader) {
    const ScopedName name{"buffer"};
    SharedCircularBuffer out{name, {.create = true, .item_size = 8, .length = 1024}};
    SharedCircularBuffer in{name};
    EXPECT_EQ(in.item_size(), 8u);
    EXPECT_EQ(in.length(), 1024u);
    EXPECT_FALSE(in.is_writer());
    EXPECT_TRUE(out.push(42));
    EXPECT_TRUE(out.push(std::numeric_limits<std::uint64_t>::max()));
    EXPECT_EQ(out.usage(), 2u);
    EXPECT_EQ(in.usage(), 2u);
    EXPECT_EQ(in.popitem(), 42u);
    EXPECT_EQ(in.popitem(), std::numeric_limits<std::uint64_t>::max());
    EXPECT_EQ(in.popitem(), std::nullopt);
    EXPECT_EQ(in.usage(), 0u);
}

TEST(SharedCircularBuffer, PopsUpToNOldestFirst) {
    const ScopedName name{"buffer"};
    SharedCircularBuffer out{name, {.create = true, .item_size = 2, .length = 8}};
    SharedCircularBuffer in{name};
    for (std::uint64_t k = 1; k <= 5; ++k) out.push(k);
    EXPECT_THAT(in.popmany(0), IsEmpty());
    EXPECT_THAT(in.popmany(2), ElementsAre(1, 2));
    EXPECT_THAT(in.popmany(100), ElementsAre(3, 4, 5));
    EXPECT_THAT(in.popmany(100), IsEmpty());
}

TEST(SharedCircularBuffer, PopsAllWhenAskedForMoreThanCanBe) {
    const ScopedName name{"buffer"};
    SharedCircularBuffer out{name, {.create = true, .item_size = 1, .length = 3}};
    SharedCircularBuffer in{name};
    for (std::uint64_t k = 1; k <= 3; ++k) out.push(k);
    EXPECT_THAT(in.popmany(std::numeric_limits<std::size_t>::max()), ElementsAre(1, 2, 3));
}

TEST(SharedCircularBuffer, CarriesItemsWiderThanIntegersAsBytes) {
    const ScopedName name{"buffer"};
    SharedCircularBuffer out{name, {.create = true, .item_size = 33, .length = 5}};
    SharedCircularBuffer in{name};
    EXPECT_TRUE(out.push(make_item(0, 33)));
    EXPECT_EQ(out.push_many(make_items(1, 4, 33)), 4u);
    std::vector<std::byte> item(33), rest(33 * 10);
    EXPECT_TRUE(in.popitem(item));
    EXPECT_EQ(item, make_item(0, 33));
    ASSERT_EQ(in.popmany(rest), 4u);
    rest.resize(33 * 4);
    EXPECT_EQ(rest, make_items(1, 4, 33));
    EXPECT_TRUE(throws<InvalidArgument>([&] { static_cast<void>(in.popitem()); }, name.str()));
    EXPECT_TRUE(throws<InvalidArgument>([&] { static_cast<void>(in.popmany(3)); }, name.str()));
}

TEST(SharedCircularBuffer, GivesIntegersUpToEightBytesAndNotOneWider) {
    const ScopedName eight{"buffer"}, nine{"buffer"};
    SharedCircularBuffer narrow{eight, {.create = true, .item_size = 8, .length = 2}};
    SharedCircularBuffer wide{nine, {.create = true, .item_size = 9, .length = 2}};
    narrow.push(7);
    wide.push(make_item(0, 9));
    EXPECT_THAT(SharedCircularBuffer{eight}.popmany(2), ElementsAre(7u));
    SharedCircularBuffer in{nine};
    EXPECT_TRUE(throws<InvalidArgument>([&] { static_cast<void>(in.popitem()); }, nine.str()));
    EXPECT_TRUE(throws<InvalidArgument>([&] { static_cast<void>(in.popmany(2)); }, nine.str(), "pop them as bytes"));
}

TEST(SharedCircularBuffer, RefusesAPushUnderRejectWhenAReaderWouldLose) {
    const ScopedName name{"buffer"};
    SharedCircularBuffer out{name, {.create = true, .length = 2, .policy = OverflowPolicy::reject}};
    SharedCircularBuffer in{name, {.label = "slow"}};
    EXPECT_TRUE(out.push(1));
    EXPECT_TRUE(out.push(2));
    EXPECT_FALSE(out.push(3));
    EXPECT_THAT(in.popmany(9), ElementsAre(1, 2));
}

TEST(SharedCircularBuffer, RemovesTheNameWhenTheWriterCleansUp) {
    const ScopedName name{"buffer"};
    SharedCircularBuffer out{name, {.create = true}};
    out.cleanup();
    EXPECT_FALSE(name.exists());
    out.cleanup();  // again does nothing
    EXPECT_TRUE(throws<InvalidArgument>([&] { out.push(1); }, name.str()));
    EXPECT_TRUE(throws<InvalidArgument>([&] { static_cast<void>(out.usage()); }, name.str()));
    EXPECT_EQ(out.item_size(), 1u);
}

TEST(SharedCircularBuffer, LeavesTheNameWhenAReaderCleansUp) {
    const ScopedName name{"buffer"};
    SharedCircularBuffer out{name, {.create = true}};
    SharedCircularBuffer in{name};
    in.cleanup();
    EXPECT_TRUE(name.exists());
    EXPECT_TRUE(throws<InvalidArgument>([&] { static_cast<void>(in.popitem()); }, name.str()));
    EXPECT_TRUE(out.push(1));
}

TEST(SharedCircularBuffer, RemovesTheNameWhenTheWriterIsDestroyed) {
    const ScopedName name{"buffer"};
    { const SharedCircularBuffer out{name, {.create = true}}; }
    EXPECT_FALSE(name.exists());
}

TEST(SharedCircularBuffer, KeepsItsRoleWhenItIsMoved) {
    const ScopedName name{"buffer"};
    SharedCircularBuffer first{name, {.create = true, .item_size = 2}};
    SharedCircularBuffer second = std::move(first);
    EXPECT_TRUE(second.push(7));
    EXPECT_TRUE(name.exists());
    SharedCircularBuffer in{name};
    EXPECT_EQ(in.popitem(), 7u);
}

}  // namespace
