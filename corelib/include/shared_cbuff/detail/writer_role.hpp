#pragma once
// What stands behind a Writer: where it stands in the ring (WriteHead), and everything that not every push needs
// (WriterRole). Not for direct use: writer.hpp is the face.
// Thread contract: as Writer. Why two: owner.hpp says it.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "shared_cbuff/detail/format.hpp"
#include "shared_cbuff/detail/looks.hpp"
#include "shared_cbuff/detail/segment.hpp"

namespace shared_cbuff {

class Cleanup;
struct CreateOptions;

struct WriteHead {
    // What changes at every push stands beside what does not: the compiler would else move pairs of either kind into
    // one wide register, and take them apart again at every push.
    std::uint64_t pushed = 0;
    format::WriterLine* line = nullptr;
    std::byte* next = nullptr;       // slot of item `pushed`: kept, so that no push divides
    std::byte* ring_end = nullptr;   // where the classic pointer lies
    std::uint64_t pointer = 0;       // the classic pointer, its n bytes at the top
    std::uint64_t pointer_step = 0;  // what an item adds to it
    std::uint64_t word_until = 0;    // the same as push_until for items of 8 bytes; 0 if items have another size
    std::ptrdiff_t ahead = 0;        // from `next` to the line whose ownership is asked for
    std::uint64_t push_until = 0;    // below it a push needs no second thought: it is allowed, and its slot is not the
                                     // ring's last
    std::uint64_t last_of_lap = 0;   // the item that goes to the ring's last slot next
    std::size_t item_size = 0;
    std::size_t ring_bytes = 0;
    std::uint64_t length = 0;
    unsigned word_size = 1;
    unsigned pointer_shift = 0;

    /// To be called before the first byte of an item below `intent` is stored.
    [[gnu::always_inline]] void announce(std::uint64_t intent) const noexcept {
        // Relaxed: the fence orders it before the item bytes.
        std::atomic_ref{line->intent}.store(intent, std::memory_order_relaxed);
        // Release: a reader that sees a byte stored after this fence, and fences, sees the intent.
        std::atomic_thread_fence(std::memory_order_release);
    }

    /// To be called when the bytes of the next item, whose slot is not the ring's last, are stored.
    [[gnu::always_inline]] void publish_one(std::size_t bytes) noexcept {
        pushed += 1;
        next += bytes;
        pointer += pointer_step;
        publish_counters();
    }

    /// To be called when the bytes of the next `items` items are stored.
    void publish(std::uint64_t items, std::size_t bytes) noexcept {
        pushed += items;
        next += bytes;
        if (next >= ring_end) {
            next -= ring_bytes;
            last_of_lap += length;
        }
        pointer = static_cast<std::uint64_t>(next - ring()) << pointer_shift;
        publish_counters();
    }

    std::byte* ring() const noexcept { return ring_end - ring_bytes; }

    [[gnu::always_inline]] void publish_counters() const noexcept {
        // Release: one fence for both stores. Whoever acquires `pushed`, or sees the pointer, sees the item bytes.
        std::atomic_thread_fence(std::memory_order_release);
#if defined(SHARED_CBUFF_ORDERED_WORDS)
        std::atomic_ref{line->pushed}.store(pushed, std::memory_order_release);  // ThreadSanitizer knows no fences
#else
        std::atomic_ref{line->pushed}.store(pushed, std::memory_order_relaxed);
#endif
        store_classic_pointer();
    }

    [[gnu::always_inline]] void store_classic_pointer() const noexcept {
        // n big-endian bytes and zeros behind them, which are ours: one 8-byte store, unaligned if the ring is.
        const std::uint64_t bytes = __builtin_bswap64(pointer);
        std::memcpy(ring_end, &bytes, sizeof bytes);
    }

    /// Plans the pushes that need no second thought: none from item `allowed_until` on. Ownership of lines is asked for
    /// ahead up to item `unread_until`: under `reject` no reader can be reading those, under `overwrite` (endless) only
    /// one that is about to lose them.
    void plan(std::uint64_t allowed_until, std::uint64_t unread_until) noexcept {
        push_until = std::min(allowed_until, last_of_lap);
        ahead = 0;
        if (item_size == sizeof(std::uint64_t)) {
            const std::size_t distance = std::min<std::size_t>(ownership_ahead, ring_bytes / 4);
            const std::uint64_t items = distance / sizeof(std::uint64_t) + 8;
            if (pushed + items < unread_until) {
                const bool wraps = next + distance >= ring_end;
                ahead = static_cast<std::ptrdiff_t>(wraps ? distance - ring_bytes : distance);
                push_until = std::min(push_until, unread_until - items);
                if (!wraps)
                    push_until = std::min(
                        push_until,
                        pushed + static_cast<std::uint64_t>(ring_end - next - static_cast<std::ptrdiff_t>(distance)) /
                                     sizeof(std::uint64_t));
            }
        }
        word_until = item_size == sizeof(std::uint64_t) ? push_until : 0;
    }
    static constexpr std::size_t ownership_ahead = 512;

