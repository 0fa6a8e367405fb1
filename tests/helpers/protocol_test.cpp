#include "helpers/protocol.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <limits>
#include <stdexcept>
#include <vector>

namespace workbench {
namespace {

using testing::HasSubstr;

constexpr Times times{.boot_ns = 9'007'199'254'740'993, .unix_ns = 1'700'000'000'123'456'789};  // beyond 2^53

// Every field has a value of its own, so that none can stand for another one.
const HelperStart producerStart{HelperRole::Producer, 4711, "b\\x07", 8, 1024, true, std::nullopt};
const HelperStart consumerStart{HelperRole::Consumer, 4712, "päth", 3, 64, false, 5};
const HelperReport producerReport{ProducerTotals{11, 12}, 13.5, true, 14.25, 15.125, 16, 17};
const HelperReport consumerReport{
    ConsumerTotals{21, 22, 23, 24, 25, 26, VerifyTotals{27, 28, 29}}, 30.5, false, std::nullopt, std::nullopt, 31, 32};
const HelperAck accepted{7, "rate 2.5", true, ""};
const HelperAck refused{std::nullopt, "rate \"x\"", false, "'x' is no rate"};
const HelperEnd producerEnd{HelperRole::Producer, "count", "all 11 items are pushed", producerReport, ""};
const HelperEnd consumerEnd{HelperRole::Consumer, "closed", "the writer closed it", consumerReport, ""};
const HelperEnd failedStart{HelperRole::Consumer, "error", "no buffer of this name", std::nullopt, "none"};

std::vector<HelperMessage> allMessages() {
    return {producerStart, consumerStart, producerReport, consumerReport, accepted,
            refused,       producerEnd,   consumerEnd,    failedStart};
}

QJsonObject objectOf(const std::string& line) {
    return QJsonDocument::fromJson(QByteArray::fromStdString(line)).object();
}
std::string lineOf(const QJsonObject& object) {
    return QJsonDocument{object}.toJson(QJsonDocument::Compact).toStdString();
}

// ---- Messages

TEST(HelperMessages, ComeBackAsTheyWereSent) {
    for (const HelperMessage& message : allMessages()) {
        const std::string line = encode(message, times);
        EXPECT_EQ(decodeMessage(line), (TimedHelperMessage{message, times})) << line;
        EXPECT_EQ(line.find('\n'), std::string::npos) << line;
    }
}

TEST(HelperMessages, HaveTheKeysThatScriptsRead) {
    constexpr Times one{.boot_ns = 1, .unix_ns = 2};
    EXPECT_EQ(encode(producerStart, one),
              R"({"created":true,"event":"start","item_size":8,"length":1024,"name":"b\\x07","pid":4711,)"
              R"("role":"producer","time_boot_ns":1,"time_unix_ns":2})");
    EXPECT_EQ(encode(consumerStart, one),
              R"({"event":"start","item_size":3,"length":64,"name":"päth","pid":4712,"role":"consumer","slot":5,)"
              R"("time_boot_ns":1,"time_unix_ns":2})");
    EXPECT_EQ(encode(producerReport, one),
              R"({"dropped":16,"elapsed":13.5,"event":"report","paused":true,"pushed":11,"rate":15.125,)"
              R"("rate_target":14.25,"rejected":12,"reports_dropped":17,"role":"producer","time_boot_ns":1,)"
              R"("time_unix_ns":2})");
    EXPECT_EQ(
        encode(consumerReport, one),
        R"({"dropped":31,"duplicates":28,"elapsed":30.5,"event":"report","gaps":27,"high_water":26,"lost":22,)"
        R"("overruns":23,"paused":false,"popped":21,"rate":null,"rate_target":null,"reordered":29,)"
        R"("reports_dropped":32,"role":"consumer","time_boot_ns":1,"time_unix_ns":2,"underflows":24,"usage":25})");
    EXPECT_EQ(encode(accepted, one),
              R"({"command":"rate 2.5","event":"ack","id":7,"ok":true,"time_boot_ns":1,"time_unix_ns":2})");
    EXPECT_EQ(encode(refused, one),
              R"({"command":"rate \"x\"","error":"'x' is no rate","event":"ack","ok":false,"time_boot_ns":1,)"
              R"("time_unix_ns":2})");
    EXPECT_EQ(encode(producerEnd, one),
              R"({"dropped":16,"elapsed":13.5,"event":"end","message":"all 11 items are pushed","paused":true,)"
              R"("pushed":11,"rate":15.125,"rate_target":14.25,"reason":"count","rejected":12,"reports_dropped":17,)"
              R"("role":"producer","time_boot_ns":1,"time_unix_ns":2})");
    EXPECT_EQ(encode(failedStart, one),
              R"({"event":"end","message":"no buffer of this name","name":"none","reason":"error","role":"consumer",)"
              R"("time_boot_ns":1,"time_unix_ns":2})");
    EXPECT_EQ(encode(FailedStart{"observer", "n", "error", "m"}, one),
              R"({"event":"end","message":"m","name":"n","reason":"error","role":"observer","time_boot_ns":1,)"
              R"("time_unix_ns":2})");
}

TEST(HelperMessages, AreNoneWithoutAnyOneOfTheirKeys) {
    for (const HelperMessage& message : allMessages()) {
        const QJsonObject whole = objectOf(encode(message, times));
        for (const QString& key : whole.keys()) {
            if (key == u"id" || key == u"slot" || key == u"gaps") continue;  // may be absent
            QJsonObject part = whole;
            part.remove(key);
            EXPECT_EQ(decodeMessage(lineOf(part)), std::nullopt) << lineOf(whole) << " without " << key.toStdString();
        }
    }
}

TEST(HelperMessages, AreNoneWithAValueOfAnotherKind) {
    for (const HelperMessage& message : allMessages()) {
        const QJsonObject whole = objectOf(encode(message, times));
        for (const QString& key : whole.keys()) {
            for (const QJsonValue& wrong : {QJsonValue{QJsonObject{}}, QJsonValue{QJsonArray{}}}) {
                QJsonObject odd = whole;
                odd[key] = wrong;
                EXPECT_EQ(decodeMessage(lineOf(odd)), std::nullopt) << lineOf(odd);
            }
        }
    }
}

TEST(HelperMessages, AreNoneWithANegativeOrBrokenCounter) {
    for (const QJsonValue& wrong : {QJsonValue{-1}, QJsonValue{1.5}, QJsonValue{QJsonValue::Null}}) {
        QJsonObject report = objectOf(encode(consumerReport, times));
        report[u"lost"] = wrong;
        EXPECT_EQ(decodeMessage(lineOf(report)), std::nullopt);
    }
}

TEST(HelperMessages, KeepWhatTheyKnowBesideKeysOfALaterVersion) {
    QJsonObject report = objectOf(encode(producerReport, times));
    report[u"latency"] = 3;
    EXPECT_EQ(decodeMessage(lineOf(report)), (TimedHelperMessage{producerReport, times}));
}

TEST(HelperMessages, AreNotFoundInGarbage) {
    for (const char* line : {"", " ", "ok pause", "{", "[]", "{}", "null", R"({"event":"tick"})", R"({"event":4})",
                             "\xff\xfe", R"({"event":"report"})"}) {
        EXPECT_EQ(decodeMessage(line), std::nullopt) << line;
    }
    QJsonObject stranger = objectOf(encode(producerReport, times));
    stranger[u"role"] = QStringLiteral("observer");
    EXPECT_EQ(decodeMessage(lineOf(stranger)), std::nullopt);
}

TEST(HelperMessages, CarryTheLargestCountersExactly) {
    constexpr std::uint64_t largest = std::uint64_t{1} << 62;
    HelperReport report = producerReport;
    report.totals = ProducerTotals{largest, largest - 1};
    EXPECT_EQ(decodeMessage(encode(report, times))->message, HelperMessage{report});
}

TEST(HelperMessages, TellARateThatIsNoNumberAsUnknown) {
    HelperReport report = producerReport;
    report.rate = std::numeric_limits<double>::infinity();
    const auto decoded = decodeMessage(encode(report, times));
    ASSERT_TRUE(decoded);
    EXPECT_EQ(std::get<HelperReport>(decoded->message).rate, std::nullopt);
}

TEST(HelperTotals, KnowTheirRole) {
    EXPECT_EQ(roleOf(ProducerTotals{}), HelperRole::Producer);
    EXPECT_EQ(roleOf(ConsumerTotals{}), HelperRole::Consumer);
}

// ---- Orders

TEST(HelperOrders, ComeBackAsTheyWereSent) {
    const std::vector<HelperOrder> orders{{HelperVerb::rate, 2.5, 0},
                                          {HelperVerb::rate, 1.0 / 3, 0},  // to the last bit
                                          {HelperVerb::rate, 1e9, 0},
                                          {HelperVerb::rate, 1e-6, 0},
                                          {HelperVerb::rate, std::nullopt, 0},
                                          {HelperVerb::pause, std::nullopt, 0},
                                          {HelperVerb::resume, std::nullopt, 0},
                                          {HelperVerb::step, std::nullopt, 1},
                                          {HelperVerb::step, std::nullopt, mostSteps},
                                          {HelperVerb::stop, std::nullopt, 0}};
    for (const HelperOrder& order : orders) {
        for (const std::optional<std::uint64_t> id : {std::optional<std::uint64_t>{}, {0}, {7}, {largestOrderId}}) {
            const std::string line = encode(order, id);
            const ReceivedOrder received = decodeOrder(line);
            EXPECT_EQ(received.order, order) << line;
            EXPECT_EQ(received.ack, (HelperAck{id, encode(order), true, ""})) << line;
        }
    }
}

TEST(HelperOrders, AreWrittenAsAPersonWould) {
    EXPECT_EQ(encode({.verb = HelperVerb::rate, .rate = 100}, 7), "rate 100 #7");
    EXPECT_EQ(encode({.verb = HelperVerb::rate, .rate = 0.5}), "rate 0.5");
    EXPECT_EQ(encode({.verb = HelperVerb::rate}), "rate max");
    EXPECT_EQ(encode({.verb = HelperVerb::step, .count = 5}, 8), "step 5 #8");
    EXPECT_EQ(encode({.verb = HelperVerb::stop}), "stop");
}

TEST(HelperOrders, AreUnderstoodWithoutAnId) {
    EXPECT_EQ(parseOrder("rate 2.5").rate, 2.5);
    EXPECT_EQ(parseOrder("rate max").verb, HelperVerb::rate);
    EXPECT_EQ(parseOrder("rate max").rate, std::nullopt);
    EXPECT_EQ(parseOrder(" pause\t").verb, HelperVerb::pause);
    EXPECT_EQ(parseOrder("resume").verb, HelperVerb::resume);
    EXPECT_EQ(parseOrder("step \t 12").count, 12u);
    EXPECT_EQ(parseOrder("stop").verb, HelperVerb::stop);
}

TEST(HelperOrders, AreEchoedAsTheyCameWithoutTheirId) {
    EXPECT_EQ(decodeOrder(" step  5 ").ack, (HelperAck{std::nullopt, " step  5 ", true, ""}));
    EXPECT_EQ(decodeOrder(" step  5 \t#12 ").ack, (HelperAck{12, "step  5", true, ""}));
}

TEST(HelperOrders, TellTheirIdThoughTheyAreRefused) {
    const ReceivedOrder received = decodeOrder("rate fast #9");
    EXPECT_EQ(received.order, std::nullopt);
    EXPECT_EQ(received.ack.id, 9u);
    EXPECT_EQ(received.ack.command, "rate fast");
    EXPECT_FALSE(received.ack.ok);
    EXPECT_THAT(received.ack.error, HasSubstr("'fast' is no rate"));
}

TEST(HelperOrders, AreRefusedWithABrokenId) {
    for (const char* line : {"pause #", "pause #x", "pause #-1", "pause #1.5", "pause #9223372036854775808"}) {
        const ReceivedOrder received = decodeOrder(line);
        EXPECT_EQ(received.order, std::nullopt) << line;
        EXPECT_EQ(received.ack.id, std::nullopt) << line;
        EXPECT_EQ(received.ack.command, line);
        EXPECT_THAT(received.ack.error, HasSubstr("is no id")) << line;
    }
}

TEST(HelperOrders, AreNoneWithAnIdAlone) {
    const ReceivedOrder received = decodeOrder("#3");
    EXPECT_EQ(received.order, std::nullopt);
    EXPECT_EQ(received.ack.id, 3u);
    EXPECT_FALSE(received.ack.ok);
}

TEST(HelperOrders, AreQuotedWithoutTheirControlCharacters) {
    EXPECT_THAT(decodeOrder("pau\x1b[31mse").ack.error, HasSubstr(R"('pau\x1b[31mse')"));
}

class BadOrder : public testing::TestWithParam<const char*> {};

TEST_P(BadOrder, IsRefused) { EXPECT_THROW(parseOrder(GetParam()), std::invalid_argument); }

INSTANTIATE_TEST_SUITE_P(Orders, BadOrder,
                         testing::Values("", "faster", "rate", "rate x", "rate -1", "step", "step 0", "step -1",
                                         "step 1000001", "step 1.5", "pause now", "stop 1", "resume 2", "STOP"));

}  // namespace
}  // namespace workbench
