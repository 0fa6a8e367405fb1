#include "story/history.hpp"

#include <algorithm>
#include <cmath>

namespace workbench {
namespace {

using Kind = HistoryEntry::Kind;

constexpr double ticksPerSecond = 1e6;
constexpr double furthestTicks = 9e15;  // 285 years; whole numbers up to there are exact in a double
constexpr int widestShift = 55;         // a column of more than all times

std::int64_t ticksOf(double seconds) {
    // In this order, a time that is not a number is the furthest one.
    return std::llround(std::max(-furthestTicks, std::min(furthestTicks, seconds * ticksPerSecond)));
}

double secondsOf(std::int64_t ticks) { return static_cast<double>(ticks) / ticksPerSecond; }

HistoryEntry sampleAt(std::int64_t ticks, std::uint64_t value) {
    return {Kind::sample, ticks, ticks, value, value, value, value, ticks, ticks};
}

std::int64_t bucketBegin(std::int64_t ticks, int shift) { return (ticks >> shift) << shift; }
std::int64_t bucketEnd(std::int64_t ticks, int shift) { return bucketBegin(ticks, shift) + (std::int64_t{1} << shift); }

History::Reading readingOf(const HistoryEntry& entry, std::int64_t ticks) {
    return {secondsOf(std::clamp(ticks, entry.begin, std::max(entry.begin, entry.end))), entry.minimum, entry.maximum,
            entry.isRange()};
}

/// Collects columns of one width in order of time.
class Columns {
public:
    Columns(std::int64_t begin, std::int64_t end, int shift) : m_begin{begin}, m_end{end}, m_shift{shift} {}

    void add(const HistoryEntry& entry) {
        if (entry.kind == Kind::sample || entry.kind == Kind::bucket) return addTo(entry.begin >> m_shift, entry);
        const std::int64_t last = std::min(entry.end, m_end - 1) >> m_shift;
        for (std::int64_t index = std::max(entry.begin, m_begin) >> m_shift; index <= last; ++index)
            addTo(index, entry);
    }
    std::vector<History::Column> take() { return std::move(m_columns); }

private:
    void addTo(std::int64_t index, const HistoryEntry& entry) {
        const std::int64_t from = index << m_shift;
        const std::int64_t to = bucketEnd(from, m_shift);
        const double minimumTime = secondsOf(std::clamp(entry.minimumTime, from, to - 1));
        const double maximumTime = secondsOf(std::clamp(entry.maximumTime, from, to - 1));
        if (m_columns.empty() || m_index != index) {
            m_columns.push_back({secondsOf(from), secondsOf(to), entry.first, entry.minimum, entry.maximum, entry.last,
                                 minimumTime, maximumTime});
            m_index = index;
            return;
        }
        History::Column& column = m_columns.back();
        column.last = entry.last;
        if (entry.minimum < column.minimum) {
            column.minimum = entry.minimum;
            column.minimumTime = minimumTime;
        }
        if (entry.maximum > column.maximum) {
            column.maximum = entry.maximum;
            column.maximumTime = maximumTime;
        }
    }

