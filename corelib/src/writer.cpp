#include "shared_cbuff/writer.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <limits>
#include <utility>
#include <vector>

#include "attach.hpp"
#include "backoff.hpp"
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

constexpr std::uint64_t endless = std::numeric_limits<std::uint64_t>::max();

std::uint64_t unix_now_ns() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(now).count());
}

[[noreturn]] void throw_already_created(std::string_view name) {
    throw BufferAlreadyCreated{"create", name, attach::describe_existing(name)};
}

}  // namespace

// ---- Coming and going

Writer::Writer(Segment segment, const format::Layout& layout, OverflowPolicy policy)
    : segment_{std::make_unique<Segment>(std::move(segment))},
      mapping_{segment_->map(layout.segment_size(), Access::read_write)},
      layout_{layout},
      policy_{policy},
      word_size_{word_size_of(layout.geometry.item_size)},
      pointer_shift_{64 - 8 * classic_pointer_size(layout.geometry.ring_bytes())},
      line_{reinterpret_cast<WriterLine*>(mapping_.data() + layout.writer_offset())},
      ring_{mapping_.data()},
      ring_bytes_{layout.geometry.ring_bytes()} {}

Writer::Writer(Writer&& other) noexcept = default;

Writer& Writer::operator=(Writer&& other) noexcept {
    if (this != &other) {
        std::destroy_at(this);  // gives the old role up before the new one moves in
        std::construct_at(this, std::move(other));
    }
    return *this;
}

Writer::~Writer() = default;

Writer Writer::create(std::string_view name, const CreateOptions& options) {
    check_name("create", name);
    const format::Layout layout{{options.item_size, options.length}, options.max_readers};
    if (const auto reason = flaw_of(layout.geometry)) throw InvalidArgument{"create", name, *reason};
    if (options.max_readers > max_max_readers) {
        throw InvalidArgument{"create", name,
                              std::to_string(options.max_readers) + " reader slots are more than " +
                                  std::to_string(max_max_readers)};
    }
    if (options.mode > 0777) {
        throw InvalidArgument{"create", name, "the mode has more than the nine permission bits (octal 777)"};
    }
    SegmentIdentity present;
    if (Segment::find(name, present)) throw_already_created(name);  // spare the work; publish() below decides

    Writer writer{Segment::create_unnamed(name, layout.segment_size(), options.mode), layout, options.policy};
    std::byte* const base = writer.mapping_.data();
    // Plain stores: nobody else can see the segment before publish().
    *reinterpret_cast<format::Header*>(base + layout.control_offset()) =
        format::make_header(layout, options.policy, unix_now_ns());
    *reinterpret_cast<format::Footer*>(base + layout.footer_offset()) = format::make_footer(layout);
    if (!writer.segment_->try_lock(format::writer_lock_offset)) {
        throw SystemError{"create", name, EAGAIN, "the new segment's writer lock is held"};
    }
    writer.adopt_role();
    writer.promise_cleanup(true);  // it removes the name only where that leads to our segment
    // Last of all: a name that others can see.
    if (!writer.segment_->publish()) throw_already_created(name);
    return writer;
}

Writer Writer::take_over(std::string_view name, const std::optional<Geometry>& expected) {
    constexpr std::string_view operation = "take over the writer role of";
    Segment segment = Segment::open(operation, name, Access::read_write);
    attach::read_control(operation, segment, expected);
    if (!segment.try_lock(format::writer_lock_offset)) {
        // Read after the refusal: the pid of who holds it now.
        throw WriterActive{operation, name, attach::read_control(operation, segment, expected).writer.pid};
    }
    // The role also becomes free when its holder closes the buffer, after it removed the name: then no item may follow.
    if (segment.status().links == 0) {
        throw BufferNotFound{operation, name, "its writer has closed it just now; create it anew"};
    }
    // Read again: between the look and the lock another writer may have come and gone.
    const attach::Control held = attach::read_control(operation, segment, expected);
    Writer writer{std::move(segment), held.layout, static_cast<OverflowPolicy>(held.header.policy)};
    writer.pushed_ = held.writer.pushed;
    writer.intent_floor_ = held.writer.intent;
    writer.rejected_ = held.writer.rejected;
    for (std::uint32_t index = 0; index < held.layout.max_readers; ++index) {  // whatever the header tells
        // Acquire, as in oldest_active_cursor().
        const auto word = Counter{writer.slot(index)->word}.load(std::memory_order_acquire);
        if (format::state_of(word) != SlotState::free) writer.slots_seen_ = index + 1;
    }
    writer.adopt_role();
    writer.promise_cleanup(false);
    return writer;
}

