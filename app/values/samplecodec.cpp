#include "values/samplecodec.hpp"

#include <zstd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <map>
#include <new>
#include <optional>
#include <set>
#include <string>
#include <type_traits>

#include "values/columns.hpp"

namespace workbench {
namespace {

using columns::Values;
using shared_cbuff::BufferState;
using shared_cbuff::Layout;
using shared_cbuff::OverflowPolicy;
using shared_cbuff::ReaderSample;
using shared_cbuff::ReaderState;
using shared_cbuff::Sample;
using shared_cbuff::WriterState;

constexpr std::byte chunkVersion{1};
constexpr std::size_t largestContent = std::size_t{1} << 26;
constexpr std::int64_t fineStep_ns = 1000;

// In chunks a state is its number.
static_assert(static_cast<int>(Layout::classic) == 1 && static_cast<int>(OverflowPolicy::reject) == 1);
static_assert(static_cast<int>(BufferState::alive) == 0 && static_cast<int>(BufferState::unknown) == 7);
static_assert(static_cast<int>(WriterState::alive) == 0 && static_cast<int>(WriterState::unknown) == 4);
static_assert(static_cast<int>(ReaderState::alive) == 0 && static_cast<int>(ReaderState::unknown) == 3);
template <class Enum>
constexpr std::uint64_t lastOf() {
    if constexpr (std::is_same_v<Enum, BufferState>) return 7;
    if constexpr (std::is_same_v<Enum, WriterState>) return 4;
    if constexpr (std::is_same_v<Enum, ReaderState>) return 3;
    return 1;
}

[[noreturn]] void refuse(const char* what) { throw CodecError{std::string{"a chunk of samples is damaged: "} + what}; }

/// What stays as it is for as long as a reader is there. One whose does not is another reader to a chunk.
struct Identity {
    std::uint32_t slot = 0;
    std::uint64_t generation = 0;
    std::uint32_t pid = 0;
    std::uint64_t start_time = 0;
    std::uint64_t start = 0;
    std::array<char, shared_cbuff::label_capacity> label{};
    friend auto operator<=>(const Identity&, const Identity&) = default;
};

Identity identityOf(const ReaderSample& reader) {
    return {reader.slot, reader.generation, reader.pid, reader.start_time, reader.start, reader.label_bytes};
}

/// What one reader told before the present sample.
struct Before {
    std::uint64_t pending = 0;
    std::uint64_t usage = 0;
    std::uint64_t high_water = 0;
};

/// One row of values, each stored as its difference from what can be told without it: written from the row's sample or
/// filled in again, by the very same statements.
class Row {
public:
    enum class Way { store, restore };
    Row(Way way, std::span<std::uint64_t> values) : m_way{way}, m_rest{values} {}

