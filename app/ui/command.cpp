#include "ui/command.hpp"

#include <QAbstractButton>

#include "ui/style.hpp"

namespace workbench {

Command::Command(Does does, QObject* parent) : QAction{does.text, parent}, m_does{std::move(does)} {
    setShortcut(m_does.keys);
    connect(this, &QAction::triggered, this, [this] { m_does.run(); });
    setStatusTip(m_does.tip);
    setToolTip(style::plainToolTip(m_does.tip));
}

void Command::setTip(const QString& tip) {
    m_does.tip = tip;
    refresh();
}

void Command::refresh() {
    const QString why = m_does.whyNot ? m_does.whyNot() : QString{};
    const QString told = why.isEmpty() ? m_does.tip : why;
    setEnabled(why.isEmpty());
    setStatusTip(told);
    setToolTip(style::plainToolTip(told));
}

void Command::bind(QAbstractButton& button) {
    const auto follow = [this, &button] {
        button.setEnabled(isEnabled());
        button.setToolTip(toolTip());
        button.setStatusTip(statusTip());
    };
    connect(&button, &QAbstractButton::clicked, this, &QAction::trigger);
    connect(this, &QAction::changed, &button, follow);
    follow();
}

}  // namespace workbench