void Writer::adopt_role() {
    room_until_ = policy_ == OverflowPolicy::overwrite ? endless : 0;  // 0: the first push looks at the slots
    offset_ = static_cast<std::size_t>(pushed_ % layout_.geometry.length * layout_.geometry.item_size);
    const std::uint32_t pid = current_pid();
    // Relaxed: told to people only; the lock says who the writer is.
    Counter{line_->epoch}.fetch_add(1, std::memory_order_relaxed);
    Counter{line_->start_time}.store(process_start_time(pid), std::memory_order_relaxed);
    Small{line_->pid}.store(pid, std::memory_order_relaxed);
    Small{line_->closed}.store(0, std::memory_order_relaxed);
    store_classic_pointer();  // the predecessor may have died between `pushed` and the pointer
}

struct Writer::Leaving {
    bool close_and_unlink = false;
    int unlink_error = 0;
};

void Writer::promise_cleanup(bool close_and_unlink) {
    leaving_ = std::make_unique<Leaving>(Leaving{close_and_unlink, 0});
    cleanup_ = std::make_unique<Cleanup>(
        *segment_, std::span{mapping_.data(), mapping_.size()}, [segment = segment_.get(), line = line_, size = layout_.segment_size(),
                    leaving = leaving_.get()](Cleanup::Occasion occasion) {
            const bool whole = segment->holds(size);
            // Release, all of them: whoever sees the buffer closed or vacant sees every item pushed before.
            if (leaving->close_and_unlink) {
                if (whole) Small{line->closed}.store(1, std::memory_order_release);
                leaving->unlink_error = segment->unlink_if_still_named();
                if (whole && leaving->unlink_error != 0) Small{line->closed}.store(0, std::memory_order_release);
            }
            if (whole) {
                Counter{line->start_time}.store(0, std::memory_order_release);
                Small{line->pid}.store(0, std::memory_order_release);
            }
            // At exit() another thread may still push: no successor before the process is gone.
            if (occasion == Cleanup::Occasion::destruction) segment->unlock(format::writer_lock_offset);
        });
}

void Writer::release() {
    if (line_ != nullptr) give_up(false);
}

void Writer::close() {
    if (line_ == nullptr) return;
    give_up(true);
    if (const int error = leaving_->unlink_error; error != 0) throw SystemError{"remove", name(), error};
}

void Writer::give_up(bool close_and_unlink) noexcept {
    leaving_->close_and_unlink = close_and_unlink;
    cleanup_.reset();
    line_ = nullptr;
    room_until_ = 0;  // so that a push comes to find_room() and is told
}

bool Writer::intact() const noexcept { return segment_->holds(layout_.segment_size()); }

// ---- Pushing
//
// The protocol, with t = pushed and L = length (FORMAT.md has the argument):
//   intent = t + k;  fence(release);  the items;  fence(release);  pushed = t + k;  the classic pointer.
// A reader that copied slot c and then finds intent - c <= L has copied no byte of item c + L.

