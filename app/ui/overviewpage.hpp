#pragma once
// The first page: all buffers of this machine, by trouble, each with its last minute.
// Thread contract: the GUI's thread.

#include <QStyledItemDelegate>
#include <QWidget>

#include "session/watchlist.hpp"

class QLabel;
class QLineEdit;
class QStackedWidget;
class QTableView;

namespace workbench {

class OverviewModel;
class OverviewOrder;

/// Draws the last minute of a buffer: usage, ticks where items were lost; hatched what it retains while nobody reads.
class SparkDelegate : public QStyledItemDelegate {
public:
    static constexpr double shownSeconds = 60;
    explicit SparkDelegate(QObject* parent) : QStyledItemDelegate{parent} {}
    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;
    QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;
};

class OverviewPage : public QWidget {
    Q_OBJECT
public:
    static constexpr double refreshSeconds = 0.5;

    explicit OverviewPage(Watchlist& watchlist, QWidget* parent = nullptr);

    /// Tells everything anew, if it is time and can be seen.
    void refresh(double now);
    /// Everything, now; for pictures.
    void redraw(double now);
    QTableView& table() const { return *m_table; }
    OverviewOrder& order() const { return *m_order; }
    /// The selected buffer's name; empty if none is.
    QString selectedName() const;

Q_SIGNALS:
    void openRequested(const QString& name);

private:
    void showState();

    Watchlist& m_watchlist;
    OverviewModel* m_model;
    OverviewOrder* m_order;
    QLineEdit* m_filter;
    QTableView* m_table;
    QLabel* m_empty;
    QLabel* m_note;
    QStackedWidget* m_stack;
    double m_due = 0;
};

}  // namespace workbench