    void stop() noexcept { push_until = word_until = 0; }
};

class WriterRole {
public:
    static std::unique_ptr<WriterRole> create(std::string_view name, const CreateOptions& options);
    static std::unique_ptr<WriterRole> take_over(std::string_view name, const std::optional<Geometry>& expected);
    WriterRole(const WriterRole&) = delete;
    WriterRole& operator=(const WriterRole&) = delete;
    ~WriterRole();
    static void destroy(WriterRole* role) noexcept;

    /// Where the next item goes when the role begins.
    const WriteHead& first_head() const noexcept { return first_head_; }

    // All of these move `head` on, and return how many items they pushed.
    /// A push for which the head alone does not suffice: looks for room, or says what is wrong with `item`.
    [[gnu::cold]] std::size_t push_slowly(WriteHead& head, std::span<const std::byte> item);
    [[gnu::cold]] std::size_t push_number(WriteHead& head, std::uint64_t item);
    std::size_t push_many(WriteHead& head, std::span<const std::byte> items);
    [[noreturn, gnu::cold]] void throw_negative(std::int64_t item) const;
    std::size_t push_for(WriteHead& head, std::span<const std::byte> item, std::chrono::nanoseconds timeout);

    // The steps of a push, for push_many() and StepWriter: may_push(), announce(), the copies, WriteHead::publish(),
    // plan().
    /// Whether one more item is allowed; under `reject` it looks at the readers if need be. Throws InvalidArgument.
    bool may_push(const WriteHead& head);
    void announce(const WriteHead& head, std::uint64_t items) noexcept;
    void plan(WriteHead& head) const noexcept;
    void count_rejected(std::uint64_t items) noexcept;

    const std::string& name() const noexcept { return segment_.name(); }
    const format::Offsets& offsets() const noexcept { return offsets_; }
    OverflowPolicy policy() const noexcept { return policy_; }
    std::uint64_t rejected() const noexcept { return rejected_; }
    std::uint64_t epoch() const noexcept;
    std::uint64_t usage(std::uint64_t pushed) const;
    bool intact() const noexcept { return segment_.holds(offsets_.segment_size()); }

    void release() noexcept;
    void close();

private:
    WriterRole(Segment segment, const format::Offsets& offsets, OverflowPolicy policy);
    void begin(std::uint64_t pushed);
    void promise_cleanup(bool close_and_unlink);
    int leave(bool close_and_unlink, bool keep_lock) noexcept;
    int give_up(bool close_and_unlink) noexcept;
    bool look_for_space(std::uint64_t pushed);
    std::uint64_t oldest_active_cursor(std::uint64_t pushed);
    bool evict_if_dead(std::uint32_t slot, std::uint64_t claim);
    void raise_horizon(std::uint64_t intent) noexcept;
    bool may_ask_kernel() noexcept;
    std::uint32_t slots_to_scan() const noexcept;

    Segment segment_;
    Mapping mapping_;
    format::ControlBlock block_;  // of the mapping
    format::Offsets offsets_;
    OverflowPolicy policy_;
    format::WriterLine* line_;
    bool given_up_ = false;
    WriteHead first_head_;
    std::uint64_t allowed_until_ = 0;  // items that may be pushed before the readers must be looked at again
    std::uint64_t horizon_ = 0;        // what the line's `horizon` holds
    std::uint64_t intent_floor_ = 0;   // what a dead predecessor announced; intent never falls below it
    std::uint64_t rejected_ = 0;
    std::uint64_t asked_ = 0;               // when the kernel was last asked who is alive, in ticks
    std::uint64_t ask_every_ = 0;           // ticks
    Looks looks_;                           // at the readers
    mutable std::uint32_t slots_seen_ = 0;  // most slots the header ever told of: only grows, whatever it says later
    std::unique_ptr<Cleanup> cleanup_;      // last: it uses the others
};

}  // namespace shared_cbuff
