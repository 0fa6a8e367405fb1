#include "ui/usageplot.hpp"

#include <algorithm>
#include <cmath>

#include "ui/style.hpp"

namespace workbench {
namespace {

constexpr double markWidthPixels = 9;  // marks closer than this are one mark
constexpr double slowRefreshSeconds = 0.1;
constexpr double endedAfterSeconds = 1.5;  // beyond the slowest sampling period: a curve that ended is not drawn on
constexpr double longestSpanSeconds = 7 * 24 * 3600.0;
/// Labels of the wall clock, as it was at each of the ticks.
class WallClockTicker : public QCPAxisTickerDateTime {
public:
    explicit WallClockTicker(const SampleFeed& feed) : m_feed{feed} {}

protected:
    QString getTickLabel(double tick, const QLocale& locale, QChar formatChar, int precision) override {
        return QCPAxisTickerDateTime::getTickLabel(m_feed.wall(tick), locale, formatChar, precision);
    }

private:
    const SampleFeed& m_feed;
};

constexpr double headroom = 0.06;  // above length and below 0, so that marks and flat lines are not cut

}  // namespace

UsagePlot::UsagePlot(const BufferSession& session, QWidget* parent)
    : QCustomPlot{parent}, m_session{session}, m_story{session.story()} {
    setFocusPolicy(Qt::StrongFocus);  // QCustomPlot has no keyboard handling of its own
    setMouseTracking(true);
    setNotAntialiasedElements(QCP::aeAll);
    setBufferDevicePixelRatio(devicePixelRatioF());
    setMinimumSize(260, 140);
    setAccessibleName(tr("Usage of %1 over time").arg(session.name()));

    m_bufferGraph = addGraph();
    m_bufferGraph->setLineStyle(QCPGraph::lsStepLeft);
    m_bufferGraph->setAdaptiveSampling(false);  // the history has already reduced the data to the columns
    setUpMarks(m_overflowMarks, QCPScatterStyle::ssTriangleInverted);
    setUpMarks(m_underflowMarks, QCPScatterStyle::ssTriangle);
    m_lengthLine = new QCPItemStraightLine{this};
    m_lengthLine->point1->setCoords(0, static_cast<double>(session.geometry().length));
    m_lengthLine->point2->setCoords(1, static_cast<double>(session.geometry().length));
    m_cursorLine = new QCPItemStraightLine{this};
    m_cursorLine->setVisible(false);

    setInteractions(QCP::iRangeDrag);
    axisRect()->setRangeDrag(Qt::Horizontal);
    xAxis->setTicker(QSharedPointer<WallClockTicker>::create(session.feed()));
    yAxis->setLabel(tr("usage (items)"));
    yAxis->setNumberFormat(QStringLiteral("f"));
    yAxis->setNumberPrecision(0);
    const auto wholeItems = QSharedPointer<QCPAxisTickerFixed>::create();
    wholeItems->setTickStep(1);
    wholeItems->setScaleStrategy(QCPAxisTickerFixed::ssMultiples);
    wholeItems->setTickCount(4);
    yAxis->setTicker(wholeItems);
    connect(xAxis, qOverload<const QCPRange&>(&QCPAxis::rangeChanged), this, &UsagePlot::takeUserRange);
    applyPalette();
    resetView();
}

void UsagePlot::setUpMarks(QCPGraph*& graph, QCPScatterStyle::ScatterShape shape) {
    graph = addGraph();  // all marks are one graph: a QCPItem each would be slow
    graph->setLineStyle(QCPGraph::lsNone);
    graph->setAdaptiveSampling(false);
    graph->setScatterStyle(QCPScatterStyle{shape, markWidthPixels - 1});
}

void UsagePlot::applyPalette() {
    const QPalette colors = palette();
    const QPen axisPen{style::quietText(colors)};
    setBackground(colors.color(QPalette::Base));
    for (QCPAxis* axis : {xAxis, yAxis}) {
        axis->setBasePen(axisPen);
        axis->setTickPen(axisPen);
        axis->setSubTickPen(Qt::NoPen);
        axis->setTickLabelColor(style::quietText(colors));
        axis->setLabelColor(style::quietText(colors));
        axis->setTickLabelFont(font());
        axis->setLabelFont(font());
        axis->grid()->setPen(QPen{style::gridColor(colors)});
        axis->grid()->setZeroLinePen(QPen{style::gridColor(colors)});
    }
    m_bufferGraph->setPen(style::bufferPen(colors));
    for (auto [graph, color] : {std::pair{m_overflowMarks, style::overflowColor(colors)},
                                std::pair{m_underflowMarks, style::underflowColor(colors)}}) {
        QCPScatterStyle scatter = graph->scatterStyle();
        scatter.setPen(QPen{color});
        scatter.setBrush(color);
        graph->setScatterStyle(scatter);
    }
    m_cursorLine->setPen(QPen{style::quietText(colors), 1, Qt::DotLine});
    m_lengthLine->setPen(QPen{style::gridColor(colors).darker(), 1, Qt::DashLine});
    m_dirty = true;
}

// ---- The view

int UsagePlot::columns() const { return std::max(1, axisRect()->width()); }

void UsagePlot::setFollowing(bool following) {
    if (m_following == following) return;
    m_following = following;
    m_dirty = true;
    Q_EMIT followingChanged(following);
}

void UsagePlot::setSpanSeconds(double seconds) {
    seconds = std::clamp(seconds, minimumSpanSeconds, longestSpanSeconds);
    if (seconds == m_span) return;
    if (!m_following) {  // keep the middle where it is
        const double middle = xAxis->range().center();
        m_settingRange = true;
        xAxis->setRange(middle - seconds / 2, middle + seconds / 2);
        m_settingRange = false;
    }
    m_span = seconds;
    m_dirty = true;
    Q_EMIT spanChanged(seconds);
}

void UsagePlot::zoomTime(double factor, double anchor) {
    const QCPRange range = xAxis->range();  // when following, as last drawn: m_span is ahead of it
    const double span = std::clamp(m_span * factor, minimumSpanSeconds, longestSpanSeconds);
    const double share = std::clamp((anchor - range.lower) / range.size(), 0.0, 1.0);
    if (!m_following) {
        m_settingRange = true;
        xAxis->setRange(anchor - span * share, anchor + span * (1 - share));
        m_settingRange = false;
    }
    m_span = span;
    m_dirty = true;
    Q_EMIT spanChanged(span);
}

void UsagePlot::panTime(double seconds) {
    setFollowing(false);
    m_settingRange = true;
    xAxis->moveRange(seconds);
    m_settingRange = false;
    m_dirty = true;
}

void UsagePlot::takeUserRange(const QCPRange&) {
    if (m_settingRange) return;
    setFollowing(false);  // dragged: the user looks at a moment, so it must not run away
    m_dirty = true;
}

void UsagePlot::resetView() {
    const auto length = static_cast<double>(m_session.geometry().length);
    yAxis->setRange(-headroom * length, length * (1 + headroom));
    setFollowing(true);
    m_dirty = true;
}

void UsagePlot::showMoment(double time) {
    setFollowing(false);
    m_settingRange = true;
    xAxis->setRange(time - m_span / 2, time + m_span / 2);
    m_settingRange = false;
    moveCursor(time);
}

void UsagePlot::updateRange(double now) {
    if (!m_following) return;
    const double column = m_span / columns();
    const double edge = std::ceil(now / column) * column;  // whole columns: the picture shifts, it does not shimmer
    m_settingRange = true;
    xAxis->setRange(edge - m_span, edge);
    m_settingRange = false;
}

void UsagePlot::updateTicker() {
    const double span = xAxis->range().size();
    // QCPAxisTickerDateTime knows milliseconds, no finer: enough for the shortest span there is.
    const QString format = span < 5       ? QStringLiteral("HH:mm:ss.zzz")
                           : span < 86400 ? QStringLiteral("HH:mm:ss")
                                          : QStringLiteral("ddd HH:mm");
    qSharedPointerCast<QCPAxisTickerDateTime>(xAxis->ticker())->setDateTimeFormat(format);
    xAxis->ticker()->setTickCount(std::clamp(columns() / 130, 2, 8));
}

// ---- Drawing

void UsagePlot::refresh(double now) {
    if (!isVisible()) return;
    const double column = m_span / columns();
    const bool edgeMoved = m_following && now - m_drawnEdge >= column;
    const bool newData = m_story.revision() != m_drawnRevision && now - m_drawnAt >= slowRefreshSeconds;
    const bool dataVisible = m_following || xAxis->range().upper > m_drawnAt;
    if (!m_dirty && !edgeMoved && !(newData && dataVisible)) return;
    redraw(now);
}

void UsagePlot::redraw(double now) {
    m_now = now;
    updateRange(now);
    updateTicker();
    updateCurves();
    const auto length = static_cast<double>(m_session.geometry().length);
    updateMarks(*m_overflowMarks, m_story.lost(), length * (1 + headroom / 2));
    updateMarks(*m_underflowMarks, m_story.underflows(), -length * headroom / 2);
    m_dirty = false;
    m_drawnEdge = xAxis->range().upper;
    m_drawnAt = now;
    m_drawnRevision = m_story.revision();
    replot(QCustomPlot::rpQueuedReplot);
}

QCPGraph* UsagePlot::readerGraph(std::size_t index) {
    while (m_readerGraphs.size() <= index) {
        QCPGraph* graph = addGraph();
        graph->setLineStyle(QCPGraph::lsStepLeft);
        graph->setAdaptiveSampling(false);
        m_readerGraphs.push_back(graph);
    }
    return m_readerGraphs[index];
}

void UsagePlot::show(QCPGraph& graph, const History& history, bool goesOn) {
    const QCPRange range = xAxis->range();
    const std::vector<History::Column> columns = history.columns(range.lower, range.upper, this->columns());
    QVector<QCPGraphData> points;
    // What held when the range begins, so that the curve comes in from its edge.
    const auto before =
        columns.empty() || columns.front().from > range.lower ? history.heldAt(range.lower) : std::nullopt;
    if (before && !before->isRange) points.append({range.lower, static_cast<double>(before->maximum)});
    for (std::size_t index = 0; index < columns.size(); ++index) {
        const History::Column& column = columns[index];
        const bool lowFirst = column.minimumTime <= column.maximumTime;
        const QCPGraphData low{column.minimumTime, static_cast<double>(column.minimum)};
        const QCPGraphData high{column.maximumTime, static_cast<double>(column.maximum)};
        points.append(lowFirst ? low : high);
        if (column.minimum != column.maximum) points.append(lowFirst ? high : low);
        // Up to the next sample, if that is not at hand, the last value holds, which need be none of the two.
        const bool isFollowed = index + 1 < columns.size() && columns[index + 1].from <= column.to;
        const auto last = static_cast<double>(column.last);
        if (!isFollowed && points.back().value != last) points.append({column.to, last});
    }
    // The last value holds until now.
    const double until = std::min(m_now, range.upper);
    if (goesOn && !history.empty() && !points.isEmpty() && until > points.back().key && history.newestTime() < until)
        points.append({until, static_cast<double>(history.newestValue())});
    auto container = QSharedPointer<QCPGraphDataContainer>::create();
    container->set(points, true);
    graph.setData(container);
}

void UsagePlot::updateCurves() {
    const bool known = m_story.latest() && !m_story.isDamaged();
    show(*m_bufferGraph, m_story.usage(), known);
    std::size_t index = 0;
    for (const auto& curve : m_story.curves()) {
        QCPGraph* graph = readerGraph(index++);
        graph->setPen(style::readerPen(curve->styleIndex, palette()));
        show(*graph, curve->usage, curve->present && known && curve->usage.newestTime() > m_now - endedAfterSeconds);
    }
    for (; index < m_readerGraphs.size(); ++index) m_readerGraphs[index]->data()->clear();
}

void UsagePlot::updateMarks(QCPGraph& graph, const History& counter, double y) {
    // A cumulative counter: a column of a mark's width in which it grows gets one mark, however many events that were.
    const QCPRange range = xAxis->range();
    const int cells = std::max(1, static_cast<int>(columns() / markWidthPixels));
    QVector<QCPGraphData> marks;
    std::optional<std::uint64_t> before;  // what it was at the end of the column before
    for (const History::Column& column : counter.columns(range.lower, range.upper, cells)) {
        const bool hasGrown = before ? column.last > *before : counter.growth(column.from, column.to) > 0;
        if (hasGrown) marks.append({(column.from + column.to) / 2, y});
        before = column.last;
    }
    auto container = QSharedPointer<QCPGraphDataContainer>::create();
    container->set(marks, true);
    graph.setData(container);
}

// ---- The readout

QString UsagePlot::readout() const {
    const double time = m_cursor.value_or(m_story.latest() ? m_story.latest()->time : 0);
    const auto moment = m_story.at(time);
    if (!moment) return tr("no sample yet");
    const auto number = [](std::uint64_t value) { return QLocale{}.toString(static_cast<qulonglong>(value)); };
    const auto text = [&](const QString& name, const History::Reading& reading) {
        const bool isOne = reading.minimum == reading.maximum;
        return QStringLiteral("%1 %2").arg(
            name,
            isOne ? number(reading.minimum) : number(reading.minimum) + QStringLiteral("…") + number(reading.maximum));
    };
    // The time of the sample that is shown, not that of the cursor; of a bucket's range about when that was.
    QStringList parts{(moment->isRange ? tr("about ") : QString{}) +
                      style::timeText(m_session.feed().wall(moment->time))};
    if (moment->usage) parts << text(m_session.isClassic() ? tr("this page's reader") : tr("buffer"), *moment->usage);
    for (const Moment::Reader& reader : moment->readers) parts << text(reader.name, reader.usage);
    if (!m_session.isClassic() && moment->lost) parts << text(tr("lost in all"), *moment->lost);
    return parts.join(QStringLiteral("   "));
}

void UsagePlot::moveCursor(std::optional<double> time) {
    m_cursor = time;
    m_cursorLine->setVisible(time.has_value());
    if (time) {
        m_cursorLine->point1->setCoords(*time, 0);
        m_cursorLine->point2->setCoords(*time, 1);
    }
    m_dirty = true;
    Q_EMIT readoutChanged(readout());
}

// ---- Mouse and keys

void UsagePlot::mouseMoveEvent(QMouseEvent* event) {
    QCustomPlot::mouseMoveEvent(event);
    const bool inside = axisRect()->rect().contains(event->position().toPoint());
    moveCursor(inside ? std::optional{xAxis->pixelToCoord(event->position().x())} : std::nullopt);
}

void UsagePlot::leaveEvent(QEvent* event) {
    QCustomPlot::leaveEvent(event);
    moveCursor(std::nullopt);
}

void UsagePlot::mouseDoubleClickEvent(QMouseEvent*) { resetView(); }

void UsagePlot::wheelEvent(QWheelEvent* event) {
    const double factor = std::pow(0.85, event->angleDelta().y() / 120.0);
    if (event->modifiers().testFlag(Qt::ShiftModifier)) {
        yAxis->scaleRange(factor, yAxis->pixelToCoord(event->position().y()));
        m_dirty = true;
    } else {
        zoomTime(factor, xAxis->pixelToCoord(event->position().x()));
    }
    event->accept();  // drawn at the next refresh: a wheel event must not redraw by itself
}

void UsagePlot::keyPressEvent(QKeyEvent* event) {
    const double step = xAxis->range().size() / 10;
    const double middle = xAxis->range().center();
    const bool onCursor = event->modifiers().testFlag(Qt::ControlModifier);
    switch (event->key()) {
        case Qt::Key_Left:
            return onCursor ? moveCursor(m_cursor.value_or(middle) - step / 20) : panTime(-step);
        case Qt::Key_Right:
            return onCursor ? moveCursor(m_cursor.value_or(middle) + step / 20) : panTime(step);
        case Qt::Key_Plus:
        case Qt::Key_Equal:
        case Qt::Key_Up:
            return zoomTime(0.8, m_cursor.value_or(middle));
        case Qt::Key_Minus:
        case Qt::Key_Down:
            return zoomTime(1.25, m_cursor.value_or(middle));
        case Qt::Key_Space:
            return setFollowing(!m_following);
        case Qt::Key_End:
            return setFollowing(true);
        case Qt::Key_Home:
            return resetView();
        case Qt::Key_Escape:
            return moveCursor(std::nullopt);
        default:
            QCustomPlot::keyPressEvent(event);
    }
}

void UsagePlot::changeEvent(QEvent* event) {
    QCustomPlot::changeEvent(event);
    if (event->type() == QEvent::PaletteChange && m_cursorLine != nullptr) applyPalette();
    if (event->type() == QEvent::FontChange && m_cursorLine != nullptr) applyPalette();
}

void UsagePlot::paintEvent(QPaintEvent* event) {
    QCustomPlot::paintEvent(event);
    if (!hasFocus()) return;
    QPainter painter{this};  // shows where the keys go
    painter.setPen(palette().color(QPalette::Highlight));
    painter.drawRect(rect().adjusted(0, 0, -1, -1));
}

}  // namespace workbench
