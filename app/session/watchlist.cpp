#include "session/watchlist.hpp"

#include <algorithm>
#include <set>

#include "shared_cbuff/discovery.hpp"
#include "shared_cbuff/errors.hpp"
#include "values/names.hpp"

namespace workbench {
namespace {

/// Whether the name still leads to the very segment that is watched.
bool isNamed(const WatchedBuffer& buffer) {
    const BufferFacts& facts = buffer.story().facts();
    return shared_cbuff::find_segment(facts.name) == facts.identity;
}

}  // namespace

WatchedBuffer::WatchedBuffer(const shared_cbuff::Observer& observer, std::shared_ptr<Sampler> sampler)
    : m_feed{observer, std::move(sampler), hertz}, m_story{m_feed.facts()} {
    m_story.setKeptSeconds(keptSeconds);
}

void WatchedBuffer::pump() { m_story.take(m_feed.take()); }

void Watchlist::removeUnless(const std::function<bool(const WatchedBuffer&)>& stays) {
    for (auto buffer = m_buffers.begin(); buffer != m_buffers.end();) {
        if (stays(**buffer)) {
            ++buffer;
            continue;
        }
        Q_EMIT aboutToRemove(buffer->get());
        buffer = m_buffers.erase(buffer);
    }
}

void Watchlist::update(const SegmentList& segments) {
    std::set<std::string> names;
    m_unwatched = m_unknown = 0;
    for (const auto& segment : segments) {
        if (segment.sample) {
            names.insert(segment.name);
        } else if (segment.problem.empty()) {
            ++m_unknown;
        } else {
            ++m_unwatched;
            m_why = shownSentence(segment.problem);
        }
    }
    removeUnless(
        [&](const WatchedBuffer& buffer) { return isNamed(buffer) && names.erase(buffer.story().facts().name) > 0; });
    for (const std::string& name : names) {
        try {
            const auto observer = shared_cbuff::Observer::attach(name);
            m_buffers.push_back(std::make_unique<WatchedBuffer>(observer, m_sampler));
            Q_EMIT added(m_buffers.back().get());
        } catch (const shared_cbuff::CBuffException& error) {
            ++m_unwatched;
            m_why = shownSentence(error.what());
        }
    }
    Q_EMIT updated();
}

void Watchlist::pump() {
    for (const auto& buffer : m_buffers) buffer->pump();
}

}  // namespace workbench
