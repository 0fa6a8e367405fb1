#pragma once
// What samples of one buffer, one after the other, tell that no single one does: totals since the watch began, rates,
// lag. Thread contract: an object belongs to one thread.

#include <cstdint>
#include <optional>
#include <vector>

#include "shared_cbuff/observer.hpp"
#include "values/lag.hpp"

namespace workbench {

/// What grows and never shrinks, of one reader or of all of them.
struct ReaderTotals {
    std::uint64_t popped = 0;
    std::uint64_t lost = 0;
    std::uint64_t overruns = 0;
    std::uint64_t underflows = 0;

    ReaderTotals& operator+=(const ReaderTotals& other) noexcept;
    /// What was added since; 0 where it shrank.
    ReaderTotals since(const ReaderTotals& earlier) const noexcept;
    friend bool operator==(const ReaderTotals&, const ReaderTotals&) = default;
};

/// Where totals begin to count.
enum class TotalsFrom {
    creation,     ///< all that the buffer and its readers have counted
    firstSample,  ///< what was added since the first sample; a reader that came later counts from its beginning
};

class ObservedPast {
public:
    using Seconds = std::chrono::duration<double>;

    /// Rates are those of at least so long a stretch; until so much is known there is none.
    static constexpr Seconds rateStretch{1.0};

    explicit ObservedPast(TotalsFrom from) : m_from{from} {}

    /// A damaged one is kept as latest() and tells nothing else.
    void add(const shared_cbuff::Sample& sample);

    /// Nothing before the first add().
    const shared_cbuff::Sample* latest() const noexcept { return m_latest ? &*m_latest : nullptr; }
    /// Whether the latest sample tells counters: not classic, not damaged.
    bool tellsCounters() const noexcept;

    std::uint64_t pushed() const noexcept;
    std::uint64_t rejected() const noexcept;
    /// Of a reader of the latest sample.
    ReaderTotals totals(const shared_cbuff::ReaderSample& reader) const noexcept;
    /// Of all readers that were ever seen, those that left included.
    ReaderTotals totals() const noexcept;

    struct Stretch {
        Seconds seconds{0};
        std::uint64_t pushed = 0;
        std::uint64_t rejected = 0;
        ReaderTotals totals;
    };
    /// What was added in the stretch that rates are taken from; of one reader if one is given. Nothing if the past is
    /// too short, or if that reader came within the stretch.
    std::optional<Stretch> recent(const shared_cbuff::ReaderSample* reader = nullptr) const;

    /// Of a living reader of the latest sample; nothing of another one.
    std::optional<Age> lag(const shared_cbuff::ReaderSample& reader) const;

private:
    struct Tracked {
        std::uint64_t generation = 0;  // 0: of no reader
        ReaderTotals first;
        ReaderTotals last;
    };
    struct Mark {
        std::chrono::steady_clock::time_point time;
        std::uint64_t pushed = 0;
        std::uint64_t rejected = 0;
        ReaderTotals totals;
        std::vector<Tracked> readers;  // by slot
    };

    void track(const shared_cbuff::ReaderSample& reader);
    Mark mark() const;

    TotalsFrom m_from;
    std::optional<shared_cbuff::Sample> m_latest;
    bool m_hasCounters = false;
    std::uint64_t m_firstPushed = 0;
    std::uint64_t m_firstRejected = 0;
    std::vector<Tracked> m_readers;  // by slot
    ReaderTotals m_departed;
    PushedPast m_past;
    std::optional<Mark> m_rateBegin;  // at least rateStretch ago, once there is such a past
    std::optional<Mark> m_rateNext;   // becomes m_rateBegin when it is old enough
};

}  // namespace workbench
