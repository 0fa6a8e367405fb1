#pragma once
// All that is kept, in one strip: the curve, where items were lost, and a brush on what is looked at.
// Thread contract: the GUI's thread.

#include <qcustomplot.h>

#include "story/bufferstory.hpp"
#include "story/lanes.hpp"
#include "ui/timeview.hpp"

namespace workbench {

class StripPane {
public:
    StripPane(QCustomPlot& plot, QCPAxisRect& rect, const BufferStory& story, const TimeView& view);

    void update(double now);
    void applyPalette(const QPalette& palette);
    /// When it is that this pixel stands for; nothing if it lies elsewhere.
    std::optional<double> timeAt(const QPoint& pixel) const;

private:
    void paint(QCPPainter& painter) const;

    QCustomPlot& m_plot;
    QCPAxisRect& m_rect;
    const BufferStory& m_story;
    const TimeView& m_view;
    QCPGraph* m_curve;
    std::vector<LaneCell> m_losses;
    double m_due = 0;
    double m_kept = 0;  // seconds
};

}  // namespace workbench
