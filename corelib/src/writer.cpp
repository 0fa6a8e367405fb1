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
#include "shared_cbuff/detail/copying.hpp"
#include "shared_cbuff/detail/process.hpp"
#include "shared_cbuff/item.hpp"

namespace shared_cbuff {
namespace {

using format::SlotState;
using format::WriterLine;
using Counter = std::atomic_ref<std::uint64_t>;
using Small = std::atomic_ref<std::uint32_t>;

/// A full ring is asked about again and again; a reader that died is found dead this much later at most.
constexpr std::chrono::nanoseconds longest_without_asking = std::chrono::milliseconds{1};
constexpr int lock_attempts = 4;
constexpr std::uint64_t endless = std::numeric_limits<std::uint64_t>::max();

std::uint64_t unix_now_ns() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(now).count());
}

[[noreturn]] void throw_already_created(std::string_view name) {
    throw BufferAlreadyCreated{"create", name, attach::describe_existing(name)};
}

}  // namespace

std::uint64_t segment_size(const CreateOptions& options) noexcept {
    return format::Offsets{{options.item_size, options.length}, options.max_readers}.segment_size();
}

// ---- Coming and going

WriterRole::WriterRole(Segment segment, const format::Offsets& offsets, OverflowPolicy policy)
    : segment_{std::move(segment)},
      mapping_{segment_.map(offsets.segment_size(), Access::read_write)},
      block_{mapping_.data(), offsets},
      offsets_{offsets},
      policy_{policy},
      line_{&block_.writer_line()} {}

WriterRole::~WriterRole() = default;

void WriterRole::destroy(WriterRole* role) noexcept { delete role; }

std::unique_ptr<WriterRole> WriterRole::create(std::string_view name, const CreateOptions& options) {
    name = plain_name("create", name, max_name_length);
    const format::Offsets offsets{{options.item_size, options.length}, options.max_readers};
    if (const auto reason = flaw_of(offsets.geometry)) throw InvalidArgument{"create", name, *reason};
    if (options.max_readers > max_max_readers) {
        throw InvalidArgument{
            "create", name,
            std::to_string(options.max_readers) + " reader slots are more than " + std::to_string(max_max_readers)};
    }
    if (options.mode > 0777) {
        throw InvalidArgument{"create", name, "the mode has more than the nine permission bits (octal 777)"};
    }
    SegmentIdentity present;
    if (Segment::find(name, present)) throw_already_created(name);  // spare the work; publish() below decides

    Segment segment = Segment::create_unnamed(name, offsets.segment_size(), options.mode);
    if (options.group) segment.give_to_group(*options.group);
    std::unique_ptr<WriterRole> role{new WriterRole{std::move(segment), offsets, options.policy}};
    // Plain stores: nobody else can see the segment before publish().
    role->block_.header() = format::make_header(offsets, options.policy, unix_now_ns());
    role->block_.footer() = format::make_footer(offsets);
    if (!role->segment_.try_lock(format::writer_lock_offset)) {
        throw SystemError{"create", name, EAGAIN, "the new segment's writer lock is held"};
    }
    role->begin(0);
    role->promise_cleanup(true);  // it removes the name only where that leads to our segment
    // Last of all: a name that others can see.
    if (!role->segment_.publish()) throw_already_created(name);
    return role;
}

