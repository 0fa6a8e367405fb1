#pragma once
// An instance that pops items with a cursor of its own.
// Thread contract: a Reader belongs to one thread at a time; the writer and other readers run concurrently. It belongs to
// the process that made it: a forked child's copy holds no slot and sees zeros, so it gets no item (or an error), and
// destroying it does nothing. A moved-from Reader may only be destroyed or assigned to.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "shared_cbuff/format.hpp"
#include "shared_cbuff/segment.hpp"

namespace shared_cbuff {

class Cleanup;
class ClassicReader;

enum class StartAt { oldest, newest };

/// By the kernel's word: alive (the role's lock is held), vacant (released), abandoned (the holder died), closed (no
/// item will follow), unknown (a classic segment does not tell).
enum class WriterState { alive, vacant, abandoned, closed, unknown };

struct ReaderOptions {
    std::optional<Geometry> geometry = std::nullopt;  ///< needed for a classic segment; checked when given
    StartAt start = StartAt::oldest;                  ///< the oldest retained item, or only what comes from now on
    std::string label = {};                           ///< told to observers, at most 40 bytes
    bool registered = true;  ///< false: take no slot; then observers do not see it and `reject` does not wait for it
    /// On a classic segment the newest item counts only once the pointer has stood still for this long.
    std::chrono::nanoseconds settling_time = std::chrono::milliseconds{10};
};

/// What one reader has seen so far, in items; overruns and underflows in events.
struct ReaderCounters {
    std::uint64_t popped = 0;
    std::uint64_t lost = 0;
    std::uint64_t overruns = 0;
    std::uint64_t underflows = 0;
    std::uint64_t high_water = 0;
};

class Reader {
public:
    /// Throws BufferNotFound, GeometryMismatch, CorruptBuffer, ReaderSlotsExhausted, InvalidArgument, SystemError.
    static Reader attach(std::string_view name, const ReaderOptions& options = {});

    Reader(Reader&&) noexcept;
    Reader& operator=(Reader&&) noexcept;
    ~Reader();

    /// Copies the oldest item this reader has not taken into `item` (exactly item_size bytes). False, `item`
    /// unspecified, if there is none (an underflow) or if the writer lapped this reader 64 times in a row.
    /// Throws ItemTooLarge or InvalidArgument (span size), CorruptBuffer, ReaderEvicted.
    bool pop(std::span<std::byte> item);
    /// The same as an unsigned big-endian integer; items of at most 8 bytes (else InvalidArgument, nothing is taken).
    std::optional<std::uint64_t> pop();
    /// Up to items.size() / item_size items, oldest first; returns how many. The span must hold whole items.
    std::size_t pop_many(std::span<std::byte> items);
    /// pop() that waits for an item, at most `timeout`, and no longer once the buffer is closed and drained. Counts at
    /// most one underflow.
    bool pop_for(std::span<std::byte> item, std::chrono::nanoseconds timeout);

    const std::string& name() const noexcept { return segment_->name(); }
    Geometry geometry() const noexcept { return layout_.geometry; }
    bool is_classic() const noexcept { return classic_ != nullptr; }
    /// The slot it is registered in; none when unregistered or classic.
    std::optional<std::uint32_t> slot() const noexcept { return slot_index_; }
    /// Items not taken yet that are still there, 0..length.
    std::uint64_t usage();
    ReaderCounters counters() const noexcept;
    /// By the kernel's word, not by age. `unknown` on a classic segment.
    WriterState writer_state() const;
    /// Whether the segment still has its full size: popping from truncated pages raises SIGBUS.
    bool intact() const noexcept;

private:
    Reader(Segment segment, const format::Layout& layout, OverflowPolicy policy, Access access);
    Reader(Segment segment, const Geometry& geometry, std::unique_ptr<ClassicReader> classic);
    void register_slot(const ReaderOptions& options);
    void take_slot(std::uint32_t index, const ReaderOptions& options);
    void start_counting(StartAt start);
    bool find_items();
    bool is_whole(std::uint64_t& overwritten) const;
    void take(std::uint64_t items) noexcept;
    void skip(std::uint64_t overwritten) noexcept;
    void count_underflow() noexcept;
    void note_usage(std::uint64_t usage) noexcept;
    void note_growth() noexcept;

    std::unique_ptr<Segment> segment_;
    Mapping mapping_;
    std::unique_ptr<format::ReaderSlot> private_slot_;  // stands in for a shared one when unregistered
    std::unique_ptr<ClassicReader> classic_;
    std::unique_ptr<Cleanup> cleanup_;  // after what it uses
    format::Layout layout_;
    OverflowPolicy policy_;
    unsigned word_size_;
    std::optional<std::uint32_t> slot_index_;
    format::WriterLine* line_ = nullptr;
    format::ReaderSlot* slot_ = nullptr;
    std::byte* ring_ = nullptr;
    std::size_t ring_bytes_ = 0;
    std::size_t offset_ = 0;           // of the slot of item `cursor_`: kept, so that no pop divides
    std::uint64_t cursor_ = 0;
    std::uint64_t seen_pushed_ = 0;    // items below it are known to be there
    std::uint64_t guarded_until_ = 0;  // items below it are validated against `intent`; above, the slot's word suffices
    std::uint64_t word_ = 0;           // what slot_->word holds while we own it
};

}  // namespace shared_cbuff
