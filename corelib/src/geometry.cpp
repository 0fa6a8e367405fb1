#include "shared_cbuff/geometry.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace shared_cbuff {
namespace {

constexpr std::uint64_t divisor_search_limit = std::uint64_t{1} << 20;

/// Ring sizes whose ring plus pointer is exactly `segment_size` bytes. The pointer has 1 to 8 bytes.
std::vector<std::uint64_t> rings_of(std::uint64_t segment_size) {
    std::vector<std::uint64_t> rings;
    for (std::uint64_t pointer_size = 1; pointer_size <= 8 && pointer_size + 2 <= segment_size; ++pointer_size) {
        const std::uint64_t ring = segment_size - pointer_size;
        if (ring <= max_ring_bytes && classic_pointer_size(ring) == pointer_size) rings.push_back(ring);
    }
    return rings;
}

/// Common shapes come first: items of a machine word, then round lengths, then small items.
std::uint64_t unlikeliness(const Geometry& geometry) {
    const bool word = geometry.item_size <= 8 && std::has_single_bit(geometry.item_size);
    const bool round = std::has_single_bit(geometry.length) || geometry.length % 10 == 0;
    return (word ? 0u : 2u) + (round ? 0u : 1u);
}

}  // namespace

std::optional<std::string> flaw_of(const Geometry& geometry) {
    if (geometry.item_size == 0) return "item_size is 0, but an item has at least 1 byte";
    if (geometry.length < 2) {
        return "length is " + std::to_string(geometry.length) + ", but a ring holds at least 2 items";
    }
    if (geometry.length > max_ring_bytes / geometry.item_size) {
        return to_string(geometry) + " is more than the largest ring, " + std::to_string(max_ring_bytes) + " bytes";
    }
    return std::nullopt;
}

std::string to_string(const Geometry& geometry) {
    return std::to_string(geometry.item_size) + " B x " + std::to_string(geometry.length);
}

unsigned classic_pointer_size(std::uint64_t ring_bytes) {
    return static_cast<unsigned>(std::log(static_cast<double>(ring_bytes)) / std::log(256.0)) + 1;
}

std::uint64_t classic_segment_size(const Geometry& geometry) {
    return geometry.ring_bytes() + classic_pointer_size(geometry.ring_bytes());
}

std::vector<Geometry> classic_candidates(std::uint64_t segment_size, std::size_t limit) {
    std::vector<Geometry> found;
    for (const std::uint64_t ring : rings_of(segment_size)) {
        for (std::uint64_t divisor = 1; divisor <= divisor_search_limit && divisor * divisor <= ring; ++divisor) {
            if (ring % divisor != 0) continue;
            if (ring / divisor >= 2) found.push_back({divisor, ring / divisor});
            if (divisor >= 2 && divisor * divisor != ring) found.push_back({ring / divisor, divisor});
        }
    }
    std::ranges::stable_sort(found, [](const Geometry& a, const Geometry& b) {
        const auto left = unlikeliness(a), right = unlikeliness(b);
        return left != right ? left < right : a.item_size < b.item_size;
    });
    if (found.size() > limit) found.resize(limit);
    return found;
}

}  // namespace shared_cbuff
