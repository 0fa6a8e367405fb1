#pragma once
// What every measurement needs: two pinned sides that start together, rounds in turn, and the ratios of their times.
// Thread contract: one measurement at a time, from the main thread.

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace bench {

inline constexpr int rounds = 15;

double now_seconds();

/// Which of two cores a side runs on; the same one twice if this machine has a single core.
enum class Core { first, second };
void pin_to(Core core);

/// Shared by both sides, in memory that a fork keeps shared.
struct Meeting {
    alignas(128) std::atomic<int> ready{0};
    alignas(128) std::atomic<bool> over{false};
    alignas(128) std::atomic<bool> failed{false};
    alignas(128) double end = 0;
};

/// Waits until `sides` of them are here.
void meet(Meeting& meeting, int sides = 2);

/// Runs `first` here on the first core and `second` in a process (or a thread) of its own on the second; returns what
/// `first` returned. A `second` that returns false says that what it got was wrong: then the program ends with 1.
enum class Apart { processes, threads };
double run_two_sides(Apart apart, const std::function<double(Meeting&)>& first,
                     const std::function<bool(Meeting&)>& second);

/// One thing that is measured: `round` returns seconds an operation.
struct Contender {
    std::string name;
    std::function<double()> round;
};

/// Measures the contenders in turn, round by round, as Google Benchmark runs. False if the command line was refused.
bool run_in_turn(const std::vector<Contender>& contenders, int argc, char** argv);

/// Best of all rounds in ns an operation; 0 if it was filtered out.
double best_ns(const std::string& name);
/// How many times faster `ours` is than `peer`: best against best, and the median of the rounds' own ratios.
struct Ratio {
    double best = 0;
    double median = 0;
};
Ratio ratio_of(const std::string& ours, const std::string& peer);

}  // namespace bench
