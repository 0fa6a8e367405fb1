#include "ui/readersmodel.hpp"

#include <QApplication>
#include <QLocale>
#include <QPainter>
#include <algorithm>

#include "story/eventtext.hpp"
#include "story/standing.hpp"
#include "ui/style.hpp"

namespace workbench {
namespace {

QString grouped(std::uint64_t value) { return QLocale{}.toString(static_cast<qulonglong>(value)); }

QString stateText(shared_cbuff::ReaderState state) {
    const auto word = shared_cbuff::to_string(state);
    const auto text = QString::fromLatin1(word.data(), static_cast<qsizetype>(word.size()));
    return (state == shared_cbuff::ReaderState::alive ? QStringLiteral("● ") : QStringLiteral("✕ ")) + text;
}

}  // namespace

ReadersModel::ReadersModel(const BufferStory& story, QObject* parent) : QAbstractTableModel{parent}, m_story{story} {}

bool ReadersModel::sameReaders(const std::vector<Row>& rows) const {
    return std::ranges::equal(rows, m_rows,
                              [](const Row& a, const Row& b) { return a.reader.key() == b.reader.key(); });
}

ReadersModel::Row ReadersModel::rowOf(const shared_cbuff::ReaderSample& reader, double now) const {
    Row row{.reader = reader, .name = readerName(reader), .isAlive = reader.state == shared_cbuff::ReaderState::alive};
    const ReaderCurve* const curve = m_story.curve(reader.key());
    if (curve == nullptr) return row;
    row.styleIndex = curve->styleIndex;
    row.rate = curve->popped.rate();
    row.losing = curve->losing.rate();
    row.lostLately = curve->lost.growth(now - latelySeconds, now + 1);
    if (!row.isAlive) return row;
    row.fullIn = secondsToFull(curve->usage, reader.usage, m_story.facts().geometry.length, now);
    row.lag = m_story.lag(reader);
    return row;
}

void ReadersModel::refresh() {
    std::vector<Row> rows;
    if (m_story.latest()) {
        for (const auto& reader : m_story.latest()->sample.readers) {
            rows.push_back(rowOf(reader, m_story.latest()->time));
        }
    }
    if (sameReaders(rows)) {
        m_rows = std::move(rows);
        if (!m_rows.empty()) Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, ColumnCount - 1));
        return;
    }
    beginResetModel();
    m_rows = std::move(rows);
    endResetModel();
}

int ReadersModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}

int ReadersModel::columnCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : ColumnCount; }

QVariant ReadersModel::text(const Row& row, int column) const {
    const QString none = QStringLiteral("–");
    switch (column) {
        case Name:
            return readerLabel(row.reader);
        case Pid:
            return QString::number(row.reader.pid);
        case State:
            return stateText(row.reader.state);
        case Usage:
            return row.reader.lost_is_lower_bound ? QStringLiteral("–") : grouped(row.reader.usage);
        case LostRate:
            return row.isAlive && row.losing > 0 ? style::quantityText(row.losing) : none;
        case FullIn:
            return !row.fullIn ? none : *row.fullIn == 0 ? tr("is full") : style::secondsText(*row.fullIn);
        case Lag:
            return row.lag ? style::ageText(*row.lag) : none;
        case PoppedRate:
            return row.isAlive ? style::quantityText(row.rate) : none;  // the dead pop nothing, at no rate
        case Popped:
            return grouped(row.reader.popped);
        case Lost:
            return (row.reader.lost_is_lower_bound ? QStringLiteral("≥ ") : QString{}) + grouped(row.reader.lost);
        case Overruns:
            return grouped(row.reader.overruns);
        case Underflows:
            return grouped(row.reader.underflows);
        case HighWater:
            return grouped(row.reader.high_water);
        default:
            return {};
    }
}

