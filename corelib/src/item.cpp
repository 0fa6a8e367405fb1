#include "shared_cbuff/item.hpp"

#include <algorithm>
#include <bit>
#include <string>

#include "shared_cbuff/errors.hpp"

namespace shared_cbuff {

void throw_negative(std::int64_t value, std::string_view operation, std::string_view buffer) {
    throw InvalidArgument{operation, buffer,
                          "the item " + std::to_string(value) + " is negative, but items are unsigned integers"};
}

void encode_item(std::uint64_t value, std::span<std::byte> item, std::string_view operation, std::string_view buffer) {
    const auto needed = static_cast<std::size_t>(std::bit_width(value) + 7) / 8;
    if (needed > item.size()) {
        throw ItemTooLarge{operation, buffer,
                           "the item " + std::to_string(value) + " needs " + std::to_string(needed) +
                               " bytes, but item_size is " + std::to_string(item.size())};
    }
    for (auto byte = item.rbegin(); byte != item.rend(); ++byte) {
        *byte = static_cast<std::byte>(value & 0xff);
        value >>= 8;
    }
}

std::uint64_t decode_item(std::span<const std::byte> item) noexcept {
    std::uint64_t value = 0;
    for (const std::byte byte : item) value = value << 8 | std::to_integer<std::uint64_t>(byte);
    return value;
}

}  // namespace shared_cbuff
