#include "feeds/playbackclock.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace workbench {

PlaybackClock::PlaybackClock(double begin, double end, std::function<Steady::time_point()> steady)
    : m_begin{begin}, m_end{std::max(begin, end)}, m_steady{std::move(steady)}, m_anchor{m_end}, m_since{m_steady()} {}

void PlaybackClock::setEnd(double end) {
    anchor(now());
    m_end = std::max(m_end, end);
}

double PlaybackClock::now() const {
    if (!m_isPlaying) return m_anchor;
    const std::chrono::duration<double> passed = m_steady() - m_since;
    return std::min(m_end, m_anchor + std::max(0.0, passed.count()) * m_speed);
}

void PlaybackClock::play() {
    if (isAtEnd()) seek(m_begin);
    anchor(now());
    m_isPlaying = true;
}

void PlaybackClock::pause() {
    anchor(now());
    m_isPlaying = false;
}

void PlaybackClock::setSpeed(double factor) {
    anchor(now());
    m_speed = std::isnan(factor) ? m_speed : std::clamp(factor, leastSpeed, mostSpeed);
}

void PlaybackClock::seek(double time) {
    if (std::isnan(time)) return;
    anchor(time);
    ++m_jumps;
}

void PlaybackClock::advance(double time) { anchor(std::fmax(time, now())); }

void PlaybackClock::anchor(double at) {
    m_anchor = std::clamp(at, m_begin, m_end);
    m_since = m_steady();
}

}  // namespace workbench
