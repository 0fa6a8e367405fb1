#pragma once
// One growing time for all that is drawn and logged, and the wall clock that people read beside it.
// Thread contract: copies share what they know; any thread.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

#include "values/times.hpp"

namespace workbench {

/// Three clocks at one moment, nanoseconds: CLOCK_MONOTONIC (stands still in suspend), CLOCK_BOOTTIME, CLOCK_REALTIME.
struct ClockReading {
    std::int64_t steady_ns = 0;
    std::int64_t boot_ns = 0;
    std::int64_t unix_ns = 0;
};
ClockReading readClocks();

class Timebase {
public:
    using Steady = std::chrono::steady_clock;
    /// A wall clock that is off by less has not been set, but slewed.
    static constexpr double leastStep = 0.02;

    explicit Timebase(std::function<ClockReading()> read = readClocks);

    /// Seconds that only grow, with the boot clock: neither setting the wall clock nor a suspend moves what was, and
    /// the time in suspend counts. They begin with the wall clock's seconds since 1970. `moment` is of lately.
    double seconds(Steady::time_point moment) const;
    double now() const;
    /// The same with what the boot clock and the wall clock said at that moment, as the wall clock stands now.
    struct Stamp {
        double seconds = 0;
        Times times;
    };
    Stamp stamp(Steady::time_point moment) const;
    Stamp stampNow() const;
    /// What the wall clock said at that time, seconds since 1970: of a time before it was set what it said then.
    double wall(double time) const;

private:
    struct State;
    std::shared_ptr<State> m_state;
};

}  // namespace workbench
