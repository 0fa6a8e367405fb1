#pragma once
// One program run under strace, which lists its system calls or makes one of them fail.
// Thread contract: as for ChildProcess; each call runs its program to the end.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "test_support/child_process.hpp"

namespace stress {

/// The `when`th call of this name since the program began.
struct SystemCall {
    std::string name;
    std::uint64_t when = 0;
};

/// What strace is told to do to a call: "signal=KILL", "error=ENOSPC". Empty: nothing.
struct Fault {
    SystemCall call;
    std::string_view kind;
    std::string str() const;
};

struct Tracing {
    test_support::Exit exit;
    std::string said;                ///< the last line that the program printed
    std::vector<SystemCall> marked;  ///< what it called between the marks, or from the first one to its end
    bool injected = false;
};

/// Runs the victim under strace. Throws Violation if it does not end.
Tracing trace_victim(const std::vector<std::string>& arguments, const std::optional<Fault>& fault);

}  // namespace stress
