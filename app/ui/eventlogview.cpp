#include "ui/eventlogview.hpp"

#include <QApplication>
#include <QHeaderView>
#include <QLineEdit>
#include <QPushButton>
#include <QScrollBar>
#include <QSortFilterProxyModel>
#include <QTableView>
#include <QVBoxLayout>

#include "story/eventtext.hpp"
#include "ui/command.hpp"
#include "ui/style.hpp"
#include "ui/tables.hpp"

namespace workbench {
namespace {

QString kindMark(EventKind kind) {
    switch (kind) {
        case EventKind::Overflow:
        case EventKind::Rejected:
            return QStringLiteral("▼ ");
        case EventKind::Underflow:
            return QStringLiteral("△ ");
        case EventKind::ReaderDied:
        case EventKind::ReaderEvicted:
        case EventKind::WriterDied:
        case EventKind::HelperCrashed:
            return QStringLiteral("✕ ");
        case EventKind::Damaged:
            return QStringLiteral("▲ ");
        default:
            return QStringLiteral("· ");
    }
}

}  // namespace

EventModel::EventModel(EventLog& log, Wall wall, QObject* parent)
    : QAbstractTableModel{parent}, m_log{log}, m_wall{std::move(wall)} {
    connect(&log, &EventLog::aboutToAppend, this, [this](int index) { beginInsertRows({}, index, index); });
    connect(&log, &EventLog::appended, this, [this] { endInsertRows(); });
    connect(&log, &EventLog::aboutToDropOldest, this, [this] { beginRemoveRows({}, 0, 0); });
    connect(&log, &EventLog::oldestDropped, this, [this] { endRemoveRows(); });
    connect(&log, &EventLog::changed, this,
            [this](int row) { Q_EMIT dataChanged(index(row, 0), index(row, ColumnCount - 1)); });
    connect(&log, &EventLog::aboutToReset, this, [this] { beginResetModel(); });
    connect(&log, &EventLog::wasReset, this, [this] { endResetModel(); });
}

int EventModel::rowCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : m_log.size(); }
int EventModel::columnCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : ColumnCount; }

QVariant EventModel::data(const QModelIndex& index, int role) const {
    if (!checkIndex(index, CheckIndexOption::IndexIsValid)) return {};
    const Event& event = m_log.at(index.row());
    if (role == TimeRole) return event.time;
    if (role == tables::copyRole)
        return index.column() == Time ? QVariant{style::fullTimeText(m_wall(event))} : QVariant{};
    if (role == Qt::ForegroundRole && index.column() == Kind && event.kind == EventKind::Overflow) {
        return style::overflowColor(QApplication::palette());
    }
    if (role != Qt::DisplayRole && role != Qt::ToolTipRole) return {};
    if (role == Qt::ToolTipRole) return style::plainToolTip(data(index, Qt::DisplayRole).toString());
    switch (index.column()) {
        case Time:
            return style::timeText(m_wall(event));
        case Buffer:
            return event.buffer;
        case Kind:
            return kindMark(event.kind) + toString(event.kind);
        case Reader:
            return event.reader ? readerName(*event.reader) : QString{};
        case Text:
            return describe(event);
        default:
            return {};
    }
}

QVariant EventModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole) return {};
    switch (section) {
        case Time:
            return tr("Time");
        case Buffer:
            return tr("Buffer");
        case Kind:
            return tr("Event");
        case Reader:
            return tr("Reader");
        case Text:
            return tr("What");
        default:
            return {};
    }
}

EventLogView::EventLogView(EventLog& log, EventModel::Wall wall, Command& clear, QWidget* parent)
    : QWidget{parent},
      m_model{new EventModel{log, std::move(wall), this}},
      m_filter{new QSortFilterProxyModel{this}},
      m_table{new QTableView{this}} {
    m_filter->setSourceModel(m_model);
    m_filter->setFilterKeyColumn(-1);
    m_filter->setFilterCaseSensitivity(Qt::CaseInsensitive);
    tables::setUp(*m_table, tr("Event log"));
    m_table->setModel(m_filter);
    m_table->setSelectionMode(QAbstractItemView::ExtendedSelection);
    m_table->horizontalHeader()->resizeSection(EventModel::Time, 110);
    m_table->horizontalHeader()->resizeSection(EventModel::Buffer, 110);
    m_table->horizontalHeader()->resizeSection(EventModel::Kind, 130);
    m_table->horizontalHeader()->resizeSection(EventModel::Reader, 150);

    auto* search = new QLineEdit{this};
    search->setPlaceholderText(tr("Filter events"));
    search->setAccessibleName(tr("Filter events"));
    search->setClearButtonEnabled(true);
    connect(search, &QLineEdit::textChanged, m_filter, &QSortFilterProxyModel::setFilterFixedString);
    auto* clearButton = new QPushButton{tr("&Clear"), this};
    clear.bind(*clearButton);

    auto* bar = new QHBoxLayout;
    bar->addWidget(search);
    bar->addWidget(clearButton);
    auto* layout = new QVBoxLayout{this};
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addLayout(bar);
    layout->addWidget(m_table);

    setFocusProxy(m_table);
    const auto* scroll = m_table->verticalScrollBar();
    connect(scroll, &QScrollBar::valueChanged, this,
            [this, scroll](int value) { m_following = value == scroll->maximum(); });
    connect(scroll, &QScrollBar::rangeChanged, this, [this] {
        if (m_following) m_table->scrollToBottom();
    });
    connect(m_table, &QTableView::activated, this, [this](const QModelIndex& index) {
        const QModelIndex source = m_filter->mapToSource(index);
        Q_EMIT momentChosen(source.siblingAtColumn(EventModel::Buffer).data().toString(),
                            source.data(EventModel::TimeRole).toDouble());
    });
}

}  // namespace workbench
