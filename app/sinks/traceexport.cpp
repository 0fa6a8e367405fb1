// The JSON Trace Event Format: an object with "traceEvents", times in microseconds.

#include <QJsonDocument>
#include <QJsonObject>
#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "sinks/fileexport.hpp"
#include "story/eventtext.hpp"
#include "story/ratemeter.hpp"
#include "values/isotime.hpp"
#include "values/names.hpp"

namespace workbench {
namespace {

using namespace Qt::StringLiterals;
using shared_cbuff::ReaderKey;
using shared_cbuff::ReaderSample;
using shared_cbuff::Sample;

/// Losses with less between them are one slice, seconds.
constexpr double sliceGap = 1.0;
/// Between two values of a rate, which says nothing sooner.
constexpr double rateSpacing = 0.1;
/// The thread that stands for the buffer itself.
constexpr int ownThread = 0;

/// A counter is a staircase: only its steps are written.
struct Steps {
    std::optional<double> last;
    bool isStep(double value) { return std::exchange(last, value) != value; }
};

struct Rate {
    RateMeter meter;
    Steps steps;
    double due = 0;
};

struct Losing {
    double from = 0;
    double to = 0;
    std::uint64_t lost = 0;
    std::uint64_t overruns = 0;
};

struct ReaderTrack {
    int thread = 0;
    QString name;
    double seen = 0;
    std::uint64_t lost = 0;
    std::uint64_t overruns = 0;
    Steps usage;
    Steps lostSteps;
    Rate popped;
    std::optional<Losing> losing;
};

struct BufferTrack {
    int process = 0;
    Steps usage;
    Steps rejected;
    Rate pushed;
    std::map<ReaderKey, ReaderTrack> readers;
    std::set<ReaderKey> present;
    int threads = 0;
};

class TraceExport final : public FileExport {
public:
    TraceExport(double begin, const Wall& wall, Write write) : m_begin{begin}, m_write{std::move(write)} {
        const QJsonObject origin{
            {u"begin"_s, QString::fromStdString(isoTime(std::llround(wall(begin) * 1e9)))},
            {u"made_by"_s, u"cbuff export"_s},
        };
        m_write("{\"displayTimeUnit\":\"ms\",\"otherData\":" + compact(origin) + ",\"traceEvents\":[");
    }

    void take(const FeedBatch& batch, std::span<const Event> events) override {
        BufferTrack& buffer = trackOf(batch.facts);
        for (const TimedSample& timed : batch.samples) sample(buffer, timed);
        for (const Event& event : events) happened(buffer, event);
        for (const SampleGap& gap : batch.sampleGaps)
            slice(buffer, ownThread, u"samples skipped"_s, gap.from, gap.to,
                  {{u"count"_s, static_cast<qint64>(gap.skipped)}});
        for (const ItemGap& gap : batch.gaps)
            instant(buffer, ownThread, u"items not recorded"_s, gap.time,
                    {{u"first"_s, static_cast<qint64>(gap.first)}, {u"count"_s, static_cast<qint64>(gap.count)}});
    }

    void finish() override {
        for (auto& [name, buffer] : m_buffers) {
            for (auto& [key, reader] : buffer.readers) endLosing(buffer, reader);
        }
        m_write("\n]}\n");
    }

private:
    static std::string compact(const QJsonObject& object) {
        return QJsonDocument{object}.toJson(QJsonDocument::Compact).toStdString();
    }

    /// Since the begin; never below 0, which the format does not know.
    double microseconds(double time) const { return std::max(0.0, std::round((time - m_begin) * 1e9) / 1e3); }

    void write(const BufferTrack& buffer, int thread, QStringView phase, const QString& name, QJsonObject event) {
        event.insert(u"name"_s, name);
        event.insert(u"ph"_s, phase.toString());
        event.insert(u"pid"_s, buffer.process);
        event.insert(u"tid"_s, thread);
        m_write((std::exchange(m_hasEvents, true) ? ",\n" : "\n") + compact(event));
    }

    void nameOf(const BufferTrack& buffer, int thread, const QString& what, const QString& name) {
        write(buffer, thread, u"M", what, {{u"args"_s, QJsonObject{{u"name"_s, name}}}});
    }

    void counter(const BufferTrack& buffer, const QString& name, double time, const QString& unit, double value) {
        write(buffer, ownThread, u"C", name, {{u"ts"_s, microseconds(time)}, {u"args"_s, QJsonObject{{unit, value}}}});
    }

    void slice(const BufferTrack& buffer, int thread, const QString& name, double from, double to, QJsonObject args) {
        const double begin = microseconds(from);
        write(buffer, thread, u"X", name,
              {{u"ts"_s, begin}, {u"dur"_s, std::max(0.0, microseconds(to) - begin)}, {u"args"_s, std::move(args)}});
    }

    void instant(const BufferTrack& buffer, int thread, const QString& name, double time, QJsonObject args) {
        write(buffer, thread, u"i", name,
              {{u"ts"_s, microseconds(time)}, {u"s"_s, u"t"_s}, {u"args"_s, std::move(args)}});
    }

