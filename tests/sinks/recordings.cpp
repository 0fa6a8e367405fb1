#include "recordings.hpp"

#include <sqlite3.h>
#include <stdlib.h>

#include <algorithm>
#include <memory>
#include <stdexcept>

#include "feeds/recordingfeed.hpp"
#include "story/bufferstory.hpp"
#include "values/samplecodec.hpp"

namespace sinks_tests {
namespace {

using workbench::TimedSample;

struct Closing {
    void operator()(sqlite3* database) const { sqlite3_close(database); }
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};

std::string folderTemplate() { return (std::filesystem::temp_directory_path() / "cbuff-recordings-XXXXXX").string(); }

/// Calls `onRow` for each row.
template <class OnRow>
void forEachRow(const std::string& path, const std::string& sql, OnRow onRow) {
    sqlite3* handle = nullptr;
    const int opened = sqlite3_open_v2(path.c_str(), &handle, SQLITE_OPEN_READWRITE, nullptr);
    const std::unique_ptr<sqlite3, Closing> database{handle};
    if (opened != SQLITE_OK) throw std::runtime_error{sqlite3_errmsg(handle)};
    sqlite3_stmt* prepared = nullptr;
    if (sqlite3_prepare_v2(handle, sql.c_str(), -1, &prepared, nullptr) != SQLITE_OK) {
        throw std::runtime_error{sqlite3_errmsg(handle)};
    }
    const std::unique_ptr<sqlite3_stmt, Closing> statement{prepared};
    for (;;) {
        const int result = sqlite3_step(prepared);
        if (result == SQLITE_DONE) return;
        if (result != SQLITE_ROW) throw std::runtime_error{sqlite3_errmsg(handle)};
        onRow(prepared);
    }
}

std::span<const std::byte> blob(sqlite3_stmt* row, int column) {
    const auto* const data = static_cast<const std::byte*>(sqlite3_column_blob(row, column));
    return {data, static_cast<std::size_t>(sqlite3_column_bytes(row, column))};
}

}  // namespace

ScratchFolder::ScratchFolder() {
    std::string name = folderTemplate();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error{"no folder could be made for the test"};
    m_path = name;
}

ScratchFolder::~ScratchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(m_path, ignored);
}

std::vector<std::vector<std::string>> query(const std::string& path, const std::string& sql) {
    std::vector<std::vector<std::string>> rows;
    forEachRow(path, sql, [&](sqlite3_stmt* row) {
        auto& texts = rows.emplace_back();
        for (int column = 0; column < sqlite3_column_count(row); ++column) {
            const auto* const text = sqlite3_column_text(row, column);
            texts.emplace_back(text == nullptr ? "NULL" : reinterpret_cast<const char*>(text));
        }
    });
    return rows;
}

std::string value(const std::string& path, const std::string& sql) {
    const auto rows = query(path, sql);
    if (rows.size() != 1 || rows[0].size() != 1) throw std::runtime_error{"not one value: " + sql};
    return rows[0][0];
}

void readAll(const std::string& path) {
    try {
        for (const auto& feed : workbench::RecordingFeed::open(path)) {
            workbench::BufferStory story{feed->facts()};
            const auto take = [&] { story.take(feed->take()); };
            take();
            feed->items(0, 1000);
            auto* const playback = feed->playback();
            playback->seek(playback->begin());
            take();
            playback->step(5);
            playback->step(-2);
            take();
            playback->play();
            playback->setSpeed(1e6);
            take();
            feed->items(3, 10);
            static_cast<void>(story.at(feed->now()));
            static_cast<void>(feed->state());
            static_cast<void>(feed->wall(feed->now()));
        }
    } catch (const workbench::UnreadableRecording&) {  // a sentence is all that may come of it
    }
}

