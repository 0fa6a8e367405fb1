#pragma once
// An instance that pops items with a cursor of its own.
// Thread contract: a Reader belongs to one thread at a time; the writer and other readers run concurrently. It belongs
// to the process that made it: a forked child's copy holds no slot and sees zeros, so it gets no item (or an error),
// and destroying it does nothing. A moved-from Reader may only be destroyed or assigned to.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include "shared_cbuff/detail/copying.hpp"
#include "shared_cbuff/detail/format.hpp"
#include "shared_cbuff/detail/owner.hpp"
#include "shared_cbuff/detail/reader_role.hpp"
#include "shared_cbuff/item.hpp"

namespace shared_cbuff {

struct ReaderOptions {
    std::optional<Geometry> geometry = std::nullopt;  ///< needed for a classic segment; checked when given
    StartAt start = StartAt::oldest;                  ///< the oldest retained item, or only what comes from now on
    std::string label = {};                           ///< told to observers, at most 40 bytes
    bool registered = true;  ///< false: take no slot; then observers do not see it and `reject` does not wait for it
    /// Two looks that both found few items are up to this long apart, and so may an item be late: rarer looks leave the
    /// writer its cache lines, which makes both sides several times as fast. A reader that found nothing looks again at
    /// once, and pop_for() never waits longer than it must. At most 1 us; 0: look at once, always.
    std::chrono::nanoseconds longest_rest = std::chrono::microseconds{1};
    /// On a classic segment the newest item counts only once the pointer has stood still for this long.
    std::chrono::nanoseconds settling_time = std::chrono::milliseconds{10};
};

class Reader {
public:
    /// Throws BufferNotFound, GeometryMismatch, CorruptBuffer, ReaderSlotsExhausted, InvalidArgument, SystemError.
    static Reader attach(std::string_view name, const ReaderOptions& options = {}) {
        return Reader{ReaderRole::attach(name, options)};
    }

    /// Copies the oldest item this reader has not taken into `item` (exactly item_size bytes). False, `item`
    /// unspecified, if there is none (an underflow) or if the writer lapped this reader max_laps times in a row.
    /// Throws ItemTooLarge or InvalidArgument (span size), CorruptBuffer, ReaderEvicted.
    bool pop(std::span<std::byte> item);
    /// The same as an unsigned big-endian integer; items of at most 8 bytes (else InvalidArgument, nothing is taken).
    std::optional<std::uint64_t> pop();
    /// Up to items.size() / item_size items, oldest first; returns how many. The span must hold whole items.
    std::size_t pop_many(std::span<std::byte> items) { return ask(&ReaderRole::pop_many, items); }
    /// pop() that waits for an item, at most `timeout`, and no longer once the buffer is closed and drained. Counts at
    /// most one underflow.
    bool pop_for(std::span<std::byte> item, std::chrono::nanoseconds timeout) {
        return ask(&ReaderRole::pop_for, item, timeout) == 1;
    }

    const std::string& name() const noexcept { return role_->name(); }
    Geometry geometry() const noexcept { return role_->offsets().geometry; }
    bool is_classic() const noexcept { return role_->is_classic(); }
    /// The slot it is registered in; none when unregistered or classic.
    std::optional<std::uint32_t> slot() const noexcept { return role_->slot(); }
    /// Items not taken yet that are still there, 0..length.
    std::uint64_t usage() const { return role_->usage(head_.cursor); }
    ReaderCounters counters() const noexcept { return role_->counters(head_.cursor); }
    /// Number, from the first push, of the item that it takes next unless that is overwritten by then; on a classic
    /// segment the slot of that item.
    std::uint64_t position() const noexcept { return role_->position(head_.cursor); }
    /// By the kernel's word, not by age. `unknown` on a classic segment.
    WriterState writer_state() const { return role_->writer_state(); }
    /// Whether the segment still has its full size: popping from truncated pages raises SIGBUS.
    bool intact() const noexcept { return role_->intact(); }

private:
    friend class StepReader;
    [[gnu::always_inline]] explicit Reader(std::unique_ptr<ReaderRole> role)
        : head_{role->first_head()}, role_{role.release()} {}
    /// Calls a function of the role with a copy of the head, so that nobody learns the address of ours.
    template <class... Arguments>
    [[gnu::always_inline]] std::size_t ask(std::size_t (ReaderRole::*function)(ReadHead&, Arguments...),
                                           std::type_identity_t<Arguments>... arguments) {
        ReadHead head = head_;
        try {
            const std::size_t items = ((*role_).*function)(head, arguments...);
            head_ = head;
            return items;
        } catch (...) {
            head_ = head;  // what it had counted as lost before it threw
            throw;
        }
    }

    ReadHead head_;
    Owner<ReaderRole> role_;
};

// The protocol, with c = cursor and L = length (PROTOCOL.md has the argument, tests/model checks it):
//
//   the item of slot c;  fence(acquire);  whole if horizon <= c' + L for a c' <= c, else if intent - c <= L;  cursor =
//   c + 1
//
// `horizon` is how far the writer may announce before it moves it, so its line is written once in many pushes. Under
// `reject` the writer waits for registered readers, so what is newer than the registration is whole for as long as the
// slot is ours, and its claim is read instead: this path touches no line that the writer is writing.
[[gnu::always_inline]] inline bool Reader::pop(std::span<std::byte> item) {
    if (item.size() != head_.item_size) [[unlikely]]
        return ask(&ReaderRole::pop_slowly, item) == 1;
    if (head_.cursor >= head_.pop_until) [[unlikely]] {
        if (head_.cursor >= head_.look_at && !head_.find_items()) {
            role_->find_nothing(head_.cursor, head_.seen_pushed);
            return false;
        }
        if (head_.cursor >= head_.pop_until) return ask(&ReaderRole::pop_slowly, item) == 1;
    }
    copying::load_item(item.data(), head_.next, item.size(), head_.word_size);
    if (!head_.is_whole()) [[unlikely]]
        return ask(&ReaderRole::pop_slowly, item) == 1;
    head_.take_one(item.size());
    return true;
}

[[gnu::always_inline]] inline std::optional<std::uint64_t> Reader::pop() {
    if (head_.item_size == sizeof(std::uint64_t)) {
        std::uint64_t big_endian;
        if (!pop(std::as_writable_bytes(std::span{&big_endian, 1}))) return std::nullopt;
        return __builtin_bswap64(big_endian);
    }
    role_->check_is_number();
    std::byte bytes[sizeof(std::uint64_t)];
    const std::span item{bytes, geometry().item_size};
    if (!pop(item)) return std::nullopt;
    return decode_item(item);
}

}  // namespace shared_cbuff
