#include "ui/tables.hpp"

#include <QAction>
#include <QApplication>
#include <QClipboard>
#include <QHeaderView>
#include <QTableView>
#include <algorithm>

namespace workbench::tables {
namespace {

/// Tabs and line feeds part cells and rows, so none may be in one.
QString cellText(const QVariant& value) { return value.toString().replace(u'\t', u' ').replace(u'\n', u' '); }

}  // namespace

QString selectedRows(const QTableView& table) {
    const QAbstractItemModel& model = *table.model();
    std::vector<int> columns;
    for (int column = 0; column < model.columnCount(); ++column) {
        if (!table.isColumnHidden(column)) columns.push_back(column);
    }
    QStringList lines;
    const auto addLine = [&](auto textOf) {
        QStringList cells;
        for (const int column : columns) cells << textOf(column);
        lines << cells.join(u'\t');
    };
    addLine([&](int column) { return cellText(model.headerData(column, Qt::Horizontal, Qt::DisplayRole)); });
    QModelIndexList rows = table.selectionModel()->selectedRows();
    std::ranges::sort(rows, {}, [](const QModelIndex& index) { return index.row(); });
    for (const QModelIndex& row : rows) {
        addLine([&](int column) {
            const QModelIndex cell = row.siblingAtColumn(column);
            const QVariant full = cell.data(copyRole);
            return cellText(full.isValid() ? full : cell.data());
        });
    }
    return lines.join(u'\n') + u'\n';
}

void setUp(QTableView& table, const QString& accessibleName) {
    table.setAccessibleName(accessibleName);
    table.setSelectionBehavior(QAbstractItemView::SelectRows);
    table.setSelectionMode(QAbstractItemView::SingleSelection);
    table.setEditTriggers(QAbstractItemView::NoEditTriggers);
    table.setShowGrid(false);
    table.setWordWrap(false);
    table.setTextElideMode(Qt::ElideMiddle);  // names differ at their ends as often as at their beginnings
    table.setTabKeyNavigation(false);
    table.setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
    table.verticalHeader()->hide();
    table.verticalHeader()->setDefaultSectionSize(table.fontMetrics().height() + 8);
    table.horizontalHeader()->setStretchLastSection(true);
    table.horizontalHeader()->setHighlightSections(false);
    table.horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    table.horizontalHeader()->setMinimumSectionSize(40);
    table.setFrameShape(QFrame::NoFrame);
    auto* const copy = new QAction{QApplication::translate("workbench::tables", "Copy Rows"), &table};
    copy->setShortcut(QKeySequence::Copy);
    copy->setShortcutContext(Qt::WidgetShortcut);
    QObject::connect(copy, &QAction::triggered, &table,
                     [&table] { QApplication::clipboard()->setText(selectedRows(table)); });
    table.addAction(copy);
}

}  // namespace workbench::tables
