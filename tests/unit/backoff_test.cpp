// Waiting for another process: soon at first, then without burning a core.

#include "backoff.hpp"

#include <gtest/gtest.h>

namespace {

using namespace shared_cbuff;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

TEST(Backoff, SleepsOnceSpinningDidNotHelp) {
    const auto begun = Clock::now();
    Backoff backoff{1h};
    for (int rounds = 0; rounds < 64 + 16 + 8; ++rounds) ASSERT_TRUE(backoff.pause());
    // 20 us doubled up to 1 ms: no sleep ends early.
    EXPECT_GE(Clock::now() - begun, 20us + 40us + 80us + 160us + 320us + 640us + 1ms + 1ms);
}

TEST(Backoff, EndsAtItsDeadline) {
    EXPECT_FALSE(Backoff{0ns}.pause());
    const auto begun = Clock::now();
    Backoff backoff{2ms};
    while (backoff.pause()) {
    }
    EXPECT_GE(Clock::now() - begun, 2ms);
}

}  // namespace