    template <class Value>
    void link(Value& value, std::uint64_t told = 0) {
        std::uint64_t& stored = m_rest.front();
        m_rest = m_rest.subspan(1);
        if (m_way == Way::store) {
            stored = static_cast<std::uint64_t>(value) - told;
            return;
        }
        const std::uint64_t restored = stored + told;
        std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
        if constexpr (std::is_enum_v<Value>) most = lastOf<Value>();
        if constexpr (std::is_same_v<Value, bool>) most = 1;
        if constexpr (std::is_same_v<Value, std::uint32_t>) most = std::numeric_limits<std::uint32_t>::max();
        if (restored > most) refuse("a value in it cannot be");
        value = static_cast<Value>(restored);
    }

private:
    Way m_way;
    std::span<std::uint64_t> m_rest;
};

constexpr std::size_t pushedColumn = 3;  // after the three of time
constexpr std::size_t bufferColumns = 24;
constexpr std::size_t cursorColumn = 1;
constexpr std::size_t readerColumns = 12;

std::uint64_t less(std::uint64_t a, std::uint64_t b) { return a > b ? a - b : 0; }

/// FORMAT.md's balance, as it stood when chunks of this version were made: it may not change under them.
struct Balance {
    std::uint64_t pending = 0;
    std::uint64_t usage = 0;
};
Balance balanceOf(const Sample& sample, std::uint64_t cursor) {
    const std::uint64_t ahead = less(sample.pushed, cursor);
    const std::uint64_t gone = less(less(sample.intent, sample.geometry.length), cursor);
    const std::uint64_t pending = std::min(gone, ahead);
    return {pending, std::min(ahead - pending, sample.geometry.length)};
}

void linkReader(Row& row, ReaderSample& reader, const Sample& sample, Before& before) {
    row.link(reader.state);
    row.link(reader.cursor);
    const bool loses = reader.state == ReaderState::alive || reader.state == ReaderState::unknown;
    const Balance balance = loses ? balanceOf(sample, reader.cursor) : Balance{before.pending, before.usage};
    row.link(reader.pending, balance.pending);
    row.link(reader.usage, balance.usage);
    row.link(reader.lost, reader.pending);
    row.link(reader.popped, reader.cursor - reader.start - (reader.lost - reader.pending));
    const bool isBehind = reader.pending > 0;
    row.link(reader.overruns, isBehind ? 1 : 0);
    row.link(reader.underflows);
    row.link(reader.high_water, std::max(before.high_water, isBehind ? sample.geometry.length : reader.usage));
    row.link(reader.lost_is_lower_bound);
    bool isTold = reader.unread_at_death.has_value();
    row.link(isTold);
    std::uint64_t unread = reader.unread_at_death.value_or(reader.usage);
    row.link(unread, reader.usage);
    reader.unread_at_death = isTold ? std::optional{unread} : std::nullopt;
    before = {reader.pending, reader.usage, reader.high_water};
}

/// Before its readers. The three columns of time are the first of a row, and not linked here.
void linkHead(Row& row, Sample& sample) {
    row.link(sample.pushed);
    row.link(sample.intent, sample.pushed);
    row.link(sample.rejected);
    row.link(sample.layout);
    row.link(sample.geometry.item_size);
    row.link(sample.geometry.length);
    row.link(sample.policy);
    row.link(sample.max_readers);
    row.link(sample.created_unix_ns);
    row.link(sample.state);
    row.link(sample.writer.state);
    row.link(sample.writer.pid);
    row.link(sample.writer.start_time);
    row.link(sample.writer.epoch);
    row.link(sample.writer.is_locked);
}

/// After its readers, who tell most of it.
void linkTail(Row& row, Sample& sample, std::uint64_t& text) {
    std::uint64_t usage = 0;
    std::uint64_t high_water = 0;
    bool anyAlive = false;
    for (const ReaderSample& reader : sample.readers) {
        high_water = std::max(high_water, reader.high_water);
        if (reader.state != ReaderState::alive) continue;
        anyAlive = true;
        usage = std::max(usage, reader.usage);
    }
    const std::uint64_t length = sample.geometry.length;
    row.link(sample.usage, usage);
    row.link(sample.retained, less(sample.pushed, less(sample.intent, length)));
    std::uint64_t hasLiving = sample.has_living_reader;
    row.link(hasLiving, anyAlive ? 1 : 0);
    if (hasLiving > 1) refuse("a value in it cannot be");
    sample.has_living_reader = hasLiving == 1;
    row.link(sample.high_water, high_water);
    const bool isNumbered = sample.layout == Layout::extended && sample.state != BufferState::damaged && length > 0;
    row.link(sample.write_slot, isNumbered ? sample.pushed % length : 0);
    row.link(text);
}

/// One reader's part of a chunk.
struct Track {
    Identity identity;
    Values isThere;        // one a sample
    Values values;         // rows of readerColumns, one for each sample that it is in
    std::size_t next = 0;  // row
    Before before = {};

