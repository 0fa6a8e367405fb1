#pragma once
// A history as the points of a curve that holds each value until the next one.
// Thread contract: the GUI's thread.

#include <qcustomplot.h>

#include "story/history.hpp"

namespace workbench {

/// At most two points a column and one more behind each that is followed by a gap. Up to `until` the newest value
/// holds.
QVector<QCPGraphData> curvePoints(const History& history, const QCPRange& range, int columns,
                                  std::optional<double> until);
void setPoints(QCPGraph& graph, const QVector<QCPGraphData>& points);
/// A curve as all of ours are: values hold until the next, and nobody reduces them again.
QCPGraph* addCurve(QCustomPlot& plot, QCPAxisRect& rect);
/// Axes as all of ours are, in the colours of this palette.
void dress(QCPAxisRect& rect, const QPalette& palette, const QFont& font);

}  // namespace workbench
