#include "ui/segmentmodel.hpp"

#include <QLocale>
#include <algorithm>

#include "ui/readersmodel.hpp"
#include "ui/style.hpp"
#include "values/names.hpp"

namespace workbench {
namespace {

using shared_cbuff::BufferState;
using shared_cbuff::SegmentInfo;

QString stateTextOf(const SegmentInfo& segment) {
    if (segment.sample) return style::stateText(segment.sample->state);
    return segment.problem.empty() ? SegmentModel::tr("unknown") : SegmentModel::tr("unreadable");
}

/// Samples are of different moments: they always count as new.
bool showTheSame(const SegmentInfo& a, const SegmentInfo& b) {
    return !a.sample && !b.sample && a.size == b.size && a.problem == b.problem;
}

}  // namespace

bool SegmentModel::isBuffer(const SegmentInfo& segment) {
    return segment.sample && segment.sample->state != BufferState::damaged;
}

void SegmentModel::update(const SegmentList& segments) {
    // Both lists are sorted by name: one walk removes what went and inserts what came, in runs. Only rows that show
    // something new are told of: there may be thousands that do not.
    std::size_t row = 0;
    auto next = segments.begin();
    while (next != segments.end() || row < m_segments.size()) {
        const bool isKnown = row < m_segments.size();
        if (isKnown && (next == segments.end() || m_segments[row].name < next->name)) {
            removeRun(row, next == segments.end() ? nullptr : &next->name);
        } else if (!isKnown || next->name < m_segments[row].name) {
            const auto first = next;
            while (next != segments.end() && (!isKnown || next->name < m_segments[row].name)) ++next;
            insertRun(row, {first, next});
            row += static_cast<std::size_t>(next - first);
        } else {
            if (!showTheSame(m_segments[row], *next)) {
                m_segments[row] = *next;
                Q_EMIT dataChanged(index(static_cast<int>(row), 0), index(static_cast<int>(row), ColumnCount - 1));
            }
            ++next;
            ++row;
        }
    }
}

void SegmentModel::removeRun(std::size_t row, const std::string* before) {
    std::size_t end = row;
    while (end < m_segments.size() && (before == nullptr || m_segments[end].name < *before)) ++end;
    beginRemoveRows({}, static_cast<int>(row), static_cast<int>(end) - 1);
    m_segments.erase(m_segments.begin() + static_cast<std::ptrdiff_t>(row),
                     m_segments.begin() + static_cast<std::ptrdiff_t>(end));
    endRemoveRows();
}

void SegmentModel::insertRun(std::size_t row, std::span<const SegmentInfo> run) {
    beginInsertRows({}, static_cast<int>(row), static_cast<int>(row + run.size()) - 1);
    m_segments.insert(m_segments.begin() + static_cast<std::ptrdiff_t>(row), run.begin(), run.end());
    endInsertRows();
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
            return mark + QStringLiteral(" ") + shownName(segment.name);
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
    const QString name = shownName(segment.name);
    if (!segment.problem.empty()) return tr("%1: %2").arg(name, shownSentence(segment.problem));
    if (!segment.sample) {
        return tr("%1: %2 bytes without a control block: a classic buffer or another program's memory. "
                  "Open it to give a geometry.")
            .arg(name, QLocale{}.toString(static_cast<qulonglong>(segment.size)));
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
            return style::plainToolTip(toolTip(segment));
        case Qt::AccessibleTextRole:
            return index.column() == Name
                       ? QVariant{QStringLiteral("%1, %2").arg(shownName(segment.name), stateTextOf(segment))}
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
