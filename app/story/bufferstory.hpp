#pragma once
// What is known of one buffer's past: how its values went, and what happened in it.
// Thread contract: one thread. Clockless: all times are those of the samples.

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "feeds/samplefeed.hpp"
#include "story/eventdetector.hpp"
#include "story/history.hpp"
#include "story/ratemeter.hpp"
#include "values/observedpast.hpp"

namespace workbench {

/// One reader over time. Kept for a while after it left, so that the plot still tells its story.
struct ReaderCurve {
    shared_cbuff::ReaderKey key;
    QString name;         ///< "slow (pid 4713)"
    QString label;        ///< "slow", as readerLabel() gives it
    int styleIndex = 0;   ///< colour and dash, by its label: the same in every buffer and run; stable for its life
    bool present = true;  ///< still in the newest sample
    RateMeter popped;
    RateMeter losing;
    History usage;
    History lost;        ///< a counter, from the first sample on
    History underflows;  ///< a counter
    History taken;       ///< a counter: popped
};

/// What was at one moment: of each value the nearest kept sample, or the range of the bucket around it.
struct Moment {
    struct Reader {
        shared_cbuff::ReaderKey key;
        QString name;
        History::Reading usage;
    };
    double time = 0;       ///< of the buffer's nearest kept sample
    bool isRange = false;  ///< only the range of a bucket is kept of that time
    std::optional<History::Reading> usage = std::nullopt;
    std::optional<History::Reading> lost = std::nullopt;  ///< of all readers together, since the first sample
    std::vector<Reader> readers = {};                     ///< those that were there then
};

class BufferStory {
public:
    explicit BufferStory(const BufferFacts& facts);

    /// Takes what came, and returns what happened in it, in order. After a jump of the feed the past begins anew.
    std::vector<Event> take(const FeedBatch& batch);

    const BufferFacts& facts() const { return m_facts; }
    /// As shownName() gives it.
    const QString& name() const { return m_name; }
    /// The newest sample; nothing before the first.
    const std::optional<TimedSample>& latest() const { return m_latest; }
    bool isDamaged() const;

    /// The largest of the living readers', 0 while nobody reads; of a classic buffer that of the own reader.
    const History& usage() const { return m_usage; }
    /// By all readers that were ever seen, what they had lost before the first sample included.
    std::uint64_t lostInAll() const { return m_lostAtStart + m_lost.newestValue(); }
    const History& lost() const { return m_lost; }              ///< a counter, all readers
    const History& underflows() const { return m_underflows; }  ///< a counter, all readers
    const History& rejected() const { return m_rejected; }      ///< a counter
    const std::vector<std::unique_ptr<ReaderCurve>>& curves() const { return m_curves; }
    const ReaderCurve* curve(const shared_cbuff::ReaderKey& key) const;
    const History& pushed() const { return m_pushedTotal; }  ///< a counter; nothing on a classic segment
    /// Who came, left and died, and what became of the buffer, oldest first: the newest of it.
    const std::deque<Event>& lifecycle() const { return m_lifecycle; }
    double pushedRate() const { return m_pushed.rate(); }  ///< items/s over the last second
    std::optional<Moment> at(double time) const;
    /// Of a living reader of the newest sample: how old the oldest item is that it has not taken. Nothing of another
    /// one, or before the first sample.
    std::optional<Age> lag(const shared_cbuff::ReaderSample& reader) const;
    /// Samples that should have been taken, and were not.
    std::uint64_t skipped() const { return m_skipped; }

    /// Of a classic buffer, which does not know its readers: from `time` on, a reader of ours is at this slot; nothing:
    /// there is none any more.
    void noteOwnReader(double time, std::optional<std::uint64_t> slot);

    double oldestTime() const { return m_usage.empty() ? m_lost.oldestTime() : m_usage.oldestTime(); }
    std::size_t bytes() const;
    /// How far back it goes.
    void setKeptSeconds(double seconds) { m_keptSeconds = seconds; }
    double keptSeconds() const { return m_keptSeconds; }
    /// Grows with all that was taken; unchanged means there is nothing new to draw.
    std::uint64_t revision() const { return m_revision; }

private:
    void restart();
    void takePast(const PastStretch& stretch);
    void beginAfterPast(const shared_cbuff::Sample& first);
    void takeSample(const TimedSample& timed, std::vector<Event>& events);
    void takeReaders(const TimedSample& timed);
    std::optional<std::uint64_t> ownUsage(const TimedSample& timed);
    ReaderCurve& curveOf(const shared_cbuff::ReaderKey& key, const QString& name, const QString& label);
    int freeStyleIndex(const QString& label) const;
    void trimCurves();
    void keepLifecycle(const std::vector<Event>& events);
    void forgetOld(double now);

    struct OwnReader {
        double since = 0;
        std::optional<std::uint64_t> slot;
    };

    BufferFacts m_facts;
    QString m_name;
    EventDetector m_detector;
    std::optional<TimedSample> m_latest;
    ObservedPast m_past{TotalsFrom::creation};
    History m_usage, m_lost, m_underflows, m_rejected, m_pushedTotal;
    std::deque<Event> m_lifecycle;
    std::uint64_t m_lostAtStart = 0;  // that the counters below do not count
    std::uint64_t m_lostBefore = 0;   // what stretches of the past told, before the detector's first sample
    std::uint64_t m_underflowsBefore = 0;
    std::uint64_t m_rejectedBefore = 0;
    RateMeter m_pushed;
    std::vector<std::unique_ptr<ReaderCurve>> m_curves;
    std::deque<OwnReader> m_ownReader;  // by since
    double m_keptSeconds = 3600;
    double m_forgetDue = 0;
    std::uint64_t m_skipped = 0;
    std::uint64_t m_revision = 0;
};

}  // namespace workbench
