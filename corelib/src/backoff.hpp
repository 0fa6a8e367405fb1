#pragma once
// Waits for another process without a lock: spins briefly, then sleeps ever longer, up to a deadline.
// Thread contract: one waiting loop.
//
// libstdc++'s atomic::wait uses process-private futexes, so it cannot wait for another process.

#include <algorithm>
#include <chrono>
#include <thread>

#include "shared_cbuff/detail/looks.hpp"

namespace shared_cbuff {

class Backoff {
public:
    explicit Backoff(std::chrono::nanoseconds timeout) : deadline_{Clock::now() + std::min(timeout, longest)} {}

    /// Waits a little; false, at once, if the deadline has passed.
    bool pause() {
        const auto now = Clock::now();
        if (now >= deadline_) return false;
        if (++rounds_ <= spins) return true;
        if (rounds_ <= spins + yields) {
            std::this_thread::yield();
            return true;
        }
        std::this_thread::sleep_for(std::min<std::chrono::nanoseconds>(sleep_, deadline_ - now));
        sleep_ = std::min(sleep_ * 2, longest_sleep);
        return true;
    }

private:
    using Clock = std::chrono::steady_clock;
    static constexpr int spins = 64;
    static constexpr int yields = 16;
    static constexpr std::chrono::nanoseconds longest = std::chrono::hours{24 * 365};  // keeps the sum in range
    static constexpr std::chrono::nanoseconds longest_sleep = std::chrono::milliseconds{1};

    Clock::time_point deadline_;
    std::chrono::nanoseconds sleep_ = std::chrono::microseconds{20};
    int rounds_ = 0;
};

}  // namespace shared_cbuff
