#pragma once
// One buffer that the workbench looks at and works on: its observer's samples, their history, and every handle that
// takes part (a writer role, a reader of its own, helper processes).
// Thread contract: the GUI's thread. Samples come in as values; commands go out in one hop.

#include <QObject>
#include <QString>
#include <memory>
#include <optional>
#include <vector>

#include "session/eventdetector.hpp"
#include "session/eventlog.hpp"
#include "session/helperprocess.hpp"
#include "session/history.hpp"
#include "session/ratemeter.hpp"
#include "session/sampler.hpp"
#include "shared_cbuff/observer.hpp"
#include "shared_cbuff/reader.hpp"
#include "shared_cbuff/writer.hpp"

namespace workbench {

/// The usage of one reader over time. Kept for a while after it left, so that the plot still tells its story.
struct ReaderCurve {
    shared_cbuff::ReaderKey key;
    QString name;
    int styleIndex = 0;   ///< colour and dash, stable for its life
    bool present = true;  ///< still in the newest sample
    RateMeter popped;
    History usage;
};

/// What came of a command: how many items, and a sentence if not all was done.
struct CommandResult {
    std::uint64_t count = 0;
    QString problem;
    bool ok() const { return problem.isEmpty(); }
};

struct ItemsResult : CommandResult {
    std::uint64_t first = 0;  ///< number of the first item; only of a peek
    std::vector<std::byte> bytes;
};

/// Whether items can be pushed from here.
struct PushAbility {
    bool holdsRole = false;
    bool canTake = false;
    QString reason;  ///< who holds the role, or why it cannot be taken; a sentence for the user
};

class BufferSession : public QObject {
    Q_OBJECT
public:
    /// Attaches an observer. Throws shared_cbuff::CBuffException.
    BufferSession(const QString& name, const std::optional<shared_cbuff::Geometry>& geometry, Sampler& sampler,
                  EventLog& log, Timebase timebase, QObject* parent = nullptr);
    /// The same for a buffer just created here: `writer` is kept, and with it the duty to remove the buffer.
    BufferSession(shared_cbuff::Writer writer, Sampler& sampler, EventLog& log, Timebase timebase,
                  QObject* parent = nullptr);
    ~BufferSession() override;

    // Looking
    /// As shownName() gives it.
    const QString& name() const { return m_name; }
    const Timebase& timebase() const { return m_timebase; }
    shared_cbuff::Geometry geometry() const { return m_geometry; }
    bool isClassic() const { return m_layout == shared_cbuff::Layout::classic; }
    /// The newest sample; nothing before the first.
    const std::optional<TimedSample>& latest() const { return m_latest; }
    const History& usage() const { return m_usage; }
    const History& lost() const { return m_lost; }              ///< cumulative, all readers
    const History& underflows() const { return m_underflows; }  ///< cumulative, all readers
    const std::vector<std::unique_ptr<ReaderCurve>>& curves() const { return m_curves; }
    double pushedRate() const { return m_pushed.rate(); }  ///< items/s over the last second
    double oldestTime() const { return m_usage.oldestTime(); }
    std::size_t historyBytes() const;
    void setHistorySeconds(double seconds) { m_historySeconds = seconds; }
    /// Grows with every sample; unchanged means there is nothing new to draw.
    std::uint64_t revision() const { return m_revision; }

    // Samples come in
    SourceId source() const { return m_source; }
    void take(const SampleBatch& batch);

    // Taking part
    PushAbility pushAbility() const;
    /// Why no reader or helper can be attached and nothing popped; empty if it can. A sentence for the user.
    QString whyNotAttachable() const;
    /// Why no producer can be started; empty if one can.
    QString whyNoProducer() const;
    CommandResult takeWriterRole();
    void releaseWriterRole();
    CommandResult push(const std::vector<std::byte>& items);
    /// Whether a reader of this session is attached; pop() attaches one when there is none.
    bool hasReader() const { return m_reader.has_value(); }
    std::uint64_t readerUsage();
    void detachReader();
    ItemsResult pop(std::uint64_t count);
    ItemsResult peek(std::uint64_t count, shared_cbuff::StartAt from);

    // Helpers
    HelperProcess* startHelper(HelperOptions options);
    const std::vector<std::unique_ptr<HelperProcess>>& helpers() const { return m_helpers; }
    void removeHelper(HelperProcess* helper);

    /// Whether the segment this session looks at is still the one its name leads to.
    bool isStillNamed() const;

Q_SIGNALS:
    void sampled();
    void writerRoleChanged();
    void readerChanged();
    void helpersChanged();

private:
    void takeSample(const TimedSample& timed);
    void takeReaders(const TimedSample& timed);
    ReaderCurve& curveOf(const shared_cbuff::ReaderSample& reader);
    void trimCurves();
    void forgetOld(double now);
    int freeStyleIndex() const;
    CommandResult attachReader();
    void endHelper(HelperProcess* helper);
    void note(EventKind kind, const QString& text);

    QString m_name;
    shared_cbuff::Geometry m_geometry;
    shared_cbuff::Layout m_layout = shared_cbuff::Layout::extended;
    Sampler& m_sampler;
    EventLog& m_log;
    Timebase m_timebase;
    SourceId m_source = 0;
    shared_cbuff::Observer m_peeker;  // stays usable when the name is gone
    EventDetector m_detector;
    std::optional<TimedSample> m_latest;
    History m_usage, m_lost, m_underflows;
    RateMeter m_pushed;
    std::vector<std::unique_ptr<ReaderCurve>> m_curves;
    double m_historySeconds = 3600;
    double m_forgetDue = 0;
    std::uint64_t m_revision = 0;
    std::optional<shared_cbuff::Writer> m_writer;
    std::optional<shared_cbuff::Reader> m_reader;
    bool m_createdHere = false;
    shared_cbuff::SegmentIdentity m_identity;
    std::vector<std::unique_ptr<HelperProcess>> m_helpers;
};

}  // namespace workbench
