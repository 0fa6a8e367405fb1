#include "sinks/recordingwriter.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <deque>
#include <map>
#include <optional>
#include <utility>

#include "feeds/recordingschema.hpp"
#include "sinks/newfile.hpp"
#include "sinks/recordingrows.hpp"
#include "sinks/stretches.hpp"
#include "values/printable.hpp"
#include "values/samplecodec.hpp"

namespace workbench {
namespace {

using shared_cbuff::ReaderKey;
using shared_cbuff::ReaderSample;
using Integer = std::optional<std::uint64_t>;

/// A wall clock that is off by more has been set; by less it was slewed, or read a moment later.
constexpr std::int64_t leastStep_ns = 20'000'000;
/// Items of a row at most, in bytes: a reader of the file looks for one item in as many.
constexpr std::size_t longestRun = std::size_t{1} << 20;
constexpr double second_ns = 1e9;

std::string hostName() {
    std::array<char, 256> name{};
    ::gethostname(name.data(), name.size() - 1);
    return name.data();
}

/// What may come with every sample: told once for all samples of a span, with sums. Each by itself is in the samples.
bool canMerge(EventKind kind) {
    return kind == EventKind::Overflow || kind == EventKind::Underflow || kind == EventKind::Rejected;
}

/// What is known of one buffer on its way to the file.
struct BufferRecord {
    BufferFacts facts;
    std::int64_t id = 0;
    std::vector<TimedSample> pending;
    Stretches seconds{1};
    Stretches minutes{60};
    struct Known {
        std::int64_t id = 0;
        std::int64_t seen_ns = 0;
        bool isNew = true;  // seen since the last flush
    };
    std::map<ReaderKey, Known> readers;
    struct Run {
        std::uint64_t first = 0;
        std::uint64_t count = 0;
        std::int64_t begin_ns = 0;
        std::int64_t end_ns = 0;
        std::vector<std::byte> bytes;
    } run;
    /// Events of this span, so that a storm of like ones is one row.
    struct Happening {
        Event event;
        std::optional<std::int64_t> reader;
        std::int64_t begin_ns = 0;
        std::int64_t end_ns = 0;
    };
    std::vector<Happening> events;
    double newestTime = 0;  // of the newest sample: what a gap begins with
    std::int64_t newest_ns = 0;

    bool isOf(const BufferFacts& other) const {
        return facts.identity == other.identity && facts.name == other.name && facts.machine == other.machine;
    }
};

}  // namespace

RecordingTotals& RecordingTotals::operator+=(const RecordingTotals& other) {
    buffers = std::max(buffers, other.buffers);
    samples += other.samples;
    skipped += other.skipped;
    events += other.events;
    items += other.items;
    itemsLost += other.itemsLost;
    bytes += other.bytes;
    return *this;
}

class RecordingWriter::Impl {
public:
    Impl(const std::string& path, const RecordingOptions& options);

    void take(const FeedBatch& batch, std::span<const Event> events);
    void note(const Event& note);
    void dropEvents(const BufferFacts& facts, double time, std::uint64_t count);
    void commit();
    void close();
    const std::string& path() const { return m_path; }
    RecordingTotals totals() const;
    std::int64_t span_ns() const { return m_origin ? m_newest_ns - m_started.boot_ns : 0; }

private:
    void prepare();
    BufferRecord& recordOf(const BufferFacts& facts);
    void start(const Times& times, double time);
    void takeSample(BufferRecord& record, const TimedSample& timed);
    void takeItems(BufferRecord& record, const FeedBatch& batch);
    void takeGaps(BufferRecord& record, const FeedBatch& batch);
    void takeEvent(BufferRecord& record, const FeedBatch& batch, const Event& event);
    void addReader(BufferRecord& record, const ReaderKey& key, std::string_view label, std::uint32_t pid, Integer start,
                   std::int64_t boot_ns);
    void writeStretch(BufferRecord& record, Statement& row, const std::optional<Stretch>& stretch);
    void writeSamples(BufferRecord& record);
    void writeRun(BufferRecord& record);
    void writeEvents(BufferRecord& record);
    void flush();
    void begin();
    void endTransaction();
    std::int64_t bootOf(const BufferRecord& record, const FeedBatch& batch, double time) const;
    std::int64_t bootOf(double time) const;
    std::int64_t unixOf(std::int64_t boot_ns) const { return boot_ns + m_ahead_ns; }
    template <class Work>
    void guarded(Work work);

