#pragma once
// What stands behind a Reader: where it stands in the ring (ReadHead), and everything that not every pop needs
// (ReaderRole). Not for direct use: reader.hpp is the face.
// Thread contract: as Reader. Why two: owner.hpp says it.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "shared_cbuff/detail/format.hpp"
#include "shared_cbuff/detail/looks.hpp"
#include "shared_cbuff/detail/segment.hpp"
#include "shared_cbuff/states.hpp"

namespace shared_cbuff {

class Cleanup;
class ClassicReader;
struct ReaderOptions;

#if defined(SHARED_CBUFF_COUNT_LOOKS)
inline std::uint64_t counted_looks = 0;  // of this process, for tests/bench's ring_looks only
#endif

struct ReadHead {
    static constexpr std::uint64_t evicted = std::numeric_limits<std::uint64_t>::max();

    std::uint64_t cursor = 0;
    std::uint64_t pop_until = 0;  // below it a pop needs no second thought: the item is there, its slot not the last
    std::byte* next = nullptr;    // slot of item `cursor`: kept, so that no pop divides
    std::uint64_t* witness = nullptr;  // an item is whole if, after its copy, this holds no more than `bound`
    std::uint64_t bound = 0;
    format::ReaderSlot* slot = nullptr;
    std::size_t item_size = 0;
    unsigned word_size = 1;
    std::uint64_t seen_pushed = 0;  // items below it are known to be there
    std::uint64_t look_at = 0;      // the item at which `pushed` is to be looked at again
    std::uint64_t look_every = 1;   // items taken one by one without a look, at most: so the high water is not far off
    std::uint64_t guarded_until = 0;  // items below it are validated against `intent`; above, the slot's claim suffices
    std::uint64_t last_of_lap = 0;    // the item in the ring's last slot
    std::byte* ring_end = nullptr;
    std::size_t ring_bytes = 0;
    std::uint64_t length = 0;
    format::WriterLine* line = nullptr;
    std::uint64_t claim = 0;       // what slot->claim holds while the slot is ours
    std::uint64_t high_water = 0;  // what slot->high_water holds
    Looks looks;                   // at `pushed`

    /// Of a classic segment, where the cursor is the role's: so is every pop, and every look.
    static ReadHead of_classic(std::size_t item_size) noexcept {
        ReadHead head;
        head.item_size = item_size;
        head.look_at = std::numeric_limits<std::uint64_t>::max();
        return head;
    }

    /// To be called when the cursor was set anew.
    void settle() noexcept {
        const std::uint64_t slot_index = cursor % length;
        next = ring() + slot_index * item_size;
        last_of_lap = cursor - slot_index + length - 1;
        plan();
    }

    std::byte* ring() const noexcept { return ring_end - ring_bytes; }

    /// Looks at `pushed`; false if it tells of nothing that we have not taken.
    [[gnu::always_inline]] bool find_items() noexcept {
        if (cursor == seen_pushed) looks.keep_apart();
#if defined(SHARED_CBUFF_COUNT_LOOKS)
        ++counted_looks;
#endif
        // Acquire: the bytes of every item below it are visible.
        seen_pushed = std::atomic_ref{line->pushed}.load(std::memory_order_acquire);
        if (seen_pushed <= cursor) {
            looks.found_nothing();
            return false;
        }
        looks.found(seen_pushed - cursor);
        note_usage(std::min(seen_pushed - cursor, length));
        look_at = std::min(seen_pushed, cursor + look_every);
        plan();
        return true;
    }

    /// Plans the pops that need no second thought. Under `reject` a slot that is still ours shows that nothing of it
    /// was overwritten; else the horizon does, unless it is too far ahead.
    [[gnu::always_inline]] void plan() noexcept {
        pop_until = std::min(look_at, last_of_lap);
        if (cursor >= guarded_until) {
            witness = &slot->claim;
            bound = claim;
        } else {
            pop_until = std::min(pop_until, guarded_until);
            witness = &line->horizon;
            bound = cursor + length;
        }
    }

    /// Whether the item just copied is whole, if the witness said more than `bound`.
    [[gnu::always_inline]] bool still_whole() noexcept {
        if (cursor >= guarded_until) return false;
        bound = cursor + length;
        return std::atomic_ref{*witness}.load(std::memory_order_relaxed) <= bound ||
               std::atomic_ref{line->intent}.load(std::memory_order_relaxed) <= bound;
    }

    /// To be called after the copy of the item at the cursor, if it is below pop_until.
    [[gnu::always_inline]] bool is_whole() noexcept {
        // Acquire, and relaxed loads behind it: as in overwritten(), which is the same for many items. `bound` may be
        // that of an earlier cursor, which is only stricter.
        std::atomic_thread_fence(std::memory_order_acquire);
        return std::atomic_ref{*witness}.load(std::memory_order_relaxed) <= bound || still_whole();
    }

