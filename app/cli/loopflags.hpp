#pragma once
// The options that `cbuff produce` and `cbuff consume` share.
// Thread contract: plain values.

#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "cli/helperloop.hpp"

namespace cli {

struct LoopFlags {
    std::string rate;
    std::optional<std::uint64_t> count;
    std::optional<double> duration_s;
    bool noCatchUp = false;
    bool control = false;
    bool jsonl = false;

    LoopOptions options(std::uint64_t burst) const;
};

/// Adds --rate (with this default), --count, --duration, --no-catch-up, --control and --jsonl.
void addLoop(CLI::App& command, LoopFlags& flags, const std::string& defaultRate);

/// Throws Refusal if --jsonl or --control could write nothing, or --control read nothing.
void checkStreams(const LoopFlags& flags);

/// To be called with --jsonl: tells on stdout, too, that a command could not even start.
void reportFailedStart(std::string_view role, std::string_view name, const std::exception& error);

}  // namespace cli
