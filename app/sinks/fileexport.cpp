#include "sinks/fileexport.hpp"

#include <fmt/format.h>

#include <QJsonDocument>
#include <QJsonObject>
#include <cmath>
#include <iterator>
#include <string>
#include <utility>

#include "shared_cbuff/item.hpp"
#include "story/eventtext.hpp"
#include "values/isotime.hpp"
#include "values/itemtext.hpp"
#include "values/printable.hpp"
#include "values/samplejson.hpp"

namespace workbench {
namespace {

using namespace Qt::StringLiterals;
using shared_cbuff::BufferState;
using shared_cbuff::Layout;
using shared_cbuff::ReaderSample;
using shared_cbuff::Sample;

constexpr std::string_view csvHeader =
    "time (ISO 8601),elapsed (s),buffer,state,writer,writer pid,length (items),pushed (items),rejected (pushes),"
    "retained (items),buffer usage (items),slot,reader,reader pid,reader state,usage (items),popped (items),"
    "lost (items),lost is a lower bound,overruns (events),underflows (events),high water (items),cursor (items)\r\n";
/// More than JSON's readers take as a whole number.
constexpr std::uint64_t tooLarge = std::uint64_t{1} << 63;
constexpr std::string_view noReader = ",,,,,,,,,,,,\r\n";

std::int64_t unixNs(double seconds) { return std::llround(seconds * 1e9); }

QString text(std::string_view bytes) { return QString::fromUtf8(bytes.data(), static_cast<qsizetype>(bytes.size())); }

bool tellsCounters(const Sample& sample) {
    return sample.layout == Layout::extended && sample.state != BufferState::damaged;
}

std::string numberIf(bool isKnown, std::uint64_t value) { return isKnown ? std::to_string(value) : std::string{}; }

class CsvExport final : public FileExport {
public:
    CsvExport(double begin, Write write) : m_begin{begin}, m_write{std::move(write)} { m_write(csvHeader); }

    void take(const FeedBatch& batch, std::span<const Event>) override {
        const std::string name = csvField(printableText(batch.facts.name));
        for (const TimedSample& timed : batch.samples) sample(name, timed);
    }
    void finish() override {}

private:
    void sample(const std::string& name, const TimedSample& timed) {
        const Sample& sample = timed.sample;
        const bool isKnown = tellsCounters(sample);
        const std::string own = fmt::format(
            "{},{:.6f},{},{},{},{},{},{},{},{},{}", isoTime(timed.times.unix_ns), timed.time - m_begin, name,
            to_string(sample.state), to_string(sample.writer.state),
            numberIf(isKnown && sample.writer.pid != 0, sample.writer.pid), sample.geometry.length,
            numberIf(isKnown, sample.pushed), numberIf(isKnown, sample.rejected), numberIf(isKnown, sample.retained),
            numberIf(isKnown && sample.has_living_reader, sample.usage));
        m_row.clear();
        if (!isKnown || sample.readers.empty()) {
            m_row.append(own).append(noReader);
        } else {
            for (const ReaderSample& reader : sample.readers) appendReader(own, reader);
        }
        m_write(m_row);
    }

    void appendReader(const std::string& own, const ReaderSample& reader) {
        fmt::format_to(std::back_inserter(m_row), "{},{},{},{},{},{},{},{},{},{},{},{},{}\r\n", own, reader.slot,
                       csvField(printableText(reader.label())), reader.pid, to_string(reader.state),
                       numberIf(!reader.lost_is_lower_bound, reader.usage), reader.popped, reader.lost,
                       reader.lost_is_lower_bound ? 1 : 0, reader.overruns, reader.underflows, reader.high_water,
                       reader.cursor);
    }

    double m_begin;
    Write m_write;
    std::string m_row;
};

class JsonlExport final : public FileExport {
public:
    JsonlExport(double begin, Wall wall, Write write)
        : m_begin{begin}, m_wall{std::move(wall)}, m_write{std::move(write)} {}

