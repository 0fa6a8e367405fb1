#include "values/samplejson.hpp"

#include <gtest/gtest.h>

#include <QJsonArray>
#include <QJsonDocument>
#include <algorithm>
#include <string>

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
        R"({"format":"extended","high_water":99,"item_size":8,"length":1024,"max_readers":64,"name":"sensor",)"
        R"("policy":"overwrite","pushed":9007199254740993,"readers":[{"cursor":12,"high_water":99,"label":"slow",)"
        R"("lost":2,"lost_is_lower_bound":false,"overruns":1,"pid":4712,"popped":10,"slot":1,"state":"alive",)"
        R"("underflows":4,"unread_at_death":null,"usage":17}],)"
        R"("rejected":3,"retained":18,"state":"alive","usage":17,"write_slot":5,)"
        R"("writer":{"epoch":2,"is_locked":false,"pid":4711,"state":"alive"}})");
}

TEST(SampleJson, HasNullForWhatAClassicBufferDoesNotTell) {
    Sample sample;
    sample.layout = Layout::classic;
    sample.geometry = {1, 4};
    sample.write_slot = 3;
    EXPECT_EQ(compact(toJson("old", sample)),
              R"({"format":"classic","high_water":null,"item_size":1,"length":4,"max_readers":null,"name":"old",)"
              R"("policy":null,"pushed":null,"readers":[],"rejected":null,"retained":null,"state":"unknown",)"
              R"("usage":null,)"
              R"("write_slot":3,"writer":{"epoch":null,"is_locked":null,"pid":null,"state":"unknown"}})");
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

}  // namespace
