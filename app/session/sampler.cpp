#include "session/sampler.hpp"

#include <algorithm>

namespace workbench {

using Clock = std::chrono::steady_clock;

Sampler::Sampler(Timebase timebase) : m_timebase{timebase}, m_worker{[this] { run(); }} {}

Sampler::~Sampler() {
    {
        const std::scoped_lock lock{m_mutex};
        m_stopping = true;
    }
    m_changed.notify_all();
    m_worker.join();
}

SourceId Sampler::add(shared_cbuff::Observer observer) {
    const std::scoped_lock lock{m_mutex};
    const SourceId id = m_nextId++;
    m_sources.emplace(id, std::make_unique<Source>(Source{std::move(observer), {id, {}, 0}}));
    m_changed.notify_all();
    return id;
}

void Sampler::remove(SourceId source) {
    const std::scoped_lock lock{m_mutex};
    m_sources.erase(source);
}

void Sampler::setRate(int hertz) {
    const std::scoped_lock lock{m_mutex};
    m_rate = std::clamp(hertz, minimumRate, maximumRate);
    m_changed.notify_all();
}

int Sampler::rate() const {
    const std::scoped_lock lock{m_mutex};
    return m_rate;
}

int Sampler::sourceCount() const {
    const std::scoped_lock lock{m_mutex};
    return static_cast<int>(m_sources.size());
}

std::vector<SampleBatch> Sampler::takeBatches() {
    std::vector<SampleBatch> taken;
    const std::scoped_lock lock{m_mutex};
    for (auto& [id, source] : m_sources) {
        if (source->pending.samples.empty()) continue;
        taken.push_back(std::move(source->pending));
        source->pending = {id, {}, 0};
    }
    return taken;
}

void Sampler::run() {
    std::unique_lock lock{m_mutex};
    auto due = Clock::now();
    int scheduledRate = m_rate;
    while (!m_stopping) {
        if (m_sources.empty()) {
            m_changed.wait(lock);
            due = Clock::now();
            continue;
        }
        if (scheduledRate != m_rate) {
            scheduledRate = m_rate;
            due = Clock::now();
        }
        if (Clock::now() < due) {
            m_changed.wait_until(lock, due);
            continue;  // a change or the time: look again
        }
        // A sample takes microseconds, so holding the mutex for it costs the taker nothing worth a finer lock.
        sampleAll();
        const auto period = std::chrono::nanoseconds{1'000'000'000 / scheduledRate};
        due = std::max(due + period, Clock::now() - period);  // absolute; after a stall do not rush
    }
}

void Sampler::sampleAll() {
    for (auto& [id, source] : m_sources) {
        if (source->pending.samples.size() >= pendingLimit) {
            ++source->pending.skipped;  // counters make up for it: no loss event is missed, only its instant
            continue;
        }
        TimedSample timed;
        source->observer.sample(timed.sample);
        timed.time = m_timebase.seconds(timed.sample.taken_at);
        source->pending.samples.push_back(std::move(timed));
    }
}

}  // namespace workbench
