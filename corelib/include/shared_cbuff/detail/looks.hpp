#pragma once
// When a role may look at what the other side writes: each look takes a cache line from it, so looks that find little
// are kept apart.
// Thread contract: a Looks belongs to one role, hence to one thread at a time.

#include <algorithm>
#include <chrono>
#include <cstdint>

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

namespace shared_cbuff {

/// A rest of some 10 ns that tells the core that this is a polling loop.
inline void ease_polling() noexcept {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
}

/// The processor's own clock: cheaper than any system's, and of unknown rate. See ticks_in().
inline std::uint64_t ticks() noexcept {
#if defined(__x86_64__)
    return __rdtsc();
#elif defined(__aarch64__)
    std::uint64_t count;
    asm volatile("mrs %0, cntvct_el0" : "=r"(count));
    return count;
#else
    return static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
#endif
}

/// How many ticks `time` takes; at least 1. Measured against the steady clock once a process, which takes some 25 us.
std::uint64_t ticks_in(std::chrono::nanoseconds time);

/// Two looks that both found little are at least `interval` apart. Other work between them counts, so whoever is slow
/// anyway never waits.
struct Looks {
    static constexpr std::chrono::nanoseconds limit = std::chrono::microseconds{1};  // no look is worth a longer wait

    std::uint64_t interval = 0;  // ticks; 0: the next look comes at once
    std::uint64_t last = 0;      // when the last look was, in ticks; only kept up while interval is not 0
    std::uint64_t enough = 1;    // items found at once that show that looks come seldom enough
    std::uint64_t shortest = 1;  // to begin with; halving goes below it
    std::uint64_t longest = 0;

    /// `enough` items found at once show that looks come seldom enough; never further apart than `longest` and `limit`.
    static Looks finding(std::uint64_t enough, std::chrono::nanoseconds longest);

    /// To be called before a look.
    [[gnu::always_inline]] void keep_apart() const noexcept {
        if (interval != 0) [[unlikely]]
            wait(last, interval);
    }
    /// To be called after one that found `items`, more than none.
    [[gnu::always_inline]] void found(std::uint64_t items) noexcept {
        if (items >= enough) {
            if (items >= 2 * enough) interval /= 2;
        } else if (items * shortest < interval) {
            interval = 0;  // they come so seldom that keeping looks apart only makes them late
        } else {
            interval = std::min(std::max(2 * interval, shortest), longest);
        }
        if (interval != 0) last = ticks();
    }
    /// To be called after one that found nothing: who waits for the other side answers it at once.
    [[gnu::always_inline]] void found_nothing() noexcept { interval = 0; }

private:
    static void wait(std::uint64_t since, std::uint64_t interval) noexcept;
};

}  // namespace shared_cbuff
