#pragma once
// What happened to buffers and helpers: a bounded log of values. A storm of like events is one growing entry.
// Thread contract: the GUI's thread.

#include <QObject>
#include <QString>
#include <cstdint>
#include <deque>
#include <optional>

#include "shared_cbuff/states.hpp"

namespace workbench {

enum class EventKind {
    Overflow,
    Underflow,
    ReaderAttached,
    ReaderDetached,
    ReaderDied,
    WriterAttached,
    WriterReleased,
    WriterDied,
    Closed,
    Unlinked,
    Replaced,
    Damaged,
    Recovered,
    HelperStarted,
    HelperEnded,
    HelperCrashed,
    Note,
};

/// The reader that an event is about, and what people call it.
struct EventReader {
    shared_cbuff::SegmentIdentity segment = {};  ///< a name may lead to one segment after another
    shared_cbuff::ReaderKey key = {};
    QString label = {};
    std::uint32_t pid = 0;

    bool isSameAs(const EventReader& other) const { return segment == other.segment && key == other.key; }
};

struct Event {
    double time = 0;  ///< of the Timebase
    EventKind kind = EventKind::Note;
    QString buffer = {};
    std::optional<EventReader> reader = std::nullopt;
    std::uint64_t amount = 0;  ///< items lost, or pops that found nothing
    QString text = {};         ///< a sentence, for what amount does not say
    double until = 0;          ///< time of the last event merged into this one
    std::uint64_t count = 1;   ///< overruns or events in this one; 0: an overrun told of before goes on
};

/// The event in words: "lost 76 items in 3 overruns over 0.9 s".
QString describe(const Event& event);
/// "slow (pid 4713)", or "slot 3 (pid 4713)" for a reader without a label.
QString readerName(const EventReader& reader);
/// One word: "overflow", "underflow", ...
QString toString(EventKind kind);

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
    void aboutToClear();
    void cleared();

private:
    bool mergeIntoRecent(const Event& event);

    std::deque<Event> m_events;
    int m_capacity;
    std::uint64_t m_dropped = 0;
};

}  // namespace workbench
