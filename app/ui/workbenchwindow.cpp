#include "ui/workbenchwindow.hpp"

#include <QApplication>
#include <QCloseEvent>
#include <QComboBox>
#include <QDockWidget>
#include <QFileDialog>
#include <QLabel>
#include <QMenuBar>
#include <QMessageBox>
#include <QStackedWidget>
#include <QStatusBar>
#include <QTabWidget>
#include <QToolBar>
#include <ctime>

#include "session/names.hpp"
#include "shared_cbuff/discovery.hpp"
#include "ui/bufferbrowser.hpp"
#include "ui/bufferpage.hpp"
#include "ui/dialogs.hpp"
#include "ui/eventlogview.hpp"
#include "ui/helperpanel.hpp"
#include "ui/manualpanel.hpp"
#include "ui/style.hpp"
#include "ui/usageplot.hpp"

namespace workbench {
namespace {

constexpr int statusMs = 8000;
constexpr double actionsIntervalSeconds = 0.25;

double ownCpuSeconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

}  // namespace

WorkbenchWindow::WorkbenchWindow(QWidget* parent)
    : QMainWindow{parent},
      m_sampler{m_timebase},
      m_center{new QStackedWidget{this}},
      m_pages{new QTabWidget{m_center}},
      m_empty{new QLabel{m_center}} {
    setWindowTitle(tr("CBuff Workbench"));
    setDockNestingEnabled(true);
    m_sampler.setRate(m_settings.samplingRate());
    m_pages->setDocumentMode(true);
    m_pages->setTabsClosable(true);
    m_pages->setMovable(true);
    connect(m_pages, &QTabWidget::tabCloseRequested, this, &WorkbenchWindow::closePage);
    connect(m_pages, &QTabWidget::currentChanged, this, [this] {
        updateActions();
        if (m_span != nullptr) showSpan();
    });
    m_empty->setText(tr("No buffer is open.\n\nChoose one at the left and press Enter,\nor create one with Ctrl+N."));
    m_empty->setAlignment(Qt::AlignCenter);
    m_center->addWidget(m_empty);
    m_center->addWidget(m_pages);
    setCentralWidget(m_center);

    makeDocks();
    makeActions();
    makeMenus();
    makeToolBar();
    makeStatusBar();
    updateIcons();

    connect(&m_scanner, &SegmentScanner::scanned, m_browser, &BufferBrowser::update);
    connect(&m_scanner, &SegmentScanner::failed, m_browser, &BufferBrowser::showProblem);
    m_repaint.setInterval(repaintIntervalMs);
    connect(&m_repaint, &QTimer::timeout, this, [this] {
        takeBatches();  // hidden or not: events and history go on
        repaintVisible();
    });
    m_repaint.start();
    m_costTimer.setInterval(1000);
    connect(&m_costTimer, &QTimer::timeout, this, &WorkbenchWindow::showCost);
    m_costTimer.start();

    resize(1360, 820);
    restoreGeometry(m_settings.geometry());
    restoreState(m_settings.state());
    updateActions();
}

WorkbenchWindow::~WorkbenchWindow() {
    if (isVisible()) rememberWindow();  // ended by a signal, not by hand
    closeAllPages();
    // These look at members of ours, which go before the base class deletes its children.
    delete m_events;
    delete m_helpers;
    delete m_browser;
}

void WorkbenchWindow::rememberWindow() { m_settings.setWindow(saveGeometry(), saveState()); }

// ---- Pages

BufferPage* WorkbenchWindow::page(const QString& name) const {
    for (int index = 0; index < m_pages->count(); ++index) {
        auto* candidate = qobject_cast<BufferPage*>(m_pages->widget(index));
        if (candidate != nullptr && candidate->session().name() == name) return candidate;
    }
    return nullptr;
}

BufferPage* WorkbenchWindow::currentPage() const { return qobject_cast<BufferPage*>(m_pages->currentWidget()); }

void WorkbenchWindow::sayProblem(const QString& buffer, const QString& text, QString* problem) {
    m_log.append({.time = m_timebase.now(), .kind = EventKind::Note, .buffer = buffer, .text = text});
    statusBar()->showMessage(text, statusMs);
    if (problem != nullptr) *problem = text;
}

BufferPage* WorkbenchWindow::openBuffer(const QString& name, const std::optional<shared_cbuff::Geometry>& geometry,
                                        QString* problem) {
    try {
        if (BufferPage* open = page(shownName(nameBytes(name)))) {
            if (open->session().isStillNamed()) {
                m_pages->setCurrentWidget(open);
                return open;
            }
            closePage(m_pages->indexOf(open));  // its buffer cannot be reached any more
        }
        auto session = std::make_unique<BufferSession>(name, geometry, m_sampler, m_log, m_timebase);
        if (session->isClassic()) m_settings.setGeometryOf(name, session->geometry());
        return addPage(std::move(session));
    } catch (const shared_cbuff::CBuffException& error) {
        sayProblem(name, shownSentence(error.what()), problem);
        return nullptr;
    }
}

BufferPage* WorkbenchWindow::createBuffer(const QString& name, const shared_cbuff::CreateOptions& options,
                                          QString* problem) {
    try {
        auto writer = shared_cbuff::Writer::create(nameBytes(name), options);
        if (BufferPage* old = page(shownName(writer.name()))) closePage(m_pages->indexOf(old));
        return addPage(std::make_unique<BufferSession>(std::move(writer), m_sampler, m_log, m_timebase));
    } catch (const shared_cbuff::CBuffException& error) {
        sayProblem(name, shownSentence(error.what()), problem);
        return nullptr;
    }
}

BufferPage* WorkbenchWindow::addPage(std::unique_ptr<BufferSession> session) {
    session->setHistorySeconds(m_settings.historySeconds());
    auto* added = new BufferPage{std::move(session), m_timebase, m_pages};
    added->plot().setSpanSeconds(m_settings.spanSeconds());
    connect(&added->plot(), &UsagePlot::followingChanged, this, &WorkbenchWindow::updateActions);
    connect(&added->plot(), &UsagePlot::spanChanged, this, &WorkbenchWindow::showSpan);
    connect(&added->session(), &BufferSession::writerRoleChanged, this, &WorkbenchWindow::updateActions);
    connect(&added->session(), &BufferSession::helpersChanged, m_helpers, &HelperPanel::refresh);
    // Queued: the page that asks is the page that goes.
    connect(
        added, &BufferPage::reopenRequested, this,
        [this](const QString& name, const std::optional<shared_cbuff::Geometry>& geometry) {
            openBuffer(name, geometry);
        },
        Qt::QueuedConnection);
    const int tab = m_pages->addTab(added, style::buttonText(style::shortened(added->session().name())));
    m_pages->setTabToolTip(tab, style::plainToolTip(added->session().name()));
    m_pages->setCurrentIndex(tab);
    m_center->setCurrentWidget(m_pages);
    updateSessions();
    m_scanner.scanNow();
    return added;
}

void WorkbenchWindow::showSpan() {
    BufferPage* shown = currentPage();
    if (shown == nullptr) return;
    const double seconds = shown->plot().spanSeconds();
    const int offered = m_span->findData(seconds);
    m_span->setCurrentIndex(offered);
    // After zooming by hand the span is none of those offered: say it all the same.
    m_span->setPlaceholderText(offered >= 0 ? QString{} : tr("%1 s").arg(seconds, 0, 'g', 3));
}

void WorkbenchWindow::closePage(int index) {
    QWidget* widget = m_pages->widget(index);
    if (widget == nullptr) return;
    m_pages->removeTab(index);
    auto* closing = qobject_cast<BufferPage*>(widget);
    if (closing != nullptr) closing->session().disconnect(m_helpers);
    updateSessions();  // views forget the session before it goes
    delete widget;
    if (m_pages->count() == 0) m_center->setCurrentWidget(m_empty);
    m_scanner.scanNow();
    updateActions();
}

void WorkbenchWindow::closeAllPages() {
    while (m_pages->count() > 0) closePage(m_pages->count() - 1);
}

void WorkbenchWindow::updateSessions() {
    std::vector<BufferSession*> sessions;
    for (int index = 0; index < m_pages->count(); ++index) {
        if (auto* open = qobject_cast<BufferPage*>(m_pages->widget(index))) sessions.push_back(&open->session());
    }
    m_helpers->setSessions(sessions);
    updateActions();
}

// ---- Values come in, pictures go out

void WorkbenchWindow::takeBatches() {
    for (const SampleBatch& batch : m_sampler.takeBatches()) {
        for (int index = 0; index < m_pages->count(); ++index) {
            auto* open = qobject_cast<BufferPage*>(m_pages->widget(index));
            if (open != nullptr && open->session().source() == batch.source) open->session().take(batch);
        }
    }
}

void WorkbenchWindow::repaintVisible() {
    if (!isVisible() || isMinimized()) return;
    if (BufferPage* shown = currentPage()) shown->refresh();
    if (m_timebase.now() < m_actionsDue) return;
    m_actionsDue = m_timebase.now() + actionsIntervalSeconds;
    updateActions();
}

bool WorkbenchWindow::savePicture(const QString& file) {
    takeBatches();
    if (BufferPage* shown = currentPage()) shown->redraw();
    if (grab().save(file)) {
        statusBar()->showMessage(tr("Saved %1").arg(file), statusMs);
        return true;
    }
    statusBar()->showMessage(
        tr("Could not write %1; is its folder there and writable, and does it end in .png?").arg(file), statusMs);
    return false;
}

void WorkbenchWindow::choosePicture() {
    const QString file = QFileDialog::getSaveFileName(
        this, tr("Save a Picture of the Window"), QStringLiteral("cbuff-workbench.png"), tr("PNG pictures (*.png)"));
    if (!file.isEmpty()) savePicture(file);
}

void WorkbenchWindow::showCost() {
    const double cpu = ownCpuSeconds();
    const double now = m_timebase.now();
    const double share = m_cpuSecondsBefore ? (cpu - *m_cpuSecondsBefore) / std::max(0.001, now - m_costTimeBefore) : 0;
    m_cpuSecondsBefore = cpu;
    m_costTimeBefore = now;
    const auto buffers = static_cast<std::uint64_t>(m_sampler.sourceCount());
    QString text = tr("%1 Hz, %2, own CPU %3 %")
                       .arg(m_sampler.rate())
                       .arg(style::counted(buffers, tr("buffer"), tr("buffers")))
                       .arg(share * 100, 0, 'f', 1);
    if (BufferPage* shown = currentPage()) {
        const double kept = now - shown->session().oldestTime();
        if (kept < 1e8) {
            text += tr(", history %1 s in %2")
                        .arg(kept, 0, 'f', 0)
                        .arg(style::bytesText(static_cast<double>(shown->session().historyBytes())));
        }
    }
    m_cost->setText(text);
}

void WorkbenchWindow::showMoment(const QString& buffer, double time) {
    BufferPage* shown = page(buffer);
    if (shown == nullptr) return statusBar()->showMessage(tr("The page of %1 is closed.").arg(buffer), statusMs);
    m_pages->setCurrentWidget(shown);
    shown->plot().showMoment(time);
}

// ---- Commands

void WorkbenchWindow::showAttach(const QString& name) {
    QStringList names;
    try {
        for (const auto& segment : shared_cbuff::list_segments()) names << shownName(segment.name);
    } catch (const shared_cbuff::CBuffException& error) {
        statusBar()->showMessage(shownSentence(error.what()), statusMs);
    }
    const QString wanted = name.isEmpty() ? m_browser->selectedName() : name;
    AttachDialog dialog{names, wanted, [this](const QString& known) { return m_settings.geometryOf(known); }, this};
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
    if (target == nullptr) return;
    HelperDialog dialog{role, target->session().name(), this};
    if (dialog.exec() != QDialog::Accepted) return;
    for (int started = 0; started < dialog.howMany(); ++started) target->session().startHelper(dialog.options());
    if (auto* dock = findChild<QDockWidget*>(QStringLiteral("helpersDock"))) dock->raise();
}

void WorkbenchWindow::removeBuffer(QString name) {
    if (name.isEmpty()) name = m_browser->selectedName();
    if (name.isEmpty()) return statusBar()->showMessage(tr("Select a buffer in the list first."), statusMs);
    QString warning =
        tr("Remove %1? Its name goes at once; who is attached keeps its memory until it leaves.").arg(name);
    try {
        const auto sample = shared_cbuff::Observer::attach(nameBytes(name)).sample();
        if (sample.writer.state == shared_cbuff::WriterState::alive) {
            warning = tr("%1 has a live writer, pid %2. Removing it cuts new readers off from that program.\n\n")
                          .arg(name, QString::number(sample.writer.pid)) +
                      warning;
        }
    } catch (const shared_cbuff::GeometryMismatch&) {
        warning = tr("%1 has no control block: it may belong to another program.\n\n").arg(name) + warning;
    } catch (const shared_cbuff::CBuffException&) {
        // damaged or gone: the removal itself will say
    }
    QMessageBox question{QMessageBox::Question, tr("Remove a Buffer"), warning, QMessageBox::Yes | QMessageBox::No,
                         this};
    question.setTextFormat(Qt::PlainText);
    question.setDefaultButton(QMessageBox::No);
    if (question.exec() != QMessageBox::Yes) return;
    try {
        if (!shared_cbuff::remove_buffer(nameBytes(name)))
            statusBar()->showMessage(tr("%1 was gone already.").arg(name), statusMs);
    } catch (const shared_cbuff::CBuffException& error) {
        statusBar()->showMessage(shownSentence(error.what()), statusMs);
    }
    m_scanner.scanNow();
}

void WorkbenchWindow::setHistorySeconds(double seconds) {
    m_settings.setHistorySeconds(seconds);
    for (int index = 0; index < m_pages->count(); ++index) {
        if (auto* open = qobject_cast<BufferPage*>(m_pages->widget(index))) open->session().setHistorySeconds(seconds);
    }
}

void WorkbenchWindow::setSamplingRate(int hertz) {
    m_settings.setSamplingRate(hertz);
    m_sampler.setRate(hertz);
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
           "<tr><td><b>Everywhere</b></td><td></td></tr>"
           "<tr><td>F6</td><td>next area</td></tr><tr><td>Ctrl+Tab</td><td>next page</td></tr>"
           "<tr><td>Alt+letter</td><td>menus and buttons</td></tr></table>"));
}

