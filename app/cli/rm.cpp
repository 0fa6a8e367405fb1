// cbuff rm: removes a buffer's name.

#include <fmt/format.h>

#include <vector>

#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "feeds/machine.hpp"
#include "shared_cbuff/discovery.hpp"

namespace cli {
namespace {

using workbench::machine::RemovalRisk;
using workbench::machine::removalRisk;
using workbench::machine::whyStale;

struct RmOptions {
    std::string name;
    bool force = false;
    bool stale = false;
    bool dryRun = false;
};

/// Throws Refusal if removing it may harm somebody, or something that is not ours.
void checkHarmless(const std::string& name) {
    const auto segment = shared_cbuff::inspect_segment(name);
    if (!segment) return;  // rm() says so itself
    const auto risk = removalRisk(*segment);
    switch (risk.kind) {
        case RemovalRisk::Kind::none:
            return;
        case RemovalRisk::Kind::liveWriter:
            throw Refusal{
                fmt::format("\"{}\" is not removed: its writer (pid {}) is alive; stop it first, or use --force", name,
                            risk.writerPid)};
        case RemovalRisk::Kind::noBlock:
            throw Refusal{
                fmt::format("\"{}\" is not removed: it has no control block, so it is a classic buffer or another "
                            "program's, perhaps in use; use --force if you know it is not needed",
                            name)};
        case RemovalRisk::Kind::damaged:
        case RemovalRisk::Kind::unreadable:
            throw Refusal{
                fmt::format("\"{}\" is not removed: whether it is in use cannot be told ({}); use --force if you "
                            "know it is not needed",
                            name, risk.reason)};
    }
}

struct Stale {
    std::string name;
    shared_cbuff::SegmentIdentity identity;
};

/// False, with a sentence, if it is still there afterwards.
bool removeStale(const Stale& stale) {
    const std::string name = workbench::printableText(stale.name);
    try {
        // Looked at again: somebody may have come meanwhile.
        const auto now = shared_cbuff::inspect_segment(stale.name);
        if (!now || shared_cbuff::find_segment(stale.name) != stale.identity) return true;
        if (!whyStale(*now)) {
            message(fmt::format("\"{}\" is not removed: somebody has attached to it meanwhile", name));
            return false;
        }
        shared_cbuff::remove_buffer(stale.name);
        return true;
    } catch (const shared_cbuff::CBuffException& error) {
        message(fmt::format("\"{}\" is not removed: {}", name, workbench::printableText(error.reason())));
        return false;
    }
}

int rmStale(const RmOptions& options) {
    std::vector<Stale> all;
    Output output = Output::ofProduct();
    for (const auto& segment : shared_cbuff::list_segments()) {
        if (!options.name.empty() && segment.name != options.name) continue;
        const auto why = whyStale(segment);
        const auto identity = why ? shared_cbuff::find_segment(segment.name) : std::nullopt;
        if (!identity) continue;
        output.print(fmt::format("{}: {}\n", workbench::printableText(segment.name), *why));
        all.push_back({segment.name, *identity});
    }
    output.flush();  // what is going to be removed is told before, and nothing is if that fails
    if (all.empty() && options.name.empty()) {
        message("there is no stale buffer: none is abandoned, or vacant and unattached");
    } else if (all.empty()) {
        throw Refusal{
            fmt::format("\"{}\" is no stale buffer: there is none of this name that is abandoned, or vacant and "
                        "unattached",
                        workbench::printableText(options.name))};
    }
    if (options.dryRun) return exitDone;
    bool isDone = true;
    for (const Stale& stale : all) isDone = removeStale(stale) && isDone;
    return isDone ? exitDone : exitRefused;
}

int rm(const RmOptions& options) {
    if (options.stale) return rmStale(options);
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
    auto* const name = addName(command, options->name).required(false);
    auto* const force =
        command.add_flag("--force", options->force, "Even while its writer lives, or if it is no buffer of ours");
    auto* const stale = command
                            .add_flag("--stale", options->stale,
                                      "List, then remove all that are abandoned, or vacant and unattached; with NAME "
                                      "only that one, if it is so. Nobody sees readers that are --unregistered: they "
                                      "keep what they have, and no more comes")
                            ->excludes(force);
    command.add_flag("-n,--dry-run", options->dryRun, "With --stale: only list them")->needs(stale);
    command.callback([options, name, &chosen] {
        if (!options->stale && name->count() == 0) throw CLI::RequiredError{"NAME or --stale"};
        chosen = [options] { return rm(*options); };
    });
}

}  // namespace cli
