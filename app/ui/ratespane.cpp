#include "ui/ratespane.hpp"

#include <algorithm>
#include <cmath>

#include "story/lanes.hpp"
#include "ui/curvepoints.hpp"
#include "ui/style.hpp"

namespace workbench {
namespace {

constexpr double headroom = 1.15;

/// Items a second, in SI units.
class QuantityTicker : public QCPAxisTicker {
protected:
    QString getTickLabel(double tick, const QLocale&, QChar, int) override { return style::quantityText(tick); }
};

/// 1, 2 or 5 times a power of ten: a range that changes seldom.
double roundUp(double value) {
    const double power = std::pow(10, std::floor(std::log10(std::max(value, 1.0))));
    for (const double step : {1.0, 2.0, 5.0, 10.0}) {
        if (value <= step * power) return step * power;
    }
    return value;
}

}  // namespace

RatesPane::RatesPane(QCustomPlot& plot, QCPAxisRect& rect, const BufferStory& story)
    : m_plot{plot}, m_rect{rect}, m_story{story}, m_pushed{addCurve(plot, rect)} {
    QCPAxis* const axis = rect.axis(QCPAxis::atLeft);
    const auto ticker = QSharedPointer<QuantityTicker>::create();
    ticker->setTickCount(2);
    axis->setTicker(ticker);
}

void RatesPane::applyPalette(const QPalette& palette) {
    m_pushed->setPen(style::bufferPen(palette));
    for (std::size_t index = 0; index < m_readers.size() && index < m_story.curves().size(); ++index)
        m_readers[index]->setPen(style::readerPen(m_story.curves()[index]->styleIndex, palette));
}

QCPGraph& RatesPane::readerGraph(std::size_t index) {
    while (m_readers.size() <= index) m_readers.push_back(addCurve(m_plot, m_rect));
    return *m_readers[index];
}

void RatesPane::show(QCPGraph& graph, const History& counter, double from, double to, int columns, double& highest) {
    QVector<QCPGraphData> points;
    for (const RatePoint& point : ratePoints(counter, from, to, columns)) {
        points.append({point.time, point.rate});
        if (point.time >= from) highest = std::max(highest, point.rate);
    }
    graph.setLineStyle(QCPGraph::lsLine);
    setPoints(graph, points);
}

void RatesPane::update(double from, double to, int columns) {
    double highest = 0;
    show(*m_pushed, m_story.pushed(), from, to, columns, highest);
    const auto& curves = m_story.curves();
    for (std::size_t index = 0; index < curves.size(); ++index) {
        QCPGraph& graph = readerGraph(index);
        graph.setPen(style::readerPen(curves[index]->styleIndex, m_plot.palette()));
        show(graph, curves[index]->taken, from, to, columns, highest);
    }
    for (std::size_t index = curves.size(); index < m_readers.size(); ++index) m_readers[index]->data()->clear();
    m_rect.axis(QCPAxis::atLeft)->setRange(0, roundUp(highest * headroom));
}

}  // namespace workbench
