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
    m_events = new EventLogView{m_log, m_timebase, this};
    m_helpers = new HelperPanel{this};
    auto* browserDock = dock(tr("Buffers"), QStringLiteral("buffersDock"), m_browser, Qt::LeftDockWidgetArea);
    auto* eventsDock = dock(tr("Events"), QStringLiteral("eventsDock"), m_events, Qt::BottomDockWidgetArea);
    auto* helpersDock = dock(tr("Helpers"), QStringLiteral("helpersDock"), m_helpers, Qt::BottomDockWidgetArea);
    tabifyDockWidget(eventsDock, helpersDock);
    eventsDock->raise();
    setCorner(Qt::BottomLeftCorner, Qt::LeftDockWidgetArea);
    resizeDocks({browserDock}, {356}, Qt::Horizontal);
    resizeDocks({eventsDock}, {165}, Qt::Vertical);

    connect(m_browser, &BufferBrowser::openRequested, this, [this](const QString& name, bool isBuffer) {
        if (isBuffer || page(name) != nullptr)
            openBuffer(name);
        else
            showAttach(name);
    });
    connect(m_browser, &BufferBrowser::removeRequested, this, &WorkbenchWindow::removeBuffer);
    connect(m_browser, &BufferBrowser::selectionChanged, this, &WorkbenchWindow::updateActions);
    connect(m_helpers, &HelperPanel::producerRequested, this, [this] { showHelper(HelperRole::Producer); });
    connect(m_helpers, &HelperPanel::consumerRequested, this, [this] { showHelper(HelperRole::Consumer); });
    connect(m_events, &EventLogView::momentChosen, this, &WorkbenchWindow::showMoment);
}

QAction* WorkbenchWindow::makeAction(const QString& text, const QKeySequence& shortcut, const QString& tip,
                                     std::function<void()> run) {
    auto* action = new QAction{text, this};
    action->setShortcut(shortcut);
    action->setStatusTip(tip);
    action->setToolTip(tip);
    action->setData(tip);  // the tip to come back to after it was disabled with a reason
    connect(action, &QAction::triggered, this, std::move(run));
    return action;
}

void WorkbenchWindow::makeActions() {
    m_attach = makeAction(tr("&Attach…"), QKeySequence::Open, tr("Look at a buffer by name"), [this] { showAttach(); });
    m_create = makeAction(tr("&Create…"), QKeySequence::New, tr("Create a buffer"), [this] { showCreate(); });
    m_remove = makeAction(tr("&Remove…"), {tr("Ctrl+Del")}, tr("Remove the buffer selected in the list"),
                          [this] { removeBuffer(); });
    m_close = makeAction(tr("C&lose Page"), QKeySequence::Close, tr("Close this page; its helpers are stopped"),
                         [this] { closePage(m_pages->currentIndex()); });
    m_picture = makeAction(tr("Save &Picture…"), QKeySequence::Save, tr("Save a picture of the window"),
                           [this] { choosePicture(); });
    m_quit = makeAction(tr("&Quit"), {tr("Ctrl+Q")}, tr("Close every page and quit"), [this] { close(); });
    m_clearLog =
        makeAction(tr("&Clear Event Log"), {tr("Ctrl+Shift+L")}, tr("Empty the event log"), [this] { m_log.clear(); });
    const auto onPlot = [this](auto command) {
        return [this, command] {
            if (BufferPage* shown = currentPage()) command(shown->plot());
        };
    };
    m_follow = makeAction(tr("&Pause"), {tr("Ctrl+Space")},
                          tr("Let the view stand still, or follow the present; sampling goes on"),
                          onPlot([](UsagePlot& plot) { plot.setFollowing(!plot.isFollowing()); }));
    m_zoomIn = makeAction(tr("Zoom &In"), QKeySequence::ZoomIn, tr("Show a shorter time"),
                          onPlot([](UsagePlot& plot) { plot.zoomTime(0.7, plot.xAxis->range().center()); }));
    m_zoomOut = makeAction(tr("Zoom &Out"), QKeySequence::ZoomOut, tr("Show a longer time"),
                           onPlot([](UsagePlot& plot) { plot.zoomTime(1 / 0.7, plot.xAxis->range().center()); }));
    m_resetView = makeAction(tr("&Reset View"), {tr("Ctrl+0")}, tr("The whole height, following the present"),
                             onPlot([](UsagePlot& plot) { plot.resetView(); }));
    const auto onManual = [this](auto command) {
        return [this, command] {
            if (BufferPage* shown = currentPage()) command(shown->manual());
        };
    };
    m_takeRole = makeAction(tr("&Take Writer Role"), {tr("Ctrl+T")}, {},
                            onManual([](ManualPanel& panel) { panel.toggleWriterRole(); }));
    m_push = makeAction(tr("&Push…"), {tr("Ctrl+1")}, tr("Go to the items to push"),
                        onManual([](ManualPanel& panel) { panel.focusPush(); }));
    m_pop = makeAction(tr("P&op"), {tr("Ctrl+2")}, tr("Pop with this page's own reader"),
                       onManual([](ManualPanel& panel) { panel.pop(); }));
    m_peek = makeAction(tr("P&eek"), {tr("Ctrl+3")}, tr("Look at items without taking them"),
                        onManual([](ManualPanel& panel) { panel.peek(); }));
    m_producer = makeAction(tr("&Producer…"), {tr("Ctrl+Shift+P")}, tr("Start a process that pushes to this buffer"),
                            [this] { showHelper(HelperRole::Producer); });
    m_consumer = makeAction(tr("&Consumer…"), {tr("Ctrl+Shift+C")}, tr("Start processes that pop from this buffer"),
                            [this] { showHelper(HelperRole::Consumer); });
    m_pauseHelper =
        makeAction(tr("P&ause or Resume Selected"), {tr("Ctrl+Shift+Space")},
                   tr("Pause or resume the helper selected in the list"), [this] { m_helpers->togglePause(); });
    m_stopHelper = makeAction(tr("S&top Selected"), {tr("Ctrl+Shift+X")},
                              tr("Ask the helper selected in the list to stop"), [this] { m_helpers->stopSelected(); });
    m_killHelper = makeAction(tr("&Kill Selected"), {tr("Ctrl+Shift+K")},
                              tr("End the helper selected in the list at once, as a crash would"),
                              [this] { m_helpers->killSelected(); });
    m_stopAll = makeAction(tr("&Stop All"), {tr("Ctrl+Shift+S")}, tr("Ask every helper of every page to stop"), [this] {
        for (int index = 0; index < m_pages->count(); ++index) {
            auto* open = qobject_cast<BufferPage*>(m_pages->widget(index));
            if (open == nullptr) continue;
            for (const auto& helper : open->session().helpers()) helper->stop();
        }
    });
    m_keys = makeAction(tr("&Keyboard"), QKeySequence::HelpContents, tr("What the keys do"), [this] { showKeys(); });
    m_about = makeAction(tr("&About"), {tr("Shift+F1")}, tr("Version and licence"), [this] { showAbout(); });
    m_about->setMenuRole(QAction::AboutRole);
    m_quit->setMenuRole(QAction::QuitRole);

    // F6 walks through the areas, as in other programs with docks.
    auto* nextArea = new QShortcut{QKeySequence{Qt::Key_F6}, this};
    connect(nextArea, &QShortcut::activated, this, [this] {
        QList<QWidget*> areas{m_browser};
        if (BufferPage* shown = currentPage()) areas << &shown->plot() << &shown->readers() << &shown->manual();
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
    });
    auto* nextPage = new QShortcut{QKeySequence::NextChild, this};
    connect(nextPage, &QShortcut::activated, this, [this] {
        if (m_pages->count() > 1) m_pages->setCurrentIndex((m_pages->currentIndex() + 1) % m_pages->count());
    });
}

