// cbuff record: keeps what happens to buffers, and their items if asked, in a file.

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <utility>

#include "cli/attaching.hpp"
#include "cli/commands.hpp"
#include "cli/nameloss.hpp"
#include "cli/output.hpp"
#include "cli/signals.hpp"
#include "cli/waiting.hpp"
#include "feeds/itemtap.hpp"
#include "feeds/livefeed.hpp"
#include "feeds/machine.hpp"
#include "shared_cbuff/outlook.hpp"
#include "sinks/recorder.hpp"
#include "story/eventdetector.hpp"
#include "values/condition.hpp"
#include "values/names.hpp"

namespace cli {
namespace {

using workbench::Event;
using workbench::FeedBatch;
using workbench::Recorder;
using workbench::Sampler;

/// Between two looks at what the sampler has.
constexpr std::chrono::milliseconds takeInterval{50};

struct RecordOptions {
    std::vector<std::string> names;
    BufferTarget target;  // for all of them: its name is each of theirs in turn
    std::string file;
    bool items = false;
    double rate = Sampler::defaultRate;
    std::string rotate;
    std::uint64_t keep = 0;
    std::string duration;
    std::string pre;
    std::string on;
};

/// One buffer on its way into the recording.
struct Source {
    Source(const shared_cbuff::Observer& observer, const std::shared_ptr<Sampler>& sampler,
           const RecordOptions& options)
        : feed{observer, sampler, options.rate}, detector{workbench::shownName(observer.name()), observer.identity()} {
        if (options.items) tap.emplace(observer, [sampler] { return sampler->timebase().now(); });
    }

    /// What came since the last time.
    FeedBatch take() {
        FeedBatch batch = feed.take();
        if (!tap) return batch;
        auto tapped = tap->take();
        batch.items = std::move(tapped.items);
        batch.gaps = std::move(tapped.gaps);
        return batch;
    }

    workbench::LiveFeed feed;
    workbench::EventDetector detector;
    std::optional<workbench::ItemTap> tap;
    workbench::ObservedPast past{workbench::TotalsFrom::firstSample};
    NameLoss loss;
    bool tellsOfTap = true;
};

/// What came of one buffer at one time.
struct Kept {
    FeedBatch batch;
    std::vector<Event> events;
    double newest = 0;
};

class Recording {
public:
    /// Throws UsageError and ConditionError.
    explicit Recording(const RecordOptions& options) : m_options{options} {
        options.target.geometry();  // throws if it is half of one
        if (!options.on.empty()) m_condition = workbench::parseCondition(options.on);
        if (!options.pre.empty()) {
            m_pre_s = std::chrono::duration<double>{workbench::parseDuration(options.pre)}.count();
        }
        if (!options.duration.empty()) m_duration = workbench::parseDuration(options.duration);
        m_isWriting = !m_condition;
    }

    /// Waits for the buffers, if asked.
    void attach() {
        BufferTarget target = m_options.target;
        for (const std::string& name : m_options.names) {
            target.name = name;
            // The geometry given is that of the classic ones; the others know theirs.
            if (m_options.names.size() > 1 && !workbench::machine::sizeOfUnknown(name)) {
                target.itemSize.reset();
                target.length.reset();
            } else {
                target.itemSize = m_options.target.itemSize;
                target.length = m_options.target.length;
            }
            m_sources.push_back(std::make_unique<Source>(attachObserver(target), m_sampler, m_options));
        }
    }

    /// Until the time is over, a signal came, all buffers have ended or nothing can be written any more.
    void run(Recorder& recorder) {
        m_recorder = &recorder;
        m_begin = Clock::now();
        while (!m_sources.empty() && !interrupted() && !m_recorder->problem()) {
            takeAll();
            if (m_isWriting && m_duration && Clock::now() - m_begin >= *m_duration) break;
            const auto next = Clock::now() + takeInterval;
            waitUntil(m_isWriting && m_duration ? std::min<Clock::time_point>(next, m_begin + *m_duration) : next);
        }
        for (auto& source : m_sources) {
            if (source->tap) source->tap->stop();
        }
        if (!m_recorder->problem()) takeAll();
    }

    bool isWriting() const { return m_isWriting; }

private:
    void takeAll() {
        for (auto& source : m_sources) takeFrom(*source);
        if (!m_isWriting) forgetOld();
        std::erase_if(m_sources, [](const auto& source) { return source == nullptr; });
    }

    void takeFrom(Source& source) {
        Kept kept{.batch = source.take(), .events = {}};
        for (const auto& timed : kept.batch.samples) {
            source.detector.feed(timed, kept.events);
            kept.newest = timed.time;
            if (m_isWriting) continue;
            source.past.add(timed.sample);
            if (evaluate(*m_condition, source.past) == workbench::Truth::yes) m_hasHeld = true;
        }
        tellOfTap(source);
        const bool isOver = hasEnded(source, kept.batch);
        keep(std::move(kept));
        if (m_hasHeld && !m_isWriting) beginWriting();
        if (isOver) end(source);
    }

