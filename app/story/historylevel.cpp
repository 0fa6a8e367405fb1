#include "story/historylevel.hpp"

#include <algorithm>

namespace workbench {
namespace {

using Kind = HistoryEntry::Kind;

constexpr int bucketTimeBits = 7;            // of a time in a bucket
constexpr std::uint8_t maximumFirstBit = 4;  // in the byte of the kind, whose two bits are below
constexpr std::size_t largestEntryBytes = 80;

/// Small numbers of either sign become small numbers without one.
constexpr std::uint64_t folded(std::uint64_t difference) {
    const auto sign = static_cast<std::uint64_t>(static_cast<std::int64_t>(difference) >> 63);
    return (difference << 1) ^ sign;
}
constexpr std::uint64_t unfolded(std::uint64_t number) { return (number >> 1) ^ (0 - (number & 1)); }

constexpr std::uint64_t bits(std::int64_t time) { return static_cast<std::uint64_t>(time); }
constexpr std::int64_t time(std::uint64_t bits) { return static_cast<std::int64_t>(bits); }

void merge(HistoryEntry& into, const HistoryEntry& next) {
    into.kind = Kind::bucket;
    into.end = next.end;
    into.last = next.last;
    if (next.minimum < into.minimum) {
        into.minimum = next.minimum;
        into.minimumTime = next.minimumTime;
    }
    if (next.maximum > into.maximum) {
        into.maximum = next.maximum;
        into.maximumTime = next.maximumTime;
    }
}

}  // namespace

void HistoryLevel::push(const HistoryEntry& entry) {
    if (m_size > 0) {
        if (m_shift > 0 && lieInOneBucket(m_newest.begin, entry.end)) {
            m_buckets += m_newest.kind != Kind::bucket;
            return merge(m_newest, entry);
        }
        pack(m_newest);
    } else {
        m_packedEnd = m_goneEnd = entry.begin;
        m_packedLast = m_goneLast = entry.first;
    }
    m_newest = entry;
    m_buckets += entry.kind == Kind::bucket;
    ++m_size;
}

HistoryEntry HistoryLevel::oldest() const {
    HistoryEntry entry;
    Cursor{*this}.next(entry);
    return entry;
}

/// Drops the oldest entry, which the cursor has read.
void HistoryLevel::dropBefore(const Cursor& cursor, const HistoryEntry& read) {
    m_packedBegin = static_cast<std::size_t>(cursor.m_position - m_packed.data());
    m_goneEnd = cursor.m_previousEnd;
    m_goneLast = cursor.m_previousLast;
    m_buckets -= read.kind == Kind::bucket;
    --m_size;
}

HistoryEntry HistoryLevel::popOldest() {
    Cursor cursor{*this};
    HistoryEntry entry;
    cursor.next(entry);
    dropBefore(cursor, entry);
    return entry;
}

std::optional<HistoryEntry> HistoryLevel::takeSurplus(std::size_t share) {
    if (m_size <= share) return std::nullopt;
    Cursor cursor{*this};
    HistoryEntry entry;
    cursor.next(entry);
    const bool isNear = m_newest.end - entry.end <= static_cast<std::int64_t>(share) << m_shift;
    if (m_shift > 0 && isNear) return std::nullopt;
    dropBefore(cursor, entry);
    return entry;
}

/// In small steps and only where nothing is gone: a level that lives on at one size allocates no more.
void HistoryLevel::makeRoom() {
    if (m_packed.size() + largestEntryBytes <= m_packed.capacity()) return;
    if (m_packedBegin > 0 && m_packedBegin >= m_packed.size() / 8) {
        m_packed.erase(m_packed.begin(), m_packed.begin() + static_cast<std::ptrdiff_t>(m_packedBegin));
        m_packedBegin = 0;
        if (m_packed.size() + largestEntryBytes <= m_packed.capacity()) return;
    }
    m_packed.reserve(m_packed.capacity() + m_packed.capacity() / 8 + 2 * largestEntryBytes);
}

void HistoryLevel::packNumber(std::uint64_t number) {
    for (; number >= 0x80; number >>= 7) m_packed.push_back(static_cast<std::uint8_t>(number | 0x80));
    m_packed.push_back(static_cast<std::uint8_t>(number));
}

void HistoryLevel::packDifference(std::uint64_t to, std::uint64_t from) { packNumber(folded(to - from)); }

/// Returns the end as it will be read.
std::int64_t HistoryLevel::packBucketTimes(const HistoryEntry& entry) {
    packDifference(bits(entry.begin >> m_shift), bits(m_packedEnd >> m_shift));
    const int tick = m_shift - bucketTimeBits;
    const std::int64_t bucket = (entry.begin >> m_shift) << m_shift;
    for (const std::int64_t moment : {entry.begin, entry.end, entry.minimumTime, entry.maximumTime})
        m_packed.push_back(static_cast<std::uint8_t>((moment - bucket) >> tick));
    return std::max(m_packedEnd, (entry.end >> tick) << tick);
}

void HistoryLevel::pack(const HistoryEntry& entry) {
    makeRoom();
    const bool maximumFirst = entry.maximumTime < entry.minimumTime;
    m_packed.push_back(static_cast<std::uint8_t>(static_cast<std::uint8_t>(entry.kind) |
                                                 (maximumFirst ? maximumFirstBit : std::uint8_t{0})));
    std::int64_t end = entry.end;
    if (entry.kind == Kind::bucket) {
        end = packBucketTimes(entry);
    } else {
        packDifference(bits(entry.begin), bits(m_packedEnd));
        if (entry.kind != Kind::sample) packNumber(bits(entry.end - entry.begin));
        if (entry.kind == Kind::stretch) {
            packNumber(bits(entry.minimumTime - entry.begin));
            packNumber(bits(entry.maximumTime - entry.begin));
        }
    }
    packDifference(entry.first, m_packedLast);
    if (entry.isRange()) {
        packDifference(entry.last, entry.first);
        packNumber(std::min(entry.first, entry.last) - entry.minimum);
        packNumber(entry.maximum - std::max(entry.first, entry.last));
    }
    m_packedEnd = end;
    m_packedLast = entry.last;
}

HistoryLevel::Cursor::Cursor(const HistoryLevel& level)
    : m_level{level},
      m_position{level.m_packed.data() + level.m_packedBegin},
      m_previousEnd{level.m_goneEnd},
      m_previousLast{level.m_goneLast},
      m_left{level.m_size} {}

std::uint64_t HistoryLevel::Cursor::number() {
    std::uint64_t result = 0;
    for (int shift = 0;; shift += 7) {
        const std::uint8_t byte = *m_position++;
        result |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
        if (byte < 0x80) return result;
    }
}

void HistoryLevel::Cursor::unpackBucketTimes(HistoryEntry& entry) {
    const int shift = m_level.m_shift;
    const std::int64_t bucket = time(bits(m_previousEnd >> shift) + unfolded(number())) << shift;
    const auto moment = [&] { return bucket + (std::int64_t{*m_position++} << (shift - bucketTimeBits)); };
    // Rounded down it may lie before the end of the entry before, which is exact.
    entry.begin = std::max(m_previousEnd, moment());
    entry.end = std::max(m_previousEnd, moment());
    entry.minimumTime = std::max(m_previousEnd, moment());
    entry.maximumTime = std::max(m_previousEnd, moment());
}

bool HistoryLevel::Cursor::next(HistoryEntry& entry) {
    if (m_left == 0) return false;
    if (--m_left == 0) {
        entry = m_level.m_newest;
        return true;
    }
    const std::uint8_t head = *m_position++;
    entry.kind = static_cast<Kind>(head & 3);
    if (entry.kind == Kind::bucket) {
        unpackBucketTimes(entry);
    } else {
        entry.begin = time(bits(m_previousEnd) + unfolded(number()));
        entry.end = entry.begin + (entry.kind == Kind::sample ? 0 : time(number()));
        entry.minimumTime = entry.begin + (entry.kind == Kind::stretch ? time(number()) : 0);
        entry.maximumTime = entry.begin + (entry.kind == Kind::stretch ? time(number()) : 0);
    }
    // Which of the two came first is known even where rounding has made their times one: a tick is more than 1.
    if ((head & maximumFirstBit) != 0 && entry.minimumTime == entry.maximumTime) ++entry.minimumTime;
    entry.first = m_previousLast + unfolded(number());
    entry.minimum = entry.maximum = entry.last = entry.first;
    if (entry.isRange()) {
        entry.last = entry.first + unfolded(number());
        entry.minimum = std::min(entry.first, entry.last) - number();
        entry.maximum = std::max(entry.first, entry.last) + number();
    }
    m_previousEnd = entry.end;
    m_previousLast = entry.last;
    return true;
}

}  // namespace workbench
