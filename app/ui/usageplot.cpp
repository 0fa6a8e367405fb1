#include "ui/usageplot.hpp"

#include <QToolTip>
#include <algorithm>
#include <cmath>

#include "ui/curvepoints.hpp"
#include "ui/drawing.hpp"
#include "ui/lanespane.hpp"
#include "ui/ratespane.hpp"
#include "ui/strippane.hpp"
#include "ui/style.hpp"
#include "ui/timeticker.hpp"

namespace workbench {
namespace {

constexpr double slowRefreshSeconds = 0.1;
constexpr double stripRefreshSeconds = 1;
constexpr double endedAfterSeconds = 1.5;  // beyond the slowest sampling period: a curve that ended is not drawn on
constexpr double headroomAbove = 0.10;     // of length: room for the word "full"
constexpr double headroomBelow = 0.02;
constexpr int clickPixels = 4;  // a press that moves by less is a click
constexpr int lanesHeight = LanesPane::laneHeight * LanesPane::laneCount;
constexpr int stripHeight = 22;
constexpr std::size_t mostNames = 7;

QString number(std::uint64_t value) { return QLocale{}.toString(static_cast<qulonglong>(value)); }

QString rangeText(const History::Reading& reading) {
    if (reading.minimum == reading.maximum) return number(reading.minimum);
    return number(reading.minimum) + QStringLiteral("…") + number(reading.maximum);
}

}  // namespace

UsagePlot::UsagePlot(const BufferSession& session, QWidget* parent)
    : QWidget{parent}, m_session{session}, m_story{session.story()}, m_canvas{new QCustomPlot{this}} {
    setFocusPolicy(Qt::StrongFocus);  // QCustomPlot has no keyboard handling of its own
    setAccessibleName(tr("Usage of %1 over time").arg(session.name()));
    m_canvas->setFocusPolicy(Qt::NoFocus);
    m_canvas->setMouseTracking(true);
    m_canvas->installEventFilter(this);
    m_canvas->setNotAntialiasedElements(QCP::aeAll);
    m_canvas->setBufferDevicePixelRatio(devicePixelRatioF());
    m_canvas->setInteractions({});
    auto* layout = new QVBoxLayout{this};
    layout->setContentsMargins(1, 1, 1, 1);
    layout->addWidget(m_canvas);
    setMinimumSize(260, 180);
    layOut();
    connect(&m_view, &TimeView::changed, this, [this] { m_dirty = true; });
    connect(&m_view, &TimeView::cursorChanged, this, &UsagePlot::cursorMoved);
    applyPalette();
    resetView();
}

UsagePlot::~UsagePlot() = default;

/// Four areas, one above the other, which share their time and their left edge.
void UsagePlot::layOut() {
    QCPLayoutGrid& grid = *m_canvas->plotLayout();
    grid.clear();
    grid.setRowSpacing(6);
    auto* const sides = new QCPMarginGroup{m_canvas};
    const auto add = [&](int row) {
        auto* const rect = new QCPAxisRect{m_canvas};
        rect->setLayer(QStringLiteral("background"));  // behind what is painted into it
        rect->setupFullAxesBox(false);
        rect->removeAxis(rect->axis(QCPAxis::atTop));
        rect->removeAxis(rect->axis(QCPAxis::atRight));
        rect->setMarginGroup(QCP::msLeft, sides);
        rect->setAutoMargins(QCP::msLeft);
        rect->setMinimumMargins({LanesPane::nameWidth(font()), 0, 0, 0});
        rect->setMargins({0, 0, 8, 0});
        grid.addElement(row, 0, rect);
        return rect;
    };
    m_usageRect = add(0);
    m_lanesRect = add(1);
    m_ratesRect = add(2);
    m_stripRect = add(3);
    grid.setRowStretchFactors({5, 0.001, 1.4, 0.001});
    const auto fixHeight = [](QCPAxisRect& rect, int height) {
        rect.setMinimumSize(0, height);
        rect.setMaximumSize(QWIDGETSIZE_MAX, height);
    };
    fixHeight(*m_lanesRect, lanesHeight);
    fixHeight(*m_stripRect, stripHeight);
    m_ratesRect->setAutoMargins(QCP::msLeft | QCP::msBottom);
    for (QCPAxisRect* rect : {m_usageRect, m_lanesRect}) rect->axis(QCPAxis::atBottom)->setTickLabels(false);
    for (QCPAxisRect* rect : {m_usageRect, m_lanesRect, m_ratesRect})
        rect->axis(QCPAxis::atBottom)->setTicker(QSharedPointer<TimeTicker>::create([this](double time) {
            return m_session.feed().wall(time);
        }));
    m_lanesRect->axis(QCPAxis::atLeft)->setTicks(false);
    m_lanesRect->axis(QCPAxis::atLeft)->grid()->setVisible(false);

    QCPAxis& usage = usageAxis();
    usage.setNumberFormat(QStringLiteral("f"));
    usage.setNumberPrecision(0);
    const auto wholeItems = QSharedPointer<QCPAxisTickerFixed>::create();
    wholeItems->setTickStep(1);
    wholeItems->setScaleStrategy(QCPAxisTickerFixed::ssMultiples);
    wholeItems->setTickCount(4);
    usage.setTicker(wholeItems);

    const auto inUsage = [this] { return m_usageRect->rect(); };
    const auto everywhere = [this] { return m_canvas->rect(); };
    new Drawing{*m_canvas, QStringLiteral("grid"), inUsage, [this](QCPPainter& painter) { paintBehind(painter); }};
    m_bufferGraph = addCurve(*m_canvas, *m_usageRect);
    m_lanes = std::make_unique<LanesPane>(*m_canvas, *m_lanesRect, m_story);
    m_rates = std::make_unique<RatesPane>(*m_canvas, *m_ratesRect, m_story);
    m_strip = std::make_unique<StripPane>(*m_canvas, *m_stripRect, m_story, m_view);
    new Drawing{*m_canvas, QStringLiteral("overlay"), everywhere, [this](QCPPainter& painter) { paintNames(painter); }};
    new Drawing{*m_canvas, QStringLiteral("overlay"), everywhere,
                [this](QCPPainter& painter) { paintCursor(painter); }};
}

void UsagePlot::applyPalette() {
    m_canvas->setBackground(palette().color(QPalette::Window));
    for (QCPAxisRect* rect : {m_usageRect, m_lanesRect, m_ratesRect, m_stripRect}) dress(*rect, palette(), font());
    m_bufferGraph->setPen(style::bufferPen(palette()));
    m_rates->applyPalette(palette());
    m_strip->applyPalette(palette());
    m_dirty = true;
}

QCPAxis& UsagePlot::timeAxis() const { return *m_usageRect->axis(QCPAxis::atBottom); }
QCPAxis& UsagePlot::usageAxis() const { return *m_usageRect->axis(QCPAxis::atLeft); }

// ---- The view

int UsagePlot::columns() const { return std::max(1, m_usageRect->width()); }

double UsagePlot::timeAt(double x) const {
    const double share = (x - m_usageRect->left()) / std::max(1, m_usageRect->width());
    return m_view.from() + share * m_view.span();
}

/// All that shares the time of the view.
QRect UsagePlot::panes() const { return m_usageRect->rect().united(m_ratesRect->rect()); }

void UsagePlot::resetView() {
    const auto length = static_cast<double>(m_session.geometry().length);
    usageAxis().setRange(-headroomBelow * length, length * (1 + headroomAbove));
    m_view.setFollowing(true);
    m_dirty = true;
}

// ---- Drawing

void UsagePlot::refresh(double now) {
    if (!isVisible()) return;
    const double column = m_view.span() / columns();
    const bool edgeMoved = m_view.isFollowing() && now - m_drawnEdge >= column;
    const bool newData = m_story.revision() != m_drawnRevision && now - m_drawnAt >= slowRefreshSeconds;
    const bool dataVisible = m_view.isFollowing() || m_view.to() > m_drawnAt;
    const bool stripDue =
        newData && now - m_drawnAt >= stripRefreshSeconds;  // it shows the present, whatever we look at
    if (!m_dirty && !edgeMoved && !(newData && dataVisible) && !stripDue) return;
    redraw(now);
}

void UsagePlot::redraw(double now) {
    m_now = now;
    m_view.follow(now, columns());
    const QCPRange range{m_view.from(), m_view.to()};
    const int ticks = std::clamp(columns() / 110, 2, 10);
    for (QCPAxisRect* rect : {m_usageRect, m_lanesRect, m_ratesRect}) {
        rect->axis(QCPAxis::atBottom)->ticker()->setTickCount(ticks);
        rect->axis(QCPAxis::atBottom)->setRange(range);
    }
    updateCurves();
    m_lanes->update(range.lower, range.upper, columns());
    m_rates->update(range.lower, range.upper, columns() / 2);
    m_strip->update(now);
    m_dirty = false;
    m_drawnEdge = range.upper;
    m_drawnAt = now;
    m_drawnRevision = m_story.revision();
    m_canvas->replot(QCustomPlot::rpQueuedReplot);
}

void UsagePlot::finish() { m_canvas->replot(QCustomPlot::rpImmediateRefresh); }

QCPGraph* UsagePlot::readerGraph(std::size_t index) {
    while (m_readerGraphs.size() <= index) m_readerGraphs.push_back(addCurve(*m_canvas, *m_usageRect));
    return m_readerGraphs[index];
}

void UsagePlot::updateCurves() {
    const QCPRange range{m_view.from(), m_view.to()};
    const bool known = m_story.latest() && !m_story.isDamaged();
    const auto until = [&](bool goesOn) { return goesOn ? std::optional{m_now} : std::nullopt; };
    setPoints(*m_bufferGraph, curvePoints(m_story.usage(), range, columns(), until(known)));
    std::size_t index = 0;
    for (const auto& curve : m_story.curves()) {
        QCPGraph* graph = readerGraph(index++);
        graph->setPen(style::readerPen(curve->styleIndex, palette()));
        const bool goesOn = curve->present && known && curve->usage.newestTime() > m_now - endedAfterSeconds;
        setPoints(*graph, curvePoints(curve->usage, range, columns(), until(goesOn)));
    }
    for (; index < m_readerGraphs.size(); ++index) m_readerGraphs[index]->data()->clear();
}

/// How far it is to full.
void UsagePlot::paintBehind(QCPPainter& painter) const {
    const auto length = m_session.geometry().length;
    const double y = usageAxis().coordToPixel(static_cast<double>(length));
    painter.setPen(QPen{style::quietText(palette()), 1, Qt::DashLine});
    painter.drawLine(QLineF{static_cast<double>(m_usageRect->left()), y, static_cast<double>(m_usageRect->right()), y});
    painter.setFont(font());
    painter.setPen(style::quietText(palette()));
    painter.drawText(QPointF{m_usageRect->left() + 6.0, y - 4}, tr("full %1").arg(number(length)));
}

/// At the ends of their curves, none over another.
void UsagePlot::paintNames(QCPPainter& painter) const {
    struct Name {
        double y = 0;
        QString text;
        QColor color;
    };
    std::vector<Name> names;
    for (const auto& curve : m_story.curves()) {
        if (!curve->present || names.size() == mostNames) continue;
        const auto held = curve->usage.heldAt(m_view.to());
        if (!held || held->time < m_view.from()) continue;
        names.push_back({usageAxis().coordToPixel(static_cast<double>(held->maximum)), style::shortened(curve->label),
                         style::readerPen(curve->styleIndex, palette()).color()});
    }
    std::ranges::sort(names, {}, &Name::y);
    QColor ground = palette().color(QPalette::Base);  // so that they can be read over curves
    ground.setAlphaF(0.75f);
    QFont bold = font();
    bold.setBold(true);
    painter.setFont(bold);
    const int height = QFontMetrics{bold}.height();
    double free = m_usageRect->top();
    const double lowest = m_usageRect->bottom() - static_cast<double>(names.size()) * height;
    for (std::size_t index = 0; index < names.size(); ++index) {
        const double most = lowest + static_cast<double>(index) * height;
        const double top = std::min(std::max(names[index].y + 1, free), most);
        const int width = QFontMetrics{bold}.horizontalAdvance(names[index].text);
        painter.fillRect(QRectF{m_usageRect->right() - width - 8.0, top, width + 4.0, height * 1.0}, ground);
        painter.setPen(names[index].color);
        painter.drawText(
            QRectF{static_cast<double>(m_usageRect->left()), top, m_usageRect->width() - 6.0, height * 1.0},
            Qt::AlignRight | Qt::AlignVCenter, names[index].text);
        free = top + height;
    }
}

void UsagePlot::paintCursor(QCPPainter& painter) const {
    if (m_drag == Drag::zoom) {
        QColor band = palette().color(QPalette::Highlight);
        band.setAlphaF(0.2f);
        const int left = std::min(m_pressedAt.x(), m_draggedTo.x());
        const int right = std::max(m_pressedAt.x(), m_draggedTo.x());
        painter.fillRect(QRect{left, panes().top(), right - left, panes().height()}, band);
    }
    const auto time = m_view.cursor();
    if (!time || *time < m_view.from() || *time > m_view.to()) return;
    const double x = timeAxis().coordToPixel(*time);
    painter.setPen(QPen{style::quietText(palette()), 1, m_view.isPinned() ? Qt::SolidLine : Qt::DotLine});
    painter.drawLine(QLineF{x, panes().top() * 1.0, x, panes().bottom() * 1.0});
    paintBox(painter);
}

/// What was at the cursor, beside it.
void UsagePlot::paintBox(QCPPainter& painter) const {
    const double time = *m_view.cursor();
    const auto moment = m_story.at(time);
    if (!moment) return;
    struct Line {
        QString name;
        QString value;
        QColor color;
    };
    const QColor ink = palette().color(QPalette::Text);
    std::vector<Line> lines{
        {(moment->isRange ? tr("about ") : QString{}) + style::timeText(m_session.feed().wall(moment->time)),
         {},
         style::quietText(palette())}};
    const bool isAlone = m_session.isClassic() || moment->readers.empty();
    if (moment->usage && isAlone)
        lines.push_back(
            {m_session.isClassic() ? tr("this page's reader") : tr("buffer"), rangeText(*moment->usage), ink});
    for (const Moment::Reader& reader : moment->readers) {
        const ReaderCurve* const curve = m_story.curve(reader.key);
        lines.push_back({style::shortened(curve != nullptr ? curve->label : reader.name), rangeText(reader.usage),
                         curve != nullptr ? style::readerPen(curve->styleIndex, palette()).color() : ink});
    }
    if (!m_session.isClassic() && moment->lost) lines.push_back({tr("lost in all"), rangeText(*moment->lost), ink});
    painter.setFont(font());
    const QFontMetrics metrics{font()};
    int names = 0;
    int values = 0;
    for (const Line& line : lines) {
        names = std::max(names, metrics.horizontalAdvance(line.name));
        values = std::max(values, metrics.horizontalAdvance(line.value));
    }
    const int height = metrics.height();
    const QSize size{names + values + 28, height * static_cast<int>(lines.size()) + 10};
    const int x = static_cast<int>(timeAxis().coordToPixel(time));
    const int left = x + 8 + size.width() < m_usageRect->right() ? x + 8 : x - 8 - size.width();
    const QRect box{QPoint{std::max(m_usageRect->left(), left), m_usageRect->top() + m_usageRect->height() / 5}, size};
    painter.setPen(style::gridColor(palette()));
    QColor ground = palette().color(QPalette::Base);
    ground.setAlphaF(0.93f);
    painter.setBrush(ground);
    painter.drawRect(box);
    int top = box.top() + 5;
    for (const Line& line : lines) {
        const QRect row{box.left() + 8, top, box.width() - 16, height};
        painter.setPen(line.color);
        painter.drawText(row, Qt::AlignLeft | Qt::AlignVCenter, line.name);
        painter.drawText(row, Qt::AlignRight | Qt::AlignVCenter, line.value);
        top += height;
    }
}

// ---- The readout

QString UsagePlot::readout() const {
    const double time = m_view.cursor().value_or(m_story.latest() ? m_story.latest()->time : 0);
    const auto moment = m_story.at(time);
    if (!moment) return tr("no sample yet");
    const auto text = [](const QString& name, const History::Reading& reading) {
        return QStringLiteral("%1 %2").arg(name, rangeText(reading));
    };
    // The time of the sample that is shown, not that of the cursor; of a bucket's range about when that was.
    QStringList parts{(moment->isRange ? tr("about ") : QString{}) +
                      style::timeText(m_session.feed().wall(moment->time))};
    if (moment->usage) parts << text(m_session.isClassic() ? tr("this page's reader") : tr("buffer"), *moment->usage);
    for (const Moment::Reader& reader : moment->readers) parts << text(reader.name, reader.usage);
    if (!m_session.isClassic() && moment->lost) parts << text(tr("lost in all"), *moment->lost);
    return parts.join(QStringLiteral("   "));
}

void UsagePlot::cursorMoved() {
    m_dirty = true;
    if (m_view.isPinned()) setAccessibleDescription(readout());  // not at every move of the mouse
}

// ---- Mouse and keys

bool UsagePlot::eventFilter(QObject* watched, QEvent* event) {
    switch (event->type()) {
        case QEvent::MouseButtonPress:
            setFocus(Qt::MouseFocusReason);
            press(*static_cast<QMouseEvent*>(event));
            return true;
        case QEvent::MouseMove:
            move(*static_cast<QMouseEvent*>(event));
            return true;
        case QEvent::MouseButtonRelease:
            release(*static_cast<QMouseEvent*>(event));
            return true;
        case QEvent::MouseButtonDblClick:
            m_view.pin(std::nullopt);
            resetView();
            return true;
        case QEvent::Wheel:
            wheel(*static_cast<QWheelEvent*>(event));
            event->accept();  // drawn at the next refresh: a wheel event must not redraw by itself
            return true;
        case QEvent::Leave:
            m_view.hover(std::nullopt);
            break;
        case QEvent::ToolTip: {
            const auto& help = *static_cast<QHelpEvent*>(event);
            const QString text =
                m_lanes->tellAt(help.pos(), [this](double time) { return m_session.feed().wall(time); });
            QToolTip::showText(help.globalPos(), style::plainToolTip(text), m_canvas);
            return true;
        }
        default:
            break;
    }
    return QWidget::eventFilter(watched, event);
}

void UsagePlot::press(const QMouseEvent& event) {
    if (event.button() != Qt::LeftButton) return;
    m_pressedAt = m_draggedTo = event.position().toPoint();
    m_hasMoved = false;
    if (m_strip->timeAt(m_pressedAt)) {
        m_drag = Drag::strip;
        seekStrip(m_pressedAt);
    } else if (panes().contains(m_pressedAt)) {
        m_drag = event.modifiers().testFlag(Qt::ShiftModifier) ? Drag::zoom : Drag::pan;
    }
}

void UsagePlot::seekStrip(const QPoint& pixel) {
    const QPoint inside{pixel.x(), m_stripRect->center().y()};
    if (const auto time = m_strip->timeAt(inside)) m_view.pan(*time - m_view.middle());
}

void UsagePlot::move(const QMouseEvent& event) {
    const QPoint pixel = event.position().toPoint();
    switch (m_drag) {
        case Drag::strip:
            seekStrip(pixel);
            break;
        case Drag::zoom:
            m_draggedTo = pixel;
            m_dirty = true;
            break;
        case Drag::pan:
            if (std::abs(pixel.x() - m_pressedAt.x()) < clickPixels && !m_hasMoved) break;
            m_hasMoved = true;
            m_view.pan(timeAt(m_draggedTo.x()) - timeAt(pixel.x()));
            m_draggedTo = pixel;
            break;
        case Drag::none:
            break;
    }
    hover(pixel);
}

void UsagePlot::hover(const QPoint& pixel) {
    const double share = (pixel.x() - m_usageRect->left()) / static_cast<double>(std::max(1, m_usageRect->width()));
    m_view.hover(panes().contains(pixel) ? std::optional{share} : std::nullopt);
}

void UsagePlot::release(const QMouseEvent& event) {
    const QPoint pixel = event.position().toPoint();
    const Drag drag = std::exchange(m_drag, Drag::none);
    if (drag == Drag::zoom && std::abs(pixel.x() - m_pressedAt.x()) >= clickPixels) {
        const double one = timeAt(m_pressedAt.x());
        const double other = timeAt(pixel.x());
        m_view.show(std::min(one, other), std::max(one, other));
    } else if (drag == Drag::pan && !m_hasMoved) {
        const auto happened = m_lanes->momentAt(pixel);
        m_view.pin(m_view.isPinned() ? std::nullopt : std::optional{happened.value_or(timeAt(pixel.x()))});
    }
    m_dirty = true;
}

void UsagePlot::wheel(const QWheelEvent& event) {
    const double factor = std::pow(0.85, event.angleDelta().y() / 120.0);
    if (event.modifiers().testFlag(Qt::ShiftModifier)) {
        usageAxis().scaleRange(factor, usageAxis().pixelToCoord(event.position().y()));
        m_dirty = true;
    } else {
        m_view.zoom(factor, timeAt(event.position().x()));
    }
}

void UsagePlot::keyPressEvent(QKeyEvent* event) {
    const double step = m_view.span() / 10;
    const double cursor = m_view.cursor().value_or(m_view.middle());
    const bool onCursor = event->modifiers().testFlag(Qt::ControlModifier);
    switch (event->key()) {
        case Qt::Key_Left:
            return onCursor ? m_view.pin(cursor - step / 20) : m_view.pan(-step);
        case Qt::Key_Right:
            return onCursor ? m_view.pin(cursor + step / 20) : m_view.pan(step);
        case Qt::Key_Plus:
        case Qt::Key_Equal:
        case Qt::Key_Up:
            return m_view.zoom(0.8, cursor);
        case Qt::Key_Minus:
        case Qt::Key_Down:
            return m_view.zoom(1.25, cursor);
        case Qt::Key_Backspace:
            return m_view.back();
        case Qt::Key_Space:
            return m_view.setFollowing(!m_view.isFollowing());
        case Qt::Key_End:
            return m_view.setFollowing(true);
        case Qt::Key_Home:
            return resetView();
        case Qt::Key_Escape:
            m_view.hover(std::nullopt);
            return m_view.pin(std::nullopt);
        default:
            QWidget::keyPressEvent(event);
    }
}

void UsagePlot::changeEvent(QEvent* event) {
    QWidget::changeEvent(event);
    const bool isOfLook = event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange;
    if (isOfLook && m_strip != nullptr) applyPalette();
}

/// Shows where the keys go.
void UsagePlot::focusInEvent(QFocusEvent* event) {
    QWidget::focusInEvent(event);
    update();
}

void UsagePlot::focusOutEvent(QFocusEvent* event) {
    QWidget::focusOutEvent(event);
    update();
}

void UsagePlot::paintEvent(QPaintEvent* event) {
    QWidget::paintEvent(event);
    if (!hasFocus()) return;
    QPainter painter{this};
    painter.setPen(palette().color(QPalette::Highlight));
    painter.drawRect(rect().adjusted(0, 0, -1, -1));
}

}  // namespace workbench
