#pragma once
// A recording instead of a buffer: which file a command line means, which buffer in it, and which moment.
// Thread contract: belongs to the thread that runs the command.

#include <functional>
#include <optional>
#include <string>

#include "cli/checkreport.hpp"
#include "cli/command.hpp"
#include "feeds/recordingfile.hpp"

namespace cli {

/// Adds --buffer: which one of a recording.
void addRecordedBuffer(CLI::App& command, std::string& buffer);

/// The file, if the target means one and it is a recording rather than a copy of a segment.
std::optional<std::string> recordingPath(const BufferTarget& target);

class Recorded {
public:
    /// Throws UnreadableRecording.
    explicit Recorded(const std::string& path) : m_file{path} {}

    workbench::RecordingFile& file() { return m_file; }
    /// By name, the latest one of it; without a name the only one. Throws Refusal.
    const workbench::RecordedBuffer& buffer(const std::string& name) const;
    /// All of that name; without one all there are. Throws Refusal.
    std::vector<workbench::RecordedBuffer> buffersOf(const std::string& name) const;
    /// `10s` after the begin, `-30s` from the end, or a time as of ISO 8601. Throws UsageError with the option's name.
    std::int64_t moment(std::string_view option, const std::string& text) const;
    /// Each sample of a stretch, oldest first, until `take` returns false or a signal comes.
    void forEach(const workbench::RecordedBuffer& buffer, std::int64_t after, std::int64_t to,
                 const std::function<bool(const workbench::TimedSample&)>& take);
    /// "recorded 2026-11-27T17:02:20Z to ..., 12.3 s; complete"
    std::string summary(const workbench::RecordedBuffer& buffer);

private:
    workbench::RecordingFile m_file;
};

/// Seconds, to the millisecond: "12.345 s".
std::string secondsText(std::int64_t nanoseconds);

}  // namespace cli