QVariant ReadersModel::data(const QModelIndex& index, int role) const {
    if (!checkIndex(index, CheckIndexOption::IndexIsValid)) return {};
    const Row& row = m_rows[static_cast<std::size_t>(index.row())];
    switch (role) {
        case Qt::DisplayRole:
            return text(row, index.column());
        case Qt::TextAlignmentRole:
            return QVariant::fromValue(
                Qt::Alignment{(isNumber(index.column()) ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter});
        case Qt::ToolTipRole:
            return style::plainToolTip(tr("%1, slot %2, joined at item %3; its cursor is at item %4")
                                           .arg(row.name, QString::number(row.reader.slot), grouped(row.reader.start),
                                                grouped(row.reader.cursor)));
        case Qt::FontRole: {
            if (index.column() != Lost || row.reader.lost == 0) return {};
            QFont bold;
            bold.setBold(true);
            return bold;
        }
        case Qt::ForegroundRole:
            return index.column() == LostRate && row.lostLately > 0
                       ? QVariant{style::overflowColor(QApplication::palette())}
                       : QVariant{};
        case CurveStyleRole:
            return index.column() == Name ? QVariant{row.styleIndex} : QVariant{};
        case UsageValueRole:
            return index.column() == Usage && !row.reader.lost_is_lower_bound
                       ? QVariant{static_cast<qulonglong>(row.reader.usage)}
                       : QVariant{};
        case UsageMaximumRole:
            return QVariant{static_cast<qulonglong>(m_story.facts().geometry.length)};
        default:
            return {};
    }
}

QVariant ReadersModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal) return {};
    if (role == Qt::DisplayRole) {
        switch (section) {
            case Name:
                return tr("Reader");
            case Pid:
                return tr("PID");
            case State:
                return tr("State");
            case Usage:
                return tr("Usage (items)");
            case LostRate:
                return tr("Lost/s");
            case FullIn:
                return tr("Full in");
            case Lag:
                return tr("Lag");
            case PoppedRate:
                return tr("Popped/s");
            case Popped:
                return tr("Popped");
            case Lost:
                return tr("Lost");
            case Overruns:
                return tr("Overruns");
            case Underflows:
                return tr("Underflows");
            case HighWater:
                return tr("High water");
            default:
                return {};
        }
    }
    if (role == Qt::ToolTipRole) {
        switch (section) {
            case Usage:
                return tr("Items this reader has not taken yet; of a dead one, those it left unread");
            case Popped:
                return tr("Items delivered to this reader");
            case Lost:
                return tr(
                    "Items overwritten before this reader took them, counted exactly; a dead one loses nothing more. "
                    "≥: it was dead already when this page began to look, and had noticed so many itself");
            case LostRate:
                return tr("Items it lost within the last second; red while there were any within 10 s");
            case FullIn:
                return tr("When its usage is the buffer's length, at the pace of the last 10 s");
            case Lag:
                return tr("How old the oldest item is that it has not taken");
            case PoppedRate:
                return tr("Items it pops a second");
            case Overruns:
                return tr("How many times it lost items");
            case Underflows:
                return tr("Pops that found nothing");
            case HighWater:
                return tr("The largest usage it has had");
            default:
                return {};
        }
    }
    if (role == Qt::TextAlignmentRole) {
        return QVariant::fromValue(
            Qt::Alignment{(isNumber(section) ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter});
    }
    return {};
}

void BarDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const {
    const QVariant value = index.data(UsageValueRole);
    const QVariant curve = index.data(CurveStyleRole);
    if (!value.isValid() && !curve.isValid()) return QStyledItemDelegate::paint(painter, option, index);

    QStyleOptionViewItem cell = option;
    initStyleOption(&cell, index);
    const bool selected = cell.state.testFlag(QStyle::State_Selected);
    if (value.isValid()) {
        cell.text.clear();
        QApplication::style()->drawControl(QStyle::CE_ItemViewItem, &cell, painter, cell.widget);
        const QRect area = cell.rect.adjusted(4, 0, -4, 0);
        const QVariant own = index.siblingAtColumn(ReadersModel::Name).data(CurveStyleRole);
        return style::paintUsage(*painter, area, value.toULongLong(), index.data(UsageMaximumRole).toULongLong(),
                                 cell.palette, selected,
                                 own.isValid() ? style::readerPen(own.toInt(), cell.palette).color() : QColor{});
    }
    constexpr int sampleWidth = 26;
    QStyleOptionViewItem background = cell;
    background.text.clear();
    QApplication::style()->drawControl(QStyle::CE_ItemViewItem, &background, painter, cell.widget);
    painter->save();
    QPen pen = style::readerPen(curve.toInt(), cell.palette);
    pen.setWidth(2);
    if (selected) pen.setColor(cell.palette.color(QPalette::HighlightedText));
    painter->setPen(pen);
    const int y = cell.rect.center().y();
    painter->drawLine(cell.rect.left() + 5, y, cell.rect.left() + sampleWidth, y);
    painter->setPen(cell.palette.color(selected ? QPalette::HighlightedText : QPalette::Text));
    const QRect area = cell.rect.adjusted(sampleWidth + 6, 0, -4, 0);
    painter->drawText(area, Qt::AlignLeft | Qt::AlignVCenter,
                      painter->fontMetrics().elidedText(index.data().toString(), Qt::ElideMiddle, area.width()));
    painter->restore();
}

}  // namespace workbench
