#pragma once
// How every table of the workbench behaves: rows, one selection, no grid, Enter activates, Tab leaves, Ctrl+C copies.
// Thread contract: the GUI's thread.

#include <QString>

class QTableView;

namespace workbench::tables {

/// What a cell copies where that says more than what it shows: a time with its date and zone.
inline constexpr int copyRole = Qt::UserRole + 100;

void setUp(QTableView& table, const QString& accessibleName);
/// The selected rows, all their visible columns, with the header: a line each, tabs between.
QString selectedRows(const QTableView& table);

}  // namespace workbench::tables
