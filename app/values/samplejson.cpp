#include "values/samplejson.hpp"

#include <QJsonArray>
#include <QJsonValue>
#include <QString>
#include <algorithm>
#include <limits>
#include <string_view>

#include "values/printable.hpp"
#include "values/times.hpp"

namespace workbench {
namespace {

using namespace Qt::StringLiterals;
using shared_cbuff::BufferState;
using shared_cbuff::Layout;

QString text(std::string_view bytes) { return QString::fromUtf8(bytes.data(), static_cast<qsizetype>(bytes.size())); }

/// As qint64, so that it is printed to the last digit.
QJsonValue number(std::uint64_t value) { return QJsonValue{static_cast<qint64>(value)}; }

QJsonValue numberIf(bool known, std::uint64_t value) { return known ? number(value) : QJsonValue{QJsonValue::Null}; }

QJsonObject toJson(const shared_cbuff::ReaderSample& reader) {
    return {{u"slot"_s, number(reader.slot)},
            {u"generation"_s, number(reader.generation)},
            {u"label"_s, text(printableText(reader.label()))},
            {u"pid"_s, number(reader.pid)},
            {u"start_time"_s, number(reader.start_time)},
            {u"state"_s, text(to_string(reader.state))},
            {u"start"_s, number(reader.start)},
            {u"cursor"_s, number(reader.cursor)},
            {u"popped"_s, number(reader.popped)},
            {u"usage"_s, numberIf(!reader.lost_is_lower_bound, reader.usage)},
            {u"unread_at_death"_s, numberIf(reader.unread_at_death.has_value(), reader.unread_at_death.value_or(0))},
            {u"lost"_s, number(reader.lost)},
            {u"pending"_s, number(reader.pending)},
            {u"lost_is_lower_bound"_s, reader.lost_is_lower_bound},
            {u"overruns"_s, number(reader.overruns)},
            {u"underflows"_s, number(reader.underflows)},
            {u"high_water"_s, number(reader.high_water)}};
}

QJsonObject toJson(const shared_cbuff::WriterSample& writer, bool known) {
    return {{u"state"_s, text(to_string(writer.state))},
            {u"pid"_s, numberIf(known && writer.pid != 0, writer.pid)},
            {u"start_time"_s, numberIf(known && writer.start_time != 0, writer.start_time)},
            {u"epoch"_s, numberIf(known, writer.epoch)},
            {u"is_locked"_s, known ? QJsonValue{writer.is_locked} : QJsonValue::Null}};
}

QJsonObject unknownSegment(const std::string& name) {
    QJsonObject object{{u"version"_s, sampleJsonVersion},
                       {u"name"_s, text(printableText(name))},
                       {u"format"_s, u"unknown"_s},
                       {u"state"_s, u"unknown"_s}};
    for (const QLatin1StringView key :
         {"item_size"_L1, "length"_L1, "policy"_L1, "pushed"_L1, "intent"_L1, "usage"_L1, "retained"_L1,
          "high_water"_L1, "rejected"_L1, "max_readers"_L1, "created_unix_ns"_L1, "write_slot"_L1}) {
        object.insert(key, QJsonValue::Null);
    }
    object.insert("writer"_L1, toJson(shared_cbuff::WriterSample{}, false));
    object.insert("readers"_L1, QJsonArray{});
    return object;
}

}  // namespace

QJsonObject toJson(const std::string& name, const TimedSample& timed) {
    const shared_cbuff::Sample& sample = timed.sample;
    const bool whole = sample.state != BufferState::damaged;
    const bool known = whole && sample.layout == Layout::extended;
    QJsonArray readers;
    for (const auto& reader : sample.readers) readers.append(toJson(reader));
    QJsonObject object{{u"version"_s, sampleJsonVersion},
                       {u"name"_s, text(printableText(name))},
                       {u"format"_s, text(to_string(sample.layout))},
                       {u"item_size"_s, number(sample.geometry.item_size)},
                       {u"length"_s, number(sample.geometry.length)},
                       {u"policy"_s, known ? QJsonValue{text(to_string(sample.policy))} : QJsonValue::Null},
                       {u"state"_s, text(to_string(sample.state))},
                       {u"pushed"_s, numberIf(known, sample.pushed)},
                       {u"intent"_s, numberIf(known, sample.intent)},
                       {u"usage"_s, numberIf(known && sample.has_living_reader, sample.usage)},
                       {u"retained"_s, numberIf(known, sample.retained)},
                       {u"high_water"_s, numberIf(known, sample.high_water)},
                       {u"rejected"_s, numberIf(known, sample.rejected)},
                       {u"max_readers"_s, numberIf(sample.layout == Layout::extended, sample.max_readers)},
                       {u"created_unix_ns"_s, numberIf(known && sample.created_unix_ns != 0, sample.created_unix_ns)},
                       {u"write_slot"_s, numberIf(whole, sample.write_slot)},
                       {u"writer"_s, toJson(sample.writer, known)},
                       {u"readers"_s, readers}};
    if (!whole) object.insert("damage"_L1, text(printableSentence(sample.damage)));
    insertTimes(object, timed.times);
    return object;
}

QJsonObject toJson(const std::string& name, const shared_cbuff::Sample& sample) {
    return toJson(name, TimedSample{.time = 0, .times = timesOf(sample.taken_at), .sample = sample});
}

QJsonObject toJson(const shared_cbuff::SegmentInfo& info) {
    QJsonObject object = info.sample ? toJson(info.name, *info.sample) : unknownSegment(info.name);
    if (!info.sample) insertTimes(object, timesNow());
    object.insert("size"_L1, number(info.size));
    object.insert("mode"_L1, text(modeText(info.mode)));
    object.insert("owner"_L1, number(info.owner));
    object.insert("problem"_L1, info.problem.empty() ? QJsonValue{QJsonValue::Null}
                                                     : QJsonValue{text(printableSentence(info.problem))});
    return object;
}

// ---- And back

namespace {

/// One object's keys, each looked up once.
class Keys {
public:
    explicit Keys(const QJsonObject& object) : m_object{object} {}

