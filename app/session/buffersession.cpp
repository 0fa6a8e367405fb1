#include "session/buffersession.hpp"

#include <algorithm>

#include "shared_cbuff/errors.hpp"
#include "values/names.hpp"

namespace workbench {

BufferSession::BufferSession(std::unique_ptr<SampleFeed> feed, const QString& source)
    : m_feed{std::move(feed)},
      m_story{m_feed->facts()},
      m_title{source.isEmpty() ? m_story.name() : tr("%1 in %2").arg(m_story.name(), source)} {}

BufferSession::~BufferSession() {
    m_hands.reset();  // reads the story
}

std::unique_ptr<BufferSession> BufferSession::withHands(std::unique_ptr<SampleFeed> feed) {
    auto session = std::make_unique<BufferSession>(std::move(feed));
    session->adopt(std::make_unique<BufferHands>(session->m_story));
    return session;
}

std::unique_ptr<BufferSession> BufferSession::withHands(std::unique_ptr<SampleFeed> feed, shared_cbuff::Writer writer) {
    auto session = std::make_unique<BufferSession>(std::move(feed));
    session->adopt(std::make_unique<BufferHands>(session->m_story, std::move(writer)));
    return session;
}

void BufferSession::adopt(std::unique_ptr<BufferHands> hands) {
    m_hands = std::move(hands);
    connect(m_hands.get(), &BufferHands::readerMoved, this,
            [this] { m_story.noteOwnReader(m_feed->now(), m_hands->readerPosition()); });
    connect(m_hands.get(), &BufferHands::happened, this, [this](Event event) {
        event.time = event.until = m_feed->now();
        event.buffer = m_title;
        Q_EMIT happened(event);
    });
}

QString BufferSession::whyNoHands() const {
    return m_hands ? QString{} : tr("This is a recording: one can look at what was, and change nothing.");
}

void BufferSession::pump() {
    const FeedBatch batch = m_feed->take();
    const std::vector<Event> events = m_story.take(batch);
    if (batch.restarted) Q_EMIT restarted();
    for (Event event : events) {
        event.buffer = m_title;
        Q_EMIT happened(event);
    }
    if (!batch.isEmpty()) Q_EMIT taken(batch, events);
}

ItemsResult BufferSession::peek(std::uint64_t count, shared_cbuff::StartAt from) {
    ItemsResult result;
    const std::uint64_t length = geometry().length;
    count = std::min(count, length);
    const bool isNewest = from == shared_cbuff::StartAt::newest;
    try {
        const auto& latest = m_story.latest();
        const std::uint64_t pushed = latest ? latest->sample.pushed : 0;
        const std::uint64_t retained = latest ? latest->sample.retained : length;
        // What has come since the newest sample counts as well, so all that follows is asked for.
        const std::uint64_t first = isNewest ? pushed - std::min(pushed, count) : pushed - std::min(pushed, retained);
        auto items = m_feed->items(first, isNewest || isClassic() ? length : count);
        if (!items) {
            result.problem = m_hands ? tr("Nothing to see: no item has been pushed yet.")
                                     : tr("Nothing to see: no item of this moment was recorded.");
            return result;
        }
        const auto isZero = [](std::byte byte) { return byte == std::byte{0}; };
        const std::uint64_t dropped = items->count - std::min(count, items->count);
        const auto itemSize = static_cast<std::ptrdiff_t>(geometry().item_size);
        const auto begin = items->bytes.begin() + (isNewest ? static_cast<std::ptrdiff_t>(dropped) * itemSize : 0);
        result.count = items->count - dropped;
        result.first = items->first + (isNewest ? dropped : 0);
        if (isClassic()) result.first %= length;  // a slot
        result.bytes.assign(begin, begin + static_cast<std::ptrdiff_t>(result.count) * itemSize);
        if (isClassic() && std::ranges::all_of(result.bytes, isZero)) {
            result = {};
            result.problem = tr("Only zeros there: as far as a classic segment tells, nothing has been pushed yet.");
        }
    } catch (const shared_cbuff::CBuffException& error) {
        result.problem = shownSentence(error.what());
    }
    return result;
}

bool BufferSession::isCurrent() const { return !m_hands || m_hands->isStillNamed(); }

}  // namespace workbench
