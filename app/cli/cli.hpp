#pragma once
// The command line as a function.
// Thread contract: called once, by the main thread, after installSignalHandlers().

namespace cli {

/// Reads the arguments, runs the command and returns the exit status: 0 done, 1 refused or failed, 2 usage,
/// 130 interrupted. Throws nothing.
int run(int argc, char** argv);

}  // namespace cli