std::unique_ptr<WriterRole> WriterRole::take_over(std::string_view name, const std::optional<Geometry>& expected) {
    constexpr std::string_view operation = "take over the writer role of";
    Segment segment = Segment::open(operation, name, Access::read_write);
    name = plain_name(operation, name);
    attach::read_control(operation, segment, expected);
    for (int attempt = 0; !segment.try_lock(format::writer_lock_offset); ++attempt) {
        // Let go just now: its pid may be gone with it, so try again instead of naming nobody.
        if (attempt < lock_attempts && !segment.is_blocked(format::writer_lock_offset)) continue;
        // Read after the refusal: the pid of who holds it now. Not that of a dead writer whose byte another one locks.
        const std::uint32_t pid = attach::read_control(operation, segment, expected).writer.pid;
        throw WriterActive{operation, name, segment.is_locked_elsewhere(format::writer_lock_offset) ? pid : 0};
    }
    // The role also becomes free when its holder closes the buffer, after it removed the name: then no item may follow.
    if (segment.status().links == 0) {
        throw BufferNotFound{operation, name, "its writer has closed it just now; create it anew"};
    }
    // Read again: between the look and the lock another writer may have come and gone.
    const attach::Control held = attach::read_control(operation, segment, expected);
    std::unique_ptr<WriterRole> role{
        new WriterRole{std::move(segment), held.offsets, static_cast<OverflowPolicy>(held.header.policy)}};
    role->intent_floor_ = held.writer.intent;
    role->rejected_ = held.writer.rejected;
    for (std::uint32_t index = 0; index < held.offsets.max_readers; ++index) {  // whatever the header tells
        // Acquire, as in oldest_active_cursor().
        const auto claim = Counter{role->block_.slot(index).claim}.load(std::memory_order_acquire);
        if (format::state_of(claim) != SlotState::free) role->slots_seen_ = index + 1;
    }
    role->begin(held.writer.pushed);
    role->promise_cleanup(false);
    return role;
}

void WriterRole::begin(std::uint64_t pushed) {
    const auto [item_size, length] = offsets_.geometry;
    WriteHead& head = first_head_;
    head.pushed = pushed;
    const std::size_t offset = static_cast<std::size_t>(pushed % length * item_size);
    head.next = mapping_.data() + offset;
    head.item_size = item_size;
    head.ring_bytes = offsets_.geometry.ring_bytes();
    head.ring_end = mapping_.data() + head.ring_bytes;
    head.length = length;
    head.last_of_lap = pushed - pushed % length + length - 1;
    head.line = line_;
    head.word_size = word_size_of(item_size);
    head.pointer_shift = 64 - 8 * classic_pointer_size(head.ring_bytes);
    head.pointer = static_cast<std::uint64_t>(offset) << head.pointer_shift;
    head.pointer_step = item_size << head.pointer_shift;
    ask_every_ = ticks_in(longest_without_asking);
    looks_ = Looks::finding(std::clamp<std::uint64_t>(length / 8, 1, 128), Looks::limit);
    allowed_until_ = policy_ == OverflowPolicy::overwrite ? endless : 0;  // 0: the first push looks at the slots
    const std::uint32_t pid = current_pid();
    // Relaxed: told to people only; the lock says who the writer is.
    Counter{line_->epoch}.fetch_add(1, std::memory_order_relaxed);
    Counter{line_->start_time}.store(process_start_time(pid), std::memory_order_relaxed);
    Small{line_->pid}.store(pid, std::memory_order_relaxed);
    Small{line_->closed}.store(0, std::memory_order_relaxed);
    head.store_classic_pointer();  // the predecessor may have died between `pushed` and the pointer
    // Release: what we know of a predecessor's `pushed` goes with our first `intent`. A reader that skips to
    // intent - length relies on it, and announce() has its fence only behind the store.
    std::atomic_thread_fence(std::memory_order_release);
}

void WriterRole::promise_cleanup(bool close_and_unlink) {
    const auto promised = [this, close_and_unlink](Cleanup::Occasion occasion) {
        leave(close_and_unlink, occasion == Cleanup::Occasion::exit);
    };
    cleanup_ = std::make_unique<Cleanup>(segment_, std::span{mapping_.data(), mapping_.size()}, promised);
}

/// Returns why the name could not be removed, 0 if it could or was not to be.
int WriterRole::leave(bool close_and_unlink, bool keep_lock) noexcept {
    const bool whole = intact();
    int unlink_error = 0;
    // Release, all of them: whoever sees the buffer closed or vacant sees every item pushed before.
    if (close_and_unlink) {
        if (whole) Small{line_->closed}.store(1, std::memory_order_release);
        unlink_error = segment_.unlink_if_still_named();
        if (whole && unlink_error != 0) Small{line_->closed}.store(0, std::memory_order_release);
    }
    if (whole) {
        Counter{line_->start_time}.store(0, std::memory_order_release);
        Small{line_->pid}.store(0, std::memory_order_release);
    }
    // At exit() another thread may still push: no successor before the process is gone.
    if (!keep_lock) segment_.unlock(format::writer_lock_offset);
    return unlink_error;
}

void WriterRole::release() noexcept { give_up(false); }

