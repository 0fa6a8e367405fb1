#include "shared_cbuff/buffer.hpp"

#include <gtest/gtest.h>

#include <array>
#include <concepts>
#include <limits>
#include <locale>
#include <sstream>

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
}

/// The example of the Python package's README.
TEST(SharedCircularBuffer, RunsThePackagesExample) {
    const ScopedName name{"buffer"};
    SharedCircularBuffer scb_a{name, {.create = true, .length = 5}};
    SharedCircularBuffer scb_b{name, {.length = 5}};
    scb_a.push(50);
    scb_a.push(10);
    scb_a.push(20);
    scb_a.push(30);
    EXPECT_EQ(scb_b.popitem(), 50u);
    EXPECT_THAT(scb_b.popmany(3), ElementsAre(10, 20, 30));
}

TEST(SharedCircularBuffer, TakesWhatIsNotGivenFromAnExtendedSegment) {
    const ScopedName name{"buffer"};
    const SharedCircularBuffer out{name, {.create = true, .item_size = 8, .length = 5}};
    for (const BufferOptions& options : {BufferOptions{}, BufferOptions{.item_size = 8}, BufferOptions{.length = 5},
                                         BufferOptions{.item_size = 8, .length = 5}}) {
        const SharedCircularBuffer in{name, options};
        EXPECT_EQ(in.item_size(), 8u);
        EXPECT_EQ(in.length(), 5u);
    }
}

TEST(SharedCircularBuffer, TakesWhatIsNotGivenFromThePackagesDefaultsOnAClassicSegment) {
    const ScopedName both{"buffer"}, length{"buffer"}, size{"buffer"};
    test_support::make_segment(both, std::vector<std::byte>(classic_segment_size({1, 2})));
    test_support::make_segment(length, std::vector<std::byte>(classic_segment_size({1, 5})));
    test_support::make_segment(size, std::vector<std::byte>(classic_segment_size({8, 2})));
    EXPECT_EQ(SharedCircularBuffer{both}.length(), 2u);
    EXPECT_EQ(SharedCircularBuffer(length, {.length = 5}).item_size(), 1u);
    EXPECT_EQ(SharedCircularBuffer(size, {.item_size = 8}).length(), 2u);
    EXPECT_TRUE(throws<GeometryMismatch>([&] { SharedCircularBuffer{length}; }, length.str(), "1 B x 2"));
    EXPECT_TRUE(
        throws<GeometryMismatch>([&] { SharedCircularBuffer(length, {.item_size = 2}); }, length.str(), "2 B x 2"));
}

TEST(SharedCircularBuffer, RefusesNegativeIntegersAndWritesNothing) {
    const ScopedName name{"buffer"}, other{"buffer"};
    SharedCircularBuffer out{name, {.create = true, .item_size = 8}};
    Writer writer = Writer::create(other, {.item_size = 8});
    EXPECT_TRUE(throws<InvalidArgument>([&] { out.push(-5); }, name.str(), "the item -5 is negative"));
    EXPECT_TRUE(throws<InvalidArgument>([&] { out.push(std::numeric_limits<std::int64_t>::min()); }, name.str(),
                                        "-9223372036854775808"));
    EXPECT_TRUE(throws<InvalidArgument>([&] { writer.push(-1); }, other.str(), "negative"));
    EXPECT_EQ(writer.pushed(), 0u);
    EXPECT_EQ(SharedCircularBuffer{name}.popitem(), std::nullopt);
}

template <class Buffer, class Item>
concept Pushes = requires(Buffer& buffer, Item item) {
    buffer.push(item);
};

TEST(SharedCircularBuffer, CompilesAPushOfAnyIntegerAndOfNoOtherNumber) {
    static_assert(Pushes<SharedCircularBuffer, int> && Pushes<SharedCircularBuffer, unsigned char>);
    static_assert(Pushes<SharedCircularBuffer, std::uint64_t> && Pushes<SharedCircularBuffer, std::int64_t>);
    static_assert(!Pushes<SharedCircularBuffer, double> && !Pushes<SharedCircularBuffer, float>);
    static_assert(!Pushes<SharedCircularBuffer, bool> && !Pushes<SharedCircularBuffer, void*>);
    static_assert(!Pushes<Writer, double> && !Pushes<Writer, bool>);
}

TEST(SharedCircularBuffer, PopsEveryIntegerThatItPushedFromItemsOfAnyWidth) {
    constexpr auto largest = std::numeric_limits<std::uint64_t>::max();
    for (const std::uint64_t item_size : {8u, 9u, 16u, 65u}) {
        SCOPED_TRACE(item_size);
        const ScopedName name{"buffer"};
        SharedCircularBuffer out{name, {.create = true, .item_size = item_size, .length = 4}};
        SharedCircularBuffer in{name};
        for (const std::uint64_t item : {std::uint64_t{0}, largest, std::uint64_t{7}, std::uint64_t{8}}) out.push(item);
        EXPECT_EQ(in.popitem(), 0u);
        EXPECT_EQ(in.popitem(), largest);
        EXPECT_THAT(in.popmany(9), ElementsAre(7, 8));
        EXPECT_EQ(in.popitem(), std::nullopt);
        EXPECT_THAT(in.popmany(9), IsEmpty());
    }
}

