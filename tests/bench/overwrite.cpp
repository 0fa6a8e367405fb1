// Pushing without waiting for anybody, round trips, observers, and coming and going.

#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "contenders.hpp"
#include "rounds.hpp"
#include "shared_cbuff/detail/segment.hpp"
#include "shared_cbuff/observer.hpp"
#include "shared_cbuff/reader.hpp"
#include "shared_cbuff/writer.hpp"
#include "sides.hpp"

namespace bench {
namespace {

using namespace shared_cbuff;

constexpr std::uint64_t pushes_a_round = 20'000'000;
constexpr std::uint64_t contended_pushes_a_round = 4'000'000;
constexpr std::uint64_t observed_pushes_a_round = 100'000'000;  // long enough for a hundred looks
constexpr std::uint64_t round_trips = 100'000;

/// The same on both sides: made up before there is a second one.
const std::string& buffer_name() {
    static const std::string name = "cbuff-overwrite-bench-" + std::to_string(::getpid());
    return name;
}

Writer overwriting_writer() { return Writer::create(buffer_name(), {.item_size = 8, .length = ring_length}); }

/// Seconds a push. Takes the Writer out of its owner's hands: in a local variable its head stays in registers.
double time_pushes(Writer& from, std::uint64_t count) {
    Writer writer = std::move(from);
    const double begin = now_seconds();
    for (std::uint64_t item = 0; item < count; ++item) writer.push(item);
    const double seconds = (now_seconds() - begin) / static_cast<double>(count);
    from = std::move(writer);
    return seconds;
}

/// Processes that observe at a rate of their own until they are destroyed.
class ObserverProcesses {
public:
    ObserverProcesses(const std::string& name, int count, long interval_ns) {
        for (int index = 0; index < count; ++index) {
            const ::pid_t pid = ::fork();
            if (pid < 0) std::exit(1);
            if (pid == 0) observe(name, interval_ns);
            pids_.push_back(pid);
        }
    }
    ~ObserverProcesses() {
        for (const ::pid_t pid : pids_) ::kill(pid, SIGKILL);
        for (const ::pid_t pid : pids_) ::waitpid(pid, nullptr, 0);
    }

private:
    [[noreturn]] static void observe(const std::string& name, long interval_ns) {
        pin_to(Core::second);
        Observer observer = Observer::attach(name);
        Sample sample;
        ::timespec next{};
        ::clock_gettime(CLOCK_MONOTONIC, &next);
        while (true) {
            observer.sample(sample);
            next.tv_nsec += interval_ns;
            for (; next.tv_nsec >= 1'000'000'000; next.tv_nsec -= 1'000'000'000) ++next.tv_sec;
            ::clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, nullptr);
        }
    }

    std::vector<::pid_t> pids_;
};

double overwrite_observed(int observers, long interval_ns) {
    Writer writer = overwriting_writer();
    const ObserverProcesses processes{buffer_name(), observers, interval_ns};
    pin_to(Core::first);
    return time_pushes(writer, observed_pushes_a_round);
}

}  // namespace

double overwrite_alone() {
    Writer writer = overwriting_writer();
    pin_to(Core::first);
    return time_pushes(writer, pushes_a_round);
}

double overwrite_with_idle_readers() {
    Writer writer = overwriting_writer();
    std::vector<Reader> readers;
    for (int index = 0; index < 8; ++index) readers.push_back(Reader::attach(buffer_name()));
    pin_to(Core::first);
    return time_pushes(writer, pushes_a_round);
}

double overwrite_with_spinning_reader() {
    Writer writer = overwriting_writer();
    const double seconds_a_push = run_two_sides(
        Apart::processes,
        [&](Meeting& meeting) {
            meet(meeting);
            const double seconds = time_pushes(writer, contended_pushes_a_round);
            meeting.over.store(true, std::memory_order_relaxed);
            return seconds;
        },
        [](Meeting& meeting) {
            Reader reader = Reader::attach(buffer_name());
            meet(meeting);
            std::uint64_t next = 0;
            bool right = true;
            while (!meeting.over.load(std::memory_order_relaxed)) {
                const auto item = reader.pop();
                if (!item) continue;
                right = right && *item >= next;  // losses are in order; items come in order
                next = *item + 1;
            }
            const ReaderCounters counters = reader.counters();
            meeting.found[0] = static_cast<double>(counters.popped);
            meeting.found[1] = static_cast<double>(counters.lost);
            return right;
        });
    record("overwrite/spinning-reader delivered", last_meeting().found[0] / contended_pushes_a_round);
    record("overwrite/spinning-reader lost", last_meeting().found[1] / contended_pushes_a_round);
    return seconds_a_push;
}

