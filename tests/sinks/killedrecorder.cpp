#include "killedrecorder.hpp"

#include <algorithm>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>

#include "feeds/itemtap.hpp"
#include "feeds/livefeed.hpp"
#include "recordings.hpp"
#include "shared_cbuff/reader.hpp"
#include "shared_cbuff/writer.hpp"
#include "sinks/recorder.hpp"
#include "story/eventdetector.hpp"
#include "test_support/child_process.hpp"
#include "test_support/segments.hpp"
#include "values/names.hpp"

namespace sinks_tests {
namespace {

using test_support::Channel;
using test_support::ChildProcess;

void require(bool holds, const std::string& what) {
    if (!holds) throw std::runtime_error{what};
}

/// What `cbuff record --items` does, until it is killed.
int recordForEver(Channel& parent, const std::string& name, const std::string& path) {
    workbench::Recorder recorder{workbench::RecordingSeries{path, "test"}};
    const auto sampler = std::make_shared<workbench::Sampler>();
    const auto observer = shared_cbuff::Observer::attach(name);
    workbench::LiveFeed feed{observer, sampler, 1000};
    workbench::ItemTap tap{observer, [sampler] { return sampler->timebase().now(); }};
    workbench::EventDetector detector{workbench::shownName(name), observer.identity()};
    parent.send("ready");
    for (;;) {
        std::this_thread::sleep_for(std::chrono::milliseconds{20});
        auto batch = feed.take();
        auto tapped = tap.take();
        batch.items = std::move(tapped.items);
        batch.gaps = std::move(tapped.gaps);
        std::vector<workbench::Event> events;
        for (const auto& timed : batch.samples) {
            for (auto& event : detector.feed(timed)) events.push_back(std::move(event));
        }
        recorder.take(batch, events);
    }
}

/// What was pushed at which time, by the word of who pushed.
class Truth {
public:
    void note(std::uint64_t pushed) { m_notes.push_back({workbench::timesNow().boot_ns, pushed}); }

    /// Whether a look between these two times can have seen so many.
    bool mayHaveSeen(std::int64_t from_ns, std::int64_t to_ns, std::uint64_t pushed) const {
        const auto after = std::ranges::upper_bound(m_notes, from_ns, {}, &Note::boot_ns);
        const std::uint64_t least = after == m_notes.begin() ? 0 : std::prev(after)->pushed;
        const auto end = std::ranges::lower_bound(m_notes, to_ns, {}, &Note::boot_ns);
        const std::uint64_t most = end == m_notes.end() ? m_notes.back().pushed : end->pushed;
        return least <= pushed && pushed <= most;
    }

private:
    struct Note {
        std::int64_t boot_ns = 0;
        std::uint64_t pushed = 0;  // at least, at this time, and at most until the next note
    };
    std::vector<Note> m_notes;
};

void checkSamples(const std::vector<workbench::TimedSample>& samples, const Truth& truth) {
    // A sample's time is taken just before it looks, and read from three clocks: how long a look may take is not known,
    // so it ends with the next one at the latest.
    constexpr std::int64_t readingClocks_ns = 2'000'000;
    for (std::size_t index = 0; index < samples.size(); ++index) {
        const auto& timed = samples[index];
        const std::int64_t from_ns = timed.times.boot_ns - readingClocks_ns;
        const std::int64_t to_ns = index + 1 < samples.size() ? samples[index + 1].times.boot_ns : INT64_MAX;
        require(truth.mayHaveSeen(from_ns, to_ns, timed.sample.pushed), "a sample tells what never was");
        require(timed.sample.readers.size() == 1, "a sample lacks its reader");
        const auto& reader = timed.sample.readers[0];
        require(reader.label() == "victim" && reader.popped + reader.lost + reader.usage == timed.sample.pushed,
                "the counters of a reader do not balance");
        require(index == 0 || samples[index - 1].times.boot_ns < timed.times.boot_ns, "samples are in no order");
    }
}

/// Items and gaps follow each other without a hole.
void checkItems(const std::string& path) {
    std::vector<std::pair<std::uint64_t, std::uint64_t>> runs;  // first, count
    for (const auto& item : itemsOf(path)) {
        require(item.number == item.content, "an item has another one's number");
        runs.emplace_back(item.number, 1);
    }
    for (const auto& row : query(path, "SELECT first, count FROM gaps WHERE kind = 'items'")) {
        runs.emplace_back(std::stoull(row[0]), std::stoull(row[1]));
    }
    std::ranges::sort(runs);
    for (std::size_t index = 1; index < runs.size(); ++index) {
        require(runs[index - 1].first + runs[index - 1].second == runs[index].first,
                "an item is missing, or there twice");
    }
}

}  // namespace

KilledRecording killARecorder(std::uint64_t seed) {
    std::mt19937_64 random{seed};
    const ScratchFolder folder;
    const std::string path = folder.file("x.cbrec");
    const test_support::ScopedName name{"killed"};
    auto writer = shared_cbuff::Writer::create(name, {.item_size = 8, .length = 4096});
    auto reader = shared_cbuff::Reader::attach(name, {.label = "victim"});
    Truth truth;
    truth.note(0);
    ChildProcess recorder{[&](Channel& parent) { return recordForEver(parent, name, path); }};
    require(recorder.channel().expect("ready"), "the recorder did not start");
    // From the first transaction to some seconds later.
    const auto end = std::chrono::steady_clock::now() + std::chrono::microseconds{random() % 2'500'000};
    while (std::chrono::steady_clock::now() < end) {
        const std::uint64_t burst = 1 + random() % 5;
        for (std::uint64_t count = 0; count < burst; ++count) writer.push(writer.pushed());
        truth.note(writer.pushed());
        if (random() % 2 == 0) reader.pop();
        std::this_thread::sleep_for(std::chrono::microseconds{random() % 1000});
    }
    recorder.kill();
    require(value(path, "PRAGMA integrity_check") == "ok", "the file is damaged");
    require(value(path, "SELECT count(*) FROM recording WHERE key = 'ended_boot_ns'") == "0", "it says it was closed");
    const auto samples = samplesOf(path);
    checkSamples(samples, truth);
    checkItems(path);
    return {samples.size(), itemsOf(path).size(), std::stoull(value(path, "SELECT count(*) FROM gaps"))};
}

}  // namespace sinks_tests
