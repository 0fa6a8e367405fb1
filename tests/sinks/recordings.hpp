#pragma once
// Recordings in folders that go with the test, batches made by hand, and what is in a recording by SQLite's own word.
// Thread contract: an object belongs to one thread.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "feeds/samplefeed.hpp"
#include "values/event.hpp"

namespace sinks_tests {

/// A folder that is gone when the test is.
class ScratchFolder {
public:
    ScratchFolder();
    ScratchFolder(const ScratchFolder&) = delete;
    ScratchFolder& operator=(const ScratchFolder&) = delete;
    ~ScratchFolder();

    const std::filesystem::path& path() const { return m_path; }
    std::string file(const std::string& name) const { return (m_path / name).string(); }

private:
    std::filesystem::path m_path;
};

/// Every row as texts; "NULL" for nothing. Throws std::runtime_error with SQLite's word.
std::vector<std::vector<std::string>> query(const std::string& path, const std::string& sql);
/// The only value of the only row.
std::string value(const std::string& path, const std::string& sql);

/// Asks for everything that anybody may ask of a recording, and tells its story. What cannot be read ends it, in
/// silence.
void readAll(const std::string& path);

/// Of all chunks of the buffer with this id, in order.
std::vector<workbench::TimedSample> samplesOf(const std::string& path, int buffer = 1);
/// Of an item's number and its first 8 bytes as a number, big-endian.
struct NumberedItem {
    std::uint64_t number = 0;
    std::uint64_t content = 0;
};
std::vector<NumberedItem> itemsOf(const std::string& path, int buffer = 1);

workbench::BufferFacts factsOf(const std::string& name, std::uint64_t inode = 2);

/// Boot time and feed time of the samples below: sample 0 at 100 s after the boot.
inline constexpr std::int64_t firstBoot_ns = 100'000'000'000;
inline constexpr std::int64_t firstUnix_ns = 1'800'000'000'123'456'789;
double timeOf(std::uint64_t index, std::int64_t period_ns);

/// The sample that follows `index` others at this period, of a buffer with one reader: every number can be told from
/// `index`.
workbench::TimedSample sampleAt(std::uint64_t index, std::int64_t period_ns = 10'000'000);
/// `count` of them from `first` on.
workbench::FeedBatch batchOf(const workbench::BufferFacts& facts, std::uint64_t first, std::uint64_t count,
                             std::int64_t period_ns = 10'000'000);

}  // namespace sinks_tests