    BufferTrack& trackOf(const BufferFacts& facts) {
        const auto [at, isNew] = m_buffers.try_emplace({facts.name, facts.identity.inode});
        BufferTrack& buffer = at->second;
        if (!isNew) return buffer;
        buffer.process = static_cast<int>(m_buffers.size());
        nameOf(buffer, ownThread, u"process_name"_s, u"buffer "_s + shownName(facts.name));
        nameOf(buffer, ownThread, u"thread_name"_s, u"buffer"_s);
        return buffer;
    }

    ReaderTrack& trackOf(BufferTrack& buffer, const ReaderKey& key, const QString& name) {
        const auto [at, isNew] = buffer.readers.try_emplace(key);
        ReaderTrack& reader = at->second;
        if (!isNew) return reader;
        reader.thread = ++buffer.threads;
        // A counter goes by its name alone, and two readers of one process may have the same label.
        const bool isTaken = std::ranges::any_of(
            buffer.readers, [&](const auto& other) { return other.first != key && other.second.name == name; });
        reader.name = isTaken ? name + u" [%1]"_s.arg(reader.thread) : name;
        nameOf(buffer, reader.thread, u"thread_name"_s, u"reader "_s + reader.name);
        return reader;
    }

    void rate(const BufferTrack& buffer, Rate& rate, const QString& name, double time, std::uint64_t count) {
        rate.meter.append(time, count);
        if (time < rate.due) return;
        rate.due = time + rateSpacing;
        const double now = std::round(rate.meter.rate() * 10) / 10;
        if (rate.steps.isStep(now)) counter(buffer, name, time, u"items/s"_s, now);
    }

    void sample(BufferTrack& buffer, const TimedSample& timed) {
        const Sample& sample = timed.sample;
        if (sample.layout == shared_cbuff::Layout::classic || sample.state == shared_cbuff::BufferState::damaged)
            return;  // what it says is told by events
        const double time = timed.time;
        if (const auto usage = static_cast<double>(sample.usage); buffer.usage.isStep(usage))
            counter(buffer, u"usage"_s, time, u"items"_s, usage);
        if (const auto rejected = static_cast<double>(sample.rejected); buffer.rejected.isStep(rejected))
            counter(buffer, u"rejected"_s, time, u"pushes"_s, rejected);
        rate(buffer, buffer.pushed, u"pushed/s"_s, time, sample.pushed);
        std::set<ReaderKey> present;
        for (const ReaderSample& one : sample.readers) {
            present.insert(one.key());
            reader(buffer, one, time);
        }
        for (const ReaderKey& gone : buffer.present) {
            if (!present.contains(gone)) left(buffer, buffer.readers.at(gone), time);
        }
        buffer.present = std::move(present);
    }

    void reader(BufferTrack& buffer, const ReaderSample& sample, double time) {
        const bool isNew = !buffer.readers.contains(sample.key());
        ReaderTrack& track = trackOf(buffer, sample.key(), readerName(sample));
        if (const auto usage = static_cast<double>(sample.usage); track.usage.isStep(usage))
            counter(buffer, u"usage of "_s + track.name, time, u"items"_s, usage);
        if (const auto lost = static_cast<double>(sample.lost); track.lostSteps.isStep(lost))
            counter(buffer, u"lost by "_s + track.name, time, u"items"_s, lost);
        rate(buffer, track.popped, u"popped/s by "_s + track.name, time, sample.popped);
        // What it had lost before it was first seen has no stretch of ours.
        if (!isNew && sample.lost > track.lost) {
            if (track.losing && time - track.losing->to > sliceGap) endLosing(buffer, track);
            if (!track.losing) track.losing = Losing{.from = track.seen};
            track.losing->to = time;
            track.losing->lost += sample.lost - track.lost;
            track.losing->overruns += sample.overruns - std::min(sample.overruns, track.overruns);
        } else if (track.losing && time - track.losing->to > sliceGap) {
            endLosing(buffer, track);
        }
        track.seen = time;
        track.lost = sample.lost;
        track.overruns = sample.overruns;
    }

    void left(const BufferTrack& buffer, ReaderTrack& reader, double time) {
        endLosing(buffer, reader);
        if (reader.usage.isStep(0)) counter(buffer, u"usage of "_s + reader.name, time, u"items"_s, 0);
        if (reader.popped.steps.isStep(0)) counter(buffer, u"popped/s by "_s + reader.name, time, u"items/s"_s, 0);
    }

    void endLosing(const BufferTrack& buffer, ReaderTrack& reader) {
        if (!reader.losing) return;
        const Losing losing = *std::exchange(reader.losing, std::nullopt);
        slice(buffer, reader.thread, u"losing"_s, losing.from, losing.to,
              {{u"lost"_s, static_cast<qint64>(losing.lost)}, {u"overruns"_s, static_cast<qint64>(losing.overruns)}});
    }

    void happened(BufferTrack& buffer, const Event& event) {
        const int thread =
            event.reader ? trackOf(buffer, event.reader->key, readerName(*event.reader)).thread : ownThread;
        instant(buffer, thread, toString(event.kind), event.time, {{u"message"_s, describe(event)}});
    }

    double m_begin;
    Write m_write;
    std::map<std::pair<std::string, std::uint64_t>, BufferTrack> m_buffers;  // a name may lead to one after another
    bool m_hasEvents = false;
};

}  // namespace

std::unique_ptr<FileExport> traceExport(double begin, FileExport::Wall wall, FileExport::Write write) {
    return std::make_unique<TraceExport>(begin, wall, std::move(write));
}

}  // namespace workbench
