#pragma once
// The `stress` program: shares a time among the sections, and ends at the first violation with what repeats it.
// Thread contract: none; it runs in main().

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace stress {

struct ProgramOptions {
    std::chrono::milliseconds time{180'000};
    std::uint64_t seed = 0;
    std::optional<std::string> only;         ///< the one section to run
    std::optional<std::uint64_t> only_case;  ///< the one case of it
};

/// What the command line says; nothing, and the usage on stderr, if that makes no sense.
std::optional<ProgramOptions> parse(int argc, char** argv);

/// Runs and reports. Returns the exit code: 0, 1 after a violation, 130 when interrupted.
int run(const ProgramOptions& options);

}  // namespace stress
