#pragma once
// Ticks of a time axis at whole steps of the wall clock, whose labels say exactly where they stand.
// Thread contract: the GUI's thread; timeStep() and timeFormat() are pure.

#include <qcustomplot.h>

#include <functional>

namespace workbench {

/// The least step, of those that people count in (1, 2, 5, 10, 15, 30 s, ...), of which `most` or fewer fit into
/// `span` seconds.
double timeStep(double span, int most);
/// How a label of such a step is written: no more than it needs, and never less.
QString timeFormat(double step);

class TimeTicker : public QCPAxisTicker {
public:
    /// `wall` tells what a clock on the wall showed at a time of the axis, seconds since 1970.
    explicit TimeTicker(std::function<double(double)> wall) : m_wall{std::move(wall)} {}

protected:
    double getTickStep(const QCPRange& range) override { return timeStep(range.size(), tickCount()); }
    QVector<double> createTickVector(double step, const QCPRange& range) override;
    QString getTickLabel(double tick, const QLocale& locale, QChar formatChar, int precision) override;

private:
    std::function<double(double)> m_wall;
    double m_step = 1;
};

}  // namespace workbench
