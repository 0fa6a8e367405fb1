#pragma once
// Items as unsigned big-endian integers, the form in which the Python package shared_cbuff reads and writes them.
// Thread contract: pure functions.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace shared_cbuff {

/// Writes `value` into all of `item`, big-endian, leading bytes 0. Throws ItemTooLarge, with nothing written, if it
/// needs more than item.size() bytes; `operation` and `buffer` are for the message.
void encode_item(std::uint64_t value, std::span<std::byte> item, std::string_view operation, std::string_view buffer);

/// The integer that `item` (1 to 8 bytes) holds.
std::uint64_t decode_item(std::span<const std::byte> item) noexcept;

}  // namespace shared_cbuff
