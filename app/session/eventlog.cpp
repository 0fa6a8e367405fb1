#include "session/eventlog.hpp"

#include <algorithm>

namespace workbench {
namespace {

bool isMergeable(EventKind kind) { return kind == EventKind::Overflow || kind == EventKind::Underflow; }

bool areOfOneReader(const Event& a, const Event& b) {
    if (!a.reader || !b.reader) return !a.reader && !b.reader;
    return a.reader->isSameAs(*b.reader);
}

/// How far back a mergeable entry is looked for; more readers than this in a storm make more entries, no more.
constexpr int mergeReach = 64;

}  // namespace

QString toString(EventKind kind) {
    switch (kind) {
        case EventKind::Overflow:
            return EventLog::tr("overflow");
        case EventKind::Underflow:
            return EventLog::tr("underflow");
        case EventKind::ReaderAttached:
            return EventLog::tr("attach");
        case EventKind::ReaderDetached:
            return EventLog::tr("detach");
        case EventKind::ReaderDied:
            return EventLog::tr("reader died");
        case EventKind::WriterAttached:
            return EventLog::tr("writer");
        case EventKind::WriterReleased:
            return EventLog::tr("writer left");
        case EventKind::WriterDied:
            return EventLog::tr("writer died");
        case EventKind::Closed:
            return EventLog::tr("closed");
        case EventKind::Unlinked:
            return EventLog::tr("unlinked");
        case EventKind::Replaced:
            return EventLog::tr("replaced");
        case EventKind::Damaged:
            return EventLog::tr("damaged");
        case EventKind::Recovered:
            return EventLog::tr("recovered");
        case EventKind::HelperStarted:
            return EventLog::tr("helper");
        case EventKind::HelperEnded:
            return EventLog::tr("helper ended");
        case EventKind::HelperCrashed:
            return EventLog::tr("helper crashed");
        case EventKind::Note:
            return EventLog::tr("note");
    }
    return {};
}

QString readerName(const EventReader& reader) {
    const QString label = reader.label.isEmpty() ? EventLog::tr("slot %1").arg(reader.key.slot) : reader.label;
    return EventLog::tr("%1 (pid %2)").arg(label, QString::number(reader.pid));
}

QString describe(const Event& event) {
    QString text;
    if (event.kind == EventKind::Overflow) {
        text = event.amount == 1 ? EventLog::tr("lost 1 item") : EventLog::tr("lost %L1 items").arg(event.amount);
        if (event.count == 0)
            text += EventLog::tr(", the overrun goes on");
        else if (event.count == 1)
            text += EventLog::tr(" in 1 overrun");
        else
            text += EventLog::tr(" in %L1 overruns").arg(event.count);
    } else if (event.kind == EventKind::Underflow) {
        text = event.amount == 1 ? EventLog::tr("1 pop found nothing")
                                 : EventLog::tr("%L1 pops found nothing").arg(event.amount);
    } else {
        return event.text;
    }
    const double span = event.until - event.time;
    if (span >= 0.1) text += EventLog::tr(" over %1 s").arg(span, 0, 'f', 1);
    return text;
}

EventLog::EventLog(int capacity, QObject* parent) : QObject{parent}, m_capacity{std::max(1, capacity)} {}

void EventLog::append(Event event) {
    event.until = std::max(event.until, event.time);
    if (mergeIntoRecent(event)) return;
    if (size() == m_capacity) {
        Q_EMIT aboutToDropOldest();
        m_events.pop_front();
        ++m_dropped;
        Q_EMIT oldestDropped();
    }
    Q_EMIT aboutToAppend(size());
    m_events.push_back(std::move(event));
    Q_EMIT appended(size() - 1);
}

bool EventLog::mergeIntoRecent(const Event& event) {
    if (!isMergeable(event.kind)) return false;
    const int reach = std::max(0, size() - mergeReach);
    for (int index = size() - 1; index >= reach; --index) {
        Event& earlier = m_events[static_cast<std::size_t>(index)];
        if (earlier.kind != event.kind || earlier.buffer != event.buffer || !areOfOneReader(earlier, event)) continue;
        if (event.time - earlier.until > mergeGap || event.until - earlier.time > mergeSpan) return false;
        earlier.amount += event.amount;
        earlier.count += event.count;
        earlier.until = event.until;
        Q_EMIT changed(index);
        return true;
    }
    return false;
}

void EventLog::clear() {
    Q_EMIT aboutToClear();
    m_events.clear();
    Q_EMIT cleared();
}

}  // namespace workbench
