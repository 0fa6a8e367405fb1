#include "shared_cbuff/item.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <limits>

#include "matchers.hpp"

namespace {

using shared_cbuff::decode_item;
using shared_cbuff::encode_item;
using test_support::throws;

TEST(Item, IsBigEndianWithLeadingZeros) {
    std::array<std::byte, 4> item{};
    encode_item(0x0102, item, "push to", "b");
    EXPECT_EQ(item, (std::array{std::byte{0}, std::byte{0}, std::byte{1}, std::byte{2}}));
}

TEST(Item, ComesBackWhenItFits) {
    for (const std::size_t size : {1u, 2u, 3u, 5u, 8u}) {
        const std::uint64_t largest = std::numeric_limits<std::uint64_t>::max() >> (64 - 8 * size);
        for (const std::uint64_t value : {std::uint64_t{0}, std::uint64_t{1}, largest / 3, largest}) {
            std::array<std::byte, 8> bytes{};
            const std::span item{bytes.data(), size};
            encode_item(value, item, "push to", "b");
            EXPECT_EQ(decode_item(item), value);
        }
    }
}

TEST(Item, FillsTheLeadingBytesWhenItIsWiderThanAnInteger) {
    std::array<std::byte, 12> item;
    item.fill(std::byte{0xff});
    encode_item(std::numeric_limits<std::uint64_t>::max(), item, "push to", "b");
    for (std::size_t at = 0; at < 4; ++at) EXPECT_EQ(item[at], std::byte{0});
    for (std::size_t at = 4; at < 12; ++at) EXPECT_EQ(item[at], std::byte{0xff});
}

TEST(Item, IsRefusedAndNothingWrittenWhenItNeedsMoreBytes) {
    std::array<std::byte, 2> item{std::byte{7}, std::byte{8}};
    EXPECT_TRUE(
        throws<shared_cbuff::ItemTooLarge>([&] { encode_item(0x10000, item, "push to", "b"); }, "b", "3 bytes"));
    EXPECT_EQ(item, (std::array{std::byte{7}, std::byte{8}}));
}

}  // namespace
