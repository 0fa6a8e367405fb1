// cbuff watch: a live view of a buffer, as an observer.

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "cli/attaching.hpp"
#include "cli/commands.hpp"
#include "cli/loopflags.hpp"
#include "cli/output.hpp"
#include "cli/sampletext.hpp"
#include "cli/signals.hpp"
#include "cli/until.hpp"
#include "cli/waiting.hpp"
#include "shared_cbuff/outlook.hpp"
#include "values/samplejson.hpp"

namespace cli {
namespace {

using shared_cbuff::Observer;
using shared_cbuff::Sample;

struct WatchOptions {
    BufferTarget target;
    double interval_s = 1;
    std::optional<std::uint64_t> count;
    bool jsonl = false;
    std::string until;
    std::string timeout;
    std::string stop;
    std::vector<std::string> rest;  // --exec and what follows it
};

class Watch {
public:
    Watch(const WatchOptions& options, Observer observer, Output& output)
        : m_options{options},
          m_observer{std::move(observer)},
          m_output{output},
          m_redraws{!options.jsonl && output.isDrawable()} {
        if (m_redraws) watchForResizing();
    }

    int run() {
        const std::chrono::nanoseconds interval{static_cast<std::int64_t>(m_options.interval_s * 1e9)};
        auto due = Clock::now();
        for (std::uint64_t shown = 0;;) {
            m_before = std::exchange(m_latest, m_observer.sample());
            show();
            if (const auto status = endOf(*m_latest)) return *status;
            if (++shown == m_options.count) return exitDone;
            // The next instant of the schedule that is still to come: a pause of the terminal is no reason to hurry.
            while (due <= Clock::now()) due += interval;
            while (Clock::now() < due && !interrupted()) {
                waitUntil(due);
                if (resized()) show();
            }
            if (interrupted()) {
                message("interrupted by a signal");
                return exitInterrupted;
            }
        }
    }

private:
    void show() {
        const Sample* const before = m_before ? &*m_before : nullptr;
        if (m_options.jsonl) {
            m_output.line(workbench::toJson(m_options.target.name, *m_latest));
        } else if (m_redraws) {
            redraw(before);
        } else {
            m_output.line(describe(m_options.target.name, *m_latest, before));
        }
    }

    /// In place, and never into the last row: a line feed there would scroll the first one away.
    void redraw(const Sample* before) {
        Screen screen = m_output.screen();
        const bool clears = std::exchange(m_drawn, screen) != screen;
        screen.rows = std::max<std::size_t>(2, screen.rows) - 1;
        std::string text = clears ? "\x1b[2J\x1b[H" : "\x1b[H";
        // Cleared before it is written: behind a line as wide as the terminal nothing is left to clear.
        for (const std::string& line : describeOn(screen, m_options.target.name, *m_latest, before))
            text += "\x1b[K" + line + "\n";
        m_output.print(text + "\x1b[J");
        m_output.flush();
    }

    std::optional<int> endOf(const Sample& sample) const {
        const auto outlook = shared_cbuff::outlook(sample);
        if (outlook.can_attach) return std::nullopt;
        message(fmt::format("the buffer \"{}\" {}", m_options.target.name, outlook.why));
        return outlook.trouble == shared_cbuff::Trouble::closed ? exitDone : exitRefused;
    }

