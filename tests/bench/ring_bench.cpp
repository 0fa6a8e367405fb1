// Push and pop of 8-byte items through a ring of 1024, by a producer and a consumer thread on a core each: ours, under
// both policies, singly and in batches, against boost::lockfree::spsc_queue and moodycamel::ReaderWriterQueue.
//
// The rings take turns, round by round, because a machine's speed drifts: each round yields a ratio of its own. The
// rings have different contracts: `overwrite` never waits for its reader, so there the producer waits for it by itself
// (a window that the consumer publishes) - otherwise items would be lost and the work would not be the same.

#include <pthread.h>
#include <sched.h>
#include <unistd.h>

#include <benchmark/benchmark.h>
#include <readerwriterqueue.h>

#include <algorithm>
#include <atomic>
#include <boost/lockfree/spsc_queue.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "shared_cbuff/reader.hpp"
#include "shared_cbuff/writer.hpp"

namespace {

using namespace shared_cbuff;

constexpr std::size_t ring_length = 1024;
constexpr std::size_t batch = 64;
constexpr std::uint64_t items_a_round = 4'000'000;  // many laps: a cache-resident ring that wraps
constexpr int rounds = 15;

/// Seconds an item in each round, by benchmark.
std::map<std::string, std::vector<double>>& results() {
    static std::map<std::string, std::vector<double>> all;
    return all;
}

/// The first two cores this process may use; the same one twice if there is no second.
std::pair<int, int> two_cores() {
    cpu_set_t allowed;
    CPU_ZERO(&allowed);
    ::sched_getaffinity(0, sizeof allowed, &allowed);
    std::vector<int> cores;
    for (int core = 0; core < CPU_SETSIZE && cores.size() < 2; ++core) {
        if (CPU_ISSET(core, &allowed)) cores.push_back(core);
    }
    return {cores.front(), cores.back()};
}

void pin_to(int core) {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(core, &one);
    ::pthread_setaffinity_np(::pthread_self(), sizeof one, &one);
}

/// One ring of 8-byte items. `push` and `pop` move up to `count` items and return how many.
template <class Ring>
double seconds_of_round(Ring& ring, std::size_t at_once) {
    const auto [producer_core, consumer_core] = two_cores();
    std::atomic<int> ready{0};
    std::atomic<bool> wrong{false};
    std::chrono::steady_clock::time_point begin, end;
    std::thread consumer{[&, core = consumer_core] {
        pin_to(core);
        std::vector<std::uint64_t> items(at_once);
        ready.fetch_add(1);
        while (ready.load() < 2) {
        }
        std::uint64_t next = 0;
        while (next < items_a_round) {
            const std::size_t got = ring.pop(items.data(), at_once);
            for (std::size_t index = 0; index < got; ++index) {
                if (items[index] != next++) wrong.store(true, std::memory_order_relaxed);
            }
        }
        end = std::chrono::steady_clock::now();
    }};
    std::thread producer{[&, core = producer_core] {
        pin_to(core);
        std::vector<std::uint64_t> items(at_once);
        ready.fetch_add(1);
        while (ready.load() < 2) {
        }
        begin = std::chrono::steady_clock::now();
        for (std::uint64_t next = 0; next < items_a_round;) {
            const std::size_t count = std::min<std::uint64_t>(at_once, items_a_round - next);
            for (std::size_t index = 0; index < count; ++index) items[index] = next + index;
            for (std::size_t done = 0; done < count;) done += ring.push(items.data() + done, count - done);
            next += count;
        }
    }};
    producer.join();
    consumer.join();
    if (wrong) {
        std::fprintf(stderr, "ring_bench: an item came out wrong or out of order\n");
        std::exit(1);
    }
    return std::chrono::duration<double>(end - begin).count();
}

class BoostRing {
public:
    std::size_t push(const std::uint64_t* items, std::size_t count) {
        return count == 1 ? static_cast<std::size_t>(queue_.push(*items)) : queue_.push(items, count);
    }
    std::size_t pop(std::uint64_t* items, std::size_t count) {
        return count == 1 ? static_cast<std::size_t>(queue_.pop(*items)) : queue_.pop(items, count);
    }

private:
    boost::lockfree::spsc_queue<std::uint64_t, boost::lockfree::capacity<ring_length>> queue_;
};

/// Has no batches: a batch is a loop, as its user would write it.
class MoodycamelRing {
public:
    std::size_t push(const std::uint64_t* items, std::size_t count) {
        std::size_t done = 0;
        while (done < count && queue_.try_enqueue(items[done])) ++done;
        return done;
    }
    std::size_t pop(std::uint64_t* items, std::size_t count) {
        std::size_t done = 0;
        while (done < count && queue_.try_dequeue(items[done])) ++done;
        return done;
    }

private:
    moodycamel::ReaderWriterQueue<std::uint64_t> queue_{ring_length};
};

class OurRing {
public:
    explicit OurRing(OverflowPolicy policy)
        : writer_{Writer::create(name(), {.item_size = 8, .length = ring_length, .policy = policy})},
          reader_{Reader::attach(name())},
          waits_{policy == OverflowPolicy::overwrite} {}

