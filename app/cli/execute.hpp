#pragma once
// Runs another program to its end, as if whoever started us had started it.
// Thread contract: the thread that runs the command.

#include <optional>
#include <string>
#include <vector>

namespace cli {

/// A program that was run: what became of it, as a sentence, and whether all is well.
struct Ran {
    std::string what;
    std::optional<int> status;  ///< exit status; nothing if it could not be run, or was ended by a signal
    bool failed() const { return status != 0; }
};

enum class Chatter { toOurStdout, toStderr };

/// Runs `command`, its first word looked up in PATH, and waits for its end. It finds SIGPIPE, SIGXFSZ and the
/// limit of open descriptors as we found them. Requests to end that come meanwhile are passed on to it.
Ran execute(const std::vector<std::string>& command, Chatter chatter);

}  // namespace cli
