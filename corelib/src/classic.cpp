#include "classic.hpp"

#include <algorithm>
#include <array>

namespace shared_cbuff {
namespace {

constexpr int pointer_reads = 16;

std::optional<std::uint64_t> read_pointer(const Segment& segment, const Geometry& geometry) {
    std::array<std::byte, 8> bytes{};
    const unsigned size = classic_pointer_size(geometry.ring_bytes());
    if (segment.read_at(geometry.ring_bytes(), std::span{bytes}.first(size)) != size) return std::nullopt;
    std::uint64_t value = 0;
    for (unsigned index = 0; index < size; ++index) value = value << 8 | std::to_integer<std::uint64_t>(bytes[index]);
    return value;
}

}  // namespace

std::optional<std::uint64_t> read_classic_slot(const Segment& segment, const Geometry& geometry) {
    auto before = read_pointer(segment, geometry);
    for (int read = 0; read < pointer_reads; ++read) {
        const auto after = read_pointer(segment, geometry);
        if (!after) return std::nullopt;
        // A fast writer never stands still between two reads: a sensible value is then as good as we get.
        const bool agreed = before == after || read >= pointer_reads / 2;
        if (agreed && *after < geometry.ring_bytes() && *after % geometry.item_size == 0) {
            return *after / geometry.item_size;
        }
        before = after;
    }
    return std::nullopt;
}

bool read_ring(const Segment& segment, const Geometry& geometry, std::uint64_t first_slot, std::uint64_t count,
               std::byte* into) {
    const std::uint64_t before_wrap = std::min(count, geometry.length - first_slot);
    const std::size_t head = before_wrap * geometry.item_size;
    const std::size_t tail = (count - before_wrap) * geometry.item_size;
    return segment.read_at(first_slot * geometry.item_size, {into, head}) == head &&
           segment.read_at(0, {into + head, tail}) == tail;
}

ClassicReader::ClassicReader(const Segment& segment, const Geometry& geometry, StartAt start,
                             std::chrono::nanoseconds settling_time)
    : geometry_{geometry}, settling_time_{settling_time}, moved_at_{Clock::now()} {
    const auto slot = read_classic_slot(segment, geometry);
    if (!slot) {
        throw CorruptBuffer{
            "attach to", segment.name(),
            "the write pointer names no slot of a ring of " + to_string(geometry) + "; is that its geometry?"};
    }
    seen_slot_ = *slot;
    cursor_slot_ = start == StartAt::newest ? *slot : 0;
}

std::uint64_t ClassicReader::distance(std::uint64_t from, std::uint64_t to) const noexcept {
    return to >= from ? to - from : to + geometry_.length - from;
}

std::uint64_t ClassicReader::slot_of_pointer(const Segment& segment) const {
    const auto slot = read_classic_slot(segment, geometry_);
    if (!slot)
        throw CorruptBuffer{"pop from", segment.name(),
                            "the write pointer names no slot, or the segment was truncated"};
    return *slot;
}

std::uint64_t ClassicReader::usage(const Segment& segment) { return distance(cursor_slot_, slot_of_pointer(segment)); }

std::uint64_t ClassicReader::trusted(const Segment& segment) {
    const std::uint64_t slot = slot_of_pointer(segment);
    const auto now = Clock::now();
    if (slot != seen_slot_) {
        seen_slot_ = slot;
        moved_at_ = now;
    }
    const std::uint64_t unread = distance(cursor_slot_, slot);
    counters_.high_water = std::max(counters_.high_water, unread);
    const bool settled = now - moved_at_ >= settling_time_;
    return unread == 0 || settled ? unread : unread - 1;
}

std::size_t ClassicReader::pop_many(const Segment& segment, std::span<std::byte> items) {
    const std::uint64_t wanted = items.size() / geometry_.item_size;
    for (int attempt = 0; wanted > 0 && attempt < max_laps; ++attempt) {
        const std::uint64_t count = std::min(wanted, trusted(segment));
        if (count == 0) {
            ++counters_.underflows;
            return 0;
        }
        if (const std::uint64_t kept = copy(segment, count, items.data()); kept > 0) return kept;
    }
    return 0;
}

std::uint64_t ClassicReader::copy(const Segment& segment, std::uint64_t count, std::byte* into) {
    if (!read_ring(segment, geometry_, cursor_slot_, count, into)) {
        throw CorruptBuffer{"pop from", segment.name(), "the segment was truncated"};
    }
    // What the pointer passed meanwhile may have overwritten the oldest of what we copied.
    const std::uint64_t moved = distance(seen_slot_, slot_of_pointer(segment));
    const std::uint64_t free = geometry_.length - distance(cursor_slot_, seen_slot_);
    const std::uint64_t overwritten = moved > free ? moved - free : 0;
    const std::uint64_t kept = count - std::min(count, overwritten);
    if (overwritten > 0) {
        std::copy_n(into + (count - kept) * geometry_.item_size, kept * geometry_.item_size, into);
        counters_.lost += overwritten;
        ++counters_.overruns;
    }
    cursor_slot_ = (cursor_slot_ + std::max(count, overwritten)) % geometry_.length;
    counters_.popped += kept;
    return kept;
}

}  // namespace shared_cbuff
