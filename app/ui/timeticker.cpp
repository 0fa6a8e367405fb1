#include "ui/timeticker.hpp"

#include <QDateTime>
#include <cmath>

namespace workbench {
namespace {

constexpr double minute = 60;
constexpr double hour = 3600;
constexpr double day = 24 * hour;
constexpr double steps[] = {0.001, 0.002,    0.005,      0.01,       0.02,        0.05,        0.1,
                            0.2,   0.5,      1,          2,          5,           10,          15,
                            30,    minute,   2 * minute, 5 * minute, 10 * minute, 15 * minute, 30 * minute,
                            hour,  2 * hour, 3 * hour,   6 * hour,   12 * hour,   day};

}  // namespace

double timeStep(double span, int most) {
    for (const double step : steps) {
        if (step * most >= span) return step;
    }
    return std::ceil(span / most / day) * day;
}

QString timeFormat(double step) {
    return step < 1     ? QStringLiteral("HH:mm:ss.zzz")
           : step < day ? QStringLiteral("HH:mm:ss")
                        : QStringLiteral("ddd dd.MM.");
}

/// Whole steps of local time: a step of hours begins at midnight, wherever one is.
QVector<double> TimeTicker::createTickVector(double step, const QCPRange& range) {
    m_step = step;
    const double wall = m_wall(range.lower);
    const double local = QDateTime::fromSecsSinceEpoch(static_cast<qint64>(wall)).offsetFromUtc();
    const double ahead = wall + local - range.lower;
    QVector<double> ticks;
    for (double tick = std::ceil((range.lower + ahead) / step); tick * step - ahead <= range.upper; ++tick)
        ticks.append(tick * step - ahead);
    return ticks;
}

QString TimeTicker::getTickLabel(double tick, const QLocale&, QChar, int) {
    // To the millisecond: what is left is what a double cannot hold.
    return QDateTime::fromMSecsSinceEpoch(std::llround(m_wall(tick) * 1000)).toString(timeFormat(m_step));
}

}  // namespace workbench
