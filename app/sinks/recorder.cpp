#include "sinks/recorder.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "feeds/scheduling.hpp"

namespace workbench {
namespace {

/// With nothing to take that would end a transaction, this does.
constexpr std::chrono::milliseconds commitInterval{800};

std::size_t bytesOf(const FeedBatch& batch, std::span<const Event> events) {
    std::size_t bytes = sizeof(FeedBatch) + events.size_bytes();
    for (const TimedSample& timed : batch.samples) {
        bytes += sizeof timed + timed.sample.readers.size() * sizeof(shared_cbuff::ReaderSample);
    }
    for (const TimedItems& items : batch.items) bytes += sizeof items + items.bytes.size();
    return bytes;
}

}  // namespace

Recorder::Recorder(RecordingSeries series, std::size_t queueBytes)
    : m_queueBytes{queueBytes}, m_series{std::move(series)}, m_worker{[this] { run(); }} {}

Recorder::~Recorder() {
    try {
        finish();
    } catch (const RecordingError&) {  // told by problem(), or by nobody who asks no more
    }
}

// ---- What finds no room

Recorder::Dropped& Recorder::droppedOf(const BufferFacts& facts) {
    const auto found = std::ranges::find_if(m_dropped, [&](const Dropped& dropped) {
        const BufferFacts& other = dropped.job.batch.facts;
        return other.identity == facts.identity && other.name == facts.name && other.machine == facts.machine;
    });
    if (found != m_dropped.end()) return *found;
    Dropped& dropped = m_dropped.emplace_back();
    dropped.job.batch.facts = facts;
    return dropped;
}

void Recorder::drop(Dropped& dropped, const FeedBatch& batch, std::span<const Event> events) {
    FeedBatch& gaps = dropped.job.batch;
    const std::uint64_t skipped = batch.samples.size() + batch.skipped;
    if (skipped > 0) {
        // One gap from the newest sample that found room to the next one that does.
        if (gaps.sampleGaps.empty()) gaps.sampleGaps.push_back({.from = dropped.newest, .to = 0, .skipped = 0});
        SampleGap& gap = gaps.sampleGaps.front();
        if (!batch.samples.empty()) {
            if (gap.from == 0) gap.from = batch.samples.front().time;
            gap.to = batch.samples.back().time;
        }
        gap.skipped += skipped;
        gaps.skipped += skipped;
    }
    gaps.gaps.insert(gaps.gaps.end(), batch.gaps.begin(), batch.gaps.end());
    for (const TimedItems& items : batch.items) {
        const bool follows = !gaps.gaps.empty() && gaps.gaps.back().first + gaps.gaps.back().count == items.first;
        if (follows)
            gaps.gaps.back().count += items.count;
        else
            gaps.gaps.push_back({.time = items.time, .first = items.first, .count = items.count});
    }
    const std::size_t room = mostDelayedEvents - std::min(mostDelayedEvents, dropped.job.events.size());
    const auto kept = events.first(std::min(room, events.size()));
    dropped.job.events.insert(dropped.job.events.end(), kept.begin(), kept.end());
    dropped.job.droppedEvents += events.size() - kept.size();
    dropped.isPending = true;
}

/// In the batch that finds room again, so that a gap ends with the very sample that follows it.
void Recorder::tellDropped(Job dropped, Job& next) {
    FeedBatch& batch = next.batch;
    for (SampleGap& gap : dropped.batch.sampleGaps) {
        if (!batch.samples.empty()) gap.to = batch.samples.front().time;
    }
    const auto putBefore = [](auto& all, const auto& first) { all.insert(all.begin(), first.begin(), first.end()); };
    putBefore(batch.sampleGaps, dropped.batch.sampleGaps);
    putBefore(batch.gaps, dropped.batch.gaps);
    putBefore(next.events, dropped.events);
    batch.skipped += dropped.batch.skipped;
    next.droppedEvents = dropped.droppedEvents;
}

// ---- Taking

void Recorder::take(const FeedBatch& batch, std::span<const Event> events) {
    {
        const std::scoped_lock lock{m_mutex};
        if (m_problem || m_stopping || (batch.isEmpty() && events.empty())) return;
        // What is dropped need not be copied first.
        if (!hasRoom(bytesOf(batch, events))) return drop(droppedOf(batch.facts), batch, events);
    }
    take(FeedBatch{batch}, {events.begin(), events.end()});
}

void Recorder::take(FeedBatch&& batch, std::vector<Event>&& events) {
    if (batch.isEmpty() && events.empty()) return;
    const std::size_t bytes = bytesOf(batch, events);
    const std::scoped_lock lock{m_mutex};
    if (m_problem || m_stopping) return;
    Dropped& dropped = droppedOf(batch.facts);
    if (!hasRoom(bytes)) return drop(dropped, batch, events);
    if (!batch.samples.empty()) dropped.newest = batch.samples.back().time;
    const bool tells = dropped.isPending && !batch.samples.empty();
    Job job{.batch = std::move(batch), .events = std::move(events), .bytes = bytes};
    if (tells) {
        dropped.isPending = false;
        tellDropped(std::exchange(dropped.job, Job{}), job);
        dropped.job.batch.facts = job.batch.facts;
    }
    enqueue(std::move(job));
}

void Recorder::note(const Event& note) {
    const std::scoped_lock lock{m_mutex};
    if (m_problem || m_stopping) return;
    enqueue({.events = {note}, .isNote = true, .bytes = sizeof note});
}

void Recorder::enqueue(Job job) {
    m_queued += job.bytes;
    m_queue.push_back(std::move(job));
    m_changed.notify_all();
}

void Recorder::finish() {
    {
        const std::scoped_lock lock{m_mutex};
        for (Dropped& dropped : m_dropped) {
            if (std::exchange(dropped.isPending, false)) enqueue(std::exchange(dropped.job, Job{}));
        }
        m_stopping = true;
        m_changed.notify_all();
    }
    if (m_worker.joinable()) m_worker.join();
    if (m_problem) throw RecordingError{*m_problem};
}

void Recorder::discard() {
    try {
        finish();
    } catch (const RecordingError&) {  // of what nobody wants
    }
    m_series.discard();
}

void Recorder::waitForRoom() {
    std::unique_lock lock{m_mutex};
    m_changed.wait(lock, [this] { return m_queued <= m_queueBytes / 2 || m_problem || m_stopping; });
}

std::optional<std::string> Recorder::problem() const {
    const std::scoped_lock lock{m_mutex};
    return m_problem;
}

RecordingTotals Recorder::totals() const {
    const std::scoped_lock lock{m_mutex};
    return m_totals;
}

std::vector<std::string> Recorder::paths() const {
    const std::scoped_lock lock{m_mutex};
    return m_paths;
}

// ---- The worker

void Recorder::run() {
    askForLateTurns();
    try {
        refresh();
        std::unique_lock lock{m_mutex};
        for (;;) {
            const bool hasWork =
                m_changed.wait_for(lock, commitInterval, [this] { return m_stopping || !m_queue.empty(); });
            if (m_queue.empty() && m_stopping) break;
            const auto jobs = std::exchange(m_queue, {});
            lock.unlock();
            for (const Job& job : jobs) write(job);
            if (!hasWork) m_series.commit();
            refresh();
            lock.lock();
            for (const Job& job : jobs) m_queued -= job.bytes;
            m_changed.notify_all();
        }
        lock.unlock();
        m_series.close();
        refresh();
    } catch (const std::exception& error) {
        refresh();
        const std::scoped_lock lock{m_mutex};
        m_problem = error.what();
        m_queue.clear();
        m_queued = 0;
        m_changed.notify_all();
    }
}

void Recorder::write(const Job& job) {
    if (job.isNote) return m_series.note(job.events.front());
    m_series.take(job.batch, job.events);
    if (job.droppedEvents == 0) return;
    m_series.dropEvents(job.batch.facts, job.events.empty() ? 0 : job.events.back().time, job.droppedEvents);
}

void Recorder::refresh() {
    const RecordingTotals totals = m_series.totals();
    const std::scoped_lock lock{m_mutex};
    m_totals = totals;
    m_paths.assign(m_series.paths().begin(), m_series.paths().end());
}

}  // namespace workbench