void Writer::announce(std::uint64_t items) noexcept {
    // Relaxed: the fence below orders it before the item bytes. max(): what a dead predecessor half wrote stays
    // announced until it is overwritten.
    Counter{line_->intent}.store(std::max(pushed_ + items, intent_floor_), std::memory_order_relaxed);
    // A reader that sees a byte stored after this fence, and fences, sees the intent.
    std::atomic_thread_fence(std::memory_order_release);
}

void Writer::publish(std::uint64_t items, std::size_t bytes) noexcept {
    pushed_ += items;
    offset_ += bytes;
    if (offset_ >= ring_bytes_) offset_ -= ring_bytes_;
    // One fence for both stores: whoever acquires `pushed`, or sees the pointer, sees the item bytes.
    std::atomic_thread_fence(std::memory_order_release);
#if defined(SHARED_CBUFF_ORDERED_WORDS)
    Counter{line_->pushed}.store(pushed_, std::memory_order_release);  // ThreadSanitizer knows no fences
#else
    Counter{line_->pushed}.store(pushed_, std::memory_order_relaxed);
#endif
    store_classic_pointer();
}

void Writer::store_classic_pointer() noexcept {
    // n big-endian bytes and zeros behind them, which are ours: one 8-byte store, unaligned if the ring is.
    const std::uint64_t bytes = __builtin_bswap64(static_cast<std::uint64_t>(offset_) << pointer_shift_);
    std::memcpy(ring_ + ring_bytes_, &bytes, sizeof bytes);
}

bool Writer::push(std::span<const std::byte> item) {
    const std::size_t item_size = layout_.geometry.item_size;
    if (item.size() != item_size) [[unlikely]] attach::throw_wrong_span("push to", name(), item.size(), item_size);
    if (pushed_ >= room_until_ && !find_room()) [[unlikely]] return refuse(1);
    announce(1);
    words::store(ring_ + offset_, item.data(), item_size, word_size_);
    publish(1, item_size);
    return true;
}

bool Writer::push(std::uint64_t item) {
    std::array<std::byte, 64> small;
    if (layout_.geometry.item_size <= small.size()) {
        const std::span bytes{small.data(), layout_.geometry.item_size};
        encode_item(item, bytes, "push to", name());
        return push(bytes);
    }
    std::vector<std::byte> large(layout_.geometry.item_size);
    encode_item(item, large, "push to", name());
    return push(large);
}

std::size_t Writer::push_many(std::span<const std::byte> items) {
    const auto [item_size, length] = layout_.geometry;
    if (items.size() % item_size != 0) attach::throw_ragged_span("push to", name(), items.size(), item_size);
    const std::uint64_t total = items.size() / item_size;
    // Chunks of a quarter: a batch must not lap every reader by its intent alone. It also keeps intent - length <= pushed,
    // on which a reader that skips to intent - length relies.
    const std::uint64_t chunk_limit = std::max<std::uint64_t>(1, length / 4);
    std::uint64_t done = 0;
    while (done < total) {
        if (pushed_ >= room_until_ && !find_room()) {
            refuse(total - done);
            break;
        }
        const std::uint64_t chunk = std::min({total - done, chunk_limit, room_until_ - pushed_});
        const std::size_t bytes = chunk * item_size;
        const std::size_t before_wrap = std::min(bytes, ring_bytes_ - offset_);
        const std::byte* const from = items.data() + done * item_size;
        announce(chunk);
        words::store(ring_ + offset_, from, before_wrap, word_size_);
        words::store(ring_, from + before_wrap, bytes - before_wrap, word_size_);
        publish(chunk, bytes);
        done += chunk;
    }
    return done;
}

bool Writer::push_for(std::span<const std::byte> item, std::chrono::nanoseconds timeout) {
    const std::size_t item_size = layout_.geometry.item_size;
    if (item.size() != item_size) attach::throw_wrong_span("push to", name(), item.size(), item_size);
    Backoff backoff{timeout};
    while (pushed_ >= room_until_ && !find_room()) {
        if (!backoff.pause()) return refuse(1);
    }
    return push(item);
}

