#include "feeds/recordingfile.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "feeds/recordinglock.hpp"
#include "feeds/recordingschema.hpp"
#include "shared_cbuff/geometry.hpp"
#include "values/printable.hpp"
#include "values/samplecodec.hpp"

namespace workbench {
namespace {

namespace fs = std::filesystem;

/// Beyond it no clock of a machine is, and sums of two stay within 64 bits.
constexpr std::int64_t lastMoment = std::int64_t{1} << 61;
constexpr std::size_t mostBuffers = 100'000;
constexpr std::size_t mostReaders = 1'000'000;
constexpr std::size_t mostClockRows = 100'000;

bool isMoment(std::int64_t time_ns) { return time_ns >= 0 && time_ns <= lastMoment; }

[[noreturn]] void failDamaged(const std::string& path, std::string_view what) {
    throw UnreadableRecording{fmt::format("'{}' is damaged: {}; take a copy that is whole", printableText(path), what)};
}

/// Before SQLite looks at it, which tells less.
void checkIsFile(const std::string& path) {
    std::error_code trouble;
    const auto status = fs::status(path, trouble);
    if (status.type() == fs::file_type::not_found)
        throw UnreadableRecording{fmt::format("there is no file '{}'", printableText(path))};
    if (status.type() == fs::file_type::directory) {
        throw UnreadableRecording{
            fmt::format("'{}' is a folder; give the recording (.cbrec) that you mean in it", printableText(path))};
    }
    if (status.type() == fs::file_type::none)
        throw UnreadableRecording{fmt::format("'{}' cannot be opened: {}", printableText(path), trouble.message())};
    if (status.type() != fs::file_type::regular)
        throw UnreadableRecording{fmt::format("'{}' is no file; a recording must be one", printableText(path))};
}

/// Whether the recording was left, or is being left, in two files.
bool hasLog(const std::string& path) {
    std::error_code trouble;
    const auto size = fs::file_size(path + "-wal", trouble);
    return !trouble && size > 0;
}

const std::string& checked(const std::string& path) {
    checkIsFile(path);
    return path;
}

void checkIsRecording(const ReadingDatabase& database) {
    const std::string path = printableText(database.path());
    const auto id = database.number("PRAGMA application_id");
    if (id != recording::applicationId) {
        const auto tables = database.number("SELECT count(*) FROM sqlite_schema");
        throw UnreadableRecording{tables == 0 ? fmt::format("'{}' is empty: nothing was recorded into it", path)
                                              : fmt::format("'{}' is no recording but an SQLite database of another "
                                                            "program; give a file that `cbuff record` wrote",
                                                            path)};
    }
    const auto version = database.number("PRAGMA user_version");
    if (version > recording::schemaVersion) {
        throw UnreadableRecording{
            fmt::format("'{}' is a recording of version {}, and this program knows up to version {}; "
                        "open it with a newer one",
                        path, version, recording::schemaVersion)};
    }
    if (version < 1) failDamaged(database.path(), "it has no version");
    // A view of the same name could keep a query busy for ever.
    const auto views = database.number(
        "SELECT count(*) FROM sqlite_schema WHERE type <> 'table' AND name IN ('recording', 'buffers', 'readers', "
        "'seconds', 'minutes', 'events', 'notes', 'chunks', 'items', 'gaps', 'clock')");
    if (views != 0) failDamaged(database.path(), "some of its tables are none");
}

std::string plural(std::int64_t count, std::string_view one, std::string_view many) {
    return fmt::format("{} {}", count, count == 1 ? one : many);
}

}  // namespace

#define CBUFF_ROWS(table)                                                                                       \
    "SELECT reader, time_boot_s, usage_min, usage_max, usage_last, pushed, rejected, popped, lost, underflows " \
    "FROM " table " WHERE buffer = ?1 AND time_boot_s >= ?2 AND time_boot_s < ?3 ORDER BY time_boot_s, id"
#define CBUFF_RUN "first, count, first_boot_ns, data FROM items"

RecordingFile::Statements::Statements(const ReadingDatabase& database)
    : buffers{database.prepare("SELECT id, name, machine, format, item_size, length, device, inode, first_boot_ns, "
                               "last_boot_ns FROM buffers ORDER BY id")},
      readers{
          database.prepare("SELECT id, buffer, slot, generation, label, pid FROM readers WHERE id > ?1 ORDER BY id")},
      firstChunk{database.prepare("SELECT first_boot_ns FROM chunks WHERE buffer = ?1 ORDER BY first_boot_ns LIMIT 1")},
      lastChunk{
          database.prepare("SELECT last_boot_ns FROM chunks WHERE buffer = ?1 ORDER BY first_boot_ns DESC LIMIT 1")},
      chunkAt{database.prepare("SELECT first_boot_ns, id FROM chunks WHERE buffer = ?1 AND first_boot_ns <= ?2 "
                               "ORDER BY first_boot_ns DESC LIMIT 1")},
      chunksBetween{database.prepare("SELECT id, count FROM chunks WHERE buffer = ?1 AND first_boot_ns >= ?2 AND "
                                     "first_boot_ns <= ?3 ORDER BY first_boot_ns")},
      chunkData{database.prepare("SELECT data FROM chunks WHERE id = ?1")},
      seconds{database.prepare(CBUFF_ROWS("seconds"))},
      minutes{database.prepare(CBUFF_ROWS("minutes"))},
      events{database.prepare("SELECT time_boot_ns, until_boot_ns, kind, reader, amount, count, lost, pid, epoch, "
                              "is_consumer, detail FROM events WHERE buffer = ?1 AND time_boot_ns > ?2 AND "
                              "time_boot_ns <= ?3 ORDER BY time_boot_ns DESC, id DESC LIMIT ?4")},
      notes{database.prepare("SELECT time_boot_ns, text FROM notes WHERE (buffer = ?1 OR buffer IS NULL) AND "
                             "time_boot_ns > ?2 AND time_boot_ns <= ?3 ORDER BY time_boot_ns DESC, id DESC LIMIT ?4")},
      gaps{database.prepare("SELECT kind, from_boot_ns, to_boot_ns, first, count FROM gaps WHERE buffer = ?1 AND "
                            "from_boot_ns > ?2 AND from_boot_ns <= ?3 ORDER BY from_boot_ns, id")},
      gapSums{database.prepare("SELECT kind, count(*), total(count) FROM gaps GROUP BY kind ORDER BY kind DESC")},
      runAt{database.prepare("SELECT first, count, first_boot_ns FROM items WHERE buffer = ?1 AND first <= ?2 "
                             "ORDER BY first DESC LIMIT 1")},
      runsFrom{database.prepare("SELECT " CBUFF_RUN " WHERE buffer = ?1 AND first >= ?2 ORDER BY first")},
      runsBetween{database.prepare("SELECT " CBUFF_RUN " WHERE buffer = ?1 AND first_boot_ns > ?2 AND "
                                   "first_boot_ns <= ?3 ORDER BY first_boot_ns, first")},
      firstRun{database.prepare("SELECT first FROM items WHERE buffer = ?1 ORDER BY first LIMIT 1")},
      lastRun{database.prepare("SELECT first, count FROM items WHERE buffer = ?1 AND first_boot_ns <= ?2 "
                               "ORDER BY first_boot_ns DESC, first DESC LIMIT 1")} {}

#undef CBUFF_ROWS
#undef CBUFF_RUN

RecordingFile::RecordingFile(const std::string& path)
    : m_database{checked(path), !hasLog(path)},
      m_isGrowing{hasLog(path) && isBeingRecorded(path)},
      m_read{(checkIsRecording(m_database), m_database)} {
    readOrigin();
    readBuffers();
    readReaders();
    readClock();
    if (m_buffers.empty()) {
        throw UnreadableRecording{fmt::format("'{}' is empty: {}", printableText(path),
                                              m_isGrowing ? "its recorder has seen no buffer yet; try again in a second"
                                                          : "no buffer was recorded into it")};
    }
}

void RecordingFile::readOrigin() {
    const auto value = [&](const char* key) {
        return m_database.number(fmt::format("SELECT value FROM recording WHERE key = '{}'", key));
    };
    m_origin = {value(recording::key::originBoot), value(recording::key::originUnix)};
    for (const std::int64_t moment : {m_origin.boot_ns, m_origin.unix_ns}) {
        if (!isMoment(moment)) failDamaged(path(), "its times make no sense");
    }
}

RecordedBuffer RecordingFile::bufferOf(const ReadingStatement& row) const {
    RecordedBuffer buffer{
        .id = row.integer(0),
        .facts = {.name = {},
                  .machine = row.text(2),
                  .geometry = {row.counter(4), row.counter(5)},
                  .layout = row.text(3) == to_string(shared_cbuff::Layout::classic) ? shared_cbuff::Layout::classic
                                                                                    : shared_cbuff::Layout::extended,
                  .identity = {row.counter(6), row.counter(7)}},
        .first_boot_ns = row.integer(8),
        .last_boot_ns = row.integer(9)};
    try {
        buffer.facts.name = unescaped(row.text(1));
    } catch (const ItemTextError& error) {
        failDamaged(path(), fmt::format("the name of a buffer makes no sense ({})", error.what()));
    }
    const auto& geometry = buffer.facts.geometry;
    if (geometry.item_size == 0 || geometry.length < 2 || geometry.length > shared_cbuff::max_ring_bytes ||
        geometry.item_size > shared_cbuff::max_ring_bytes / geometry.length) {
        failDamaged(path(), "the geometry of a buffer makes no sense");
    }
    return buffer;
}

void RecordingFile::readBuffers() {
    std::vector<RecordedBuffer> buffers;
    for (auto& row = m_read.buffers.with(); row.next();) {
        buffers.push_back(bufferOf(row));
        if (buffers.size() > mostBuffers) failDamaged(path(), "it has too many buffers");
    }
    // Its row is brought up to date now and then, and begins when its recorder met it; its chunks are always true.
    for (RecordedBuffer& buffer : buffers) {
        if (auto& row = m_read.firstChunk.with(buffer.id); row.next()) buffer.first_boot_ns = row.integer(0);
        if (auto& row = m_read.lastChunk.with(buffer.id); row.next()) buffer.last_boot_ns = row.integer(0);
        m_read.firstChunk.reset();
        m_read.lastChunk.reset();
        if (!isMoment(buffer.first_boot_ns) || !isMoment(buffer.last_boot_ns) ||
            buffer.last_boot_ns < buffer.first_boot_ns) {
            failDamaged(path(), "the times of a buffer make no sense");
        }
    }
    if (buffers.size() < m_buffers.size()) failDamaged(path(), "buffers vanished from it");
    m_buffers = std::move(buffers);
}

void RecordingFile::readReaders() {
    const std::int64_t known = m_readers.empty() ? 0 : m_readers.rbegin()->first;
    for (auto& row = m_read.readers.with(known); row.next();) {
        Reader reader{.buffer = row.integer(1),
                      .key = {static_cast<std::uint32_t>(row.integer(2)), row.counter(3)},
                      .label = {},
                      .pid = static_cast<std::uint32_t>(row.integer(5))};
        try {
            reader.label = unescaped(row.text(4));
        } catch (const ItemTextError&) {
            reader.label = row.text(4);  // as good as it gets, and no reason to show nothing
        }
        m_readers.emplace(row.integer(0), std::move(reader));
        if (m_readers.size() > mostReaders) failDamaged(path(), "it has too many readers");
    }
}

const RecordingFile::Reader* RecordingFile::reader(std::int64_t id) const {
    const auto found = m_readers.find(id);
    return found == m_readers.end() ? nullptr : &found->second;
}

void RecordingFile::readClock() {
    m_clock.clear();
    auto rows = m_database.prepare("SELECT boot_ns, unix_ns FROM clock ORDER BY boot_ns");
    rows.with();
    while (m_clock.size() < mostClockRows && rows.next()) {
        const Times row{rows.integer(0), rows.integer(1)};
        if (!isMoment(row.boot_ns) || !isMoment(row.unix_ns)) failDamaged(path(), "its times make no sense");
        m_clock.push_back(row);
    }
    if (m_clock.empty()) m_clock.push_back(m_origin);
}

void RecordingFile::refresh() {
    if (!m_isGrowing) return;
    m_isGrowing = isBeingRecorded(path());
    readBuffers();
    readReaders();
    readClock();
}

std::int64_t RecordingFile::begin_boot_ns() const {
    return std::ranges::min(m_buffers, {}, &RecordedBuffer::first_boot_ns).first_boot_ns;
}

std::int64_t RecordingFile::end_boot_ns() const {
    return std::ranges::max(m_buffers, {}, &RecordedBuffer::last_boot_ns).last_boot_ns;
}

double RecordingFile::timeOf(std::int64_t boot_ns) const { return feedTime(m_origin, boot_ns); }

std::int64_t RecordingFile::bootOf(double time) const {
    const double since = (time - timeOf(m_origin.boot_ns)) * 1e9;
    const double bounded = std::clamp(since, -static_cast<double>(lastMoment), static_cast<double>(lastMoment));
    return m_origin.boot_ns + (std::isnan(time) ? 0 : std::llround(bounded));
}

std::int64_t RecordingFile::unixOf(std::int64_t boot_ns) const {
    const auto after = std::ranges::upper_bound(m_clock, boot_ns, {}, &Times::boot_ns);
    const Times& stretch = after == m_clock.begin() ? *after : *std::prev(after);
    return stretch.unix_ns + std::clamp(boot_ns - stretch.boot_ns, -lastMoment, lastMoment);
}

std::int64_t RecordingFile::bootOfUnix(std::int64_t unix_ns) const {
    const std::int64_t wanted = std::clamp(unix_ns, std::int64_t{0}, lastMoment);
    for (std::size_t index = 0; index < m_clock.size(); ++index) {
        const std::int64_t boot_ns =
            std::max(m_clock[index].boot_ns, m_clock[index].boot_ns + wanted - m_clock[index].unix_ns);
        const bool isLast = index + 1 == m_clock.size();
        // Before the first stretch the clock stood as in it.
        if (index == 0 && wanted < m_clock[0].unix_ns) return m_clock[0].boot_ns + wanted - m_clock[0].unix_ns;
        if (isLast || boot_ns < m_clock[index + 1].boot_ns) return boot_ns;
    }
    return always;
}

std::string RecordingFile::missing() {
    std::vector<std::string> parts;
    const bool isClosed = m_database.number(fmt::format("SELECT count(*) FROM recording WHERE key = '{}'",
                                                        recording::key::endedBoot)) != 0;
    if (m_isGrowing)
        parts.emplace_back("it is still being written");
    else if (!isClosed)
        parts.emplace_back("it was not closed, so what came in its last second may be missing");
    for (auto& row = m_read.gapSums.with(); row.next();) {
        const std::string kind = row.text(0);
        const std::int64_t gaps = row.integer(1);
        const std::int64_t count = row.integer(2);
        const std::string where = " (" + plural(gaps, "gap", "gaps") + ")";
        if (kind == recording::gap::samples)
            parts.push_back(plural(count, "sample was not taken", "samples were not taken") + where);
        else if (kind == recording::gap::items)
            parts.push_back(plural(count, "item was overwritten before it was read",
                                   "items were overwritten before they were read") +
                            where);
        else
            parts.push_back(plural(count, "event was not kept", "events were not kept") + where);
    }
    if (!m_unreadable.empty())
        parts.push_back(plural(static_cast<std::int64_t>(m_unreadable.size()), "second of samples is damaged",
                               "seconds of samples are damaged"));
    return fmt::format("{}", fmt::join(parts, "; "));
}

}  // namespace workbench
