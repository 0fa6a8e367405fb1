#pragma once
// One buffer's page: header, banner, plot, readers, and the panel for pushing and popping by hand.
// Thread contract: the GUI's thread.

#include <QWidget>

#include "session/buffersession.hpp"

class QFrame;
class QLabel;
class QPushButton;
class QTableView;
class QToolButton;

namespace workbench {

class ManualPanel;
class ReadersModel;
class UsagePlot;
struct Commands;

class BufferPage : public QWidget {
    Q_OBJECT
public:
    BufferPage(BufferSession& session, const Commands& commands, QWidget* parent = nullptr);

    BufferSession& session() const { return m_session; }
    UsagePlot& plot() const { return *m_plot; }
    ManualPanel& manual() const { return *m_manual; }
    /// Room for pushing and popping by hand, beside the plot.
    void setHandShown(bool shown);
    QTableView& readers() const { return *m_readers; }

    /// Brings plot and numbers up to date, as far as they can be seen. At most 30 times a second.
    void refresh();
    /// From now on "since" is now: what was lost before is told, and not counted.
    void mark();
    /// Everything, now; for pictures.
    void redraw();

Q_SIGNALS:
    /// The name leads to another buffer, and the user wants to see that one.
    void reopenRequested(const QString& name, const std::optional<shared_cbuff::Geometry>& geometry);

private:
    QWidget* makeHeader();
    QWidget* makeReaders();
    void refreshHeader(double now);
    void refreshLosses();
    void markBeginning();
    void refreshBanner();
    QString writerText() const;

    BufferSession& m_session;
    QLabel* m_title = nullptr;
    QLabel* m_facts = nullptr;
    QLabel* m_losses = nullptr;
    QToolButton* m_markButton = nullptr;
    /// Where "since" begins, and what was counted by then.
    struct Mark {
        double time = 0;
        std::uint64_t lost = 0;
        std::uint64_t rejected = 0;
    };
    std::optional<Mark> m_mark;  // nothing before the first sample
    QLabel* m_age = nullptr;
    QFrame* m_banner = nullptr;
    QLabel* m_bannerText = nullptr;
    QPushButton* m_reattach = nullptr;
    UsagePlot* m_plot = nullptr;
    ReadersModel* m_readersModel = nullptr;
    QTableView* m_readers = nullptr;
    QLabel* m_noReaders = nullptr;
    ManualPanel* m_manual = nullptr;
    QWidget* m_manualArea = nullptr;
    double m_numbersDue = 0;
};

}  // namespace workbench
