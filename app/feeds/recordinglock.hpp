#pragma once
// Whether somebody records into a file just now.
// Thread contract: pure function of the machine's state; any thread.

#include <string>

namespace workbench {

/// By the kernel's list of locks. The file is not opened: closing it again would drop the locks that SQLite in this
/// very process may hold on it. False if there is no such file, or no such list.
bool isBeingRecorded(const std::string& path);

}  // namespace workbench
