#include "values/samplejson.hpp"

#include <QJsonArray>
#include <QJsonValue>
#include <QString>
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
            {u"label"_s, text(printableText(reader.label()))},
            {u"pid"_s, number(reader.pid)},
            {u"state"_s, text(to_string(reader.state))},
            {u"cursor"_s, number(reader.cursor)},
            {u"popped"_s, number(reader.popped)},
            {u"usage"_s, numberIf(!reader.lost_is_lower_bound, reader.usage)},
            {u"unread_at_death"_s, numberIf(reader.unread_at_death.has_value(), reader.unread_at_death.value_or(0))},
            {u"lost"_s, number(reader.lost)},
            {u"lost_is_lower_bound"_s, reader.lost_is_lower_bound},
            {u"overruns"_s, number(reader.overruns)},
            {u"underflows"_s, number(reader.underflows)},
            {u"high_water"_s, number(reader.high_water)}};
}

QJsonObject toJson(const shared_cbuff::WriterSample& writer, bool known) {
    return {{u"state"_s, text(to_string(writer.state))},
            {u"pid"_s, numberIf(known && writer.pid != 0, writer.pid)},
            {u"epoch"_s, numberIf(known, writer.epoch)},
            {u"is_locked"_s, known ? QJsonValue{writer.is_locked} : QJsonValue::Null}};
}

QJsonObject unknownSegment(const std::string& name) {
    QJsonObject object{{u"name"_s, text(printableText(name))}, {u"format"_s, u"unknown"_s}, {u"state"_s, u"unknown"_s}};
    for (const QLatin1StringView key :
         {"item_size"_L1, "length"_L1, "policy"_L1, "pushed"_L1, "usage"_L1, "retained"_L1, "high_water"_L1,
          "rejected"_L1, "max_readers"_L1, "write_slot"_L1}) {
        object.insert(key, QJsonValue::Null);
    }
    object.insert("writer"_L1, toJson(shared_cbuff::WriterSample{}, false));
    object.insert("readers"_L1, QJsonArray{});
    return object;
}

}  // namespace

QJsonObject toJson(const std::string& name, const shared_cbuff::Sample& sample) {
    const bool whole = sample.state != BufferState::damaged;
    const bool known = whole && sample.layout == Layout::extended;
    QJsonArray readers;
    for (const auto& reader : sample.readers) readers.append(toJson(reader));
    QJsonObject object{{u"name"_s, text(printableText(name))},
                       {u"format"_s, text(to_string(sample.layout))},
                       {u"item_size"_s, number(sample.geometry.item_size)},
                       {u"length"_s, number(sample.geometry.length)},
                       {u"policy"_s, known ? QJsonValue{text(to_string(sample.policy))} : QJsonValue::Null},
                       {u"state"_s, text(to_string(sample.state))},
                       {u"pushed"_s, numberIf(known, sample.pushed)},
                       {u"usage"_s, numberIf(known && sample.has_living_reader, sample.usage)},
                       {u"retained"_s, numberIf(known, sample.retained)},
                       {u"high_water"_s, numberIf(known, sample.high_water)},
                       {u"rejected"_s, numberIf(known, sample.rejected)},
                       {u"max_readers"_s, numberIf(known, sample.max_readers)},
                       {u"write_slot"_s, numberIf(whole, sample.write_slot)},
                       {u"writer"_s, toJson(sample.writer, known)},
                       {u"readers"_s, readers}};
    if (!whole) object.insert("damage"_L1, text(printableSentence(sample.damage)));
    insertTimes(object, timesOf(sample.taken_at));
    return object;
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

std::string modeText(std::uint32_t mode) {
    std::string digits = "0000";
    for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit, mode >>= 3) {
        *digit = static_cast<char>('0' + (mode & 7u));
    }
    return digits;
}

}  // namespace workbench
