#pragma once
// Keeps the program alive when another process truncates a segment that is mapped here: touching the lost pages raises
// SIGBUS. The guard puts a private zero page under the access and lets it go on; the sampler then reports the damage.
// Thread contract: install once in main(), before other threads start.

namespace workbench {

void installBusGuard();

/// Whether the guard had to act: from then on what is read from a mapped segment may be zeros. From any thread.
bool segmentWasTruncated() noexcept;

}  // namespace workbench
