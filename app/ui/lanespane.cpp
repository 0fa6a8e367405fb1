#include "ui/lanespane.hpp"

#include <QLocale>
#include <algorithm>
#include <cmath>

#include "story/eventtext.hpp"
#include "ui/drawing.hpp"
#include "ui/style.hpp"

namespace workbench {
namespace {

constexpr double leastCellPixels = 3;
constexpr int nameGap = 6;
constexpr double faintest = 0.35;
constexpr qsizetype mostToldEvents = 6;

QString number(std::uint64_t value) { return QLocale{}.toString(static_cast<qulonglong>(value)); }

QString nameOf(LanesPane::Lane lane) {
    switch (lane) {
        case LanesPane::Lost:
            return LanesPane::tr("lost");
        case LanesPane::Rejected:
            return LanesPane::tr("rejected");
        case LanesPane::Underflow:
            return LanesPane::tr("underflow");
        default:
            return LanesPane::tr("lifecycle");
    }
}

QColor colorOf(LanesPane::Lane lane, const QPalette& palette) {
    switch (lane) {
        case LanesPane::Lost:
        case LanesPane::Rejected:
            return style::overflowColor(palette);
        case LanesPane::Underflow:
            return style::underflowColor(palette);
        default:
            return palette.color(QPalette::Text);
    }
}

/// "slow (pid 4713): takes slot 1"
QString toldOf(const Event& event) {
    const QString what = describe(event).isEmpty() ? toString(event.kind) : describe(event);
    return event.reader ? QStringLiteral("%1: %2").arg(readerName(*event.reader), what) : what;
}

}  // namespace

LanesPane::LanesPane(QCustomPlot& plot, QCPAxisRect& rect, const BufferStory& story)
    : m_rect{rect}, m_story{story}, m_widget{plot} {
    new Drawing{plot, QStringLiteral("main"), [&plot] { return plot.rect(); },
                [this](QCPPainter& painter) { paint(painter); }};  // of the plot
}

int LanesPane::nameWidth(const QFont& font) {
    int widest = 0;
    for (int lane = 0; lane < laneCount; ++lane)
        widest = std::max(widest, QFontMetrics{font}.horizontalAdvance(nameOf(static_cast<Lane>(lane))));
    return widest + nameGap + 2;
}

void LanesPane::update(double from, double to, int columns) {
    m_cells[Lost] = laneCells(m_story.lost(), from, to, columns);
    m_cells[Rejected] = laneCells(m_story.rejected(), from, to, columns);
    m_cells[Underflow] = laneCells(m_story.underflows(), from, to, columns);
    m_cells[Lifecycle].clear();
    for (const Event& event : m_story.lifecycle()) {
        if (event.time >= from && event.time < to) m_cells[Lifecycle].push_back({event.time, event.time, 1});
    }
}

QRectF LanesPane::boxOf(Lane lane, const LaneCell& cell) const {
    const QCPAxis* const axis = m_rect.axis(QCPAxis::atBottom);
    const double left = axis->coordToPixel(cell.from);
    const double width = std::max(leastCellPixels, axis->coordToPixel(cell.to) - left);
    const double top = m_rect.top() + static_cast<double>(lane) * laneHeight;
    return {left, top + 2, width, laneHeight - 4};
}

void LanesPane::paint(QCPPainter& painter) const {
    const QPalette palette = m_widget.palette();
    painter.setFont(m_widget.font());
    for (int index = 0; index < laneCount; ++index) {
        const Lane lane = static_cast<Lane>(index);
        const QRect row{m_rect.left(), m_rect.top() + index * laneHeight, m_rect.width(), laneHeight};
        painter.setPen(style::gridColor(palette));
        painter.drawLine(row.bottomLeft(), row.bottomRight());
        painter.setPen(style::quietText(palette));
        painter.drawText(QRect{0, row.top(), m_rect.left() - nameGap, laneHeight}, Qt::AlignRight | Qt::AlignVCenter,
                         nameOf(lane));
        std::uint64_t most = 1;
        for (const LaneCell& cell : m_cells[lane]) most = std::max(most, cell.amount);
        for (const LaneCell& cell : m_cells[lane]) {
            QColor color = colorOf(lane, palette);
            const double share = std::log1p(static_cast<double>(cell.amount)) / std::log1p(static_cast<double>(most));
            color.setAlphaF(static_cast<float>(faintest + (1 - faintest) * share));
            painter.fillRect(boxOf(lane, cell).intersected(QRectF{row}), color);
        }
    }
}

const LaneCell* LanesPane::cellAt(const QPoint& pixel, Lane& lane) const {
    if (!m_rect.rect().contains(pixel)) return nullptr;
    lane = static_cast<Lane>(std::clamp((pixel.y() - m_rect.top()) / laneHeight, 0, laneCount - 1));
    for (const LaneCell& cell : m_cells[lane]) {
        const QRectF box = boxOf(lane, cell).adjusted(-2, -4, 2, 4);
        if (box.contains(pixel)) return &cell;
    }
    return nullptr;
}

std::optional<double> LanesPane::momentAt(const QPoint& pixel) const {
    Lane lane = Lost;
    const LaneCell* const cell = cellAt(pixel, lane);
    return cell != nullptr ? std::optional{cell->to} : std::nullopt;
}

QStringList LanesPane::whoLost(const LaneCell& cell, History ReaderCurve::*counter) const {
    QStringList lines;
    for (const auto& curve : m_story.curves()) {
        const History& history = (*curve).*counter;
        if (history.empty()) continue;
        const std::uint64_t grown = history.growth(cell.from, cell.to);
        if (grown > 0) lines << QStringLiteral("%1: %2").arg(curve->name, number(grown));
    }
    return lines;
}

/// All that happened under the pixel, not only the first of it.
QStringList LanesPane::tellLifecycle(const QPoint& pixel, const std::function<double(double)>& wall) const {
    QStringList lines;
    qsizetype more = 0;
    for (const Event& event : m_story.lifecycle()) {
        if (!boxOf(Lifecycle, {event.time, event.time, 1}).adjusted(-2, -4, 2, 4).contains(pixel)) continue;
        if (lines.size() == mostToldEvents)
            ++more;
        else
            lines << QStringLiteral("%1  %2").arg(style::timeText(wall(event.time)), toldOf(event));
    }
    if (more > 0) lines << tr("… %1 more").arg(more);
    return lines;
}

QString LanesPane::tellAt(const QPoint& pixel, const std::function<double(double)>& wall) const {
    Lane lane = Lost;
    const LaneCell* const cell = cellAt(pixel, lane);
    if (cell == nullptr) return {};
    QStringList lines;
    const QString from = style::timeText(wall(cell->from));
    lines << (cell->to > cell->from ? tr("%1, within %2 ms").arg(from).arg((cell->to - cell->from) * 1000, 0, 'f', 0)
                                    : from);
    switch (lane) {
        case Lost:
            lines << style::counted(cell->amount, tr("item lost"), tr("items lost"))
                  << whoLost(*cell, &ReaderCurve::lost);
            break;
        case Rejected:
            lines << style::counted(cell->amount, tr("push rejected"), tr("pushes rejected"));
            break;
        case Underflow:
            lines << style::counted(cell->amount, tr("pop found nothing"), tr("pops found nothing"))
                  << whoLost(*cell, &ReaderCurve::underflows);
            break;
        default:
            lines = tellLifecycle(pixel, wall);
    }
    return lines.join(u'\n');
}

}  // namespace workbench
