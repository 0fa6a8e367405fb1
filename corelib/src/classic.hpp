#pragma once
// Reading a classic segment: no control block, a private cursor, and a pointer that moves before its item is stored.
// Thread contract: one thread an object; the writer runs concurrently. Reads with pread only, so nothing here faults.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "shared_cbuff/detail/segment.hpp"
#include "shared_cbuff/geometry.hpp"
#include "shared_cbuff/states.hpp"

namespace shared_cbuff {

/// The slot that the write pointer names, 0..length-1; nothing if no sensible pointer could be read. Reads until two
/// reads agree, since a multi-byte pointer may be seen half written.
std::optional<std::uint64_t> read_classic_slot(const Segment& segment, const Geometry& geometry);

/// Copies the `count` items from `first_slot` on, wrapping; false if the segment is too short by now.
bool read_ring(const Segment& segment, const Geometry& geometry, std::uint64_t first_slot, std::uint64_t count,
               std::byte* into);

/// The newest item is trusted once the pointer has moved again, or has stood still for the settling time: a classic
/// push publishes the pointer first and stores the item afterwards.
class ClassicReader {
public:
    /// Starts at slot 0, so with what was written since the last wrap (which of the slots behind the pointer were ever
    /// written cannot be known), or at the pointer.
    ClassicReader(const Segment& segment, const Geometry& geometry, StartAt start,
                  std::chrono::nanoseconds settling_time);

    /// Up to items.size() / item_size trusted items; returns how many.
    std::size_t pop_many(const Segment& segment, std::span<std::byte> items);
    /// Items between cursor and pointer, trusted or not. Throws CorruptBuffer.
    std::uint64_t usage(const Segment& segment);
    const ReaderCounters& counters() const noexcept { return counters_; }
    /// The slot of the item it takes next.
    std::uint64_t slot() const noexcept { return cursor_slot_; }
    /// Whether the last look found a trusted item; for waiting without counting an underflow.
    bool has_items(const Segment& segment) { return trusted(segment) > 0; }

private:
    using Clock = std::chrono::steady_clock;

    std::uint64_t slot_of_pointer(const Segment& segment) const;
    std::uint64_t trusted(const Segment& segment);
    std::uint64_t copy(const Segment& segment, std::uint64_t count, std::byte* into);
    std::uint64_t distance(std::uint64_t from, std::uint64_t to) const noexcept;

    Geometry geometry_;
    std::chrono::nanoseconds settling_time_;
    std::uint64_t cursor_slot_ = 0;
    std::uint64_t seen_slot_ = 0;
    Clock::time_point moved_at_;
    ReaderCounters counters_;
};

}  // namespace shared_cbuff
