#pragma once
// One moment on the two clocks that records carry: the boot clock for order, the wall clock for people.
// Thread contract: pure functions and plain values.

#include <chrono>
#include <cstdint>

class QJsonObject;

namespace workbench {

/// Nanoseconds. CLOCK_BOOTTIME never steps and counts time in suspend; CLOCK_REALTIME follows whoever sets the clock.
struct Times {
    std::int64_t boot_ns = 0;
    std::int64_t unix_ns = 0;  ///< since 1970, UTC, as the wall clock stands now
    friend bool operator==(const Times&, const Times&) = default;
};

Times timesNow();
/// Of a moment that the steady clock told, such as a sample's; exact to the time that reading three clocks takes,
/// unless the machine was suspended since.
Times timesOf(std::chrono::steady_clock::time_point moment);

/// As `time_boot_ns` and `time_unix_ns`, to the last digit.
void insertTimes(QJsonObject& object, const Times& times);

}  // namespace workbench
