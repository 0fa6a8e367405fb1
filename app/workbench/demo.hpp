#pragma once
// The demonstration: a real buffer, a producer process, a consumer that keeps up and one that is too slow.
// Thread contract: the GUI's thread.

#include <QObject>
#include <QTimer>

#include "ui/workbenchwindow.hpp"

namespace workbench {

class Demo : public QObject {
    Q_OBJECT
public:
    explicit Demo(WorkbenchWindow& window);
    /// Why there is no demonstration; empty if there is one.
    const QString& problem() const { return m_problem; }

private:
    QString m_problem;
};

}  // namespace workbench
