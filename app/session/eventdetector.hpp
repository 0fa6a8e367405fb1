#pragma once
// Finds the events between two consecutive samples of one buffer. Losses come from counters, so a slow sampler misses
// none of them; only their instant is rounded to the sampling period.
// Thread contract: one thread.

#include <QString>
#include <optional>
#include <vector>

#include "session/eventlog.hpp"
#include "session/sampler.hpp"

namespace workbench {

/// "slow", or "slot 3" for a reader without a label.
QString readerLabel(const shared_cbuff::ReaderSample& reader);
/// "slow (pid 4713)", as in the event log.
QString readerName(const shared_cbuff::ReaderSample& reader);

class EventDetector {
public:
    /// `segment` tells the readers of this buffer from those of another one of its name.
    explicit EventDetector(QString buffer, const shared_cbuff::SegmentIdentity& segment = {})
        : m_buffer{std::move(buffer)}, m_segment{segment} {}

    /// What happened since the last sample given, in order. The first sample yields what already is: who is attached.
    std::vector<Event> feed(const TimedSample& timed);

    /// Totals over all readers this detector has seen, also those that left; never fall.
    std::uint64_t totalLost() const { return m_totalLost; }
    std::uint64_t totalUnderflows() const { return m_totalUnderflows; }

private:
    using Sample = shared_cbuff::Sample;
    using ReaderSample = shared_cbuff::ReaderSample;

    void compareBuffer(const Sample& now, std::vector<Event>& events);
    void compareWriter(const Sample& now, std::vector<Event>& events);
    void compareReaders(const Sample& now, std::vector<Event>& events);
    void compareReader(const ReaderSample* before, const ReaderSample& now, std::vector<Event>& events);
    void add(std::vector<Event>& events, EventKind kind, const ReaderSample* reader, std::uint64_t amount, QString text,
             std::uint64_t count = 1) const;

    QString m_buffer;
    shared_cbuff::SegmentIdentity m_segment;
    double m_time = 0;
    std::optional<Sample> m_last;
    std::uint64_t m_totalLost = 0;
    std::uint64_t m_totalUnderflows = 0;
};

}  // namespace workbench
