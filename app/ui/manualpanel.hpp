#pragma once
// Push, pop and peek by hand, with the results listed. What cannot be done now is disabled and says why.
// Thread contract: the GUI's thread. Every button calls one command of the session.

#include <QWidget>

#include "session/buffersession.hpp"
#include "values/itemtext.hpp"

class QComboBox;
class QLabel;
class QLineEdit;
class QPlainTextEdit;
class QPushButton;
class QSpinBox;

namespace workbench {

class ManualPanel : public QWidget {
    Q_OBJECT
public:
    static constexpr int keptLines = 10000;

    explicit ManualPanel(BufferSession& session, QWidget* parent = nullptr);

    /// Brings what is enabled, and why not, up to date.
    void refresh();
    void focusPush();

public Q_SLOTS:
    void push();
    void pop();
    void peek();
    void toggleWriterRole();

private:
    QWidget* makePush();
    QWidget* makePop();
    QWidget* makePeek();
    ItemForm form() const;
    void list(const QString& line);
    void listItems(const QString& verb, const ItemsResult& result, bool numbered);

    BufferSession& m_session;
    QLineEdit* m_items = nullptr;
    QComboBox* m_form = nullptr;
    QPushButton* m_push = nullptr;
    QPushButton* m_role = nullptr;
    QLabel* m_roleText = nullptr;
    QSpinBox* m_popCount = nullptr;
    QPushButton* m_pop = nullptr;
    QPushButton* m_detach = nullptr;
    QLabel* m_readerText = nullptr;
    QSpinBox* m_peekCount = nullptr;
    QComboBox* m_peekFrom = nullptr;
    QPushButton* m_peek = nullptr;
    QPlainTextEdit* m_results = nullptr;
};

}  // namespace workbench
