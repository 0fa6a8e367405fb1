#include "ui/helperpanel.hpp"

#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QLocale>
#include <QPushButton>
#include <QTableView>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>

#include "ui/commands.hpp"
#include "ui/style.hpp"
#include "ui/tables.hpp"

namespace workbench {
namespace {

QString counterText(std::uint64_t value) { return QLocale{}.toString(static_cast<qulonglong>(value)); }

/// What the helper's own counters say in this column; nothing where its role has none.
QString counter(const HelperReport& report, int column) {
    if (const auto* producer = std::get_if<ProducerTotals>(&report.totals)) {
        return column == HelperModel::Items ? counterText(producer->pushed) : QString{};
    }
    const auto& consumer = std::get<ConsumerTotals>(report.totals);
    switch (column) {
        case HelperModel::Items:
            return counterText(consumer.popped);
        case HelperModel::Lost:
            return counterText(consumer.lost);
        case HelperModel::Underflows:
            return counterText(consumer.underflows);
        default:
            return {};
    }
}

QString rateText(double rate) {
    return QLocale{}.toString(rate, 'f', rate > 0 && rate < 10 ? 1 : 0) + QStringLiteral("/s");
}

QString stateMark(HelperState state) {
    switch (state) {
        case HelperState::Running:
            return QStringLiteral("● ");
        case HelperState::Paused:
            return QStringLiteral("‖ ");
        case HelperState::Failed:
        case HelperState::Crashed:
            return QStringLiteral("✕ ");
        case HelperState::Ended:
            return QStringLiteral("■ ");
        case HelperState::Starting:
            return QStringLiteral("○ ");
    }
    return {};
}

}  // namespace

// ---- The model

void HelperModel::setSessions(std::vector<BufferSession*> sessions) {
    std::erase_if(sessions, [](const BufferSession* session) { return session->hands() == nullptr; });
    m_sessions = std::move(sessions);
    refresh();
}

void HelperModel::refresh() {
    std::vector<Row> rows;
    for (BufferSession* session : m_sessions) {
        for (const auto& helper : session->hands()->helpers()) rows.push_back({session, helper.get()});
    }
    if (rows == m_rows) {
        if (!rows.empty()) Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, ColumnCount - 1));
        return;
    }
    const bool onlyAppended = rows.size() > m_rows.size() && std::equal(m_rows.begin(), m_rows.end(), rows.begin());
    if (onlyAppended) {
        beginInsertRows({}, rowCount(), static_cast<int>(rows.size()) - 1);
        m_rows = std::move(rows);
        endInsertRows();
    } else {
        beginResetModel();
        m_rows = std::move(rows);
        endResetModel();
    }
}

HelperProcess* HelperModel::helper(int row) const {
    return row >= 0 && row < rowCount() ? m_rows[static_cast<std::size_t>(row)].helper.data() : nullptr;
}

BufferSession* HelperModel::session(int row) const {
    return row >= 0 && row < rowCount() ? m_rows[static_cast<std::size_t>(row)].session.data() : nullptr;
}

int HelperModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}

int HelperModel::columnCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : ColumnCount; }

QVariant HelperModel::text(const HelperProcess& helper, int column) const {
    const HelperStatus& status = helper.status();
    switch (column) {
        case Role: {
            const QString& label = helper.options().label;
            return label.isEmpty() ? toString(helper.options().role)
                                   : QStringLiteral("%1 “%2”").arg(toString(helper.options().role), label);
        }
        case Buffer:
            return helper.options().buffer;
        case Pid:
            return status.pid > 0 ? QString::number(status.pid) : QString{};
        case State:
            return stateMark(status.state) + toString(status.state);
        case Target:
            return status.rateTarget ? rateText(*status.rateTarget) : tr("max");
        case Rate:
            return rateText(status.rate);
        case Items:
        case Lost:
        case Underflows:
            return status.report ? counter(*status.report, column) : QString{};
        case Message:
            return status.message;
        default:
            return {};
    }
}

QVariant HelperModel::data(const QModelIndex& index, int role) const {
    if (!checkIndex(index, CheckIndexOption::IndexIsValid)) return {};
    const HelperProcess* process = helper(index.row());
    if (process == nullptr) return {};
    const bool isNumber = index.column() == Pid || (index.column() >= Target && index.column() <= Underflows);
    if (role == Qt::DisplayRole) return text(*process, index.column());
    if (role == Qt::ToolTipRole)
        return style::plainToolTip(QStringLiteral("cbuff ") + process->options().arguments().join(u' '));
    if (role == Qt::TextAlignmentRole) {
        return QVariant::fromValue(Qt::Alignment{(isNumber ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter});
    }
    return {};
}

QVariant HelperModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole) return {};
    switch (section) {
        case Role:
            return tr("Helper");
        case Buffer:
            return tr("Buffer");
        case Pid:
            return tr("PID");
        case State:
            return tr("State");
        case Target:
            return tr("Asked rate");
        case Rate:
            return tr("Rate");
        case Items:
            return tr("Items");
        case Lost:
            return tr("Lost");
        case Underflows:
            return tr("Underflows");
        case Message:
            return tr("Last word");
        default:
            return {};
    }
}

// ---- The panel

