#include "helpers/protocol.hpp"

#include <QJsonDocument>
#include <QJsonObject>
#include <QString>
#include <cmath>

namespace workbench {
namespace {

using namespace Qt::StringLiterals;

constexpr std::string_view producerWord = "producer";
constexpr std::string_view consumerWord = "consumer";

// ---- Writing

QString text(std::string_view utf8) { return QString::fromUtf8(utf8.data(), static_cast<qsizetype>(utf8.size())); }
QJsonValue number(std::uint64_t value) { return static_cast<qint64>(value); }
QJsonValue numberOrNull(const std::optional<double>& value) {
    return value && std::isfinite(*value) ? QJsonValue{*value} : QJsonValue{QJsonValue::Null};
}

void insert(QJsonObject& object, const ProducerTotals& totals) {
    object["pushed"_L1] = number(totals.pushed);
    object["rejected"_L1] = number(totals.rejected);
}

void insert(QJsonObject& object, const ConsumerTotals& totals) {
    object["popped"_L1] = number(totals.popped);
    object["lost"_L1] = number(totals.lost);
    object["overruns"_L1] = number(totals.overruns);
    object["underflows"_L1] = number(totals.underflows);
    object["usage"_L1] = number(totals.usage);
    object["high_water"_L1] = number(totals.highWater);
    if (!totals.verify) return;
    object["gaps"_L1] = number(totals.verify->gaps);
    object["duplicates"_L1] = number(totals.verify->duplicates);
    object["reordered"_L1] = number(totals.verify->reordered);
}

void insert(QJsonObject& object, const HelperReport& report) {
    std::visit([&](const auto& totals) { insert(object, totals); }, report.totals);
    object["role"_L1] = text(roleWord(roleOf(report.totals)));
    object["elapsed"_L1] = numberOrNull(report.elapsed_s);
    object["paused"_L1] = report.paused;
    object["rate_target"_L1] = numberOrNull(report.rateTarget);
    object["rate"_L1] = numberOrNull(report.rate);
    object["dropped"_L1] = number(report.dropped);
    object["reports_dropped"_L1] = number(report.reportsDropped);
}

QJsonObject toJson(const HelperStart& start) {
    QJsonObject object{
        {"event"_L1, "start"_L1},      {"role"_L1, text(roleWord(start.role))},  {"pid"_L1, qint64{start.pid}},
        {"name"_L1, text(start.name)}, {"item_size"_L1, number(start.itemSize)}, {"length"_L1, number(start.length)}};
    if (start.role == HelperRole::Producer) {
        object["created"_L1] = start.created;
    } else {
        object["slot"_L1] = start.slot ? QJsonValue{qint64{*start.slot}} : QJsonValue{QJsonValue::Null};
    }
    return object;
}

QJsonObject toJson(const HelperReport& report) {
    QJsonObject object{{"event"_L1, "report"_L1}};
    insert(object, report);
    return object;
}

QJsonObject toJson(const HelperAck& ack) {
    QJsonObject object{{"event"_L1, "ack"_L1}, {"command"_L1, text(ack.command)}, {"ok"_L1, ack.ok}};
    if (ack.id) object["id"_L1] = number(*ack.id);
    if (!ack.ok) object["error"_L1] = text(ack.error);
    return object;
}

QJsonObject toJson(const FailedStart& failed) {
    return {{"event"_L1, "end"_L1},
            {"role"_L1, text(failed.role)},
            {"name"_L1, text(failed.name)},
            {"reason"_L1, text(failed.reason)},
            {"message"_L1, text(failed.message)}};
}

QJsonObject toJson(const HelperEnd& end) {
    if (!end.totals) return toJson(FailedStart{roleWord(end.role), end.name, end.reason, end.message});
    QJsonObject object{{"event"_L1, "end"_L1}, {"reason"_L1, text(end.reason)}, {"message"_L1, text(end.message)}};
    insert(object, *end.totals);
    return object;
}

std::string toLine(QJsonObject object, const Times& times) {
    insertTimes(object, times);
    return QJsonDocument{object}.toJson(QJsonDocument::Compact).toStdString();
}

// ---- Reading

/// Takes values out of an object; remembers whether one was missing, or of another kind.
class Fields {
public:
    explicit Fields(QJsonObject object) : m_object{std::move(object)} {}

    bool complete() const { return m_complete; }
    bool has(QLatin1StringView key) const { return m_object.contains(key); }

