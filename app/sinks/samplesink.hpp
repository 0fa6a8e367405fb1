#pragma once
// Where a story goes: a recording, an export, another machine.
// Thread contract: a sink belongs to the thread that feeds it.

#include <span>

#include "feeds/samplefeed.hpp"
#include "values/event.hpp"

namespace workbench {

class SampleSink {
public:
    virtual ~SampleSink() = default;
    /// What came of one buffer since the last time, and the events in it. Never waits for a disk or a network.
    virtual void take(const FeedBatch& batch, std::span<const Event> events) = 0;
};

}  // namespace workbench