HelperPanel::HelperPanel(const Commands& commands, QWidget* parent)
    : QWidget{parent}, m_model{new HelperModel{this}}, m_table{new QTableView{this}} {
    tables::setUp(*m_table, tr("Helper processes"));
    m_table->setModel(m_model);
    m_table->horizontalHeader()->resizeSection(HelperModel::Role, 140);
    m_table->horizontalHeader()->resizeSection(HelperModel::Pid, 80);
    connect(m_table->selectionModel(), &QItemSelectionModel::selectionChanged, this, &HelperPanel::updateButtons);
    connect(m_model, &QAbstractItemModel::modelReset, this, &HelperPanel::updateButtons);

    const auto button = [this](const QString& text, const QString& name, auto slot) {
        auto* made = new QPushButton{text, this};
        made->setObjectName(name);
        connect(made, &QPushButton::clicked, this, slot);
        return made;
    };
    const auto bound = [this](const QString& text, const QString& name, Command& command) {
        auto* made = new QPushButton{text, this};
        made->setObjectName(name);
        command.bind(*made);
        return made;
    };
    auto* producer = bound(tr("&Producer…"), QStringLiteral("producer"), *commands.producer);
    auto* consumer = bound(tr("&Consumer…"), QStringLiteral("consumer"), *commands.consumer);
    m_rate = new QLineEdit{this};
    m_rate->setPlaceholderText(tr("items/s or max"));
    m_rate->setAccessibleName(tr("New rate of the selected helper, items a second or max"));
    m_rate->setMaximumWidth(110);
    connect(m_rate, &QLineEdit::returnPressed, this, &HelperPanel::applyRate);
    connect(m_rate, &QLineEdit::textChanged, this, &HelperPanel::updateButtons);
    m_setRate = button(tr("Set Ra&te"), QStringLiteral("setRate"), &HelperPanel::applyRate);
    m_pause = bound(tr("P&ause"), QStringLiteral("pause"), *commands.pauseHelper);
    auto* stop = bound(tr("&Stop"), QStringLiteral("stop"), *commands.stopHelper);
    auto* kill = bound(tr("&Kill"), QStringLiteral("kill"), *commands.killHelper);
    m_clear = button(tr("Remove En&ded"), QStringLiteral("clear"), &HelperPanel::removeEnded);

    auto* bar = new QHBoxLayout;
    for (QWidget* widget :
         std::initializer_list<QWidget*>{producer, consumer, m_rate, m_setRate, m_pause, stop, kill}) {
        bar->addWidget(widget);
    }
    bar->addStretch();
    bar->addWidget(m_clear);
    auto* layout = new QVBoxLayout{this};
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addLayout(bar);
    layout->addWidget(m_table);
    setFocusProxy(m_table);
    updateButtons();
}

void HelperPanel::setSessions(std::vector<BufferSession*> sessions) {
    if (HelperProcess* now = selected()) m_selected = now;
    m_model->setSessions(std::move(sessions));
    refresh();
}

void HelperPanel::refresh() {
    if (HelperProcess* now = selected()) m_selected = now;
    m_model->refresh();
    // The same helper stays selected wherever its row went: a kill must never hit another one.
    if (selected() != m_selected || m_selected == nullptr) {
        m_table->clearSelection();
        for (int row = 0; row < m_model->rowCount(); ++row) {
            const bool theOnlyOne = m_selected == nullptr && m_model->rowCount() == 1;
            if (theOnlyOne || (m_selected != nullptr && m_model->helper(row) == m_selected)) m_table->selectRow(row);
        }
    }
    updateButtons();
}

QString HelperPanel::whyNoneSelected() const {
    const HelperProcess* helper = selected();
    if (helper == nullptr) return tr("Select a helper first.");
    return helper->isAlive() ? QString{} : tr("This helper has ended.");
}

bool HelperPanel::isPaused() const {
    const HelperProcess* helper = selected();
    return helper != nullptr && helper->isAlive() && helper->status().state == HelperState::Paused;
}

HelperProcess* HelperPanel::selected() const {
    const auto rows = m_table->selectionModel()->selectedRows();
    return rows.isEmpty() ? nullptr : m_model->helper(rows.first().row());
}

void HelperPanel::applyRate() {
    HelperProcess* helper = selected();
    const QString text = m_rate->text().trimmed();
    bool ok = false;
    const double rate = text.toDouble(&ok);
    if (helper == nullptr || !m_setRate->isEnabled()) return;
    helper->setRate(text == u"max" ? std::nullopt : std::optional{rate});
}

void HelperPanel::stopSelected() {
    if (HelperProcess* helper = selected()) helper->stop();
}

void HelperPanel::killSelected() {
    if (HelperProcess* helper = selected()) helper->kill();
}

void HelperPanel::togglePause() {
    HelperProcess* helper = selected();
    if (helper == nullptr) return;
    helper->status().state == HelperState::Paused ? helper->resume() : helper->pause();
}

void HelperPanel::removeEnded() {
    for (int row = m_model->rowCount() - 1; row >= 0; --row) {
        HelperProcess* helper = m_model->helper(row);
        BufferSession* session = m_model->session(row);
        if (helper != nullptr && session != nullptr && !helper->isAlive()) session->hands()->removeHelper(helper);
    }
    refresh();
}

void HelperPanel::updateButtons() {
    const HelperProcess* helper = selected();
    const bool alive = helper != nullptr && helper->isAlive();
    m_setRate->setToolTip(whyNoneSelected());
    m_pause->setText(isPaused() ? tr("Res&ume") : tr("P&ause"));
    bool ok = false;
    const double rate = m_rate->text().trimmed().toDouble(&ok);
    const bool good = m_rate->text().trimmed() == u"max" || (ok && std::isfinite(rate) && rate > 0);
    m_setRate->setEnabled(alive && good);
    if (alive && !good) m_setRate->setToolTip(tr("Type a rate first: a number above 0, or max."));
    bool anyEnded = false;
    for (int row = 0; row < m_model->rowCount(); ++row)
        anyEnded = anyEnded || (m_model->helper(row) && !m_model->helper(row)->isAlive());
    m_clear->setEnabled(anyEnded);
    m_clear->setToolTip(anyEnded ? QString{} : tr("No helper has ended."));
    Q_EMIT selectionChanged();
}

}  // namespace workbench
