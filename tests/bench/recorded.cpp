// Recording beside real writers and readers, and what the file says afterwards, against what they know.

#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <memory>
#include <optional>

#include "children.hpp"
#include "evidence.hpp"
#include "feeds/recordingfile.hpp"
#include "rounds.hpp"
#include "shared_cbuff/reader.hpp"
#include "shared_cbuff/writer.hpp"
#include "sides.hpp"

namespace bench {
namespace {

using namespace shared_cbuff;
using workbench::RecordingFile;

constexpr long tick_ns = 1'000'000;

/// A folder on the disk for recordings, gone with this.
class Folder {
public:
    Folder() { std::filesystem::create_directory(path_); }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder() { std::filesystem::remove_all(path_); }
    std::string file(const std::string& name) const { return (path_ / name).string(); }

private:
    std::filesystem::path path_ =
        std::filesystem::temp_directory_path() / ("cbuff-evidence-bench-" + std::to_string(::getpid()));
};

std::string buffer_name(int number) {
    return "cbuff-evidence-" + std::to_string(::getpid()) + "-" + std::to_string(number);
}

void sleep_for(double seconds) { ::usleep(static_cast<::useconds_t>(seconds * 1e6)); }

/// cbuff record with these arguments, once it has made its file and had the time to attach.
std::unique_ptr<Program> recorder(const std::string& file, std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {CBUFF, "record", "-o", file});
    auto program = std::make_unique<Program>(arguments);
    for (int looks = 0; !std::filesystem::exists(file); ++looks) {
        if (looks == 1000) fail("cbuff record made no file within 10 s");
        sleep_for(0.01);
    }
    sleep_for(1);
    return program;
}

/// Calls `work` at 1 kHz by the absolute clock; ticks that come late are made up for.
template <class Work>
void tick_for(double seconds, Work work) {
    const auto ticks = static_cast<std::uint64_t>(seconds * 1000);
    ::timespec next{};
    ::clock_gettime(CLOCK_MONOTONIC, &next);
    for (std::uint64_t tick = 0; tick < ticks; ++tick) {
        work(tick);
        next.tv_nsec += tick_ns;
        if (next.tv_nsec >= 1'000'000'000) {
            next.tv_nsec -= 1'000'000'000;
            ++next.tv_sec;
        }
        ::clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, nullptr);
    }
}

/// One buffer with four readers, of which the first takes all at once and the last loses most.
struct Watched {
    explicit Watched(int number)
        : writer{Writer::create(buffer_name(number), {.item_size = 8, .length = 1024, .max_readers = 8})} {
        for (int reader = 0; reader < 4; ++reader) readers.push_back(Reader::attach(writer.name()));
    }
    void push_and_pop(std::uint64_t tick) {
        writer.push(tick);
        constexpr std::uint64_t every[] = {1, 7, 300, 4000};
        for (std::size_t reader = 0; reader < readers.size(); ++reader) {
            if (tick % every[reader] == 0) drain(readers[reader]);
        }
    }
    static void drain(Reader& reader) {
        std::byte items[512 * 8];
        while (reader.pop_many(items) > 0) {
        }
    }

    Writer writer;
    std::vector<Reader> readers;
};

bool is_exact(const Sample& sample, const Watched& truth) {
    if (sample.pushed != truth.writer.pushed() || sample.readers.size() != truth.readers.size()) return false;
    return std::ranges::all_of(truth.readers, [&](const Reader& reader) {
        const ReaderCounters counters = reader.counters();
        return std::ranges::any_of(sample.readers, [&](const ReaderSample& told) {
            return told.slot == reader.slot() && told.popped == counters.popped && told.lost == counters.lost &&
                   told.overruns == counters.overruns && told.underflows == counters.underflows;
        });
    });
}

std::uint64_t skipped_in(RecordingFile& file, const workbench::RecordedBuffer& buffer) {
    std::uint64_t skipped = 0;
    for (const auto& gap : file.sampleGaps(buffer, 0, RecordingFile::always)) skipped += gap.skipped;
    return skipped;
}

std::string beside_text(Beside beside) { return beside == Beside::busy_loops ? ", beside two busy loops" : ""; }

}  // namespace

Findings record_many(double seconds, Beside beside) {
    constexpr int buffers = 16;
    std::vector<Watched> watched;
    std::vector<std::string> arguments = {"--rate", "1000"};
    for (int number = 0; number < buffers; ++number) {
        watched.emplace_back(number);
        arguments.push_back(watched.back().writer.name());
    }
    const Folder folder;
    const std::string path = folder.file("many.cbrec");
    std::optional<BusyLoops> loops;
    if (beside == Beside::busy_loops) loops.emplace();
    const auto program = recorder(path, arguments);
    const double begin = now_seconds();
    tick_for(seconds, [&](std::uint64_t tick) {
        for (Watched& one : watched) one.push_and_pop(tick);
    });
    for (Watched& one : watched) std::ranges::for_each(one.readers, Watched::drain);
    sleep_for(1);
    const double elapsed = now_seconds() - begin + 1;  // the second that it had to attach
    const double processor = program->end();

    RecordingFile file{path};
    std::uint64_t samples = 0, skipped = 0;
    double unaccounted = 0, inexact = 0;
    for (const auto& buffer : file.buffers()) {
        const std::uint64_t taken = file.sampleCount(buffer, 0, RecordingFile::always);
        const std::uint64_t gaps = skipped_in(file, buffer);
        const double ticks = std::round(static_cast<double>(buffer.last_boot_ns - buffer.first_boot_ns) / tick_ns) + 1;
        unaccounted = std::max(unaccounted, std::fabs(ticks - static_cast<double>(taken + gaps)));
        samples += taken;
        skipped += gaps;
        const auto truth =
            std::ranges::find_if(watched, [&](const auto& one) { return one.writer.name() == buffer.facts.name; });
        const auto last = file.sampleAt(buffer, RecordingFile::always - 1);
        if (truth == watched.end() || !last || !is_exact(last->sample, *truth)) inexact += 1;
    }
    const std::string text = "16 x 4 at 1 kHz, " + std::to_string(std::lround(seconds)) + " s" + beside_text(beside);
    const double missed = 100 * static_cast<double>(skipped) / static_cast<double>(samples + skipped);
    const auto at_most = Finding::Bound::at_most;
    return {{text + ": ticks missed", missed, "%", beside == Beside::nothing ? 0.0 : 1.0, at_most},
            {text + ": ticks neither sampled nor told as gaps, worst buffer", unaccounted, "", 1, at_most},
            {text + ": buffers whose last counters are not exact", inexact, "", 0, at_most},
            {text + ": of a core", 100 * processor / elapsed, "%", 10, at_most},
            {text + ": file", static_cast<double>(std::filesystem::file_size(path)) / 1e6 / elapsed * 3600, "MB/h", 300,
             at_most}};
}

