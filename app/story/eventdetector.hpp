#pragma once
// Finds the events between two consecutive samples of one buffer. Losses come from counters, so a slow sampler misses
// none of them; only their instant is rounded to the sampling period.
// Thread contract: one thread.

#include <QString>
#include <map>
#include <optional>
#include <vector>

#include "values/event.hpp"
#include "values/timedsample.hpp"

namespace workbench {

class EventDetector {
public:
    /// `segment` tells the readers of this buffer from those of another one of its name.
    explicit EventDetector(QString buffer, const shared_cbuff::SegmentIdentity& segment = {})
        : m_buffer{std::move(buffer)}, m_segment{segment} {}

    /// What happened since the last sample given, in order. The first sample yields what already is: who is attached.
    std::vector<Event> feed(const TimedSample& timed);
    /// The same, at the end of `events`.
    void feed(const TimedSample& timed, std::vector<Event>& events);

    /// Totals over all readers this detector has seen, also those that left; never fall.
    std::uint64_t totalLost() const { return m_totalLost; }
    std::uint64_t totalUnderflows() const { return m_totalUnderflows; }
    /// Pushes refused since the first sample.
    std::uint64_t totalRejected() const { return m_totalRejected; }

private:
    using Sample = shared_cbuff::Sample;
    using ReaderSample = shared_cbuff::ReaderSample;

    void compareBuffer(const Sample& now, std::vector<Event>& events);
    void compareWriter(const Sample& now, std::vector<Event>& events);
    void compareRejected(const Sample& now, std::vector<Event>& events);
    void compareReaders(const Sample& now, std::vector<Event>& events);
    void compareReader(const ReaderSample* before, const ReaderSample& now, std::vector<Event>& events);
    Event event(EventKind kind) const;
    Event eventOf(EventKind kind, const ReaderSample& reader);

    QString m_buffer;
    shared_cbuff::SegmentIdentity m_segment;
    double m_time = 0;
    std::optional<Sample> m_last;
    std::map<shared_cbuff::ReaderKey, QString> m_labels;  // of those in m_last, as they are shown
    std::uint64_t m_totalLost = 0;
    std::uint64_t m_totalUnderflows = 0;
    std::uint64_t m_totalRejected = 0;
};

}  // namespace workbench
