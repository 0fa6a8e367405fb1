#pragma once
// One buffer that the workbench looks at: its feed, its story, and, where one can take part, its hands.
// Thread contract: the GUI's thread.

#include <QObject>
#include <memory>
#include <vector>

#include "feeds/samplefeed.hpp"
#include "session/bufferhands.hpp"
#include "story/bufferstory.hpp"

namespace workbench {

class BufferSession : public QObject {
    Q_OBJECT
public:
    /// One that can only be looked at: a buffer in a recording, `source`.
    explicit BufferSession(std::unique_ptr<SampleFeed> feed, const QString& source = {});
    /// One that can be worked on.
    static std::unique_ptr<BufferSession> withHands(std::unique_ptr<SampleFeed> feed);
    /// The same for a buffer just created here.
    static std::unique_ptr<BufferSession> withHands(std::unique_ptr<SampleFeed> feed, shared_cbuff::Writer writer);
    ~BufferSession() override;

    /// As shownName() gives it.
    const QString& name() const { return m_story.name(); }
    /// What it goes by in the window and in the event log: its name, and the recording that it is in.
    const QString& title() const { return m_title; }
    const BufferFacts& facts() const { return m_story.facts(); }
    shared_cbuff::Geometry geometry() const { return facts().geometry; }
    bool isClassic() const { return facts().isClassic(); }

    SampleFeed& feed() { return *m_feed; }
    const SampleFeed& feed() const { return *m_feed; }
    BufferStory& story() { return m_story; }
    const BufferStory& story() const { return m_story; }
    /// Null if one can only look.
    BufferHands* hands() { return m_hands.get(); }
    const BufferHands* hands() const { return m_hands.get(); }
    /// Why nothing can be done here but looking; empty if there are hands.
    QString whyNoHands() const;

    /// Takes from the feed what came, gives it to the story, and passes it on.
    void pump();
    /// Items as they are in the ring, or were: nobody takes part.
    ItemsResult peek(std::uint64_t count, shared_cbuff::StartAt from);
    /// Whether more can come here by its name: false once a name is gone or leads to another buffer.
    bool isCurrent() const;

Q_SIGNALS:
    /// The feed has jumped: what happened before is no longer of its past, and comes anew.
    void restarted();
    /// What came, with what happened in it.
    void taken(const workbench::FeedBatch& batch, const std::vector<workbench::Event>& events);
    /// Something happened, in the buffer or to its helpers.
    void happened(const workbench::Event& event);

private:
    void adopt(std::unique_ptr<BufferHands> hands);

    std::unique_ptr<SampleFeed> m_feed;
    BufferStory m_story;
    QString m_title;
    std::unique_ptr<BufferHands> m_hands;
};

}  // namespace workbench
