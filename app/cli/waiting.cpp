#include "cli/waiting.hpp"

#include <poll.h>

#include <algorithm>

namespace cli {

bool waitUntil(Clock::time_point until, int input) {
    using std::chrono::nanoseconds;
    const nanoseconds left = std::clamp<nanoseconds>(until - Clock::now(), nanoseconds{0}, longestWait);
    const timespec timeout{.tv_sec = 0, .tv_nsec = static_cast<long>(left.count())};
    pollfd watched{.fd = input, .events = POLLIN, .revents = 0};
    return ::ppoll(&watched, input == noInput ? 0 : 1, &timeout, nullptr) > 0;
}

}  // namespace cli
