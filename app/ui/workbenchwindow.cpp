#include "ui/workbenchwindow.hpp"

#include <QApplication>
#include <QCloseEvent>
#include <QComboBox>
#include <QDockWidget>
#include <QFileDialog>
#include <QFileInfo>
#include <QLabel>
#include <QMenuBar>
#include <QMessageBox>
#include <QStatusBar>
#include <QTabBar>
#include <QTabWidget>
#include <QToolBar>
#include <ctime>

#include "ui/bufferbrowser.hpp"
#include "ui/bufferpage.hpp"
#include "ui/dialogs.hpp"
#include "ui/eventlogview.hpp"
#include "ui/helperpanel.hpp"
#include "ui/manualpanel.hpp"
#include "ui/overviewpage.hpp"
#include "ui/style.hpp"
#include "ui/usageplot.hpp"

namespace workbench {
namespace {

constexpr int statusMs = 8000;
constexpr double commandsIntervalSeconds = 0.25;

double ownCpuSeconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

}  // namespace

WorkbenchWindow::WorkbenchWindow(Workbench& workbench, QWidget* parent)
    : QMainWindow{parent},
      m_workbench{workbench},
      m_pages{new QTabWidget{this}},
      m_overview{new OverviewPage{workbench.watchlist(), m_pages}} {
    setWindowTitle(tr("CBuff Workbench"));
    setDockNestingEnabled(true);
    m_pages->setDocumentMode(true);
    m_pages->setTabsClosable(true);
    m_pages->setMovable(true);
    connect(m_pages, &QTabWidget::tabCloseRequested, this, &WorkbenchWindow::closePage);
    m_pages->addTab(m_overview, tr("Overview"));
    for (const auto side : {QTabBar::LeftSide, QTabBar::RightSide}) m_pages->tabBar()->setTabButton(0, side, nullptr);
    connect(m_overview, &OverviewPage::openRequested, this, [this](const QString& name) { openBuffer(name); });
    setCentralWidget(m_pages);

    makeCommands();
    makeDocks();
    makeKeys();
    makeMenus();
    makeToolBar();
    makeStatusBar();
    updateIcons();
    connect(m_pages, &QTabWidget::currentChanged, this, [this] {
        refreshCommands();
        showSpan();
    });
    connect(&m_workbench, &Workbench::segmentsScanned, m_browser, &BufferBrowser::update);
    connect(&m_workbench, &Workbench::scanFailed, m_browser, &BufferBrowser::showProblem);
    connect(&m_workbench, &Workbench::sessionAdded, this, [this](BufferSession* session) { addPage(*session); });
    connect(&m_workbench, &Workbench::sessionRemoved, this, [this](BufferSession* session) { removePage(*session); });
    connect(&m_workbench, &Workbench::recordingChanged, this, &WorkbenchWindow::noteRecording);
    for (const auto& session : m_workbench.sessions()) addPage(*session);
    m_repaint.setInterval(repaintIntervalMs);
    connect(&m_repaint, &QTimer::timeout, this, [this] {
        m_workbench.pump();  // hidden or not: events and history go on
        repaintVisible();
    });
    m_repaint.start();
    m_costTimer.setInterval(1000);
    connect(&m_costTimer, &QTimer::timeout, this, &WorkbenchWindow::showCost);
    m_costTimer.start();

    resize(1360, 820);
    restoreGeometry(m_workbench.settings().geometry());
    restoreState(m_workbench.settings().state());
    setHandShown(m_workbench.settings().isHandShown());
    refreshCommands();
}

WorkbenchWindow::~WorkbenchWindow() {
    if (isVisible()) rememberWindow();  // ended by a signal, not by hand
    m_workbench.closeAll();
}

void WorkbenchWindow::rememberWindow() { m_workbench.settings().setWindow(saveGeometry(), saveState()); }

// ---- Pages

BufferPage* WorkbenchWindow::page(const QString& title) const {
    const auto found = m_pageOf.find(m_workbench.find(title));
    return found == m_pageOf.end() ? nullptr : found->second;
}

BufferPage* WorkbenchWindow::currentPage() const { return qobject_cast<BufferPage*>(m_pages->currentWidget()); }

void WorkbenchWindow::say(const QString& text) { statusBar()->showMessage(text, statusMs); }

BufferPage* WorkbenchWindow::showPage(const BufferSession* session) {
    const auto found = m_pageOf.find(session);
    if (found == m_pageOf.end()) return nullptr;
    m_pages->setCurrentWidget(found->second);
    return found->second;
}

BufferPage* WorkbenchWindow::openBuffer(const QString& name, const std::optional<shared_cbuff::Geometry>& geometry,
                                        QString* problem) {
    QString why;
    const BufferSession* session = m_workbench.open(name, geometry, &why);
    if (session == nullptr) say(why);
    if (problem != nullptr) *problem = why;
    return showPage(session);
}

BufferPage* WorkbenchWindow::openRecording(const QString& path, QString* problem) {
    QString why;
    const BufferSession* session = m_workbench.openRecording(path, &why);
    if (session == nullptr) say(why);
    if (problem != nullptr) *problem = why;
    return showPage(session);
}

BufferPage* WorkbenchWindow::createBuffer(const QString& name, const shared_cbuff::CreateOptions& options,
                                          QString* problem) {
    QString why;
    const BufferSession* session = m_workbench.create(name, options, &why);
    if (session == nullptr) say(why);
    if (problem != nullptr) *problem = why;
    return showPage(session);
}

void WorkbenchWindow::addPage(BufferSession& session) {
    auto* added = new BufferPage{session, m_commands, m_pages};
    m_pageOf[&session] = added;
    added->setHandShown(m_workbench.settings().isHandShown());
    added->plot().view().setSpan(m_workbench.settings().spanSeconds());
    connect(&added->plot().view(), &TimeView::followingChanged, this, &WorkbenchWindow::refreshCommands);
    connect(&added->plot().view(), &TimeView::spanChanged, this, &WorkbenchWindow::showSpan);
    if (const BufferHands* hands = session.hands()) {
        connect(hands, &BufferHands::writerRoleChanged, this, &WorkbenchWindow::refreshCommands);
        connect(hands, &BufferHands::readerChanged, this, &WorkbenchWindow::refreshCommands);
        connect(hands, &BufferHands::helpersChanged, m_helpers, &HelperPanel::refresh);
    }
    // Queued: the page that asks is the page that goes.
    connect(
        added, &BufferPage::reopenRequested, this,
        [this](const QString& name, const std::optional<shared_cbuff::Geometry>& geometry) {
            openBuffer(name, geometry);
        },
        Qt::QueuedConnection);
    const int tab = m_pages->addTab(added, style::buttonText(style::shortened(session.title())));
    m_pages->setTabToolTip(tab, style::plainToolTip(session.title()));
    m_pages->setCurrentIndex(tab);
    showSessions();
}

void WorkbenchWindow::removePage(BufferSession& session) {
    const auto found = m_pageOf.find(&session);
    if (found == m_pageOf.end()) return;
    BufferPage* const page = found->second;
    m_pageOf.erase(found);
    m_pages->removeTab(m_pages->indexOf(page));
    if (session.hands() != nullptr) session.hands()->disconnect(m_helpers);
    showSessions();  // views forget the session before it goes
    delete page;     // and so does its page, which the tabs no longer own
}

void WorkbenchWindow::closePage(int index) {
    if (auto* closing = qobject_cast<BufferPage*>(m_pages->widget(index))) m_workbench.close(&closing->session());
}

void WorkbenchWindow::showSessions() {
    std::vector<BufferSession*> sessions;
    for (const auto& session : m_workbench.sessions()) sessions.push_back(session.get());
    m_helpers->setSessions(std::move(sessions));
    refreshCommands();
}

void WorkbenchWindow::showSpan() {
    BufferPage* shown = currentPage();
    if (shown == nullptr) return;
    const double seconds = shown->plot().view().span();
    const int offered = m_span->findData(seconds);
    m_span->setCurrentIndex(offered);
    // After zooming by hand the span is none of those offered: say it all the same.
    m_span->setPlaceholderText(offered >= 0 ? QString{} : tr("%1 s").arg(seconds, 0, 'g', 3));
}

void WorkbenchWindow::setHandShown(bool shown) {
    m_workbench.settings().setHandShown(shown);
    m_commands.byHand->setChecked(shown);
    for (const auto& [session, page] : m_pageOf) page->setHandShown(shown);
}

// ---- Values come in, pictures go out

void WorkbenchWindow::repaintVisible() {
    if (!isVisible() || isMinimized()) return;
    if (BufferPage* shown = currentPage())
        shown->refresh();
    else
        m_overview->refresh(m_workbench.now());
    if (m_workbench.now() < m_commandsDue) return;
    m_commandsDue = m_workbench.now() + commandsIntervalSeconds;
    refreshCommands();
}

bool WorkbenchWindow::savePicture(const QString& file) {
    m_workbench.pump();
    if (BufferPage* shown = currentPage())
        shown->redraw();
    else
        m_overview->redraw(m_workbench.now());
    if (grab().save(file)) {
        say(tr("Saved %1").arg(file));
        return true;
    }
    say(tr("Could not write %1; is its folder there and writable, and does it end in .png?").arg(file));
    return false;
}

void WorkbenchWindow::choosePicture() {
    QString file = QFileDialog::getSaveFileName(this, tr("Save a Picture of the Window"),
                                                QStringLiteral("cbuff-workbench.png"), tr("PNG pictures (*.png)"));
    if (file.isEmpty()) return;
    if (QFileInfo{file}.suffix().isEmpty()) file += QStringLiteral(".png");
    savePicture(file);
}

void WorkbenchWindow::showCost() {
    const double cpu = ownCpuSeconds();
    const double now = m_workbench.now();
    const double share = m_cpuSecondsBefore ? (cpu - *m_cpuSecondsBefore) / std::max(0.001, now - m_costTimeBefore) : 0;
    m_cpuSecondsBefore = cpu;
    m_costTimeBefore = now;
    const auto watched = static_cast<qulonglong>(m_workbench.watchlist().buffers().size());
    QString text = tr("%1 open at %2 Hz, %3 watched at %4 Hz, own CPU %5 %")
                       .arg(m_workbench.sessions().size())
                       .arg(m_workbench.settings().samplingRate())
                       .arg(watched)
                       .arg(WatchedBuffer::hertz)
                       .arg(share * 100, 0, 'f', 1);
    if (BufferPage* shown = currentPage()) {
        const BufferStory& story = shown->session().story();
        const double kept = shown->session().feed().now() - story.oldestTime();
        if (kept < 1e8) {
            text += tr(", history %1 s in %2")
                        .arg(kept, 0, 'f', 0)
                        .arg(style::bytesText(static_cast<double>(story.bytes())));
        }
    }
    m_cost->setText(text);
}

void WorkbenchWindow::showMoment(const QString& title, double time) {
    BufferPage* shown = showPage(m_workbench.find(title));
    if (shown == nullptr) return say(tr("The page of %1 is closed.").arg(title));
    shown->plot().view().showMoment(time);
}

// ---- Commands

void WorkbenchWindow::showAttach(const QString& name) {
    QString problem;
    const QStringList names = m_workbench.names(&problem);
    if (!problem.isEmpty()) say(problem);
    const QString wanted = name.isEmpty() ? m_browser->selectedName() : name;
    const auto remembered = [this](const QString& known) { return m_workbench.settings().geometryOf(known); };
    AttachDialog dialog{names, wanted, remembered, this};
    if (dialog.exec() == QDialog::Accepted) openBuffer(dialog.name(), dialog.geometry());
}

void WorkbenchWindow::showCreate() {
    CreateDialog dialog{this};
    while (dialog.exec() == QDialog::Accepted) {  // what was typed stays there when it could not be done
        QString problem;
        if (createBuffer(dialog.name(), dialog.options(), &problem) != nullptr) return;
        QMessageBox warning{QMessageBox::Warning, tr("Create a Buffer"), problem, QMessageBox::Ok, this};
        warning.setTextFormat(Qt::PlainText);
        warning.exec();
    }
}

void WorkbenchWindow::showHelper(HelperRole role) {
    BufferPage* target = currentPage();
    BufferHands* hands = target != nullptr ? target->session().hands() : nullptr;
    if (hands == nullptr) return;
    HelperDialog dialog{role, target->session().name(), this, target->session().story().facts().geometry.item_size};
    if (dialog.exec() != QDialog::Accepted) return;
    for (int started = 0; started < dialog.howMany(); ++started) hands->startHelper(dialog.options());
    if (auto* dock = findChild<QDockWidget*>(QStringLiteral("helpersDock"))) dock->raise();
}

void WorkbenchWindow::removeBuffer(QString name) {
    if (name.isEmpty()) name = m_browser->selectedName();
    if (name.isEmpty()) return say(tr("Select a buffer in the list first."));
    QMessageBox question{QMessageBox::Question, tr("Remove a Buffer"), m_workbench.removalQuestion(name),
                         QMessageBox::Yes | QMessageBox::No, this};
    question.setTextFormat(Qt::PlainText);
    question.setDefaultButton(QMessageBox::No);
    if (question.exec() != QMessageBox::Yes) return;
    if (const QString problem = m_workbench.remove(name); !problem.isEmpty()) say(problem);
}

void WorkbenchWindow::showAbout() {
    QMessageBox::about(this, tr("About CBuff Workbench"),
                       tr("<b>CBuff Workbench %1</b><p>Shows what happens inside a shared circular buffer.</p>"
                          "<p>The project's code is under the MIT licence. This program links QCustomPlot, so as a "
                          "binary it is under the GNU General Public License, version 3 or later.</p>")
                           .arg(QApplication::applicationVersion()));
}

void WorkbenchWindow::showKeys() {
    QMessageBox::information(
        this, tr("Keyboard"),
        tr("<table cellspacing=6>"
           "<tr><td><b>In the plot</b></td><td></td></tr>"
           "<tr><td>Space</td><td>pause or follow</td></tr><tr><td>Left, Right</td><td>pan</td></tr>"
           "<tr><td>Up, Down, +, −</td><td>zoom in time; the wheel too, with Shift in usage</td></tr>"
           "<tr><td>Ctrl+Left, Ctrl+Right</td><td>move the readout</td></tr>"
           "<tr><td>Home</td><td>reset the view</td></tr><tr><td>End</td><td>back to the present</td></tr>"
           "<tr><td>Esc</td><td>drop the readout</td></tr>"
           "<tr><td>Click, drag, Shift+drag</td><td>pin the readout, pan, zoom to a stretch</td></tr>"
           "<tr><td>Backspace</td><td>back from that stretch</td></tr>"
           "<tr><td><b>Everywhere</b></td><td></td></tr>"
           "<tr><td>F6</td><td>next area</td></tr><tr><td>Ctrl+Tab</td><td>next page</td></tr>"
           "<tr><td>Ctrl+H</td><td>push, pop and peek by hand</td></tr>"
           "<tr><td>Alt+letter</td><td>menus and buttons</td></tr></table>"));
}

void WorkbenchWindow::refreshCommands() {
    if (m_cost == nullptr) return;  // not all is made yet
    const BufferPage* shown = currentPage();
    const bool following = shown == nullptr || shown->plot().view().isFollowing();
    if (m_followIcon != following) {
        m_followIcon = following;
        m_commands.follow->setText(following ? tr("&Pause") : tr("&Follow"));
        m_commands.follow->setIcon(style::icon(following ? style::Icon::Pause : style::Icon::Follow, palette()));
    }
    const BufferHands* hands = shown != nullptr ? shown->session().hands() : nullptr;
    const bool holdsRole = hands != nullptr && hands->pushAbility().holdsRole;
    m_commands.takeRole->setText(holdsRole ? tr("&Release Writer Role") : tr("&Take Writer Role"));
    m_commands.takeRole->setTip(shown != nullptr ? shown->manual().roleSentence() : QString{});
    m_commands.record->setText(m_workbench.isRecording() ? tr("Stop &Recording") : tr("&Record…"));
    const bool isPlaying = shown != nullptr && shown->session().feed().playback() != nullptr &&
                           shown->session().feed().state().kind == FeedState::Kind::running;
    m_commands.play->setText(isPlaying ? tr("&Pause Playing") : tr("&Play"));
    for (auto* command : findChildren<Command*>(Qt::FindDirectChildrenOnly)) command->refresh();
}

void WorkbenchWindow::closeEvent(QCloseEvent* event) {
    rememberWindow();
    m_workbench.stopRecording();
    m_workbench.closeAll();
    event->accept();
}

void WorkbenchWindow::changeEvent(QEvent* event) {
    QMainWindow::changeEvent(event);
    if (event->type() == QEvent::PaletteChange && m_cost != nullptr) updateIcons();
}

void WorkbenchWindow::updateIcons() {
    const auto set = [&](QAction* action, style::Icon icon) { action->setIcon(style::icon(icon, palette())); };
    set(m_commands.attach, style::Icon::Attach);
    set(m_commands.create, style::Icon::Create);
    set(m_commands.remove, style::Icon::Remove);
    set(m_commands.producer, style::Icon::Producer);
    set(m_commands.consumer, style::Icon::Consumer);
    set(m_commands.picture, style::Icon::Picture);
    setWindowIcon(style::icon(style::Icon::Application, palette()));
    m_followIcon.reset();
    refreshCommands();
}

}  // namespace workbench
