#pragma once
// All helper processes of all pages: what they are, how they do, and the controls to steer them.
// Thread contract: the GUI's thread.

#include <QAbstractTableModel>
#include <QPointer>
#include <QWidget>
#include <vector>

#include "session/buffersession.hpp"

class QLineEdit;
class QPushButton;
class QTableView;

namespace workbench {

struct Commands;

class HelperModel : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column { Role, Buffer, Pid, State, Target, Rate, Items, Lost, Underflows, Message, ColumnCount };

    using QAbstractTableModel::QAbstractTableModel;

    void setSessions(std::vector<BufferSession*> sessions);
    /// Takes what changed; rows keep their place while their helper stays.
    void refresh();
    HelperProcess* helper(int row) const;
    BufferSession* session(int row) const;

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    struct Row {
        QPointer<BufferSession> session;
        QPointer<HelperProcess> helper;
        friend bool operator==(const Row&, const Row&) = default;
    };

    QVariant text(const HelperProcess& helper, int column) const;

    std::vector<BufferSession*> m_sessions;
    std::vector<Row> m_rows;
};

class HelperPanel : public QWidget {
    Q_OBJECT
public:
    explicit HelperPanel(const Commands& commands, QWidget* parent = nullptr);

    /// Those whose helpers are shown.
    void setSessions(std::vector<BufferSession*> sessions);
    void refresh();

    // What the commands do with the selected helper, and why not: a sentence, empty if they can.
    void togglePause();
    void stopSelected();
    void killSelected();
    QString whyNoneSelected() const;
    /// The selected one is paused: then the command lets it go on.
    bool isPaused() const;

Q_SIGNALS:
    /// Another helper is selected, or its state is another one.
    void selectionChanged();

private:
    HelperProcess* selected() const;
    void applyRate();
    void removeEnded();
    void updateButtons();

    HelperModel* m_model;
    QTableView* m_table;
    QPointer<HelperProcess> m_selected;
    QLineEdit* m_rate;
    QPushButton* m_setRate;
    QPushButton* m_pause;
    QPushButton* m_clear;
};

}  // namespace workbench
