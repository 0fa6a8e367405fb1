#pragma once
// The main window: composes docks, pages and menus, and passes commands on. Nothing else.
// Thread contract: the GUI's thread.

#include <QMainWindow>
#include <QTimer>
#include <functional>
#include <map>
#include <optional>

#include "session/workbench.hpp"
#include "ui/commands.hpp"

class QComboBox;
class QLabel;
class QTabWidget;

namespace workbench {

class BufferBrowser;
class BufferPage;
class EventLogView;
class HelperPanel;
class ManualPanel;
class OverviewPage;
class UsagePlot;

class WorkbenchWindow : public QMainWindow {
    Q_OBJECT
public:
    static constexpr int repaintIntervalMs = 34;  // at most 30 times a second

    /// Shows this workbench, which must outlive it. When the window is closed, so are its buffers.
    explicit WorkbenchWindow(Workbench& workbench, QWidget* parent = nullptr);
    ~WorkbenchWindow() override;

    /// Opens a page on a buffer, or shows the one there is. Problems go to the event log and the status bar, and into
    /// `problem`. Returns the page or null.
    BufferPage* openBuffer(const QString& name, const std::optional<shared_cbuff::Geometry>& geometry = std::nullopt,
                           QString* problem = nullptr);
    /// Opens a page on every buffer of a recording. Returns that of the first one, or null.
    BufferPage* openRecording(const QString& path, QString* problem = nullptr);
    BufferPage* createBuffer(const QString& name, const shared_cbuff::CreateOptions& options,
                             QString* problem = nullptr);
    /// By its session's title; null if there is none.
    BufferPage* page(const QString& title) const;
    /// Null while the overview is shown.
    BufferPage* currentPage() const;
    OverviewPage& overview() const { return *m_overview; }
    /// Not that of the overview, which is 0.
    void closePage(int index);
    /// Everything drawn as of now, into a PNG. False, and the status bar says why, if it could not be written.
    bool savePicture(const QString& file);
    Workbench& workbench() { return m_workbench; }
    EventLog& log() { return m_workbench.log(); }
    HelperPanel& helperPanel() const { return *m_helpers; }
    const Commands& commands() const { return m_commands; }

public Q_SLOTS:
    void showAttach(const QString& name = {});
    void showCreate();
    void showHelper(workbench::HelperRole role);
    void removeBuffer(QString name = {});

protected:
    void closeEvent(QCloseEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    void makeCommands();
    void makeFileCommands();
    void makePlotCommands();
    void makeBufferCommands();
    void makeHelperCommands();
    void makeRecordingCommands();
    Command* onPlayback(const QString& text, const QKeySequence& keys, const QString& tip,
                        std::function<void(Playback&)> run);
    Playback* playback() const;
    void chooseRecording();
    void toggleRecording();
    void noteRecording(const QString& problem);
    Command* onPlot(const QString& text, const QKeySequence& keys, const QString& tip,
                    std::function<void(UsagePlot&)> run);
    Command* onManual(const QString& text, const QKeySequence& keys, const QString& tip,
                      std::function<void(ManualPanel&)> run, std::function<QString(const ManualPanel&)> whyNot = {});
    void makeKeys();
    void focusNextArea();
    void makeMenus();
    void makeToolBar();
    void makeDocks();
    void makeStatusBar();
    void makeViewMenu();
    void addPage(BufferSession& session);
    void removePage(BufferSession& session);
    BufferPage* showPage(const BufferSession* session);
    void repaintVisible();
    void refreshCommands();
    void rememberWindow();
    void say(const QString& text);
    QString whyNoPage() const;
    void showSessions();
    void updateIcons();
    void showCost();
    void showSpan();
    void setHandShown(bool shown);
    void showMoment(const QString& title, double time);
    void choosePicture();
    void showAbout();
    void showKeys();

    Workbench& m_workbench;
    Commands m_commands;
    std::map<const BufferSession*, BufferPage*> m_pageOf;
    QTabWidget* m_pages;
    OverviewPage* m_overview;
    BufferBrowser* m_browser = nullptr;
    EventLogView* m_events = nullptr;
    HelperPanel* m_helpers = nullptr;
    QComboBox* m_span = nullptr;
    QLabel* m_cost = nullptr;
    QTimer m_repaint;
    QTimer m_costTimer;
    std::optional<double> m_cpuSecondsBefore;
    double m_costTimeBefore = 0;
    double m_commandsDue = 0;
    std::optional<bool> m_followIcon;  // what the command shows: following, or paused
};

}  // namespace workbench