void WorkbenchWindow::makeMenus() {
    menuBar()->addMenu(tr("&File"))->addActions({m_attach, m_create, m_remove, m_close, m_picture, m_quit});
    menuBar()->addMenu(tr("&Edit"))->addActions({m_clearLog});
    makeViewMenu();
    menuBar()->addMenu(tr("&Buffer"))->addActions({m_takeRole, m_push, m_pop, m_peek});
    menuBar()
        ->addMenu(tr("He&lpers"))
        ->addActions({m_producer, m_consumer, m_pauseHelper, m_stopHelper, m_killHelper, m_stopAll});
    menuBar()->addMenu(tr("&Help"))->addActions({m_keys, m_about});
}

void WorkbenchWindow::makeViewMenu() {
    QMenu* view = menuBar()->addMenu(tr("&View"));
    view->addActions({m_follow, m_zoomIn, m_zoomOut, m_resetView});
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
    choices(tr("Keep &History"), historyChoices, choiceText, choiceValue, m_settings.historySeconds(),
            [this](double seconds) { setHistorySeconds(seconds); });
    choices(
        tr("&Sampling Rate"), samplingRates, [this](int rate) { return tr("%1 Hz").arg(rate); },
        [](int rate) { return rate; }, m_settings.samplingRate(), [this](int rate) { setSamplingRate(rate); });
    choices(tr("&Theme"), themeChoices, choiceText, choiceValue, static_cast<double>(m_settings.theme()),
            [this](double theme) {
                m_settings.setTheme(static_cast<int>(theme));
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
    bar->addActions({m_attach, m_create, m_remove});
    bar->addSeparator();
    bar->addAction(m_follow);
    bar->addWidget(new QLabel{tr(" Window: "), bar});
    m_span = new QComboBox{bar};
    m_span->setAccessibleName(tr("Length of time shown"));
    m_span->setToolTip(tr("Length of time shown"));
    for (const Choice& span : spanChoices) m_span->addItem(tr(span.text), span.value);
    m_span->setCurrentIndex(std::max(0, m_span->findData(m_settings.spanSeconds())));
    connect(m_span, &QComboBox::activated, this, [this] {
        const double seconds = m_span->currentData().toDouble();
        m_settings.setSpanSeconds(seconds);
        if (BufferPage* shown = currentPage()) shown->plot().setSpanSeconds(seconds);
    });
    bar->addWidget(m_span);
    bar->addSeparator();
    bar->addActions({m_producer, m_consumer});
    bar->addSeparator();
    bar->addAction(m_picture);
}

void WorkbenchWindow::makeStatusBar() {
    m_cost = new QLabel{this};
    m_cost->setToolTip(
        tr("Sampling rate, buffers sampled, processor time this program takes, and what the history holds"));
    statusBar()->addPermanentWidget(m_cost);
}

}  // namespace workbench
