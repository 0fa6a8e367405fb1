#include "ui/overviewmodel.hpp"

#include <QApplication>
#include <QFont>
#include <QLocale>
#include <algorithm>

#include "ui/style.hpp"

namespace workbench {
namespace {

QString grouped(std::uint64_t value) { return QLocale{}.toString(static_cast<qulonglong>(value)); }

bool isLosing(Standing standing) { return standing == Standing::losing || standing == Standing::rejecting; }

}  // namespace

OverviewModel::OverviewModel(Watchlist& watchlist, QObject* parent) : QAbstractTableModel{parent} {
    connect(&watchlist, &Watchlist::added, this, &OverviewModel::add);
    connect(&watchlist, &Watchlist::aboutToRemove, this, &OverviewModel::remove);
    for (const auto& buffer : watchlist.buffers()) add(buffer.get());
}

void OverviewModel::add(const WatchedBuffer* buffer) {
    const int row = rowCount();
    beginInsertRows({}, row, row);
    const Situation now = buffer->situation();
    m_rows.push_back({buffer, now, now});
    endInsertRows();
}

void OverviewModel::remove(const WatchedBuffer* buffer) {
    const auto found = std::ranges::find(m_rows, buffer, &Row::buffer);
    if (found == m_rows.end()) return;
    const auto row = static_cast<int>(found - m_rows.begin());
    beginRemoveRows({}, row, row);
    m_rows.erase(found);
    endRemoveRows();
}

void OverviewModel::refresh() {
    for (Row& row : m_rows) row.now = row.buffer->situation();
    if (!m_rows.empty()) Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, ColumnCount - 1));
}

void OverviewModel::takeOrder() {
    for (Row& row : m_rows) row.ordered = row.now;
}

const WatchedBuffer* OverviewModel::buffer(const QModelIndex& index) const {
    return index.isValid() ? m_rows[static_cast<std::size_t>(index.row())].buffer : nullptr;
}

int OverviewModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}

int OverviewModel::columnCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : ColumnCount; }

QString OverviewModel::text(const Row& row, int column) const {
    const Situation& now = row.now;
    const QString none = QStringLiteral("–");
    if (!now.tellsNumbers && column >= Usage && column <= Lag) return none;
    switch (column) {
        case Buffer:
            return row.buffer->name();
        case Usage:
            return now.usage ? grouped(*now.usage) : tr("retains %1").arg(grouped(now.retained));
        case In:
            return style::quantityText(now.pushedRate);
        case Out:
            return now.poppedRate ? style::quantityText(*now.poppedRate) : none;
        case Lost:
            return grouped(now.lost);
        case Lately:
            return now.rejectedLately > 0 && now.lostLately == 0 ? tr("%1 rej.").arg(grouped(now.rejectedLately))
                                                                 : grouped(now.lostLately);
        case Slowest:
            return now.slowest.isEmpty() ? tr("no reader") : now.slowest;
        case Lag:
            return now.lag ? style::ageText(*now.lag) : none;
        case State:
            return standingMark(now.standing) + u' ' + standingText(now.standing);
        default:
            return {};
    }
}

QString OverviewModel::toolTip(const Row& row, int column) const {
    const auto& geometry = row.buffer->story().facts().geometry;
    switch (column) {
        case Buffer:
            return QStringLiteral("%1\n%2").arg(row.buffer->name(), style::geometryText(geometry));
        case Usage:
            return row.now.usage ? tr("%1 of %2 items not taken yet by the slowest reader")
                                       .arg(grouped(*row.now.usage), grouped(geometry.length))
                                 : tr("Nobody reads: %1 items are still in the ring").arg(grouped(row.now.retained));
        case In:
            return tr("%1 items pushed a second").arg(row.now.pushedRate, 0, 'f', 1);
        default:
            return text(row, column);
    }
}

QVariant OverviewModel::sortValue(const Row& row, int column) const {
    const Situation& now = row.now;
    switch (column) {
        case Usage:
        case Spark:
            return now.usage ? static_cast<double>(*now.usage) : -1.0;
        case In:
            return now.pushedRate;
        case Out:
            return now.poppedRate.value_or(-1);
        case Lost:
            return static_cast<qulonglong>(now.lost);
        case Lately:
            return static_cast<qulonglong>(now.lostLately + now.rejectedLately);
        case Lag:
            return now.lag ? static_cast<double>(now.lag->age.count()) : -1.0;
        case State:
            return static_cast<int>(now.standing);
        default:
            return text(row, column);
    }
}