    QJsonValue at(QLatin1StringView key) const {
        const auto found = m_object.constFind(key);
        if (found == m_object.constEnd()) refuse(key, "is missing");
        return *found;
    }
    /// 0 for null.
    std::uint64_t number(QLatin1StringView key) const {
        const QJsonValue value = at(key);
        if (value.isNull()) return 0;
        const qint64 integer = value.toInteger(0);
        if (!value.isDouble() || integer != value.toInteger(1)) refuse(key, "is no whole number");
        return static_cast<std::uint64_t>(integer);
    }
    std::uint32_t number32(QLatin1StringView key) const {
        const std::uint64_t value = number(key);
        if (value > std::numeric_limits<std::uint32_t>::max()) refuse(key, "is too large");
        return static_cast<std::uint32_t>(value);
    }
    bool truth(QLatin1StringView key) const {
        const QJsonValue value = at(key);
        if (!value.isBool() && !value.isNull()) refuse(key, "is neither true nor false");
        return value.toBool();
    }
    std::string string(QLatin1StringView key) const {
        const QJsonValue value = at(key);
        if (!value.isString()) refuse(key, "is no text");
        return value.toString().toStdString();
    }
    bool isNull(QLatin1StringView key) const { return at(key).isNull(); }
    /// The state, of those from 0 to `last`, that has this word.
    template <class State>
    State state(QLatin1StringView key, State last) const {
        const std::string word = string(key);
        for (int index = 0; index <= static_cast<int>(last); ++index) {
            if (to_string(static_cast<State>(index)) == word) return static_cast<State>(index);
        }
        refuse(key, "is a word that this program does not know");
    }

