#pragma once
// What happened to buffers and helpers: a bounded log of values. A storm of like events is one growing entry.
// Thread contract: the GUI's thread.

#include <QObject>
#include <cstdint>
#include <deque>

#include "values/event.hpp"

namespace workbench {

class EventLog : public QObject {
    Q_OBJECT
public:
    static constexpr int defaultCapacity = 5000;
    /// Overflows and underflows of one reader within this time of each other make one entry, seconds.
    static constexpr double mergeGap = 1.0;
    /// An entry grows no longer than this, seconds; then a new one begins.
    static constexpr double mergeSpan = 10.0;

    explicit EventLog(int capacity = defaultCapacity, QObject* parent = nullptr);

    void append(Event event);
    void clear();
    /// Forgets what is told of this buffer.
    void forget(const QString& buffer);
    int size() const { return static_cast<int>(m_events.size()); }
    /// 0 is the oldest kept.
    const Event& at(int index) const { return m_events[static_cast<std::size_t>(index)]; }
    /// Events dropped because the log was full.
    std::uint64_t dropped() const { return m_dropped; }

Q_SIGNALS:
    void aboutToAppend(int index);
    void appended(int index);
    void changed(int index);
    void aboutToDropOldest();
    void oldestDropped();
    void aboutToReset();
    void wasReset();

private:
    bool mergeIntoRecent(const Event& event);

    std::deque<Event> m_events;
    int m_capacity;
    std::uint64_t m_dropped = 0;
};

}  // namespace workbench
