// cbuff export: a recording, or what happens from now on, in the forms that other programs read.

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "cli/attaching.hpp"
#include "cli/commands.hpp"
#include "cli/nameloss.hpp"
#include "cli/output.hpp"
#include "cli/recorded.hpp"
#include "cli/signals.hpp"
#include "cli/waiting.hpp"
#include "feeds/livefeed.hpp"
#include "shared_cbuff/outlook.hpp"
#include "sinks/fileexport.hpp"
#include "story/eventdetector.hpp"
#include "values/names.hpp"

namespace cli {
namespace {

using workbench::FeedBatch;
using workbench::FileExport;
using workbench::RecordedBuffer;
using workbench::RecordingFile;

/// Buffers of a recording take turns: within it rows are in the order of buffers, so a file that holds more than one of
/// them is in order to a second.
constexpr std::int64_t turn_ns = 1'000'000'000;
constexpr std::chrono::milliseconds takeInterval{50};

struct ExportOptions {
    BufferTarget target;
    bool csv = false;
    bool jsonl = false;
    bool trace = false;
    std::string from;
    std::string to;
    std::string buffer;
    std::string duration;
    std::string output;

    auto maker() const { return csv ? workbench::csvExport : jsonl ? workbench::jsonlExport : workbench::traceExport; }
};

/// stdout, or a file that has its name only once it is whole.
class Destination {
public:
    explicit Destination(const std::string& path) : m_path{path} {
        if (m_path.empty()) {
            m_output.emplace(STDOUT_FILENO);
            return;
        }
        // What is no file, such as /dev/full or a pipe, has to be written to as it is.
        std::error_code trouble;
        const auto kind = std::filesystem::status(m_path, trouble).type();
        const bool isFile =
            kind == std::filesystem::file_type::regular || kind == std::filesystem::file_type::not_found;
        m_part = isFile ? m_path + ".part" : m_path;
        m_isRenamed = isFile;
        m_descriptor = ::open(m_part.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0666);
        if (m_descriptor < 0) {
            throw Refusal{
                fmt::format("'{}' cannot be written: {}", workbench::printableText(m_part), std::strerror(errno))};
        }
        m_output.emplace(m_descriptor);
    }
    Destination(const Destination&) = delete;
    Destination& operator=(const Destination&) = delete;
    ~Destination() {
        if (m_descriptor >= 0) ::close(m_descriptor);
        if (m_isRenamed && !m_isWhole) ::unlink(m_part.c_str());
    }

    void write(std::string_view text) {
        try {
            m_output->print(text);
        } catch (const std::runtime_error& error) {
            fail(error.what());
        }
    }
    /// What was written so far is there for who reads along.
    void flush() {
        try {
            m_output->flush();
        } catch (const std::runtime_error& error) {
            fail(error.what());
        }
    }
    void finish() {
        flush();
        if (!m_isRenamed) return;
        if (::fsync(m_descriptor) != 0 || ::rename(m_part.c_str(), m_path.c_str()) != 0) fail(std::strerror(errno));
        m_isWhole = true;
    }

private:
    [[noreturn]] void fail(std::string_view reason) const {
        if (m_path.empty()) throw Refusal{fmt::format("the export ends too early: {}", reason)};
        const std::string path = workbench::printableText(m_path);
        throw Refusal{m_isRenamed ? fmt::format("'{}' was not made: {}", path, reason)
                                  : fmt::format("what '{}' got ends too early: {}", path, reason)};
    }

