#pragma once
// Sleeping that a signal or a line of input ends early.
// Thread contract: pure functions of the process's state.

#include <chrono>

namespace cli {

using Clock = std::chrono::steady_clock;

inline constexpr int noInput = -1;
/// Longest single sleep: a signal that comes just before it is noticed this much later.
inline constexpr std::chrono::milliseconds longestWait{50};

/// Sleeps until `until`, until `input` (a descriptor, or noInput) can be read or has ended, or until a signal comes;
/// never longer than longestWait. True if there is input.
bool waitUntil(Clock::time_point until, int input = noInput);

}  // namespace cli
