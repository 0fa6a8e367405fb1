#pragma once
// The main window: composes docks, pages and menus, and passes commands on. Nothing else.
// Thread contract: the GUI's thread.

#include <QMainWindow>
#include <QTimer>
#include <functional>
#include <memory>
#include <optional>

#include "session/buffersession.hpp"
#include "session/eventlog.hpp"
#include "session/helperprocess.hpp"
#include "session/sampler.hpp"
#include "session/segmentscanner.hpp"
#include "ui/settings.hpp"

class QComboBox;
class QLabel;
class QStackedWidget;
class QTabWidget;

namespace workbench {

class BufferBrowser;
class BufferPage;
class EventLogView;
class HelperPanel;

class WorkbenchWindow : public QMainWindow {
    Q_OBJECT
public:
    static constexpr int repaintIntervalMs = 34;  // at most 30 times a second

    explicit WorkbenchWindow(QWidget* parent = nullptr);
    ~WorkbenchWindow() override;

    /// Opens a page on a buffer, or shows the one there is; a page whose buffer has lost its name is replaced. Problems
    /// go to the event log and the status bar, and into `problem`. Returns the page or null.
    BufferPage* openBuffer(const QString& name, const std::optional<shared_cbuff::Geometry>& geometry = std::nullopt,
                           QString* problem = nullptr);
    BufferPage* createBuffer(const QString& name, const shared_cbuff::CreateOptions& options,
                             QString* problem = nullptr);
    BufferPage* page(const QString& name) const;
    BufferPage* currentPage() const;
    void closePage(int index);
    void closeAllPages();
    /// Everything drawn as of now, into a PNG. False, and the status bar says why, if it could not be written.
    bool savePicture(const QString& file);
    EventLog& log() { return m_log; }
    HelperPanel& helperPanel() const { return *m_helpers; }

public Q_SLOTS:
    void showAttach(const QString& name = {});
    void showCreate();
    void showHelper(workbench::HelperRole role);
    void removeBuffer(QString name = {});

protected:
    void closeEvent(QCloseEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    QAction* makeAction(const QString& text, const QKeySequence& shortcut, const QString& tip,
                        std::function<void()> run);
    void makeActions();
    void makeMenus();
    void makeToolBar();
    void makeDocks();
    void makeStatusBar();
    void makeViewMenu();
    BufferPage* addPage(std::unique_ptr<BufferSession> session);
    void takeBatches();
    void repaintVisible();
    void updateActions();
    void rememberWindow();
    void sayProblem(const QString& buffer, const QString& text, QString* problem);
    void updateSessions();
    void updateIcons();
    void showCost();
    void showSpan();
    void showMoment(const QString& buffer, double time);
    void setHistorySeconds(double seconds);
    void setSamplingRate(int hertz);
    void choosePicture();
    void showAbout();
    void showKeys();

    Timebase m_timebase;
    Settings m_settings;
    EventLog m_log;
    Sampler m_sampler;
    SegmentScanner m_scanner;
    QStackedWidget* m_center;
    QTabWidget* m_pages;
    QLabel* m_empty;
    BufferBrowser* m_browser = nullptr;
    EventLogView* m_events = nullptr;
    HelperPanel* m_helpers = nullptr;
    QComboBox* m_span = nullptr;
    QLabel* m_cost = nullptr;
    QTimer m_repaint;
    QTimer m_costTimer;
    std::optional<double> m_cpuSecondsBefore;
    double m_costTimeBefore = 0;
    double m_actionsDue = 0;
    std::optional<bool> m_followIcon;  // what m_follow shows: following, or paused
    QAction *m_attach{}, *m_create{}, *m_remove{}, *m_close{}, *m_picture{}, *m_quit{}, *m_clearLog{};
    QAction *m_follow{}, *m_zoomIn{}, *m_zoomOut{}, *m_resetView{};
    QAction *m_takeRole{}, *m_push{}, *m_pop{}, *m_peek{}, *m_producer{}, *m_consumer{}, *m_pauseHelper{},
        *m_stopHelper{}, *m_killHelper{}, *m_stopAll{};
    QAction *m_about{}, *m_keys{};
};

}  // namespace workbench
