#include "shared_cbuff/observer.hpp"

#include <algorithm>
#include <atomic>
#include <span>
#include <utility>

#include "attach.hpp"
#include "classic.hpp"
#include "shared_cbuff/detail/format.hpp"
#include "shared_cbuff/detail/segment.hpp"

namespace shared_cbuff {
namespace {

using Clock = std::chrono::steady_clock;
using format::ReaderSlot;
using format::SlotState;
using format::WriterLine;

constexpr std::string_view attaching = "observe";
constexpr std::string_view peeking = "peek into";
constexpr int consistency_retries = 3;
constexpr int liveness_retries = 3;
/// Size and links of the segment are asked for no more often than this: a truncation that matters shows in what is
/// read.
constexpr std::chrono::milliseconds status_interval{5};
constexpr std::uint64_t most_items = std::uint64_t{1} << 62;  // centuries of pushing

bool is_listed(const ReaderSlot& slot) {
    const SlotState state = format::state_of(slot.claim);
    return state == SlotState::active || state == SlotState::evicted;
}

/// One that died while it counted a loss may have moved `lost` and not its cursor.
bool makes_sense(const ReaderSlot& slot) {
    const bool settled = slot.loss_begun == slot.loss_ended;
    return slot.cursor <= most_items && slot.start <= slot.cursor && slot.lost <= most_items &&
           (!settled || slot.lost <= slot.cursor - slot.start);
}

std::uint64_t less(std::uint64_t a, std::uint64_t b) { return a > b ? a - b : 0; }

BufferState state_of_writer(WriterState state) {
    switch (state) {
        case WriterState::alive:
            return BufferState::alive;
        case WriterState::vacant:
            return BufferState::vacant;
        case WriterState::abandoned:
            return BufferState::abandoned;
        case WriterState::closed:
            return BufferState::closed;
        case WriterState::unknown:
            break;
    }
    return BufferState::unknown;
}

void set_damaged(Sample& sample, std::string_view reason) {
    sample.state = BufferState::damaged;
    sample.damage = reason;
    sample.readers.clear();
}

}  // namespace

std::string_view ReaderSample::label() const noexcept {
    const auto end = std::ranges::find(label_bytes, '\0');
    return {label_bytes.data(), static_cast<std::size_t>(end - label_bytes.begin())};
}

// ---- What stands behind an Observer

class Observer::Impl {
public:
    Impl(Segment segment, Layout layout, const format::Offsets& offsets, std::chrono::nanoseconds liveness_interval);
    /// Of a copy in a file; `flaw` is what it lacks, if anything.
    Impl(Segment file, Layout layout, const format::Offsets& offsets, std::string flaw);

    std::unique_ptr<Impl> duplicate() const;
    void sample(Sample& into);
    Peek peek(std::uint64_t count, StartAt from) const;
    Peek peek_from(std::uint64_t first, std::uint64_t count) const;

    const std::string& name() const noexcept { return segment_.name(); }
    Geometry geometry() const noexcept { return offsets_.geometry; }
    Layout layout() const noexcept { return layout_; }
    const SegmentIdentity& identity() const noexcept { return identity_; }

private:
    void sample_extended(Sample& into);
    void sample_classic(Sample& into);
    void refresh_status(Clock::time_point now);
    bool copy_block();
    bool read_block();
    bool note_readers();
    void keep_settled();
    void fill_in(const Sample& into, ReaderSample& reader, std::uint32_t index) noexcept;
    bool would_step_back(std::uint32_t index) const noexcept;
    bool refresh_liveness(Clock::time_point now);
    bool nobody_steps_back();
    std::optional<bool> ask_kernel();
    WriterState writer_state(const WriterLine& line) const noexcept;
    bool role_is_blocked(const WriterLine& line) const noexcept;
    WriterLine sound_writer_line() const;
    Peek peek_extended(std::uint64_t count, StartAt from) const;
    Peek copy_items(std::uint64_t first, std::uint64_t count) const;
    Peek peek_classic(std::uint64_t count, StartAt from) const;

