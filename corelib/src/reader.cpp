#include "shared_cbuff/reader.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <limits>
#include <utility>

#include "attach.hpp"
#include "backoff.hpp"
#include "classic.hpp"
#include "cleanup.hpp"
#include "shared_cbuff/detail/copying.hpp"
#include "shared_cbuff/detail/process.hpp"
#include "shared_cbuff/item.hpp"

namespace shared_cbuff {
namespace {

using format::ReaderSlot;
using format::SlotState;
using format::WriterLine;
using Counter = std::atomic_ref<std::uint64_t>;
using Small = std::atomic_ref<std::uint32_t>;

constexpr std::string_view attaching = "attach to";
constexpr std::string_view popping = "pop from";
constexpr std::uint64_t endless = std::numeric_limits<std::uint64_t>::max();
constexpr int state_retries = 4;

std::uint64_t relaxed(std::uint64_t& field) noexcept { return Counter{field}.load(std::memory_order_relaxed); }

/// For a field that only this process writes: no read-modify-write is needed.
void store(std::uint64_t& field, std::uint64_t value) noexcept {
    Counter{field}.store(value, std::memory_order_relaxed);
}

}  // namespace

// ---- Coming and going

ReaderRole::ReaderRole(Segment segment, const format::Offsets& offsets, OverflowPolicy policy, Access access)
    : segment_{std::move(segment)},
      mapping_{segment_.map(offsets.segment_size(), access)},
      block_{mapping_.data(), offsets},
      offsets_{offsets},
      policy_{policy},
      line_{&block_.writer_line()} {}

ReaderRole::ReaderRole(Segment segment, const Geometry& geometry, std::unique_ptr<ClassicReader> classic)
    : segment_{std::move(segment)},
      classic_{std::move(classic)},
      offsets_{geometry, 0},
      policy_{OverflowPolicy::overwrite},
      first_head_{ReadHead::of_classic(geometry.item_size)} {}

ReaderRole::~ReaderRole() = default;

void ReaderRole::destroy(ReaderRole* role) noexcept { delete role; }

namespace {

/// A classic segment is only ever read, so there a refused write permission does not matter.
Segment open_for(std::string_view name, Access wanted) {
    try {
        return Segment::open(attaching, name, wanted);
    } catch (const SystemError& error) {
        if (wanted == Access::read_only || error.code() != EACCES) throw;
    }
    Segment segment = Segment::open(attaching, name, Access::read_only);
    if (!attach::find_offsets(attaching, segment)) return segment;
    throw SystemError{attaching, name, EACCES,
                      "a registered reader writes its counters into the segment; attach unregistered "
                      "(ReaderOptions::registered, --unregistered), or ask its owner for write access"};
}

}  // namespace

std::unique_ptr<ReaderRole> ReaderRole::attach(std::string_view name, const ReaderOptions& options) {
    if (options.label.size() > label_capacity || options.label.find('\0') != std::string::npos) {
        throw InvalidArgument{attaching, name,
                              "a label has at most " + std::to_string(label_capacity) + " bytes and no NUL"};
    }
    const Access wanted = options.registered ? Access::read_write : Access::read_only;
    Segment segment = open_for(name, wanted);
    if (!attach::find_offsets(attaching, segment)) {
        const Geometry geometry = attach::check_classic(attaching, segment, options.geometry);
        auto classic = std::make_unique<ClassicReader>(segment, geometry, options.start, options.settling_time);
        return std::unique_ptr<ReaderRole>{new ReaderRole{std::move(segment), geometry, std::move(classic)}};
    }
    const attach::Control control = attach::read_control(attaching, segment, options.geometry);
    const auto policy = static_cast<OverflowPolicy>(control.header.policy);
    std::unique_ptr<ReaderRole> role{new ReaderRole{std::move(segment), control.offsets, policy, wanted}};
    if (options.registered) {
        role->register_slot(options);
    } else {
        role->private_slot_ = std::make_unique<ReaderSlot>();
        role->slot_ = role->private_slot_.get();
        role->slot_->claim = format::claim_of(1, SlotState::active);
        role->make_head(options.longest_rest);
        role->publish_slot(options.start);
        role->settle_start();
        role->first_head_.guarded_until = endless;  // no writer waits for us
    }
    return role;
}

void ReaderRole::register_slot(const ReaderOptions& options) {
    // Free slots first: what a dead reader left behind is worth seeing for as long as there is room.
    for (const bool only_free : {true, false}) {
        for (std::uint32_t index = 0; index < offsets_.max_readers; ++index) {
            ReaderSlot& slot = block_.slot(index);
            if (only_free && format::state_of(relaxed(slot.claim)) != SlotState::free) continue;
            // The kernel's lock decides between readers that register at once; only its holder writes the slot.
            if (!segment_.try_lock(format::reader_lock_offset(index))) continue;
            slot_ = &slot;
            return take_slot(index, options);
        }
    }
    if (offsets_.max_readers == 0) {
        throw ReaderSlotsExhausted{attaching, name(),
                                   "the buffer was created without reader slots; attach unregistered "
                                   "(ReaderOptions::registered, --unregistered)"};
    }
    throw_no_slot();
}

void ReaderRole::throw_no_slot() const {
    std::uint32_t strangers = 0;
    for (std::uint32_t index = 0; index < offsets_.max_readers; ++index) {
        const std::uint64_t offset = format::reader_lock_offset(index);
        // A shared lock is no reader's. One that went away meanwhile counts as a reader that did.
        if (!segment_.is_locked_elsewhere(offset) && segment_.is_blocked(offset)) ++strangers;
    }
    std::string held = "all " + std::to_string(offsets_.max_readers) + " reader slots are held by live readers";
    if (strangers > 0) {
        held += ", or locked (" + std::to_string(strangers) + ") by a process that does not say who it is";
    }
    throw ReaderSlotsExhausted{attaching, name(),
                               held +
                                   "; stop one, create the buffer with more (CreateOptions::max_readers, "
                                   "--max-readers), or attach unregistered (ReaderOptions::registered, "
                                   "--unregistered)"};
}

void ReaderRole::take_slot(std::uint32_t index, const ReaderOptions& options) {
    const Small used{block_.header().slots_used};
    // Raised before the slot is published and before the fence of publish_slot(), as the slot is. Relaxed for that.
    for (std::uint32_t seen = used.load(std::memory_order_relaxed);
         seen <= index && !used.compare_exchange_weak(seen, index + 1, std::memory_order_relaxed);) {
    }
    // Acquire: what the slot's last reader wrote there comes before what we write.
    const std::uint64_t generation = format::generation_of(Counter{slot_->claim}.load(std::memory_order_acquire)) + 1;
    // Joining: observers and the writer pass over the slot while it is filled. Release: not before it is ours.
    Counter{slot_->claim}.store(format::claim_of(generation, SlotState::joining), std::memory_order_release);
    const std::uint32_t pid = current_pid();
    Small{slot_->pid}.store(pid, std::memory_order_relaxed);
    store(slot_->start_time, process_start_time(pid));
    std::array<char, label_capacity> label{};
    std::ranges::copy(options.label, label.begin());
    slot_->label = label;
    for (std::uint64_t* counter : {&slot_->lost, &slot_->overruns, &slot_->underflows, &slot_->high_water}) {
        store(*counter, 0);
    }
    // A predecessor that died while it counted a loss left these apart.
    Small{slot_->loss_begun}.store(Small{slot_->loss_ended}.load(std::memory_order_relaxed), std::memory_order_relaxed);

    make_head(options.longest_rest);
    publish_slot(options.start);
    settle_start();
    slot_index_ = index;
    const auto leave = [this, index](Cleanup::Occasion occasion) {
        if (intact()) {
            // Release: our last copies are done before the writer may count us out. Only if nobody evicted us.
            std::uint64_t ours = first_head_.claim;
            // The next generation's, so that a claim only ever grows: who still validates by it finds it above its own.
            const std::uint64_t free = format::claim_of(format::generation_of(ours) + 1, SlotState::free);
            Counter{slot_->claim}.compare_exchange_strong(ours, free, std::memory_order_release,
                                                          std::memory_order_relaxed);
        }
        // At exit() another thread may still pop: nobody else gets the slot before the process is gone.
        if (occasion == Cleanup::Occasion::destruction) segment_.unlock(format::reader_lock_offset(index));
    };
    cleanup_ = std::make_unique<Cleanup>(segment_, std::span{mapping_.data(), mapping_.size()}, leave);
}

/// What of the head stays the same for as long as the slot is ours.
void ReaderRole::make_head(std::chrono::nanoseconds longest_rest) {
    ReadHead& head = first_head_;
    head.item_size = offsets_.geometry.item_size;
    head.ring_bytes = offsets_.geometry.ring_bytes();
    head.ring_end = mapping_.data() + head.ring_bytes;
    head.length = offsets_.geometry.length;
    head.line = line_;
    head.look_every = std::max<std::uint64_t>(1, head.length / 4);
    head.looks = Looks::finding(std::min<std::uint64_t>(head.look_every, 256), longest_rest);
    head.slot = slot_;
    head.claim = format::claim_of(format::generation_of(relaxed(slot_->claim)), SlotState::active);
    head.word_size = word_size_of(head.item_size);
}

std::uint64_t ReaderRole::oldest_readable() const noexcept {
    // Acquire: what these counters cover is visible. `intent`, not `pushed`: its slots may be half written.
    return format::oldest_retained(Counter{line_->intent}.load(std::memory_order_acquire), offsets_.geometry.length);
}

std::uint64_t ReaderRole::pushed_now() const noexcept {
    return Counter{line_->pushed}.load(std::memory_order_acquire);  // acquire: as above
}

void ReaderRole::begin_at(std::uint64_t cursor) noexcept {
    first_head_.cursor = cursor;
    Counter{slot_->cursor}.store(cursor, std::memory_order_relaxed);  // nothing was copied yet that it could cover
    // Release, and after the cursor: an observer that copies again never keeps a reader that began beyond its own
    // cursor.
    Counter{slot_->start}.store(cursor, std::memory_order_release);
}

/// From here on the writer waits for us under `reject`, and observers see us.
void ReaderRole::publish_slot(StartAt start) noexcept {
    begin_at(start == StartAt::oldest ? std::min(oldest_readable(), pushed_now()) : pushed_now());
    // Release: a writer that sees the slot active sees its cursor.
    Counter{slot_->claim}.store(first_head_.claim, std::memory_order_release);
    // Pairs with the fence of a writer that looks for space: either it sees our slot, or we see its `pushed`.
    std::atomic_thread_fence(std::memory_order_seq_cst);
}

/// Where we really begin, now that the writer can know of us.
void ReaderRole::settle_start() noexcept {
    ReadHead& head = first_head_;
    head.seen_pushed = pushed_now();
    // A writer that missed us may still overwrite up to the `pushed` it had then, so below it trust only `intent`.
    head.guarded_until = policy_ == OverflowPolicy::overwrite ? endless : head.seen_pushed;
    // What was overwritten while we registered was never ours to lose.
    begin_at(std::min(std::max(head.cursor, oldest_readable()), head.seen_pushed));
    head.settle();
}

bool ReaderRole::intact() const noexcept {
    return segment_.holds(classic_ ? classic_segment_size(offsets_.geometry) : offsets_.segment_size());
}

// ---- Popping: what Reader::pop leaves to us

void ReaderRole::find_nothing(std::uint64_t cursor, std::uint64_t pushed) {
    if (pushed < cursor) {
        throw CorruptBuffer{popping, name(),
                            "its `pushed` went back from " + std::to_string(cursor) + " to " + std::to_string(pushed)};
    }
    store(slot_->underflows, relaxed(slot_->underflows) + 1);
    // Who polls in a loop takes the line of `pushed` from the writer at every look; a short rest lets it write.
    ease_polling();
}

void ReaderRole::skip(ReadHead& head, std::uint64_t items) noexcept {
    // The next look at `pushed` must not be older than the `intent` that told of the loss: intent - length <= pushed.
    std::atomic_thread_fence(std::memory_order_acquire);
    // begun, fence, counters, fence, ended: an observer that finds both equal has counters of one moment.
    const std::uint32_t event = slot_->loss_begun + 1;
    Small{slot_->loss_begun}.store(event, std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_release);
    store(slot_->lost, relaxed(slot_->lost) + items);
    store(slot_->overruns, relaxed(slot_->overruns) + 1);
    head.note_usage(head.length);  // who loses items was full, counting what was being pushed
    head.cursor += items;
    Counter{slot_->cursor}.store(head.cursor, std::memory_order_release);
    Small{slot_->loss_ended}.store(event, std::memory_order_release);
    head.settle();
}

std::size_t ReaderRole::pop_slowly(ReadHead& head, std::span<std::byte> item) {
    const std::size_t item_size = offsets_.geometry.item_size;
    if (item.size() != item_size) attach::throw_wrong_span(popping, name(), item.size(), item_size);
    return pop_many(head, item);
}

std::size_t ReaderRole::pop_many(ReadHead& head, std::span<std::byte> items) {
    const auto [item_size, length] = offsets_.geometry;
    if (items.size() % item_size != 0) attach::throw_ragged_span(popping, name(), items.size(), item_size);
    if (items.empty()) return 0;
    if (classic_) return classic_->pop_many(segment_, items);
    const std::uint64_t wanted = std::min(items.size() / item_size, length);
    for (int attempt = 0; attempt < max_laps; ++attempt) {
        const bool knows_enough = head.cursor + wanted <= head.look_at;
        if (!knows_enough && !head.find_items()) {
            find_nothing(head.cursor, head.seen_pushed);
            return 0;
        }
        const std::uint64_t count = std::min(head.seen_pushed - head.cursor, wanted);
        const std::size_t bytes = count * item_size;
        const std::size_t before_wrap = std::min(bytes, static_cast<std::size_t>(head.ring_end - head.next));
        copying::load(items.data(), head.next, before_wrap, head.word_size);
        copying::load(items.data() + before_wrap, head.ring(), bytes - before_wrap, head.word_size);
        const std::uint64_t gone = head.overwritten();
        if (gone == 0) [[likely]] {
            head.take(count, bytes);
            return count;
        }
        if (gone == ReadHead::evicted) throw_evicted();
        skip(head, gone);  // the oldest are gone; what follows them was whole when `intent` was read
        if (gone >= count) continue;
        const std::uint64_t kept = count - gone;
        std::memmove(items.data(), items.data() + gone * item_size, kept * item_size);
        head.take(kept, kept * item_size);
        return kept;
    }
    return 0;
}

void ReaderRole::throw_evicted() const {
    throw ReaderEvicted{popping, name(), "the writer found this reader dead and gave its slot up; attach again"};
}

std::size_t ReaderRole::pop_for(ReadHead& head, std::span<std::byte> item, std::chrono::nanoseconds timeout) {
    head.looks.found_nothing();  // who waits is to be answered at once
    if (pop_slowly(head, item) == 1) return 1;
    Backoff backoff{timeout};
    while (backoff.pause()) {
        if (classic_) {
            if (!classic_->has_items(segment_)) continue;
        } else if (!head.find_items() && head.seen_pushed == head.cursor) {
            // Acquire: after a closed flag, one more look finds every item there ever was.
            if (Small{line_->closed}.load(std::memory_order_acquire) == 0) continue;
            if (!head.find_items()) break;
        }
        head.looks.found_nothing();
        if (pop_slowly(head, item) == 1) return 1;  // else lapped again and again: go on waiting
    }
    return 0;
}

void ReaderRole::check_is_number() const {
    const std::size_t item_size = offsets_.geometry.item_size;
    if (item_size <= sizeof(std::uint64_t)) return;
    throw InvalidArgument{
        popping, name(),
        "items of " + std::to_string(item_size) + " bytes do not fit an integer of 8; pop them as bytes"};
}

// ---- Looking

std::uint64_t ReaderRole::usage(std::uint64_t cursor) {
    if (classic_) return classic_->usage(segment_);
    // Intent first: with it older than `pushed`, the difference can only be too large, and length bounds it.
    const std::uint64_t intent = Counter{line_->intent}.load(std::memory_order_acquire);
    const std::uint64_t pushed = pushed_now();
    return format::balance(pushed, intent, cursor, offsets_.geometry.length).usage;
}

std::uint64_t ReaderRole::position(std::uint64_t cursor) const noexcept { return classic_ ? classic_->slot() : cursor; }

ReaderCounters ReaderRole::counters(std::uint64_t cursor) const noexcept {
    if (classic_) return classic_->counters();
    const std::uint64_t lost = relaxed(slot_->lost);
    return {cursor - relaxed(slot_->start) - lost, lost, relaxed(slot_->overruns), relaxed(slot_->underflows),
            relaxed(slot_->high_water)};
}

WriterState ReaderRole::writer_state() const {
    if (classic_) return WriterState::unknown;
    for (int attempt = 0; attempt < state_retries; ++attempt) {
        // Acquire, all of them: every item that a closed or vacant buffer ever got is visible to the pops that follow.
        const std::uint64_t epoch = Counter{line_->epoch}.load(std::memory_order_acquire);
        if (segment_.is_locked_elsewhere(format::writer_lock_offset)) return WriterState::alive;
        if (Small{line_->closed}.load(std::memory_order_acquire) != 0) return WriterState::closed;
        if (Small{line_->pid}.load(std::memory_order_acquire) == 0) return WriterState::vacant;
        // A pid without a lock: dead, unless a new writer came between the two looks.
        if (Counter{line_->epoch}.load(std::memory_order_acquire) == epoch &&
            !segment_.is_locked_elsewhere(format::writer_lock_offset)) {
            return WriterState::abandoned;
        }
    }
    return WriterState::alive;  // it changes hands as fast as we look
}

}  // namespace shared_cbuff
