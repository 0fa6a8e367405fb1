#include "ui/overviewpage.hpp"

#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QPainter>
#include <QPainterPath>
#include <QStackedWidget>
#include <QTableView>
#include <QVBoxLayout>
#include <algorithm>

#include "story/lanes.hpp"
#include "ui/overviewmodel.hpp"
#include "ui/style.hpp"
#include "ui/tables.hpp"

namespace workbench {
namespace {

constexpr int rowHeight = 36;
constexpr int sparkHeight = 26;
constexpr int tickSize = 4;

const WatchedBuffer* bufferOf(const QModelIndex& index) {
    const auto* const order = qobject_cast<const OverviewOrder*>(index.model());
    if (order == nullptr) return nullptr;
    const auto* const model = qobject_cast<const OverviewModel*>(order->sourceModel());
    return model->buffer(order->mapToSource(index));
}

/// The curve of the highest values, held from one to the next.
QPainterPath curveOf(const History& usage, double from, double to, const QRectF& area, double length) {
    const auto x = [&](double time) { return area.left() + (time - from) / (to - from) * area.width(); };
    const auto y = [&](std::uint64_t value) {
        return area.bottom() - std::min(1.0, static_cast<double>(value) / length) * area.height();
    };
    QPainterPath path;
    double held = area.bottom();
    for (const History::Column& column : usage.columns(from, to, static_cast<int>(area.width()) / 2)) {
        const double left = std::max(area.left(), x(column.from));
        if (path.elementCount() == 0)
            path.moveTo(left, y(column.maximum));
        else
            path.lineTo(left, held);
        held = y(column.maximum);
        path.lineTo(left, held);
    }
    if (!path.isEmpty()) path.lineTo(std::min(area.right(), x(usage.newestTime())), held);
    return path;
}

}  // namespace

// ---- The last minute

QSize SparkDelegate::sizeHint(const QStyleOptionViewItem&, const QModelIndex&) const { return {200, rowHeight}; }

void SparkDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const {
    QStyledItemDelegate::paint(painter, option, index);
    const WatchedBuffer* const buffer = bufferOf(index);
    if (buffer == nullptr) return;
    const QPalette& palette = option.palette;
    const BufferStory& story = buffer->story();
    const QRect box{option.rect.left() + 4, option.rect.center().y() - sparkHeight / 2, option.rect.width() - 12,
                    sparkHeight};
    painter->save();
    painter->fillRect(box, palette.color(QPalette::Base));
    const double to = buffer->now();
    const double from = to - shownSeconds;
    const auto length = static_cast<double>(story.facts().geometry.length);
    const QRectF area = QRectF{box}.adjusted(0, tickSize, 0, -1);
    if (story.latest() && !story.latest()->sample.has_living_reader) {
        const double share = static_cast<double>(story.latest()->sample.retained) / length;
        const QRectF retained{area.left(), area.top() + area.height() / 4, area.width() * std::min(1.0, share),
                              area.height() / 2};
        painter->fillRect(retained, QBrush{style::quietText(palette), Qt::BDiagPattern});
    } else {
        QPainterPath curve = curveOf(story.usage(), from, to, area, length);
        QPainterPath ground = curve;
        if (!curve.isEmpty()) {
            ground.lineTo(curve.currentPosition().x(), area.bottom());
            ground.lineTo(curve.elementAt(0).x, area.bottom());
            QColor fill = palette.color(QPalette::Highlight);
            fill.setAlphaF(0.15f);
            painter->fillPath(ground, fill);
            painter->setPen(palette.color(QPalette::Highlight));
            painter->drawPath(curve);
        }
    }
    for (const LaneCell& cell : laneCells(story.lost(), from, to, box.width() / tickSize)) {
        const double x = area.left() + ((cell.from + cell.to) / 2 - from) / shownSeconds * area.width();
        painter->fillRect(QRectF{std::max(area.left(), x - tickSize / 2.0), static_cast<double>(box.top()),
                                 tickSize * 1.0, tickSize * 1.0},
                          style::overflowColor(palette));
    }
    painter->restore();
}

// ---- The page

OverviewPage::OverviewPage(Watchlist& watchlist, QWidget* parent)
    : QWidget{parent},
      m_watchlist{watchlist},
      m_model{new OverviewModel{watchlist, this}},
      m_order{new OverviewOrder{*m_model, this}},
      m_filter{new QLineEdit{this}},
      m_table{new QTableView{this}},
      m_empty{new QLabel{this}},
      m_note{new QLabel{this}},
      m_stack{new QStackedWidget{this}} {
    setObjectName(QStringLiteral("overview"));
    m_filter->setPlaceholderText(tr("Filter by name"));
    m_filter->setAccessibleName(m_filter->placeholderText());
    m_filter->setObjectName(QStringLiteral("overviewFilter"));
    m_filter->setClearButtonEnabled(true);
    connect(m_filter, &QLineEdit::textChanged, m_order, &OverviewOrder::setFilterFixedString);
    connect(m_filter, &QLineEdit::textChanged, this, &OverviewPage::showState);
    tables::setUp(*m_table, tr("Buffers of this machine, by trouble"));
    m_table->setObjectName(QStringLiteral("overviewTable"));
    m_table->setModel(m_order);
    m_table->setItemDelegateForColumn(OverviewModel::Spark, new SparkDelegate{this});
    m_table->verticalHeader()->setDefaultSectionSize(rowHeight);
    QHeaderView& header = *m_table->horizontalHeader();
    const std::pair<int, int> widths[]{{OverviewModel::Buffer, 180}, {OverviewModel::Spark, 200},
                                       {OverviewModel::Usage, 104},  {OverviewModel::In, 66},
                                       {OverviewModel::Out, 66},     {OverviewModel::Lost, 84},
                                       {OverviewModel::Lately, 72},  {OverviewModel::Slowest, 120},
                                       {OverviewModel::Lag, 70},     {OverviewModel::State, 120}};
    for (const auto& [column, width] : widths) header.resizeSection(column, width);
    header.setSortIndicator(OverviewModel::State, Qt::AscendingOrder);
    header.setSortIndicatorShown(true);
    header.setSectionsClickable(true);
    connect(&header, &QHeaderView::sortIndicatorChanged, m_order, &OverviewOrder::sort);
    connect(m_table, &QTableView::activated, this, [this](const QModelIndex& index) {
        if (const WatchedBuffer* const buffer = bufferOf(index)) Q_EMIT openRequested(buffer->name());
    });
    m_empty->setAlignment(Qt::AlignCenter);
    m_empty->setTextFormat(Qt::PlainText);
    m_note->setTextFormat(Qt::PlainText);
    m_note->setWordWrap(true);
    m_stack->addWidget(m_table);
    m_stack->addWidget(m_empty);
    auto* layout = new QVBoxLayout{this};
    layout->setContentsMargins(8, 6, 8, 6);
    layout->addWidget(m_filter);
    layout->addWidget(m_stack, 1);
    layout->addWidget(m_note);
    connect(&m_watchlist, &Watchlist::updated, this, &OverviewPage::showState);
    showState();
}

void OverviewPage::showState() {
    const bool any = m_order->rowCount() > 0;
    m_stack->setCurrentWidget(any ? static_cast<QWidget*>(m_table) : m_empty);
    m_empty->setText(m_watchlist.unwatched() > 0 && m_watchlist.buffers().empty()
                         ? tr("No buffer on this machine can be watched.")
                     : m_watchlist.buffers().empty()
                         ? tr("There is no buffer on this machine.\n\nCreate one with Ctrl+N, or start the program "
                              "that does.")
                         : tr("No buffer's name has this in it."));
    QStringList notes;
    if (m_watchlist.unwatched() > 0)
        notes << tr("%1 more cannot be watched: %2")
                     .arg(QString::number(m_watchlist.unwatched()), m_watchlist.whyUnwatched());
    if (m_watchlist.unknown() > 0)
        notes << tr("%1: open one at the left as a classic buffer by giving its geometry.")
                     .arg(style::counted(static_cast<std::uint64_t>(m_watchlist.unknown()), tr("unknown segment"),
                                         tr("unknown segments")));
    m_note->setText(notes.join(u'\n'));
    m_note->setVisible(!notes.isEmpty());
}

void OverviewPage::refresh(double now) {
    if (now < m_due || !isVisible()) return;
    redraw(now);
}

void OverviewPage::redraw(double now) {
    m_due = now + refreshSeconds;
    m_watchlist.pump();
    m_model->refresh();
    m_order->refresh(now);
}

QString OverviewPage::selectedName() const {
    const WatchedBuffer* const buffer = bufferOf(m_table->currentIndex());
    return buffer != nullptr ? buffer->name() : QString{};
}

}  // namespace workbench
