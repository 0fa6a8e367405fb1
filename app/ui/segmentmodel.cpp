#include "ui/segmentmodel.hpp"

#include <QLocale>
#include <algorithm>

#include "ui/readersmodel.hpp"
#include "ui/style.hpp"

namespace workbench {
namespace {

using shared_cbuff::BufferState;
using shared_cbuff::SegmentInfo;

QString stateTextOf(const SegmentInfo& segment) {
    if (segment.sample) return style::stateText(segment.sample->state);
    return segment.problem.empty() ? SegmentModel::tr("unknown") : SegmentModel::tr("unreadable");
}

}  // namespace

bool SegmentModel::isBuffer(const SegmentInfo& segment) {
    return segment.sample && segment.sample->state != BufferState::damaged;
}

void SegmentModel::update(const SegmentList& segments) {
    // Both lists are sorted by name: one walk removes what went and inserts what came.
    std::size_t row = 0;
    for (const SegmentInfo& segment : segments) {
        while (row < m_segments.size() && m_segments[row].name < segment.name) {
            beginRemoveRows({}, static_cast<int>(row), static_cast<int>(row));
            m_segments.erase(m_segments.begin() + static_cast<std::ptrdiff_t>(row));
            endRemoveRows();
        }
        if (row < m_segments.size() && m_segments[row].name == segment.name) {
            m_segments[row] = segment;
        } else {
            beginInsertRows({}, static_cast<int>(row), static_cast<int>(row));
            m_segments.insert(m_segments.begin() + static_cast<std::ptrdiff_t>(row), segment);
            endInsertRows();
        }
        ++row;
    }
    if (row < m_segments.size()) {
        beginRemoveRows({}, static_cast<int>(row), rowCount() - 1);
        m_segments.resize(row);
        endRemoveRows();
    }
    if (!m_segments.empty()) Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, ColumnCount - 1));
}

const SegmentInfo* SegmentModel::segment(const QModelIndex& index) const {
    return index.isValid() ? &m_segments[static_cast<std::size_t>(index.row())] : nullptr;
}

int SegmentModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(m_segments.size());
}

int SegmentModel::columnCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : ColumnCount; }

QVariant SegmentModel::text(const SegmentInfo& segment, int column) const {
    const bool buffer = isBuffer(segment);
    switch (column) {
        case Name: {
            const QString mark = segment.sample ? style::stateMark(segment.sample->state) : QStringLiteral("?");
            return mark + QStringLiteral(" ") + QString::fromStdString(segment.name);
        }
        case Usage:
            if (!buffer) return stateTextOf(segment);
            return segment.sample->has_living_reader ? QVariant{}
                                                     : QVariant{tr("retained %L1").arg(segment.sample->retained)};
        case Geometry:
            return buffer ? style::geometryText(segment.sample->geometry)
                          : style::bytesText(static_cast<double>(segment.size));
        case Writer:
            if (!buffer) return {};
            return segment.sample->state == BufferState::alive ? tr("pid %1").arg(segment.sample->writer.pid)
                                                               : style::stateText(segment.sample->state);
        case Readers:
            return buffer ? QVariant{static_cast<int>(std::ranges::count(segment.sample->readers,
                                                                         shared_cbuff::ReaderState::alive,
                                                                         &shared_cbuff::ReaderSample::state))}
                          : QVariant{};
        default:
            return {};
    }
}

QString SegmentModel::toolTip(const SegmentInfo& segment) const {
    const QString name = QString::fromStdString(segment.name);
    if (!segment.problem.empty()) return tr("%1: %2").arg(name, QString::fromStdString(segment.problem));
    if (!segment.sample) {
        return tr("%1: %L2 bytes without a control block: a classic buffer or another program's memory. "
                  "Open it to give a geometry.")
            .arg(name)
            .arg(segment.size);
    }
    return tr("%1: %2, %3, %4. Press Enter to open it.")
        .arg(name, style::stateText(segment.sample->state), style::geometryText(segment.sample->geometry),
             QString::fromLatin1(shared_cbuff::to_string(segment.sample->policy).data()));
}

QVariant SegmentModel::data(const QModelIndex& index, int role) const {
    if (!checkIndex(index, CheckIndexOption::IndexIsValid)) return {};
    const SegmentInfo& segment = m_segments[static_cast<std::size_t>(index.row())];
    switch (role) {
        case Qt::DisplayRole:
            return text(segment, index.column());
        case Qt::ToolTipRole:
            return toolTip(segment);
        case Qt::AccessibleTextRole:
            return index.column() == Name ? QVariant{QStringLiteral("%1, %2").arg(QString::fromStdString(segment.name),
                                                                                  stateTextOf(segment))}
                                          : QVariant{};
        case Qt::TextAlignmentRole:
            return QVariant::fromValue(
                Qt::Alignment{(index.column() == Readers ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter});
        case UsageValueRole:
            return index.column() == Usage && isBuffer(segment) && segment.sample->has_living_reader
                       ? QVariant{static_cast<qulonglong>(segment.sample->usage)}
                       : QVariant{};
        case UsageMaximumRole:
            return isBuffer(segment) ? QVariant{static_cast<qulonglong>(segment.sample->geometry.length)} : QVariant{};
        default:
            return {};
    }
}

QVariant SegmentModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole) return {};
    switch (section) {
        case Name:
            return tr("Name");
        case Usage:
            return tr("Usage");
        case Geometry:
            return tr("Geometry");
        case Writer:
            return tr("Writer");
        case Readers:
            return tr("Readers");
        default:
            return {};
    }
}

}  // namespace workbench
