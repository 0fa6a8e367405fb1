#include "cli/loopflags.hpp"

#include <unistd.h>

#include "cli/attaching.hpp"
#include "cli/command.hpp"
#include "cli/output.hpp"
#include "values/printable.hpp"
#include "values/standardstreams.hpp"

namespace cli {
namespace {

constexpr auto steering =
    "Serve lines on stdin: rate R, rate max, pause, resume, step N (while paused), stop; each with an id if wanted: "
    "rate "
    "100 #7. Each is acknowledged on stdout. The end of stdin ends the command";

}  // namespace

LoopOptions LoopFlags::options(std::uint64_t burst) const {
    return {.rate = workbench::parseRate(rate),
            .burst = burst,
            .missed = noCatchUp ? workbench::Pacer::Missed::dropped : workbench::Pacer::Missed::caughtUp,
            .count = count,
            .duration_s = duration_s,
            .control = control,
            .jsonl = jsonl};
}

void addLoop(CLI::App& command, LoopFlags& flags, const std::string& defaultRate) {
    flags.rate = defaultRate;
    command.add_option("--rate", flags.rate, "Items a second, or max: as fast as possible")
        ->check(rateOrMax())
        ->capture_default_str();
    command.add_option("--count", flags.count, "End after so many items")->transform(wholeNumber(1, mostItems));
    command.add_option("--duration", flags.duration_s, "End after so many seconds, pauses included")
        ->check(positiveSeconds());
    command.add_flag("--no-catch-up", flags.noCatchUp,
                     "Drop and count what is later than its period and than 5 ms; without it, all of it is caught up");
    command.add_flag("--control", flags.control, steering);
    command.add_flag("--jsonl", flags.jsonl, "One JSON object a line: start, a report once a second, end");
}

void checkStreams(const LoopFlags& flags) {
    if (flags.jsonl || flags.control) Output::ofProduct();
    if (flags.control && !workbench::isReadable(STDIN_FILENO)) {
        throw Refusal{"stdin is closed or not open for reading; --control takes its orders there"};
    }
}

void reportFailedStart(std::string_view role, std::string_view name, const std::exception& error) {
    if (!workbench::isWritable(STDOUT_FILENO)) return;
    const auto* const early = dynamic_cast<const EndedEarly*>(&error);
    const std::string shownName = workbench::printableText(name);
    const std::string sentence = workbench::printableSentence(error.what());
    const workbench::FailedStart failed{.role = role,
                                        .name = shownName,
                                        .reason = early != nullptr ? std::string_view{early->ending().reason} : "error",
                                        .message = sentence};
    try {
        Output output{STDOUT_FILENO};
        output.line(workbench::encode(failed, workbench::timesNow()));
    } catch (const OutputClosed&) {  // what went wrong with the buffer is what has to be told, on stderr then
    } catch (const std::runtime_error&) {
    }
}

}  // namespace cli
