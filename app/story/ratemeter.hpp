#pragma once
// How fast a counter grew over the last second.
// Thread contract: one thread.

#include <algorithm>
#include <cstdint>
#include <deque>

namespace workbench {

class RateMeter {
public:
    static constexpr double spanSeconds = 1.0;
    static constexpr double spacingSeconds = 0.05;  // bounds the points kept, whatever the sampling rate

    /// `time` in seconds, growing; `count` of a counter that never falls.
    void append(double time, std::uint64_t count) {
        m_newest = {time, count};
        if (m_points.empty() || time - m_points.back().time >= spacingSeconds) m_points.push_back(m_newest);
        while (m_points.size() > 1 && m_points[1].time <= time - spanSeconds) m_points.pop_front();
    }

    /// Counts a second; 0 until there is enough to tell.
    double rate() const {
        if (m_points.empty()) return 0;
        const double span = m_newest.time - m_points.front().time;
        const std::uint64_t grown = m_newest.count - std::min(m_newest.count, m_points.front().count);
        return span < spacingSeconds ? 0 : static_cast<double>(grown) / span;
    }

private:
    struct Point {
        double time = 0;
        std::uint64_t count = 0;
    };

    std::deque<Point> m_points;
    Point m_newest;
};

}  // namespace workbench
