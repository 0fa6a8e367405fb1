#pragma once
// Samples any number of buffers, each at a rate of its own, in one thread.
// Thread contract: the public face may be called from any thread. Observers move into the sampler and stay there; only
// values come back, in bounded queues that the takers empty at their own pace.

#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "feeds/samplefeed.hpp"
#include "feeds/ticks.hpp"
#include "shared_cbuff/observer.hpp"
#include "values/timebase.hpp"

namespace workbench {

using SourceId = int;

/// What came of one source since the last take, oldest first.
struct SampleBatch {
    std::vector<TimedSample> samples;
    std::uint64_t skipped = 0;    ///< ticks without a sample: nobody got the processor, or nobody took what there was
    std::vector<SampleGap> gaps;  ///< where those were
};

class Sampler {
public:
    static constexpr double defaultRate = 100;
    static constexpr double minimumRate = 0.1;
    static constexpr double maximumRate = 1000;
    /// Samples kept of one source until they are taken: 10 s at the highest rate.
    static constexpr std::size_t pendingLimit = 10000;

    explicit Sampler(Timebase timebase = Timebase{});
    Sampler(const Sampler&) = delete;
    Sampler& operator=(const Sampler&) = delete;
    ~Sampler();

    const Timebase& timebase() const { return m_timebase; }
    /// Rates are in Hz, clamped.
    SourceId add(shared_cbuff::Observer observer, double hertz = defaultRate);
    void remove(SourceId source);
    void setRate(SourceId source, double hertz);
    int sourceCount() const;
    /// Everything sampled of this source since the last call.
    SampleBatch take(SourceId source);

private:
    struct Source {
        shared_cbuff::Observer observer;
        Ticks ticks;
        SampleBatch pending = {};
        std::uint64_t skippedNow = 0;  // since the newest sample
        double newest = 0;             // its time; 0: there is none yet
    };

    void run();
    void sampleDue(std::int64_t now_ns);
    void sample(Source& source);

    const Timebase m_timebase;
    mutable std::mutex m_mutex;
    std::condition_variable m_changed;
    std::map<SourceId, Source> m_sources;
    SourceId m_nextId = 1;
    bool m_stopping = false;
    std::thread m_worker;  // last: starts when all else is there
};

}  // namespace workbench
