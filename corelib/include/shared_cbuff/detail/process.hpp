#pragma once
// Which process this is, and which one a pid means.
// Thread contract: pure functions of the machine's state; any thread.

#include <cstdint>

namespace shared_cbuff {

/// Start time of a process in clock ticks since boot (/proc/PID/stat, field 22); 0 if there is no such process.
std::uint64_t process_start_time(std::uint32_t pid) noexcept;
std::uint32_t current_pid() noexcept;

}  // namespace shared_cbuff
