#pragma once
// What a buffer, its writer and its readers can be, what is counted, and the limits that hold for all; with the word
// for each. Thread contract: plain values and pure functions.

#include <compare>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace shared_cbuff {

/// What becomes of a push that would overwrite an item which an active reader has not taken.
enum class OverflowPolicy : std::uint32_t { overwrite = 0, reject = 1 };

/// Where a reader or a peek begins: at the oldest retained item, or with the newest.
enum class StartAt { oldest, newest };

/// extended: with our control block. classic: as the Python package shared_cbuff 0.0.1 lays a segment out.
enum class Layout { extended, classic };

/// By the kernel's word: alive (the role's lock is held), vacant (released), abandoned (the holder died), closed (no
/// item will follow), unknown (a classic segment, or a copy, does not tell).
enum class WriterState { alive, vacant, abandoned, closed, unknown };

/// By the kernel's word: alive (the slot's lock is held), dead; evicted (the writer took its slot away); unknown (a
/// copy of a segment does not tell).
enum class ReaderState { alive, dead, evicted, unknown };

/// Of a buffer as a whole: its writer's state, unless the segment itself has a story to tell.
enum class BufferState { alive, vacant, abandoned, closed, unlinked, replaced, damaged, unknown };

/// What one reader has seen so far, in items; overruns and underflows in events.
struct ReaderCounters {
    std::uint64_t popped = 0;
    std::uint64_t lost = 0;
    std::uint64_t overruns = 0;
    std::uint64_t underflows = 0;
    std::uint64_t high_water = 0;
};

/// Which reader of a buffer: `generation` tells it from an earlier one in the same slot.
struct ReaderKey {
    std::uint32_t slot = 0;
    std::uint64_t generation = 0;
    friend auto operator<=>(const ReaderKey&, const ReaderKey&) = default;
};

/// Which inode a segment is: tells a buffer from another one of the same name.
struct SegmentIdentity {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    friend bool operator==(const SegmentIdentity&, const SegmentIdentity&) = default;
};

/// Longest name in bytes that a buffer can be created under: what shm_open() takes in every C library.
inline constexpr std::size_t max_name_length = 250;
/// Longest name that a segment made by others can have (NAME_MAX): it can be listed, attached to and removed.
inline constexpr std::size_t max_existing_name_length = 255;
/// Longest label of a reader, in bytes.
inline constexpr std::size_t label_capacity = 40;
/// Reader slots of a buffer.
inline constexpr std::uint32_t default_max_readers = 64;
inline constexpr std::uint32_t max_max_readers = 4096;
/// A pop that the writer lapped so many times in a row gives up for now.
inline constexpr int max_laps = 64;

std::string_view to_string(OverflowPolicy policy) noexcept;
std::string_view to_string(Layout layout) noexcept;
std::string_view to_string(WriterState state) noexcept;
std::string_view to_string(ReaderState state) noexcept;
std::string_view to_string(BufferState state) noexcept;

}  // namespace shared_cbuff
