#pragma once
// What a thread asks of the kernel's scheduler. All of it is a wish: where the kernel is older or does not grant it,
// the thread goes on as it was. Thread contract: each is about the calling thread.

namespace workbench {

/// For a thread that does little, often, and on time: it gets short turns and in return soon (Linux 6.12 on).
void askForEarlyTurns();
/// For a thread that may be late: others go first where there are not enough processors.
void askForLateTurns();

}  // namespace workbench
