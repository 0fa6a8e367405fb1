#include "harness.hpp"

#include <benchmark/benchmark.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <map>
#include <new>
#include <thread>

namespace bench {
namespace {

/// Seconds an operation in each round, by contender.
std::map<std::string, std::vector<double>>& results() {
    static std::map<std::string, std::vector<double>> all;
    return all;
}

/// Every round is a run of its own: a line each would bury the table. `--benchmark_out` still records them all.
class ContextOnly : public benchmark::BenchmarkReporter {
public:
    bool ReportContext(const Context& context) override {
        PrintBasicContext(&std::cerr, context);
        return true;
    }
    void ReportRuns(const std::vector<Run>&) override {}
};

double median_of(std::vector<double> values) {
    if (values.empty()) return 0;
    std::ranges::sort(values);
    const std::size_t middle = values.size() / 2;
    return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

Meeting& shared_meeting() {
    static void* const page =
        ::mmap(nullptr, sizeof(Meeting), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED) {
        std::perror("ring_bench: mmap");
        std::exit(1);
    }
    return *new (page) Meeting{};
}

[[noreturn]] void fail(const char* what) {
    std::fprintf(stderr, "ring_bench: %s\n", what);
    std::exit(1);
}

}  // namespace

double now_seconds() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

void pin_to(Core core) {
    static const std::vector<int> cores = [] {
        cpu_set_t allowed;
        CPU_ZERO(&allowed);
        ::sched_getaffinity(0, sizeof allowed, &allowed);
        std::vector<int> found;
        for (int number = 0; number < CPU_SETSIZE && found.size() < 2; ++number) {
            if (CPU_ISSET(number, &allowed)) found.push_back(number);
        }
        return found;
    }();
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(core == Core::first ? cores.front() : cores.back(), &one);
    ::pthread_setaffinity_np(::pthread_self(), sizeof one, &one);
}

void meet(Meeting& meeting, int sides) {
    meeting.ready.fetch_add(1);
    while (meeting.ready.load() < sides) {
        if (meeting.failed.load()) fail("the other side did not come");
    }
}

double run_two_sides(Apart apart, const std::function<double(Meeting&)>& first,
                     const std::function<bool(Meeting&)>& second) {
    Meeting& meeting = shared_meeting();
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

bool run_in_turn(const std::vector<Contender>& contenders, int argc, char** argv) {
    for (int round = 0; round < rounds; ++round) {
        for (const Contender& contender : contenders) {
            const auto run = [&contender](benchmark::State& state) {
                for ([[maybe_unused]] const auto step : state) {
                    const double seconds = contender.round();
                    state.SetIterationTime(seconds);
                    results()[contender.name].push_back(seconds);
                }
            };
            benchmark::RegisterBenchmark(contender.name.c_str(), run)->UseManualTime()->Iterations(1);
        }
    }
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return false;
    ContextOnly reporter;
    benchmark::RunSpecifiedBenchmarks(&reporter);
    return true;
}

double best_ns(const std::string& name) {
    const auto& seconds = results()[name];
    return seconds.empty() ? 0 : *std::ranges::min_element(seconds) * 1e9;
}

Ratio ratio_of(const std::string& ours, const std::string& peer) {
    const auto& mine = results()[ours];
    const auto& theirs = results()[peer];
    std::vector<double> ratios;
    for (std::size_t round = 0; round < std::min(mine.size(), theirs.size()); ++round) {
        ratios.push_back(theirs[round] / mine[round]);
    }
    if (ratios.empty()) return {};
    return {best_ns(peer) / best_ns(ours), median_of(ratios)};
}

}  // namespace bench
