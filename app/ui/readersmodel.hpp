#pragma once
// The readers of one buffer as a table: who they are, how full, what they lost.
// Thread contract: the GUI's thread.

#include <QAbstractTableModel>
#include <QStyledItemDelegate>
#include <vector>

#include "story/bufferstory.hpp"

namespace workbench {

/// Roles that delegates read instead of text.
enum UsageRole {
    UsageValueRole = Qt::UserRole + 1,
    UsageMaximumRole,
    CurveStyleRole,
};

class ReadersModel : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column {
        Name,
        Usage,
        Lost,
        LostRate,
        FullIn,
        Lag,
        PoppedRate,
        Popped,
        Underflows,
        State,
        Overruns,
        HighWater,
        Pid,
        ColumnCount
    };

    explicit ReadersModel(const BufferStory& story, QObject* parent = nullptr);

    /// Takes the newest sample; rows keep their place while their reader stays.
    void refresh();

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    struct Row {
        shared_cbuff::ReaderSample reader;
        QString name;
        bool isAlive = true;
        double rate = 0;
        double losing = 0;             ///< items/s
        std::uint64_t lostLately = 0;  ///< within the last latelySeconds
        std::optional<double> fullIn = std::nullopt;
        std::optional<Age> lag = std::nullopt;
        int styleIndex = 0;
    };

    Row rowOf(const shared_cbuff::ReaderSample& reader, double now) const;
    bool sameReaders(const std::vector<Row>& rows) const;
    static bool isNumber(int column) { return column != Name && column != State; }
    QVariant text(const Row& row, int column) const;

    const BufferStory& m_story;
    std::vector<Row> m_rows;
};

/// Paints cells with UsageValueRole as bars, and cells with CurveStyleRole with a sample of the curve's line.
class BarDelegate : public QStyledItemDelegate {
    Q_OBJECT
public:
    using QStyledItemDelegate::QStyledItemDelegate;
    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;
};

}  // namespace workbench
