#pragma once
// All buffers of this machine as a table, a row each, by trouble.
// Thread contract: the GUI's thread.

#include <QAbstractTableModel>
#include <QSortFilterProxyModel>
#include <vector>

#include "session/watchlist.hpp"

namespace workbench {

class OverviewModel : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column { Buffer, Spark, Usage, In, Out, Lost, Lately, Slowest, Lag, State, ColumnCount };
    /// Of every cell: a number to sort by, or a text.
    static constexpr int sortRole = Qt::UserRole + 1;

    explicit OverviewModel(Watchlist& watchlist, QObject* parent = nullptr);

    /// Tells everything anew; at most a few times a second.
    void refresh();
    const WatchedBuffer* buffer(const QModelIndex& index) const;
    const Situation& situation(int row) const { return m_rows[static_cast<std::size_t>(row)].now; }
    /// As it was when rows were last put in order.
    const Situation& ordered(int row) const { return m_rows[static_cast<std::size_t>(row)].ordered; }
    /// What is so now is what rows are put in order by.
    void takeOrder();

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    struct Row {
        const WatchedBuffer* buffer = nullptr;
        Situation now = {};
        Situation ordered = {};
    };
    void add(const WatchedBuffer* buffer);
    void remove(const WatchedBuffer* buffer);
    QString text(const Row& row, int column) const;
    QString toolTip(const Row& row, int column) const;
    QVariant sortValue(const Row& row, int column) const;

    std::vector<Row> m_rows;
};

/// Rows that some text is part of, by trouble, or by a column that people chose. In order anew at most every 2 s, so
/// that a row does not run away from who reaches for it.
class OverviewOrder : public QSortFilterProxyModel {
    Q_OBJECT
public:
    static constexpr double orderSeconds = 2;

    explicit OverviewOrder(OverviewModel& model, QObject* parent = nullptr);
    void refresh(double now);
    /// By trouble again.
    void sortByTrouble();
    void sort(int column, Qt::SortOrder order = Qt::AscendingOrder) override;

protected:
    bool lessThan(const QModelIndex& left, const QModelIndex& right) const override;

private:
    OverviewModel& m_model;
    double m_orderDue = 0;
    bool m_byTrouble = true;
};

}  // namespace workbench
