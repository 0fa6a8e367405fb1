#pragma once
// All segments on this machine as a table, kept up to date in place so that selection and scroll position stay.
// Thread contract: the GUI's thread.

#include <QAbstractTableModel>
#include <span>
#include <string>

#include "feeds/segmentscanner.hpp"

namespace workbench {

class SegmentModel : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column { Name, Usage, Geometry, Writer, Readers, ColumnCount };

    using QAbstractTableModel::QAbstractTableModel;

    /// `segments` sorted by name. Rows of names that stay keep their place.
    void update(const SegmentList& segments);
    const shared_cbuff::SegmentInfo* segment(const QModelIndex& index) const;
    /// Whether the segment is an extended buffer that makes sense.
    static bool isBuffer(const shared_cbuff::SegmentInfo& segment);

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    /// From `row` on, those before a name, or all.
    void removeRun(std::size_t row, const std::string* before);
    void insertRun(std::size_t row, std::span<const shared_cbuff::SegmentInfo> run);
    QVariant text(const shared_cbuff::SegmentInfo& segment, int column) const;
    QString toolTip(const shared_cbuff::SegmentInfo& segment) const;

    SegmentList m_segments;
};

}  // namespace workbench
