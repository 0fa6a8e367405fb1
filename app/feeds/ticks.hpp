#pragma once
// The ticks of a fixed rate: absolute, so that no error adds up, and those that nobody came for are counted.
// Thread contract: one thread. Knows no clock: times are nanoseconds of any growing one.

#include <cstdint>

namespace workbench {

class Ticks {
public:
    Ticks(std::int64_t period_ns, std::int64_t now_ns) : m_period_ns{period_ns}, m_due_ns{now_ns} {}

    /// When the next one begins.
    std::int64_t due_ns() const { return m_due_ns; }
    std::int64_t period_ns() const { return m_period_ns; }
    bool isDue(std::int64_t now_ns) const { return now_ns >= m_due_ns; }

    /// Takes the tick in whose period `now_ns` lies, which must be due. Returns how many went by before it without
    /// having been taken: the whole periods since.
    std::uint64_t take(std::int64_t now_ns) {
        const std::int64_t missed = (now_ns - m_due_ns) / m_period_ns;
        m_due_ns += (missed + 1) * m_period_ns;
        return static_cast<std::uint64_t>(missed);
    }

    /// From now on; a tick is due at once.
    void setPeriod(std::int64_t period_ns, std::int64_t now_ns) {
        m_period_ns = period_ns;
        m_due_ns = now_ns;
    }

private:
    std::int64_t m_period_ns;
    std::int64_t m_due_ns;
};

}  // namespace workbench