    void take(const FeedBatch& batch, std::span<const Event> events) override {
        // Samples and what happened between them in one order, so that a script can read line by line.
        auto event = events.begin();
        for (const TimedSample& timed : batch.samples) {
            for (; event != events.end() && event->time < timed.time; ++event) happened(batch.facts, *event);
            sample(batch.facts, timed);
        }
        for (; event != events.end(); ++event) happened(batch.facts, *event);
        for (const SampleGap& gap : batch.sampleGaps) skipped(batch.facts, gap);
        for (const TimedItems& run : batch.items) items(batch.facts, run);
        for (const ItemGap& gap : batch.gaps) lost(batch.facts, gap);
    }
    void finish() override {}

private:
    void line(const QJsonObject& object) {
        m_write(QJsonDocument{object}.toJson(QJsonDocument::Compact).append('\n').toStdString());
    }
    QString time(double at) const { return text(isoTime(unixNs(m_wall(at)))); }
    double elapsed(double at) const { return std::round((at - m_begin) * 1e6) / 1e6; }

    QJsonObject record(const BufferFacts& facts, QStringView event, double at) const {
        return {{u"event"_s, event.toString()},
                {u"name"_s, text(printableText(facts.name))},
                {u"time"_s, time(at)},
                {u"elapsed_s"_s, elapsed(at)}};
    }

    void sample(const BufferFacts& facts, const TimedSample& timed) {
        QJsonObject object = toJson(facts.name, timed.sample);
        object.insert(u"event"_s, u"sample"_s);
        object.insert(u"time"_s, text(isoTime(timed.times.unix_ns)));
        object.insert(u"elapsed_s"_s, elapsed(timed.time));
        insertTimes(object, timed.times);
        line(object);
    }

    void happened(const BufferFacts& facts, const Event& event) {
        QJsonObject object = record(facts, u"happened", event.time);
        object.insert(u"kind"_s, toString(event.kind));
        object.insert(u"message"_s, describe(event));
        if (event.reader) {
            object.insert(u"slot"_s, qint64{event.reader->key.slot});
            object.insert(u"label"_s, event.reader->label);
        }
        const std::uint32_t pid = event.reader ? event.reader->pid : event.pid;
        object.insert(u"pid"_s, pid != 0 ? QJsonValue{qint64{pid}} : QJsonValue{QJsonValue::Null});
        object.insert(u"amount"_s, static_cast<qint64>(event.amount));
        object.insert(u"count"_s, static_cast<qint64>(event.count));
        line(object);
    }

    void skipped(const BufferFacts& facts, const SampleGap& gap) {
        QJsonObject object = record(facts, u"skipped", gap.from);
        object.insert(u"until"_s, time(gap.to));
        object.insert(u"count"_s, static_cast<qint64>(gap.skipped));
        line(object);
    }

    void lost(const BufferFacts& facts, const ItemGap& gap) {
        QJsonObject object = record(facts, u"lost", gap.time);
        object.insert(u"count"_s, static_cast<qint64>(gap.count));
        object.insert(u"from"_s, static_cast<qint64>(gap.first));
        object.insert(u"to"_s, static_cast<qint64>(gap.first + gap.count - 1));
        line(object);
    }

    void items(const BufferFacts& facts, const TimedItems& run) {
        const std::size_t size = facts.geometry.item_size;
        for (std::uint64_t index = 0; index < run.count; ++index) {
            QJsonObject object = record(facts, u"item", run.time);
            object.insert(u"number"_s, static_cast<qint64>(run.first + index));
            const auto item = std::span{run.bytes}.subspan(index * size, size);
            object.insert(u"hex"_s, text(formatItem(item, ItemForm::hex)));
            const std::uint64_t value = size <= sizeof(std::uint64_t) ? shared_cbuff::decode_item(item) : tooLarge;
            if (value < tooLarge) object.insert(u"value"_s, static_cast<qint64>(value));
            line(object);
        }
    }

    double m_begin;
    Wall m_wall;
    Write m_write;
};

}  // namespace

std::string csvField(std::string_view text) {
    const bool isPlain =
        text.find_first_of(",\"\r\n") == std::string_view::npos && !text.starts_with(' ') && !text.ends_with(' ');
    if (isPlain) return std::string{text};
    std::string quoted = "\"";
    for (const char c : text) quoted.append(c == '"' ? 2 : 1, c);
    return quoted + '"';
}

std::unique_ptr<FileExport> csvExport(double begin, FileExport::Wall, FileExport::Write write) {
    return std::make_unique<CsvExport>(begin, std::move(write));
}

std::unique_ptr<FileExport> jsonlExport(double begin, FileExport::Wall wall, FileExport::Write write) {
    return std::make_unique<JsonlExport>(begin, std::move(wall), std::move(write));
}

}  // namespace workbench
