#pragma once
// Stops other processes with SIGSTOP, sure that it is them: through descriptors of processes, and only where the start
// time is the one that a sample told.
// Thread contract: an object belongs to one thread.

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "shared_cbuff/observer.hpp"

namespace cli {

/// Whom to stop, as a sample tells it.
struct StopTarget {
    std::uint32_t pid = 0;
    std::uint64_t startTime = 0;  ///< clock ticks since boot
    std::string role;  ///< "the writer", "reader slow"; of one process that is both "the writer, reader slow"
};

enum class StopWhom { writer, readers, all };

/// Living ones only, the writer first, each process once.
std::vector<StopTarget> stopTargets(const shared_cbuff::Sample& sample, StopWhom whom);

struct Stopped {
    StopTarget target;
    std::string refusal;  ///< why it was not stopped: what to say after "process 4711 (the writer)"; empty if it was
    std::chrono::steady_clock::time_point at{};  ///< seen to stand still
};

/// Stops them all, one right after the other. Refuses this process, those of other users, and those whose start time is
/// another one: whose number was used again, or which live in another pid namespace. One that was told to stop and does
/// not stand still within a second counts as not stopped.
std::vector<Stopped> stopAll(const std::vector<StopTarget>& targets);

}  // namespace cli