    const WatchOptions& m_options;
    Observer m_observer;
    Output& m_output;
    bool m_redraws;
    std::optional<Screen> m_drawn;
    std::optional<Sample> m_latest;
    std::optional<Sample> m_before;
};

UntilOptions untilOptions(const WatchOptions& options) {
    UntilOptions until{.name = options.target.name, .condition = workbench::parseCondition(options.until)};
    if (!options.timeout.empty()) until.timeout = workbench::parseDuration(options.timeout);
    if (!options.stop.empty()) {
        until.stop = options.stop == "writer"    ? StopWhom::writer
                     : options.stop == "readers" ? StopWhom::readers
                                                 : StopWhom::all;
    }
    if (!options.rest.empty()) until.command.assign(options.rest.begin() + 1, options.rest.end());
    until.jsonl = options.jsonl;
    return until;
}

/// Waits no longer than --timeout, which counts from the start of the command. With --jsonl an end before the first
/// look is told on stdout, too.
AwaitedObserver attachInTime(const WatchOptions& options, const UntilOptions& until,
                             std::chrono::nanoseconds liveness) {
    BufferTarget target = options.target;
    if (target.waits() && until.timeout) {
        const double timeout_s = std::chrono::duration<double>{*until.timeout}.count();
        if (timeout_s < target.wait_s().value_or(mostSeconds)) target.wait = fmt::format("{}", timeout_s);
    }
    try {
        return awaitObserver(target, liveness);
    } catch (const std::runtime_error& error) {
        if (options.jsonl) reportFailedStart("observer", target.name, error);
        throw;
    }
}

int untilHolds(const WatchOptions& options, Output& output) {
    try {
        UntilOptions until = untilOptions(options);
        const std::chrono::nanoseconds liveness =
            asksWhoLives(until.condition) ? std::chrono::nanoseconds{0} : std::chrono::milliseconds{100};
        AwaitedObserver awaited = attachInTime(options, until, liveness);
        if (awaited.isOfNewBuffer) until.totalsFrom = workbench::TotalsFrom::creation;
        return watchUntil(std::move(awaited.observer), until, output);
    } catch (const workbench::ConditionError& error) {
        throw UsageError{error.what(), error.picture()};
    }
}

/// What the parser left over: nothing, or --exec and a program with its arguments.
std::vector<std::string> restOf(const CLI::App& command) {
    auto rest = command.remaining();
    // The parser keeps the mark that lets NAME begin with a dash.
    if (!rest.empty() && rest[0] == "--") rest.erase(rest.begin());
    return rest;
}

void checkRest(const std::vector<std::string>& rest, bool isUntil) {
    if (rest.empty()) return;
    if (rest[0] != "--exec") throw CLI::ExtrasError{rest};
    if (!isUntil) throw CLI::RequiresError{"--exec", "--until"};
    if (rest.size() == 1) throw CLI::ArgumentMismatch{"--exec needs a program to run, and comes last"};
}

int watch(const WatchOptions& options) {
    Output output = Output::ofProduct();
    if (!options.until.empty()) return untilHolds(options, output);
    return Watch{options, attachObserver(options.target), output}.run();
}

void addUntil(CLI::App& command, WatchOptions& options) {
    auto* const until = command.add_option("--until", options.until,
                                           "Show nothing until this condition holds, then end; totals count from the "
                                           "start of the command. See cbuff check --help for conditions");
    until->type_name("COND")->check([](const std::string& text) {
        return text.empty() ? std::string{"an empty condition holds never"} : std::string{};
    });
    command
        .add_option("--timeout", options.timeout,
                    "Give up after so long, such as 10s, with status 124; a --wait for the buffer included")
        ->type_name("TIME")
        ->needs(until);
    command
        .add_option("--stop", options.stop,
                    "When it holds, stop these processes (SIGSTOP) for a debugger: writer, readers or all")
        ->check(CLI::IsMember({"writer", "readers", "all"}))
        ->needs(until);
    until->excludes(command.get_option("--count"));
    command.prefix_command();
    command.footer(
        "--exec CMD... as the last option: when the condition holds, and after --stop, run CMD with CBUFF_NAME and\n"
        "CBUFF_PIDS (those stopped) in its environment; with --jsonl what CMD prints goes to stderr. A signal to end "
        "that\n"
        "comes meanwhile is passed on to CMD. The buffer is looked at about every 0.3 ms.");
}

}  // namespace

void addWatch(CLI::App& program, Action& chosen) {
    const auto options = std::make_shared<WatchOptions>();
    CLI::App& command = *program.add_subcommand("watch", "Show a buffer live, without taking part");
    addTarget(command, options->target);
    addWait(command, options->target);
    command.add_option("--interval", options->interval_s, "Seconds between two looks")
        ->check(positiveSeconds())
        ->capture_default_str();
    command.add_option("--count", options->count, "End after so many looks")->transform(wholeNumber(1, mostItems));
    command.add_flag("--jsonl", options->jsonl, "One JSON object a line");
    addUntil(command, *options);
    command.callback([options, &chosen, &command] {
        options->rest = restOf(command);
        checkRest(options->rest, !options->until.empty());
        chosen = [options] { return watch(*options); };
    });
}

}  // namespace cli