    std::string m_path;
    RecordingOptions m_options;
    NewFile m_file;  // before the database, which it must outlive
    std::optional<Database> m_database;
    std::optional<RecordingRows> m_rows;
    std::deque<BufferRecord> m_records;
    std::optional<Times> m_origin;
    Times m_started;
    std::int64_t m_newest_ns = 0;
    std::int64_t m_flushed_ns = 0;
    std::int64_t m_ahead_ns = 0;  // of the wall clock
    unsigned m_spans = 0;         // of this transaction
    bool m_isOpen = false;        // a transaction
    std::string m_problem;        // that ended it all
    RecordingTotals m_totals;     // taken
    RecordingTotals m_kept;       // of it, what was committed
};

// ---- Opening and closing

RecordingWriter::Impl::Impl(const std::string& path, const RecordingOptions& options)
    : m_path{path}, m_options{options}, m_file{path} {
    try {
        m_database.emplace(path);
        prepare();
    } catch (...) {
        m_rows.reset();
        m_database.reset();
        m_file.remove();
        throw;
    }
}

void RecordingWriter::Impl::prepare() {
    // Pages of 16 KiB: a chunk of samples fits into one, with little left over.
    m_database->execute("PRAGMA page_size = 16384; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
    begin();
    const std::string identity = "PRAGMA application_id = " + std::to_string(recording::applicationId) +
                                 "; PRAGMA user_version = " + std::to_string(recording::schemaVersion);
    m_database->execute(identity.c_str());
    m_database->execute(recording::createStatements);
    m_rows.emplace(*m_database);
    m_rows->key.run(std::string_view{recording::key::program}, std::string_view{m_options.program});
    m_rows->key.run(std::string_view{recording::key::machine}, std::string_view{printableText(hostName())});
    m_rows->key.run(std::string_view{recording::key::part}, m_options.part);
    endTransaction();
}

/// Whatever goes wrong ends the recording: what was committed stays, what was not is given up.
template <class Work>
void RecordingWriter::Impl::guarded(Work work) {
    if (!m_problem.empty()) throw RecordingError{m_problem};
    try {
        work();
    } catch (const RecordingError& error) {
        m_problem = error.what();
        m_database->tryTo("ROLLBACK");
        m_isOpen = false;
        throw;
    }
}

void RecordingWriter::Impl::begin() {
    if (m_isOpen) return;
    m_database->execute("BEGIN IMMEDIATE");
    m_isOpen = true;
}

void RecordingWriter::Impl::endTransaction() {
    if (m_isOpen) m_database->execute("COMMIT");
    m_isOpen = false;
    m_spans = 0;
    m_kept = m_totals;
    m_kept.buffers = m_records.size();
}

void RecordingWriter::Impl::commit() {
    guarded([&] {
        flush();
        endTransaction();
    });
}

void RecordingWriter::Impl::close() {
    guarded([&] {
        flush();
        begin();
        for (BufferRecord& record : m_records) {
            writeStretch(record, m_rows->second, record.seconds.end());
            writeStretch(record, m_rows->minute, record.minutes.end());
        }
        if (m_origin) {
            m_rows->key.run(std::string_view{recording::key::endedBoot}, m_newest_ns);
            m_rows->key.run(std::string_view{recording::key::endedUnix}, unixOf(m_newest_ns));
        }
        endTransaction();
        m_rows.reset();
        // One file, which can be read where nothing can be written. Not while somebody reads it: then it stays as it
        // is.
        m_database->tryTo("PRAGMA wal_checkpoint(TRUNCATE)");
        m_database->tryTo("PRAGMA journal_mode = DELETE");
        m_problem = "the recording is closed";
    });
}

RecordingTotals RecordingWriter::Impl::totals() const {
    RecordingTotals totals = m_kept;
    totals.bytes = m_file.bytes();
    return totals;
}

// ---- Taking

void RecordingWriter::Impl::take(const FeedBatch& batch, std::span<const Event> events) {
    guarded([&] {
        BufferRecord& record = recordOf(batch.facts);
        takeGaps(record, batch);
        for (const TimedSample& timed : batch.samples) takeSample(record, timed);
        takeItems(record, batch);
        for (const Event& event : events) takeEvent(record, batch, event);
        if (m_newest_ns - m_flushed_ns < m_options.span_ns) return;
        flush();
        if (++m_spans >= m_options.spansPerTransaction) endTransaction();
    });
}

BufferRecord& RecordingWriter::Impl::recordOf(const BufferFacts& facts) {
    const auto found = std::ranges::find_if(m_records, [&](const auto& record) { return record.isOf(facts); });
    if (found != m_records.end()) return *found;
    begin();
    const std::int64_t now_ns = m_origin ? m_newest_ns : timesNow().boot_ns;
    m_rows->buffer.run(std::string_view{printableText(facts.name)}, std::string_view{printableText(facts.machine)},
                       to_string(facts.layout), facts.geometry.item_size, facts.geometry.length, facts.identity.device,
                       facts.identity.inode, now_ns, now_ns);
    BufferRecord& record = m_records.emplace_back();
    record.facts = facts;
    record.id = m_database->lastId();
    return record;
}

void RecordingWriter::Impl::start(const Times& times, double time) {
    if (m_origin) return;
    begin();
    m_started = times;
    m_origin = Times{times.boot_ns, std::llround(time * second_ns)};
    m_newest_ns = m_flushed_ns = times.boot_ns;
    m_ahead_ns = times.unix_ns - times.boot_ns;
    m_rows->key.run(std::string_view{recording::key::startedBoot}, times.boot_ns);
    m_rows->key.run(std::string_view{recording::key::startedUnix}, times.unix_ns);
    m_rows->key.run(std::string_view{recording::key::originBoot}, m_origin->boot_ns);
    m_rows->key.run(std::string_view{recording::key::originUnix}, m_origin->unix_ns);
    m_rows->clock.run(times.boot_ns, times.unix_ns);
}

void RecordingWriter::Impl::takeSample(BufferRecord& record, const TimedSample& timed) {
    start(timed.times, timed.time);
    begin();
    const std::int64_t boot_ns = timed.times.boot_ns;
    const std::int64_t ahead_ns = timed.times.unix_ns - boot_ns;
    if (std::abs(ahead_ns - m_ahead_ns) >= leastStep_ns) {
        m_ahead_ns = ahead_ns;
        m_rows->clock.run(boot_ns, timed.times.unix_ns);
    }
    for (const ReaderSample& reader : timed.sample.readers) {
        const auto known = record.readers.find(reader.key());
        if (known == record.readers.end()) {
            addReader(record, reader.key(), printableText(reader.label()), reader.pid, reader.start, boot_ns);
        } else {
            known->second.seen_ns = boot_ns;
            known->second.isNew = true;
        }
    }
    writeStretch(record, m_rows->second, record.seconds.add(timed));
    writeStretch(record, m_rows->minute, record.minutes.add(timed));
    record.pending.push_back(timed);
    record.newestTime = timed.time;
    record.newest_ns = boot_ns;
    m_newest_ns = std::max(m_newest_ns, boot_ns);
    ++m_totals.samples;
}

void RecordingWriter::Impl::addReader(BufferRecord& record, const ReaderKey& key, std::string_view label,
                                      std::uint32_t pid, Integer start, std::int64_t boot_ns) {
    begin();
    m_rows->reader.run(record.id, key.slot, key.generation, label, pid, start, boot_ns, boot_ns);
    record.readers[key] = {m_database->lastId(), boot_ns, false};
}

void RecordingWriter::Impl::takeItems(BufferRecord& record, const FeedBatch& batch) {
    for (const TimedItems& items : batch.items) {
        if (items.count == 0) continue;
        begin();
        auto& run = record.run;
        const bool follows = items.first == run.first + run.count;
        if (run.count > 0 && (!follows || run.bytes.size() + items.bytes.size() > longestRun)) writeRun(record);
        const std::int64_t time_ns = bootOf(record, batch, items.time);
        if (run.count == 0) run = {.first = items.first, .count = 0, .begin_ns = time_ns, .end_ns = 0, .bytes = {}};
        run.count += items.count;
        run.end_ns = time_ns;
        run.bytes.insert(run.bytes.end(), items.bytes.begin(), items.bytes.end());
        m_totals.items += items.count;
    }
}

void RecordingWriter::Impl::takeGaps(BufferRecord& record, const FeedBatch& batch) {
    for (const SampleGap& gap : batch.sampleGaps) {
        begin();
        m_rows->gap.run(record.id, std::string_view{recording::gap::samples}, bootOf(record, batch, gap.from),
                        bootOf(record, batch, gap.to), std::nullopt, gap.skipped);
    }
    m_totals.skipped += batch.skipped;
    for (const ItemGap& gap : batch.gaps) {
        begin();
        const std::int64_t time_ns = bootOf(record, batch, gap.time);
        m_rows->gap.run(record.id, std::string_view{recording::gap::items}, time_ns, time_ns, gap.first, gap.count);
        m_totals.itemsLost += gap.count;
    }
}

void RecordingWriter::Impl::takeEvent(BufferRecord& record, const FeedBatch& batch, const Event& event) {
    begin();
    const std::int64_t time_ns = bootOf(record, batch, event.time);
    ++m_totals.events;
    if (event.kind == EventKind::Note) {
        const std::string detail = event.detail.toStdString();
        m_rows->note.run(record.id, time_ns, unixOf(time_ns), std::string_view{detail});
        return;
    }
    std::optional<std::int64_t> reader;
    if (event.reader) {
        auto known = record.readers.find(event.reader->key);
        if (known == record.readers.end()) {
            const std::string label = event.reader->label.toStdString();
            addReader(record, event.reader->key, label, event.reader->pid, std::nullopt, time_ns);
            known = record.readers.find(event.reader->key);
        }
        reader = known->second.id;
    }
    const std::int64_t until_ns = event.until > event.time ? bootOf(record, batch, event.until) : time_ns;
    const auto alike = std::find_if(record.events.rbegin(), record.events.rend(), [&](const auto& before) {
        return canMerge(event.kind) && before.event.kind == event.kind && before.reader == reader;
    });
    if (alike == record.events.rend()) {
        record.events.push_back({event, reader, time_ns, until_ns});
        return;
    }
    alike->event.amount += event.amount;
    alike->event.count += event.count;
    alike->end_ns = until_ns;
}

void RecordingWriter::Impl::writeEvents(BufferRecord& record) {
    for (const auto& [event, reader, begin_ns, end_ns] : record.events) {
        const std::string detail = event.detail.toStdString();
        m_rows->event.run(record.id, reader, begin_ns, unixOf(begin_ns), end_ns, static_cast<int>(event.kind),
                          recordedWord(event.kind), event.amount, event.count, event.lost, event.pid, event.epoch,
                          event.isConsumer, std::string_view{detail});
    }
    record.events.clear();
}

void RecordingWriter::Impl::note(const Event& note) {
    guarded([&] {
        begin();
        const std::int64_t time_ns = bootOf(note.time);
        m_rows->note.run(std::nullopt, time_ns, unixOf(time_ns), std::string_view{note.detail.toStdString()});
        ++m_totals.events;
    });
}

void RecordingWriter::Impl::dropEvents(const BufferFacts& facts, double time, std::uint64_t count) {
    guarded([&] {
        const BufferRecord& record = recordOf(facts);
        begin();
        const std::int64_t time_ns = bootOf(time);
        m_rows->gap.run(record.id, std::string_view{recording::gap::events}, time_ns, time_ns, std::nullopt, count);
    });
}

// ---- Times: what a feed calls a moment, on the boot clock

/// To the nanosecond for the moments of samples, which is what gaps and events tell.
std::int64_t RecordingWriter::Impl::bootOf(const BufferRecord& record, const FeedBatch& batch, double time) const {
    if (record.newest_ns != 0 && time == record.newestTime) return record.newest_ns;
    const auto found = std::ranges::lower_bound(batch.samples, time, {}, &TimedSample::time);
    if (found != batch.samples.end() && found->time == time) return found->times.boot_ns;
    if (!m_origin && !batch.samples.empty()) {
        const TimedSample& first = batch.samples.front();
        return first.times.boot_ns + std::llround((time - first.time) * second_ns);
    }
    return bootOf(time);
}

std::int64_t RecordingWriter::Impl::bootOf(double time) const {
    if (!m_origin) return timesNow().boot_ns;
    return m_origin->boot_ns + std::llround((time - static_cast<double>(m_origin->unix_ns) / second_ns) * second_ns);
}

// ---- Rows

void RecordingWriter::Impl::writeStretch(BufferRecord& record, Statement& row, const std::optional<Stretch>& stretch) {
    if (!stretch) return;
    const auto none = std::nullopt;
    row.run(record.id, none, stretch->begin_s, stretch->unix_s, stretch->samples, to_string(stretch->state),
            stretch->usage.least, stretch->usage.most, stretch->usage.last, stretch->pushed, stretch->rejected, none,
            none, none, none);
    for (const Stretch::Reader& reader : stretch->readers) {
        row.run(record.id, record.readers.at(reader.key).id, stretch->begin_s, stretch->unix_s, reader.samples,
                to_string(reader.state), reader.usage.least, reader.usage.most, reader.usage.last, none, none,
                reader.popped, reader.lost, reader.overruns, reader.underflows);
    }
}

void RecordingWriter::Impl::writeSamples(BufferRecord& record) {
    for (std::span<const TimedSample> rest{record.pending}; !rest.empty();) {
        const auto samples = rest.first(fittingSamples(rest));
        rest = rest.subspan(samples.size());
        const auto chunk = encodeSamples(samples);
        m_rows->chunk.run(record.id, samples.front().times.boot_ns, samples.back().times.boot_ns,
                          samples.front().times.unix_ns, samples.back().times.unix_ns, samples.size(),
                          std::span<const std::byte>{chunk});
    }
}

void RecordingWriter::Impl::writeRun(BufferRecord& record) {
    auto& run = record.run;
    if (run.count == 0) return;
    const auto packed = packBytes(run.bytes);
    m_rows->items.run(record.id, run.first, run.count, run.begin_ns, run.end_ns, std::span<const std::byte>{packed});
    run.count = 0;
    run.bytes.clear();
}

void RecordingWriter::Impl::flush() {
    begin();
    for (BufferRecord& record : m_records) {
        writeRun(record);
        writeEvents(record);
        if (record.pending.empty()) continue;
        writeSamples(record);
        const auto& sample = record.pending.back().sample;
        const bool isKnown = record.facts.layout == shared_cbuff::Layout::extended;
        m_rows->bufferSeen.run(isKnown ? std::optional{to_string(sample.policy)} : std::nullopt,
                               isKnown ? Integer{sample.max_readers} : std::nullopt,
                               isKnown && sample.created_unix_ns != 0 ? Integer{sample.created_unix_ns} : std::nullopt,
                               record.newest_ns, record.id);
        for (auto& [key, known] : record.readers) {
            if (std::exchange(known.isNew, false)) m_rows->readerSeen.run(known.seen_ns, known.id);
        }
        record.pending.clear();
    }
    m_flushed_ns = m_newest_ns;
}

// ---- The public face

RecordingWriter::RecordingWriter(const std::string& path, RecordingOptions options)
    : m_impl{std::make_unique<Impl>(path, std::move(options))} {}
RecordingWriter::~RecordingWriter() = default;
void RecordingWriter::take(const FeedBatch& batch, std::span<const Event> events) { m_impl->take(batch, events); }
void RecordingWriter::note(const Event& note) { m_impl->note(note); }
void RecordingWriter::dropEvents(const BufferFacts& facts, double time, std::uint64_t count) {
    m_impl->dropEvents(facts, time, count);
}
void RecordingWriter::commit() { m_impl->commit(); }
void RecordingWriter::close() { m_impl->close(); }
const std::string& RecordingWriter::path() const { return m_impl->path(); }
RecordingTotals RecordingWriter::totals() const { return m_impl->totals(); }
std::int64_t RecordingWriter::span_ns() const { return m_impl->span_ns(); }

}  // namespace workbench
