#pragma once
// The present of a recording: where it stands between its begin and its end, and how fast it moves.
// Thread contract: belongs to one thread. The time it is moved by comes from outside.

#include <chrono>
#include <cstdint>
#include <functional>

namespace workbench {

/// Times are seconds of the recording. Between two commands the present is a straight line of the steady clock, so that
/// it neither drifts nor depends on how often anybody asks.
class PlaybackClock {
public:
    using Steady = std::chrono::steady_clock;
    /// The least and the largest speed that setSpeed() takes; others become these.
    static constexpr double leastSpeed = 1e-3;
    static constexpr double mostSpeed = 1e6;

    /// Stands at `end`, paused. `steady` tells the time that passes for who watches.
    PlaybackClock(double begin, double end, std::function<Steady::time_point()> steady = Steady::now);

    /// The time of who watches.
    Steady::time_point steady() const { return m_steady(); }
    double begin() const { return m_begin; }
    double end() const { return m_end; }
    /// A recording that is still written grows. The present stays where it is.
    void setEnd(double end);

    /// begin()..end(). Stands still at the end.
    double now() const;
    bool isPlaying() const { return m_isPlaying; }
    /// Played to the last moment: there is nothing more to come.
    bool isAtEnd() const { return now() >= m_end; }
    double speed() const { return m_speed; }

    /// From the end it plays from the begin.
    void play();
    void pause();
    /// Seconds of the recording a second.
    void setSpeed(double factor);
    /// Clamped to begin() and end(); goes on playing if it did.
    void seek(double time);
    /// As seek(), but what lies between is passed through rather than jumped over. Never backwards.
    void advance(double time);
    /// Grows with each jump, so that several feeds of one present notice it.
    std::uint64_t jumps() const { return m_jumps; }

private:
    void anchor(double at);

    double m_begin;
    double m_end;
    std::function<Steady::time_point()> m_steady;
    bool m_isPlaying = false;
    std::uint64_t m_jumps = 0;
    double m_speed = 1;
    double m_anchor;  // the present at m_since
    Steady::time_point m_since;
};

}  // namespace workbench