void WriterRole::close() {
    if (given_up_) return;
    const int unlink_error = give_up(true);
    if (unlink_error != 0) throw SystemError{"remove", name(), unlink_error};
}

int WriterRole::give_up(bool close_and_unlink) noexcept {
    if (given_up_) return 0;
    given_up_ = true;
    allowed_until_ = 0;
    int unlink_error = 0;
    const auto now = [&](Cleanup::Occasion occasion) {
        unlink_error = leave(close_and_unlink, occasion == Cleanup::Occasion::exit);
    };
    cleanup_->run_instead(std::ref(now));  // by reference: nothing is allocated
    cleanup_.reset();
    return unlink_error;
}

// ---- Pushing: what Writer::push leaves to us

std::size_t WriterRole::push_slowly(WriteHead& head, std::span<const std::byte> item) {
    if (item.size() != head.item_size) attach::throw_wrong_span("push to", name(), item.size(), head.item_size);
    return push_many(head, item);
}

std::size_t WriterRole::push_number(WriteHead& head, std::uint64_t item) {
    std::array<std::byte, 64> small;
    std::vector<std::byte> large(head.item_size <= small.size() ? 0 : head.item_size);
    const std::span bytes = large.empty() ? std::span{small}.first(head.item_size) : std::span{large};
    encode_item(item, bytes, "push to", name());
    return push_many(head, bytes);
}

void WriterRole::throw_negative(std::int64_t item) const { shared_cbuff::throw_negative(item, "push to", name()); }

std::size_t WriterRole::push_many(WriteHead& head, std::span<const std::byte> items) {
    const auto [item_size, length] = offsets_.geometry;
    if (items.size() % item_size != 0) attach::throw_ragged_span("push to", name(), items.size(), item_size);
    const std::uint64_t total = items.size() / item_size;
    // Chunks of a quarter: a batch must not lap every reader by its intent alone. It also keeps intent - length <=
    // pushed, on which a reader that skips to intent - length relies.
    const std::uint64_t chunk_limit = std::max<std::uint64_t>(1, length / 4);
    std::uint64_t done = 0;
    while (done < total) {
        if (!may_push(head)) {
            count_rejected(total - done);
            break;
        }
        const std::uint64_t chunk = std::min({total - done, chunk_limit, allowed_until_ - head.pushed});
        const std::size_t bytes = chunk * item_size;
        const std::size_t before_wrap = std::min(bytes, static_cast<std::size_t>(head.ring_end - head.next));
        const std::byte* const from = items.data() + done * item_size;
        announce(head, chunk);
        copying::store(head.next, from, before_wrap, head.word_size);
        copying::store(head.ring(), from + before_wrap, bytes - before_wrap, head.word_size);
        head.publish(chunk, bytes);
        done += chunk;
    }
    plan(head);
    return done;
}

bool WriterRole::may_push(const WriteHead& head) {
    if (head.pushed < allowed_until_) return true;
    looks_.keep_apart();
    return look_for_space(head.pushed);
}

void WriterRole::announce(const WriteHead& head, std::uint64_t items) noexcept {
    // max(): what a dead predecessor half wrote stays announced until it is overwritten.
    const std::uint64_t intent = std::max(head.pushed + items, intent_floor_);
    if (intent > horizon_) raise_horizon(intent + offsets_.geometry.length / 2);
    head.announce(intent);
}

void WriterRole::plan(WriteHead& head) const noexcept {
    if (head.pushed < intent_floor_) {
        head.stop();  // below the floor every push comes here
    } else {
        head.plan(std::min(allowed_until_, horizon_), allowed_until_);
    }
}

std::size_t WriterRole::push_for(WriteHead& head, std::span<const std::byte> item, std::chrono::nanoseconds timeout) {
    if (item.size() != head.item_size) attach::throw_wrong_span("push to", name(), item.size(), head.item_size);
    Backoff backoff{timeout};
    while (head.pushed >= allowed_until_ && !look_for_space(head.pushed)) {
        if (backoff.pause()) continue;
        count_rejected(1);
        return 0;
    }
    return push_many(head, item);
}

// ---- Looking at the readers (only under `reject`, and only when the last look is used up)