class WideItems : public testing::Test {
protected:
    ScopedName name_{"buffer"};
    SharedCircularBuffer out_{name_, {.create = true, .item_size = 9, .length = 4}};
    SharedCircularBuffer in_{name_};
    std::vector<std::byte> wide_{std::vector(9, std::byte{0x81})};

    void expect_too_wide() {
        EXPECT_TRUE(throws<InvalidArgument>([&] { static_cast<void>(in_.popitem()); }, name_.str(), "pop it as bytes"));
    }
};

TEST_F(WideItems, AreKeptWhenTheyFitNoInteger) {
    out_.push(wide_);
    out_.push(5);
    expect_too_wide();
    expect_too_wide();
    EXPECT_TRUE(throws<InvalidArgument>([&] { static_cast<void>(in_.popmany(2)); }, name_.str(), "pop it as bytes"));
    EXPECT_EQ(in_.usage(), 2u);
    std::vector<std::byte> item(9), ten(10);
    EXPECT_TRUE(throws<ItemTooLarge>([&] { in_.popitem(std::span{ten}); }, name_.str()));
    EXPECT_TRUE(in_.popitem(item));
    EXPECT_EQ(item, wide_);
    EXPECT_EQ(in_.popitem(), 5u);
    EXPECT_EQ(in_.usage(), 0u);
}

TEST_F(WideItems, EndAPopOfManyBeforeOneThatFitsNoInteger) {
    out_.push(1);
    out_.push(2);
    out_.push(wide_);
    out_.push(4);
    EXPECT_THAT(in_.popmany(9), ElementsAre(1, 2));
    EXPECT_EQ(in_.usage(), 2u);
    std::vector<std::byte> both(18);
    ASSERT_EQ(in_.popmany(both), 2u);
    EXPECT_TRUE(std::equal(wide_.begin(), wide_.end(), both.begin()));
    EXPECT_EQ(both.back(), std::byte{4});
}

TEST_F(WideItems, ComeAloneInAPopOfManyWhenNothingFollows) {
    out_.push(wide_);
    expect_too_wide();
    std::vector<std::byte> many(36);
    EXPECT_EQ(in_.popmany(many), 1u);
    EXPECT_EQ(in_.popmany(many), 0u);
}

TEST_F(WideItems, ArePushedAndPoppedAsBigEndianIntegersOfAnyWidth) {
    const std::array small{std::byte{1}, std::byte{2}};
    EXPECT_TRUE(out_.push_big_endian(small));
    EXPECT_TRUE(out_.push_big_endian({}));
    EXPECT_TRUE(out_.push_big_endian(wide_));
    std::vector<std::byte> padded(20);
    padded.back() = std::byte{3};
    EXPECT_TRUE(out_.push_big_endian(padded));
    std::vector<std::byte> too_wide(10, std::byte{1});
    EXPECT_TRUE(throws<ItemTooLarge>([&] { out_.push_big_endian(too_wide); }, name_.str(), "needs 10 bytes"));
    EXPECT_EQ(in_.popitem(), 0x0102u);
    EXPECT_EQ(in_.popitem_big_endian(), std::vector<std::byte>(9));
    EXPECT_EQ(in_.popitem_big_endian(), wide_);
    EXPECT_EQ(in_.popitem(), 3u);
    EXPECT_EQ(in_.popitem_big_endian(), std::nullopt);
}

/// Like a German's, who writes 40,00 and 1.024.
struct CommaLocale : std::numpunct<char> {
    char do_decimal_point() const override { return ','; }
};

TEST(SharedCircularBuffer, IsWrittenAsThePackagesStr) {
    const ScopedName name{"buffer"};
    SharedCircularBuffer out{name, {.create = true, .length = 3}};
    SharedCircularBuffer in{name};
    const auto text_of = [](const SharedCircularBuffer& buffer) {
        std::ostringstream stream;
        stream.imbue(std::locale{std::locale::classic(), new CommaLocale});
        stream << buffer;
        return stream.str();
    };
    const std::string head = "SharedCircularBuffer (" + name.str() + ")";
    EXPECT_EQ(text_of(out), head);
    EXPECT_EQ(text_of(in), head + " (0.00% full)");
    out.push(1);
    EXPECT_EQ(text_of(in), head + " (33.33% full)");
    out.push(2);
    out.push(3);
    EXPECT_EQ(text_of(in), head + " (100.00% full)");
    in.cleanup();
    EXPECT_EQ(text_of(in), head);
}

TEST(SharedCircularBuffer, MeansTheSameByANameWithASlashBeforeIt) {
    const ScopedName name{"buffer"};
    SharedCircularBuffer out{"/" + name.str(), {.create = true}};
    EXPECT_EQ(out.name(), name.str());
    EXPECT_TRUE(name.exists());
    out.push(7);
    EXPECT_EQ(SharedCircularBuffer{"//" + name.str()}.popitem(), 7u);
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
