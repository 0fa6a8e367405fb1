#include "ui/curvepoints.hpp"

#include <algorithm>

#include "ui/style.hpp"

namespace workbench {

QVector<QCPGraphData> curvePoints(const History& history, const QCPRange& range, int columns,
                                  std::optional<double> until) {
    const std::vector<History::Column> all = history.columns(range.lower, range.upper, columns);
    QVector<QCPGraphData> points;
    // What held when the range begins, so that the curve comes in from its edge.
    const auto before = all.empty() || all.front().from > range.lower ? history.heldAt(range.lower) : std::nullopt;
    if (before && !before->isRange) points.append({range.lower, static_cast<double>(before->maximum)});
    for (std::size_t index = 0; index < all.size(); ++index) {
        const History::Column& column = all[index];
        const bool lowFirst = column.minimumTime <= column.maximumTime;
        const QCPGraphData low{column.minimumTime, static_cast<double>(column.minimum)};
        const QCPGraphData high{column.maximumTime, static_cast<double>(column.maximum)};
        points.append(lowFirst ? low : high);
        if (column.minimum != column.maximum) points.append(lowFirst ? high : low);
        // Up to the next sample, if that is not at hand, the last value holds, which need be none of the two.
        const bool isFollowed = index + 1 < all.size() && all[index + 1].from <= column.to;
        const auto last = static_cast<double>(column.last);
        if (!isFollowed && points.back().value != last) points.append({column.to, last});
    }
    const double end = std::min(until.value_or(range.lower), range.upper);
    if (!history.empty() && !points.isEmpty() && end > points.back().key && history.newestTime() < end)
        points.append({end, static_cast<double>(history.newestValue())});
    return points;
}

void setPoints(QCPGraph& graph, const QVector<QCPGraphData>& points) {
    auto container = QSharedPointer<QCPGraphDataContainer>::create();
    container->set(points, true);
    graph.setData(container);
}

QCPGraph* addCurve(QCustomPlot& plot, QCPAxisRect& rect) {
    QCPGraph* graph = plot.addGraph(rect.axis(QCPAxis::atBottom), rect.axis(QCPAxis::atLeft));
    graph->setLineStyle(QCPGraph::lsStepLeft);
    graph->setAdaptiveSampling(false);  // the history has already reduced the data to the columns
    return graph;
}

void dress(QCPAxisRect& rect, const QPalette& palette, const QFont& font) {
    const QPen pen{style::quietText(palette)};
    for (QCPAxis* axis : rect.axes()) {
        axis->setBasePen(Qt::NoPen);
        axis->setTickPen(Qt::NoPen);
        axis->setSubTickPen(Qt::NoPen);
        axis->setTickLabelColor(style::quietText(palette));
        axis->setLabelColor(style::quietText(palette));
        axis->setTickLabelFont(font);
        axis->setLabelFont(font);
        axis->grid()->setPen(QPen{style::gridColor(palette)});
        axis->grid()->setZeroLinePen(QPen{style::gridColor(palette)});
    }
    rect.setBackground(palette.color(QPalette::Base));
}

}  // namespace workbench