    std::size_t rows() const { return values.size() / readerColumns; }
    std::span<std::uint64_t> nextRow() { return std::span{values}.subspan(readerColumns * next++, readerColumns); }
};

Values columnOf(const Values& rows, std::size_t width, std::size_t column) {
    Values values(rows.size() / width);
    for (std::size_t index = 0; index < values.size(); ++index) values[index] = rows[index * width + column];
    return values;
}

Values pushedAt(const Track& track, const Values& pushed) {
    Values there;
    for (std::size_t index = 0; index < pushed.size(); ++index) {
        if (track.isThere[index] != 0) there.push_back(pushed[index]);
    }
    return there;
}

// ---- Time: a grid of whole periods, and how much later than that a sample was

std::uint64_t boot(const TimedSample& sample) { return static_cast<std::uint64_t>(sample.times.boot_ns); }

std::uint64_t medianGap(std::span<const TimedSample> samples) {
    Values gaps;
    for (std::size_t index = 1; index < samples.size(); ++index) {
        gaps.push_back(boot(samples[index]) - boot(samples[index - 1]));
    }
    if (gaps.empty()) return 1;
    const auto middle = gaps.begin() + static_cast<std::ptrdiff_t>(gaps.size() / 2);
    std::ranges::nth_element(gaps, middle);
    return std::clamp<std::uint64_t>(*middle, 1, std::uint64_t{1} << 62);
}

struct Grid {
    std::uint64_t period = 1;
    Values steps;  // whole periods since the sample before, less 1
    Values late;   // boot_ns without all whole periods
};

Grid gridOf(std::span<const TimedSample> samples, std::uint64_t period) {
    Grid grid{period, {0}, {boot(samples.front())}};
    std::uint64_t whole = 0;
    for (const TimedSample& sample : samples.subspan(1)) {
        const std::uint64_t since = boot(sample) - boot(samples.front()) - whole;
        const bool wentBack = since >> 63 != 0;
        const std::uint64_t steps = wentBack ? 0 : (since + period / 2) / period;
        whole += steps * period;
        grid.steps.push_back(steps - 1);
        grid.late.push_back(boot(sample) - whole);
    }
    return grid;
}

Grid bestGrid(std::span<const TimedSample> samples) {
    Grid best = gridOf(samples, medianGap(samples));
    std::uint64_t total = 0;
    for (std::size_t index = 1; index < samples.size(); ++index) total += best.steps[index] + 1;
    const std::uint64_t span = boot(samples.back()) - boot(samples.front());
    if (total == 0 || span >> 62 != 0) return best;
    const std::uint64_t mean = std::max<std::uint64_t>(span / total, 1);
    const std::uint64_t round = (mean + fineStep_ns / 2) / fineStep_ns * fineStep_ns;
    for (const std::uint64_t period : {mean, round}) {
        if (period == 0) continue;
        Grid other = gridOf(samples, period);
        if (columns::costOf(other.late) < columns::costOf(best.late)) best = std::move(other);
    }
    return best;
}

// ---- Writing

std::map<Identity, Track> findTracks(std::span<const TimedSample> samples) {
    std::map<Identity, Track> tracks;
    for (std::size_t index = 0; index < samples.size(); ++index) {
        std::optional<std::uint32_t> last;
        for (const ReaderSample& reader : samples[index].sample.readers) {
            if (last && reader.slot <= *last) throw std::invalid_argument{"readers that are not sorted by slot"};
            last = reader.slot;
            Track& track = tracks[identityOf(reader)];
            track.isThere.resize(samples.size());
            track.isThere[index] = 1;
            track.values.resize(track.values.size() + readerColumns);
        }
    }
    for (auto& [identity, track] : tracks) track.identity = identity;
    return tracks;
}

void writeTracks(columns::Writer& writer, const std::map<Identity, Track>& tracks) {
    for (const auto& [identity, track] : tracks) {
        writer.number(identity.slot);
        writer.number(identity.generation);
        writer.number(identity.pid);
        writer.number(identity.start_time);
        writer.number(identity.start);
        writer.bytes(std::as_bytes(std::span{identity.label}));
    }
}

/// Rows of all samples; their readers' rows go to the tracks, their texts to `texts`.
Values makeRows(std::span<const TimedSample> samples, const Grid& grid, std::map<Identity, Track>& tracks,
                std::vector<std::string>& texts) {
    Values rows(samples.size() * bufferColumns);
    std::map<std::string, std::uint64_t> numberOfText{{"", 0}};
    for (std::size_t index = 0; index < samples.size(); ++index) {
        const auto values = std::span{rows}.subspan(index * bufferColumns, bufferColumns);
        const Times& times = samples[index].times;
        values[0] = grid.steps[index];
        values[1] = grid.late[index];
        values[2] = static_cast<std::uint64_t>(times.unix_ns) - static_cast<std::uint64_t>(times.boot_ns);
        Sample sample = samples[index].sample;
        Row row{Row::Way::store, values.subspan(pushedColumn)};
        linkHead(row, sample);
        for (ReaderSample& reader : sample.readers) {
            Track& track = tracks.at(identityOf(reader));
            Row readerRow{Row::Way::store, track.nextRow()};
            linkReader(readerRow, reader, sample, track.before);
        }
        auto [text, isNew] = numberOfText.try_emplace(sample.damage, texts.size());
        if (isNew) texts.push_back(sample.damage);
        linkTail(row, sample, text->second);
    }
    return rows;
}

}  // namespace

double feedTime(const Times& origin, std::int64_t boot_ns) {
    // Of damaged bytes the difference may be any: it wraps.
    const auto since = static_cast<std::uint64_t>(boot_ns) - static_cast<std::uint64_t>(origin.boot_ns);
    return static_cast<double>(origin.unix_ns) * 1e-9 + static_cast<double>(static_cast<std::int64_t>(since)) * 1e-9;
}

std::size_t fittingSamples(std::span<const TimedSample> samples) {
    std::set<Identity> readers;
    const std::size_t most = std::min(samples.size(), maxChunkSamples);
    for (std::size_t index = 0; index < most; ++index) {
        for (const ReaderSample& reader : samples[index].sample.readers) readers.insert(identityOf(reader));
        if (readers.size() * (index + 1) > maxChunkReaders) return index;
    }
    return most;
}

std::vector<std::byte> encodeSamples(std::span<const TimedSample> samples) {
    if (samples.empty() || samples.size() > maxChunkSamples) throw std::invalid_argument{"no samples, or too many"};
    auto tracks = findTracks(samples);
    if (tracks.size() * samples.size() > maxChunkReaders) throw std::invalid_argument{"too many readers for a chunk"};
    const Grid grid = bestGrid(samples);
    std::vector<std::string> texts{""};
    const Values rows = makeRows(samples, grid, tracks, texts);
    columns::Writer writer;
    for (const std::uint64_t number :
         {std::uint64_t{samples.size()}, grid.period, std::uint64_t{tracks.size()}, std::uint64_t{texts.size()}}) {
        writer.number(number);
    }
    for (const std::string& text : texts) {
        writer.number(text.size());
        writer.bytes(std::as_bytes(std::span{text}));
    }
    writeTracks(writer, tracks);
    for (std::size_t column = 0; column < bufferColumns; ++column) {
        writer.column(columnOf(rows, bufferColumns, column));
    }
    const Values pushed = columnOf(rows, bufferColumns, pushedColumn);
    for (const auto& [identity, track] : tracks) {
        writer.column(track.isThere);
        const Values reference = pushedAt(track, pushed);
        for (std::size_t column = 0; column < readerColumns; ++column) {
            writer.column(columnOf(track.values, readerColumns, column),
                          column == cursorColumn ? std::span{reference} : std::span<const std::uint64_t>{});
        }
    }
    std::vector<std::byte> chunk{chunkVersion};
    const auto frame = writer.compressed();
    chunk.insert(chunk.end(), frame.begin(), frame.end());
    return chunk;
}

// ---- Reading

namespace {

struct Content {
    std::uint64_t period = 0;
    std::vector<std::string> texts;
    std::vector<Track> tracks;
    Values rows;  // of bufferColumns
};

std::uint32_t number32(columns::Reader& reader) {
    return static_cast<std::uint32_t>(reader.number(std::numeric_limits<std::uint32_t>::max()));
}

Track readIdentity(columns::Reader& reader) {
    Track track;
    Identity& identity = track.identity;
    identity.slot = number32(reader);
    identity.generation = reader.number();
    identity.pid = number32(reader);
    identity.start_time = reader.number();
    identity.start = reader.number();
    const auto label = reader.bytes(identity.label.size());
    std::memcpy(identity.label.data(), label.data(), label.size());
    return track;
}

void fillColumn(Values& rows, std::size_t width, std::size_t column, const Values& values) {
    for (std::size_t index = 0; index < values.size(); ++index) rows[index * width + column] = values[index];
}

void readTrack(columns::Reader& reader, Track& track, const Values& pushed) {
    track.isThere = reader.column(pushed.size());
    std::size_t rows = 0;
    for (const std::uint64_t there : track.isThere) {
        if (there > 1) refuse("a reader in it is neither there nor not");
        rows += there;
    }
    if (rows == 0) refuse("a reader in it is in none of its samples");
    track.values.resize(rows * readerColumns);
    const Values reference = pushedAt(track, pushed);
    for (std::size_t column = 0; column < readerColumns; ++column) {
        fillColumn(
            track.values, readerColumns, column,
            reader.column(rows, column == cursorColumn ? std::span{reference} : std::span<const std::uint64_t>{}));
    }
}

Content readContent(columns::Reader& reader) {
    Content content;
    const std::size_t count = reader.number(maxChunkSamples);
    if (count == 0) refuse("it holds no sample");
    content.period = reader.number();
    const std::size_t readers = reader.number(maxChunkReaders / count);
    const std::size_t texts = reader.number(count + 1);
    for (std::size_t index = 0; index < texts; ++index) {
        const auto text = reader.bytes(reader.number(largestContent));
        content.texts.emplace_back(reinterpret_cast<const char*>(text.data()), text.size());
    }
    for (std::size_t index = 0; index < readers; ++index) {
        content.tracks.push_back(readIdentity(reader));
        if (index > 0 && !(content.tracks[index - 1].identity < content.tracks[index].identity)) {
            refuse("its readers are in no order");
        }
    }
    content.rows.resize(count * bufferColumns);
    Values pushed;
    for (std::size_t column = 0; column < bufferColumns; ++column) {
        Values values = reader.column(count);
        fillColumn(content.rows, bufferColumns, column, values);
        if (column == pushedColumn) pushed = std::move(values);
    }
    for (Track& track : content.tracks) readTrack(reader, track, pushed);
    if (!reader.isAtEnd()) refuse("it goes on behind its end");
    return content;
}

void fillReader(ReaderSample& reader, const Identity& identity) {
    reader.slot = identity.slot;
    reader.generation = identity.generation;
    reader.pid = identity.pid;
    reader.start_time = identity.start_time;
    reader.start = identity.start;
    reader.label_bytes = identity.label;
}

void fillSample(TimedSample& timed, Content& content, std::size_t index) {
    Sample& sample = timed.sample;
    Row row{Row::Way::restore,
            std::span{content.rows}.subspan(index * bufferColumns + pushedColumn, bufferColumns - pushedColumn)};
    linkHead(row, sample);
    for (Track& track : content.tracks) {
        if (track.isThere[index] == 0) continue;
        if (!sample.readers.empty() && sample.readers.back().slot == track.identity.slot) {
            refuse("two readers in it have one slot");
        }
        ReaderSample& reader = sample.readers.emplace_back();
        fillReader(reader, track.identity);
        Row readerRow{Row::Way::restore, track.nextRow()};
        linkReader(readerRow, reader, sample, track.before);
    }
    std::uint64_t text = 0;
    linkTail(row, sample, text);
    if (text >= content.texts.size()) refuse("a text in it is missing");
    sample.damage = content.texts[text];
}

}  // namespace

std::vector<TimedSample> decodeSamples(std::span<const std::byte> chunk, const Times& origin) {
    if (chunk.empty()) refuse("it is empty");
    if (chunk.front() != chunkVersion) {
        throw CodecError{"a chunk of samples is of version " + std::to_string(std::to_integer<int>(chunk.front())) +
                         ", which this program does not know; open it with a newer one"};
    }
    const auto bytes = columns::decompressed(chunk.subspan(1), largestContent);
    columns::Reader reader{bytes};
    Content content = readContent(reader);
    std::vector<TimedSample> samples(content.rows.size() / bufferColumns);
    std::uint64_t whole = 0;
    for (std::size_t index = 0; index < samples.size(); ++index) {
        const auto row = std::span{content.rows}.subspan(index * bufferColumns, bufferColumns);
        if (index > 0) whole += (row[0] + 1) * content.period;
        TimedSample& timed = samples[index];
        const std::uint64_t boot_ns = row[1] + whole;
        timed.times = {static_cast<std::int64_t>(boot_ns), static_cast<std::int64_t>(boot_ns + row[2])};
        timed.time = feedTime(origin, timed.times.boot_ns);
        timed.sample.taken_at = std::chrono::steady_clock::time_point{std::chrono::nanoseconds{timed.times.boot_ns}};
        fillSample(timed, content, index);
    }
    return samples;
}

std::vector<std::byte> packBytes(std::span<const std::byte> bytes) {
    std::vector<std::byte> packed(ZSTD_compressBound(bytes.size()));
    const std::size_t size = ZSTD_compress(packed.data(), packed.size(), bytes.data(), bytes.size(), 1);
    if (ZSTD_isError(size) != 0) throw std::bad_alloc{};  // its only reason with room enough
    packed.resize(size);
    return packed;
}

std::vector<std::byte> unpackBytes(std::span<const std::byte> packed, std::size_t size) {
    auto bytes = columns::decompressed(packed, size);
    if (bytes.size() != size) throw CodecError{"compressed data is damaged: it is shorter than it should be"};
    return bytes;
}

}  // namespace workbench
