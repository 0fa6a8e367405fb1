#include "session/eventdetector.hpp"

#include <QCoreApplication>
#include <algorithm>

#include "session/names.hpp"

namespace workbench {
namespace {

using shared_cbuff::BufferState;
using shared_cbuff::ReaderSample;
using shared_cbuff::ReaderState;
using shared_cbuff::WriterState;

QString tr(const char* text) { return QCoreApplication::translate("EventDetector", text); }

const ReaderSample* findReader(const std::vector<ReaderSample>& readers, const ReaderSample& wanted) {
    const auto found =
        std::ranges::find_if(readers, [&](const ReaderSample& reader) { return reader.key() == wanted.key(); });
    return found == readers.end() ? nullptr : &*found;
}

QString labelOf(const ReaderSample& reader) { return shownName(reader.label()); }

EventReader eventReader(const ReaderSample& reader, const shared_cbuff::SegmentIdentity& segment) {
    return {.segment = segment, .key = reader.key(), .label = labelOf(reader), .pid = reader.pid};
}

std::uint64_t growth(std::uint64_t before, std::uint64_t now) { return now > before ? now - before : 0; }

}  // namespace

QString readerLabel(const ReaderSample& reader) {
    const QString label = labelOf(reader);
    return label.isEmpty() ? tr("slot %1").arg(reader.slot) : label;
}

QString readerName(const ReaderSample& reader) { return readerName(eventReader(reader, {})); }

std::vector<Event> EventDetector::feed(const TimedSample& timed) {
    std::vector<Event> events;
    m_time = timed.time;
    compareBuffer(timed.sample, events);
    if (timed.sample.state == BufferState::damaged) {
        if (m_last)
            m_last->state = BufferState::damaged;  // the counters of before stand until sense returns
        else
            m_last = timed.sample;
        return events;
    }
    compareWriter(timed.sample, events);
    compareReaders(timed.sample, events);
    m_last = timed.sample;
    return events;
}

void EventDetector::add(std::vector<Event>& events, EventKind kind, const ReaderSample* reader, std::uint64_t amount,
                        QString text, std::uint64_t count) const {
    events.push_back({.time = m_time,
                      .kind = kind,
                      .buffer = m_buffer,
                      .reader = reader != nullptr ? std::optional{eventReader(*reader, m_segment)} : std::nullopt,
                      .amount = amount,
                      .text = std::move(text),
                      .until = m_time,
                      .count = count});
}

void EventDetector::compareBuffer(const Sample& now, std::vector<Event>& events) {
    const BufferState before = m_last ? m_last->state : BufferState::alive;
    if (now.state == before) return;
    const auto tell = [&](EventKind kind, QString text) { add(events, kind, nullptr, 0, std::move(text)); };
    switch (now.state) {
        case BufferState::damaged:
            return tell(EventKind::Damaged, shownSentence(now.damage));
        case BufferState::unlinked:
            return tell(EventKind::Unlinked, tr("the name is gone; those attached go on, nobody new can attach"));
        case BufferState::replaced:
            return tell(EventKind::Replaced,
                        tr("the name now leads to another segment; this one is no longer reachable"));
        case BufferState::closed:
            return tell(EventKind::Closed, tr("the writer has closed the buffer; readers drain what is left"));
        default:
            if (before == BufferState::damaged) tell(EventKind::Recovered, tr("the segment makes sense again"));
    }
}

void EventDetector::compareWriter(const Sample& now, std::vector<Event>& events) {
    const WriterState before = m_last ? m_last->writer.state : WriterState::vacant;
    const std::uint64_t epochBefore = m_last ? m_last->writer.epoch : 0;
    const std::uint32_t pid =
        now.writer.state == WriterState::alive ? now.writer.pid : (m_last ? m_last->writer.pid : 0);
    const bool arrived =
        now.writer.state == WriterState::alive && (before != WriterState::alive || now.writer.epoch != epochBefore);
    if (arrived) {
        return add(events, EventKind::WriterAttached, nullptr, 0,
                   tr("pid %1 holds the writer role (epoch %2)").arg(now.writer.pid).arg(now.writer.epoch));
    }
    if (before == now.writer.state) return;
    if (now.writer.state == WriterState::abandoned) {
        add(events, EventKind::WriterDied, nullptr, 0,
            tr("the writer, pid %1, died without releasing its role").arg(now.writer.pid));
    } else if (now.writer.state == WriterState::vacant && before == WriterState::alive) {
        add(events, EventKind::WriterReleased, nullptr, 0, tr("pid %1 released the writer role").arg(pid));
    }
}

void EventDetector::compareReaders(const Sample& now, std::vector<Event>& events) {
    for (const ReaderSample& reader : now.readers) {
        compareReader(m_last ? findReader(m_last->readers, reader) : nullptr, reader, events);
    }
    if (!m_last) return;
    for (const ReaderSample& gone : m_last->readers) {
        if (findReader(now.readers, gone) != nullptr) continue;
        const bool wasAlive = gone.state == ReaderState::alive;
        add(events, EventKind::ReaderDetached, &gone, 0,
            wasAlive ? tr("left after %L1 items, %L2 lost").arg(gone.popped).arg(gone.lost)
                     : tr("its slot was given to another reader"));
    }
}

void EventDetector::compareReader(const ReaderSample* before, const ReaderSample& now, std::vector<Event>& events) {
    const bool newcomer = before == nullptr;
    if (newcomer) add(events, EventKind::ReaderAttached, &now, 0, tr("takes slot %1").arg(now.slot));
    if (now.state != ReaderState::alive && (newcomer || before->state == ReaderState::alive)) {
        add(events, EventKind::ReaderDied, &now, 0,
            now.state == ReaderState::evicted ? tr("died, and the writer gave its slot up")
                                              : tr("died without leaving its slot"));
    }
    if (newcomer && m_last == std::nullopt) return;  // what it lost before we looked is no event of ours
    // Nobody is there to lose anything; but what it lost up to its death counts.
    if (now.state != ReaderState::alive && (newcomer || before->state != ReaderState::alive)) return;
    const std::uint64_t lost = growth(newcomer ? 0 : before->lost, now.lost);
    const std::uint64_t underflows = growth(newcomer ? 0 : before->underflows, now.underflows);
    if (lost > 0) {
        const std::uint64_t overruns = growth(newcomer ? 0 : before->overruns, now.overruns);
        add(events, EventKind::Overflow, &now, lost, {}, overruns);  // 0: the same overrun goes on
    }
    if (underflows > 0) add(events, EventKind::Underflow, &now, underflows, {});
    m_totalLost += lost;
    m_totalUnderflows += underflows;
}

}  // namespace workbench
