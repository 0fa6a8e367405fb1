// A long past, made up: jumping in a recording of it, and keeping it in memory.

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <random>
#include <string>

#include "evidence.hpp"
#include "feeds/recordingfeed.hpp"
#include "rounds.hpp"
#include "sides.hpp"
#include "sinks/recordingwriter.hpp"
#include "story/bufferstory.hpp"

namespace bench {
namespace {

using namespace shared_cbuff;
using workbench::BufferFacts;
using workbench::BufferStory;
using workbench::FeedBatch;
using workbench::RecordingFeed;
using workbench::TimedSample;

constexpr std::uint64_t length = 1024;
constexpr std::int64_t second_ns = 1'000'000'000;
constexpr std::int64_t first_boot_ns = 1'000 * second_ns;
constexpr std::int64_t first_unix_ns = 1'790'000'000 * second_ns;

BufferFacts facts_of(int number) {
    return {.name = "made-up-" + std::to_string(number),
            .machine = {},
            .geometry = {8, length},
            .layout = Layout::extended,
            .identity = {1, static_cast<std::uint64_t>(number + 1)}};
}

/// A buffer that is busy all the time: every value changes at nearly every sample, two readers lose items and two run
/// dry. Conservation holds.
class MadeUpBuffer {
public:
    MadeUpBuffer(int number, double hertz) : random_{static_cast<unsigned>(number)}, hertz_{hertz} {
        Sample& sample = timed_.sample;
        sample.geometry = {8, length};
        sample.max_readers = 8;
        sample.state = BufferState::alive;
        sample.has_living_reader = true;
        sample.writer = {WriterState::alive, 100, 5000, 1, false};
        for (std::uint32_t slot = 0; slot < 4; ++slot) {
            ReaderSample& reader = sample.readers.emplace_back();
            reader.slot = slot;
            reader.generation = slot + 1;
            reader.pid = 200 + slot;
            reader.start_time = 6000 + slot;
            const std::string label = "reader " + std::to_string(slot);
            std::ranges::copy(label, reader.label_bytes.begin());
        }
    }

