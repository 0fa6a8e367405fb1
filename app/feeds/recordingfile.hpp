#pragma once
// A recording (.cbrec), opened to be read: what is in it, and any stretch of it by its time.
// Thread contract: belongs to one thread. Another process may be writing the file.
//
// Moments are boot_ns, nanoseconds on the boot clock of the machine that was recorded; a stretch is (after, to]. Every
// query goes by an index, and is as long as its answer. The bytes may be anything: what makes no sense is an error or
// is left out, and then missing() says so.

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "feeds/samplefeed.hpp"
#include "feeds/sqlitereading.hpp"

namespace workbench {

struct RecordedBuffer {
    std::int64_t id = 0;
    BufferFacts facts;
    std::int64_t first_boot_ns = 0;  ///< of its samples
    std::int64_t last_boot_ns = 0;
};

/// How closely a recording tells of the past.
enum class StretchLength { second, minute };

class RecordingFile {
public:
    /// More than any recorder takes: what bounds a second that makes no sense.
    static constexpr std::size_t mostSamplesASecond = 100'000;
    static constexpr std::int64_t always = std::numeric_limits<std::int64_t>::max();

    /// Throws UnreadableRecording: no such file, no recording, a newer one, damaged, unreadable.
    explicit RecordingFile(const std::string& path);

    const std::string& path() const { return m_database.path(); }
    /// In the order in which they were recorded. A name may be there more than once: one buffer after the other.
    const std::vector<RecordedBuffer>& buffers() const { return m_buffers; }
    std::int64_t begin_boot_ns() const;
    std::int64_t end_boot_ns() const;
    /// Another process has not closed it yet.
    bool isGrowing() const { return m_isGrowing; }
    /// What it has not: sentences without a full stop at the end, joined by semicolons. Empty: it is complete.
    std::string missing();
    /// Sees what was added since: later ends, new buffers behind the others. Throws UnreadableRecording.
    void refresh();

    /// Seconds as the feed told them that was recorded.
    double timeOf(std::int64_t boot_ns) const;
    /// The inverse, up to what a double can hold (some 0.3 microseconds).
    std::int64_t bootOf(double time) const;
    /// What the wall clock said then, nanoseconds since 1970.
    std::int64_t unixOf(std::int64_t boot_ns) const;
    /// The first moment at which it said so, or later.
    std::int64_t bootOfUnix(std::int64_t unix_ns) const;

    /// The oldest `most` of a stretch.
    std::vector<TimedSample> samples(const RecordedBuffer& buffer, std::int64_t after, std::int64_t to,
                                     std::size_t most);
    /// The newest one not after this moment.
    std::optional<TimedSample> sampleAt(const RecordedBuffer& buffer, std::int64_t boot_ns);
    /// Moments of up to `most` samples before `boot_ns`, newest first.
    std::vector<std::int64_t> momentsBefore(const RecordedBuffer& buffer, std::int64_t boot_ns, std::size_t most);
    /// How many samples there are, up to a chunk at either end of the stretch.
    std::uint64_t sampleCount(const RecordedBuffer& buffer, std::int64_t after, std::int64_t to);
    /// Those that begin in [from_s, to_s), seconds of the boot clock.
    std::vector<PastStretch> stretches(const RecordedBuffer& buffer, StretchLength length, std::int64_t from_s,
                                       std::int64_t to_s);
    /// The newest `most` of a stretch, oldest first, notes included.
    std::vector<Event> events(const RecordedBuffer& buffer, std::int64_t after, std::int64_t to, std::size_t most);
    std::vector<SampleGap> sampleGaps(const RecordedBuffer& buffer, std::int64_t after, std::int64_t to);
    std::vector<ItemGap> itemGaps(const RecordedBuffer& buffer, std::int64_t after, std::int64_t to);
    /// Runs of items that were read in a stretch, the oldest ones up to `mostBytes` and at least one.
    std::vector<TimedItems> itemRuns(const RecordedBuffer& buffer, std::int64_t after, std::int64_t to,
                                     std::size_t mostBytes);
    /// Up to `count` consecutive items from number `first` on, or from the next one that was recorded, that had been
    /// read by `to`. Nothing if there are none.
    std::optional<Items> items(const RecordedBuffer& buffer, std::uint64_t first, std::uint64_t count,
                               std::int64_t to = always);
    /// Number of the oldest item recorded by `to`, and one more than that of the newest; nothing without items.
    struct ItemNumbers {
        std::uint64_t first = 0;
        std::uint64_t end = 0;
    };
    std::optional<ItemNumbers> itemNumbers(const RecordedBuffer& buffer, std::int64_t to = always);

private:
    struct Reader {
        std::int64_t buffer = 0;
        shared_cbuff::ReaderKey key;
        std::string label;  // its bytes
        std::uint32_t pid = 0;
    };
    /// The chunk that was decoded last, of one buffer: a present that moves on, or steps, stays within it for long.
    struct Decoded {
        std::int64_t chunk = 0;
        std::vector<TimedSample> samples;
    };
    struct Statements {
        explicit Statements(const ReadingDatabase& database);
        ReadingStatement buffers, readers, firstChunk, lastChunk, chunkAt, chunksBetween, chunkData, seconds, minutes,
            events, notes, gaps, gapSums, runAt, runsFrom, runsBetween, firstRun, lastRun;
    };

    void readOrigin();
    void readBuffers();
    void readReaders();
    void readClock();
    RecordedBuffer bufferOf(const ReadingStatement& row) const;
    const Reader* reader(std::int64_t id) const;
    std::int64_t chunkStart(const RecordedBuffer& buffer, std::int64_t boot_ns);
    const std::vector<TimedSample>& decoded(const RecordedBuffer& buffer, std::int64_t chunk);
    Event eventOf(const RecordedBuffer& buffer, const ReadingStatement& row) const;
    std::vector<std::byte> bytesOf(const RecordedBuffer& buffer, const ReadingStatement& row, int count,
                                   int data) const;

    ReadingDatabase m_database;
    bool m_isGrowing;
    Times m_origin;
    Statements m_read;
    std::vector<RecordedBuffer> m_buffers;
    std::map<std::int64_t, Reader> m_readers;
    std::vector<Times> m_clock;  // by boot_ns, never empty
    std::map<std::int64_t, Decoded> m_decoded;
    std::set<std::int64_t> m_unreadable;  // chunks that make no sense, as far as they were met
};

}  // namespace workbench
