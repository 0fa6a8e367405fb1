#pragma once
// Where the samples of one buffer come from: a live segment, a recording, another machine. One path for all.
// Thread contract: a feed belongs to one thread; what it hands out are values.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "shared_cbuff/geometry.hpp"
#include "shared_cbuff/states.hpp"
#include "values/event.hpp"
#include "values/timedsample.hpp"
#include "values/valuerange.hpp"

namespace workbench {

/// What stays as it is for as long as a buffer lives.
struct BufferFacts {
    std::string name;     ///< its bytes; a text for people is made with shownName()
    std::string machine;  ///< empty: this one
    shared_cbuff::Geometry geometry;
    shared_cbuff::Layout layout = shared_cbuff::Layout::extended;
    shared_cbuff::SegmentIdentity identity;

    bool isClassic() const { return layout == shared_cbuff::Layout::classic; }
};

/// Samples that should have been taken, and were not: between the samples at `from` and at `to`. Counters make up for
/// it: no loss is missed, only its instant.
struct SampleGap {
    double from = 0;
    double to = 0;
    std::uint64_t skipped = 0;
};

/// Consecutive items, as a tap read them.
struct TimedItems {
    double time = 0;
    std::uint64_t first = 0;  ///< number of the first one, counted from the first push
    std::uint64_t count = 0;
    std::vector<std::byte> bytes;  ///< count * item_size
};

/// Items that the tap lost: the ring overwrote them before it had read them.
struct ItemGap {
    double time = 0;
    std::uint64_t first = 0;
    std::uint64_t count = 0;
};

/// A stretch of the past of which no single samples are told, but what they amount to.
struct PastStretch {
    double from = 0;
    double to = 0;
    ValueRange usage;          ///< the buffer's
    std::uint64_t pushed = 0;  ///< at its end, as the four below
    std::uint64_t rejected = 0;
    struct Reader {
        shared_cbuff::ReaderKey key;
        std::string label;
        std::uint32_t pid = 0;
        ValueRange usage;
        std::uint64_t popped = 0;
        std::uint64_t lost = 0;
        std::uint64_t underflows = 0;
    };
    std::vector<Reader> readers;
};

struct FeedBatch {
    BufferFacts facts = {};
    /// The feed has jumped: what was told before is no longer of its past. What follows begins anew, with `past`.
    bool restarted = false;
    std::vector<PastStretch> past = {};      ///< before the samples, oldest first
    std::vector<Event> pastEvents = {};      ///< before the samples, oldest first
    std::vector<TimedSample> samples = {};   ///< oldest first
    std::uint64_t skipped = 0;               ///< samples that were not taken, or dropped because nobody took them
    std::vector<SampleGap> sampleGaps = {};  ///< where: their sum is `skipped`
    std::vector<TimedItems> items = {};
    std::vector<ItemGap> gaps = {};

    bool isEmpty() const { return !restarted && samples.empty() && skipped == 0 && items.empty() && gaps.empty(); }
};

struct FeedState {
    enum class Kind { running, paused, ended, waiting, disconnected };
    Kind kind = Kind::running;
    std::string why = {};  ///< a sentence for people; empty while running
};

struct Items {
    std::uint64_t first = 0;
    std::uint64_t count = 0;
    std::vector<std::byte> bytes;
};

/// What only a feed of the past obeys.
class Playback {
public:
    virtual ~Playback() = default;
    virtual double begin() const = 0;  ///< time of the first sample
    virtual double end() const = 0;    ///< time of the last one
    virtual void play() = 0;
    virtual void pause() = 0;
    virtual double speed() const = 0;
    /// Seconds of the recording a second, above 0.
    virtual void setSpeed(double factor) = 0;
    /// To this many samples after (or before) the present, and pauses.
    virtual void step(int samples) = 0;
    /// Clamped to begin() and end().
    virtual void seek(double time) = 0;
};

class SampleFeed {
public:
    virtual ~SampleFeed() = default;

    virtual BufferFacts facts() const = 0;
    /// What came since the last call, bounded.
    virtual FeedBatch take() = 0;
    /// Up to `count` items from number `first` on, or from the oldest that is there if that one is gone: `first` of the
    /// answer tells. Those in the ring, or as recorded; of a classic segment, which numbers none, the newest `count`
    /// slots. Nothing if there are none. Throws shared_cbuff::CBuffException.
    virtual std::optional<Items> items(std::uint64_t first, std::uint64_t count) = 0;
    /// Samples a second, for a feed that decides so itself.
    virtual void setRate(double hertz) = 0;
    /// The feed's present, in seconds that only grow but when it jumps.
    virtual double now() const = 0;
    /// What the wall clock said at that time, seconds since 1970.
    virtual double wall(double time) const = 0;
    virtual FeedState state() const = 0;
    /// Nothing for a feed whose present is everybody's.
    virtual Playback* playback() { return nullptr; }
};

}  // namespace workbench
