#pragma once
// Lost, rejected, underflow, lifecycle: a lane each, fixed in pixels below the curves, so that no zoom and no pan takes
// a loss out of sight.
// Thread contract: the GUI's thread.

#include <qcustomplot.h>

#include <QCoreApplication>

#include "story/bufferstory.hpp"
#include "story/lanes.hpp"

namespace workbench {

class LanesPane {
    Q_DECLARE_TR_FUNCTIONS(workbench::LanesPane)
public:
    static constexpr int laneHeight = 14;
    enum Lane { Lost, Rejected, Underflow, Lifecycle, laneCount };

    /// What its names need at the left.
    static int nameWidth(const QFont& font);

    LanesPane(QCustomPlot& plot, QCPAxisRect& rect, const BufferStory& story);

    /// What there is between two times, in so many columns.
    void update(double from, double to, int columns);
    const std::vector<LaneCell>& cells(Lane lane) const { return m_cells[lane]; }
    /// What happened under this pixel: who, how much and when, a few lines. Empty: nothing.
    QString tellAt(const QPoint& pixel, const std::function<double(double)>& wall) const;
    /// When that was; nothing if nothing was.
    std::optional<double> momentAt(const QPoint& pixel) const;

private:
    void paint(QCPPainter& painter) const;
    QRectF boxOf(Lane lane, const LaneCell& cell) const;
    const LaneCell* cellAt(const QPoint& pixel, Lane& lane) const;
    QStringList tellLifecycle(const QPoint& pixel, const std::function<double(double)>& wall) const;
    QStringList whoLost(const LaneCell& cell, History ReaderCurve::*counter) const;

    QCPAxisRect& m_rect;
    const BufferStory& m_story;
    std::vector<LaneCell> m_cells[laneCount];
    QWidget& m_widget;
};

}  // namespace workbench
