#pragma once
// One command of the window: its text, its keys, what it does, and why it cannot be done now. Menu, tool bar and
// buttons are bound to it, so that they never disagree. Thread contract: the GUI's thread.

#include <QAction>
#include <functional>

class QAbstractButton;

namespace workbench {

class Command : public QAction {
    Q_OBJECT
public:
    struct Does {
        QString text;
        QKeySequence keys = {};
        QString tip = {};
        std::function<void()> run;
        /// A sentence; empty if it can be done. Nothing: always.
        std::function<QString()> whyNot = {};
    };
    /// Does not ask yet whether it can be done.
    Command(Does does, QObject* parent);

    /// Asks whether it can be done.
    void refresh();
    /// What it would do now, if it depends: "release" instead of "take".
    void setTip(const QString& tip);
    /// A click does it; the button is enabled as the command is, and says the same.
    void bind(QAbstractButton& button);

private:
    Does m_does;
};

}  // namespace workbench
