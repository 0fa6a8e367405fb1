#include "sinks/recordingseries.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string_view>

namespace workbench {
namespace {

constexpr std::string_view suffix = ".cbrec";

std::uint64_t sizeOf(const std::string& path) {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 ? static_cast<std::uint64_t>(status.st_size) : 0;
}

}  // namespace

std::string partPath(const std::string& path, unsigned part) {
    const bool isNamed = path.ends_with(suffix) && path.size() > suffix.size();
    const std::string_view stem = isNamed ? std::string_view{path}.substr(0, path.size() - suffix.size()) : path;
    return fmt::format("{}-{:04}{}", stem, part, suffix);
}

RecordingSeries::RecordingSeries(const std::string& path, std::string program, RotationOptions rotation)
    : m_path{path}, m_program{std::move(program)}, m_rotation{rotation} {
    m_paths.push_back(m_rotation.rotates() ? partPath(m_path, m_part) : m_path);
    m_writer = std::make_unique<RecordingWriter>(m_paths.back(), RecordingOptions{.program = m_program});
}

RecordingWriter& RecordingSeries::writer() {
    if (!m_writer) throw RecordingError{"the recording has ended, as its next file could not be made"};
    return *m_writer;
}

void RecordingSeries::take(const FeedBatch& batch, std::span<const Event> events) {
    if (isFull()) goOn();
    writer().take(batch, events);
}

void RecordingSeries::note(const Event& note) { writer().note(note); }

void RecordingSeries::dropEvents(const BufferFacts& facts, double time, std::uint64_t count) {
    writer().dropEvents(facts, time, count);
}

void RecordingSeries::commit() { writer().commit(); }

bool RecordingSeries::isFull() const {
    if (!m_writer) return false;
    return (m_rotation.every_ns && m_writer->span_ns() >= *m_rotation.every_ns) ||
           (m_rotation.bytes && m_writer->totals().bytes >= *m_rotation.bytes);
}

void RecordingSeries::goOn() {
    m_writer->close();
    RecordingTotals closed = m_writer->totals();
    closed.bytes = 0;
    m_before += closed;
    ++m_part;
    m_paths.push_back(partPath(m_path, m_part));
    // The file before is let go first: a recording that cannot go on is none that is still being written.
    m_writer.reset();
    const RecordingOptions options{.program = m_program, .part = m_part};
    m_writer = std::make_unique<RecordingWriter>(m_paths.back(), options);
    while (m_rotation.keep > 0 && m_paths.size() > m_rotation.keep) {
        ::unlink(m_paths.front().c_str());
        m_paths.pop_front();
    }
}

void RecordingSeries::close() { writer().close(); }

void RecordingSeries::discard() {
    m_writer.reset();
    for (const std::string& path : m_paths) {
        for (const char* end : {"", "-wal", "-shm"}) ::unlink((path + end).c_str());
    }
    m_paths.clear();
}

RecordingTotals RecordingSeries::totals() const {
    RecordingTotals totals = m_before;
    if (m_writer) totals += m_writer->totals();
    for (std::size_t index = 0; index + 1 < m_paths.size(); ++index) totals.bytes += sizeOf(m_paths[index]);
    return totals;
}

}  // namespace workbench
