#include "values/samplejson.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <QJsonArray>
#include <QJsonDocument>
#include <algorithm>
#include <string>

#include "anysamples.hpp"
#include "values/times.hpp"

namespace {

using namespace Qt::StringLiterals;
using shared_cbuff::BufferState;
using shared_cbuff::Layout;
using shared_cbuff::ReaderSample;
using shared_cbuff::Sample;
using shared_cbuff::SegmentInfo;
using shared_cbuff::WriterState;
using workbench::toJson;

/// Without its times, which differ from run to run.
std::string compact(QJsonObject object) {
    object.remove("time_boot_ns"_L1);
    object.remove("time_unix_ns"_L1);
    return QJsonDocument{object}.toJson(QJsonDocument::Compact).toStdString();
}

Sample liveSample() {
    Sample sample;
    sample.geometry = {8, 1024};
    sample.max_readers = 64;
    sample.state = BufferState::alive;
    sample.pushed = 9'007'199'254'740'993;  // 2^53 + 1: no double holds it
    sample.intent = sample.pushed + 1;
    sample.rejected = 3;
    sample.usage = 17;
    sample.has_living_reader = true;
    sample.retained = 18;
    sample.high_water = 99;
    sample.write_slot = 5;
    sample.writer = {WriterState::alive, 4711, 0, 2};
    ReaderSample reader;
    reader.slot = 1;
    reader.pid = 4712;
    reader.generation = 6;
    reader.start = 7;
    reader.start_time = 8;
    reader.pending = 1;
    reader.cursor = 12;
    reader.popped = 10;
    reader.usage = 17;
    reader.lost = 2;
    reader.overruns = 1;
    reader.underflows = 4;
    reader.high_water = 99;
    std::ranges::copy(std::string_view{"slow"}, reader.label_bytes.begin());
    sample.readers.push_back(reader);
    return sample;
}

TEST(SampleJson, TellsAllOfAnExtendedBuffer) {
    EXPECT_EQ(
        compact(toJson("sensor", liveSample())),
        R"({"created_unix_ns":null,"format":"extended","high_water":99,"intent":9007199254740994,"item_size":8,)"
        R"("length":1024,"max_readers":64,"name":"sensor",)"
        R"("policy":"overwrite","pushed":9007199254740993,"readers":[{"cursor":12,"generation":6,"high_water":99,)"
        R"("label":"slow","lost":2,"lost_is_lower_bound":false,"overruns":1,"pending":1,"pid":4712,"popped":10,)"
        R"("slot":1,"start":7,"start_time":8,"state":"alive",)"
        R"("underflows":4,"unread_at_death":null,"usage":17}],)"
        R"("rejected":3,"retained":18,"state":"alive","usage":17,"version":1,"write_slot":5,)"
        R"("writer":{"epoch":2,"is_locked":false,"pid":4711,"start_time":null,"state":"alive"}})");
}

TEST(SampleJson, HasNullForWhatAClassicBufferDoesNotTell) {
    Sample sample;
    sample.layout = Layout::classic;
    sample.geometry = {1, 4};
    sample.write_slot = 3;
    EXPECT_EQ(compact(toJson("old", sample)),
              R"({"created_unix_ns":null,"format":"classic","high_water":null,"intent":null,"item_size":1,"length":4,)"
              R"("max_readers":null,"name":"old",)"
              R"("policy":null,"pushed":null,"readers":[],"rejected":null,"retained":null,"state":"unknown",)"
              R"("usage":null,"version":1,"write_slot":3,)"
              R"("writer":{"epoch":null,"is_locked":null,"pid":null,"start_time":null,"state":"unknown"}})");
}

TEST(SampleJson, CarriesTheTimesOfItsSample) {
    Sample sample = liveSample();
    sample.taken_at = std::chrono::steady_clock::now() - std::chrono::hours{1};
    const auto expected = workbench::timesOf(sample.taken_at);
    const QJsonObject object = toJson("x", sample);
    EXPECT_NEAR(static_cast<double>(object["time_boot_ns"_L1].toInteger() - expected.boot_ns), 0, 60e9);
    EXPECT_NEAR(static_cast<double>(object["time_unix_ns"_L1].toInteger() - expected.unix_ns), 0, 60e9);
}

TEST(SampleJson, CarriesTheTimeOfTheListingForAnUnknownSegment) {
    const QJsonObject object = toJson(SegmentInfo{});
    EXPECT_GT(object["time_boot_ns"_L1].toInteger(), 0);
    EXPECT_GT(object["time_unix_ns"_L1].toInteger(), 0);
}

TEST(SampleJson, HasNoPidOfAVacantRole) {
    Sample sample = liveSample();
    sample.writer = {WriterState::vacant, 0, 0, 2};
    EXPECT_TRUE(toJson("x", sample)["writer"_L1].toObject()["pid"_L1].isNull());
}

TEST(SampleJson, HasNoUsageOfAReaderThatNobodySawAlive) {
    Sample sample = liveSample();
    sample.readers[0].state = shared_cbuff::ReaderState::dead;
    sample.readers[0].usage = 0;
    sample.readers[0].lost_is_lower_bound = true;
    const QJsonObject reader = toJson("x", sample)["readers"_L1].toArray()[0].toObject();
    EXPECT_TRUE(reader["usage"_L1].isNull());
    EXPECT_TRUE(reader["unread_at_death"_L1].isNull());
    EXPECT_EQ(reader["lost"_L1].toInteger(), 2);
}

TEST(SampleJson, TellsDamageAndTrustsNoCounterThen) {
    Sample sample = liveSample();
    sample.state = BufferState::damaged;
    sample.damage = "torn";
    sample.readers.clear();
    const QJsonObject object = toJson("x", sample);
    EXPECT_EQ(object["damage"_L1].toString(), "torn"_L1);
    EXPECT_TRUE(object["pushed"_L1].isNull());
    EXPECT_FALSE(toJson("x", liveSample()).contains("damage"_L1));
}

TEST(SampleJson, ListsAnUnknownSegment) {
    SegmentInfo info;
    info.name = "psm_1";
    info.size = 17;
    info.mode = 0640;
    const QJsonObject object = toJson(info);
    EXPECT_EQ(object["format"_L1].toString(), "unknown"_L1);
    EXPECT_EQ(object["state"_L1].toString(), "unknown"_L1);
    EXPECT_EQ(object["size"_L1].toInteger(), 17);
    EXPECT_EQ(object["mode"_L1].toString(), "0640"_L1);
    EXPECT_TRUE(object["item_size"_L1].isNull());
    EXPECT_TRUE(object["problem"_L1].isNull());
}

TEST(SampleJson, ListsAProblem) {
    SegmentInfo info;
    info.problem = "Permission denied";
    EXPECT_EQ(toJson(info)["problem"_L1].toString(), "Permission denied"_L1);
}

// ---- And back

workbench::TimedSample throughText(const workbench::TimedSample& timed) {
    const QByteArray text = QJsonDocument{toJson("x", timed)}.toJson();
    return workbench::sampleFromJson(QJsonDocument::fromJson(text).object());
}

void expectKept(const workbench::TimedSample& timed) {
    EXPECT_EQ(values_tests::everythingOf(throughText(timed)), values_tests::everythingOf(timed));
}

workbench::TimedSample wholeSample() {
    workbench::TimedSample timed = values_tests::fullSample();
    for (auto& reader : timed.sample.readers) reader.lost_is_lower_bound = false;
    return timed;
}

TEST(SampleJson, KeepsEveryField) { expectKept(wholeSample()); }

TEST(SampleJson, KeepsTimesToTheNanosecond) {
    const auto kept = throughText(wholeSample());
    EXPECT_EQ(kept.times, wholeSample().times);
    EXPECT_DOUBLE_EQ(kept.time, static_cast<double>(kept.times.boot_ns) * 1e-9);
}

TEST(SampleJson, KeepsEveryState) {
    for (int number = 0; number < 8; ++number) {
        auto timed = wholeSample();
        timed.sample.state = static_cast<BufferState>(number);
        timed.sample.policy = static_cast<shared_cbuff::OverflowPolicy>(number % 2);
        timed.sample.writer.state = static_cast<WriterState>(number % 5);
        timed.sample.readers[0].state = static_cast<shared_cbuff::ReaderState>(number % 4);
        if (timed.sample.state != BufferState::damaged) expectKept(timed);
    }
}

TEST(SampleJson, KeepsWhatIsNull) {
    auto timed = wholeSample();
    timed.sample.has_living_reader = false;
    timed.sample.usage = 0;
    timed.sample.created_unix_ns = 0;
    timed.sample.writer = {WriterState::vacant, 0, 0, 213, false};
    timed.sample.readers[0].unread_at_death.reset();
    timed.sample.readers[1].lost_is_lower_bound = true;
    timed.sample.readers[1].usage = 0;
    expectKept(timed);
}

TEST(SampleJson, KeepsADamagedSample) {
    workbench::TimedSample timed{.time = 0, .times = wholeSample().times, .sample = {}};
    timed.sample.taken_at = wholeSample().sample.taken_at;
    timed.sample.geometry = {8, 1024};
    timed.sample.max_readers = 64;
    timed.sample.state = BufferState::damaged;
    timed.sample.damage = "the segment has 3 bytes instead of 5";
    expectKept(timed);
}

TEST(SampleJson, KeepsAClassicSample) {
    workbench::TimedSample timed{.time = 0, .times = wholeSample().times, .sample = {}};
    timed.sample.taken_at = wholeSample().sample.taken_at;
    timed.sample.layout = Layout::classic;
    timed.sample.geometry = {3, 4};
    timed.sample.write_slot = 2;
    expectKept(timed);
}

std::string refusalOf(const QJsonObject& object) {
    try {
        workbench::sampleFromJson(object);
    } catch (const workbench::SampleJsonError& error) {
        return error.what();
    }
    return {};
}

TEST(SampleJson, RefusesANewerVersion) {
    QJsonObject object = toJson("x", wholeSample());
    object["version"_L1] = 2;
    EXPECT_THAT(refusalOf(object), testing::HasSubstr("of version 2"));
    object["version"_L1] = 0;
    EXPECT_THAT(refusalOf(object), testing::HasSubstr("\"version\""));
}

TEST(SampleJson, RefusesASampleThatLacksAnyOfItsKeys) {
    const QJsonObject whole = toJson("x", wholeSample());
    for (const QString& key : whole.keys()) {
        if (key == u"name"_s) continue;
        QJsonObject object = whole;
        object.remove(key);
        EXPECT_THAT(refusalOf(object), testing::HasSubstr('"' + key.toStdString() + "\" is missing"));
        if (key == u"readers"_s || key == u"writer"_s) continue;
        object[key] = QJsonArray{};
        EXPECT_THAT(refusalOf(object), testing::HasSubstr('"' + key.toStdString() + '"'));
    }
    const QJsonObject reader = whole["readers"_L1].toArray()[0].toObject();
    for (const QString& key : reader.keys()) {
        QJsonObject lacking = reader;
        lacking.remove(key);
        QJsonObject object = whole;
        object["readers"_L1] = QJsonArray{lacking};
        EXPECT_THAT(refusalOf(object), testing::HasSubstr('"' + key.toStdString() + "\" is missing"));
    }
}

TEST(SampleJson, RefusesWhatCannotBe) {
    QJsonObject object = toJson("x", wholeSample());
    object["pushed"_L1] = 1.5;
    EXPECT_THAT(refusalOf(object), testing::HasSubstr("\"pushed\" is no whole number"));
    object = toJson("x", wholeSample());
    object["max_readers"_L1] = qint64{1} << 32;
    EXPECT_THAT(refusalOf(object), testing::HasSubstr("\"max_readers\" is too large"));
    object = toJson("x", wholeSample());
    object["state"_L1] = u"happy"_s;
    EXPECT_THAT(refusalOf(object), testing::HasSubstr("\"state\" is a word"));
    QJsonObject reader = object["readers"_L1].toArray()[0].toObject();
    object = toJson("x", wholeSample());
    for (const QString& label : {QString{41, u'x'}, u"\\q"_s}) {
        reader["label"_L1] = label;
        object["readers"_L1] = QJsonArray{reader};
        EXPECT_THAT(refusalOf(object), testing::HasSubstr("\"label\""));
    }
}

}  // namespace
