#include "sides.hpp"

#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <new>
#include <thread>
#include <vector>

namespace bench {
namespace {

void* meeting_page() {
    static void* const page =
        ::mmap(nullptr, sizeof(Meeting), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED) fail("no memory that two processes share");
    return page;
}

/// Those this program was started with; asked for before the first pinning.
const cpu_set_t& allowed_cores() {
    static const cpu_set_t allowed = [] {
        cpu_set_t cores;
        CPU_ZERO(&cores);
        ::sched_getaffinity(0, sizeof cores, &cores);
        return cores;
    }();
    return allowed;
}

/// The first two of them, or the only one.
const std::vector<int>& two_cores() {
    static const std::vector<int> cores = [] {
        std::vector<int> found;
        for (int number = 0; number < CPU_SETSIZE && found.size() < 2; ++number) {
            if (CPU_ISSET(number, &allowed_cores())) found.push_back(number);
        }
        return found;
    }();
    return cores;
}

}  // namespace

void fail(const char* what) {
    std::fprintf(stderr, "ring_bench: %s\n", what);
    std::exit(1);
}

double now_seconds() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

void unpin() { ::pthread_setaffinity_np(::pthread_self(), sizeof(cpu_set_t), &allowed_cores()); }

void pin_to(Core core) {
    const std::vector<int>& cores = two_cores();
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(core == Core::first ? cores.front() : cores.back(), &one);
    ::pthread_setaffinity_np(::pthread_self(), sizeof one, &one);
}

void pin_to_others() {
    cpu_set_t others = allowed_cores();
    for (const int number : two_cores()) CPU_CLR(number, &others);
    if (CPU_COUNT(&others) == 0) return unpin();
    ::pthread_setaffinity_np(::pthread_self(), sizeof others, &others);
}

void meet(Meeting& meeting, int sides) {
    meeting.ready.fetch_add(1);
    while (meeting.ready.load() < sides) {
        if (meeting.failed.load()) fail("the other side did not come");
    }
}

const Meeting& last_meeting() { return *static_cast<const Meeting*>(meeting_page()); }

double run_two_sides(Apart apart, const std::function<double(Meeting&)>& first,
                     const std::function<bool(Meeting&)>& second) {
    Meeting& meeting = *new (meeting_page()) Meeting{};
    pin_to(Core::first);
    if (apart == Apart::threads) {
        bool right = false;
        std::thread other{[&] {
            pin_to(Core::second);
            right = second(meeting);
        }};
        const double seconds = first(meeting);
        other.join();
        return right ? seconds : (fail("an item came out wrong or out of order"), 0);
    }
    const ::pid_t child = ::fork();
    if (child < 0) fail("no process for the other side");
    if (child == 0) {
        pin_to(Core::second);
        try {
            ::_exit(second(meeting) ? 0 : 1);
        } catch (const std::exception& error) {
            std::fprintf(stderr, "ring_bench: %s\n", error.what());
            meeting.failed.store(true);
            ::_exit(1);
        }
    }
    const double seconds = first(meeting);
    int status = 0;
    ::waitpid(child, &status, 0);
    if (status != 0) fail("the other side failed: an item came out wrong or out of order");
    return seconds;
}

}  // namespace bench
