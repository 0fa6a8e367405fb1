#pragma once
// The workbench without a window: which buffers are open, what happened, what is remembered.
// Thread contract: the GUI's thread. Knows no widgets.

#include <QObject>
#include <QStringList>
#include <memory>
#include <optional>
#include <vector>

#include "feeds/machine.hpp"
#include "feeds/sampler.hpp"
#include "feeds/segmentscanner.hpp"
#include "session/buffersession.hpp"
#include "session/settings.hpp"
#include "session/watchlist.hpp"
#include "sinks/recorder.hpp"
#include "story/eventlog.hpp"

namespace workbench {

class Workbench : public QObject {
    Q_OBJECT
public:
    explicit Workbench(QObject* parent = nullptr);
    ~Workbench() override;

    /// Opens a buffer by name, or finds it open; one that its name no longer leads to is closed first. `geometry` is
    /// that of a classic segment. Null, and the log and `problem` say why, if that cannot be done.
    BufferSession* open(const QString& name, const std::optional<shared_cbuff::Geometry>& geometry = std::nullopt,
                        QString* problem = nullptr);
    BufferSession* create(const QString& name, const shared_cbuff::CreateOptions& options, QString* problem = nullptr);
    /// Opens what somebody else made a feed of: a recording's buffer, `source` says of which one.
    BufferSession* openFeed(std::unique_ptr<SampleFeed> feed, const QString& source);
    /// Opens every buffer of a recording, in one present. Null, and the log and `problem` say why, if it cannot be
    /// read; else the session of its first buffer.
    BufferSession* openRecording(const QString& path, QString* problem = nullptr);
    /// Ends its helpers, gives up its roles, and removes the buffer if it was created here.
    void close(BufferSession* session);
    void closeAll();

    const std::vector<std::unique_ptr<BufferSession>>& sessions() const { return m_sessions; }
    /// By its title; null if none is open.
    BufferSession* find(const QString& title) const;
    EventLog& log() { return m_log; }
    Settings& settings() { return m_settings; }

    /// Takes what all feeds have. To be called by the one timer that repaints.
    void pump();

    /// The present of this machine, and what its wall clock says then.
    double now() const { return m_sampler->timebase().now(); }
    /// What the wall clock said when this happened, seconds since 1970.
    double wall(const Event& event) const;
    void note(const QString& buffer, const QString& text);

    // Recording
    /// Records every buffer of this machine that is open, or will be, into a new file. False, and the log and `problem`
    /// say why, if that cannot be done.
    bool startRecording(const QString& path, QString* problem = nullptr);
    /// Everything taken is written. A sentence on what was recorded, or on what went wrong.
    QString stopRecording();
    bool isRecording() const { return m_recorder != nullptr; }

    // This machine's buffers
    /// All of them, watched from the first call on.
    Watchlist& watchlist();
    /// Names of all segments, as shownName() gives them. Empty, and `problem` says why, if they cannot be listed.
    QStringList names(QString* problem = nullptr) const;
    /// What to ask people before a buffer is removed; a warning comes first if there is a reason for one.
    QString removalQuestion(const QString& name) const;
    /// Empty if it is removed; else a sentence.
    QString remove(const QString& name);
    void scanNow() { m_scanner.scanNow(); }

    void setHistorySeconds(double seconds);
    void setSamplingRate(int hertz);
    int liveBuffers() const;

Q_SIGNALS:
    void sessionAdded(workbench::BufferSession* session);
    /// Before it goes: whoever looks at it forgets it now.
    void sessionRemoved(workbench::BufferSession* session);
    void segmentsScanned(const workbench::SegmentList& segments);
    void scanFailed(const QString& problem);
    /// A recording began, ended, or came to its end by itself: `problem` says why.
    void recordingChanged(const QString& problem);

private:
    void record(BufferSession& session);
    BufferSession* add(std::unique_ptr<BufferSession> session);
    std::unique_ptr<SampleFeed> liveFeed(const shared_cbuff::Observer& observer);
    std::nullptr_t fail(const QString& buffer, const QString& text, QString* problem);

    Settings m_settings;
    EventLog m_log;
    std::shared_ptr<Sampler> m_sampler = std::make_shared<Sampler>();
    SegmentScanner m_scanner;
    std::unique_ptr<Watchlist> m_watchlist;  // null until somebody wants one
    double m_watchDue = 0;
    std::vector<std::unique_ptr<BufferSession>> m_sessions;
    std::unique_ptr<Recorder> m_recorder;  // null while nothing is recorded
};

}  // namespace workbench
