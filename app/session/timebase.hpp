#pragma once
// One growing time for all that is drawn and logged: seconds since 1970 that never jump back.
// Thread contract: a value, copied freely.

#include <chrono>

namespace workbench {

class Timebase {
public:
    using Steady = std::chrono::steady_clock;

    Timebase() : m_steady{Steady::now()}, m_unix{std::chrono::system_clock::now()} {}

    /// The wall clock at this object's creation, carried on by the steady clock.
    double seconds(Steady::time_point moment) const {
        const std::chrono::duration<double> start = m_unix.time_since_epoch();
        const std::chrono::duration<double> since = moment - m_steady;
        return start.count() + since.count();
    }
    double now() const { return seconds(Steady::now()); }

private:
    Steady::time_point m_steady;
    std::chrono::system_clock::time_point m_unix;
};

}  // namespace workbench
