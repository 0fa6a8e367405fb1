#pragma once
// A story in the forms that other programs read: CSV for tables, JSON Lines for scripts, a trace for Perfetto.
// Thread contract: one thread.
//
// CSV as of RFC 4180, a header with units; one row a sample a reader, and one without a reader where there is none.
// JSON Lines: objects with the key `event`: sample (as toJson() has it, lossless), happened, item, lost (items that the
// recording has not), skipped (samples that it has not). The trace is the JSON Trace Event Format ("Trace Event
// Format", Google, 2016): a process a buffer, a thread a reader; counters of usage, losses and rates, an instant for
// each event, a slice for each stretch in which a reader was losing items.

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "sinks/samplesink.hpp"

namespace workbench {

class FileExport : public SampleSink {
public:
    /// What takes the text; what it throws comes out of take() and finish().
    using Write = std::function<void(std::string_view)>;
    /// What the wall clock said at a time of the feed, seconds since 1970.
    using Wall = std::function<double(double time)>;

    /// What makes the file whole; to be called once, at the end.
    virtual void finish() = 0;
};

/// `begin`: the time of the feed from which seconds are counted.
std::unique_ptr<FileExport> csvExport(double begin, FileExport::Wall wall, FileExport::Write write);
std::unique_ptr<FileExport> jsonlExport(double begin, FileExport::Wall wall, FileExport::Write write);
std::unique_ptr<FileExport> traceExport(double begin, FileExport::Wall wall, FileExport::Write write);

/// A field of a CSV row, in double quotes where it must be.
std::string csvField(std::string_view text);

}  // namespace workbench
