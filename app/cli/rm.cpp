// cbuff rm: removes a buffer's name.

#include <fmt/format.h>

#include "cli/commands.hpp"
#include "shared_cbuff/discovery.hpp"
#include "shared_cbuff/observer.hpp"
#include "shared_cbuff/outlook.hpp"

namespace cli {
namespace {

using shared_cbuff::Observer;
using shared_cbuff::Trouble;
using shared_cbuff::WriterState;

struct RmOptions {
    std::string name;
    bool force = false;
};

/// Throws Refusal if removing it may harm somebody, or something that is not ours.
void checkHarmless(const std::string& name) {
    try {
        const auto sample = Observer::attach(name, std::nullopt, std::chrono::nanoseconds{0}).sample();
        const auto& writer = sample.writer;
        if (shared_cbuff::outlook(sample).trouble == Trouble::damaged)
            throw shared_cbuff::CorruptBuffer{"remove", name, sample.damage};
        if (writer.state == WriterState::alive) {
            throw Refusal{
                fmt::format("\"{}\" is not removed: its writer (pid {}) is alive; stop it first, or use --force", name,
                            writer.pid)};
        }
    } catch (const shared_cbuff::BufferNotFound&) {
        // rm() says so itself
    } catch (const shared_cbuff::GeometryMismatch&) {
        throw Refusal{
            fmt::format("\"{}\" is not removed: it has no control block, so it is a classic buffer or another "
                        "program's, perhaps in use; use --force if you know it is not needed",
                        name)};
    } catch (const shared_cbuff::CorruptBuffer& error) {
        throw Refusal{
            fmt::format("\"{}\" is not removed: whether it is in use cannot be told ({}); use --force if you "
                        "know it is not needed",
                        name, error.reason())};
    }
}

int rm(const RmOptions& options) {
    if (!options.force) checkHarmless(options.name);
    if (!shared_cbuff::remove_buffer(options.name)) {
        throw Refusal{fmt::format("there is no buffer \"{}\" to remove; see cbuff ls", options.name)};
    }
    return exitDone;
}

}  // namespace

void addRm(CLI::App& program, Action& chosen) {
    const auto options = std::make_shared<RmOptions>();
    CLI::App& command = *program.add_subcommand("rm", "Remove a buffer; who is attached keeps what it has");
    addName(command, options->name);
    command.add_flag("--force", options->force, "Even while its writer lives, or if it is no buffer of ours");
    command.callback([options, &chosen] { chosen = [options] { return rm(*options); }; });
}

}  // namespace cli