    /// To be called after the copies: how many items from the cursor on may be torn; all that follow them are whole.
    [[gnu::always_inline]] std::uint64_t overwritten() noexcept {
        // Acquire: pairs with the writer's fence after `intent`. A copied byte of a later item makes that intent, and
        // the horizon told before it, visible. Relaxed, all three loads: the fence orders them.
        std::atomic_thread_fence(std::memory_order_acquire);
        if (cursor >= guarded_until) {
            return std::atomic_ref{slot->claim}.load(std::memory_order_relaxed) == claim ? 0 : evicted;
        }
        if (std::atomic_ref{line->horizon}.load(std::memory_order_relaxed) - cursor <= length) return 0;
        const std::uint64_t ahead = std::atomic_ref{line->intent}.load(std::memory_order_relaxed) - cursor;
        return ahead > length ? ahead - length : 0;
    }

    [[gnu::always_inline]] void take_one(std::size_t bytes) noexcept {
        cursor += 1;
        next += bytes;
        store_cursor();
    }

    void take(std::uint64_t items, std::size_t bytes) noexcept {
        cursor += items;
        next += bytes;
        if (next >= ring_end) {
            next -= ring_bytes;
            last_of_lap += length;
        }
        store_cursor();
        plan();
    }

    [[gnu::always_inline]] void store_cursor() const noexcept {
        // Release: our copies are done before a writer that acquires the cursor overwrites their slots.
        std::atomic_ref{slot->cursor}.store(cursor, std::memory_order_release);
    }

    [[gnu::always_inline]] void note_usage(std::uint64_t usage) noexcept {
        if (usage <= high_water) return;
        high_water = usage;
        std::atomic_ref{slot->high_water}.store(usage, std::memory_order_relaxed);  // relaxed: a count for observers
    }
};

class ReaderRole {
public:
    static std::unique_ptr<ReaderRole> attach(std::string_view name, const ReaderOptions& options);
    ReaderRole(const ReaderRole&) = delete;
    ReaderRole& operator=(const ReaderRole&) = delete;
    ~ReaderRole();
    static void destroy(ReaderRole* role) noexcept;

    /// Where the role begins.
    const ReadHead& first_head() const noexcept { return first_head_; }

    // All of these move `head` on, and return how many items they popped.
    /// A pop for which the head alone does not suffice: counts what was lost, or says what is wrong.
    [[gnu::cold]] std::size_t pop_slowly(ReadHead& head, std::span<std::byte> item);
    std::size_t pop_many(ReadHead& head, std::span<std::byte> items);
    std::size_t pop_for(ReadHead& head, std::span<std::byte> item, std::chrono::nanoseconds timeout);
    /// Counts an underflow and eases a polling loop; throws CorruptBuffer if `pushed` went back.
    void find_nothing(std::uint64_t cursor, std::uint64_t pushed);
    void check_is_number() const;
    /// Counts `items` from the cursor on as lost, in one overrun, and moves on behind them.
    void skip(ReadHead& head, std::uint64_t items) noexcept;
    [[noreturn]] void throw_evicted() const;
    [[noreturn]] void throw_no_slot() const;

    const std::string& name() const noexcept { return segment_.name(); }
    const format::Offsets& offsets() const noexcept { return offsets_; }
    bool is_classic() const noexcept { return classic_ != nullptr; }
    std::optional<std::uint32_t> slot() const noexcept { return slot_index_; }
    std::uint64_t usage(std::uint64_t cursor);
    ReaderCounters counters(std::uint64_t cursor) const noexcept;
    std::uint64_t position(std::uint64_t cursor) const noexcept;
    WriterState writer_state() const;
    bool intact() const noexcept;

private:
    ReaderRole(Segment segment, const format::Offsets& offsets, OverflowPolicy policy, Access access);
    ReaderRole(Segment segment, const Geometry& geometry, std::unique_ptr<ClassicReader> classic);
    void register_slot(const ReaderOptions& options);
    void take_slot(std::uint32_t index, const ReaderOptions& options);
    void make_head(std::chrono::nanoseconds longest_rest);
    void publish_slot(StartAt start) noexcept;
    void settle_start() noexcept;
    void begin_at(std::uint64_t cursor) noexcept;
    std::uint64_t oldest_readable() const noexcept;
    std::uint64_t pushed_now() const noexcept;

    Segment segment_;
    Mapping mapping_;
    format::ControlBlock block_;                        // of the mapping; none on a classic segment
    std::unique_ptr<format::ReaderSlot> private_slot_;  // stands in for a shared one when unregistered
    std::unique_ptr<ClassicReader> classic_;
    format::Offsets offsets_;
    OverflowPolicy policy_;
    std::optional<std::uint32_t> slot_index_;
    format::WriterLine* line_ = nullptr;
    format::ReaderSlot* slot_ = nullptr;
    ReadHead first_head_;
    std::unique_ptr<Cleanup> cleanup_;  // last: it uses the others
};

}  // namespace shared_cbuff
