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
#include "cli/waiting.hpp"
#include "values/condition.hpp"

namespace cli {

struct UntilOptions {
    std::string name;
    workbench::Condition condition;
    Clock::time_point begin = Clock::now();  ///< of the command: what the timeout is counted from
    workbench::TotalsFrom totalsFrom = workbench::TotalsFrom::firstSample;
    std::optional<std::chrono::nanoseconds> timeout = std::nullopt;
    std::optional<StopWhom> stop = std::nullopt;
    std::vector<std::string> command = {};  ///< to run when the condition held, after the stop; empty for none
    bool jsonl = false;
};

/// "usage 9, slow.lost >= 3": what the condition compares, as it is.
std::string valuesText(const workbench::Condition& condition, const workbench::ObservedPast& past);

/// Whether its answer depends on who lives, which an observer asks the kernel only now and then unless told otherwise.
bool asksWhoLives(const workbench::Condition& condition);

/// The exit status: done when the condition held and all that was asked for was done, timeout, interrupted, also while
/// the command ran; refused if the buffer came to its end before.
int watchUntil(shared_cbuff::Observer observer, const UntilOptions& options, Output& output);

}  // namespace cli
