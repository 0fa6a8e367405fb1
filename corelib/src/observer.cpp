#include "shared_cbuff/observer.hpp"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <utility>

#include "attach.hpp"
#include "classic.hpp"

namespace shared_cbuff {
namespace {

using Clock = std::chrono::steady_clock;
using format::ReaderSlot;
using format::SlotState;
using format::WriterLine;

constexpr std::string_view attaching = "observe";
constexpr std::string_view peeking = "peek into";
constexpr int consistency_retries = 3;

template <class Block>
Block block_at(const std::vector<std::byte>& bytes, std::uint64_t offset) {
    Block block;
    std::memcpy(&block, bytes.data() + offset, sizeof block);
    return block;
}

bool is_listed(const ReaderSlot& slot) {
    const SlotState state = format::state_of(slot.word);
    return state == SlotState::active || state == SlotState::evicted;
}

std::uint64_t less(std::uint64_t a, std::uint64_t b) { return a > b ? a - b : 0; }

BufferState state_of_writer(WriterState state) {
    switch (state) {
        case WriterState::alive: return BufferState::alive;
        case WriterState::vacant: return BufferState::vacant;
        case WriterState::abandoned: return BufferState::abandoned;
        case WriterState::closed: return BufferState::closed;
        case WriterState::unknown: break;
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

Observer::Observer(Segment segment, Format format, const format::Layout& layout, std::chrono::nanoseconds liveness_interval)
    : segment_{std::move(segment)},
      format_{format},
      layout_{layout},
      identity_{segment_.status().identity},
      liveness_interval_{liveness_interval},
      liveness_due_{Clock::now()},
      reader_locked_(format == Format::extended ? layout.max_readers : 0),
      known_words_(reader_locked_.size()),
      block_(format == Format::extended ? layout.control_size() : 0) {}

Observer Observer::attach(std::string_view name, const std::optional<Geometry>& geometry,
                          std::chrono::nanoseconds liveness_interval) {
    Segment segment = Segment::open(attaching, name, Access::read_only);
    if (attach::find_layout(attaching, segment)) {
        const attach::Control control = attach::read_control(attaching, segment, geometry);
        return Observer{std::move(segment), Format::extended, control.layout, liveness_interval};
    }
    const Geometry checked = attach::check_classic(attaching, segment, geometry);
    return Observer{std::move(segment), Format::classic, {checked, 0}, liveness_interval};
}

// ---- Sampling

Sample Observer::sample() {
    Sample sample;
    this->sample(sample);
    return sample;
}

void Observer::sample(Sample& into) {
    into.taken_at = Clock::now();
    into.format = format_;
    into.geometry = layout_.geometry;
    into.max_readers = layout_.max_readers;
    into.writer = {};
    into.readers.clear();
    into.damage.clear();
    into.usage = into.high_water = 0;
    format_ == Format::extended ? sample_extended(into) : sample_classic(into);
}

void Observer::sample_extended(Sample& into) {
    const SegmentStatus status = segment_.status();
    if (status.size != layout_.segment_size()) {
        return set_damaged(into, "the segment has " + std::to_string(status.size) + " bytes instead of " +
                                     std::to_string(layout_.segment_size()));
    }
    std::uint32_t registered = 0;
    for (int attempt = 0; attempt < consistency_retries; ++attempt) {
        if (segment_.read_at(layout_.control_offset(), block_) != block_.size()) {
            return set_damaged(into, "the segment was truncated while it was read");
        }
        // A pread is not atomic: a moment that it straddles can show `intent` behind `pushed`.
        bool consistent =
            !format::flaw_of(block_at<WriterLine>(block_, layout_.writer_offset() - layout_.control_offset()), layout_);
        registered = 0;
        for (std::uint32_t index = 0; index < layout_.max_readers; ++index) {
            const auto slot = block_at<ReaderSlot>(block_, layout_.slot_offset(index) - layout_.control_offset());
            if (!is_listed(slot)) continue;
            ++registered;
            // Left apart for good by a reader that died while it counted a loss: hence the bound on attempts.
            consistent = consistent && slot.loss_begun == slot.loss_ended;
        }
        if (consistent) break;
    }
    const auto header = block_at<format::Header>(block_, 0);
    const auto line = block_at<WriterLine>(block_, layout_.writer_offset() - layout_.control_offset());
    if (const auto flaw = format::flaw_of(header, layout_)) return set_damaged(into, *flaw);
    if (const auto flaw = format::flaw_of(line, layout_)) return set_damaged(into, *flaw);
    refresh_liveness(into.taken_at, registered);

    into.policy = static_cast<OverflowPolicy>(header.policy);
    into.pushed = line.pushed;
    into.intent = line.intent;
    into.rejected = line.rejected;
    into.write_slot = line.pushed % layout_.geometry.length;
    into.writer = {writer_state(line), line.pid, line.start_time, line.epoch};
    into.state = !name_is_ours_ && name_is_taken_            ? BufferState::replaced
                 : into.writer.state == WriterState::closed  ? BufferState::closed
                 : status.links == 0                         ? BufferState::unlinked
                                                             : state_of_writer(into.writer.state);
    for (std::uint32_t index = 0; index < layout_.max_readers; ++index) {
        const auto slot = block_at<ReaderSlot>(block_, layout_.slot_offset(index) - layout_.control_offset());
        if (is_listed(slot)) add_reader(into, index, slot);
    }
    bool any_alive = false;
    for (const ReaderSample& reader : into.readers) {
        into.high_water = std::max(into.high_water, reader.high_water);
        if (reader.state != ReaderState::alive) continue;
        any_alive = true;
        into.usage = std::max(into.usage, reader.usage);
    }
    if (!any_alive) into.usage = std::min(into.pushed, layout_.geometry.length);
}

void Observer::add_reader(Sample& into, std::uint32_t index, const ReaderSlot& slot) {
    ReaderSample reader;
    reader.slot = index;
    reader.state = format::state_of(slot.word) == SlotState::evicted ? ReaderState::evicted
                   : reader_locked_[index]                           ? ReaderState::alive
                                                                     : ReaderState::dead;
    reader.pid = slot.pid;
    reader.start_time = slot.start_time;
    reader.generation = format::generation_of(slot.word);
    reader.start = slot.start;
    reader.cursor = slot.cursor;
    // The writer's line was read first, so a cursor may already be ahead of it: less() stops at 0.
    const std::uint64_t length = layout_.geometry.length;
    reader.pending = std::min(less(less(into.intent, length), slot.cursor), less(into.pushed, slot.cursor));
    reader.usage = std::min(less(into.pushed, slot.cursor + reader.pending), length);
    reader.lost = slot.lost + reader.pending;
    reader.popped = less(slot.cursor, slot.start + slot.lost);
    reader.overruns = slot.overruns + (reader.pending > 0 ? 1 : 0);
    reader.underflows = slot.underflows;
    reader.high_water = std::max(std::min(slot.high_water, length), reader.pending > 0 ? length : reader.usage);
    reader.label_bytes = slot.label;
    into.readers.push_back(reader);
}

void Observer::refresh_liveness(Clock::time_point now, std::uint32_t registered) {
    bool newcomer = false;
    for (std::uint32_t index = 0; registered > 0 && index < layout_.max_readers; ++index) {
        const auto slot = block_at<ReaderSlot>(block_, layout_.slot_offset(index) - layout_.control_offset());
        newcomer = newcomer || (is_listed(slot) && slot.word != known_words_[index]);
    }
    const auto epoch_word = block_at<WriterLine>(block_, layout_.writer_offset() - layout_.control_offset());
    newcomer = newcomer || (epoch_word.pid != 0 && !writer_locked_ && now >= liveness_due_);
    if (!newcomer && now < liveness_due_) return;
    liveness_due_ = now + liveness_interval_;
    writer_locked_ = segment_.is_locked_elsewhere(format::writer_lock_offset);
    for (std::uint32_t index = 0; index < layout_.max_readers; ++index) {
        const auto slot = block_at<ReaderSlot>(block_, layout_.slot_offset(index) - layout_.control_offset());
        known_words_[index] = slot.word;
        reader_locked_[index] = is_listed(slot) && segment_.is_locked_elsewhere(format::reader_lock_offset(index));
    }
    SegmentIdentity named;
    name_is_taken_ = Segment::find(segment_.name(), named);
    name_is_ours_ = name_is_taken_ && named == identity_;
}

WriterState Observer::writer_state(const WriterLine& line) const noexcept {
    if (line.closed != 0) return WriterState::closed;
    if (writer_locked_) return WriterState::alive;
    return line.pid == 0 ? WriterState::vacant : WriterState::abandoned;
}

void Observer::sample_classic(Sample& into) {
    into.policy = OverflowPolicy::overwrite;
    into.pushed = into.intent = into.rejected = into.write_slot = 0;
    const SegmentStatus status = segment_.status();
    if (status.size != classic_segment_size(layout_.geometry)) {
        return set_damaged(into, "the segment has " + std::to_string(status.size) + " bytes instead of " +
                                     std::to_string(classic_segment_size(layout_.geometry)));
    }
    const auto slot = read_classic_slot(segment_, layout_.geometry);
    if (!slot) return set_damaged(into, "the write pointer names no slot");
    SegmentIdentity named;
    const bool taken = Segment::find(segment_.name(), named);
    into.write_slot = *slot;
    into.state = taken && named != identity_ ? BufferState::replaced
                 : status.links == 0         ? BufferState::unlinked
                                             : BufferState::unknown;
}

// ---- Peeking

Peek Observer::peek(std::uint64_t count, StartAt from) const {
    count = std::min(count, layout_.geometry.length);
    return format_ == Format::extended ? peek_extended(count, from) : peek_classic(count, from);
}

Peek Observer::peek_extended(std::uint64_t count, StartAt from) const {
    const auto [item_size, length] = layout_.geometry;
    const auto read_line = [&] {
        WriterLine line;
        if (!attach::read_writer_line(segment_, layout_, line)) {
            throw CorruptBuffer{peeking, name(), "the segment was truncated"};
        }
        if (const auto flaw = format::flaw_of(line, layout_)) throw CorruptBuffer{peeking, name(), *flaw};
        return line;
    };
    const WriterLine before = read_line();
    const std::uint64_t oldest = less(before.intent, length);
    Peek peek;
    peek.count = std::min(count, before.pushed - std::min(oldest, before.pushed));
    peek.first = from == StartAt::oldest ? std::min(oldest, before.pushed) : before.pushed - peek.count;
    peek.bytes.resize(peek.count * item_size);
    if (!read_ring(segment_, layout_.geometry, peek.first % length, peek.count, peek.bytes.data())) {
        throw CorruptBuffer{peeking, name(), "the segment was truncated"};
    }
    std::atomic_thread_fence(std::memory_order_acquire);  // the copies before the second look, as a reader does
    const std::uint64_t gone = less(less(read_line().intent, length), peek.first);
    const std::uint64_t dropped = std::min(gone, peek.count);
    peek.bytes.erase(peek.bytes.begin(), peek.bytes.begin() + static_cast<std::ptrdiff_t>(dropped * item_size));
    peek.first += dropped;
    peek.count -= dropped;
    return peek;
}

Peek Observer::peek_classic(std::uint64_t count, StartAt from) const {
    const auto [item_size, length] = layout_.geometry;
    const auto slot = read_classic_slot(segment_, layout_.geometry);
    if (!slot) throw CorruptBuffer{peeking, name(), "the write pointer names no slot, or the segment was truncated"};
    // Which slots were ever written is not recorded: the retained items are all slots, the oldest at the pointer.
    Peek peek;
    peek.count = count;
    peek.first = from == StartAt::oldest ? *slot : (*slot + length - count) % length;
    peek.bytes.resize(count * item_size);
    if (!read_ring(segment_, layout_.geometry, peek.first, count, peek.bytes.data())) {
        throw CorruptBuffer{peeking, name(), "the segment was truncated"};
    }
    return peek;
}

// ---- Words

std::string_view to_string(OverflowPolicy policy) noexcept {
    return policy == OverflowPolicy::reject ? "reject" : "overwrite";
}

std::string_view to_string(Format format) noexcept { return format == Format::classic ? "classic" : "extended"; }

std::string_view to_string(BufferState state) noexcept {
    switch (state) {
        case BufferState::alive: return "alive";
        case BufferState::vacant: return "vacant";
        case BufferState::abandoned: return "abandoned";
        case BufferState::closed: return "closed";
        case BufferState::unlinked: return "unlinked";
        case BufferState::replaced: return "replaced";
        case BufferState::damaged: return "damaged";
        case BufferState::unknown: break;
    }
    return "unknown";
}

std::string_view to_string(WriterState state) noexcept { return to_string(state_of_writer(state)); }

std::string_view to_string(ReaderState state) noexcept {
    switch (state) {
        case ReaderState::alive: return "alive";
        case ReaderState::dead: return "dead";
        case ReaderState::evicted: return "evicted";
    }
    return "dead";
}

}  // namespace shared_cbuff
