#pragma once
// A recording that goes on in another file when one is old or large enough, and of which only the newest files are
// kept. Thread contract: an object belongs to one thread, and waits for the disk.

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "sinks/recordingwriter.hpp"

namespace workbench {

struct RotationOptions {
    std::optional<std::int64_t> every_ns;  ///< of samples in one file
    std::optional<std::uint64_t> bytes;    ///< a file is followed by the next one as soon as it has so many
    std::uint64_t keep = 0;                ///< the newest files; 0: all

    bool rotates() const { return every_ns || bytes; }
};

/// Of part 12 of trace.cbrec: trace-0012.cbrec, so that names sort by time and stay recordings.
std::string partPath(const std::string& path, unsigned part);

class RecordingSeries {
public:
    /// Makes the first file: `path` itself, or its first part if it rotates. Throws RecordingError.
    RecordingSeries(const std::string& path, std::string program, RotationOptions rotation = {});

    /// As those of RecordingWriter.
    void take(const FeedBatch& batch, std::span<const Event> events);
    void note(const Event& note);
    void dropEvents(const BufferFacts& facts, double time, std::uint64_t count);
    void commit();
    void close();
    /// Its files are removed.
    void discard();

    /// Of all files, also those that were not kept; `bytes` are those that are there.
    RecordingTotals totals() const;
    /// Those that are there, the oldest first.
    const std::deque<std::string>& paths() const { return m_paths; }

private:
    RecordingWriter& writer();
    bool isFull() const;
    void goOn();

    std::string m_path;
    std::string m_program;
    RotationOptions m_rotation;
    unsigned m_part = 1;
    std::deque<std::string> m_paths;
    RecordingTotals m_before;                   // of closed files
    std::unique_ptr<RecordingWriter> m_writer;  // null once the next file could not be made
};

}  // namespace workbench