    std::uint64_t number(QLatin1StringView key) { return static_cast<std::uint64_t>(whole(key)); }
    /// At least 0.
    std::int64_t whole(QLatin1StringView key) {
        const qint64 value = m_object.value(key).toInteger(-1);
        expect(value >= 0);
        return value;
    }
    double real(QLatin1StringView key) {
        const QJsonValue value = m_object.value(key);
        expect(value.isDouble());
        return value.toDouble();
    }
    std::optional<double> realOrNull(QLatin1StringView key) {
        const QJsonValue value = m_object.value(key);
        expect(value.isDouble() || value.isNull());
        return value.isDouble() ? std::optional{value.toDouble()} : std::nullopt;
    }
    bool truth(QLatin1StringView key) {
        const QJsonValue value = m_object.value(key);
        expect(value.isBool());
        return value.toBool();
    }
    std::string text(QLatin1StringView key) {
        const QJsonValue value = m_object.value(key);
        expect(value.isString());
        return value.toString().toStdString();
    }
    bool isNull(QLatin1StringView key) const { return m_object.value(key).isNull(); }
    void expect(bool fulfilled) { m_complete = m_complete && fulfilled; }

private:
    QJsonObject m_object;
    bool m_complete = true;
};

HelperRole readRole(Fields& fields) {
    const std::string role = fields.text("role"_L1);
    fields.expect(role == producerWord || role == consumerWord);
    return role == producerWord ? HelperRole::Producer : HelperRole::Consumer;
}

HelperStart readStart(Fields& fields) {
    HelperStart start;
    start.role = readRole(fields);
    start.pid = fields.whole("pid"_L1);
    start.name = fields.text("name"_L1);
    start.itemSize = fields.number("item_size"_L1);
    start.length = fields.number("length"_L1);
    if (start.role == HelperRole::Producer) {
        start.created = fields.truth("created"_L1);
    } else if (!fields.isNull("slot"_L1)) {
        start.slot = static_cast<std::uint32_t>(fields.number("slot"_L1));
    }
    return start;
}

ConsumerTotals readConsumerTotals(Fields& fields) {
    ConsumerTotals totals;
    totals.popped = fields.number("popped"_L1);
    totals.lost = fields.number("lost"_L1);
    totals.overruns = fields.number("overruns"_L1);
    totals.underflows = fields.number("underflows"_L1);
    totals.usage = fields.number("usage"_L1);
    totals.highWater = fields.number("high_water"_L1);
    if (fields.has("gaps"_L1)) {
        totals.verify =
            VerifyTotals{fields.number("gaps"_L1), fields.number("duplicates"_L1), fields.number("reordered"_L1)};
    }
    return totals;
}

HelperReport readReport(Fields& fields) {
    HelperReport report;
    if (readRole(fields) == HelperRole::Producer) {
        report.totals = ProducerTotals{fields.number("pushed"_L1), fields.number("rejected"_L1)};
    } else {
        report.totals = readConsumerTotals(fields);
    }
    report.elapsed_s = fields.real("elapsed"_L1);
    report.paused = fields.truth("paused"_L1);
    report.rateTarget = fields.realOrNull("rate_target"_L1);
    report.rate = fields.realOrNull("rate"_L1);
    report.dropped = fields.number("dropped"_L1);
    report.reportsDropped = fields.number("reports_dropped"_L1);
    return report;
}

HelperAck readAck(Fields& fields) {
    HelperAck ack;
    if (fields.has("id"_L1)) ack.id = fields.number("id"_L1);
    ack.command = fields.text("command"_L1);
    ack.ok = fields.truth("ok"_L1);
    if (!ack.ok) ack.error = fields.text("error"_L1);
    return ack;
}

HelperEnd readEnd(Fields& fields) {
    HelperEnd end;
    end.role = readRole(fields);
    end.reason = fields.text("reason"_L1);
    end.message = fields.text("message"_L1);
    if (fields.has("name"_L1)) {
        end.name = fields.text("name"_L1);
    } else {
        end.totals = readReport(fields);
    }
    return end;
}

std::optional<HelperMessage> readMessage(Fields& fields) {
    const std::string event = fields.text("event"_L1);
    if (event == "start") return readStart(fields);
    if (event == "report") return readReport(fields);
    if (event == "ack") return readAck(fields);
    if (event == "end") return readEnd(fields);
    return std::nullopt;
}

}  // namespace

std::string_view roleWord(HelperRole role) { return role == HelperRole::Producer ? producerWord : consumerWord; }

HelperRole roleOf(const HelperTotals& totals) {
    return std::holds_alternative<ProducerTotals>(totals) ? HelperRole::Producer : HelperRole::Consumer;
}

std::string encode(const HelperMessage& message, const Times& times) {
    return toLine(std::visit([](const auto& what) { return toJson(what); }, message), times);
}

std::string encode(const FailedStart& failed, const Times& times) { return toLine(toJson(failed), times); }

std::optional<TimedHelperMessage> decodeMessage(std::string_view line) {
    const auto bytes = QByteArray::fromRawData(line.data(), static_cast<qsizetype>(line.size()));
    const auto document = QJsonDocument::fromJson(bytes);
    if (!document.isObject()) return std::nullopt;
    Fields fields{document.object()};
    auto message = readMessage(fields);
    const Times times{fields.whole("time_boot_ns"_L1), fields.whole("time_unix_ns"_L1)};
    if (!message || !fields.complete()) return std::nullopt;
    return TimedHelperMessage{std::move(*message), times};
}

}  // namespace workbench
