#pragma once
// Writes a recording (.cbrec): any number of buffers, their samples, events, items and gaps, in one file.
// Thread contract: an object belongs to one thread, and waits for the disk.

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "feeds/samplefeed.hpp"
#include "sinks/database.hpp"
#include "values/event.hpp"

namespace workbench {

struct RecordingOptions {
    std::string program = "cbuff";  ///< name and version of who records
    unsigned part = 1;
    /// Samples are written, and the transaction ended, once they span so much: less than the second that a crash may
    /// cost, since it takes them some time to get here.
    std::int64_t span_ns = 800'000'000;
    /// Spans a transaction: more make a file of the past in less time.
    unsigned spansPerTransaction = 1;
};

struct RecordingTotals {
    std::uint64_t buffers = 0;
    std::uint64_t samples = 0;
    std::uint64_t skipped = 0;  ///< samples not taken
    std::uint64_t events = 0;
    std::uint64_t items = 0;
    std::uint64_t itemsLost = 0;  ///< by the tap
    std::uint64_t bytes = 0;      ///< of the file, and of the log beside it

    RecordingTotals& operator+=(const RecordingTotals& other);
};

class RecordingWriter {
public:
    /// Makes the file, which must not be there, and holds a lock on it, so that nobody else records into it. Throws
    /// RecordingError.
    explicit RecordingWriter(const std::string& path, RecordingOptions options = {});
    RecordingWriter(const RecordingWriter&) = delete;
    RecordingWriter& operator=(const RecordingWriter&) = delete;
    /// Without close() the recording says that it was not closed.
    ~RecordingWriter();

    /// Of one buffer; its `past` is not kept. Throws RecordingError; from then on the file stays as it is, and this
    /// throws again.
    void take(const FeedBatch& batch, std::span<const Event> events);
    /// Of no buffer.
    void note(const Event& note);
    /// Events that were dropped before they came here.
    void dropEvents(const BufferFacts& facts, double time, std::uint64_t count);
    /// Everything taken until now is in the file. Throws RecordingError.
    void commit();
    /// The same, and the end of the recording: it becomes one file that can be read from a medium that is read-only.
    void close();

    const std::string& path() const;
    /// Of what was committed.
    RecordingTotals totals() const;
    /// From the first to the newest sample.
    std::int64_t span_ns() const;

private:
    class Impl;
    std::unique_ptr<Impl> m_impl;
};

}  // namespace workbench