void WorkbenchWindow::updateActions() {
    if (m_follow == nullptr) return;
    BufferPage* shown = currentPage();
    const auto set = [](QAction* action, bool enabled, const QString& tip) {
        action->setEnabled(enabled);
        action->setStatusTip(tip);
        action->setToolTip(style::plainToolTip(tip));
    };
    for (QAction* action : {m_close, m_follow, m_zoomIn, m_zoomOut, m_resetView, m_push, m_pop, m_peek, m_producer,
                            m_consumer, m_takeRole}) {
        set(action, shown != nullptr, shown != nullptr ? action->data().toString() : tr("Open a buffer first."));
    }
    const bool following = shown == nullptr || shown->plot().isFollowing();
    if (m_followIcon != following) {
        m_followIcon = following;
        m_follow->setText(following ? tr("&Pause") : tr("&Follow"));
        m_follow->setIcon(style::icon(following ? style::Icon::Pause : style::Icon::Follow, palette()));
    }
    const QString noProducer = shown == nullptr ? tr("Open a buffer first.") : shown->session().whyNoProducer();
    const QString noConsumer = shown == nullptr ? tr("Open a buffer first.") : shown->session().whyNotAttachable();
    m_helpers->setStartable(noProducer, noConsumer);
    if (shown == nullptr) return;
    const PushAbility ability = shown->session().pushAbility();
    m_takeRole->setText(ability.holdsRole ? tr("&Release Writer Role") : tr("&Take Writer Role"));
    set(m_takeRole, ability.holdsRole || ability.canTake, ability.reason);
    if (!noProducer.isEmpty()) set(m_producer, false, noProducer);
    if (!noConsumer.isEmpty()) set(m_consumer, false, noConsumer);
    if (!noConsumer.isEmpty() && !shown->session().hasReader()) set(m_pop, false, noConsumer);
}

void WorkbenchWindow::closeEvent(QCloseEvent* event) {
    rememberWindow();
    closeAllPages();
    event->accept();
}

void WorkbenchWindow::changeEvent(QEvent* event) {
    QMainWindow::changeEvent(event);
    if (event->type() == QEvent::PaletteChange && m_attach != nullptr) updateIcons();
}

void WorkbenchWindow::updateIcons() {
    const auto set = [&](QAction* action, style::Icon icon) { action->setIcon(style::icon(icon, palette())); };
    set(m_attach, style::Icon::Attach);
    set(m_create, style::Icon::Create);
    set(m_remove, style::Icon::Remove);
    set(m_producer, style::Icon::Producer);
    set(m_consumer, style::Icon::Consumer);
    set(m_picture, style::Icon::Picture);
    setWindowIcon(style::icon(style::Icon::Application, palette()));
    m_followIcon.reset();
    updateActions();
}

}  // namespace workbench
