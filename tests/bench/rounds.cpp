#include "rounds.hpp"

#include <benchmark/benchmark.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <limits>
#include <map>

namespace bench {
namespace {

constexpr double none = std::numeric_limits<double>::quiet_NaN();

struct Results {
    Plan plan;
    int run = 0;
    int round = 0;
    std::vector<std::map<std::string, std::vector<double>>> runs;
    std::vector<double> nothing;
};

Results& results() {
    static Results all;
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

void show_progress(int run, int round, const char* name) {
    static const bool watched = ::isatty(STDERR_FILENO) == 1;
    if (!watched) return;
    std::fprintf(stderr, "\rrun %d of %d, round %d of %d: %-40s", run + 1, results().plan.runs, round + 1,
                 results().plan.rounds, name);
}

void measure(const Contender& contender, int run, int round, benchmark::State& state) {
    results().run = run;
    results().round = round;
    show_progress(run, round, contender.name.c_str());
    for ([[maybe_unused]] const auto step : state) {
        const double seconds = contender.round();
        state.SetIterationTime(seconds);
        record(contender.name, seconds);
    }
}

std::vector<double> numbers_of(const std::vector<double>& values) {
    std::vector<double> numbers;
    std::ranges::copy_if(values, std::back_inserter(numbers), [](double value) { return !std::isnan(value); });
    return numbers;
}

}  // namespace

void record(const std::string& name, double value) {
    Results& all = results();
    auto& values = all.runs[static_cast<std::size_t>(all.run)][name];
    values.resize(static_cast<std::size_t>(all.plan.rounds), none);
    values[static_cast<std::size_t>(all.round)] = value;
}

bool run_in_turn(const std::vector<Contender>& contenders, const Plan& plan, int argc, char** argv) {
    results().plan = plan;
    results().nothing.assign(static_cast<std::size_t>(plan.rounds), none);
    results().runs.resize(static_cast<std::size_t>(plan.runs));
    for (int run = 0; run < plan.runs; ++run) {
        for (int round = 0; round < plan.rounds; ++round) {
            for (const Contender& contender : contenders) {
                if (round % contender.every != 0) continue;
                const auto one = [&contender, run, round](benchmark::State& state) {
                    measure(contender, run, round, state);
                };
                benchmark::RegisterBenchmark(contender.name.c_str(), one)->UseManualTime()->Iterations(1);
            }
        }
    }
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return false;
    ContextOnly reporter;
    benchmark::RunSpecifiedBenchmarks(&reporter);
    return true;
}

const std::vector<double>& values_of(int run, const std::string& name) {
    const auto& found = results().runs[static_cast<std::size_t>(run)];
    const auto values = found.find(name);
    return values == found.end() ? results().nothing : values->second;
}

double median_of(const std::vector<double>& values) {
    std::vector<double> numbers = numbers_of(values);
    if (numbers.empty()) return none;
    std::ranges::sort(numbers);
    const std::size_t middle = numbers.size() / 2;
    return numbers.size() % 2 == 1 ? numbers[middle] : (numbers[middle - 1] + numbers[middle]) / 2;
}

double least_of(const std::vector<double>& values) {
    const std::vector<double> numbers = numbers_of(values);
    return numbers.empty() ? none : *std::ranges::min_element(numbers);
}

}  // namespace bench