std::vector<TimedSample> samplesOf(const std::string& path, int buffer) {
    const auto number = [&](const std::string& key) {
        return std::stoll(value(path, "SELECT value FROM recording WHERE key = '" + key + "'"));
    };
    std::vector<TimedSample> samples;
    const auto sql = "SELECT data FROM chunks WHERE buffer = " + std::to_string(buffer) + " ORDER BY first_boot_ns";
    if (value(path, "SELECT count(*) FROM chunks") == "0") return samples;
    const workbench::Times origin{number("origin_boot_ns"), number("origin_unix_ns")};
    forEachRow(path, sql, [&](sqlite3_stmt* row) {
        const auto chunk = workbench::decodeSamples(blob(row, 0), origin);
        samples.insert(samples.end(), chunk.begin(), chunk.end());
    });
    return samples;
}

std::vector<NumberedItem> itemsOf(const std::string& path, int buffer) {
    std::vector<NumberedItem> items;
    const auto sql =
        "SELECT i.first, i.count, b.item_size, i.data FROM items i JOIN buffers b ON b.id = i.buffer "
        "WHERE i.buffer = " +
        std::to_string(buffer) + " ORDER BY i.first";
    forEachRow(path, sql, [&](sqlite3_stmt* row) {
        const auto first = static_cast<std::uint64_t>(sqlite3_column_int64(row, 0));
        const auto count = static_cast<std::uint64_t>(sqlite3_column_int64(row, 1));
        const auto size = static_cast<std::uint64_t>(sqlite3_column_int64(row, 2));
        const auto bytes = workbench::unpackBytes(blob(row, 3), count * size);
        for (std::uint64_t index = 0; index < count; ++index) {
            std::uint64_t content = 0;
            for (std::uint64_t byte = 0; byte < std::min<std::uint64_t>(size, 8); ++byte) {
                content = content << 8 | std::to_integer<std::uint64_t>(bytes[index * size + byte]);
            }
            items.push_back({first + index, content});
        }
    });
    return items;
}

workbench::BufferFacts factsOf(const std::string& name, std::uint64_t inode) {
    return {.name = name, .machine = {}, .geometry = {8, 1024}, .layout = {}, .identity = {1, inode}};
}

double timeOf(std::uint64_t index, std::int64_t period_ns) {
    return static_cast<double>(firstUnix_ns) * 1e-9 +
           static_cast<double>(static_cast<std::int64_t>(index) * period_ns) * 1e-9;
}

TimedSample sampleAt(std::uint64_t index, std::int64_t period_ns) {
    TimedSample timed;
    const std::int64_t since_ns = static_cast<std::int64_t>(index) * period_ns;
    timed.time = timeOf(index, period_ns);
    timed.times = {firstBoot_ns + since_ns, firstUnix_ns + since_ns};
    auto& sample = timed.sample;
    sample.geometry = {8, 1024};
    sample.max_readers = 64;
    sample.state = shared_cbuff::BufferState::alive;
    sample.writer = {shared_cbuff::WriterState::alive, 11, 12, 1, false};
    sample.pushed = sample.intent = 1000 + index * 3;
    sample.retained = 1000;
    sample.rejected = index / 10;
    auto& reader = sample.readers.emplace_back();
    reader.slot = 2;
    reader.generation = 3;
    reader.pid = 44;
    reader.lost = index / 20;
    reader.overruns = index / 40;
    reader.underflows = index / 50;
    reader.usage = sample.usage = index % 100;
    reader.popped = sample.pushed - reader.usage - reader.lost;
    reader.cursor = sample.pushed - reader.usage;
    reader.high_water = sample.high_water = std::min<std::uint64_t>(index, 99);
    std::ranges::copy(std::string_view{"slow"}, reader.label_bytes.begin());
    sample.has_living_reader = true;
    return timed;
}

workbench::FeedBatch batchOf(const workbench::BufferFacts& facts, std::uint64_t first, std::uint64_t count,
                             std::int64_t period_ns) {
    workbench::FeedBatch batch{.facts = facts};
    for (std::uint64_t index = first; index < first + count; ++index) {
        batch.samples.push_back(sampleAt(index, period_ns));
    }
    return batch;
}

}  // namespace sinks_tests
