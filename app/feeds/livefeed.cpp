#include "feeds/livefeed.hpp"

#include "shared_cbuff/outlook.hpp"

namespace workbench {

BufferFacts factsOf(const shared_cbuff::Observer& observer) {
    return {.name = observer.name(),
            .machine = {},
            .geometry = observer.geometry(),
            .layout = observer.layout(),
            .identity = observer.identity()};
}

LiveFeed::LiveFeed(const shared_cbuff::Observer& observer, std::shared_ptr<Sampler> sampler, double hertz)
    : m_peeker{observer.duplicate()},
      m_sampler{std::move(sampler)},
      m_facts{factsOf(m_peeker)},
      m_source{m_sampler->add(m_peeker.duplicate(), hertz)} {}

LiveFeed::LiveFeed(const std::string& name, const std::optional<shared_cbuff::Geometry>& geometry,
                   std::shared_ptr<Sampler> sampler, double hertz)
    : LiveFeed{shared_cbuff::Observer::attach(name, geometry), std::move(sampler), hertz} {}

LiveFeed::~LiveFeed() { m_sampler->remove(m_source); }

FeedBatch LiveFeed::take() {
    SampleBatch taken = m_sampler->take(m_source);
    FeedBatch batch{.facts = m_facts,
                    .samples = std::move(taken.samples),
                    .skipped = taken.skipped,
                    .sampleGaps = std::move(taken.gaps)};
    if (batch.samples.empty()) return batch;
    // A closed buffer is still drained, and a damaged one may be mended: neither ends the feed.
    const auto outlook = shared_cbuff::outlook(batch.samples.back().sample);
    m_state = {outlook.is_over ? FeedState::Kind::ended : FeedState::Kind::running, outlook.why};
    return batch;
}

std::optional<Items> LiveFeed::items(std::uint64_t first, std::uint64_t count) {
    auto peek =
        m_facts.isClassic() ? m_peeker.peek(count, shared_cbuff::StartAt::newest) : m_peeker.peek_from(first, count);
    if (peek.count == 0) return std::nullopt;
    return Items{peek.first, peek.count, std::move(peek.bytes)};
}

}  // namespace workbench
