#pragma once
// The past of one whole number, a level or a counter: every sample of late, then in buckets of time that are the wider
// the older they are, from which a plot takes columns.
// Thread contract: one thread.
//
// Entries are samples, runs of one value, or buckets. Those of level k share buckets of 1.024 ms * 2^(k-1), aligned to
// one grid and so nested; a level that holds its share, and more, hands its oldest entry to the next, which merges what
// lies in one of its buckets. So what is kept of an age depends on the age and on what there is to tell, never on the
// sampling rate: buckets of age A are at most A / 512 + 1 ms wide, and what changes rarely is kept exactly. A day of a
// busy curve takes about 170 KB, of a busy counter 120 KB, of what stays the same less than 1 KB.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "story/historylevel.hpp"
#include "values/valuerange.hpp"

namespace workbench {

class History {
public:
    static constexpr std::size_t samplesKept = 1024;  ///< newest entries that never merge
    static constexpr std::size_t bucketsKept = 512;   ///< of each width, at least
    /// Samples of one value are one run unless further apart: a pause is told.
    static constexpr double longestStepSeconds = 2.0;

    /// Seconds of any epoch, growing, kept to the microsecond; an older time counts as the newest.
    void append(double time, std::uint64_t value);
    /// A stretch of which only the range is known. Of it, a column tells the range wherever it touches it.
    void append(double from, double to, const ValueRange& range);
    /// Forgets what is older, but keeps what held at `time`.
    void forgetBefore(double time);

    /// The samples in [from, to), of which there is at least one. A run holds a sample at every moment.
    struct Column {
        double from = 0;
        double to = 0;
        std::uint64_t first = 0;
        std::uint64_t minimum = 0;
        std::uint64_t maximum = 0;
        std::uint64_t last = 0;
        double minimumTime = 0;  ///< when it came first; exact to 1/128 of a bucket
        double maximumTime = 0;
    };
    /// At most `most` (and 2 at least) columns that touch [from, to), all of one width, on a grid that depends on
    /// nothing but the width: each is told whole, so the picture stays as it is when the range moves. The values are
    /// exact. Cost: linear in the entries of the range.
    std::vector<Column> columns(double from, double to, int most) const;
    /// Of a counter: its last value before `to` less its last one before `from`. Exact where `from` and `to` are
    /// borders of columns. What it was before the oldest sample is not known, and does not count.
    std::uint64_t growth(double from, double to) const;

    struct Reading {
        double time = 0;
        std::uint64_t minimum = 0;
        std::uint64_t maximum = 0;
        bool isRange = false;  ///< only the range of the bucket around `time` is known
    };
    /// The nearest kept sample, with its own time.
    std::optional<Reading> at(double time) const;
    /// The newest kept sample that is not younger than `time`.
    std::optional<Reading> heldAt(double time) const;

    bool empty() const { return m_levels.empty(); }
    double newestTime() const;
    double oldestTime() const;
    std::uint64_t newestValue() const { return empty() ? 0 : m_levels.front().newest().last; }
    /// Bytes held, this object's own included.
    std::size_t bytes() const;

private:
    struct Neighbours {
        std::optional<HistoryEntry> held;  // the newest that begins at or before the time
        std::optional<HistoryEntry> next;
    };

    std::int64_t notBeforeNewest(double time) const;
    void push(const HistoryEntry& entry);
    void handOn(std::size_t index, HistoryEntry entry);
    int columnShift(std::int64_t from, std::int64_t to, int most) const;
    Neighbours neighbours(std::int64_t ticks) const;
    std::uint64_t valueBefore(std::int64_t ticks) const;

    std::vector<HistoryLevel> m_levels;  // finest and newest first; the last one is never empty
};

}  // namespace workbench
