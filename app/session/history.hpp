#pragma once
// The past of one value: a bounded pyramid of minima and maxima, from which a plot takes at most two points a column.
// Thread contract: one thread.
//
// Level 0 holds every sample; an entry of level k stands for up to 8^k of them. Each level keeps a bounded number of
// entries, so memory is bounded (about 1 MB) and old times are kept, only more coarsely: at 100 Hz level 0 reaches 80 s
// back, level 2 over 20 minutes, level 4 almost a day, level 5 a week.

#include <cstddef>
#include <deque>
#include <optional>
#include <vector>

namespace workbench {

/// Seconds (any epoch, growing) and a value.
struct HistoryPoint {
    double time = 0;
    double value = 0;
};

/// Smallest and largest value near one time; equal where every sample is still kept.
struct HistoryRange {
    double time = 0;  ///< of the newest sample it covers
    double minimum = 0;
    double maximum = 0;
};

class History {
public:
    static constexpr std::size_t levels = 6;
    static constexpr std::size_t capacities[levels] = {8192, 2048, 2048, 2048, 2048, 2048};  // entries
    static constexpr std::size_t fanout = 8;

    /// `time` must not be older than the newest sample; an older one is taken as being of the same time.
    void append(double time, double value);
    /// Forgets what is older than `time`, but keeps the newest sample before it: its value still holds there.
    void forgetBefore(double time);

    /// At most two points for each of `columns` equal columns of [from, to], in time order, ready to be drawn as steps;
    /// before them the sample that holds at `from`, if one is kept. Columns lie on a fixed grid, so that the picture
    /// does not flicker when the range moves. Cost: proportional to the columns, not to the samples.
    std::vector<HistoryPoint> points(double from, double to, int columns) const;
    /// What held at `time`: the newest sample not after it.
    std::optional<HistoryRange> at(double time) const;

    bool empty() const { return m_levels[0].empty(); }
    double newestTime() const { return empty() ? 0 : m_levels[0].back().end; }
    double oldestTime() const;
    /// Bytes held, for telling the user what a history costs.
    std::size_t bytes() const;

private:
    /// Values between begin and end; each extreme with the time at which it came first.
    struct Entry {
        double begin, end;
        double minimum, maximum;
        double minimumTime, maximumTime;
        double last;
    };
    using Level = std::deque<Entry>;

    static void merge(Entry& into, const Entry& next);
    const Level& levelFor(double from, double to, int columns) const;

    Level m_levels[levels];
    std::size_t m_filled[levels] = {};  // samples in the newest entry of a level
};

}  // namespace workbench
