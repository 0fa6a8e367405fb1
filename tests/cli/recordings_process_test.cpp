// cbuff with recordings: info, watch, peek, check and export of a file, over all their endings.

#include <gmock/gmock.h>
#include <signal.h>
#include <sys/resource.h>

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include "program.hpp"
#include "recordings.hpp"
#include "shared_cbuff/writer.hpp"
#include "sinks/recordingwriter.hpp"
#include "test_support/segments.hpp"

namespace {

using cli_tests::Program;
using cli_tests::Result;
using cli_tests::run;
using sinks_tests::batchOf;
using sinks_tests::factsOf;
using sinks_tests::sampleAt;
using testing::HasSubstr;
using testing::Not;

constexpr std::int64_t tick_ns = 10'000'000;
constexpr std::uint64_t count = 400;  // 3.99 s

class RecordingsOfCbuff : public testing::Test {
protected:
    RecordingsOfCbuff() { record(m_path, {"b"}); }

    static void record(const std::string& path, const std::vector<std::string>& names) {
        workbench::RecordingWriter writer{path};
        std::uint64_t inode = 10;
        for (const std::string& name : names) {
            auto batch = batchOf(factsOf(name, ++inode), 0, count, tick_ns);
            const auto size = batch.facts.geometry.item_size;
            batch.items.push_back({batch.samples.back().time, 5, 20, std::vector<std::byte>(20 * size)});
            for (std::uint64_t index = 0; index < 20; ++index)
                batch.items[0].bytes[(index + 1) * size - 1] = static_cast<std::byte>(5 + index);
            writer.take(batch, {});
        }
        writer.close();
    }
    static std::size_t lines(const std::string& text) {
        return static_cast<std::size_t>(std::ranges::count(text, '\n'));
    }
    static std::string contents(const std::string& path) {
        std::ifstream file{path, std::ios::binary};
        return {std::istreambuf_iterator<char>{file}, {}};
    }
    static QJsonObject object(const std::string& text) {
        return QJsonDocument::fromJson(QByteArray::fromStdString(text)).object();
    }
    std::string two() const {
        const std::string path = m_folder.file("two.cbrec");
        record(path, {"one", "other"});
        return path;
    }

