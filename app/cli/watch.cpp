// cbuff watch: a live view of a buffer, as an observer.

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "cli/attaching.hpp"
#include "cli/commands.hpp"
#include "cli/loopflags.hpp"
#include "cli/output.hpp"
#include "cli/recordedwatch.hpp"
#include "cli/sampletext.hpp"
#include "cli/signals.hpp"
#include "cli/until.hpp"
#include "cli/waiting.hpp"
#include "feeds/playbackclock.hpp"
#include "shared_cbuff/outlook.hpp"
#include "values/samplejson.hpp"
#include "values/timedsample.hpp"

namespace cli {
namespace {

using shared_cbuff::Observer;
using shared_cbuff::Sample;
using workbench::TimedSample;

struct WatchOptions {
    BufferTarget target;
    double interval_s = 1;
    std::optional<std::uint64_t> count;
    double speed = 1;    // of a recording
    std::string buffer;  // of a recording
    bool jsonl = false;
    std::string until;
    std::string timeout;
    std::string stop;
    std::vector<std::string> rest;  // --exec and what follows it
};

/// How samples are shown: lines, JSON, or one screen that is drawn again and again.
class View {
public:
    View(const WatchOptions& options, std::string name, Output& output)
        : m_options{options},
          m_name{std::move(name)},
          m_output{output},
          m_redraws{!options.jsonl && output.isDrawable()} {
        if (m_redraws) watchForResizing();
    }

    void show(TimedSample timed) {
        m_before = std::exchange(m_latest, std::move(timed));
        showAgain();
    }
    void showAgain() {
        const Sample* const before = m_before ? &m_before->sample : nullptr;
        if (m_options.jsonl) {
            m_output.line(workbench::toJson(m_name, *m_latest));
        } else if (m_redraws) {
            redraw(before);
        } else {
            m_output.line(describe(m_name, m_latest->sample, before));
        }
    }

private:
    /// In place, and never into the last row: a line feed there would scroll the first one away.
    void redraw(const Sample* before) {
        Screen screen = m_output.screen();
        const bool clears = std::exchange(m_drawn, screen) != screen;
        screen.rows = std::max<std::size_t>(2, screen.rows) - 1;
        std::string text = clears ? "\x1b[2J\x1b[H" : "\x1b[H";
        // Cleared before it is written: behind a line as wide as the terminal nothing is left to clear.
        for (const std::string& line : describeOn(screen, m_name, m_latest->sample, before))
            text += "\x1b[K" + line + "\n";
        m_output.print(text + "\x1b[J");
        m_output.flush();
    }

    const WatchOptions& m_options;
    const std::string m_name;
    Output& m_output;
    bool m_redraws;
    std::optional<Screen> m_drawn;
    std::optional<TimedSample> m_latest;
    std::optional<TimedSample> m_before;
};

/// Calls `look` at each instant of the schedule, until it returns a status, --count is reached or a signal comes.
template <class Look>
int atIntervals(const WatchOptions& options, View& view, Look look) {
    const std::chrono::nanoseconds interval{static_cast<std::int64_t>(options.interval_s * 1e9)};
    auto due = Clock::now();
    for (std::uint64_t shown = 0;;) {
        if (const std::optional<int> status = look()) return *status;
        if (++shown == options.count) return exitDone;
        // The next instant of the schedule that is still to come: a pause of the terminal is no reason to hurry.
        while (due <= Clock::now()) due += interval;
        while (Clock::now() < due && !interrupted()) {
            waitUntil(due);
            if (resized()) view.showAgain();
        }
        if (interrupted()) {
            message("interrupted by a signal");
            return exitInterrupted;
        }
    }
}

int watchBuffer(const WatchOptions& options, Observer observer, Output& output) {
    View view{options, options.target.name, output};
    return atIntervals(options, view, [&]() -> std::optional<int> {
        Sample sample = observer.sample();
        const auto outlook = shared_cbuff::outlook(sample);
        const workbench::Times times = workbench::timesOf(sample.taken_at);
        view.show({.time = 0, .times = times, .sample = std::move(sample)});
        if (outlook.can_attach) return std::nullopt;
        message(fmt::format("the buffer \"{}\" {}", options.target.name, outlook.why));
        return outlook.trouble == shared_cbuff::Trouble::closed ? exitDone : exitRefused;
    });
}

/// From its begin at its pace, or another one, to its end.
int watchRecording(const WatchOptions& options, const std::string& path, Output& output) {
    Recorded recorded{path};
    const auto& buffer = recorded.buffer(options.buffer);
    workbench::PlaybackClock clock{recorded.file().timeOf(buffer.first_boot_ns),
                                   recorded.file().timeOf(buffer.last_boot_ns)};
    clock.setSpeed(options.speed);
    clock.play();
    View view{options, buffer.facts.name, output};
    return atIntervals(options, view, [&]() -> std::optional<int> {
        const bool isAtEnd = clock.isAtEnd();
        const std::int64_t now = isAtEnd ? buffer.last_boot_ns : recorded.file().bootOf(clock.now());
        if (auto timed = recorded.file().sampleAt(buffer, std::max(now, buffer.first_boot_ns)))
            view.show(*std::move(timed));
        if (!isAtEnd) return std::nullopt;
        message("the recording ends here: " + recorded.summary(buffer));
        return exitDone;
    });
}

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

int recordedUntilHolds(const WatchOptions& options, const std::string& path, Output& output) {
    if (!options.stop.empty() || !options.rest.empty())
        throw UsageError{"--stop and --exec are for what happens now, and this is a recording; leave them out"};
    try {
        UntilOptions until = untilOptions(options);
        Recorded recorded{path};
        const auto& buffer = recorded.buffer(options.buffer);
        until.name = buffer.facts.name;
        return recordedUntil(recorded, buffer, until, output);
    } catch (const workbench::ConditionError& error) {
        throw UsageError{error.what(), error.picture()};
    }
}

int watch(const WatchOptions& options) {
    Output output = Output::ofProduct();
    if (const auto recording = recordingPath(options.target)) {
        return options.until.empty() ? watchRecording(options, *recording, output)
                                     : recordedUntilHolds(options, *recording, output);
    }
    if (!options.buffer.empty() || options.speed != 1)
        throw UsageError{"--buffer and --speed are for recordings; give the file of one"};
    if (!options.until.empty()) return untilHolds(options, output);
    return watchBuffer(options, attachObserver(options.target), output);
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
    CLI::App& command =
        *program.add_subcommand("watch", "Show a buffer live, without taking part, or as a recording (.cbrec) has it");
    addTarget(command, options->target);
    addWait(command, options->target);
    command.add_option("--interval", options->interval_s, "Seconds between two looks")
        ->check(positiveSeconds())
        ->capture_default_str();
    command.add_option("--count", options->count, "End after so many looks")->transform(wholeNumber(1, mostItems));
    command.add_flag("--jsonl", options->jsonl, "One JSON object a line");
    addRecordedBuffer(command, options->buffer);
    command.add_option("--speed", options->speed, "Of a recording: seconds of it a second")
        ->check(CLI::Range(workbench::PlaybackClock::leastSpeed, workbench::PlaybackClock::mostSpeed))
        ->capture_default_str();
    addUntil(command, *options);
    command.callback([options, &chosen, &command] {
        options->rest = restOf(command);
        checkRest(options->rest, !options->until.empty());
        chosen = [options] { return watch(*options); };
    });
}

}  // namespace cli
