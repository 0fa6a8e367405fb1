#pragma once
// The commands of cbuff. Each adds itself to the program; when it is the one given, `chosen` becomes what to run.
// Thread contract: one thread reads and runs the command line.

#include <string_view>

#include "cli/command.hpp"

namespace cli {

void addLs(CLI::App& program, Action& chosen);
void addInfo(CLI::App& program, Action& chosen);
void addCreate(CLI::App& program, Action& chosen);
void addPush(CLI::App& program, Action& chosen);
void addPop(CLI::App& program, Action& chosen);
void addPeek(CLI::App& program, Action& chosen);
void addProduce(CLI::App& program, Action& chosen);
void addConsume(CLI::App& program, Action& chosen);
void addWatch(CLI::App& program, Action& chosen);
void addRm(CLI::App& program, Action& chosen);
void addRecord(CLI::App& program, Action& chosen);
void addExport(CLI::App& program, Action& chosen);
void addCheck(CLI::App& program, Action& chosen);

/// Tells a usage error of `check` as its callers expect it, one line on stdout, in JSON if so wished, and returns its
/// exit status.
int checkUsageError(std::string_view sentence, bool json);

}  // namespace cli
