#pragma once
// What the process does about signals: a request to end is a flag that loops look at, so that destructors run.
// Thread contract: installSignalHandlers() once, early in main; interrupted() from any thread.

#include <csignal>

namespace cli {

/// SIGINT, SIGTERM and SIGHUP set the flag, unless they were ignored at the start, as under nohup; a second one while
/// the first is being served changes nothing. SIGPIPE and SIGXFSZ are ignored: writing to a closed pipe, or beyond the
/// file size limit, is an error of write(). SIGBUS, which is how the kernel reports a segment that another process
/// truncated, is survived: segmentWasTruncated() tells it, and the command ends in its own way.
void installSignalHandlers();

/// Whether a request to end has come.
bool interrupted() noexcept;

/// The signal of the latest request to end, told once, if a process sent it; else 0. One that comes from the terminal
/// is sent to every program in its foreground, and needs no passing on.
int signalToPassOn() noexcept;

/// Which of SIGPIPE and SIGXFSZ a program that we run should find at its default: those that were not ignored when we
/// were started.
sigset_t signalsToRestore() noexcept;

/// From now on a change of the terminal's size (SIGWINCH) ends a wait, and resized() tells of it once.
void watchForResizing();
bool resized() noexcept;

}  // namespace cli