    std::string m_path;
    std::string m_part;
    bool m_isRenamed = false;
    bool m_isWhole = false;
    int m_descriptor = -1;
    std::optional<Output> m_output;
};

FeedBatch turnOf(RecordingFile& file, const RecordedBuffer& buffer, std::int64_t after, std::int64_t to) {
    FeedBatch batch{.facts = buffer.facts};
    batch.samples = file.samples(buffer, after, to, workbench::RecordingFile::mostSamplesASecond);
    batch.sampleGaps = file.sampleGaps(buffer, after, to);
    batch.items = file.itemRuns(buffer, after, to, std::numeric_limits<std::size_t>::max());
    batch.gaps = file.itemGaps(buffer, after, to);
    return batch;
}

int exportRecording(const std::string& path, const ExportOptions& options) {
    if (!options.duration.empty()) throw UsageError{"--for is for a buffer; of a recording give --from and --to"};
    Recorded recorded{path};
    RecordingFile& file = recorded.file();
    const auto buffers = recorded.buffersOf(options.buffer);
    const std::int64_t begin = file.begin_boot_ns();
    const std::int64_t from = options.from.empty() ? begin : recorded.moment("--from", options.from);
    const std::int64_t to =
        std::min(options.to.empty() ? RecordingFile::always : recorded.moment("--to", options.to), file.end_boot_ns());
    if (from > to) throw Refusal{"nothing was recorded between --from and --to; see cbuff info for its begin and end"};
    Destination destination{options.output};
    const auto wall = [&](double time) { return static_cast<double>(file.unixOf(file.bootOf(time))) / 1e9; };
    const auto sink =
        options.maker()(file.timeOf(begin), wall, [&](std::string_view text) { destination.write(text); });
    for (std::int64_t after = std::max(from, begin) - 1; after < to && !interrupted(); after += turn_ns) {
        const std::int64_t end = std::min(to, after + turn_ns);
        for (const RecordedBuffer& buffer : buffers) {
            if (buffer.last_boot_ns <= after || buffer.first_boot_ns > end) continue;
            sink->take(turnOf(file, buffer, after, end),
                       file.events(buffer, after, end, std::numeric_limits<std::int32_t>::max()));
        }
    }
    if (interrupted()) {
        message("interrupted by a signal before everything was exported");
        return exitInterrupted;
    }
    sink->finish();
    destination.finish();
    if (const std::string missing = file.missing(); !missing.empty()) message("of the recording: " + missing);
    return exitDone;
}

int exportBuffer(const ExportOptions& options) {
    if (!options.from.empty() || !options.to.empty() || !options.buffer.empty())
        throw UsageError{"--from, --to and --buffer are for recordings; of a buffer, which has no past, give --for"};
    const std::chrono::nanoseconds duration =
        options.duration.empty() ? std::chrono::nanoseconds{0} : workbench::parseDuration(options.duration);
    const auto observer = attachObserver(options.target);
    const auto sampler = std::make_shared<workbench::Sampler>();
    Destination destination{options.output};
    const auto sink = options.maker()(
        sampler->timebase().now(), [&](double time) { return sampler->timebase().wall(time); },
        [&](std::string_view text) { destination.write(text); });
    workbench::LiveFeed feed{observer, sampler};
    workbench::EventDetector detector{workbench::shownName(observer.name()), observer.identity()};
    NameLoss loss;
    const auto end = options.duration.empty() ? Clock::time_point::max() : Clock::now() + duration;
    // An interruption is its usual end, and what came until then is whole.
    for (bool isOver = false; !isOver;) {
        const auto next = Clock::now() + takeInterval;
        isOver = interrupted() || Clock::now() >= end;
        const FeedBatch batch = feed.take();
        std::vector<workbench::Event> events;
        for (const auto& timed : batch.samples) {
            detector.feed(timed, events);
        }
        sink->take(batch, events);
        destination.flush();
        if (!batch.samples.empty()) {
            const auto& sample = batch.samples.back().sample;
            const auto outlook = shared_cbuff::outlook(sample);
            isOver = isOver || (outlook.is_over && loss.isSettled(sample, outlook.trouble));
        }
        if (!isOver) waitUntil(std::min<Clock::time_point>(next, end));
    }
    sink->finish();
    destination.finish();
    return exitDone;
}

int exportNow(const ExportOptions& options) {
    if (options.output.empty()) static_cast<void>(Output::ofProduct());  // before anything is read
    try {
        if (const auto recording = recordingPath(options.target)) return exportRecording(*recording, options);
        if (!options.target.file.empty())
            throw Refusal{"a copy of a segment has no past to export; cbuff info --file shows it"};
        return exportBuffer(options);
    } catch (const workbench::ConditionError& error) {
        throw UsageError{error.what(), error.picture()};
    }
}

void addForms(CLI::App& command, ExportOptions& options) {
    auto* const forms = command.add_option_group("Form", "one of them");
    forms->add_flag("--csv", options.csv,
                    "A table (RFC 4180): a row a sample a reader, one without a reader if there is none");
    forms->add_flag("--jsonl", options.jsonl,
                    "A JSON object a line: samples to the last digit, what happened, items, and what is missing");
    forms->add_flag("--trace", options.trace,
                    "For Perfetto (ui.perfetto.dev) and chrome://tracing: counters, events, slices of losing");
    forms->require_option(1);
}

}  // namespace

void addExport(CLI::App& program, Action& chosen) {
    const auto options = std::make_shared<ExportOptions>();
    CLI::App& command = *program.add_subcommand(
        "export", "Give a recording, or what happens to a buffer from now on, to other programs");
    addTarget(command, options->target);
    addWait(command, options->target);
    addFile(command, options->target);
    addForms(command, *options);
    const std::string times = ": 10s after its begin, -30s from its end (--from=-30s), or a time as of ISO 8601";
    command.add_option("--from", options->from, "Of a recording: from then on" + times)->type_name("TIME");
    command.add_option("--to", options->to, "Of a recording: up to then, in the same ways")->type_name("TIME");
    addRecordedBuffer(command, options->buffer);
    command.add_option("--for", options->duration, "Of a buffer: end after so long; without it, when interrupted")
        ->type_name("TIME");
    command
        .add_option("-o,--output", options->output,
                    "Instead of stdout: a file, which has its name once it is whole (until then NAME.part)")
        ->type_name("FILE");
    command.footer(
        "Columns of --csv, each with its unit: time (ISO 8601, UTC), elapsed since the begin, buffer, its state and "
        "writer,\nlength, pushed, rejected, retained, usage; slot, reader, pid, state, usage, popped, lost, overruns, "
        "underflows,\nhigh water, cursor. What is not known is empty. Of more than one buffer, rows are in order to a "
        "second.");
    command.callback([options, &chosen] {
        if (options->target.name.empty() && options->target.file.empty()) throw CLI::RequiredError{"NAME or --file"};
        chosen = [options] { return exportNow(*options); };
    });
}

}  // namespace cli
