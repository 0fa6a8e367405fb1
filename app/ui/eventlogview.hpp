#pragma once
// The event log as a table that follows its end until the user scrolls away.
// Thread contract: the GUI's thread.

#include <QAbstractTableModel>
#include <QWidget>
#include <functional>

#include "story/eventlog.hpp"

class QSortFilterProxyModel;
class QTableView;

namespace workbench {

class Command;

class EventModel : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column { Time, Buffer, Kind, Reader, Text, ColumnCount };
    static constexpr int TimeRole = Qt::UserRole + 1;  ///< of its feed, double

    /// What the wall clock said when an event happened, seconds since 1970.
    using Wall = std::function<double(const Event&)>;
    EventModel(EventLog& log, Wall wall, QObject* parent = nullptr);

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    EventLog& m_log;
    Wall m_wall;
};

class EventLogView : public QWidget {
    Q_OBJECT
public:
    EventLogView(EventLog& log, EventModel::Wall wall, Command& clear, QWidget* parent = nullptr);

Q_SIGNALS:
    /// An event was activated: show that moment of that buffer.
    void momentChosen(const QString& buffer, double time);

private:
    EventModel* m_model;
    QSortFilterProxyModel* m_filter;
    QTableView* m_table;
    bool m_following = true;
};

}  // namespace workbench