QVariant OverviewModel::data(const QModelIndex& index, int role) const {
    if (!checkIndex(index, CheckIndexOption::IndexIsValid)) return {};
    const Row& row = m_rows[static_cast<std::size_t>(index.row())];
    const bool isNumber = (index.column() >= Usage && index.column() <= Lately) || index.column() == Lag;
    switch (role) {
        case Qt::DisplayRole:
            return text(row, index.column());
        case Qt::ToolTipRole:
            return style::plainToolTip(toolTip(row, index.column()));
        case Qt::TextAlignmentRole:
            return QVariant::fromValue(Qt::Alignment{(isNumber ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter});
        case Qt::FontRole: {
            QFont bold;
            bold.setBold(true);
            return index.column() == Buffer && isLosing(row.now.standing) ? QVariant{bold} : QVariant{};
        }
        case Qt::ForegroundRole: {
            const bool tells = (index.column() == Lately && row.now.lostLately + row.now.rejectedLately > 0) ||
                               (index.column() == State && isLosing(row.now.standing));
            return tells ? QVariant{style::overflowColor(QApplication::palette())} : QVariant{};
        }
        case sortRole:
            return sortValue(row, index.column());
        default:
            return {};
    }
}

QVariant OverviewModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal) return {};
    const bool isNumber = (section >= Usage && section <= Lately) || section == Lag;
    if (role == Qt::TextAlignmentRole)
        return QVariant::fromValue(Qt::Alignment{(isNumber ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter});
    if (role == Qt::ToolTipRole) {
        switch (section) {
            case Lost:
                return tr("Items that the readers there are have lost, each since it came");
            case Lately:
                return tr("Items lost, or pushes rejected, within the last 10 s");
            case Out:
                return tr("Items a second that the slowest reader pops");
            case Lag:
                return tr("How old the oldest item is that the slowest reader has not taken");
            default:
                return {};
        }
    }
    if (role != Qt::DisplayRole) return {};
    switch (section) {
        case Buffer:
            return tr("Buffer");
        case Spark:
            return tr("Last 60 s");
        case Usage:
            return tr("Usage");
        case In:
            return tr("In/s");
        case Out:
            return tr("Out/s");
        case Lost:
            return tr("Lost");
        case Lately:
            return tr("in 10 s");
        case Slowest:
            return tr("Slowest reader");
        case Lag:
            return tr("Lag");
        default:
            return tr("State");
    }
}

// ---- The order

OverviewOrder::OverviewOrder(OverviewModel& model, QObject* parent) : QSortFilterProxyModel{parent}, m_model{model} {
    setSourceModel(&model);
    setDynamicSortFilter(false);
    setFilterCaseSensitivity(Qt::CaseInsensitive);
    setFilterKeyColumn(OverviewModel::Buffer);
    sortByTrouble();
}

void OverviewOrder::sort(int column, Qt::SortOrder order) {
    m_byTrouble = column < 0 || column == OverviewModel::State;
    QSortFilterProxyModel::sort(column < 0 ? OverviewModel::State : column, order);
}

void OverviewOrder::sortByTrouble() { sort(OverviewModel::State, Qt::AscendingOrder); }

void OverviewOrder::refresh(double now) {
    if (now < m_orderDue) return;
    m_orderDue = now + orderSeconds;
    m_model.takeOrder();
    invalidate();
}

bool OverviewOrder::lessThan(const QModelIndex& left, const QModelIndex& right) const {
    const auto name = [this](const QModelIndex& index) { return m_model.buffer(index)->name(); };
    if (m_byTrouble)
        return standsBefore(m_model.ordered(left.row()), name(left), m_model.ordered(right.row()), name(right));
    const QVariant one = left.data(OverviewModel::sortRole);
    const QVariant other = right.data(OverviewModel::sortRole);
    const auto order = QVariant::compare(one, other);
    return order == QPartialOrdering::Less || (order == QPartialOrdering::Equivalent && name(left) < name(right));
}

}  // namespace workbench