    sinks_tests::ScratchFolder m_folder;
    const std::string m_path = m_folder.file("r.cbrec");
    const shared_cbuff::Sample m_last = sampleAt(count - 1, tick_ns).sample;
};

TEST_F(RecordingsOfCbuff, InfoShowsTheStateAtTheEndAndThatItIsComplete) {
    const Result result = run({"info", m_path});
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_THAT(result.out, HasSubstr("pushed      " + std::to_string(m_last.pushed) + "\n"));
    EXPECT_THAT(result.out, HasSubstr("3.990 s; complete"));
}

TEST_F(RecordingsOfCbuff, InfoShowsTheStateAtAnyMoment) {
    for (const auto& [at, index] : std::map<std::string, std::uint64_t>{
             {"0", 0}, {"1s", 100}, {"1005ms", 100}, {"-1s", count - 101}, {"2027-01-15T08:00:02.133456789Z", 201}}) {
        const Result result = run({"info", m_path, "--json", "--at=" + at});
        EXPECT_EQ(result.status, 0) << result.err;
        EXPECT_EQ(object(result.out)[u"pushed"].toInteger(),
                  static_cast<qint64>(sampleAt(index, tick_ns).sample.pushed))
            << at;
    }
    EXPECT_EQ(run({"info", m_path, "--at", "soon"}).status, 2);
    EXPECT_EQ(run({"info", m_path, "--at", "2020-01-01T00:00:00Z"}).status, 1);
}

TEST_F(RecordingsOfCbuff, InfoListsAllBuffersOrTheOneAskedFor) {
    const std::string path = two();
    const Result all = run({"info", path, "--json"});
    EXPECT_EQ(QJsonDocument::fromJson(QByteArray::fromStdString(all.out)).array().size(), 2);
    EXPECT_EQ(object(run({"info", path, "--json", "--buffer", "other"}).out)[u"name"], QStringLiteral("other"));
    const Result none = run({"info", path, "--buffer", "third"});
    EXPECT_EQ(none.status, 1);
    EXPECT_THAT(none.err, HasSubstr("\"one\", \"other\""));
    for (const char* const command : {"peek", "watch"}) EXPECT_EQ(run({command, path}).status, 1) << command;
    EXPECT_EQ(run({"check", path, "lost = 0"}).status, 3);
}

TEST_F(RecordingsOfCbuff, OptionsOfRecordingsAreNotForBuffers) {
    const test_support::ScopedName name;
    auto writer = shared_cbuff::Writer::create(name.str(), {.item_size = 8, .length = 4});
    EXPECT_EQ(run({"info", name, "--at", "1s"}).status, 2);
    EXPECT_EQ(run({"info", name, "--buffer", "x"}).status, 2);
    EXPECT_EQ(run({"peek", name, "--buffer", "x"}).status, 2);
    EXPECT_EQ(run({"watch", name, "--speed", "2"}).status, 2);
    EXPECT_EQ(run({"export", name, "--csv", "--from", "1s"}).status, 2);
    EXPECT_EQ(run({"info", m_path, "--wait=1"}).status, 2);
    EXPECT_EQ(run({"export", m_path, "--csv", "--for", "1s"}).status, 2);
    EXPECT_EQ(run({"export", m_path}).status, 2);
    EXPECT_EQ(run({"export", m_path, "--csv", "--trace"}).status, 2);
}

TEST_F(RecordingsOfCbuff, PeekPrintsRecordedItems) {
    EXPECT_EQ(run({"peek", m_path, "-n", "2"}).out, "23\n24\n");
    EXPECT_EQ(run({"peek", m_path, "-n", "3", "--from", "oldest"}).out, "5\n6\n7\n");
    EXPECT_EQ(lines(run({"peek", m_path, "-n", "1000"}).out), 20U);
    const Result jsonl = run({"peek", m_path, "--jsonl"});
    EXPECT_EQ(object(jsonl.out)[u"number"].toInteger(), 24);
}

TEST_F(RecordingsOfCbuff, WatchPlaysFromTheBeginToTheEnd) {
    const Result result = run({"watch", m_path, "--jsonl", "--speed", "1000000"});
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_GE(lines(result.out), 1U);
    const auto last = result.out.rfind('\n', result.out.size() - 2);
    EXPECT_EQ(object(result.out.substr(last == std::string::npos ? 0 : last))[u"pushed"].toInteger(),
              static_cast<qint64>(m_last.pushed));
    EXPECT_THAT(result.err, HasSubstr("the recording ends here"));
}

TEST_F(RecordingsOfCbuff, WatchIsInterruptedByASignal) {
    Program watch{{"watch", m_path, "--jsonl", "--speed", "0.001"}};
    EXPECT_EQ(watch.object()[u"pushed"].toInteger(), static_cast<qint64>(sampleAt(0, tick_ns).sample.pushed));
    watch.signal(SIGINT);
    EXPECT_EQ(watch.finish().status, 130);
}

TEST_F(RecordingsOfCbuff, UntilSaysWhenAConditionHeld) {
    const auto begin = sampleAt(0, tick_ns).sample.pushed;
    const auto wanted = sampleAt(250, tick_ns).sample.pushed - begin;
    const Result held = run({"watch", m_path, "--until", "pushed >= " + std::to_string(wanted)});
    EXPECT_EQ(held.status, 0) << held.err;
    EXPECT_THAT(held.out, HasSubstr("2.500 s after the recording began"));
    const Result never = run({"watch", m_path, "--until", "pushed > 1000000000"});
    EXPECT_EQ(never.status, 1);
    EXPECT_THAT(never.err, HasSubstr("did not hold: the recording ends before"));
    EXPECT_EQ(run({"watch", m_path, "--until", "pushed > 1000000000", "--timeout", "1s"}).status, 124);
    EXPECT_EQ(run({"watch", m_path, "--until", "nonsense"}).status, 2);
    EXPECT_EQ(run({"watch", m_path, "--until", "pushed > 1", "--stop", "all"}).status, 2);
    const Result json = run({"watch", m_path, "--jsonl", "--until", "pushed > 1000000000"});
    EXPECT_FALSE(object(json.out)[u"held"].toBool(true));
}

TEST_F(RecordingsOfCbuff, CheckCountsFromTheBeginOfTheRecording) {
    const auto pushed = m_last.pushed - sampleAt(0, tick_ns).sample.pushed;
    EXPECT_EQ(run({"check", m_path, "pushed = " + std::to_string(pushed)}).status, 0);
    EXPECT_EQ(run({"check", m_path, "pushed < " + std::to_string(pushed)}).status, 2);
    EXPECT_EQ(run({"check", m_path, "--warn", "pushed < " + std::to_string(pushed)}).status, 1);
    const auto lately = m_last.pushed - sampleAt(count - 101, tick_ns).sample.pushed;
    EXPECT_EQ(run({"check", m_path, "--for", "1s", "pushed = " + std::to_string(lately)}).status, 0);
    EXPECT_EQ(run({"check", m_folder.file("none.cbrec"), "lost = 0"}).status, 3);
}

TEST_F(RecordingsOfCbuff, RefusesWithASentenceWhatIsNoRecording) {
    const std::string path = m_folder.file("x.cbrec");
    std::ofstream{path} << std::string(5000, 'x');
    for (const auto& arguments : std::vector<std::vector<std::string>>{
             {"info", path}, {"peek", path}, {"watch", path}, {"export", path, "--csv"}}) {
        const Result result = run(arguments);
        EXPECT_EQ(result.status, 1) << arguments[0];
        EXPECT_THAT(result.err, HasSubstr("is no recording")) << arguments[0];
        EXPECT_EQ(lines(result.err), 1U);
    }
}

TEST_F(RecordingsOfCbuff, ExportGivesEverySampleInEachForm) {
    EXPECT_EQ(lines(run({"export", m_path, "--csv"}).out), count + 1);
    const Result jsonl = run({"export", m_path, "--jsonl"});
    std::size_t samples = 0;
    std::size_t items = 0;
    for (const QByteArray& line : QByteArray::fromStdString(jsonl.out).split('\n')) {
        const auto event = QJsonDocument::fromJson(line).object()[u"event"].toString();
        samples += event == QStringLiteral("sample") ? 1 : 0;
        items += event == QStringLiteral("item") ? 1 : 0;
    }
    EXPECT_EQ(samples, count);
    EXPECT_EQ(items, 20U);
    EXPECT_GT(object(run({"export", m_path, "--trace"}).out)[u"traceEvents"].toArray().size(), 10);
}

TEST_F(RecordingsOfCbuff, ExportKeepsToItsStretchAndBuffer) {
    EXPECT_EQ(lines(run({"export", m_path, "--csv", "--from", "1s", "--to", "2s"}).out), 102U);
    EXPECT_EQ(lines(run({"export", m_path, "--csv", "--from=-1s"}).out), 102U);
    EXPECT_EQ(lines(run({"export", m_path, "--csv", "--to", "2027-01-15T08:00:01.123456789Z"}).out), 102U);
    EXPECT_EQ(run({"export", m_path, "--csv", "--from", "2s", "--to", "1s"}).status, 1);
    const std::string path = two();
    EXPECT_EQ(lines(run({"export", path, "--csv"}).out), 2 * count + 1);
    const std::string one = run({"export", path, "--csv", "--buffer", "one"}).out;
    EXPECT_EQ(lines(one), count + 1);
    EXPECT_THAT(one, Not(HasSubstr("other")));
}

TEST_F(RecordingsOfCbuff, ExportMakesAFileWholeOrNotAtAll) {
    const std::string file = m_folder.file("out.csv");
    EXPECT_EQ(run({"export", m_path, "--csv", "-o", file}).status, 0);
    EXPECT_EQ(lines(contents(file)), count + 1);
    const auto limit = [] {
        const rlimit small{.rlim_cur = 2000, .rlim_max = 2000};
        ::setrlimit(RLIMIT_FSIZE, &small);
    };
    const std::string other = m_folder.file("other.csv");
    const Result full = run({"export", m_path, "--csv", "-o", other}, {}, limit);
    EXPECT_EQ(full.status, 1);
    EXPECT_THAT(full.err, HasSubstr("was not made"));
    EXPECT_FALSE(std::filesystem::exists(other));
    EXPECT_FALSE(std::filesystem::exists(other + ".part"));
    const Result device = run({"export", m_path, "--csv", "-o", "/dev/full"});
    EXPECT_EQ(device.status, 1);
    EXPECT_THAT(device.err, HasSubstr("ends too early"));
    EXPECT_EQ(run({"export", m_path, "--csv", "-o", m_folder.file("no/such/folder.csv")}).status, 1);
}

TEST_F(RecordingsOfCbuff, ExportOfABufferEndsWithItsTimeOrASignal) {
    const test_support::ScopedName name;
    auto writer = shared_cbuff::Writer::create(name.str(), {.item_size = 8, .length = 4});
    const Result timed = run({"export", name, "--csv", "--for", "300ms"});
    EXPECT_EQ(timed.status, 0) << timed.err;
    EXPECT_GT(lines(timed.out), 1U);
    Program endless{{"export", name, "--trace"}};
    endless.line();
    endless.signal(SIGINT);
    const Result interrupted = endless.finish();
    EXPECT_EQ(interrupted.status, 0);
    EXPECT_THAT(interrupted.out, HasSubstr("]}"));
}

}  // namespace