    std::size_t push(const std::uint64_t* items, std::size_t count) {
        if (waits_ && writer_.pushed() + count > room_until_) {
            room_until_ = taken_.load(std::memory_order_acquire) + ring_length;
            if (writer_.pushed() + count > room_until_) return 0;
        }
        const std::span bytes{reinterpret_cast<const std::byte*>(items), count * 8};
        return count == 1 ? static_cast<std::size_t>(writer_.push(bytes)) : writer_.push_many(bytes);
    }
    std::size_t pop(std::uint64_t* items, std::size_t count) {
        const std::span bytes{reinterpret_cast<std::byte*>(items), count * 8};
        const std::size_t got = count == 1 ? static_cast<std::size_t>(reader_.pop(bytes)) : reader_.pop_many(bytes);
        if (waits_ && got > 0) publish_taken(got);
        return got;
    }

private:
    static std::string name() { return "cbuff-ring-bench-" + std::to_string(::getpid()); }
    void publish_taken(std::size_t got) {
        popped_ += got;
        // Seldom, as a paced consumer would: the window is the benchmark's, not the ring's.
        if (popped_ - taken_.load(std::memory_order_relaxed) >= ring_length / 4 || popped_ == items_a_round) {
            taken_.store(popped_, std::memory_order_release);
        }
    }

    Writer writer_;
    Reader reader_;
    bool waits_;
    alignas(128) std::uint64_t room_until_ = 0;
    alignas(128) std::uint64_t popped_ = 0;
    alignas(128) std::atomic<std::uint64_t> taken_{0};
};

template <class MakeRing>
void run(benchmark::State& state, const std::string& name, std::size_t at_once, MakeRing make_ring) {
    for ([[maybe_unused]] const auto step : state) {
        const auto ring = make_ring();
        const double seconds = seconds_of_round(*ring, at_once);
        state.SetIterationTime(seconds);
        results()[name].push_back(seconds / static_cast<double>(items_a_round));
    }
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(items_a_round));
}

/// Registers one round; rounds of all rings are registered in turn, so that they run in turn.
template <class MakeRing>
void add(const std::string& name, std::size_t at_once, MakeRing make_ring) {
    benchmark::RegisterBenchmark(name.c_str(),
                                 [=](benchmark::State& state) { run(state, name, at_once, make_ring); })
        ->UseManualTime()
        ->Iterations(1)
        ->Unit(benchmark::kMillisecond);
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

double best_of(const std::vector<double>& seconds) { return *std::ranges::min_element(seconds); }

double median_of(std::vector<double> values) {
    std::ranges::sort(values);
    const std::size_t middle = values.size() / 2;
    return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

void print_ratios() {
    std::printf("\nThroughput, ours / peer (above 1: ours is faster), %d interleaved rounds of %llu items\n", rounds,
                static_cast<unsigned long long>(items_a_round));
    std::printf("%-22s %-14s %12s %12s %14s %18s\n", "ours", "peer", "ours ns/item", "peer ns/item", "best / best",
                "median of rounds");
    for (const std::string kind : {"single", "batch"}) {
        for (const std::string policy : {"overwrite", "reject"}) {
            for (const std::string peer : {"boost", "moodycamel"}) {
                const auto& ours = results()[policy + "/" + kind];
                const auto& theirs = results()[peer + "/" + kind];
                std::vector<double> ratios;
                for (std::size_t round = 0; round < std::min(ours.size(), theirs.size()); ++round) {
                    ratios.push_back(theirs[round] / ours[round]);
                }
                if (ratios.empty()) continue;  // filtered out on the command line
                std::printf("%-22s %-14s %12.2f %12.2f %14.2f %18.2f\n", (policy + "/" + kind).c_str(), peer.c_str(),
                            best_of(ours) * 1e9, best_of(theirs) * 1e9, best_of(theirs) / best_of(ours),
                            median_of(ratios));
            }
        }
    }
}

}  // namespace

int main(int argc, char** argv) {
    for (int round = 0; round < rounds; ++round) {
        for (const auto& [kind, at_once] : {std::pair{"single", std::size_t{1}}, std::pair{"batch", batch}}) {
            const std::string suffix = std::string{"/"} + kind;
            add("overwrite" + suffix, at_once, [] { return std::make_unique<OurRing>(OverflowPolicy::overwrite); });
            add("reject" + suffix, at_once, [] { return std::make_unique<OurRing>(OverflowPolicy::reject); });
            add("boost" + suffix, at_once, [] { return std::make_unique<BoostRing>(); });
            add("moodycamel" + suffix, at_once, [] { return std::make_unique<MoodycamelRing>(); });
        }
    }
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
    ContextOnly reporter;
    benchmark::RunSpecifiedBenchmarks(&reporter);
    print_ratios();
    return 0;
}
