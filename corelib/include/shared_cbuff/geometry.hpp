#pragma once
// How many items of how many bytes a buffer holds, and the sizes that follow from it in the classic layout.
// Thread contract: pure functions and plain values.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace shared_cbuff {

struct Geometry {
    std::uint64_t item_size = 1;  ///< bytes an item, >= 1
    std::uint64_t length = 2;     ///< items the ring holds, all of them usable, >= 2

    friend bool operator==(const Geometry&, const Geometry&) = default;
    /// Bytes of all items. Meaningful only for a valid geometry.
    constexpr std::uint64_t ring_bytes() const noexcept { return item_size * length; }
};

/// Largest ring in bytes: half of the address space of a process on x86-64 and AArch64.
inline constexpr std::uint64_t max_ring_bytes = std::uint64_t{1} << 46;

/// Why the geometry cannot be, as a sentence; nothing if it can.
std::optional<std::string> flaw_of(const Geometry& geometry);

/// "8 B x 1024", for messages.
std::string to_string(const Geometry& geometry);

/// Bytes of the classic write pointer: int(log(ring_bytes, 256)) + 1 with the logarithm's quotient in doubles, as the
/// Python package shared_cbuff 0.0.1 computes it. That rounding is part of the format. `ring_bytes` >= 1.
unsigned classic_pointer_size(std::uint64_t ring_bytes);

/// Exact size in bytes of a classic segment.
std::uint64_t classic_segment_size(const Geometry& geometry);

/// Geometries whose classic segment is exactly `segment_size` bytes, likely ones first, at most `limit` of them.
/// Stops looking for divisors at 2^20, so the time is bounded for any size.
std::vector<Geometry> classic_candidates(std::uint64_t segment_size, std::size_t limit);

/// Largest power of two up to 8 that divides item_size: the word in which items of a segment are copied.
constexpr unsigned word_size_of(std::uint64_t item_size) noexcept {
    return item_size % 8 == 0 ? 8 : item_size % 4 == 0 ? 4 : item_size % 2 == 0 ? 2 : 1;
}

}  // namespace shared_cbuff
