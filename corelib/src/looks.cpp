#include "shared_cbuff/detail/looks.hpp"

namespace shared_cbuff {

namespace {

/// Items that come more slowly than this are not worth waiting for: that only makes them late.
constexpr std::chrono::nanoseconds shortest_rest{64};

/// Ticks a nanosecond.
double measured_rate() {
    using Clock = std::chrono::steady_clock;
    const auto begin = Clock::now();
    const std::uint64_t first = ticks();
    while (Clock::now() - begin < std::chrono::microseconds{8}) {
    }
    const std::uint64_t last = ticks();
    return static_cast<double>(last - first) / std::chrono::duration<double, std::nano>(Clock::now() - begin).count();
}

}  // namespace

Looks Looks::finding(std::uint64_t enough, std::chrono::nanoseconds longest) {
    Looks looks;
    looks.enough = enough;
    looks.shortest = ticks_in(shortest_rest);
    looks.longest = longest.count() <= 0 ? 0 : ticks_in(std::min(longest, limit));
    return looks;
}

void Looks::wait(std::uint64_t since, std::uint64_t interval) noexcept {
    // Bounded, in case the clock stands still; a `pause` takes 20 ns and more.
    for (int rests = 0; rests < 256 && ticks() - since < interval; ++rests) ease_polling();
}

std::uint64_t ticks_in(std::chrono::nanoseconds time) {
    // Whoever is interrupted while it measures finds a rate that is too low, never one that is too high.
    static const double ticks_a_nanosecond = std::max({measured_rate(), measured_rate(), measured_rate()});
    return std::max<std::uint64_t>(1,
                                   static_cast<std::uint64_t>(ticks_a_nanosecond * static_cast<double>(time.count())));
}

}  // namespace shared_cbuff