    const TimedSample& next() {
        const auto since_ns = static_cast<std::int64_t>(static_cast<double>(count_++) * 1e9 / hertz_);
        const std::int64_t late_ns = static_cast<std::int64_t>(random_() % 60'000);  // as a sampler is
        timed_.times = {first_boot_ns + since_ns + late_ns, first_unix_ns + since_ns + late_ns};
        timed_.time = 1'790'000'000.0 + static_cast<double>(since_ns + late_ns) / 1e9;
        Sample& sample = timed_.sample;
        sample.pushed += random_() % 40;
        sample.intent = sample.pushed;
        sample.retained = std::min(sample.pushed, length);
        sample.usage = 0;
        for (ReaderSample& reader : sample.readers) go_on(reader);
        sample.high_water = std::max(sample.high_water, sample.usage);
        return timed_;
    }

private:
    void go_on(ReaderSample& reader) {
        Sample& sample = timed_.sample;
        const std::uint64_t there = sample.pushed - reader.cursor;
        if (there > length) {
            reader.lost += there - length;
            ++reader.overruns;
            reader.cursor = sample.pushed - length;
        }
        const bool loses = reader.slot >= 2;
        if (loses && random_() % 64 != 0) {
            // stands still: so its usage grows until it is lapped
        } else if (sample.pushed == reader.cursor) {
            ++reader.underflows;
        } else {
            reader.cursor += random_() % (sample.pushed - reader.cursor + 1);
        }
        reader.popped = reader.cursor - reader.lost;
        reader.usage = sample.pushed - reader.cursor;
        reader.high_water = std::max(reader.high_water, reader.usage);
        sample.usage = std::max(sample.usage, reader.usage);
    }

    std::minstd_rand random_;
    double hertz_;
    std::uint64_t count_ = 0;
    TimedSample timed_;
};

void make_recording(const std::string& path, double hours, double hertz) {
    workbench::RecordingWriter writer{path, {.program = "recording_bench", .spansPerTransaction = 300}};
    std::vector<MadeUpBuffer> buffers;
    for (int number = 0; number < 4; ++number) buffers.emplace_back(number, hertz);
    const auto seconds = static_cast<int>(hours * 3600);
    const auto samples = static_cast<std::size_t>(hertz);
    FeedBatch batch;
    for (int second = 0; second < seconds; ++second) {
        for (int number = 0; number < 4; ++number) {
            batch.facts = facts_of(number);
            batch.samples.resize(samples);
            for (TimedSample& sample : batch.samples) sample = buffers[static_cast<std::size_t>(number)].next();
            writer.take(batch, {});
        }
    }
    writer.close();
}

double since(double begin) { return now_seconds() - begin; }

double resident_bytes() {
    std::ifstream file{"/proc/self/statm"};
    double all = 0, resident = 0;
    file >> all >> resident;
    return resident * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

}  // namespace

Findings seek_in_past(double hours) {
    const std::string path =
        (std::filesystem::temp_directory_path() / ("cbuff-past-bench-" + std::to_string(::getpid()) + ".cbrec"))
            .string();
    double begin = now_seconds();
    make_recording(path, hours, 100);
    const double made = since(begin);
    const double bytes = static_cast<double>(std::filesystem::file_size(path));

    begin = now_seconds();
    auto feeds = RecordingFeed::open(path);
    BufferStory story{feeds.front()->facts()};
    story.take(feeds.front()->take());
    const double first = since(begin);
    std::vector<double> one, all;
    auto* const playback = feeds.front()->playback();
    std::mt19937 random{1};
    std::uniform_real_distribution<double> anywhere{playback->begin(), playback->end()};
    for (int jump = 0; jump < 101; ++jump) {
        begin = now_seconds();
        playback->seek(anywhere(random));
        story.take(feeds.front()->take());
        one.push_back(since(begin));
        for (std::size_t other = 1; other < feeds.size(); ++other) feeds[other]->take();
        all.push_back(since(begin));
    }
    feeds.clear();
    std::filesystem::remove(path);
    const std::string text = "a recording of " + std::to_string(static_cast<int>(hours)) + " h, 4 x 4 at 100 Hz";
    const auto at_most = Finding::Bound::at_most;
    return {{text + ": made in", made, "s", 120, hours <= 24 ? at_most : Finding::Bound::none},
            {text + ": its size", bytes / 1e6, "MB"},
            {text + ": opened, with the past of one buffer as a story", first * 1e3, "ms", 1000, at_most},
            {text + ": seek, one buffer with its story, median", median_of(one) * 1e3, "ms", 100, at_most},
            {text + ": the same, the slowest of 101", *std::ranges::max_element(one) * 1e3, "ms"},
            {text + ": the same, and the batches of the three others, median", median_of(all) * 1e3, "ms"}};
}

Findings keep_resident(double hertz) {
    constexpr int stories = 100;
    const double before = resident_bytes();
    const double begin = now_seconds();
    std::vector<std::unique_ptr<BufferStory>> kept;
    double bytes = 0;
    for (int number = 0; number < stories; ++number) {
        FeedBatch batch{.facts = facts_of(number)};
        auto& story = kept.emplace_back(std::make_unique<BufferStory>(batch.facts));
        story->setKeptSeconds(24 * 3600);
        MadeUpBuffer buffer{number, hertz};
        batch.samples.resize(100);
        for (auto left = static_cast<std::uint64_t>(24 * 3600 * hertz / 100); left > 0; --left) {
            for (TimedSample& sample : batch.samples) sample = buffer.next();
            story->take(batch);
        }
        bytes += static_cast<double>(story->bytes());
    }
    const std::string text = "100 buffers x 4 readers, a day at " + std::to_string(static_cast<int>(hertz)) + " Hz";
    return {{text + ": resident", (resident_bytes() - before) / 1e6, "MB", 300, Finding::Bound::at_most},
            {text + ": of that histories by their own count", bytes / 1e6, "MB"},
            {text + ": taken in", since(begin), "s"}};
}

}  // namespace bench
