#pragma once
// Looks at a buffer without taking part: opens read-only, never writes, moves no cursor, holds no lock.
// Thread contract: an Observer belongs to one thread at a time; writer and readers run concurrently, undisturbed.

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shared_cbuff/errors.hpp"
#include "shared_cbuff/geometry.hpp"
#include "shared_cbuff/states.hpp"

namespace shared_cbuff {

/// One registered reader. Items; overruns and underflows are events.
/// start + popped + lost + usage == pushed, up to what moved while the sample was taken. A dead one loses nothing more:
/// its numbers are those of the last sample of this observer in which its lock was seen held, and balance with the
/// `pushed` of that sample. An observer that never saw it alive shows what the reader itself had noticed.
struct ReaderSample {
    std::uint32_t slot = 0;
    ReaderState state = ReaderState::alive;
    std::uint32_t pid = 0;
    std::uint64_t start_time = 0;  ///< of its process, clock ticks since boot
    std::uint64_t generation = 0;  ///< tells this reader from an earlier one in the same slot
    std::uint64_t start = 0;       ///< the cursor it began with
    std::uint64_t cursor = 0;
    std::uint64_t popped = 0;
    std::uint64_t usage = 0;     ///< not taken yet and still there, 0..length; of a dead one unread_at_death, or 0
    std::uint64_t lost = 0;      ///< overwritten before it took them, also those it has not noticed yet
    std::uint64_t pending = 0;   ///< of `lost`, those it has not noticed yet
    std::uint64_t overruns = 0;  ///< a loss it has not noticed yet counts as one
    std::uint64_t underflows = 0;
    std::uint64_t high_water = 0;
    bool lost_is_lower_bound = false;              ///< dead, and never seen alive
    std::optional<std::uint64_t> unread_at_death;  ///< dead, and seen alive: what it had not taken
    std::array<char, label_capacity> label_bytes{};

    ReaderKey key() const noexcept { return {slot, generation}; }
    std::string_view label() const noexcept;
};

struct WriterSample {
    WriterState state = WriterState::unknown;
    std::uint32_t pid = 0;  ///< 0 when vacant or unknown
    std::uint64_t start_time = 0;
    std::uint64_t epoch = 0;
    /// Vacant or abandoned, and yet nobody can take the role over: a process that does not say who it is locks it.
    bool is_locked = false;
};

/// Everything in the control block at one moment. On a classic segment only layout, geometry, state and write_slot.
struct Sample {
    std::chrono::steady_clock::time_point taken_at;
    Layout layout = Layout::extended;
    Geometry geometry;
    OverflowPolicy policy = OverflowPolicy::overwrite;
    std::uint32_t max_readers = 0;
    std::uint64_t created_unix_ns = 0;  ///< nanoseconds since 1970; 0 when unknown
    BufferState state = BufferState::unknown;
    std::uint64_t pushed = 0;
    std::uint64_t intent = 0;
    std::uint64_t rejected = 0;
    std::uint64_t usage = 0;     ///< the largest of the living readers'; 0 with none: then there is no usage
    std::uint64_t retained = 0;  ///< items that are still in the ring, taken or not
    bool has_living_reader = false;
    std::uint64_t high_water = 0;  ///< the largest of all readers'
    std::uint64_t write_slot = 0;  ///< where the next item goes
    WriterSample writer;
    std::vector<ReaderSample> readers;  ///< by slot
    std::string damage;                 ///< what makes no sense, when state is damaged
};

/// Consecutive items, oldest first.
struct Peek {
    std::uint64_t first = 0;  ///< number of the first item (since the first push); the slot on a classic segment
    std::uint64_t count = 0;
    std::vector<std::byte> bytes;  ///< count * item_size
};

class Observer {
public:
    /// `geometry` is needed for a classic segment and checked when given. The kernel is asked which processes live
    /// every `liveness_interval` (0: at every sample); between, the last answer stands, unless somebody has come or a
    /// sample would show a loss or a high water that a death could take back: then it is asked at once. What it says of
    /// the segment itself (its size, whether it still has a name) is at most 5 ms old. Throws
    /// BufferNotFound, GeometryMismatch, CorruptBuffer, InvalidArgument, SystemError.
    static Observer attach(std::string_view name, const std::optional<Geometry>& geometry = std::nullopt,
                           std::chrono::nanoseconds liveness_interval = std::chrono::milliseconds{100});

    /// A copy of a segment in a file, for a look afterwards: it tells no more who lived. The writer is vacant, closed
    /// or unknown, readers are unknown (their usage and lost are as if they had lived) or evicted. A copy that lost its
    /// end is damaged, its items can still be had by peek(); `geometry` helps where its control block is not found.
    /// Throws CorruptBuffer, GeometryMismatch, InvalidArgument, SystemError.
    static Observer open_file(const std::string& path, const std::optional<Geometry>& geometry = std::nullopt);

    /// Another observer of this very segment, even if the name is gone or leads to another one by now; for another
    /// thread, too. It begins anew: whom this one saw alive it has not seen. Throws SystemError.
    Observer duplicate() const;

    /// A sample of now. Never throws for what others did to the segment: that is a state of the sample.
    Sample sample();
    /// The same into `into`, reusing its memory: no allocation once its vector has grown.
    void sample(Sample& into);
    /// Up to `count` newest or oldest retained items, whole ones only. Throws CorruptBuffer.
    Peek peek(std::uint64_t count, StartAt from = StartAt::oldest) const;
    /// Up to `count` items from number `first` on, or from the oldest retained one if that one is gone; `first` of the
    /// answer tells. Throws CorruptBuffer; InvalidArgument on a classic segment, which does not number its items.
    Peek peek_from(std::uint64_t first, std::uint64_t count) const;

    const std::string& name() const noexcept;
    Geometry geometry() const noexcept;
    Layout layout() const noexcept;
    /// Which segment this is, to tell it from another one of the same name.
    const SegmentIdentity& identity() const noexcept;

    Observer(Observer&&) noexcept;
    Observer& operator=(Observer&&) noexcept;
    ~Observer();

private:
    class Impl;
    explicit Observer(std::unique_ptr<Impl> impl) noexcept;

    std::unique_ptr<Impl> impl_;
};

}  // namespace shared_cbuff
