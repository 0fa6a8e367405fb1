// The window's commands on recordings: make one, open one, and move in its time.

#include <QFileDialog>
#include <QStatusBar>

#include "ui/bufferpage.hpp"
#include "ui/workbenchwindow.hpp"

namespace workbench {
namespace {

constexpr double speedStep = 2;

}  // namespace

Playback* WorkbenchWindow::playback() const {
    BufferPage* shown = currentPage();
    return shown != nullptr ? shown->session().feed().playback() : nullptr;
}

Command* WorkbenchWindow::onPlayback(const QString& text, const QKeySequence& keys, const QString& tip,
                                     std::function<void(Playback&)> run) {
    return new Command{
        {text, keys, tip,
         [this, run = std::move(run)] {
             if (Playback* shown = playback()) run(*shown);
             refreshCommands();
         },
         [this] { return playback() != nullptr ? QString{} : tr("Show the page of a recording first."); }},
        this};
}

void WorkbenchWindow::makeRecordingCommands() {
    m_commands.openRecording = new Command{{tr("&Open Recording…"),
                                            {tr("Ctrl+Shift+O")},
                                            tr("Look at what a recording has kept; no buffer is needed"),
                                            [this] { chooseRecording(); }},
                                           this};
    m_commands.record = new Command{{tr("&Record…"),
                                     {tr("Ctrl+R")},
                                     tr("Keep what happens to every open buffer in a file"),
                                     [this] { toggleRecording(); },
                                     [this] {
                                         return m_workbench.isRecording() || m_workbench.liveBuffers() > 0
                                                    ? QString{}
                                                    : tr("Open a buffer of this machine first.");
                                     }},
                                    this};
    m_commands.play =
        onPlayback(tr("&Play"), {tr("Ctrl+P")}, tr("Let the recording play on, or stand"), [this](Playback& shown) {
            const auto kind = currentPage()->session().feed().state().kind;
            kind == FeedState::Kind::running ? shown.pause() : shown.play();
        });
    m_commands.toBegin = onPlayback(tr("To Its &Begin"), {tr("Ctrl+Home")}, tr("Go to the first sample"),
                                    [](Playback& shown) { shown.seek(shown.begin()); });
    m_commands.toEnd = onPlayback(tr("To Its &End"), {tr("Ctrl+End")}, tr("Go to the last sample"),
                                  [](Playback& shown) { shown.seek(shown.end()); });
    m_commands.stepBack = onPlayback(tr("Step Bac&k"), {tr("Ctrl+,")}, tr("Go one sample back, and stand"),
                                     [](Playback& shown) { shown.step(-1); });
    m_commands.stepOn = onPlayback(tr("Step O&n"), {tr("Ctrl+.")}, tr("Go one sample on, and stand"),
                                   [](Playback& shown) { shown.step(1); });
    m_commands.faster = onPlayback(tr("&Faster"), {tr("Ctrl+Shift+.")}, tr("Play at twice the speed"),
                                   [](Playback& shown) { shown.setSpeed(shown.speed() * speedStep); });
    m_commands.slower = onPlayback(tr("&Slower"), {tr("Ctrl+Shift+,")}, tr("Play at half the speed"),
                                   [](Playback& shown) { shown.setSpeed(shown.speed() / speedStep); });
}

void WorkbenchWindow::chooseRecording() {
    const QString file = QFileDialog::getOpenFileName(this, tr("Open a Recording"), {}, tr("Recordings (*.cbrec)"));
    if (!file.isEmpty()) openRecording(file);
}

void WorkbenchWindow::toggleRecording() {
    if (m_workbench.isRecording()) return say(m_workbench.stopRecording());
    // A file that is there is never overwritten, so nobody is asked whether it may be.
    const QString file =
        QFileDialog::getSaveFileName(this, tr("Record Every Open Buffer"), QStringLiteral("buffers.cbrec"),
                                     tr("Recordings (*.cbrec)"), nullptr, QFileDialog::DontConfirmOverwrite);
    QString problem;
    if (!file.isEmpty() && !m_workbench.startRecording(file, &problem)) say(problem);
}

void WorkbenchWindow::noteRecording(const QString& problem) {
    if (!problem.isEmpty()) say(problem);
    refreshCommands();
}

}  // namespace workbench
