#pragma once
// A feed that gives what a test puts into it, at the time the test says.
// Thread contract: one thread.

#include <algorithm>
#include <memory>
#include <utility>

#include "feeds/samplefeed.hpp"

namespace test_support {

/// What the test holds on to, while the feed itself belongs to whoever reads it.
struct FeedScript {
    workbench::BufferFacts facts = {
        .name = "b", .machine = {}, .geometry = {8, 16}, .layout = shared_cbuff::Layout::extended, .identity = {1, 2}};
    workbench::FeedBatch next = {};
    workbench::FeedState state = {};
    double now = 0;
    double wallAhead = 0;
    double rate = 0;
    workbench::Items ring = {};  ///< what items() gives from

    /// Puts a sample into the next batch.
    void put(double time, shared_cbuff::Sample sample) {
        now = time;
        sample.layout = facts.layout;
        sample.geometry = facts.geometry;
        next.samples.push_back({.time = time, .times = {}, .sample = std::move(sample)});
    }
};

class FakeFeed final : public workbench::SampleFeed {
public:
    explicit FakeFeed(std::shared_ptr<FeedScript> script) : m_script{std::move(script)} {}

    workbench::BufferFacts facts() const override { return m_script->facts; }
    workbench::FeedBatch take() override {
        workbench::FeedBatch batch = std::exchange(m_script->next, {});
        batch.facts = m_script->facts;
        return batch;
    }
    std::optional<workbench::Items> items(std::uint64_t first, std::uint64_t count) override {
        const auto& ring = m_script->ring;
        const std::uint64_t begin = std::max(first, ring.first);
        const std::uint64_t end = std::min(ring.first + ring.count, begin + std::min(count, ring.count));
        if (begin >= end) return std::nullopt;
        const auto size = static_cast<std::ptrdiff_t>(m_script->facts.geometry.item_size);
        const auto at = [&](std::uint64_t number) {
            return ring.bytes.begin() + static_cast<std::ptrdiff_t>(number - ring.first) * size;
        };
        return workbench::Items{begin, end - begin, {at(begin), at(end)}};
    }
    void setRate(double hertz) override { m_script->rate = hertz; }
    double now() const override { return m_script->now; }
    double wall(double time) const override { return time + m_script->wallAhead; }
    workbench::FeedState state() const override { return m_script->state; }

private:
    std::shared_ptr<FeedScript> m_script;
};

/// A buffer that is worked on, and a living reader of it.
inline shared_cbuff::Sample aliveSample(std::uint64_t pushed = 0) {
    shared_cbuff::Sample sample;
    sample.state = shared_cbuff::BufferState::alive;
    sample.writer.state = shared_cbuff::WriterState::alive;
    sample.writer.pid = 77;
    sample.writer.epoch = 1;
    sample.pushed = sample.intent = pushed;
    sample.retained = std::min<std::uint64_t>(pushed, 16);
    return sample;
}

inline shared_cbuff::ReaderSample readerSample(std::uint32_t slot, std::uint64_t usage, std::uint64_t lost = 0) {
    shared_cbuff::ReaderSample reader;
    reader.slot = slot;
    reader.generation = 1;
    reader.pid = 1000 + slot;
    reader.usage = usage;
    reader.lost = lost;
    reader.overruns = lost > 0 ? 1 : 0;
    return reader;
}

}  // namespace test_support
