#include "ui/bufferbrowser.hpp"

#include <QApplication>
#include <QClipboard>
#include <QHeaderView>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QShortcut>
#include <QSortFilterProxyModel>
#include <QTableView>
#include <QVBoxLayout>

#include "ui/readersmodel.hpp"
#include "ui/tables.hpp"
#include "values/names.hpp"

namespace workbench {

BufferBrowser::BufferBrowser(QWidget* parent)
    : QWidget{parent},
      m_model{new SegmentModel{this}},
      m_filter{new QSortFilterProxyModel{this}},
      m_search{new QLineEdit{this}},
      m_table{new QTableView{this}},
      m_empty{new QLabel{this}},
      m_stack{new QStackedWidget{this}} {
    setObjectName(QStringLiteral("bufferBrowser"));
    m_filter->setSourceModel(m_model);
    m_filter->setFilterCaseSensitivity(Qt::CaseInsensitive);
    m_search->setPlaceholderText(tr("Filter by name"));
    m_search->setClearButtonEnabled(true);
    m_search->setAccessibleName(tr("Filter buffers by name"));
    connect(m_search, &QLineEdit::textChanged, m_filter, &QSortFilterProxyModel::setFilterFixedString);
    connect(m_search, &QLineEdit::textChanged, this, &BufferBrowser::updateEmptyState);

    tables::setUp(*m_table, tr("Buffers on this machine"));
    m_table->setModel(m_filter);
    m_table->setItemDelegateForColumn(SegmentModel::Usage, new BarDelegate{m_table});
    m_table->setContextMenuPolicy(Qt::CustomContextMenu);
    // Who they are and how full; more of each stands in the overview.
    for (const int column : {SegmentModel::Geometry, SegmentModel::Writer, SegmentModel::Readers})
        m_table->hideColumn(column);
    m_table->horizontalHeader()->hide();
    m_table->horizontalHeader()->setStretchLastSection(false);
    m_table->horizontalHeader()->setSectionResizeMode(SegmentModel::Name, QHeaderView::Stretch);
    m_table->horizontalHeader()->resizeSection(SegmentModel::Usage, 90);
    connect(m_table, &QTableView::activated, this, &BufferBrowser::open);
    connect(m_table, &QTableView::customContextMenuRequested, this, &BufferBrowser::showMenu);
    connect(m_table->selectionModel(), &QItemSelectionModel::selectionChanged, this, &BufferBrowser::selectionChanged);

    m_empty->setTextFormat(Qt::PlainText);
    m_empty->setWordWrap(true);
    m_empty->setAlignment(Qt::AlignCenter);
    m_empty->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_empty->setMargin(16);
    m_stack->addWidget(m_table);
    m_stack->addWidget(m_empty);
    auto* layout = new QVBoxLayout{this};
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_search);
    layout->addWidget(m_stack);
    setFocusProxy(m_table);
    updateEmptyState();
}

void BufferBrowser::update(const SegmentList& segments) {
    m_model->update(segments);
    updateEmptyState();
}

void BufferBrowser::showProblem(const QString& problem) {
    m_model->update({});
    m_empty->setText(problem);
    m_stack->setCurrentWidget(m_empty);
}

void BufferBrowser::updateEmptyState() {
    const bool none = m_model->rowCount() == 0;
    m_empty->setText(
        none ? tr("No buffers here yet.\n\nCreate one, or run\ncbuff produce demo --create --item-size 8 --length 1024")
             : tr("No buffer's name contains “%1”.").arg(m_search->text()));
    m_stack->setCurrentWidget(m_filter->rowCount() == 0 ? static_cast<QWidget*>(m_empty) : m_table);
}

QString BufferBrowser::selectedName() const {
    const auto rows = m_table->selectionModel()->selectedRows();
    const auto* segment = rows.isEmpty() ? nullptr : m_model->segment(m_filter->mapToSource(rows.first()));
    return segment == nullptr ? QString{} : shownName(segment->name);
}

void BufferBrowser::open(const QModelIndex& index) {
    const auto* segment = m_model->segment(m_filter->mapToSource(index));
    if (segment == nullptr) return;
    Q_EMIT openRequested(shownName(segment->name), SegmentModel::isBuffer(*segment));
}

void BufferBrowser::showMenu(const QPoint& position) {
    const QModelIndex index = m_table->indexAt(position);
    if (!index.isValid()) return;
    const QString name = selectedName();
    QMenu menu{this};
    menu.addAction(tr("&Open"), this, [this, index] { open(index); });
    menu.addAction(tr("Copy &Name"), this, [name] { QApplication::clipboard()->setText(name); });
    menu.addAction(tr("&Remove…"), this, [this, name] { Q_EMIT removeRequested(name); });
    menu.exec(m_table->viewport()->mapToGlobal(position));
}

}  // namespace workbench