    void tellOfTap(Source& source) {
        if (!source.tap || !source.tellsOfTap) return;
        const std::string problem = source.tap->problem();
        if (problem.empty()) return;
        message(fmt::format("no more items are recorded: {}", problem));
        source.tellsOfTap = false;
    }

    /// A closed buffer is recorded for as long as somebody drains it.
    static bool hasEnded(Source& source, const FeedBatch& batch) {
        if (batch.samples.empty()) return false;
        const auto& sample = batch.samples.back().sample;
        const auto outlook = shared_cbuff::outlook(sample);
        const bool isDrained = outlook.trouble == shared_cbuff::Trouble::closed && sample.has_living_reader;
        return outlook.is_over && !isDrained && source.loss.isSettled(sample, outlook.trouble);
    }

    void end(Source& source) {
        if (source.tap) {
            source.tap->stop();
            keep({.batch = source.take(), .events = {}});
        }
        message(fmt::format("the buffer \"{}\" {}", workbench::printableText(source.feed.facts().name),
                            source.feed.state().why));
        for (auto& owned : m_sources) {
            if (owned.get() == &source) owned.reset();
        }
    }

    void keep(Kept kept) {
        if (m_isWriting) return m_recorder->take(std::move(kept.batch), std::move(kept.events));
        m_kept.push_back(std::move(kept));
    }

    void forgetOld() {
        const double oldest = m_sampler->timebase().now() - m_pre_s;
        while (!m_kept.empty() && m_kept.front().newest < oldest) m_kept.pop_front();
    }

    void beginWriting() {
        m_isWriting = true;
        m_begin = Clock::now();
        message(fmt::format("{} holds: recording begins", toText(*m_condition)));
        for (Kept& kept : m_kept) {
            m_recorder->waitForRoom();  // we may: it is the sampler that may not miss anything
            m_recorder->take(std::move(kept.batch), std::move(kept.events));
        }
        m_kept.clear();
    }