std::uint32_t WriterRole::slots_to_scan() const noexcept {
    // Relaxed: the fence of look_for_space() orders it like the slots themselves. A reader whose raise we miss is one
    // whose slot we may miss too.
    const std::uint32_t told = Small{block_.header().slots_used}.load(std::memory_order_relaxed);
    slots_seen_ = std::max(slots_seen_, format::slots_to_scan(told, offsets_));
    return slots_seen_;
}

bool WriterRole::may_ask_kernel() noexcept {
    const std::uint64_t now = ticks();
    if (now - asked_ < ask_every_) return false;
    asked_ = now;
    return true;
}

std::uint64_t WriterRole::oldest_active_cursor(std::uint64_t pushed) {
    std::uint64_t oldest = pushed;  // without active readers everything may be overwritten
    std::optional<bool> may_ask;    // one answer for all slots of this look
    for (std::uint32_t index = 0, count = slots_to_scan(); index < count; ++index) {
        // Acquire: a slot seen active has its cursor in place.
        const std::uint64_t claim = Counter{block_.slot(index).claim}.load(std::memory_order_acquire);
        if (format::state_of(claim) != SlotState::active) continue;
        // Acquire: the reader's copies of the items before its cursor are done before we overwrite them.
        const std::uint64_t cursor = Counter{block_.slot(index).cursor}.load(std::memory_order_acquire);
        const bool holds_up = pushed - std::min(cursor, pushed) >= offsets_.geometry.length;
        if (holds_up && !may_ask) may_ask = may_ask_kernel();
        if (holds_up && *may_ask && evict_if_dead(index, claim)) continue;
        oldest = std::min(oldest, cursor);
    }
    return oldest;
}

bool WriterRole::evict_if_dead(std::uint32_t index, std::uint64_t claim) {
    if (segment_.is_locked_elsewhere(format::reader_lock_offset(index))) return false;
    // Compare and swap with the generation: a reader that took the slot since we looked is not evicted. Relaxed: the
    // fence in WriteHead::announce() orders it before the item bytes, so the evicted reader learns of it when it
    // validates.
    const std::uint64_t evicted = format::claim_of(format::generation_of(claim), SlotState::evicted);
    return Counter{block_.slot(index).claim}.compare_exchange_strong(claim, evicted, std::memory_order_relaxed);
}

bool WriterRole::look_for_space(std::uint64_t pushed) {
    if (given_up_) {
        throw InvalidArgument{"push to", name(), "this writer has given its role up; take the role over again to push"};
    }
    // Pairs with the fence of a registering reader: either we see its slot, or it sees our `pushed` and knows that
    // older items may go.
    std::atomic_thread_fence(std::memory_order_seq_cst);
    allowed_until_ = oldest_active_cursor(pushed) + offsets_.geometry.length;
    if (pushed >= allowed_until_) {
        looks_.found_nothing();
        return false;
    }
    looks_.found(allowed_until_ - pushed);
    return true;
}

void WriterRole::raise_horizon(std::uint64_t horizon) noexcept {
    horizon_ = horizon;
    // Relaxed: the fence in WriteHead::announce() orders it before the item bytes, like `intent`.
    Counter{line_->horizon}.store(horizon, std::memory_order_relaxed);
}

void WriterRole::count_rejected(std::uint64_t items) noexcept {
    rejected_ += items;
    Counter{line_->rejected}.store(rejected_, std::memory_order_relaxed);  // relaxed: a count for observers
}

std::uint64_t WriterRole::usage(std::uint64_t pushed) const {
    if (given_up_) return 0;
    std::uint64_t oldest = pushed;
    bool any = false;
    for (std::uint32_t index = 0, count = slots_to_scan(); index < count; ++index) {
        const std::uint64_t claim = Counter{block_.slot(index).claim}.load(std::memory_order_acquire);  // as above
        if (format::state_of(claim) != SlotState::active) continue;
        if (!segment_.is_locked_elsewhere(format::reader_lock_offset(index))) continue;
        oldest = std::min(oldest, Counter{block_.slot(index).cursor}.load(std::memory_order_acquire));
        any = true;
    }
    return format::balance(pushed, pushed, any ? oldest : 0, offsets_.geometry.length).usage;
}

std::uint64_t WriterRole::epoch() const noexcept {
    return given_up_ ? 0 : Counter{line_->epoch}.load(std::memory_order_relaxed);  // ours alone to write
}

}  // namespace shared_cbuff