    [[noreturn]] static void refuse(QLatin1StringView key, const char* what) {
        throw SampleJsonError{"this is no sample: \"" + std::string{key.data(), static_cast<std::size_t>(key.size())} +
                              "\" " + what + "; take what `cbuff watch --json` or `cbuff export --jsonl` wrote"};
    }

private:
    const QJsonObject& m_object;
};

shared_cbuff::ReaderSample readerFrom(const QJsonObject& object) {
    const Keys keys{object};
    shared_cbuff::ReaderSample reader;
    reader.slot = keys.number32("slot"_L1);
    reader.state = keys.state("state"_L1, shared_cbuff::ReaderState::unknown);
    reader.pid = keys.number32("pid"_L1);
    reader.start_time = keys.number("start_time"_L1);
    reader.generation = keys.number("generation"_L1);
    reader.start = keys.number("start"_L1);
    reader.cursor = keys.number("cursor"_L1);
    reader.popped = keys.number("popped"_L1);
    reader.usage = keys.number("usage"_L1);
    reader.lost = keys.number("lost"_L1);
    reader.pending = keys.number("pending"_L1);
    reader.overruns = keys.number("overruns"_L1);
    reader.underflows = keys.number("underflows"_L1);
    reader.high_water = keys.number("high_water"_L1);
    reader.lost_is_lower_bound = keys.truth("lost_is_lower_bound"_L1);
    if (!keys.isNull("unread_at_death"_L1)) reader.unread_at_death = keys.number("unread_at_death"_L1);
    std::string label;
    try {
        label = unescaped(keys.string("label"_L1));
    } catch (const ItemTextError&) {
        Keys::refuse("label"_L1, "holds a backslash that begins no escape");
    }
    if (label.size() > reader.label_bytes.size()) Keys::refuse("label"_L1, "is too long");
    std::ranges::copy(label, reader.label_bytes.begin());
    return reader;
}

void checkVersion(const Keys& keys) {
    const std::uint64_t version = keys.number("version"_L1);
    if (version == sampleJsonVersion) return;
    if (version < sampleJsonVersion) Keys::refuse("version"_L1, "is none that there was");
    throw SampleJsonError{"this sample is of version " + std::to_string(version) + ", and this program knows up to " +
                          std::to_string(sampleJsonVersion) + "; read it with a newer one"};
}

}  // namespace

TimedSample sampleFromJson(const QJsonObject& object) {
    const Keys keys{object};
    checkVersion(keys);
    TimedSample timed;
    timed.times.boot_ns = static_cast<std::int64_t>(keys.number("time_boot_ns"_L1));
    timed.times.unix_ns = static_cast<std::int64_t>(keys.number("time_unix_ns"_L1));
    timed.time = static_cast<double>(timed.times.boot_ns) * 1e-9;
    shared_cbuff::Sample& sample = timed.sample;
    sample.taken_at = std::chrono::steady_clock::time_point{std::chrono::nanoseconds{timed.times.boot_ns}};
    sample.layout = keys.state("format"_L1, Layout::classic);
    sample.geometry = {keys.number("item_size"_L1), keys.number("length"_L1)};
    if (!keys.isNull("policy"_L1)) sample.policy = keys.state("policy"_L1, shared_cbuff::OverflowPolicy::reject);
    sample.max_readers = keys.number32("max_readers"_L1);
    sample.created_unix_ns = keys.number("created_unix_ns"_L1);
    sample.state = keys.state("state"_L1, BufferState::unknown);
    sample.pushed = keys.number("pushed"_L1);
    sample.intent = keys.number("intent"_L1);
    sample.rejected = keys.number("rejected"_L1);
    sample.usage = keys.number("usage"_L1);
    sample.has_living_reader = !keys.isNull("usage"_L1);
    sample.retained = keys.number("retained"_L1);
    sample.high_water = keys.number("high_water"_L1);
    sample.write_slot = keys.number("write_slot"_L1);
    if (sample.state == BufferState::damaged) sample.damage = keys.string("damage"_L1);
    const QJsonObject writerObject = keys.at("writer"_L1).toObject();
    const Keys writer{writerObject};
    sample.writer = {writer.state("state"_L1, shared_cbuff::WriterState::unknown), writer.number32("pid"_L1),
                     writer.number("start_time"_L1), writer.number("epoch"_L1), writer.truth("is_locked"_L1)};
    const QJsonValue readers = keys.at("readers"_L1);
    if (!readers.isArray()) Keys::refuse("readers"_L1, "is no list");
    for (const auto& reader : readers.toArray()) sample.readers.push_back(readerFrom(reader.toObject()));
    return timed;
}

std::string modeText(std::uint32_t mode) {
    std::string digits = "0000";
    for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit, mode >>= 3) {
        *digit = static_cast<char>('0' + (mode & 7u));
    }
    return digits;
}

}  // namespace workbench