double overwrite_unobserved() {
    Writer writer = overwriting_writer();
    pin_to(Core::first);
    return time_pushes(writer, observed_pushes_a_round);
}

double overwrite_observed_at_1_khz() { return overwrite_observed(1, 1'000'000); }
double overwrite_observed_by_10_at_100_hz() { return overwrite_observed(10, 10'000'000); }

// ---- Round trips

double ping_pong(OverflowPolicy policy) {
    const std::string there = buffer_name(), back = there + "-back";
    const CreateOptions options{.item_size = 8, .length = ring_length, .policy = policy};
    Writer ping = Writer::create(there, options);
    Writer::create(back, options).release();  // left in place, vacant: the other side takes the role
    const double seconds = run_two_sides(
        Apart::processes,
        [&](Meeting& meeting) {
            Writer writer = std::move(ping);
            Reader reader = Reader::attach(back);
            meet(meeting);
            const double begin = now_seconds();
            for (std::uint64_t trip = 0; trip < round_trips; ++trip) {
                writer.push(trip);
                while (!reader.pop()) {
                }
            }
            const double taken = (now_seconds() - begin) / static_cast<double>(round_trips);
            ping = std::move(writer);
            return taken;
        },
        [&](Meeting& meeting) {
            Writer writer = Writer::take_over(back);
            Reader reader = Reader::attach(there);
            meet(meeting);
            for (std::uint64_t trip = 0; trip < round_trips; ++trip) {
                while (!reader.pop()) {
                }
                writer.push(trip);
            }
            return true;
        });
    Segment::unlink(back);
    return seconds;
}

double bare_ping_pong(Wait wait) {
    struct Lines {
        alignas(128) std::atomic<std::uint64_t> there{0};
        alignas(128) std::atomic<std::uint64_t> back{0};
    };
    void* const memory = ::mmap(nullptr, sizeof(Lines), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) std::exit(1);
    auto* const lines = new (memory) Lines;
    const double seconds = run_two_sides(
        Apart::processes,
        [&](Meeting& meeting) {
            meet(meeting);
            const double begin = now_seconds();
            for (std::uint64_t trip = 1; trip <= round_trips; ++trip) {
                lines->there.store(trip, std::memory_order_release);
                while (lines->back.load(std::memory_order_acquire) != trip) ease(wait);
            }
            return (now_seconds() - begin) / static_cast<double>(round_trips);
        },
        [&](Meeting& meeting) {
            meet(meeting);
            for (std::uint64_t trip = 1; trip <= round_trips; ++trip) {
                while (lines->there.load(std::memory_order_acquire) != trip) ease(wait);
                lines->back.store(trip, std::memory_order_release);
            }
            return true;
        });
    ::munmap(memory, sizeof(Lines));
    return seconds;
}

// ---- Observers, and coming and going

double sample_of_64_readers() {
    constexpr int samples = 20'000;
    const Writer writer = overwriting_writer();
    std::vector<Reader> readers;
    for (int index = 0; index < 64; ++index) readers.push_back(Reader::attach(buffer_name()));
    Observer observer = Observer::attach(buffer_name());
    Sample sample;
    observer.sample(sample);
    pin_to(Core::first);
    const double begin = now_seconds();
    for (int index = 0; index < samples; ++index) observer.sample(sample);
    const double seconds = (now_seconds() - begin) / samples;
    if (sample.readers.size() != 64) std::exit(1);
    return seconds;
}

double create_attach_detach_cleanup() {
    constexpr int times = 500;
    pin_to(Core::first);
    const double begin = now_seconds();
    for (int index = 0; index < times; ++index) {
        const Writer writer = overwriting_writer();
        const Reader reader = Reader::attach(buffer_name());
    }
    return (now_seconds() - begin) / times;
}

}  // namespace bench