namespace {

/// The median over parts of a portion, seconds a push.
[[gnu::noinline]] double time_pushes(Writer& from, double seconds) {
    constexpr int part = 16'384;
    Writer writer = std::move(from);
    const std::byte item[16] = {};
    std::vector<double> parts;
    const double end = now_seconds() + seconds;
    for (double begin = now_seconds(); begin < end;) {
        for (int push = 0; push < part; ++push) writer.push(std::span{item});
        const double now = now_seconds();
        parts.push_back((now - begin) / part);
        begin = now;
    }
    from = std::move(writer);
    return median_of(parts);
}

}  // namespace

Findings push_beside_tap(int pairs) {
    Writer writer = Writer::create(buffer_name(0), {.item_size = 16, .length = 65'536});
    const Folder folder;
    const auto program = recorder(folder.file("push.cbrec"), {"--items", writer.name()});
    pin_to(Core::first);
    time_pushes(writer, 0.5);
    std::vector<double> ratios, without, beside;
    for (int pair = 0; pair < pairs; ++pair) {
        double times[2] = {};
        for (const bool records : {pair % 2 == 0, pair % 2 != 0}) {
            records ? program->go_on() : program->stop();
            times[records] = time_pushes(writer, 1);
        }
        without.push_back(times[0]);
        beside.push_back(times[1]);
        ratios.push_back(times[0] / times[1]);
    }
    program->end();
    unpin();
    return {{"push beside an item recorder, times as fast as without", median_of(ratios), "", 0.95,
             Finding::Bound::at_least},
            {"a push without", median_of(without) * 1e9, "ns"},
            {"a push beside it", median_of(beside) * 1e9, "ns"}};
}

namespace {

struct Accounted {
    std::uint64_t items = 0;
    std::uint64_t lost = 0;
    std::uint64_t wrong = 0;  ///< whose content is not their number
};

Accounted account(const std::string& path) {
    RecordingFile file{path};
    Accounted all;
    const auto& buffer = file.buffers().front();
    for (const auto& gap : file.itemGaps(buffer, 0, RecordingFile::always)) all.lost += gap.count;
    const auto numbers = file.itemNumbers(buffer);
    for (std::uint64_t next = numbers ? numbers->first : 0; numbers && next < numbers->end;) {
        const auto run = file.items(buffer, next, 65'536);
        if (!run) break;
        for (std::uint64_t index = 0; index < run->count; ++index) {
            std::uint64_t content = 0;
            std::memcpy(&content, run->bytes.data() + index * 16, sizeof content);
            if (content != run->first + index) ++all.wrong;
        }
        all.items += run->count;
        next = run->first + run->count;
    }
    return all;
}

}  // namespace

Findings record_items(double seconds, Beside beside) {
    constexpr std::uint64_t items_a_tick = 100;
    Writer writer = Writer::create(buffer_name(0), {.item_size = 16, .length = 65'536});
    const Folder folder;
    const std::string path = folder.file("items.cbrec");
    std::optional<BusyLoops> loops;
    if (beside == Beside::busy_loops) loops.emplace();
    const auto program = recorder(path, {"--items", writer.name()});
    const double begin = now_seconds();
    tick_for(seconds, [&](std::uint64_t) {
        for (std::uint64_t count = 0; count < items_a_tick; ++count) {
            const std::uint64_t item[2] = {writer.pushed(), 0};
            writer.push(std::as_bytes(std::span{item}));
        }
    });
    sleep_for(0.5);
    const double elapsed = now_seconds() - begin + 1;
    const double processor = program->end();
    const Accounted all = account(path);
    const std::string text = "items at 100 k/s, " + std::to_string(std::lround(seconds)) + " s" + beside_text(beside);
    const double lost = 100 * static_cast<double>(all.lost) / static_cast<double>(writer.pushed());
    const auto unaccounted = static_cast<double>(writer.pushed() - all.items - all.lost);
    const auto at_most = Finding::Bound::at_most;
    return {{text + ": lost", lost, "%", 0, beside == Beside::nothing ? at_most : Finding::Bound::none},
            {text + ": neither there nor told as lost", unaccounted, "", 0, at_most},
            {text + ": that are not what was pushed", static_cast<double>(all.wrong), "", 0, at_most},
            {text + ": of a core", 100 * processor / elapsed, "%"},
            {text + ": bytes an item", static_cast<double>(std::filesystem::file_size(path)) /
                                           static_cast<double>(std::max<std::uint64_t>(all.items, 1))}};
}

}  // namespace bench
