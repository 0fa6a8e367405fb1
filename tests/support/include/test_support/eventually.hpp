#pragma once
// Waits for a condition instead of for a time.
// Thread contract: runs the predicate in the caller's thread.

#include <chrono>
#include <thread>

namespace test_support {

/// No proof of anything: the end of a test that would else wait for ever. However busy the machine is, only a test that
/// fails gets there; ctest's own time limit is longer, so that it can still say what it waited for.
inline constexpr std::chrono::milliseconds patience{120'000};

/// Whether `predicate` became true within `timeout`. Polls ever less often, at least every 2 ms.
template <class Predicate>
[[nodiscard]] bool eventually(Predicate&& predicate, std::chrono::milliseconds timeout = patience) {
    using Clock = std::chrono::steady_clock;
    const auto deadline = Clock::now() + timeout;
    std::chrono::microseconds pause{50};
    while (!predicate()) {
        if (Clock::now() >= deadline) return false;
        std::this_thread::sleep_for(pause);
        if (pause < std::chrono::milliseconds{2}) pause *= 2;
    }
    return true;
}

}  // namespace test_support
