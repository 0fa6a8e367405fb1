#pragma once
// The commands of cbuff. Each adds itself to the program; when it is the one given, `chosen` becomes what to run.
// Thread contract: one thread reads and runs the command line.

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

}  // namespace cli
