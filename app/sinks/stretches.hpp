#pragma once
// What one buffer and its readers did in each second (or minute): the rows that people read with sqlite3.
// Thread contract: an object belongs to one thread.

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "values/timedsample.hpp"

namespace workbench {

/// The usage of a stretch; nothing if nobody told any.
struct UsageRange {
    std::optional<std::uint64_t> least = {};
    std::optional<std::uint64_t> most = {};
    std::optional<std::uint64_t> last = {};

    void add(std::uint64_t usage) {
        least = least ? std::min(*least, usage) : usage;
        most = most ? std::max(*most, usage) : usage;
        last = usage;
    }
};

struct Stretch {
    struct Reader {
        shared_cbuff::ReaderKey key = {};
        shared_cbuff::ReaderState state = {};
        std::uint64_t samples = 0;
        UsageRange usage = {};
        std::uint64_t popped = 0;
        std::uint64_t lost = 0;
        std::uint64_t overruns = 0;
        std::uint64_t underflows = 0;
    };
    std::int64_t begin_s = 0;  ///< on the boot clock, a multiple of the width
    std::int64_t unix_s = 0;
    std::uint64_t samples = 0;
    shared_cbuff::BufferState state = {};
    UsageRange usage = {};
    std::optional<std::uint64_t> pushed = {};  ///< nothing if no sample told counters
    std::optional<std::uint64_t> rejected = {};
    std::vector<Reader> readers = {};
};

class Stretches {
public:
    explicit Stretches(std::int64_t width_s) : m_width_s{width_s} {}

    /// The stretch before, if this sample begins another one.
    std::optional<Stretch> add(const TimedSample& timed);
    /// The one that is still going on.
    std::optional<Stretch> end();

private:
    std::int64_t m_width_s;
    std::optional<Stretch> m_now;
};

}  // namespace workbench
