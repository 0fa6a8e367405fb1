#include "values/lag.hpp"

#include <algorithm>

namespace workbench {

void PushedPast::add(Time time, std::uint64_t pushed, std::uint64_t length) {
    if (!m_moments.empty() && pushed < m_moments.back().pushed) {
        m_moments.clear();  // another buffer: nothing is known of its past
        m_beganBefore = true;
    }
    m_last = time;
    if (m_moments.empty() || pushed > m_moments.back().pushed) m_moments.push_back({pushed, time});
    const std::uint64_t oldest = pushed - std::min(pushed, length);
    while (m_moments.size() > 1 && m_moments.front().pushed <= oldest) {
        m_moments.pop_front();
        m_beganBefore = false;
    }
    if (m_moments.size() > mostMoments) thinOut();
}

std::optional<Age> PushedPast::ageOf(std::uint64_t number) const {
    const auto found = std::ranges::upper_bound(m_moments, number, {}, &Moment::pushed);
    if (found == m_moments.end()) return std::nullopt;
    return Age{m_last - found->seen, m_beganBefore && found == m_moments.begin()};
}

std::optional<Age> PushedPast::lagOf(std::uint64_t usage) const {
    if (m_moments.empty()) return std::nullopt;
    if (usage == 0) return Age{};
    const std::uint64_t pushed = m_moments.back().pushed;
    return ageOf(pushed - std::min(usage, pushed));
}

/// Joins a moment with the next one where both are close together for their age: the later of both stays, so no age
/// becomes larger. What is left grows with the logarithm of the time between two looks and the oldest one.
void PushedPast::thinOut() {
    std::deque<Moment> kept;
    kept.push_back(m_moments.front());
    for (std::size_t index = 1; index < m_moments.size(); ++index) {
        const bool isLast = index + 1 == m_moments.size();
        const Time next = m_moments[isLast ? index : index + 1].seen;
        const bool isClose = !isLast && (next - kept.back().seen) * coarseness < m_last - next;
        if (!isClose) kept.push_back(m_moments[index]);
    }
    m_moments = std::move(kept);
}

}  // namespace workbench
