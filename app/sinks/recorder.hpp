#pragma once
// A recording in a thread of its own: who feeds it never waits for a disk.
// Thread contract: the public face may be called from any thread.

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "sinks/recordingseries.hpp"
#include "sinks/samplesink.hpp"

namespace workbench {

class Recorder final : public SampleSink {
public:
    /// What waits for the disk, in bytes of memory: at 16 buffers x 4 readers x 1 kHz a few seconds.
    static constexpr std::size_t defaultQueueBytes = std::size_t{64} << 20;
    /// Events of a batch that finds no room, which are kept all the same; more are counted.
    static constexpr std::size_t mostDelayedEvents = 10'000;

    explicit Recorder(RecordingSeries series, std::size_t queueBytes = defaultQueueBytes);
    ~Recorder() override;

    /// What finds no room in the queue is dropped, and becomes a gap of the recording.
    void take(const FeedBatch& batch, std::span<const Event> events) override;
    /// The same for who needs them no more: nothing is copied.
    void take(FeedBatch&& batch, std::vector<Event>&& events);
    /// Of no buffer.
    void note(const Event& note);
    /// Everything taken is written, and the recording is closed. Throws RecordingError, also of what failed before.
    void finish();

    /// Nothing of it is to be kept: its files are removed.
    void discard();
    /// For who has more than fits at once, and may wait: until half of the queue is free.
    void waitForRoom();

    /// Why the recording has ended; nothing while all is well.
    std::optional<std::string> problem() const;
    RecordingTotals totals() const;
    std::vector<std::string> paths() const;

private:
    struct Job {
        FeedBatch batch = {};
        std::vector<Event> events = {};
        std::uint64_t droppedEvents = 0;
        bool isNote = false;
        std::size_t bytes = 0;
    };
    /// Of one buffer, what was dropped since a batch of it found room.
    struct Dropped {
        Job job;
        double newest = 0;  ///< time of the newest sample that found room
        bool isPending = false;
    };

    Dropped& droppedOf(const BufferFacts& facts);
    void drop(Dropped& dropped, const FeedBatch& batch, std::span<const Event> events);
    static void tellDropped(Job dropped, Job& next);
    bool hasRoom(std::size_t bytes) const { return m_queued == 0 || m_queued + bytes <= m_queueBytes; }
    void enqueue(Job job);
    void run();
    void write(const Job& job);
    void refresh();

    const std::size_t m_queueBytes;
    mutable std::mutex m_mutex;
    std::condition_variable m_changed;
    std::deque<Job> m_queue;
    std::size_t m_queued = 0;  // bytes
    std::vector<Dropped> m_dropped;
    bool m_stopping = false;
    std::optional<std::string> m_problem;
    RecordingTotals m_totals;
    std::vector<std::string> m_paths;
    RecordingSeries m_series;  // of the worker alone
    std::thread m_worker;      // last: starts when all else is there
};

}  // namespace workbench
