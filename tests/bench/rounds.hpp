#pragma once
// Contenders take turns, round by round, because a machine's speed drifts: rounds, and what they yielded.
// Thread contract: as sides.hpp.

#include <functional>
#include <string>
#include <vector>

namespace bench {

/// One thing that is measured: `round` returns seconds an operation.
struct Contender {
    std::string name;
    std::function<double()> round;
    int every = 1;  // takes part in one round of so many
};

/// One run fills one table.
struct Plan {
    int runs = 3;
    int rounds = 15;
};

/// Keeps something else that the present round found, beside its contender's time.
void record(const std::string& name, double value);

/// Measures the contenders in turn, round by round, as Google Benchmark runs (its own options are in `argv`). False if
/// the command line was refused.
bool run_in_turn(const std::vector<Contender>& contenders, const Plan& plan, int argc, char** argv);

/// What was found under this name in each round of a run, from 0; NaN in a round in which it was not.
const std::vector<double>& values_of(int run, const std::string& name);

/// These two leave NaN out; without a number they are NaN.
double median_of(const std::vector<double>& values);
double least_of(const std::vector<double>& values);

}  // namespace bench
