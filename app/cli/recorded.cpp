#include "cli/recorded.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "cli/signals.hpp"
#include "values/isotime.hpp"
#include "values/printable.hpp"

namespace cli {
namespace {

using workbench::RecordedBuffer;

/// Samples read at once: a few MB.
constexpr std::size_t samplesAtOnce = 4096;

bool startsAsDatabase(const std::string& path) {
    std::error_code trouble;
    if (!std::filesystem::is_regular_file(path, trouble)) return false;  // a pipe would be waited for
    constexpr std::string_view magic = "SQLite format 3";
    std::ifstream file{path, std::ios::binary};
    std::string begin(magic.size(), '\0');
    return file.read(begin.data(), static_cast<std::streamsize>(begin.size())) && begin == magic;
}

}  // namespace

void addRecordedBuffer(CLI::App& command, std::string& buffer) {
    command.add_option("--buffer", buffer, "Of a recording: which of its buffers")
        ->type_name("NAME")
        ->transform(escapedBytes());
}

std::optional<std::string> recordingPath(const BufferTarget& target) {
    const auto path = target.filePath();
    if (!path || !(path->ends_with(".cbrec") || startsAsDatabase(*path))) return std::nullopt;
    if (target.waits()) throw UsageError{"--wait waits for a buffer, and this is a recording; leave it out"};
    if (target.geometry())
        throw UsageError{"--item-size and --length are for classic buffers; a recording knows its own: leave them out"};
    return path;
}

std::vector<RecordedBuffer> Recorded::buffersOf(const std::string& name) const {
    std::vector<RecordedBuffer> found;
    std::string names;
    for (const RecordedBuffer& buffer : m_file.buffers()) {
        if (name.empty() || buffer.facts.name == name) found.push_back(buffer);
        names += fmt::format("{}\"{}\"", names.empty() ? "" : ", ", workbench::printableText(buffer.facts.name));
    }
    if (!found.empty()) return found;
    throw Refusal{fmt::format("there is no buffer \"{}\" in '{}'; give one of: {}", workbench::printableText(name),
                              workbench::printableText(m_file.path()), names)};
}

const RecordedBuffer& Recorded::buffer(const std::string& name) const {
    const auto found = buffersOf(name);
    const bool isOne = std::ranges::all_of(
        found, [&](const RecordedBuffer& one) { return one.facts.name == found.front().facts.name; });
    if (!isOne) {
        std::string names;
        for (const RecordedBuffer& one : found) names += fmt::format(" {}", workbench::printableText(one.facts.name));
        throw Refusal{fmt::format("there is more than one buffer in '{}'; choose one with --buffer:{}",
                                  workbench::printableText(m_file.path()), names)};
    }
    return *std::ranges::find(m_file.buffers(), found.back().id, &RecordedBuffer::id);
}

std::int64_t Recorded::moment(std::string_view option, const std::string& text) const {
    if (const auto unix_ns = workbench::parseIsoTime(text)) return m_file.bootOfUnix(*unix_ns);
    const bool isFromEnd = text.starts_with('-');
    const std::string_view duration = std::string_view{text}.substr(isFromEnd ? 1 : 0);
    try {
        const bool isZero = duration == "0" || duration == "0s";
        const std::int64_t span = isZero ? 0 : workbench::parseDuration(duration).count();
        return isFromEnd ? m_file.end_boot_ns() - span : m_file.begin_boot_ns() + span;
    } catch (const workbench::ConditionError&) {
        throw UsageError{
            fmt::format("{} takes a time after the begin (10s), before the end (-30s), or as of ISO 8601 "
                        "(2026-11-27T17:02:20Z), not '{}'",
                        option, workbench::printableText(text))};
    }
}

void Recorded::forEach(const RecordedBuffer& buffer, std::int64_t after, std::int64_t to,
                       const std::function<bool(const workbench::TimedSample&)>& take) {
    while (!interrupted()) {
        const auto samples = m_file.samples(buffer, after, to, samplesAtOnce);
        if (samples.empty()) return;
        for (const auto& timed : samples) {
            if (!take(timed)) return;
        }
        after = samples.back().times.boot_ns;
    }
}

std::string Recorded::summary(const RecordedBuffer& buffer) {
    const std::string missing = m_file.missing();
    return fmt::format("recorded {} to {}, {}; {}", workbench::isoTime(m_file.unixOf(buffer.first_boot_ns)),
                       workbench::isoTime(m_file.unixOf(buffer.last_boot_ns)),
                       secondsText(buffer.last_boot_ns - buffer.first_boot_ns), missing.empty() ? "complete" : missing);
}

std::string secondsText(std::int64_t nanoseconds) {
    return fmt::format("{:.3f} s", static_cast<double>(nanoseconds) / 1e9);
}

}  // namespace cli
