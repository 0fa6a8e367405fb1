#include "story/eventlog.hpp"

#include <algorithm>

namespace workbench {
namespace {

bool isMergeable(EventKind kind) {
    return kind == EventKind::Overflow || kind == EventKind::Underflow || kind == EventKind::Rejected;
}

bool areOfOneReader(const Event& a, const Event& b) {
    if (!a.reader || !b.reader) return !a.reader && !b.reader;
    return a.reader->isSameAs(*b.reader);
}

/// How far back a mergeable entry is looked for; more readers than this in a storm make more entries, no more.
constexpr int mergeReach = 64;

}  // namespace

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
    Q_EMIT aboutToReset();
    m_events.clear();
    Q_EMIT wasReset();
}

void EventLog::forget(const QString& buffer) {
    const auto isOfIt = [&](const Event& event) { return event.buffer == buffer; };
    if (std::ranges::none_of(m_events, isOfIt)) return;
    Q_EMIT aboutToReset();
    std::erase_if(m_events, isOfIt);
    Q_EMIT wasReset();
}

}  // namespace workbench
