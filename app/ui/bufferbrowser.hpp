#pragma once
// The list of all buffers on this machine, live, with an empty state that tells the next step.
// Thread contract: the GUI's thread.

#include <QStackedWidget>

#include "feeds/segmentscanner.hpp"
#include "ui/segmentmodel.hpp"

class QLabel;
class QLineEdit;
class QSortFilterProxyModel;
class QTableView;

namespace workbench {

class BufferBrowser : public QWidget {
    Q_OBJECT
public:
    explicit BufferBrowser(QWidget* parent = nullptr);

    void update(const SegmentList& segments);
    void showProblem(const QString& problem);
    /// The selected segment's name; empty if none is.
    QString selectedName() const;

Q_SIGNALS:
    /// A name was chosen; `isBuffer` false: it needs a geometry first.
    void openRequested(const QString& name, bool isBuffer);
    void removeRequested(const QString& name);
    void selectionChanged();

private:
    void open(const QModelIndex& index);
    void showMenu(const QPoint& position);
    void updateEmptyState();

    SegmentModel* m_model;
    QSortFilterProxyModel* m_filter;
    QLineEdit* m_search;
    QTableView* m_table;
    QLabel* m_empty;
    QStackedWidget* m_stack;
};

}  // namespace workbench
