#pragma once
// The samples of a segment on this machine.
// Thread contract: as of SampleFeed; the sampling itself is done in the sampler's thread.

#include <memory>

#include "feeds/samplefeed.hpp"
#include "feeds/sampler.hpp"

namespace workbench {

class LiveFeed final : public SampleFeed {
public:
    /// Of the very segment that this observer looks at.
    LiveFeed(const shared_cbuff::Observer& observer, std::shared_ptr<Sampler> sampler,
             double hertz = Sampler::defaultRate);
    /// Attaches an observer by name; `geometry` for a classic segment. Throws shared_cbuff::CBuffException.
    LiveFeed(const std::string& name, const std::optional<shared_cbuff::Geometry>& geometry,
             std::shared_ptr<Sampler> sampler, double hertz = Sampler::defaultRate);
    ~LiveFeed() override;

    BufferFacts facts() const override { return m_facts; }
    FeedBatch take() override;
    std::optional<Items> items(std::uint64_t first, std::uint64_t count) override;
    void setRate(double hertz) override { m_sampler->setRate(m_source, hertz); }
    double now() const override { return m_sampler->timebase().now(); }
    double wall(double time) const override { return m_sampler->timebase().wall(time); }
    FeedState state() const override { return m_state; }

private:
    shared_cbuff::Observer m_peeker;  // stays usable when the name is gone
    std::shared_ptr<Sampler> m_sampler;
    BufferFacts m_facts;
    FeedState m_state;
    SourceId m_source;
};

/// What an observer's segment is, for whoever starts a feed of it.
BufferFacts factsOf(const shared_cbuff::Observer& observer);

}  // namespace workbench