    std::int64_t m_begin;
    std::int64_t m_end;
    int m_shift;
    std::int64_t m_index = 0;  // of the newest column
    std::vector<History::Column> m_columns;
};

}  // namespace

// ---- Taking

std::int64_t History::notBeforeNewest(double time) const {
    const std::int64_t ticks = ticksOf(time);
    return empty() ? ticks : std::max(ticks, m_levels.front().newest().end);
}

void History::append(double time, std::uint64_t value) {
    const std::int64_t ticks = notBeforeNewest(time);
    if (!empty()) {
        HistoryEntry& newest = m_levels.front().newest();
        constexpr auto longestStep = static_cast<std::int64_t>(longestStepSeconds * ticksPerSecond);
        if (!newest.isRange() && newest.last == value && ticks - newest.end <= longestStep) {
            newest.kind = Kind::run;
            newest.end = ticks;
            return;
        }
    }
    push(sampleAt(ticks, value));
}

void History::append(double from, double to, const ValueRange& range) {
    const std::int64_t begin = notBeforeNewest(from);
    // It ends before the instant at which the next one begins.
    const std::int64_t end = std::max(begin, ticksOf(to) - 1);
    const std::uint64_t first = std::clamp(empty() ? range.last : newestValue(), range.minimum, range.maximum);
    const std::uint64_t last = std::clamp(range.last, range.minimum, range.maximum);
    // Nobody knows when the extremes were; drawn like this, a stretch that ends high has risen.
    const std::int64_t middle = begin + (end - begin) / 2;
    const bool minimumFirst = last - range.minimum >= range.maximum - last;
    push({Kind::stretch, begin, end, first, range.minimum, range.maximum, last, minimumFirst ? begin : middle,
          minimumFirst ? middle : begin});
}

void History::push(const HistoryEntry& entry) {
    if (empty()) m_levels.emplace_back(0);
    m_levels.front().push(entry);
    bool hasGot = true;
    for (std::size_t index = 0; index < m_levels.size() && hasGot; ++index) {
        hasGot = false;
        while (const auto surplus = m_levels[index].takeSurplus(index == 0 ? samplesKept : bucketsKept)) {
            handOn(index, *surplus);
            hasGot = true;
        }
    }
}

/// What was the oldest entry of a level goes to the next one.
void History::handOn(std::size_t index, HistoryEntry entry) {
    if (index + 1 == m_levels.size()) m_levels.emplace_back(static_cast<int>(index) + 1);
    HistoryLevel& next = m_levels[index + 1];
    const std::int64_t border = bucketBegin(entry.end, next.shift());
    const bool isShort = entry.end - entry.begin < std::int64_t{1} << next.shift();
    if (entry.kind == Kind::stretch && isShort && entry.begin < border) {
        // Of no moment of it is more known than the range, so it may be told in two. Else it would merge with nothing.
        HistoryEntry before = entry;
        before.end = border - 1;
        entry.begin = border;
        for (HistoryEntry* part : {&before, &entry}) {
            part->minimumTime = std::clamp(part->minimumTime, part->begin, part->end);
            part->maximumTime = std::clamp(part->maximumTime, part->begin, part->end);
        }
        next.push(before);
    }
    next.push(entry);
}

void History::forgetBefore(double time) {
    const std::int64_t ticks = ticksOf(time);
    while (!empty()) {
        HistoryLevel::Cursor cursor{m_levels.back()};
        HistoryEntry entry;
        cursor.next(entry);
        if (!cursor.next(entry)) {
            if (m_levels.size() == 1) return;
            entry = m_levels[m_levels.size() - 2].oldest();
        }
        if (entry.begin > ticks) return;  // the oldest holds at that time
        m_levels.back().popOldest();
        if (m_levels.back().isEmpty()) m_levels.pop_back();
    }
}

// ---- Telling

/// log2 of the columns' width: as many as asked for, but none narrower than a bucket that it touches.
int History::columnShift(std::int64_t from, std::int64_t to, int most) const {
    int shift = 0;
    // A range that begins anywhere in a column touches one column more than fit into it.
    while (shift < widestShift && (std::int64_t{most - 1} << shift) < to - from - 1) ++shift;
    for (const HistoryLevel& level : m_levels) {  // wider ones come later, and make it touch more
        if (level.isExact()) continue;
        const std::int64_t begin = bucketBegin(from, shift);
        const bool isTouched = bucketEnd(level.newest().end, level.shift()) > begin &&
                               bucketBegin(level.oldest().begin, level.shift()) < bucketEnd(to - 1, shift);
        if (isTouched) shift = std::max(shift, level.shift());
    }
    return shift;
}

std::vector<History::Column> History::columns(double from, double to, int most) const {
    if (empty() || ticksOf(from) >= ticksOf(to)) return {};
    const int shift = columnShift(ticksOf(from), ticksOf(to), std::max(2, most));
    const std::int64_t begin = bucketBegin(ticksOf(from), shift);
    const std::int64_t end = bucketEnd(ticksOf(to) - 1, shift);
    Columns columns{begin, end, shift};
    for (auto level = m_levels.rbegin(); level != m_levels.rend(); ++level) {
        if (level->newest().end < begin) continue;
        HistoryLevel::Cursor cursor{*level};
        HistoryEntry entry;
        while (cursor.next(entry) && entry.begin < end) {
            if (entry.end >= begin) columns.add(entry);
        }
    }
    return columns.take();
}

History::Neighbours History::neighbours(std::int64_t ticks) const {
    Neighbours result;
    for (const HistoryLevel& level : m_levels) {
        HistoryLevel::Cursor cursor{level};
        HistoryEntry entry;
        std::optional<HistoryEntry> oldest;
        while (cursor.next(entry)) {
            if (!oldest) oldest = entry;
            if (entry.begin > ticks) {
                if (result.held) result.next = entry;
                break;
            }
            result.held = entry;
        }
        if (result.held) return result;
        result.next = oldest;
    }
    return result;
}

std::uint64_t History::valueBefore(std::int64_t ticks) const {
    const auto [held, next] = neighbours(ticks - 1);
    if (!held) return next ? next->first : 0;
    return held->end < ticks ? held->last : held->first;
}

std::uint64_t History::growth(double from, double to) const {
    const std::uint64_t before = valueBefore(ticksOf(from));
    const std::uint64_t after = valueBefore(ticksOf(to));
    return after < before ? 0 : after - before;
}

std::optional<History::Reading> History::at(double time) const {
    const std::int64_t ticks = ticksOf(time);
    const auto [held, next] = neighbours(ticks);
    if (!held && !next) return std::nullopt;
    const bool isNextNearer = !held || (next && next->begin - ticks < ticks - held->end);
    return readingOf(isNextNearer ? *next : *held, ticks);
}

std::optional<History::Reading> History::heldAt(double time) const {
    const auto held = neighbours(ticksOf(time)).held;
    return held ? std::optional{readingOf(*held, ticksOf(time))} : std::nullopt;
}

double History::newestTime() const { return empty() ? 0 : secondsOf(m_levels.front().newest().end); }

double History::oldestTime() const { return empty() ? 0 : secondsOf(m_levels.back().oldest().begin); }

std::size_t History::bytes() const {
    std::size_t bytes = sizeof(*this) + (m_levels.capacity() - m_levels.size()) * sizeof(HistoryLevel);
    for (const HistoryLevel& level : m_levels) bytes += level.bytes();
    return bytes;
}

}  // namespace workbench
