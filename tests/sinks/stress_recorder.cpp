// stress_recorder [CASES [SEED]]: kill -9 of a recorder at random instants, again and again.

#include <cstdio>
#include <exception>
#include <string>

#include "killedrecorder.hpp"

int main(int argc, char** argv) {
    const std::uint64_t cases = argc > 1 ? std::stoull(argv[1]) : 200;
    const std::uint64_t first = argc > 2 ? std::stoull(argv[2]) : 1000;
    sinks_tests::KilledRecording all;
    for (std::uint64_t seed = first; seed < first + cases; ++seed) {
        try {
            const auto kept = sinks_tests::killARecorder(seed);
            all.samples += kept.samples;
            all.items += kept.items;
            all.gaps += kept.gaps;
        } catch (const std::exception& error) {
            std::fprintf(stderr, "seed %llu: %s\n", static_cast<unsigned long long>(seed), error.what());
            return 1;
        }
    }
    std::printf("| recorder killed | %llu cases | %llu samples | %llu items | %llu gaps told | all true |\n",
                static_cast<unsigned long long>(cases), static_cast<unsigned long long>(all.samples),
                static_cast<unsigned long long>(all.items), static_cast<unsigned long long>(all.gaps));
    return all.samples > 0 ? 0 : 1;
}