    struct alignas(format::block_alignment) Line {
        std::array<std::byte, format::block_alignment> bytes;
    };
    using Lines = std::vector<Line>;  // a control block as read: header, writer's line, slots
    format::ControlBlock view(Lines& lines) const noexcept {
        return format::ControlBlock::of_copy(std::as_writable_bytes(std::span{lines}).data(), offsets_.max_readers);
    }
    format::ConstControlBlock view(const Lines& lines) const noexcept {
        return format::ConstControlBlock::of_copy(std::as_bytes(std::span{lines}).data(), offsets_.max_readers);
    }
    const format::Header& header() const noexcept { return view(block_).header(); }
    const WriterLine& writer_line() const noexcept { return view(block_).writer_line(); }
    const ReaderSlot& slot(std::uint32_t index) const noexcept { return view(block_).slot(index); }

    Segment segment_;
    Layout layout_;
    format::Offsets offsets_;
    SegmentIdentity identity_;
    std::chrono::nanoseconds liveness_interval_;
    bool is_copy_ = false;  // in a file: nobody's locks, nobody's name
    std::string flaw_;      // of the copy
    SegmentStatus status_;
    Clock::time_point status_due_;
    Clock::time_point liveness_due_;
    std::uint64_t known_epoch_ = 0;
    bool writer_locked_ = false;
    bool writer_blocked_ = false;  // by a lock that is no writer's
    bool name_is_ours_ = true;
    bool name_is_taken_ = false;  // by another segment
    /// The writer's counters in the last sample in which a reader's lock was seen held: a dead one's loss ends there.
    struct SeenAlive {
        std::uint64_t generation = 0;  // of no reader: the first has 1
        std::uint64_t pushed = 0;
        std::uint64_t intent = 0;
    };
    std::vector<SeenAlive> seen_alive_;            // by slot
    std::vector<bool> asked_;                      // by slot: whether the kernel was asked for this very sample
    std::vector<bool> reader_locked_;              // by slot
    std::vector<std::uint64_t> known_claims_;      // claims at the last liveness look: a newcomer is looked at at once
    std::uint32_t slots_ = 0;                      // that the block holds: those that were ever used
    std::size_t listed_ = 0;                       // slots of the block that hold a reader
    bool any_unsettled_ = false;                   // whether one of them is counting a loss just now
    std::optional<std::uint32_t> senseless_slot_;  // one whose counters make no sense
    Lines block_;
    Lines previous_;  // of the sample before
};

Observer::Impl::Impl(Segment segment, Layout layout, const format::Offsets& offsets,
                     std::chrono::nanoseconds liveness_interval)
    : segment_{std::move(segment)},
      layout_{layout},
      offsets_{offsets},
      identity_{segment_.status().identity},
      liveness_interval_{liveness_interval},
      status_due_{Clock::now()},
      liveness_due_{status_due_},
      seen_alive_(layout == Layout::extended ? offsets.max_readers : 0),
      asked_(seen_alive_.size()),
      reader_locked_(seen_alive_.size()),
      known_claims_(reader_locked_.size()),
      block_(layout == Layout::extended ? 2 + offsets.max_readers : 0),
      previous_(block_.size()) {}

Observer::Impl::Impl(Segment file, Layout layout, const format::Offsets& offsets, std::string flaw)
    : Impl{std::move(file), layout, offsets, std::chrono::nanoseconds{0}} {
    is_copy_ = true;
    flaw_ = std::move(flaw);
}

Observer::Observer(std::unique_ptr<Impl> impl) noexcept : impl_{std::move(impl)} {}
Observer::Observer(Observer&&) noexcept = default;
Observer& Observer::operator=(Observer&&) noexcept = default;
Observer::~Observer() = default;

Observer Observer::attach(std::string_view name, const std::optional<Geometry>& geometry,
                          std::chrono::nanoseconds liveness_interval) {
    Segment segment = Segment::open(attaching, name, Access::read_only);
    if (attach::find_offsets(attaching, segment)) {
        const format::Offsets offsets = attach::read_control(attaching, segment, geometry).offsets;
        return Observer{std::make_unique<Impl>(std::move(segment), Layout::extended, offsets, liveness_interval)};
    }
    const format::Offsets offsets{attach::check_classic(attaching, segment, geometry), 0};
    return Observer{std::make_unique<Impl>(std::move(segment), Layout::classic, offsets, liveness_interval)};
}

Observer Observer::open_file(const std::string& path, const std::optional<Geometry>& geometry) {
    Segment file = Segment::open_file(attaching, path);
    attach::Copy copy = attach::examine_copy(attaching, file, geometry);
    const Layout layout = copy.offsets ? Layout::extended : Layout::classic;
    const format::Offsets offsets =
        copy.offsets ? *copy.offsets : format::Offsets{attach::check_classic(attaching, file, geometry), 0};
    return Observer{std::make_unique<Impl>(std::move(file), layout, offsets, std::move(copy.flaw))};
}

Observer Observer::duplicate() const { return Observer{impl_->duplicate()}; }

std::unique_ptr<Observer::Impl> Observer::Impl::duplicate() const {
    if (is_copy_) return std::make_unique<Impl>(segment_.duplicate(attaching), layout_, offsets_, flaw_);
    return std::make_unique<Impl>(segment_.duplicate(attaching), layout_, offsets_, liveness_interval_);
}

Sample Observer::sample() {
    Sample sample;
    impl_->sample(sample);
    return sample;
}

void Observer::sample(Sample& into) { impl_->sample(into); }
Peek Observer::peek(std::uint64_t count, StartAt from) const { return impl_->peek(count, from); }
Peek Observer::peek_from(std::uint64_t first, std::uint64_t count) const { return impl_->peek_from(first, count); }
const std::string& Observer::name() const noexcept { return impl_->name(); }
Geometry Observer::geometry() const noexcept { return impl_->geometry(); }
Layout Observer::layout() const noexcept { return impl_->layout(); }
const SegmentIdentity& Observer::identity() const noexcept { return impl_->identity(); }

// ---- Sampling

void Observer::Impl::sample(Sample& into) {
    into.taken_at = Clock::now();
    into.layout = layout_;
    into.geometry = offsets_.geometry;
    into.max_readers = offsets_.max_readers;
    into.writer = {};
    into.damage.clear();
    into.policy = OverflowPolicy::overwrite;
    into.pushed = into.intent = into.rejected = into.usage = into.retained = into.high_water = into.write_slot =
        into.created_unix_ns = 0;
    into.has_living_reader = false;
    layout_ == Layout::extended ? sample_extended(into) : sample_classic(into);
}

/// Copies the used part of the control block; false if the segment is too short by now.
bool Observer::Impl::copy_block() {
    for (;;) {
        const auto wanted = std::as_writable_bytes(std::span{block_}.first(2 + slots_));
        if (segment_.read_at(offsets_.control_offset(), wanted) != wanted.size()) return false;
        const std::uint32_t used = format::slots_to_scan(header().slots_used, offsets_);
        if (used <= slots_) return true;
        slots_ = used;  // readers have come: copy them too. It only grows, so this ends
    }
}

/// The same, but tries again, a few times, when the copy straddled a moment: `pushed` ahead of `intent`, or a reader in
/// the midst of counting a loss (where one that died stays for good: hence the bound).
bool Observer::Impl::read_block() {
    for (int attempt = 0; attempt < consistency_retries; ++attempt) {
        if (!copy_block()) return false;
        if (note_readers() && !format::flaw_of(writer_line(), offsets_)) break;
    }
    return true;
}

/// Counts the readers in the copy; false if one of them is of no single moment.
bool Observer::Impl::note_readers() {
    listed_ = 0;
    any_unsettled_ = false;
    senseless_slot_.reset();
    for (std::uint32_t index = 0; index < slots_; ++index) {
        const ReaderSlot& slot = this->slot(index);
        if (!is_listed(slot)) continue;
        ++listed_;
        if (!makes_sense(slot)) senseless_slot_ = index;
        any_unsettled_ = any_unsettled_ || slot.loss_begun != slot.loss_ended;
    }
    return !senseless_slot_ && !any_unsettled_;
}

/// A reader that stands still in the midst of counting a loss has moved some of its counters and not others. If it is
/// the only loss since the sample before, we show it as not counted yet: it is pending.
void Observer::Impl::keep_settled() {
    for (std::uint32_t index = 0; index < slots_; ++index) {
        ReaderSlot& now = view(block_).slot(index);
        const ReaderSlot& before = view(previous_).slot(index);
        if (now.loss_begun == now.loss_ended || before.loss_begun != before.loss_ended) continue;
        const bool same_reader = format::generation_of(before.claim) == format::generation_of(now.claim);
        if (!same_reader || before.loss_ended != now.loss_ended) continue;
        // Whether the cursor has moved already cannot be seen; if not, the loss is taken off it once too often.
        now.cursor = std::max(before.cursor, less(now.cursor, less(now.lost, before.lost)));
        now.lost = before.lost;
        now.overruns = before.overruns;
        now.loss_begun = now.loss_ended;  // so that the next sample may build on it
    }
}

void Observer::Impl::refresh_status(Clock::time_point now) {
    if (now < status_due_) return;
    status_ = segment_.status();
    status_due_ = now + std::min<std::chrono::nanoseconds>(liveness_interval_, status_interval);
}

void Observer::Impl::sample_extended(Sample& into) {
    if (!flaw_.empty()) return set_damaged(into, flaw_);
    refresh_status(into.taken_at);
    if (status_.size != offsets_.segment_size()) {
        return set_damaged(into, "the segment has " + std::to_string(status_.size) + " bytes instead of " +
                                     std::to_string(offsets_.segment_size()));
    }
    std::swap(block_, previous_);
    if (!read_block() || !refresh_liveness(into.taken_at)) {
        return set_damaged(into, "the segment was truncated while it was read");
    }
    if (any_unsettled_) keep_settled();
    const format::Header& header = this->header();
    const WriterLine& line = writer_line();
    if (const auto flaw = format::flaw_of(header, offsets_)) return set_damaged(into, *flaw);
    if (const auto flaw = format::flaw_of(line, offsets_)) return set_damaged(into, *flaw);
    if (senseless_slot_) {
        return set_damaged(into, "the counters of reader slot " + std::to_string(*senseless_slot_) + " make no sense");
    }

    into.policy = static_cast<OverflowPolicy>(header.policy);
    into.pushed = line.pushed;
    into.intent = line.intent;
    into.rejected = line.rejected;
    into.created_unix_ns = header.created_unix_ns;
    into.write_slot = line.pushed % offsets_.geometry.length;
    into.writer = {writer_state(line), line.pid, line.start_time, line.epoch, role_is_blocked(line)};
    into.state = is_copy_                                   ? state_of_writer(into.writer.state)
                 : !name_is_ours_ && name_is_taken_         ? BufferState::replaced
                 : into.writer.state == WriterState::closed ? BufferState::closed
                 : status_.links == 0                       ? BufferState::unlinked
                                                            : state_of_writer(into.writer.state);
    // Every field is written in place: clearing and copying them cost most of a sample of many readers.
    into.readers.resize(listed_);
    auto next = into.readers.begin();
    for (std::uint32_t index = 0; index < slots_; ++index) {
        if (is_listed(slot(index))) fill_in(into, *next++, index);
    }
    into.retained = less(into.pushed, format::oldest_retained(into.intent, offsets_.geometry.length));
    for (const ReaderSample& reader : into.readers) {
        into.high_water = std::max(into.high_water, reader.high_water);
        if (reader.state != ReaderState::alive) continue;
        into.has_living_reader = true;
        into.usage = std::max(into.usage, reader.usage);
    }
}

void Observer::Impl::fill_in(const Sample& into, ReaderSample& reader, std::uint32_t index) noexcept {
    const ReaderSlot& slot = this->slot(index);
    reader.slot = index;
    // One that came after the last question counts as alive until the next sample, which asks at once.
    const bool was_asked_about = slot.claim == known_claims_[index];
    reader.state = format::state_of(slot.claim) == SlotState::evicted ? ReaderState::evicted
                   : is_copy_                                         ? ReaderState::unknown
                   : reader_locked_[index] || !was_asked_about        ? ReaderState::alive
                                                                      : ReaderState::dead;
    reader.pid = slot.pid;
    reader.start_time = slot.start_time;
    reader.generation = format::generation_of(slot.claim);
    reader.start = slot.start;
    reader.cursor = slot.cursor;
    SeenAlive& alive = seen_alive_[index];
    const bool is_alive = reader.state == ReaderState::alive;
    if (is_alive && asked_[index] && was_asked_about) alive = {reader.generation, into.pushed, into.intent};
    const bool was_seen = alive.generation == reader.generation;
    // Nothing is lost by the dead; what became of them before anybody looked is not known.
    const bool counts = is_alive || reader.state == ReaderState::unknown;  // a copy's are shown as if they had lived
    const SeenAlive until = counts     ? SeenAlive{reader.generation, into.pushed, into.intent}
                            : was_seen ? alive
                                       : SeenAlive{reader.generation, slot.cursor, slot.cursor};
    // The writer's line was read first, so a cursor may already be ahead of it: differences stop at 0.
    const std::uint64_t length = offsets_.geometry.length;
    const format::Balance balance = format::balance(until.pushed, until.intent, slot.cursor, length);
    reader.lost_is_lower_bound = !counts && !was_seen;
    reader.unread_at_death.reset();
    if (!counts && was_seen) reader.unread_at_death = balance.usage;
    reader.pending = balance.pending;
    reader.usage = balance.usage;
    reader.lost = slot.lost + reader.pending;
    reader.popped = less(slot.cursor, slot.start + slot.lost);
    reader.overruns = slot.overruns + (reader.pending > 0 ? 1 : 0);
    reader.underflows = slot.underflows;
    reader.high_water = std::max(std::min(slot.high_water, length), reader.pending > 0 ? length : reader.usage);
    reader.label_bytes = slot.label;
}

/// Whether a reader that was alive when we last asked has since been lapped further, or fallen behind further than
/// ever. If it has died, it loses nothing more: ask before we say so, or its loss and its high water would step back
/// later.
bool Observer::Impl::would_step_back(std::uint32_t index) const noexcept {
    if (!reader_locked_[index]) return false;
    const ReaderSlot& slot = this->slot(index);
    const SeenAlive& alive = seen_alive_[index];
    const std::uint64_t length = offsets_.geometry.length;
    const format::Balance now = format::balance(writer_line().pushed, writer_line().intent, slot.cursor, length);
    const format::Balance then = format::balance(alive.pushed, alive.intent, slot.cursor, length);
    return now.pending > then.pending || now.usage > std::max(slot.high_water, then.usage);
}

/// False if the segment is too short by now.
bool Observer::Impl::refresh_liveness(Clock::time_point now) {
    if (is_copy_) return true;
    // Whoever came since the last look is looked at at once: a newcomer must not be taken for dead.
    bool due = now >= liveness_due_ || writer_line().epoch != known_epoch_ || writer_blocked_;
    for (std::uint32_t index = 0; index < slots_ && !due; ++index) {
        due = is_listed(slot(index)) && slot(index).claim != known_claims_[index];
    }
    if (!due && nobody_steps_back()) return true;
    std::fill(asked_.begin(), asked_.end(), true);
    liveness_due_ = now + liveness_interval_;
    // Who is written down as present and holds no lock is dead, unless it has left in order between our two looks.
    for (int attempt = 0; attempt < liveness_retries; ++attempt) {
        const std::optional<bool> settled = ask_kernel();
        if (!settled) return false;
        if (*settled) break;
    }
    SegmentIdentity named;
    name_is_taken_ = Segment::find(segment_.name(), named);
    name_is_ours_ = name_is_taken_ && named == identity_;
    return true;
}

/// Asks only about those that would step back, one question each: a reader that loses does so in every sample. False if
/// one of them lives no more.
bool Observer::Impl::nobody_steps_back() {
    for (std::uint32_t index = 0; index < slots_; ++index) {
        asked_[index] = is_listed(slot(index)) && would_step_back(index);
        if (asked_[index] && !segment_.is_locked_elsewhere(format::reader_lock_offset(index))) return false;
    }
    return true;
}

/// Asks for every lock. False if somebody seems dead whom the block, read again, tells of differently; nothing if the
/// segment is too short to be read again.
std::optional<bool> Observer::Impl::ask_kernel() {
    bool any_dead = false;
    known_epoch_ = writer_line().epoch;
    writer_locked_ = segment_.is_locked_elsewhere(format::writer_lock_offset);
    const std::uint32_t pid = writer_line().pid;
    const bool is_held = pid != 0 && writer_locked_;
    writer_blocked_ = !is_held && segment_.is_blocked(format::writer_lock_offset);
    // Who holds the lock and is not written down is coming, going, or no writer.
    any_dead = !is_held && (pid != 0 || writer_locked_);
    const std::uint32_t looked_at = slots_;
    for (std::uint32_t index = 0; index < looked_at; ++index) {
        // Once dead, for ever: a lock held on its slot is that of the next one, who has not written itself down yet.
        const std::uint64_t claim = slot(index).claim;
        const bool was_dead = known_claims_[index] == claim && !reader_locked_[index];
        known_claims_[index] = claim;
        reader_locked_[index] =
            is_listed(slot(index)) && !was_dead && segment_.is_locked_elsewhere(format::reader_lock_offset(index));
        any_dead = any_dead || (is_listed(slot(index)) && !reader_locked_[index]);
    }
    if (!any_dead) return true;
    if (!read_block()) return std::nullopt;
    bool unchanged = slots_ == looked_at && writer_line().epoch == known_epoch_ && writer_line().pid == pid;
    for (std::uint32_t index = 0; index < looked_at; ++index) {
        unchanged = unchanged && slot(index).claim == known_claims_[index];
    }
    return unchanged;
}

/// Whether a role that seems free is not.
bool Observer::Impl::role_is_blocked(const WriterLine& line) const noexcept {
    return writer_blocked_ && line.closed == 0 && line.epoch == known_epoch_;
}

WriterState Observer::Impl::writer_state(const WriterLine& line) const noexcept {
    if (line.closed != 0) return WriterState::closed;
    if (line.pid == 0) return WriterState::vacant;  // written before the lock is released, so it needs no look
    if (is_copy_) return WriterState::unknown;
    // One that took the role after the last question counts as alive until the next sample, which asks at once.
    return writer_locked_ || line.epoch != known_epoch_ ? WriterState::alive : WriterState::abandoned;
}

void Observer::Impl::sample_classic(Sample& into) {
    into.readers.clear();
    const SegmentStatus status = segment_.status();
    if (status.size != classic_segment_size(offsets_.geometry)) {
        return set_damaged(into, "the segment has " + std::to_string(status.size) + " bytes instead of " +
                                     std::to_string(classic_segment_size(offsets_.geometry)));
    }
    const auto slot = read_classic_slot(segment_, offsets_.geometry);
    if (!slot) return set_damaged(into, "the write pointer names no slot");
    SegmentIdentity named;
    const bool taken = Segment::find(segment_.name(), named);
    into.write_slot = *slot;
    into.state = is_copy_                      ? BufferState::unknown
                 : taken && named != identity_ ? BufferState::replaced
                 : status.links == 0           ? BufferState::unlinked
                                               : BufferState::unknown;
}

// ---- Peeking

Peek Observer::Impl::peek(std::uint64_t count, StartAt from) const {
    count = std::min(count, offsets_.geometry.length);
    return layout_ == Layout::extended ? peek_extended(count, from) : peek_classic(count, from);
}

WriterLine Observer::Impl::sound_writer_line() const {
    WriterLine line;
    if (!attach::read_writer_line(segment_, offsets_, line)) {
        throw CorruptBuffer{peeking, name(), "the segment was truncated"};
    }
    if (const auto flaw = format::flaw_of(line, offsets_)) throw CorruptBuffer{peeking, name(), *flaw};
    return line;
}

Peek Observer::Impl::peek_extended(std::uint64_t count, StartAt from) const {
    const WriterLine line = sound_writer_line();
    const std::uint64_t oldest = std::min(format::oldest_retained(line.intent, offsets_.geometry.length), line.pushed);
    count = std::min(count, line.pushed - oldest);
    return copy_items(from == StartAt::oldest ? oldest : line.pushed - count, count);
}

Peek Observer::Impl::peek_from(std::uint64_t first, std::uint64_t count) const {
    if (layout_ == Layout::classic) {
        throw InvalidArgument{peeking, name(), "a classic segment does not number its items; peek at the newest ones"};
    }
    const WriterLine line = sound_writer_line();
    const std::uint64_t oldest = std::min(format::oldest_retained(line.intent, offsets_.geometry.length), line.pushed);
    const std::uint64_t begin = std::min(std::max(first, oldest), line.pushed);
    return copy_items(begin, std::min(count, line.pushed - begin));
}

/// Of items that were in the ring a moment ago, those that are still whole.
Peek Observer::Impl::copy_items(std::uint64_t first, std::uint64_t count) const {
    const auto [item_size, length] = offsets_.geometry;
    Peek peek{.first = first, .count = count, .bytes = std::vector<std::byte>(count * item_size)};
    if (!read_ring(segment_, offsets_.geometry, peek.first % length, peek.count, peek.bytes.data())) {
        throw CorruptBuffer{peeking, name(), "the segment was truncated"};
    }
    std::atomic_thread_fence(std::memory_order_acquire);  // the copies before the second look, as a reader does
    const std::uint64_t gone = less(format::oldest_retained(sound_writer_line().intent, length), peek.first);
    const std::uint64_t dropped = std::min(gone, peek.count);
    peek.bytes.erase(peek.bytes.begin(), peek.bytes.begin() + static_cast<std::ptrdiff_t>(dropped * item_size));
    peek.first += dropped;
    peek.count -= dropped;
    return peek;
}

Peek Observer::Impl::peek_classic(std::uint64_t count, StartAt from) const {
    const auto [item_size, length] = offsets_.geometry;
    const auto slot = read_classic_slot(segment_, offsets_.geometry);
    if (!slot) throw CorruptBuffer{peeking, name(), "the write pointer names no slot, or the segment was truncated"};
    // Which slots were ever written is not recorded: the retained items are all slots, the oldest at the pointer.
    Peek peek;
    peek.count = count;
    peek.first = from == StartAt::oldest ? *slot : (*slot + length - count) % length;
    peek.bytes.resize(count * item_size);
    if (!read_ring(segment_, offsets_.geometry, peek.first, count, peek.bytes.data())) {
        throw CorruptBuffer{peeking, name(), "the segment was truncated"};
    }
    return peek;
}

}  // namespace shared_cbuff
