#pragma once
// How fast items come and go: pushed, and popped by each reader, items/s.
// Thread contract: the GUI's thread.

#include <qcustomplot.h>

#include "story/bufferstory.hpp"

namespace workbench {

class RatesPane {
public:
    RatesPane(QCustomPlot& plot, QCPAxisRect& rect, const BufferStory& story);

    void update(double from, double to, int columns);
    void applyPalette(const QPalette& palette);

private:
    void show(QCPGraph& graph, const History& counter, double from, double to, int columns, double& highest);
    QCPGraph& readerGraph(std::size_t index);

    QCustomPlot& m_plot;
    QCPAxisRect& m_rect;
    const BufferStory& m_story;
    QCPGraph* m_pushed;
    std::vector<QCPGraph*> m_readers;
};

}  // namespace workbench
