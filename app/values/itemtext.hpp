#pragma once
// Items as people write and read them: 42, 0x2a, 10..20, text, hex digits.
// Thread contract: pure functions and plain values.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "values/printable.hpp"

namespace workbench {

enum class ItemForm {
    number,  ///< 42, 0x2a; decimal up to 64 bit, hex digits as wide as the item
    text,    ///< bytes as printableText() shows them, zero bytes behind them; nothing is an item of zeros
    hex,     ///< deadbeef; fewer digits than the item has are a big-endian number
};

/// Consecutive numbers from `first` to `last`, both included; descending if `last` is the smaller one.
struct ItemRange {
    std::uint64_t first = 0;
    std::uint64_t last = 0;

    /// How many steps lead from first to last: one less than the number of items, which may not fit 64 bits.
    std::uint64_t steps() const noexcept { return first <= last ? last - first : first - last; }
    std::uint64_t at(std::uint64_t step) const noexcept { return first <= last ? first + step : first - step; }
};

/// Most items, and most bytes, that parseItems() makes of one text.
inline constexpr std::uint64_t maxParsedItems = 1'000'000;
inline constexpr std::uint64_t maxParsedBytes = std::uint64_t{64} << 20;

/// The `itemSize` (>= 1) bytes of one item. Throws ItemTextError.
std::vector<std::byte> parseItem(std::string_view text, ItemForm form, std::uint64_t itemSize);

/// The range that `text` denotes (10..20, 0xff..0x10); nothing if it has no "..". Both ends fit `itemSize` bytes, so
/// every item between them does. Throws ItemTextError.
std::optional<ItemRange> parseRange(std::string_view text, std::uint64_t itemSize);

/// Items one after the other, itemSize bytes each: those of a range if `form` is number, else one. Throws
/// ItemTextError, also when there would be more than maxParsedItems or maxParsedBytes.
std::vector<std::byte> parseItems(std::string_view text, ItemForm form, std::uint64_t itemSize);

/// number: decimal up to 8 bytes, 0x and all digits above; hex: all digits; text: as printableText() shows it, without
/// the zero bytes at its end. `item` has at least 1 byte.
std::string formatItem(std::span<const std::byte> item, ItemForm form);

/// Big-endian into all of `item`; what does not fit is cut off at the top, as a counter of that width wraps.
void putNumber(std::uint64_t value, std::span<std::byte> item) noexcept;

}  // namespace workbench
