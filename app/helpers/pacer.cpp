#include "helpers/pacer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <stdexcept>

#include "values/itemtext.hpp"

namespace workbench {
namespace {

constexpr double nanosecondsPerSecond = 1e9;
constexpr double farAway_ns = 1e17;  // three years: keeps sums of time points in range

}  // namespace

std::optional<double> parseRate(std::string_view text) {
    if (text == "max") return std::nullopt;
    double rate = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), rate);
    if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(rate) || rate < slowestRate ||
        rate > fastestRate) {
        throw std::invalid_argument{
            fmt::format("'{}' is no rate; give items a second as a positive number up to {:.0f}, or max",
                        printableText(text.substr(0, 60)), fastestRate)};
    }
    return rate;
}

Pacer::Pacer(double rate, std::uint64_t burst, Missed missed, TimePoint start)
    : m_burst{burst}, m_missed{missed}, m_start{start} {
    setRate(rate, start);
}

void Pacer::restart(TimePoint now) {
    m_start = now;
    m_settled = 0;
}

void Pacer::setRate(double rate, TimePoint now) {
    m_period_ns = static_cast<double>(m_burst) / rate * nanosecondsPerSecond;
    restart(now);
}

/// Slots that fall due at `time` or before.
std::uint64_t Pacer::slotsUntil(TimePoint time) const {
    if (time < m_start) return 0;
    const double since_ns = static_cast<double>(std::chrono::nanoseconds{time - m_start}.count());
    return static_cast<std::uint64_t>(since_ns / m_period_ns) + 1;
}

std::uint64_t Pacer::due(TimePoint now) {
    if (m_missed == Missed::dropped) {
        const std::chrono::nanoseconds period{static_cast<std::int64_t>(std::min(m_period_ns, farAway_ns))};
        const std::uint64_t missed =
            slotsUntil(now - std::max<std::chrono::nanoseconds>(period, lateTolerance)) * m_burst;
        if (missed > m_settled) {
            m_dropped += missed - m_settled;
            m_settled = missed;
        }
    }
    const std::uint64_t reached = slotsUntil(now) * m_burst;
    return reached > m_settled ? reached - m_settled : 0;
}

Pacer::TimePoint Pacer::next() const {
    const double slot = static_cast<double>(m_settled / m_burst);
    // Rounded up: at that instant the slot is due, not a nanosecond short of it.
    const double offset_ns = std::min(std::ceil(slot * m_period_ns), farAway_ns);
    return m_start + std::chrono::nanoseconds{static_cast<std::int64_t>(offset_ns)};
}

}  // namespace workbench
