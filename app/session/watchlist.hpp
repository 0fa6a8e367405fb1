#pragma once
// Every buffer of this machine, watched without being opened: what an overview tells.
// Thread contract: the GUI's thread. Knows no widgets.

#include <QObject>
#include <memory>
#include <vector>

#include "feeds/livefeed.hpp"
#include "feeds/segmentlister.hpp"
#include "story/standing.hpp"

namespace workbench {

/// One of them, looked at ten times a second, from when it was found.
class WatchedBuffer {
public:
    static constexpr double hertz = 10;
    static constexpr double keptSeconds = 120;

    WatchedBuffer(const shared_cbuff::Observer& observer, std::shared_ptr<Sampler> sampler);

    /// Takes what has come.
    void pump();
    const QString& name() const { return m_story.name(); }
    const BufferStory& story() const { return m_story; }
    Situation situation() const { return situationOf(m_story, m_feed.now()); }
    double now() const { return m_feed.now(); }

private:
    LiveFeed m_feed;
    BufferStory m_story;
};

class Watchlist : public QObject {
    Q_OBJECT
public:
    explicit Watchlist(std::shared_ptr<Sampler> sampler, QObject* parent = nullptr)
        : QObject{parent}, m_sampler{std::move(sampler)} {}

    /// Watches the buffers among these, and no others.
    void update(const SegmentList& segments);
    void pump();
    /// In the order in which they were found.
    const std::vector<std::unique_ptr<WatchedBuffer>>& buffers() const { return m_buffers; }
    /// What is there and cannot be watched, and why the last of it cannot: the system grants no more descriptors, or it
    /// is somebody else's.
    int unwatched() const { return m_unwatched; }
    const QString& whyUnwatched() const { return m_why; }
    /// Segments that are no buffers, as far as anybody can tell.
    int unknown() const { return m_unknown; }

Q_SIGNALS:
    /// Before one goes: whoever looks at it forgets it now.
    void aboutToRemove(workbench::WatchedBuffer* buffer);
    void added(workbench::WatchedBuffer* buffer);
    void updated();

private:
    void removeUnless(const std::function<bool(const WatchedBuffer&)>& stays);

    std::shared_ptr<Sampler> m_sampler;
    std::vector<std::unique_ptr<WatchedBuffer>> m_buffers;
    int m_unwatched = 0;
    int m_unknown = 0;
    QString m_why;
};

}  // namespace workbench