// ---- Looking at the readers (only under `reject`, and only when the last look is used up)

ReaderSlot* Writer::slot(std::uint32_t index) const noexcept {
    return reinterpret_cast<ReaderSlot*>(mapping_.data() + layout_.slot_offset(index));
}

std::uint32_t Writer::slots_to_scan() const noexcept {
    auto& header = *reinterpret_cast<format::Header*>(mapping_.data() + layout_.control_offset());
    // Relaxed: the fence of find_room() orders it like the slots themselves. A reader whose raise we miss is one whose
    // slot we may miss too.
    const std::uint32_t told = Small{header.slots_used}.load(std::memory_order_relaxed);
    slots_seen_ = std::max(slots_seen_, format::slots_to_scan(told, layout_));
    return slots_seen_;
}

std::uint64_t Writer::oldest_active_cursor() {
    std::uint64_t oldest = pushed_;  // without active readers everything may be overwritten
    for (std::uint32_t index = 0, count = slots_to_scan(); index < count; ++index) {
        // Acquire: a slot seen active has its cursor in place.
        const std::uint64_t word = Counter{slot(index)->word}.load(std::memory_order_acquire);
        if (format::state_of(word) != SlotState::active) continue;
        // Acquire: the reader's copies of the items before its cursor are done before we overwrite them.
        const std::uint64_t cursor = Counter{slot(index)->cursor}.load(std::memory_order_acquire);
        const bool holds_up = pushed_ - std::min(cursor, pushed_) >= layout_.geometry.length;
        if (holds_up && evict_if_dead(index, word)) continue;
        oldest = std::min(oldest, cursor);
    }
    return oldest;
}

bool Writer::evict_if_dead(std::uint32_t index, std::uint64_t word) {
    if (segment_->is_locked_elsewhere(format::reader_lock_offset(index))) return false;
    // Compare and swap with the generation: a reader that took the slot since we looked is not evicted. Relaxed: the
    // fence in announce() orders it before the item bytes, so the evicted reader learns of it when it validates.
    const std::uint64_t evicted = format::slot_word(format::generation_of(word), SlotState::evicted);
    return Counter{slot(index)->word}.compare_exchange_strong(word, evicted, std::memory_order_relaxed);
}

bool Writer::find_room() {
    if (line_ == nullptr) {
        throw InvalidArgument{"push to", name(), "this writer has given its role up; take the role over again to push"};
    }
    // Pairs with the fence of a registering reader: either we see its slot, or it sees our `pushed` and knows that
    // older items may go.
    std::atomic_thread_fence(std::memory_order_seq_cst);
    room_until_ = oldest_active_cursor() + layout_.geometry.length;
    return pushed_ < room_until_;
}

bool Writer::refuse(std::uint64_t items) noexcept {
    rejected_ += items;
    Counter{line_->rejected}.store(rejected_, std::memory_order_relaxed);  // relaxed: a count for observers
    return false;
}

std::uint64_t Writer::usage() {
    if (line_ == nullptr) return 0;
    std::uint64_t oldest = pushed_;
    bool any = false;
    for (std::uint32_t index = 0, count = slots_to_scan(); index < count; ++index) {
        const std::uint64_t word = Counter{slot(index)->word}.load(std::memory_order_acquire);  // as above
        if (format::state_of(word) != SlotState::active) continue;
        if (!segment_->is_locked_elsewhere(format::reader_lock_offset(index))) continue;
        oldest = std::min(oldest, Counter{slot(index)->cursor}.load(std::memory_order_acquire));
        any = true;
    }
    return std::min(any ? pushed_ - oldest : pushed_, layout_.geometry.length);
}

std::uint64_t Writer::epoch() const noexcept {
    return line_ == nullptr ? 0 : Counter{line_->epoch}.load(std::memory_order_relaxed);  // ours alone to write
}

}  // namespace shared_cbuff
