#include "ui/strippane.hpp"

#include <algorithm>
#include <cmath>

#include "ui/curvepoints.hpp"
#include "ui/drawing.hpp"
#include "ui/style.hpp"

namespace workbench {
namespace {

constexpr double updateSeconds = 0.5;  // it moves slower than anybody looks
constexpr double leastKept = 10;
constexpr int tickHeight = 6;

}  // namespace

StripPane::StripPane(QCustomPlot& plot, QCPAxisRect& rect, const BufferStory& story, const TimeView& view)
    : m_plot{plot}, m_rect{rect}, m_story{story}, m_view{view}, m_curve{addCurve(plot, rect)} {
    const auto length = static_cast<double>(story.facts().geometry.length);
    QCPAxis* const axis = rect.axis(QCPAxis::atLeft);
    axis->setRange(-0.05 * length, 1.25 * length);
    axis->setTicks(false);
    axis->grid()->setVisible(false);
    rect.axis(QCPAxis::atBottom)->setTicks(false);
    rect.axis(QCPAxis::atBottom)->grid()->setVisible(false);
    new Drawing{plot, QStringLiteral("main"), [&plot] { return plot.rect(); },
                [this](QCPPainter& painter) { paint(painter); }};  // of the plot
}

void StripPane::applyPalette(const QPalette& palette) { m_curve->setPen(style::bufferPen(palette)); }

void StripPane::update(double now) {
    if (now < m_due && m_due - now <= updateSeconds) return;
    m_due = now + updateSeconds;
    const double oldest = m_story.usage().empty() && m_story.lost().empty() ? now : m_story.oldestTime();
    // A value that stands for longer is kept as a whole; what was lost then is not.
    m_kept = std::clamp(now - oldest, leastKept, std::max(leastKept, m_story.keptSeconds()));
    const QCPRange range{now - m_kept, now};
    m_rect.axis(QCPAxis::atBottom)->setRange(range);
    const int columns = std::max(1, m_rect.width() / 2);
    setPoints(*m_curve, curvePoints(m_story.usage(), range, columns, now));
    m_losses = laneCells(m_story.lost(), range.lower, range.upper, columns);
}

std::optional<double> StripPane::timeAt(const QPoint& pixel) const {
    if (!m_rect.rect().contains(pixel)) return std::nullopt;
    return m_rect.axis(QCPAxis::atBottom)->pixelToCoord(pixel.x());
}

void StripPane::paint(QCPPainter& painter) const {
    const QPalette palette = m_plot.palette();
    const QCPAxis* const axis = m_rect.axis(QCPAxis::atBottom);
    for (const LaneCell& cell : m_losses) {
        const QRectF tick{axis->coordToPixel(cell.from), static_cast<double>(m_rect.top()), 2, tickHeight};
        painter.fillRect(tick, style::overflowColor(palette));
    }
    QColor brush = palette.color(QPalette::Highlight);
    brush.setAlphaF(0.25f);
    const double left = axis->coordToPixel(m_view.from());
    const double right = axis->coordToPixel(m_view.to());
    const QRectF looked{left, static_cast<double>(m_rect.top()), std::max(3.0, right - left),
                        static_cast<double>(m_rect.height())};
    painter.fillRect(looked.intersected(QRectF{m_rect.rect()}), brush);
    painter.setFont(m_plot.font());
    painter.setPen(style::quietText(palette));
    painter.drawText(QRect{0, m_rect.top(), m_rect.left() - 6, m_rect.height()}, Qt::AlignRight | Qt::AlignVCenter,
                     style::secondsText(m_kept));
}

}  // namespace workbench
