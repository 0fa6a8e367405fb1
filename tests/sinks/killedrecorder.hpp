#pragma once
// kill -9 of a recorder at a random instant, and what its recording must say then.
// Thread contract: from a process that runs no other thread: it forks.

#include <cstdint>

namespace sinks_tests {

/// What one killed recorder had kept.
struct KilledRecording {
    std::uint64_t samples = 0;
    std::uint64_t items = 0;
    std::uint64_t gaps = 0;
};

/// Throws std::runtime_error with what is not true.
KilledRecording killARecorder(std::uint64_t seed);

}  // namespace sinks_tests
