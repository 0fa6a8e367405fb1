#include "test_support/items.hpp"

#include <algorithm>
#include <cstring>

namespace test_support {
namespace {

/// Finalizer of splitmix64 (Steele, Lea, Flood, 2014): neighbours share no bytes but by chance.
std::uint64_t mixed(std::uint64_t value) noexcept {
    value += 0x9e3779b97f4a7c15;
    value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9;
    value = (value ^ value >> 27) * 0x94d049bb133111eb;
    return value ^ value >> 31;
}

}  // namespace

void fill_item(std::uint64_t number, std::span<std::byte> item) noexcept {
    for (std::size_t at = 0; at < item.size(); at += sizeof(std::uint64_t)) {
        const std::uint64_t word = mixed(number * 1031 + at);
        std::memcpy(item.data() + at, &word, std::min(sizeof word, item.size() - at));
    }
}

std::vector<std::byte> make_item(std::uint64_t number, std::size_t item_size) {
    return make_items(number, 1, item_size);
}

std::vector<std::byte> make_items(std::uint64_t first, std::size_t count, std::size_t item_size) {
    std::vector<std::byte> items(count * item_size);
    for (std::size_t index = 0; index < count; ++index) {
        fill_item(first + index, std::span{items}.subspan(index * item_size, item_size));
    }
    return items;
}

bool is_item(std::uint64_t number, std::span<const std::byte> item) noexcept {
    for (std::size_t at = 0; at < item.size(); at += sizeof(std::uint64_t)) {
        const std::uint64_t word = mixed(number * 1031 + at);
        if (std::memcmp(item.data() + at, &word, std::min(sizeof word, item.size() - at)) != 0) return false;
    }
    return true;
}

}  // namespace test_support
