#pragma once
// The items of one buffer, as they come: read through an unregistered reader, which holds nobody up and shows up
// nowhere. What the ring overwrote before it was read is told, with its numbers.
// Thread contract: TapReader belongs to one thread; ItemTap's public face to any.

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "feeds/samplefeed.hpp"
#include "shared_cbuff/observer.hpp"
#include "shared_cbuff/reader.hpp"

namespace workbench {

struct TappedItems {
    std::vector<TimedItems> items;
    std::vector<ItemGap> gaps;
};

/// Looks into the ring when it is told to, and says when it should be told again: seldom enough that the writer keeps
/// its cache lines, and before a quarter of the ring has been overwritten. A writer too fast for that is left alone for
/// a growing while instead of being slowed by a race that nobody wins.
class TapReader {
public:
    using Rest = std::chrono::nanoseconds;
    static constexpr Rest shortestRest = std::chrono::microseconds{250};
    static constexpr Rest longestRest = std::chrono::milliseconds{20};
    static constexpr Rest longestPause = std::chrono::seconds{2};  ///< of a tap that cannot keep up

    /// Of the very segment that this observer looks at, from the oldest retained item on; those of a classic segment,
    /// which numbers none, are counted from there. Throws shared_cbuff::CBuffException.
    explicit TapReader(const shared_cbuff::Observer& observer);

    /// Takes what has come; `time` is that of the feed. Returns how long to rest. Throws shared_cbuff::CBuffException.
    Rest look(double time, Rest sinceLast, TappedItems& into);

private:
    std::uint64_t popInto(double time, TappedItems& into);
    Rest restAfter(std::uint64_t came, std::uint64_t lost, Rest sinceLast);

    shared_cbuff::Reader m_reader;
    std::uint64_t m_next = 0;  // number of the item to come
    bool m_hasBegun = false;   // an item has come
    std::vector<std::byte> m_part;
    unsigned m_defeats = 0;      // looks in a row that lost items
    bool m_isCatchingUp = true;  // after a pause, or at first, a loss says nothing
};

/// A TapReader in a thread of its own.
class ItemTap {
public:
    /// Bytes that wait for take(), about; what does not fit is told as lost.
    static constexpr std::size_t pendingBytes = std::size_t{64} << 20;

    /// `now` is the feed's present, asked for in the tap's thread. Throws shared_cbuff::CBuffException.
    ItemTap(const shared_cbuff::Observer& observer, std::function<double()> now);
    ItemTap(const ItemTap&) = delete;
    ItemTap& operator=(const ItemTap&) = delete;
    ~ItemTap();

    /// What came since the last time.
    TappedItems take();
    /// Looks a last time; what that brought is there for take().
    void stop();
    /// Why it has ended by itself, a sentence; empty while it goes on.
    std::string problem() const;

private:
    void run();
    void add(TappedItems& tapped);

    TapReader m_reader;
    std::function<double()> m_now;
    mutable std::mutex m_mutex;
    std::condition_variable m_changed;
    TappedItems m_pending;
    std::size_t m_bytes = 0;
    std::string m_problem;
    bool m_stopping = false;
    std::thread m_worker;  // last: starts when all else is there
};

}  // namespace workbench
