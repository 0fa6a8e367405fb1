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

class HelperModel : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column { Role, Buffer, Pid, State, Target, Rate, Items, Lost, Underflows, Message, ColumnCount };

    using QAbstractTableModel::QAbstractTableModel;

    void setSessions(const std::vector<BufferSession*>& sessions);
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
    explicit HelperPanel(QWidget* parent = nullptr);

    void setSessions(const std::vector<BufferSession*>& sessions);
    void refresh();
    /// Why no producer, and why no consumer, can be started on the shown page; empty where one can.
    void setStartable(const QString& whyNoProducer, const QString& whyNoConsumer);

    /// Of the selected helper.
    void togglePause();
    void stopSelected();
    void killSelected();

Q_SIGNALS:
    void producerRequested();
    void consumerRequested();

private:
    HelperProcess* selected() const;
    void applyRate();
    void removeEnded();
    void updateButtons();

    HelperModel* m_model;
    QTableView* m_table;
    QPointer<HelperProcess> m_selected;
    QPushButton* m_producer;
    QPushButton* m_consumer;
    QLineEdit* m_rate;
    QPushButton* m_setRate;
    QPushButton* m_pause;
    QPushButton* m_stop;
    QPushButton* m_kill;
    QPushButton* m_clear;
};

}  // namespace workbench