    const RecordOptions& m_options;
    Recorder* m_recorder = nullptr;  // of run()
    std::shared_ptr<Sampler> m_sampler = std::make_shared<Sampler>();
    std::optional<workbench::Condition> m_condition;
    double m_pre_s = 0;
    std::optional<std::chrono::nanoseconds> m_duration;
    std::vector<std::unique_ptr<Source>> m_sources;
    std::deque<Kept> m_kept;  // until the condition holds
    bool m_isWriting = false;
    bool m_hasHeld = false;
    Clock::time_point m_begin;
};

std::string counted(std::uint64_t count, std::string_view one, std::string_view many) {
    return fmt::format("{} {}", count, count == 1 ? one : many);
}

std::string sizeText(std::uint64_t bytes) {
    constexpr std::uint64_t thousand = 1000;
    if (bytes < thousand * thousand) return fmt::format("{:.1f} kB", static_cast<double>(bytes) / 1e3);
    if (bytes < thousand * thousand * thousand) return fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6);
    return fmt::format("{:.2f} GB", static_cast<double>(bytes) / 1e9);
}

std::string summary(const Recorder& recorder, bool withItems) {
    const auto totals = recorder.totals();
    const auto paths = recorder.paths();
    std::string text = fmt::format("recorded {}, {}", counted(totals.buffers, "buffer", "buffers"),
                                   counted(totals.samples, "sample", "samples"));
    if (withItems) text += ", " + counted(totals.items, "item", "items");
    text += fmt::format(", {}: {} in ", counted(totals.events, "event", "events"), sizeText(totals.bytes));
    text += paths.size() == 1
                ? fmt::format("\"{}\"", workbench::printableText(paths.front()))
                : fmt::format("{} files up to \"{}\"", paths.size(), workbench::printableText(paths.back()));
    if (totals.skipped == 0 && totals.itemsLost == 0) return text + "; complete";
    if (totals.skipped > 0) text += "; missing: " + counted(totals.skipped, "sample", "samples");
    if (totals.itemsLost > 0) {
        text += fmt::format("{}{}",
                            totals.skipped > 0 ? " and " : "; missing: ", counted(totals.itemsLost, "item", "items"));
    }
    return text;
}

/// "1G" are bytes, "1h" is a time.
workbench::RotationOptions rotationOf(const RecordOptions& options) {
    workbench::RotationOptions rotation{.every_ns = {}, .bytes = {}, .keep = options.keep};
    if (options.rotate.empty()) return rotation;
    constexpr std::string_view prefixes = "kKMGT";
    const auto prefix = prefixes.find(options.rotate.back());
    if (prefix == std::string_view::npos) {
        rotation.every_ns = workbench::parseDuration(options.rotate).count();
        return rotation;
    }
    std::string number = options.rotate.substr(0, options.rotate.size() - 1);
    const std::string refusal = wholeNumber(1, 1'000'000)(number);
    if (!refusal.empty()) throw UsageError{fmt::format("--rotate: {}", refusal)};
    std::uint64_t bytes = std::stoull(number);
    for (std::size_t step = 0; step < std::max<std::size_t>(prefix, 1); ++step) bytes *= 1000;
    rotation.bytes = bytes;
    return rotation;
}

int recordNow(const RecordOptions& options) {
    Recording recording{options};
    const auto rotation = rotationOf(options);
    // Before anything is waited for: a file that cannot be made is told at once.
    Recorder recorder{workbench::RecordingSeries{options.file, "cbuff " CBUFF_VERSION, rotation}};
    try {
        recording.attach();
    } catch (...) {
        recorder.discard();
        throw;
    }
    recording.run(recorder);
    if (!recording.isWriting()) {
        recorder.discard();
        message(fmt::format("{} did not hold: nothing was recorded", options.on));
        return interrupted() ? exitInterrupted : exitRefused;
    }
    try {
        recorder.finish();
    } catch (const workbench::RecordingError&) {
        message(summary(recorder, options.items));
        throw;
    }
    message(summary(recorder, options.items));
    return exitDone;
}

int record(RecordOptions options) {
    std::vector<std::string> names;
    for (const std::string& name : options.names) {
        if (std::ranges::find(names, name) == names.end()) names.push_back(name);
    }
    options.names = std::move(names);
    try {
        return recordNow(options);
    } catch (const workbench::ConditionError& error) {
        throw UsageError{error.what(), error.picture()};
    }
}

CLI::Validator notEmpty() {
    return CLI::Validator{[](const std::string& text) { return text.empty() ? std::string{"it is empty"} : ""; }, ""};
}

void addRecordOptions(CLI::App& command, RecordOptions& options) {
    command.add_option("-o,--output", options.file, "The file to make; recordings are named like x.cbrec")
        ->type_name("FILE")
        ->check(notEmpty())
        ->required();
    command.add_flag("--items", options.items,
                     "Keep the items, too: read beside all readers, holding nobody up; those that the ring "
                     "overwrote before are gaps, told by number");
    command.add_option("--rate", options.rate, "Samples a second of each buffer")
        ->check(CLI::Range(Sampler::minimumRate, Sampler::maximumRate))
        ->capture_default_str();
    auto* const rotate = command.add_option("--rotate", options.rotate,
                                            "Go on in another file after so long (30m, 1h) or so many bytes (500M, "
                                            "1G): x.cbrec becomes x-0001.cbrec, x-0002.cbrec, ...");
    rotate->type_name("TIME|SIZE")->check(notEmpty());
    command.add_option("--keep", options.keep, "Keep only so many of these files, the newest")
        ->transform(wholeNumber(1, 9999))
        ->needs(rotate);
    command.add_option("--for", options.duration, "End after so long, such as 10s; of --on, after its begin")
        ->type_name("TIME")
        ->check(notEmpty());
    auto* const condition = command.add_option("--on", options.on,
                                               "Begin once this condition holds for one of the buffers; totals count "
                                               "from the start of the command. See cbuff check --help for conditions");
    condition->type_name("COND")->check(notEmpty());
    command
        .add_option("--pre", options.pre,
                    "What happened so long before that is recorded, too (30s); it is kept in memory, about 1 KB a "
                    "sample of a buffer with 4 readers")
        ->type_name("TIME")
        ->check(notEmpty())
        ->needs(condition);
}

}  // namespace

void addRecord(CLI::App& program, Action& chosen) {
    const auto options = std::make_shared<RecordOptions>();
    CLI::App& command =
        *program.add_subcommand("record", "Keep what happens to buffers in a file, without taking part");
    addTarget(command, options->target);
    command.remove_option(command.get_option("NAME"));
    command
        .add_option("NAME", options->names,
                    "Names of the buffers, as `cbuff ls` shows them; behind -- if one begins with a dash")
        ->transform(escapedBytes())
        ->required();
    addWait(command, options->target);
    addRecordOptions(command, *options);
    command.footer(
        "Ends with --for, a signal (that is no failure: status 0), or when all buffers have ended; says then what was\n"
        "kept, and what is missing. A crash costs at most the last second. The file is an SQLite database; look at it\n"
        "with cbuff info, watch, peek, check and export, with cbuff-workbench, or with sqlite3.");
    command.callback([options, &chosen] { chosen = [options] { return record(*options); }; });
}

}  // namespace cli
