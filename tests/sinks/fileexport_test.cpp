// A story in the forms that other programs read. Each counter has a value of its own, so that no column can stand for
// another one.

#include "sinks/fileexport.hpp"

#include <gmock/gmock.h>

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTemporaryDir>
#include <map>
#include <string>
#include <vector>

#include "test_support/fakefeed.hpp"
#include "values/names.hpp"

namespace {

using namespace Qt::StringLiterals;
using shared_cbuff::ReaderSample;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;
using workbench::Event;
using workbench::EventKind;
using workbench::FeedBatch;
using workbench::FileExport;
using workbench::TimedSample;

constexpr std::int64_t begin_unix_ns = 1'709'210'096'000'000'000;  // 2024-02-29T12:34:56Z
constexpr double begin = 5000;

double wall(double time) { return begin_unix_ns / 1e9 + time - begin; }

ReaderSample reader(std::uint32_t slot, std::string_view label) {
    ReaderSample sample = test_support::readerSample(slot, 3);
    sample.pid = 4711;
    sample.popped = 41;
    sample.lost = 42;
    sample.overruns = 43;
    sample.underflows = 44;
    sample.high_water = 45;
    sample.cursor = 46;
    label.copy(sample.label_bytes.data(), sample.label_bytes.size());
    return sample;
}

TimedSample timed(double elapsed, std::vector<ReaderSample> readers = {}) {
    TimedSample timed{.time = begin + elapsed, .times = {}, .sample = test_support::aliveSample(90)};
    timed.times = {1'000 + std::llround(elapsed * 1e9), begin_unix_ns + std::llround(elapsed * 1e9)};
    timed.sample.geometry = {8, 16};
    timed.sample.rejected = 7;
    timed.sample.retained = 15;
    timed.sample.usage = 5;
    timed.sample.has_living_reader = !readers.empty();
    timed.sample.readers = std::move(readers);
    return timed;
}

FeedBatch batchOf(std::vector<TimedSample> samples, const std::string& name = "b") {
    FeedBatch batch;
    batch.facts = {.name = name, .machine = {}, .geometry = {8, 16}, .identity = {1, 2}};
    batch.samples = std::move(samples);
    return batch;
}

Event event(EventKind kind, double elapsed) {
    return {.time = begin + elapsed, .kind = kind, .buffer = u"b"_s, .until = begin + elapsed};
}

using Make = std::unique_ptr<FileExport> (*)(double, FileExport::Wall, FileExport::Write);

struct Taken {
    FeedBatch batch;
    std::vector<Event> events = {};
};

std::string exported(Make make, const std::vector<Taken>& all) {
    std::string text;
    const auto file = make(begin, wall, [&](std::string_view more) { text += more; });
    for (const Taken& one : all) file->take(one.batch, one.events);
    file->finish();
    return text;
}

/// Fields of each row, as RFC 4180 has them; every row ends with CR LF.
std::vector<std::vector<std::string>> rowsOf(const std::string& csv) {
    std::vector<std::vector<std::string>> rows{{""}};
    bool isQuoted = false;
    for (std::size_t at = 0; at < csv.size(); ++at) {
        const char c = csv[at];
        if (isQuoted && c == '"' && csv.substr(at, 2) == "\"\"") {
            rows.back().back() += '"';
            ++at;
        } else if (c == '"') {
            isQuoted = !isQuoted;
        } else if (!isQuoted && c == ',') {
            rows.back().emplace_back();
        } else if (!isQuoted && csv.substr(at, 2) == "\r\n") {
            rows.push_back({""});
            ++at;
        } else {
            EXPECT_TRUE(isQuoted || (c != '\n' && c != '\r')) << "a bare line break at " << at;
            rows.back().back() += c;
        }
    }
    EXPECT_EQ(rows.back(), std::vector<std::string>{""}) << "the last row does not end";
    rows.pop_back();
    return rows;
}

std::map<std::string, std::string> named(const std::vector<std::string>& header, const std::vector<std::string>& row) {
    EXPECT_EQ(header.size(), row.size());
    std::map<std::string, std::string> fields;
    for (std::size_t index = 0; index < std::min(header.size(), row.size()); ++index)
        fields[header[index]] = row[index];
    return fields;
}

TEST(CsvExport, HasEachCounterInTheColumnOfItsName) {
    const auto rows = rowsOf(exported(workbench::csvExport, {{batchOf({timed(1.25, {reader(2, "slow")})})}}));
    ASSERT_THAT(rows, SizeIs(2));
    const std::map<std::string, std::string> wanted{{"time (ISO 8601)", "2024-02-29T12:34:57.250000000Z"},
                                                    {"elapsed (s)", "1.250000"},
                                                    {"buffer", "b"},
                                                    {"state", "alive"},
                                                    {"writer", "alive"},
                                                    {"writer pid", "77"},
                                                    {"length (items)", "16"},
                                                    {"pushed (items)", "90"},
                                                    {"rejected (pushes)", "7"},
                                                    {"retained (items)", "15"},
                                                    {"buffer usage (items)", "5"},
                                                    {"slot", "2"},
                                                    {"reader", "slow"},
                                                    {"reader pid", "4711"},
                                                    {"reader state", "alive"},
                                                    {"usage (items)", "3"},
                                                    {"popped (items)", "41"},
                                                    {"lost (items)", "42"},
                                                    {"lost is a lower bound", "0"},
                                                    {"overruns (events)", "43"},
                                                    {"underflows (events)", "44"},
                                                    {"high water (items)", "45"},
                                                    {"cursor (items)", "46"}};
    EXPECT_EQ(named(rows[0], rows[1]), wanted);
}

TEST(CsvExport, HasARowForEachReaderAndOneWhereThereIsNone) {
    const auto rows =
        rowsOf(exported(workbench::csvExport, {{batchOf({timed(0), timed(1, {reader(0, "a"), reader(1, "c")})})}}));
    ASSERT_THAT(rows, SizeIs(4));
    for (const auto& row : rows) EXPECT_EQ(row.size(), rows[0].size());
    EXPECT_EQ(named(rows[0], rows[1])["slot"], "");
    EXPECT_EQ(named(rows[0], rows[1])["buffer usage (items)"], "");  // nobody reads: there is none
    EXPECT_EQ(named(rows[0], rows[2])["reader"], "a");
    EXPECT_EQ(named(rows[0], rows[3])["reader"], "c");
}

TEST(CsvExport, LeavesEmptyWhatIsNotKnown) {
    TimedSample damaged = timed(0, {reader(0, "a")});
    damaged.sample.state = shared_cbuff::BufferState::damaged;
    TimedSample bound = timed(1, {reader(0, "a")});
    bound.sample.readers[0].lost_is_lower_bound = true;
    const auto rows = rowsOf(exported(workbench::csvExport, {{batchOf({damaged, bound})}}));
    ASSERT_THAT(rows, SizeIs(3));
    EXPECT_EQ(named(rows[0], rows[1])["state"], "damaged");
    EXPECT_EQ(named(rows[0], rows[1])["pushed (items)"], "");
    EXPECT_EQ(named(rows[0], rows[1])["slot"], "");
    EXPECT_EQ(named(rows[0], rows[2])["usage (items)"], "");
    EXPECT_EQ(named(rows[0], rows[2])["lost is a lower bound"], "1");
}

TEST(CsvExport, QuotesNamesThatNeedIt) {
    const std::string name = "a,\"b\"\r\n";
    const auto rows = rowsOf(exported(workbench::csvExport, {{batchOf({timed(0, {reader(0, " x")})}, name)}}));
    ASSERT_THAT(rows, SizeIs(2));
    EXPECT_EQ(named(rows[0], rows[1])["buffer"], "a,\"b\"\\x0d\\n");
    EXPECT_EQ(named(rows[0], rows[1])["reader"], " x");
    EXPECT_EQ(workbench::csvField("a\"b"), "\"a\"\"b\"");
    EXPECT_EQ(workbench::csvField("plain text"), "plain text");
    EXPECT_EQ(workbench::csvField("x "), "\"x \"");
    EXPECT_EQ(workbench::csvField("1,5"), "\"1,5\"");
}

std::vector<QJsonObject> linesOf(const std::string& text) {
    std::vector<QJsonObject> objects;
    for (const QByteArray& line : QByteArray::fromStdString(text).split('\n')) {
        if (!line.isEmpty()) objects.push_back(QJsonDocument::fromJson(line).object());
    }
    return objects;
}

TEST(JsonlExport, HasSamplesWithAllTheirTimes) {
    const auto lines = linesOf(exported(workbench::jsonlExport, {{batchOf({timed(1.25, {reader(2, "slow")})})}}));
    ASSERT_THAT(lines, SizeIs(1));
    EXPECT_EQ(lines[0][u"event"], u"sample"_s);
    EXPECT_EQ(lines[0][u"name"], u"b"_s);
    EXPECT_EQ(lines[0][u"time"], u"2024-02-29T12:34:57.250000000Z"_s);
    EXPECT_EQ(lines[0][u"elapsed_s"].toDouble(), 1.25);
    EXPECT_EQ(lines[0][u"time_boot_ns"].toInteger(), 1'250'001'000);
    EXPECT_EQ(lines[0][u"time_unix_ns"].toInteger(), begin_unix_ns + 1'250'000'000);
    EXPECT_EQ(lines[0][u"pushed"].toInteger(), 90);
    EXPECT_EQ(lines[0][u"readers"].toArray()[0].toObject()[u"popped"].toInteger(), 41);
}

TEST(JsonlExport, TellsWhatHappenedBetweenTheSamples) {
    Event overflow = event(EventKind::Overflow, 0.5);
    overflow.reader = {{1, 2}, {2, 1}, u"slow"_s, 4711};
    overflow.amount = 3;
    overflow.count = 2;
    const auto lines = linesOf(
        exported(workbench::jsonlExport, {{batchOf({timed(0), timed(1)}), {overflow, event(EventKind::Closed, 2)}}}));
    ASSERT_THAT(lines, SizeIs(4));
    EXPECT_EQ(lines[1][u"event"], u"happened"_s);
    EXPECT_EQ(lines[1][u"kind"], u"overflow"_s);
    EXPECT_EQ(lines[1][u"slot"].toInteger(), 2);
    EXPECT_EQ(lines[1][u"label"], u"slow"_s);
    EXPECT_EQ(lines[1][u"pid"].toInteger(), 4711);
    EXPECT_EQ(lines[1][u"amount"].toInteger(), 3);
    EXPECT_EQ(lines[1][u"count"].toInteger(), 2);
    EXPECT_EQ(lines[1][u"elapsed_s"].toDouble(), 0.5);
    EXPECT_EQ(lines[1][u"message"], u"lost 3 items in 2 overruns"_s);
    EXPECT_EQ(lines[2][u"event"], u"sample"_s);
    EXPECT_EQ(lines[3][u"kind"], u"closed"_s);
    EXPECT_TRUE(lines[3][u"pid"].isNull());
}

TEST(JsonlExport, HasItemsAndWhatIsMissing) {
    FeedBatch batch = batchOf({});
    batch.items.push_back({begin + 1, 40, 2, std::vector<std::byte>(16)});
    batch.items[0].bytes[7] = std::byte{0x2a};
    batch.items[0].bytes[8] = std::byte{0xff};
    batch.gaps.push_back({begin + 2, 42, 3});
    batch.skipped = 9;
    batch.sampleGaps.push_back({begin + 3, begin + 4, 9});
    const auto lines = linesOf(exported(workbench::jsonlExport, {{batch}}));
    ASSERT_THAT(lines, SizeIs(4));
    EXPECT_EQ(lines[0][u"event"], u"skipped"_s);
    EXPECT_EQ(lines[0][u"count"].toInteger(), 9);
    EXPECT_EQ(lines[0][u"until"], u"2024-02-29T12:35:00.000000000Z"_s);
    EXPECT_EQ(lines[1][u"number"].toInteger(), 40);
    EXPECT_EQ(lines[1][u"hex"], u"000000000000002a"_s);
    EXPECT_EQ(lines[1][u"value"].toInteger(), 42);
    EXPECT_EQ(lines[2][u"number"].toInteger(), 41);
    EXPECT_EQ(lines[2][u"hex"], u"ff00000000000000"_s);
    EXPECT_FALSE(lines[2].contains(u"value"));  // no reader of JSON takes it exactly
    EXPECT_EQ(lines[3][u"event"], u"lost"_s);
    EXPECT_EQ(lines[3][u"from"].toInteger(), 42);
    EXPECT_EQ(lines[3][u"to"].toInteger(), 44);
}

class TraceExport : public testing::Test {
protected:
    /// Its events, if check_trace.py takes it.
    std::vector<QJsonObject> eventsOf(const std::vector<Taken>& all) {
        const std::string text = exported(workbench::traceExport, all);
        EXPECT_EQ(check(text), "");
        std::vector<QJsonObject> events;
        const auto trace = QJsonDocument::fromJson(QByteArray::fromStdString(text)).object();
        for (const auto& one : trace[u"traceEvents"].toArray()) events.push_back(one.toObject());
        return events;
    }
    /// What check_trace.py says against it.
    std::string check(const std::string& text) {
        QFile file{m_folder.filePath(u"trace.json"_s)};
        EXPECT_TRUE(file.open(QIODevice::WriteOnly));
        file.write(QByteArray::fromStdString(text));
        file.close();
        QProcess checker;
        checker.start(QStringLiteral(PYTHON), {QStringLiteral(CHECK_TRACE), file.fileName()});
        EXPECT_TRUE(checker.waitForFinished(-1));
        const std::string errors = checker.readAllStandardError().toStdString();
        return checker.exitCode() == 0 ? "" : errors + "(not taken)";
    }
    static std::vector<QJsonObject> ofPhase(const std::vector<QJsonObject>& events, const QString& phase,
                                            const QString& name) {
        std::vector<QJsonObject> found;
        for (const auto& one : events) {
            if (one[u"ph"] == phase && one[u"name"] == name) found.push_back(one);
        }
        return found;
    }

    QTemporaryDir m_folder;
};

TEST_F(TraceExport, IsWholeWithoutAnything) { EXPECT_THAT(eventsOf({}), SizeIs(0)); }

TEST_F(TraceExport, IsRefusedByTheCheckerWhereItIsWrong) {
    const std::string event = R"({"name":"x","ph":"M","pid":1,"tid":0,"args":{"name":"b"}})";
    EXPECT_THAT(check("{\"traceEvents\":["), HasSubstr("not taken"));
    EXPECT_THAT(check("{\"traceEvents\":[" + event + "]}"), HasSubstr("unknown metadata"));
    EXPECT_THAT(check(R"({"traceEvents":[{"name":"x","ph":"C","pid":1,"tid":0,"ts":-1,"args":{"a":1}}]})"),
                HasSubstr("no time"));
    EXPECT_THAT(check(R"({"traceEvents":[{"name":"x","ph":"C","pid":1,"tid":0,"ts":1,"args":{"a":1}}]})"),
                HasSubstr("without a name"));
}

TEST_F(TraceExport, NamesABufferAsAProcessAndAReaderAsAThread) {
    const auto events = eventsOf({{batchOf({timed(0, {reader(2, "slow")})})}, {batchOf({timed(0)}, "other")}});
    const auto processes = ofPhase(events, u"M"_s, u"process_name"_s);
    ASSERT_THAT(processes, SizeIs(2));
    EXPECT_EQ(processes[0][u"args"].toObject()[u"name"], u"buffer b"_s);
    EXPECT_NE(processes[0][u"pid"], processes[1][u"pid"]);
    const auto threads = ofPhase(events, u"M"_s, u"thread_name"_s);
    ASSERT_THAT(threads, SizeIs(3));
    EXPECT_EQ(threads[1][u"args"].toObject()[u"name"], u"reader slow (pid 4711)"_s);
}

TEST_F(TraceExport, CountsInStepsInMicrosecondsSinceTheBegin) {
    TimedSample later = timed(2, {reader(2, "slow")});
    later.sample.readers[0].usage = 4;
    const auto events = eventsOf({{batchOf({timed(0, {reader(2, "slow")}), timed(1, {reader(2, "slow")}), later})}});
    const auto usage = ofPhase(events, u"C"_s, u"usage of slow (pid 4711)"_s);
    ASSERT_THAT(usage, SizeIs(2));
    EXPECT_EQ(usage[0][u"ts"].toDouble(), 0);
    EXPECT_EQ(usage[0][u"args"].toObject()[u"items"].toDouble(), 3);
    EXPECT_EQ(usage[1][u"ts"].toDouble(), 2e6);
    EXPECT_EQ(usage[1][u"args"].toObject()[u"items"].toDouble(), 4);
}

TEST_F(TraceExport, TellsRates) {
    std::vector<TimedSample> samples;
    for (int tick = 0; tick <= 40; ++tick) {
        samples.push_back(timed(tick * 0.05, {reader(2, "slow")}));
        samples.back().sample.pushed = static_cast<std::uint64_t>(tick) * 5;         // 100/s
        samples.back().sample.readers[0].popped = static_cast<std::uint64_t>(tick);  // 20/s
    }
    const auto events = eventsOf({{batchOf(samples)}});
    EXPECT_NEAR(ofPhase(events, u"C"_s, u"pushed/s"_s).back()[u"args"].toObject()[u"items/s"].toDouble(), 100, 0.2);
    EXPECT_NEAR(
        ofPhase(events, u"C"_s, u"popped/s by slow (pid 4711)"_s).back()[u"args"].toObject()[u"items/s"].toDouble(), 20,
        0.2);
}

TEST_F(TraceExport, ShowsAStretchOfLosingAsASlice) {
    std::vector<TimedSample> samples;
    const std::vector<std::pair<double, std::uint64_t>> lost{{0, 42}, {1, 42}, {1.5, 45}, {2, 50},
                                                             {4, 50}, {5, 50}, {5.5, 51}, {6, 51}};
    for (const auto& [time, count] : lost) {
        samples.push_back(timed(time, {reader(2, "slow")}));
        samples.back().sample.readers[0].lost = count;
        samples.back().sample.readers[0].overruns = count;
    }
    const auto slices = ofPhase(eventsOf({{batchOf(samples)}}), u"X"_s, u"losing"_s);
    ASSERT_THAT(slices, SizeIs(2));  // what it had lost before is none of ours
    EXPECT_EQ(slices[0][u"ts"].toDouble(), 1e6);
    EXPECT_EQ(slices[0][u"dur"].toDouble(), 1e6);
    EXPECT_EQ(slices[0][u"args"].toObject()[u"lost"].toInteger(), 8);
    EXPECT_EQ(slices[0][u"args"].toObject()[u"overruns"].toInteger(), 8);
    EXPECT_EQ(slices[1][u"ts"].toDouble(), 5e6);
    EXPECT_EQ(slices[1][u"dur"].toDouble(), 0.5e6);
    EXPECT_EQ(slices[0][u"tid"].toInteger(), 1);
}

TEST_F(TraceExport, TellsEventsOnTheThreadOfTheirReader) {
    Event died = event(EventKind::ReaderDied, 1);
    died.reader = {{1, 2}, {2, 1}, u"slow"_s, 4711};
    const auto events = eventsOf({{batchOf({timed(0, {reader(2, "slow")})}), {died, event(EventKind::Closed, 2)}}});
    const auto deaths = ofPhase(events, u"i"_s, u"reader died"_s);
    ASSERT_THAT(deaths, SizeIs(1));
    EXPECT_EQ(deaths[0][u"tid"].toInteger(), 1);
    EXPECT_EQ(deaths[0][u"ts"].toDouble(), 1e6);
    EXPECT_EQ(ofPhase(events, u"i"_s, u"closed"_s)[0][u"tid"].toInteger(), 0);
}

TEST_F(TraceExport, EndsTheUsageOfAReaderThatLeft) {
    const auto usage = ofPhase(eventsOf({{batchOf({timed(0, {reader(2, "slow")}), timed(1)})}}), u"C"_s,
                               u"usage of slow (pid 4711)"_s);
    ASSERT_THAT(usage, SizeIs(2));
    EXPECT_EQ(usage[1][u"args"].toObject()[u"items"].toDouble(), 0);
}

TEST_F(TraceExport, TellsReadersOfOneNameApart) {
    const auto events = eventsOf({{batchOf({timed(0, {reader(2, "slow"), reader(3, "slow")})})}});
    EXPECT_THAT(ofPhase(events, u"C"_s, u"usage of slow (pid 4711)"_s), SizeIs(1));
    EXPECT_THAT(ofPhase(events, u"C"_s, u"usage of slow (pid 4711) [2]"_s), SizeIs(1));
}

TEST_F(TraceExport, ShowsWhereSamplesAreMissing) {
    FeedBatch batch = batchOf({timed(0), timed(3)});
    batch.skipped = 9;
    batch.sampleGaps.push_back({begin + 1, begin + 3, 9});
    const auto slices = ofPhase(eventsOf({{batch}}), u"X"_s, u"samples skipped"_s);
    ASSERT_THAT(slices, SizeIs(1));
    EXPECT_EQ(slices[0][u"dur"].toDouble(), 2e6);
}

}  // namespace
