#pragma once
// cbuff watch --until: waits until a condition holds, and may stop the processes that take part at that moment.
// Thread contract: one thread.

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "cli/command.hpp"
#include "cli/output.hpp"
#include "cli/stopping.hpp"
#include "values/condition.hpp"

namespace cli {

struct UntilOptions {
    std::string name;
    workbench::Condition condition;
    std::optional<std::chrono::nanoseconds> timeout = std::nullopt;
    std::optional<StopWhom> stop = std::nullopt;
    std::vector<std::string> command = {};  ///< to run when the condition held, after the stop; empty for none
    bool jsonl = false;
};

/// Whether its answer depends on who lives, which an observer asks the kernel only now and then unless told otherwise.
bool asksWhoLives(const workbench::Condition& condition);

/// The exit status: done when the condition held and all that was asked for was done, timeout, interrupted; refused if
/// the buffer came to its end before.
int watchUntil(shared_cbuff::Observer observer, const UntilOptions& options, Output& output);

}  // namespace cli
