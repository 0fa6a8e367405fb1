#include "feeds/segmentlister.hpp"

#include <sys/stat.h>
#include <time.h>

namespace workbench {
namespace {

constexpr std::int64_t second_ns = 1'000'000'000;
/// The kernel's clock for files moves in ticks of up to 10 ms: two changes within one leave the same time.
constexpr std::int64_t distinct_ns = 50'000'000;

/// When a name came or went last.
std::optional<std::int64_t> directoryTime() {
    struct stat status {};
    timespec now{};
    if (::stat("/dev/shm", &status) != 0 || ::clock_gettime(CLOCK_REALTIME, &now) != 0) return std::nullopt;
    const std::int64_t changed_ns = status.st_mtim.tv_sec * second_ns + status.st_mtim.tv_nsec;
    const std::int64_t age_ns = now.tv_sec * second_ns + now.tv_nsec - changed_ns;
    // A time to come is of a clock that was set back: it, too, tells nothing.
    return age_ns > distinct_ns ? std::optional{changed_ns} : std::nullopt;
}

}  // namespace

const SegmentList& SegmentLister::look() {
    const auto time_ns = directoryTime();
    const bool same = time_ns && time_ns == m_directoryTime_ns && Clock::now() < m_fullDue;
    m_directoryTime_ns.reset();  // should a look throw, the next one is at everything
    same ? lookAtBuffers() : lookAtEveryThing();
    m_directoryTime_ns = time_ns;
    return m_segments;
}

void SegmentLister::lookAtEveryThing() {
    m_segments = shared_cbuff::list_segments();
    m_fullDue = Clock::now() + m_fullInterval;
}

void SegmentLister::lookAtBuffers() {
    std::erase_if(m_segments, [](shared_cbuff::SegmentInfo& segment) {
        if (!segment.sample && segment.problem.empty()) return false;
        auto now = shared_cbuff::inspect_segment(segment.name);
        if (now) segment = *std::move(now);
        return !now;
    });
}

}  // namespace workbench
