#pragma once
// One level of a history: entries that share one width of bucket, oldest first, packed into few bytes each.
// Thread contract: one thread.
//
// Invariants: entries do not overlap but at a common instant; an entry of kind bucket lies in one bucket of this level.
// An entry is coded by its differences from the one before, so a level is read from its oldest entry on. The times of a
// bucket are kept to 1/128 of its width, rounded down: invisible in any column, which is at least a bucket wide. All
// other times and all values are exact.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace workbench {

/// Samples that follow one another. Times in ticks of a microsecond, both ends included.
struct HistoryEntry {
    enum class Kind : std::uint8_t {
        sample,   ///< one
        run,      ///< the same value again and again: it held at every moment in between
        stretch,  ///< told as a range: any value between minimum and maximum, at any moment in between
        bucket    ///< several that lie in one bucket
    };
    Kind kind = Kind::sample;
    std::int64_t begin = 0;
    std::int64_t end = 0;
    std::uint64_t first = 0;
    std::uint64_t minimum = 0;
    std::uint64_t maximum = 0;
    std::uint64_t last = 0;
    std::int64_t minimumTime = 0;  ///< when it came first
    std::int64_t maximumTime = 0;

    bool isRange() const { return kind == Kind::stretch || kind == Kind::bucket; }
};

class HistoryLevel {
public:
    /// Level 0 has no buckets: it never merges. Those of level 1 are 2^10 ticks wide, each further level's twice that.
    explicit HistoryLevel(int index) : m_shift{index == 0 ? 0 : finestShift - 1 + index} {}

    /// Newer than all. Joins the newest entry if both lie in one bucket.
    void push(const HistoryEntry& entry);
    /// The newest entry, which may still grow at its end. Not if empty.
    HistoryEntry& newest() { return m_newest; }
    const HistoryEntry& newest() const { return m_newest; }
    HistoryEntry oldest() const;
    HistoryEntry popOldest();
    /// The oldest entry if there are more than `share` and, where there are buckets, it is further back than as many
    /// buckets: runs across their borders may make it two entries a bucket.
    std::optional<HistoryEntry> takeSurplus(std::size_t share);

    std::size_t size() const { return m_size; }
    bool isEmpty() const { return m_size == 0; }
    /// log2 of a bucket's width in ticks.
    int shift() const { return m_shift; }
    /// Whether all of its entries are as they were told.
    bool isExact() const { return m_buckets == 0; }
    std::size_t bytes() const { return sizeof(*this) + m_packed.capacity(); }

    /// Reads the entries, oldest first. Not beyond a change of the level.
    class Cursor {
    public:
        explicit Cursor(const HistoryLevel& level);
        bool next(HistoryEntry& entry);

    private:
        friend class HistoryLevel;
        std::uint64_t number();
        void unpackBucketTimes(HistoryEntry& entry);

        const HistoryLevel& m_level;
        const std::uint8_t* m_position;
        std::int64_t m_previousEnd;
        std::uint64_t m_previousLast;
        std::size_t m_left;
    };

private:
    static constexpr int finestShift = 10;

    void dropBefore(const Cursor& cursor, const HistoryEntry& read);
    bool lieInOneBucket(std::int64_t begin, std::int64_t end) const { return begin >> m_shift == end >> m_shift; }
    void pack(const HistoryEntry& entry);
    void packNumber(std::uint64_t number);
    void packDifference(std::uint64_t to, std::uint64_t from);
    std::int64_t packBucketTimes(const HistoryEntry& entry);
    void makeRoom();

    int m_shift;
    std::size_t m_size = 0;
    std::size_t m_buckets = 0;           // entries of that kind
    HistoryEntry m_newest;               // not packed yet
    std::vector<std::uint8_t> m_packed;  // all the others
    std::size_t m_packedBegin = 0;       // bytes before it belonged to entries that are gone
    std::int64_t m_goneEnd = 0;          // of the newest entry that is gone: what the oldest one is coded against
    std::uint64_t m_goneLast = 0;
    std::int64_t m_packedEnd = 0;  // of the newest packed entry: what the next one is coded against
    std::uint64_t m_packedLast = 0;
};

}  // namespace workbench
