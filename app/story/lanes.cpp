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
    const int columns = static_cast<int>(std::clamp((to - from) / least, 2.0, static_cast<double>(std::max(most, 2))));
    std::vector<RatePoint> points;
    const double width = (to - from) / columns;
    std::optional<History::Column> before;
    for (const History::Column& column : counter.columns(from - 2 * width, to, columns)) {
        if (before && column.to > before->to) {
            const std::uint64_t grown = column.last - std::min(column.last, before->last);
            points.push_back({column.to, static_cast<double>(grown) / (column.to - before->to)});
        }
        before = column;
    }
    return points;
}

}  // namespace workbench
