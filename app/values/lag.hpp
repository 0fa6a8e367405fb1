#pragma once
// How old an item is, from the observed past of `pushed`: items carry no time of their own.
// Thread contract: an object belongs to one thread.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

namespace workbench {

/// An age. `isLeast`: it is at least so much, because it began before anybody looked.
struct Age {
    std::chrono::nanoseconds age{0};
    bool isLeast = false;
    friend bool operator==(const Age&, const Age&) = default;
};

/// When `pushed` grew, as seen by looking at it again and again.
class PushedPast {
public:
    using Time = std::chrono::steady_clock::time_point;

    /// Moments kept before neighbours are joined: ages then become coarser, by this part of them, and never larger.
    static constexpr std::size_t mostMoments = 8192;
    static constexpr int coarseness = 256;

    /// A look: times never go back. `length` is that of the ring: what is no longer in it needs no past.
    void add(Time time, std::uint64_t pushed, std::uint64_t length);
    /// The age, at the last look, of item `number` (the first one pushed is 0): counted from the look that first showed
    /// it, so it is short by at most the time between two looks. Nothing without a look, or if it is not pushed yet.
    std::optional<Age> ageOf(std::uint64_t number) const;
    /// The lag of a reader that has not taken `usage` items: 0 with nothing to take. Nothing without a look.
    std::optional<Age> lagOf(std::uint64_t usage) const;

private:
    /// At `seen`, `pushed` had grown to this since the moment before.
    struct Moment {
        std::uint64_t pushed;
        Time seen;
    };

    void thinOut();

    std::deque<Moment> m_moments;  // the first one is where the watch began, as long as anything older is in the ring
    bool m_beganBefore = true;     // the first moment's items are older than the watch
    Time m_last{};
};

}  // namespace workbench
