#pragma once
// Push, pop and peek by hand, with the results listed. What cannot be done now is disabled and says why.
// Thread contract: the GUI's thread. Every button is bound to a command of the window, which calls back here.

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

struct Commands;

class ManualPanel : public QWidget {
    Q_OBJECT
public:
    static constexpr int keptLines = 10000;

    ManualPanel(BufferSession& session, const Commands& commands, QWidget* parent = nullptr);

    /// Brings the texts up to date.
    void refresh();
    void focusPush();

    // What the commands do on this page, and why not: a sentence, empty if they can.
    void push();
    void pop();
    void detach();
    void peek();
    void toggleWriterRole();
    QString whyNotPush() const;
    QString whyNotPop() const;
    QString whyNotDetach() const;
    QString whyNotToggleRole() const;
    /// What there is to say of the writer role.
    QString roleSentence() const;

private:
    QWidget* makePush(const Commands& commands);
    QWidget* makePop(const Commands& commands);
    QWidget* makePeek(const Commands& commands);
    ItemForm form() const;
    void list(const QString& line);
    void listItems(const QString& verb, const ItemsResult& result, bool numbered);

    BufferSession& m_session;
    QLineEdit* m_items = nullptr;
    QComboBox* m_form = nullptr;
    QPushButton* m_role = nullptr;
    QLabel* m_roleText = nullptr;
    QSpinBox* m_popCount = nullptr;
    QLabel* m_readerText = nullptr;
    QSpinBox* m_peekCount = nullptr;
    QComboBox* m_peekFrom = nullptr;
    QPlainTextEdit* m_results = nullptr;
};

}  // namespace workbench
