#include "story/eventdetector.hpp"

#include <algorithm>

#include "values/names.hpp"

namespace workbench {
namespace {

using shared_cbuff::BufferState;
using shared_cbuff::ReaderSample;
using shared_cbuff::ReaderState;
using shared_cbuff::WriterState;

const ReaderSample* findReader(const std::vector<ReaderSample>& readers, const ReaderSample& wanted) {
    const auto found =
        std::ranges::find_if(readers, [&](const ReaderSample& reader) { return reader.key() == wanted.key(); });
    return found == readers.end() ? nullptr : &*found;
}

std::uint64_t growth(std::uint64_t before, std::uint64_t now) { return now > before ? now - before : 0; }

}  // namespace

std::vector<Event> EventDetector::feed(const TimedSample& timed) {
    std::vector<Event> events;
    feed(timed, events);
    return events;
}

void EventDetector::feed(const TimedSample& timed, std::vector<Event>& events) {
    m_time = timed.time;
    compareBuffer(timed.sample, events);
    if (timed.sample.state == BufferState::damaged) {
        if (m_last)
            m_last->state = BufferState::damaged;  // the counters of before stand until sense returns
        else
            m_last = timed.sample;
        return;
    }
    compareWriter(timed.sample, events);
    compareRejected(timed.sample, events);
    compareReaders(timed.sample, events);
    m_last = timed.sample;
}

Event EventDetector::event(EventKind kind) const {
    return {.time = m_time, .kind = kind, .buffer = m_buffer, .until = m_time};
}

Event EventDetector::eventOf(EventKind kind, const ReaderSample& reader) {
    const auto [label, isNew] = m_labels.try_emplace(reader.key());
    if (isNew) label->second = shownName(reader.label());
    Event made = event(kind);
    made.reader = EventReader{.segment = m_segment, .key = reader.key(), .label = label->second, .pid = reader.pid};
    return made;
}

void EventDetector::compareBuffer(const Sample& now, std::vector<Event>& events) {
    const BufferState before = m_last ? m_last->state : BufferState::alive;
    if (now.state == before) return;
    switch (now.state) {
        case BufferState::damaged:
            events.push_back(event(EventKind::Damaged));
            events.back().detail = shownSentence(now.damage);
            return;
        case BufferState::unlinked:
            return events.push_back(event(EventKind::Unlinked));
        case BufferState::replaced:
            return events.push_back(event(EventKind::Replaced));
        case BufferState::closed:
            return events.push_back(event(EventKind::Closed));
        default:
            if (before == BufferState::damaged) events.push_back(event(EventKind::Recovered));
    }
}

void EventDetector::compareWriter(const Sample& now, std::vector<Event>& events) {
    const WriterState before = m_last ? m_last->writer.state : WriterState::vacant;
    const std::uint64_t epochBefore = m_last ? m_last->writer.epoch : 0;
    const auto tell = [&](EventKind kind, std::uint32_t pid) {
        events.push_back(event(kind));
        events.back().pid = pid;
        events.back().epoch = now.writer.epoch;
    };
    if (now.writer.state == WriterState::alive) {
        if (before != WriterState::alive || now.writer.epoch != epochBefore)
            tell(EventKind::WriterAttached, now.writer.pid);
        return;
    }
    if (before == now.writer.state) return;
    if (now.writer.state == WriterState::abandoned) {
        tell(EventKind::WriterDied, now.writer.pid);
    } else if (now.writer.state == WriterState::vacant && before == WriterState::alive) {
        tell(EventKind::WriterReleased, m_last->writer.pid);
    }
}

void EventDetector::compareRejected(const Sample& now, std::vector<Event>& events) {
    if (!m_last) return;  // what was refused before we looked is no event of ours
    const std::uint64_t rejected = growth(m_last->rejected, now.rejected);
    if (rejected == 0) return;
    events.push_back(event(EventKind::Rejected));
    events.back().amount = rejected;
    m_totalRejected += rejected;
}

void EventDetector::compareReaders(const Sample& now, std::vector<Event>& events) {
    for (const ReaderSample& reader : now.readers) {
        compareReader(m_last ? findReader(m_last->readers, reader) : nullptr, reader, events);
    }
    if (!m_last) return;
    for (const ReaderSample& gone : m_last->readers) {
        if (findReader(now.readers, gone) != nullptr) continue;
        const bool wasAlive = gone.state == ReaderState::alive;
        events.push_back(eventOf(wasAlive ? EventKind::ReaderDetached : EventKind::SlotReused, gone));
        events.back().amount = gone.popped;
        events.back().lost = gone.lost;
        m_labels.erase(gone.key());
    }
}

void EventDetector::compareReader(const ReaderSample* before, const ReaderSample& now, std::vector<Event>& events) {
    const bool newcomer = before == nullptr;
    if (newcomer) events.push_back(eventOf(EventKind::ReaderAttached, now));
    if (now.state != ReaderState::alive && (newcomer || before->state == ReaderState::alive)) {
        const bool evicted = now.state == ReaderState::evicted;
        events.push_back(eventOf(evicted ? EventKind::ReaderEvicted : EventKind::ReaderDied, now));
    }
    if (newcomer && m_last == std::nullopt) return;  // what it lost before we looked is no event of ours
    // Nobody is there to lose anything; but what it lost up to its death counts.
    if (now.state != ReaderState::alive && (newcomer || before->state != ReaderState::alive)) return;
    const std::uint64_t lost = growth(newcomer ? 0 : before->lost, now.lost);
    const std::uint64_t underflows = growth(newcomer ? 0 : before->underflows, now.underflows);
    if (lost > 0) {
        events.push_back(eventOf(EventKind::Overflow, now));
        events.back().amount = lost;
        events.back().count = growth(newcomer ? 0 : before->overruns, now.overruns);  // 0: the same overrun goes on
    }
    if (underflows > 0) {
        events.push_back(eventOf(EventKind::Underflow, now));
        events.back().amount = underflows;
    }
    m_totalLost += lost;
    m_totalUnderflows += underflows;
}

}  // namespace workbench
