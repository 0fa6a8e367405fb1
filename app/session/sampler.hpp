#pragma once
// Samples any number of buffers at a fixed rate in a thread of its own.
// Thread contract: the public face belongs to one thread (the GUI's). Observers move into the worker and stay there;
// only values come back, in a bounded queue that the taker empties at its own pace.

#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "session/timebase.hpp"
#include "shared_cbuff/observer.hpp"

namespace workbench {

using SourceId = int;

/// One look at one buffer. `time` is of the Timebase.
struct TimedSample {
    double time = 0;
    shared_cbuff::Sample sample;
};

/// What came of one source since the last take, oldest first.
struct SampleBatch {
    SourceId source = 0;
    std::vector<TimedSample> samples;
    std::uint64_t skipped = 0;  ///< samples dropped because nobody took them for too long
};

class Sampler {
public:
    static constexpr int defaultRate = 100;
    static constexpr int minimumRate = 1;
    static constexpr int maximumRate = 1000;
    /// Samples kept of one source until they are taken: 10 s at the highest rate.
    static constexpr std::size_t pendingLimit = 10000;

    explicit Sampler(Timebase timebase);
    Sampler(const Sampler&) = delete;
    Sampler& operator=(const Sampler&) = delete;
    ~Sampler();

    SourceId add(shared_cbuff::Observer observer);
    void remove(SourceId source);
    /// In Hz, 1 to 1000; clamped.
    void setRate(int hertz);
    int rate() const;
    int sourceCount() const;
    /// Everything sampled since the last call, a batch a source.
    std::vector<SampleBatch> takeBatches();

private:
    struct Source {
        shared_cbuff::Observer observer;
        SampleBatch pending;
    };

    void run();
    void sampleAll();

    const Timebase m_timebase;
    mutable std::mutex m_mutex;
    std::condition_variable m_changed;
    std::map<SourceId, std::unique_ptr<Source>> m_sources;
    SourceId m_nextId = 1;
    int m_rate = defaultRate;
    bool m_stopping = false;
    std::thread m_worker;  // last: starts when all else is there
};

}  // namespace workbench
