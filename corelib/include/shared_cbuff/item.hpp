#pragma once
// Items as unsigned big-endian integers, the form in which the Python package shared_cbuff reads and writes them.
// Thread contract: pure functions.

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

namespace shared_cbuff {

/// What can be pushed as a number: an integer of at most 64 bits. Not what C++ would make one of: 3.9, true.
template <class Number>
concept ItemNumber =
    std::integral<Number> && !std::same_as<std::remove_cv_t<Number>, bool> && sizeof(Number) <= sizeof(std::uint64_t);

/// Throws InvalidArgument: items are unsigned.
[[noreturn]] void throw_negative(std::int64_t value, std::string_view operation, std::string_view buffer);

/// Writes `value` into all of `item`, big-endian, leading bytes 0. Throws ItemTooLarge, with nothing written, if it
/// needs more than item.size() bytes; `operation` and `buffer` are for the message.
void encode_item(std::uint64_t value, std::span<std::byte> item, std::string_view operation, std::string_view buffer);

/// The integer that `item` (1 to 8 bytes) holds.
std::uint64_t decode_item(std::span<const std::byte> item) noexcept;

}  // namespace shared_cbuff
