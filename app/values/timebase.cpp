#include "values/timebase.hpp"

#include <time.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <mutex>

namespace workbench {
namespace {

constexpr double nanosecond = 1e-9;
constexpr std::size_t keptStretches = 10'000;
/// Three clocks are not read at once: a reading that was interrupted for longer would look like a step.
constexpr std::int64_t longestReading_ns = 1'000'000;
constexpr int attempts = 10;

std::int64_t read(clockid_t clock) {
    timespec now{};
    ::clock_gettime(clock, &now);
    return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

}  // namespace

ClockReading readClocks() {
    ClockReading reading;
    for (int attempt = 0; attempt < attempts; ++attempt) {
        reading.boot_ns = read(CLOCK_BOOTTIME);
        reading.unix_ns = read(CLOCK_REALTIME);
        reading.steady_ns = read(CLOCK_MONOTONIC);
        if (read(CLOCK_BOOTTIME) - reading.boot_ns < longestReading_ns) break;
    }
    return reading;
}

struct Timebase::State {
    /// From `since` on the wall clock is `ahead` of the growing time.
    struct Stretch {
        double since = 0;
        double ahead = 0;
    };

    explicit State(std::function<ClockReading()> reader) : readNow{std::move(reader)} {
        const ClockReading start = readNow();
        bootAtStart_ns = start.boot_ns;
        unixAtStart_ns = start.unix_ns;
        stretches.push_back({});
    }

    double timeOf(std::int64_t boot_ns) const {
        return static_cast<double>(unixAtStart_ns) * nanosecond +
               static_cast<double>(boot_ns - bootAtStart_ns) * nanosecond;
    }

    /// Notices, too, when the wall clock was set.
    ClockReading look() {
        const ClockReading now = readNow();
        const auto ahead_ns = (now.unix_ns - unixAtStart_ns) - (now.boot_ns - bootAtStart_ns);
        const double ahead = static_cast<double>(ahead_ns) * nanosecond;
        const std::scoped_lock lock{mutex};
        if (std::abs(ahead - stretches.back().ahead) < leastStep) return now;
        stretches.push_back({timeOf(now.boot_ns), ahead});
        if (stretches.size() > keptStretches) stretches.pop_front();
        return now;
    }

    const std::function<ClockReading()> readNow;
    std::int64_t bootAtStart_ns = 0;
    std::int64_t unixAtStart_ns = 0;
    std::mutex mutex;
    std::deque<Stretch> stretches;  // never empty, by since
};

Timebase::Timebase(std::function<ClockReading()> read) : m_state{std::make_shared<State>(std::move(read))} {}

double Timebase::seconds(Steady::time_point moment) const { return stamp(moment).seconds; }

Timebase::Stamp Timebase::stamp(Steady::time_point moment) const {
    using std::chrono::nanoseconds;
    const ClockReading now = m_state->look();
    const std::int64_t ago_ns =
        now.steady_ns - std::chrono::duration_cast<nanoseconds>(moment.time_since_epoch()).count();
    return {m_state->timeOf(now.boot_ns - ago_ns), {now.boot_ns - ago_ns, now.unix_ns - ago_ns}};
}

Timebase::Stamp Timebase::stampNow() const {
    const ClockReading now = m_state->look();
    return {m_state->timeOf(now.boot_ns), {now.boot_ns, now.unix_ns}};
}

double Timebase::now() const { return m_state->timeOf(m_state->look().boot_ns); }

double Timebase::wall(double time) const {
    m_state->look();  // what is of now is shown by the clock of now
    const std::scoped_lock lock{m_state->mutex};
    const auto& stretches = m_state->stretches;
    const auto after = std::ranges::upper_bound(stretches, time, {}, &State::Stretch::since);
    return time + (after == stretches.begin() ? *after : *std::prev(after)).ahead;
}

}  // namespace workbench
