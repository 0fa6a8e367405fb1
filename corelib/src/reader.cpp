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
#include "shared_cbuff/item.hpp"
#include "words.hpp"

namespace shared_cbuff {
namespace {

using format::ReaderSlot;
using format::SlotState;
using format::WriterLine;
using Counter = std::atomic_ref<std::uint64_t>;
using Small = std::atomic_ref<std::uint32_t>;

constexpr std::string_view attaching = "attach to";
constexpr std::string_view popping = "pop from";
constexpr int lap_retries = 64;
constexpr int state_retries = 4;

std::uint64_t relaxed(std::uint64_t& field) noexcept { return Counter{field}.load(std::memory_order_relaxed); }

/// For a field that only this process writes: no read-modify-write is needed.
void store(std::uint64_t& field, std::uint64_t value) noexcept { Counter{field}.store(value, std::memory_order_relaxed); }

}  // namespace

// ---- Coming and going

Reader::Reader(Segment segment, const format::Layout& layout, OverflowPolicy policy, Access access)
    : segment_{std::make_unique<Segment>(std::move(segment))},
      mapping_{segment_->map(layout.segment_size(), access)},
      layout_{layout},
      policy_{policy},
      word_size_{word_size_of(layout.geometry.item_size)},
      line_{reinterpret_cast<WriterLine*>(mapping_.data() + layout.writer_offset())},
      ring_{mapping_.data()},
      ring_bytes_{layout.geometry.ring_bytes()} {}

Reader::Reader(Segment segment, const Geometry& geometry, std::unique_ptr<ClassicReader> classic)
    : segment_{std::make_unique<Segment>(std::move(segment))},
      classic_{std::move(classic)},
      layout_{geometry, 0},
      policy_{OverflowPolicy::overwrite},
      word_size_{word_size_of(geometry.item_size)} {}

Reader::Reader(Reader&& other) noexcept = default;

Reader& Reader::operator=(Reader&& other) noexcept {
    if (this != &other) {
        std::destroy_at(this);  // gives the old slot up before the new one moves in
        std::construct_at(this, std::move(other));
    }
    return *this;
}

Reader::~Reader() = default;

namespace {

/// A classic segment is only ever read, so there a refused write permission does not matter.
Segment open_for(std::string_view name, Access wanted) {
    try {
        return Segment::open(attaching, name, wanted);
    } catch (const SystemError& error) {
        if (wanted == Access::read_only || error.code() != EACCES) throw;
    }
    Segment segment = Segment::open(attaching, name, Access::read_only);
    if (!attach::find_layout(attaching, segment)) return segment;
    throw SystemError{attaching, name, EACCES, "a registered reader writes its counters into the segment; attach unregistered, or ask its owner for write access"};
}

}  // namespace

Reader Reader::attach(std::string_view name, const ReaderOptions& options) {
    if (options.label.size() > format::label_capacity || options.label.find('\0') != std::string::npos) {
        throw InvalidArgument{attaching, name,
                              "a label has at most " + std::to_string(format::label_capacity) + " bytes and no NUL"};
    }
    const Access wanted = options.registered ? Access::read_write : Access::read_only;
    Segment segment = open_for(name, wanted);
    if (!attach::find_layout(attaching, segment)) {
        const Geometry geometry = attach::check_classic(attaching, segment, options.geometry);
        auto classic = std::make_unique<ClassicReader>(segment, geometry, options.start, options.settling_time);
        return Reader{std::move(segment), geometry, std::move(classic)};
    }
    const attach::Control control = attach::read_control(attaching, segment, options.geometry);
    Reader reader{std::move(segment), control.layout, static_cast<OverflowPolicy>(control.header.policy), wanted};
    if (options.registered) {
        reader.register_slot(options);
    } else {
        reader.private_slot_ = std::make_unique<ReaderSlot>();
        reader.slot_ = reader.private_slot_.get();
        reader.word_ = reader.slot_->word = format::slot_word(1, SlotState::active);
        reader.start_counting(options.start);
        reader.guarded_until_ = std::numeric_limits<std::uint64_t>::max();  // no writer waits for us
    }
    return reader;
}

void Reader::register_slot(const ReaderOptions& options) {
    // Free slots first: what a dead reader left behind is worth seeing for as long as there is room.
    for (const bool only_free : {true, false}) {
        for (std::uint32_t index = 0; index < layout_.max_readers; ++index) {
            auto* const slot = reinterpret_cast<ReaderSlot*>(mapping_.data() + layout_.slot_offset(index));
            if (only_free && format::state_of(relaxed(slot->word)) != SlotState::free) continue;
            // The kernel's lock decides between readers that register at once; only its holder writes the slot.
            if (!segment_->try_lock(format::reader_lock_offset(index))) continue;
            slot_ = slot;
            return take_slot(index, options);
        }
    }
    if (layout_.max_readers == 0) {
        throw ReaderSlotsExhausted{attaching, name(), "the buffer was created without reader slots; attach unregistered"};
    }
    throw ReaderSlotsExhausted{attaching, name(),
                               "all " + std::to_string(layout_.max_readers) +
                                   " reader slots are held by live readers; stop one, create the buffer with more "
                                   "(--max-readers), or attach unregistered"};
}

void Reader::take_slot(std::uint32_t index, const ReaderOptions& options) {
    auto& header = *reinterpret_cast<format::Header*>(mapping_.data() + layout_.control_offset());
    const Small used{header.slots_used};
    // Raised before the slot is published and before the fence of start_counting(), as the slot is. Relaxed for that.
    for (std::uint32_t seen = used.load(std::memory_order_relaxed);
         seen <= index && !used.compare_exchange_weak(seen, index + 1, std::memory_order_relaxed);) {
    }
    const std::uint64_t generation = format::generation_of(relaxed(slot_->word)) + 1;
    // Joining: observers and the writer pass over the slot while it is filled. Release: not before it is ours.
    Counter{slot_->word}.store(format::slot_word(generation, SlotState::joining), std::memory_order_release);
    const std::uint32_t pid = current_pid();
    Small{slot_->pid}.store(pid, std::memory_order_relaxed);
    store(slot_->start_time, process_start_time(pid));
    std::array<char, format::label_capacity> label{};
    std::ranges::copy(options.label, label.begin());
    slot_->label = label;
    for (std::uint64_t* counter : {&slot_->lost, &slot_->overruns, &slot_->underflows, &slot_->high_water}) {
        store(*counter, 0);
    }
    // A predecessor that died while it counted a loss left these apart.
    Small{slot_->loss_begun}.store(Small{slot_->loss_ended}.load(std::memory_order_relaxed), std::memory_order_relaxed);

    word_ = format::slot_word(generation, SlotState::active);
    start_counting(options.start);
    slot_index_ = index;
    const std::span mapped{mapping_.data(), mapping_.size()};
    cleanup_ = std::make_unique<Cleanup>(*segment_, mapped, [segment = segment_.get(), slot = slot_, word = word_, index,
                                                             size = layout_.segment_size()](Cleanup::Occasion occasion) {
        if (segment->holds(size)) {
            // Release: our last copies are done before the writer may count us out. Only if nobody evicted us.
            std::uint64_t ours = word;
            const std::uint64_t free = format::slot_word(format::generation_of(word), SlotState::free);
            Counter{slot->word}.compare_exchange_strong(ours, free, std::memory_order_release, std::memory_order_relaxed);
        }
        // At exit() another thread may still pop: nobody else gets the slot before the process is gone.
        if (occasion == Cleanup::Occasion::destruction) segment->unlock(format::reader_lock_offset(index));
    });
}

void Reader::start_counting(StartAt start) {
    const std::uint64_t length = layout_.geometry.length;
    const auto oldest = [&] {
        // Acquire: what these counters cover is visible. `intent`, not `pushed`: its slots may be half written.
        const std::uint64_t intent = Counter{line_->intent}.load(std::memory_order_acquire);
        return intent > length ? intent - length : 0;
    };
    const auto pushed = [&] { return Counter{line_->pushed}.load(std::memory_order_acquire); };
    const auto begin_at = [&](std::uint64_t cursor) {
        cursor_ = cursor;
        Counter{slot_->cursor}.store(cursor, std::memory_order_relaxed);  // nothing was copied yet that it could cover
        // Release, and after the cursor: an observer never sees a reader that began beyond its own cursor.
        Counter{slot_->start}.store(cursor, std::memory_order_release);
    };
    begin_at(start == StartAt::oldest ? std::min(oldest(), pushed()) : pushed());
    // Release: a writer that sees the slot active sees its cursor.
    Counter{slot_->word}.store(word_, std::memory_order_release);
    // Pairs with the fence of a writer that looks for room: either it sees our slot, or we see its `pushed`.
    std::atomic_thread_fence(std::memory_order_seq_cst);
    seen_pushed_ = pushed();
    // A writer that missed us may still overwrite up to the `pushed` it had then, so below it trust only `intent`.
    guarded_until_ = policy_ == OverflowPolicy::overwrite ? std::numeric_limits<std::uint64_t>::max() : seen_pushed_;
    // What was overwritten while we registered was never ours to lose.
    begin_at(std::min(std::max(cursor_, oldest()), seen_pushed_));
    offset_ = static_cast<std::size_t>(cursor_ % length * layout_.geometry.item_size);
}

bool Reader::intact() const noexcept {
    return segment_->holds(classic_ ? classic_segment_size(layout_.geometry) : layout_.segment_size());
}

// ---- Popping
//
// The protocol, with c = cursor and L = length (FORMAT.md has the argument):
//   the item of slot c;  fence(acquire);  whole if and only if intent - c <= L.
// Under `reject` the writer waits for registered readers, so what is newer than the registration is whole for as long
// as the slot is ours, and this path touches no line that the writer is writing.

bool Reader::find_items() {
    // Acquire: the bytes of every item below it are visible.
    const std::uint64_t pushed = Counter{line_->pushed}.load(std::memory_order_acquire);
    if (pushed < cursor_) {
        throw CorruptBuffer{popping, name(), "its `pushed` went back from " + std::to_string(cursor_) + " to " +
                                                 std::to_string(pushed)};
    }
    seen_pushed_ = pushed;
    note_usage(std::min(pushed - cursor_, layout_.geometry.length));
    return pushed != cursor_;
}

/// To be called after the copies. `overwritten` is the number of items from the cursor on that may be torn.
bool Reader::is_whole(std::uint64_t& overwritten) const {
    // Pairs with the writer's fence after `intent`: a copied byte of a later item makes that intent visible below.
    std::atomic_thread_fence(std::memory_order_acquire);
    overwritten = 0;
    if (cursor_ < guarded_until_) {
        const std::uint64_t intent = Counter{line_->intent}.load(std::memory_order_relaxed);  // the fence orders it
        const std::uint64_t ahead = intent - cursor_;
        if (ahead > layout_.geometry.length) overwritten = ahead - layout_.geometry.length;
    } else if (Counter{slot_->word}.load(std::memory_order_relaxed) != word_) [[unlikely]] {
        throw ReaderEvicted{popping, name(), "the writer found this reader dead and gave its slot up; attach again"};
    }
    return overwritten == 0;
}

void Reader::take(std::uint64_t items) noexcept {
    cursor_ += items;
    offset_ += items * layout_.geometry.item_size;
    if (offset_ >= ring_bytes_) offset_ -= ring_bytes_;
    // Release: our copies are done before a writer that acquires the cursor overwrites their slots.
    Counter{slot_->cursor}.store(cursor_, std::memory_order_release);
}

void Reader::skip(std::uint64_t overwritten) noexcept {
    // The next look at `pushed` must not be older than the `intent` that told of the loss: intent - length <= pushed.
    std::atomic_thread_fence(std::memory_order_acquire);
    // begun, fence, counters, fence, ended: an observer that finds both equal has counters of one moment.
    const std::uint32_t event = slot_->loss_begun + 1;
    Small{slot_->loss_begun}.store(event, std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_release);
    store(slot_->lost, relaxed(slot_->lost) + overwritten);
    store(slot_->overruns, relaxed(slot_->overruns) + 1);
    cursor_ += overwritten;
    Counter{slot_->cursor}.store(cursor_, std::memory_order_release);
    Small{slot_->loss_ended}.store(event, std::memory_order_release);
    offset_ = static_cast<std::size_t>(cursor_ % layout_.geometry.length * layout_.geometry.item_size);
    note_usage(layout_.geometry.length);  // who loses items was full, counting what was being pushed
}

void Reader::note_usage(std::uint64_t usage) noexcept {
    if (usage > relaxed(slot_->high_water)) store(slot_->high_water, usage);
}

/// High water is exact where validation reads the writer's line anyway; elsewhere it is taken at each look for items.
void Reader::note_growth() noexcept {
    const std::uint64_t pushed = Counter{line_->pushed}.load(std::memory_order_relaxed);  // a measure, not a promise
    if (pushed > cursor_) note_usage(std::min(pushed - cursor_, layout_.geometry.length));
}

void Reader::count_underflow() noexcept { store(slot_->underflows, relaxed(slot_->underflows) + 1); }

bool Reader::pop(std::span<std::byte> item) {
    const std::size_t item_size = layout_.geometry.item_size;
    if (item.size() != item_size) [[unlikely]] attach::throw_wrong_span(popping, name(), item.size(), item_size);
    if (classic_) [[unlikely]] return classic_->pop_many(*segment_, item) == 1;
    for (int attempt = 0; attempt < lap_retries; ++attempt) {
        if (cursor_ >= seen_pushed_ && !find_items()) {
            count_underflow();
            return false;
        }
        words::load(item.data(), ring_ + offset_, item_size, word_size_);
        std::uint64_t overwritten;
        if (is_whole(overwritten)) [[likely]] {
            if (cursor_ < guarded_until_) note_growth();
            take(1);
            return true;
        }
        skip(overwritten);
    }
    return false;
}

std::optional<std::uint64_t> Reader::pop() {
    std::array<std::byte, 8> bytes;
    if (layout_.geometry.item_size > bytes.size()) {
        throw InvalidArgument{popping, name(),
                              "items of " + std::to_string(layout_.geometry.item_size) +
                                  " bytes do not fit an integer of 8; pop them as bytes"};
    }
    const std::span item{bytes.data(), layout_.geometry.item_size};
    if (!pop(item)) return std::nullopt;
    return decode_item(item);
}

std::size_t Reader::pop_many(std::span<std::byte> items) {
    const auto [item_size, length] = layout_.geometry;
    if (items.size() % item_size != 0) attach::throw_ragged_span(popping, name(), items.size(), item_size);
    if (items.empty()) return 0;
    if (classic_) return classic_->pop_many(*segment_, items);
    for (int attempt = 0; attempt < lap_retries; ++attempt) {
        if (!find_items()) {
            count_underflow();
            return 0;
        }
        const std::uint64_t count = std::min({seen_pushed_ - cursor_, items.size() / item_size, length});
        const std::size_t bytes = count * item_size;
        const std::size_t before_wrap = std::min(bytes, ring_bytes_ - offset_);
        words::load(items.data(), ring_ + offset_, before_wrap, word_size_);
        words::load(items.data() + before_wrap, ring_, bytes - before_wrap, word_size_);
        std::uint64_t overwritten;
        if (is_whole(overwritten)) [[likely]] {
            take(count);
            return count;
        }
        skip(overwritten);  // the oldest are gone; what follows them was whole when `intent` was read
        if (overwritten < count) {
            const std::uint64_t kept = count - overwritten;
            std::memmove(items.data(), items.data() + overwritten * item_size, kept * item_size);
            take(kept);
            return kept;
        }
    }
    return 0;
}

bool Reader::pop_for(std::span<std::byte> item, std::chrono::nanoseconds timeout) {
    if (pop(item)) return true;
    Backoff backoff{timeout};
    while (backoff.pause()) {
        if (classic_ ? classic_->has_items(*segment_) : find_items()) return pop(item);
        // Acquire: after a closed flag, one more look finds every item there ever was.
        if (!classic_ && Small{line_->closed}.load(std::memory_order_acquire) != 0) return find_items() && pop(item);
    }
    return false;
}

// ---- Looking

std::uint64_t Reader::usage() {
    if (classic_) return classic_->usage(*segment_);
    // Intent first: with it older than `pushed`, the difference can only be too large, and length bounds it.
    const std::uint64_t intent = Counter{line_->intent}.load(std::memory_order_acquire);
    const std::uint64_t pushed = Counter{line_->pushed}.load(std::memory_order_acquire);
    const std::uint64_t length = layout_.geometry.length;
    const std::uint64_t ahead = intent - cursor_;
    const std::uint64_t pending = ahead > length ? ahead - length : 0;
    const std::uint64_t taken = cursor_ + pending;
    return pushed > taken ? std::min(pushed - taken, length) : 0;
}

ReaderCounters Reader::counters() const noexcept {
    if (classic_) return classic_->counters();
    const std::uint64_t lost = relaxed(slot_->lost);
    return {cursor_ - relaxed(slot_->start) - lost, lost, relaxed(slot_->overruns), relaxed(slot_->underflows),
            relaxed(slot_->high_water)};
}

WriterState Reader::writer_state() const {
    if (classic_) return WriterState::unknown;
    for (int attempt = 0; attempt < state_retries; ++attempt) {
        // Acquire, all of them: every item that a closed or vacant buffer ever got is visible to the pops that follow.
        const std::uint64_t epoch = Counter{line_->epoch}.load(std::memory_order_acquire);
        if (segment_->is_locked_elsewhere(format::writer_lock_offset)) return WriterState::alive;
        if (Small{line_->closed}.load(std::memory_order_acquire) != 0) return WriterState::closed;
        if (Small{line_->pid}.load(std::memory_order_acquire) == 0) return WriterState::vacant;
        // A pid without a lock: dead, unless a new writer came between the two looks.
        if (Counter{line_->epoch}.load(std::memory_order_acquire) == epoch &&
            !segment_->is_locked_elsewhere(format::writer_lock_offset)) {
            return WriterState::abandoned;
        }
    }
    return WriterState::alive;  // it changes hands as fast as we look
}

}  // namespace shared_cbuff
