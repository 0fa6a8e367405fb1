// The window's docks, actions, menus and bars: composition only.

#include <QActionGroup>
#include <QApplication>
#include <QComboBox>
#include <QDockWidget>
#include <QLabel>
#include <QMenuBar>
#include <QShortcut>
#include <QStatusBar>
#include <QTabWidget>
#include <QToolBar>

#include "ui/bufferbrowser.hpp"
#include "ui/bufferpage.hpp"
#include "ui/choices.hpp"
#include "ui/eventlogview.hpp"
#include "ui/helperpanel.hpp"
#include "ui/manualpanel.hpp"
#include "ui/overviewpage.hpp"
#include "ui/style.hpp"
#include "ui/usageplot.hpp"
#include "ui/workbenchwindow.hpp"

namespace workbench {

void WorkbenchWindow::makeDocks() {
    const auto dock = [this](const QString& title, const QString& name, QWidget* content, Qt::DockWidgetArea area) {
        auto* made = new QDockWidget{title, this};
        made->setObjectName(name);
        made->setWidget(content);
        made->setFeatures(QDockWidget::DockWidgetMovable | QDockWidget::DockWidgetFloatable |
                          QDockWidget::DockWidgetClosable);
        addDockWidget(area, made);
        return made;
    };
    m_browser = new BufferBrowser{this};
    m_events = new EventLogView{log(), [this](const Event& event) { return m_workbench.wall(event); },
                                *m_commands.clearLog, this};
    m_helpers = new HelperPanel{m_commands, this};
    auto* browserDock = dock(tr("Buffers"), QStringLiteral("buffersDock"), m_browser, Qt::LeftDockWidgetArea);
    auto* eventsDock = dock(tr("Events"), QStringLiteral("eventsDock"), m_events, Qt::BottomDockWidgetArea);
    auto* helpersDock = dock(tr("Helpers"), QStringLiteral("helpersDock"), m_helpers, Qt::BottomDockWidgetArea);
    tabifyDockWidget(eventsDock, helpersDock);
    eventsDock->raise();
    setCorner(Qt::BottomLeftCorner, Qt::LeftDockWidgetArea);
    resizeDocks({browserDock}, {214}, Qt::Horizontal);
    resizeDocks({eventsDock}, {150}, Qt::Vertical);

    connect(m_browser, &BufferBrowser::openRequested, this, [this](const QString& name, bool isBuffer) {
        if (isBuffer || page(name) != nullptr)
            openBuffer(name);
        else
            showAttach(name);
    });
    connect(m_browser, &BufferBrowser::removeRequested, this, &WorkbenchWindow::removeBuffer);
    connect(m_browser, &BufferBrowser::selectionChanged, this, &WorkbenchWindow::refreshCommands);
    connect(m_helpers, &HelperPanel::selectionChanged, this, &WorkbenchWindow::refreshCommands);
    connect(m_events, &EventLogView::momentChosen, this, &WorkbenchWindow::showMoment);
}

QString WorkbenchWindow::whyNoPage() const { return currentPage() != nullptr ? QString{} : tr("Open a buffer first."); }

void WorkbenchWindow::makeCommands() {
    makeFileCommands();
    makePlotCommands();
    makeBufferCommands();
    makeHelperCommands();
    makeRecordingCommands();
}

void WorkbenchWindow::makeFileCommands() {
    const auto make = [this](Command::Does does) { return new Command{std::move(does), this}; };
    m_commands.attach =
        make({tr("&Attach…"), QKeySequence::Open, tr("Look at a buffer by name"), [this] { showAttach(); }});
    m_commands.create = make({tr("&Create…"), QKeySequence::New, tr("Create a buffer"), [this] { showCreate(); }});
    m_commands.remove = make(
        {tr("&Remove…"), {tr("Ctrl+Del")}, tr("Remove the buffer selected in the list"), [this] { removeBuffer(); }});
    m_commands.close = make({tr("C&lose Page"), QKeySequence::Close, tr("Close this page; its helpers are stopped"),
                             [this] { closePage(m_pages->currentIndex()); }, [this] { return whyNoPage(); }});
    m_commands.picture = make(
        {tr("Save &Picture…"), QKeySequence::Save, tr("Save a picture of the window"), [this] { choosePicture(); }});
    m_commands.quit = make({tr("&Quit"), {tr("Ctrl+Q")}, tr("Close every page and quit"), [this] { close(); }});
    m_commands.quit->setMenuRole(QAction::QuitRole);
    m_commands.clearLog =
        make({tr("&Clear Event Log"), {tr("Ctrl+Shift+L")}, tr("Empty the event log"), [this] { log().clear(); }});
    m_commands.keys =
        make({tr("&Keyboard"), QKeySequence::HelpContents, tr("What the keys do"), [this] { showKeys(); }});
    m_commands.about = make({tr("&About"), {tr("Shift+F1")}, tr("Version and licence"), [this] { showAbout(); }});
    m_commands.about->setMenuRole(QAction::AboutRole);
}

Command* WorkbenchWindow::onPlot(const QString& text, const QKeySequence& keys, const QString& tip,
                                 std::function<void(UsagePlot&)> run) {
    return new Command{{text, keys, tip,
                        [this, run = std::move(run)] {
                            if (BufferPage* shown = currentPage()) run(shown->plot());
                        },
                        [this] { return whyNoPage(); }},
                       this};
}

void WorkbenchWindow::makePlotCommands() {
    constexpr double step = 0.7;
    m_commands.follow = onPlot(tr("&Pause"), {tr("Ctrl+Space")},
                               tr("Let the view stand still, or follow the present; sampling goes on"),
                               [](UsagePlot& plot) { plot.view().setFollowing(!plot.view().isFollowing()); });
    m_commands.zoomIn = onPlot(tr("Zoom &In"), QKeySequence::ZoomIn, tr("Show a shorter time"),
                               [](UsagePlot& plot) { plot.view().zoom(step, plot.view().middle()); });
    m_commands.zoomOut = onPlot(tr("Zoom &Out"), QKeySequence::ZoomOut, tr("Show a longer time"),
                                [](UsagePlot& plot) { plot.view().zoom(1 / step, plot.view().middle()); });
    m_commands.resetView = onPlot(tr("&Reset View"), {tr("Ctrl+0")}, tr("The whole height, following the present"),
                                  [](UsagePlot& plot) { plot.resetView(); });
    m_commands.byHand = new Command{{tr("By &Hand"),
                                     {tr("Ctrl+H")},
                                     tr("Room for pushing, popping and peeking by hand, beside the plot"),
                                     [this] { setHandShown(!m_workbench.settings().isHandShown()); }},
                                    this};
    m_commands.byHand->setCheckable(true);
}

Command* WorkbenchWindow::onManual(const QString& text, const QKeySequence& keys, const QString& tip,
                                   std::function<void(ManualPanel&)> run,
                                   std::function<QString(const ManualPanel&)> whyNot) {
    return new Command{{text, keys, tip,
                        [this, run = std::move(run)] {
                            BufferPage* shown = currentPage();
                            if (shown == nullptr) return;
                            setHandShown(true);  // where it can be seen what becomes of it
                            run(shown->manual());
                            shown->manual().refresh();
                            refreshCommands();
                        },
                        [this, whyNot = std::move(whyNot)] {
                            const BufferPage* shown = currentPage();
                            return shown != nullptr && whyNot ? whyNot(shown->manual()) : whyNoPage();
                        }},
                       this};
}

void WorkbenchWindow::makeBufferCommands() {
    m_commands.takeRole = onManual(tr("&Take Writer Role"), {tr("Ctrl+T")}, {}, &ManualPanel::toggleWriterRole,
                                   &ManualPanel::whyNotToggleRole);
    m_commands.goToPush =
        onManual(tr("&Go to Push"), {tr("Ctrl+1")}, tr("Go to the items to push"), &ManualPanel::focusPush);
    m_commands.push =
        onManual(tr("&Push"), {}, tr("Appends the items in this order."), &ManualPanel::push, &ManualPanel::whyNotPush);
    m_commands.pop =
        onManual(tr("P&op"), {tr("Ctrl+2")},
                 tr("Takes items with a reader that belongs to this page alone; nobody else's items are taken."),
                 &ManualPanel::pop, &ManualPanel::whyNotPop);
    m_commands.detach = onManual(tr("&Detach"), {}, tr("Ends this page's reader and frees its slot."),
                                 &ManualPanel::detach, &ManualPanel::whyNotDetach);
    m_commands.peek = onManual(tr("P&eek"), {tr("Ctrl+3")}, tr("Shows items without taking part: no cursor moves."),
                               &ManualPanel::peek);
}

void WorkbenchWindow::makeHelperCommands() {
    const auto make = [this](Command::Does does) { return new Command{std::move(does), this}; };
    const auto startable = [this](auto whyNot) {
        return [this, whyNot] {
            const BufferPage* shown = currentPage();
            if (shown == nullptr) return whyNoPage();
            const BufferHands* hands = shown->session().hands();
            return hands != nullptr ? (hands->*whyNot)() : shown->session().whyNoHands();
        };
    };
    m_commands.producer = make({tr("&Producer…"),
                                {tr("Ctrl+Shift+P")},
                                tr("Start a process that pushes to this buffer"),
                                [this] { showHelper(HelperRole::Producer); },
                                startable(&BufferHands::whyNoProducer)});
    m_commands.consumer = make({tr("&Consumer…"),
                                {tr("Ctrl+Shift+C")},
                                tr("Start processes that pop from this buffer"),
                                [this] { showHelper(HelperRole::Consumer); },
                                startable(&BufferHands::whyNotAttachable)});
    const auto whyNot = [this] { return m_helpers->whyNoneSelected(); };
    m_commands.pauseHelper = make({tr("P&ause or Resume Selected"),
                                   {tr("Ctrl+Shift+Space")},
                                   tr("Pause or resume the helper selected in the list"),
                                   [this] { m_helpers->togglePause(); },
                                   whyNot});
    m_commands.stopHelper = make({tr("S&top Selected"),
                                  {tr("Ctrl+Shift+X")},
                                  tr("Ask the helper selected in the list to stop"),
                                  [this] { m_helpers->stopSelected(); },
                                  whyNot});
    m_commands.killHelper = make({tr("&Kill Selected"),
                                  {tr("Ctrl+Shift+K")},
                                  tr("Ends the process selected in the list at once (SIGKILL), as a crash would: its "
                                     "reader slot or writer role is left behind."),
                                  [this] { m_helpers->killSelected(); },
                                  whyNot});
    m_commands.stopAll =
        make({tr("&Stop All"), {tr("Ctrl+Shift+S")}, tr("Ask every helper of every page to stop"), [this] {
                  for (const auto& session : m_workbench.sessions()) {
                      if (BufferHands* hands = session->hands()) hands->stopHelpers();
                  }
              }});
}

/// F6 walks through the areas, as in other programs with docks; Ctrl+Tab through the pages.
void WorkbenchWindow::makeKeys() {
    auto* nextArea = new QShortcut{QKeySequence{Qt::Key_F6}, this};
    connect(nextArea, &QShortcut::activated, this, &WorkbenchWindow::focusNextArea);
    auto* nextPage = new QShortcut{QKeySequence::NextChild, this};
    connect(nextPage, &QShortcut::activated, this, [this] {
        if (m_pages->count() > 1) m_pages->setCurrentIndex((m_pages->currentIndex() + 1) % m_pages->count());
    });
}

void WorkbenchWindow::focusNextArea() {
    QList<QWidget*> areas{m_browser};
    if (BufferPage* shown = currentPage())
        areas << &shown->plot() << &shown->readers() << &shown->manual();
    else
        areas << &m_overview->table();
    areas << m_events << m_helpers;
    areas.removeIf([](const QWidget* area) { return !area->isVisible(); });
    if (areas.isEmpty()) return;
    qsizetype current = -1;
    for (qsizetype index = 0; index < areas.size(); ++index) {
        QWidget* focused = QApplication::focusWidget();
        if (focused != nullptr && (focused == areas[index] || areas[index]->isAncestorOf(focused))) current = index;
    }
    QWidget* next = areas[(current + 1) % areas.size()];
    if (auto* panel = qobject_cast<ManualPanel*>(next))
        panel->focusPush();
    else
        next->setFocus(Qt::TabFocusReason);
}

void WorkbenchWindow::makeMenus() {
    const Commands& c = m_commands;
    menuBar()->addMenu(tr("&File"))->addActions({c.attach, c.create, c.remove, c.close, c.picture, c.quit});
    menuBar()->addMenu(tr("&Edit"))->addActions({c.clearLog});
    makeViewMenu();
    menuBar()->addMenu(tr("&Buffer"))->addActions({c.takeRole, c.goToPush, c.push, c.pop, c.detach, c.peek});
    menuBar()
        ->addMenu(tr("He&lpers"))
        ->addActions({c.producer, c.consumer, c.pauseHelper, c.stopHelper, c.killHelper, c.stopAll});
    menuBar()
        ->addMenu(tr("&Recording"))
        ->addActions({c.openRecording, c.record, c.play, c.toBegin, c.toEnd, c.stepBack, c.stepOn, c.faster, c.slower});
    menuBar()->addMenu(tr("&Help"))->addActions({c.keys, c.about});
}

void WorkbenchWindow::makeViewMenu() {
    QMenu* view = menuBar()->addMenu(tr("&View"));
    view->addActions(
        {m_commands.follow, m_commands.zoomIn, m_commands.zoomOut, m_commands.resetView, m_commands.byHand});
    view->addSeparator();
    const auto choices = [&](const QString& title, const auto& values, auto textOf, auto valueOf, auto current,
                             auto choose) {
        QMenu* menu = view->addMenu(title);
        auto* group = new QActionGroup{menu};
        for (const auto& value : values) {
            QAction* action = menu->addAction(textOf(value));
            action->setCheckable(true);
            action->setChecked(valueOf(value) == current);
            action->setActionGroup(group);
            connect(action, &QAction::triggered, this, [choose, chosen = valueOf(value)] { choose(chosen); });
        }
    };
    const auto choiceText = [this](const Choice& choice) { return tr(choice.text); };
    const auto choiceValue = [](const Choice& choice) { return choice.value; };
    choices(tr("Keep &History"), historyChoices, choiceText, choiceValue, m_workbench.settings().historySeconds(),
            [this](double seconds) { m_workbench.setHistorySeconds(seconds); });
    choices(
        tr("&Sampling Rate"), samplingRates, [this](int rate) { return tr("%1 Hz").arg(rate); },
        [](int rate) { return rate; }, m_workbench.settings().samplingRate(),
        [this](int rate) { m_workbench.setSamplingRate(rate); });
    choices(tr("&Theme"), themeChoices, choiceText, choiceValue, static_cast<double>(m_workbench.settings().theme()),
            [this](double theme) {
                m_workbench.settings().setTheme(static_cast<int>(theme));
                if (theme == 0)
                    return statusBar()->showMessage(tr("The desktop's theme is used from the next start on."));
                style::applyTheme(static_cast<style::Theme>(static_cast<int>(theme)));
            });
    view->addSeparator();
    int key = Qt::Key_1;
    for (auto* dock : findChildren<QDockWidget*>()) {
        dock->toggleViewAction()->setShortcut(QKeyCombination{Qt::AltModifier, static_cast<Qt::Key>(key++)});
        view->addAction(dock->toggleViewAction());
    }
}

void WorkbenchWindow::makeToolBar() {
    QToolBar* bar = addToolBar(tr("Tools"));
    bar->setObjectName(QStringLiteral("tools"));
    bar->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    bar->setIconSize({16, 16});
    bar->setMovable(false);
    bar->addActions({m_commands.attach, m_commands.create, m_commands.remove});
    bar->addSeparator();
    bar->addAction(m_commands.follow);
    bar->addWidget(new QLabel{tr(" Window: "), bar});
    m_span = new QComboBox{bar};
    m_span->setAccessibleName(tr("Length of time shown"));
    m_span->setToolTip(tr("Length of time shown"));
    for (const Choice& span : spanChoices) m_span->addItem(tr(span.text), span.value);
    m_span->setCurrentIndex(std::max(0, m_span->findData(m_workbench.settings().spanSeconds())));
    connect(m_span, &QComboBox::activated, this, [this] {
        const double seconds = m_span->currentData().toDouble();
        m_workbench.settings().setSpanSeconds(seconds);
        if (BufferPage* shown = currentPage()) shown->plot().view().setSpan(seconds);
    });
    bar->addWidget(m_span);
    bar->addSeparator();
    bar->addActions({m_commands.byHand, m_commands.producer, m_commands.consumer});
    bar->addSeparator();
    bar->addActions({m_commands.record, m_commands.picture});
}

void WorkbenchWindow::makeStatusBar() {
    m_cost = new QLabel{this};
    m_cost->setToolTip(
        tr("Buffers that are open and that the overview watches, each with its sampling rate, processor time that this "
           "program takes, and what the history holds"));
    statusBar()->addPermanentWidget(m_cost);
}

}  // namespace workbench
