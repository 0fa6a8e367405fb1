#pragma once
// Why something that runs for a while came to its end.
// Thread contract: a plain value.

#include <string>

namespace cli {

struct Ending {
    std::string reason;   ///< count, duration, stopped, interrupted, closed, vanished, control closed or error
    std::string message;  ///< a sentence
    int exitStatus = 0;
};

}  // namespace cli
