#include "story/lanes.hpp"

#include <algorithm>
#include <optional>

namespace workbench {

std::vector<LaneCell> laneCells(const History& counter, double from, double to, int most) {
    std::vector<LaneCell> cells;
    std::optional<std::uint64_t> before;  // what it was at the end of the column before
    for (const History::Column& column : counter.columns(from, to, most)) {
        const std::uint64_t grown =
            before ? column.last - std::min(column.last, *before) : counter.growth(column.from, column.to);
        if (grown > 0) cells.push_back({column.from, column.to, grown});
        before = column.last;
    }
    return cells;
}

std::vector<RatePoint> ratePoints(const History& counter, double from, double to, int most, double least) {
    constexpr double fewest = 4;  // columns, so that a range shorter than these is not cut finer
    const double begin = std::min(from - 2 * least, to - fewest * least);
    const int columns =
        static_cast<int>(std::clamp((to - begin) / least, fewest, std::max(fewest, static_cast<double>(most))));
    std::vector<RatePoint> points;
    std::optional<std::uint64_t> before;
    double base = 0;  // when it had come to `before`, or had been seen to stand there
    for (const History::Column& column : counter.columns(begin, to, columns)) {
        if (column.to > counter.newestTime()) break;  // not over yet: what grew in it is no rate of the whole
        const std::uint64_t grown = before ? column.last - std::min(column.last, *before) : 0;
        // A counter comes to its last value at its maximum. From there to there, not from border to border: samples,
        // and bursts, fall into columns as they like.
        const bool moves = !before || grown > 0;
        const double time = moves ? column.maximumTime : column.to;
        if (before && time > base) points.push_back({time, static_cast<double>(grown) / (time - base)});
        base = time;
        before = column.last;
    }
    return points;
}

}  // namespace workbench
