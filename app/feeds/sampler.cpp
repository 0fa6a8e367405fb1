#include "feeds/sampler.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "feeds/scheduling.hpp"

namespace workbench {
namespace {

using Clock = std::chrono::steady_clock;

std::int64_t nanoseconds(Clock::time_point moment) {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(moment.time_since_epoch()).count();
}

std::int64_t periodOf(double hertz) {
    return std::llround(1e9 / std::clamp(hertz, Sampler::minimumRate, Sampler::maximumRate));
}

/// All sources of one rate tick together: one wake-up serves them all.
std::int64_t commonTick(std::int64_t now_ns, std::int64_t period_ns) { return now_ns - now_ns % period_ns; }

}  // namespace

Sampler::Sampler(Timebase timebase) : m_timebase{std::move(timebase)}, m_worker{[this] { run(); }} {}

Sampler::~Sampler() {
    {
        const std::scoped_lock lock{m_mutex};
        m_stopping = true;
    }
    m_changed.notify_all();
    m_worker.join();
}

SourceId Sampler::add(shared_cbuff::Observer observer, double hertz) {
    const std::int64_t period_ns = periodOf(hertz);
    const std::int64_t begin_ns = commonTick(nanoseconds(Clock::now()), period_ns);
    const std::scoped_lock lock{m_mutex};
    const SourceId id = m_nextId++;
    m_sources.emplace(id, Source{std::move(observer), Ticks{period_ns, begin_ns}});
    m_changed.notify_all();
    return id;
}

void Sampler::remove(SourceId source) {
    const std::scoped_lock lock{m_mutex};
    m_sources.erase(source);
}

void Sampler::setRate(SourceId source, double hertz) {
    const std::int64_t period_ns = periodOf(hertz);
    const std::scoped_lock lock{m_mutex};
    const auto found = m_sources.find(source);
    if (found == m_sources.end() || found->second.ticks.period_ns() == period_ns) return;
    found->second.ticks.setPeriod(period_ns, commonTick(nanoseconds(Clock::now()), period_ns));
    m_changed.notify_all();
}

int Sampler::sourceCount() const {
    const std::scoped_lock lock{m_mutex};
    return static_cast<int>(m_sources.size());
}

SampleBatch Sampler::take(SourceId source) {
    const std::scoped_lock lock{m_mutex};
    const auto found = m_sources.find(source);
    if (found == m_sources.end()) return {};
    SampleBatch taken = std::exchange(found->second.pending, {});
    found->second.pending.samples.reserve(taken.samples.size());  // about as many will come until the next time
    return taken;
}

void Sampler::run() {
    askForEarlyTurns();
    std::unique_lock lock{m_mutex};
    while (!m_stopping) {
        auto next_ns = std::numeric_limits<std::int64_t>::max();
        for (const auto& [id, source] : m_sources) next_ns = std::min(next_ns, source.ticks.due_ns());
        if (m_sources.empty()) {
            m_changed.wait(lock);
        } else if (const std::int64_t now_ns = nanoseconds(Clock::now()); now_ns >= next_ns) {
            // A sample takes microseconds, so holding the mutex for it costs the taker nothing worth a finer lock.
            sampleDue(now_ns);
        } else {
            m_changed.wait_until(lock, Clock::time_point{std::chrono::nanoseconds{next_ns}});
        }
    }
}

void Sampler::sampleDue(std::int64_t now_ns) {
    for (auto& [id, source] : m_sources) {
        if (!source.ticks.isDue(now_ns)) continue;
        source.skippedNow += source.ticks.take(now_ns);
        // Counters make up for what is dropped: no loss event is missed, only its instant.
        source.pending.samples.size() < pendingLimit ? sample(source) : void(++source.skippedNow);
    }
}

void Sampler::sample(Source& source) {
    TimedSample& timed = source.pending.samples.emplace_back();
    source.observer.sample(timed.sample);
    const auto stamp = m_timebase.stamp(timed.sample.taken_at);
    timed.time = stamp.seconds;
    timed.times = stamp.times;
    if (source.skippedNow > 0 && source.newest > 0) {
        source.pending.gaps.push_back({source.newest, timed.time, source.skippedNow});
        source.pending.skipped += source.skippedNow;
    }
    source.skippedNow = 0;
    source.newest = timed.time;
}

}  // namespace workbench
