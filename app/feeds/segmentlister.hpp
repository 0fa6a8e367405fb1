#pragma once
// The list of all segments, again and again, at the cost of what may have changed.
// Thread contract: belongs to one thread.

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "shared_cbuff/discovery.hpp"

namespace workbench {

using SegmentList = std::vector<shared_cbuff::SegmentInfo>;

/// A machine may hold thousands of segments that are no buffers. They are looked into when a name has come or gone
/// anywhere, and else every `fullInterval`, for what became of them; buffers, and what could not be read, every time.
class SegmentLister {
public:
    using Clock = std::chrono::steady_clock;
    static constexpr std::chrono::seconds defaultFullInterval{5};

    explicit SegmentLister(Clock::duration fullInterval = defaultFullInterval) : m_fullInterval{fullInterval} {}

    /// Sorted by name. Throws shared_cbuff::SystemError.
    const SegmentList& look();

private:
    void lookAtEveryThing();
    void lookAtBuffers();

    Clock::duration m_fullInterval;
    Clock::time_point m_fullDue;
    std::optional<std::int64_t> m_directoryTime_ns;  // nothing while it is too young to tell changes apart
    SegmentList m_segments;
};

}  // namespace workbench
