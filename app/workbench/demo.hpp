#pragma once
// What `--demo` shows: a buffer with a producer, a consumer that keeps up and one that is too slow.
// Thread contract: the GUI's thread.

#include <QString>

#include "ui/workbenchwindow.hpp"

namespace workbench {

/// Opens its page in this window. A sentence, if that cannot be done; else empty.
QString startDemo(WorkbenchWindow& window);

}  // namespace workbench
