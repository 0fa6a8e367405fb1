#pragma once
// When items are due: an absolute schedule, so that lateness never adds up.
// Thread contract: a Pacer belongs to one thread. It asks no clock: the caller says what time it is.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace workbench {

/// Items a second; nothing for `max`. Throws std::invalid_argument with a sentence unless it is positive, finite and at
/// most fastestRate.
std::optional<double> parseRate(std::string_view text);

inline constexpr double fastestRate = 1e9;
inline constexpr double slowestRate = 1e-6;

/// Slot k falls due k * burst / rate seconds after the start, the first at once, and is for `burst` items.
class Pacer {
public:
    using TimePoint = std::chrono::steady_clock::time_point;

    enum class Missed {
        caughtUp,  ///< late slots stay due until they are settled
        dropped,   ///< a slot later than max(its period, lateTolerance) is counted and passed over
    };
    static constexpr std::chrono::milliseconds lateTolerance{5};

    /// `rate` in items a second, > 0; `burst` >= 1.
    Pacer(double rate, std::uint64_t burst, Missed missed, TimePoint start);

    /// Begins the schedule anew at `now`: what was due before is forgotten, not caught up.
    void restart(TimePoint now);
    void setRate(double rate, TimePoint now);

    /// Items due at `now` and not settled. Drops what is too late, if that is the rule.
    std::uint64_t due(TimePoint now);
    /// `items` of those due have been dealt with.
    void settle(std::uint64_t items) noexcept { m_settled += items; }
    /// When the first item that is not settled falls, or fell, due.
    TimePoint next() const;
    /// Items passed over, over all restarts.
    std::uint64_t dropped() const noexcept { return m_dropped; }

private:
    std::uint64_t slotsUntil(TimePoint time) const;

    double m_period_ns = 0;  // of a slot
    std::uint64_t m_burst;
    Missed m_missed;
    TimePoint m_start;
    std::uint64_t m_settled = 0;  // items since m_start
    std::uint64_t m_dropped = 0;
};

}  // namespace workbench
