// cbuff record as a process: what is in the file, how it ends, and with which status.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>
#include <fstream>
#include <optional>

#include "../sinks/recordings.hpp"
#include "program.hpp"
#include "shared_cbuff/reader.hpp"
#include "shared_cbuff/writer.hpp"
#include "test_support/eventually.hpp"
#include "test_support/segments.hpp"

namespace {

using cli_tests::Program;
using cli_tests::run;
using shared_cbuff::Reader;
using shared_cbuff::Writer;
using sinks_tests::itemsOf;
using sinks_tests::query;
using sinks_tests::samplesOf;
using sinks_tests::ScratchFolder;
using sinks_tests::value;
using test_support::eventually;
using test_support::ScopedName;
using testing::HasSubstr;
using testing::Not;

struct RecordCommand : testing::Test {
    ScratchFolder folder;
    std::string path = folder.file("x.cbrec");
    ScopedName name{"rec"};
    std::optional<Writer> writer{Writer::create(name, {.item_size = 8, .length = 16})};

    void push(std::uint64_t count) {
        for (std::uint64_t index = 0; index < count; ++index) writer->push(writer->pushed());
    }
    bool isEmpty() const { return std::filesystem::is_empty(folder.path()); }
};

/// Whether the file has this many rows, or more, by now.
bool has(const std::string& path, const std::string& table, std::uint64_t count) {
    try {
        return std::stoull(value(path, "SELECT count(*) FROM " + table)) >= count;
    } catch (const std::runtime_error&) {  // not there yet
        return false;
    }
}

TEST_F(RecordCommand, EndsWellWithASignalAndSaysWhatItKept) {
    const ScopedName other{"rec"};
    const Writer second = Writer::create(other, {.item_size = 4, .length = 8});
    auto reader = Reader::attach(name, {.label = "slow"});
    Program program{{"record", name, other, "-o", path}};
    ASSERT_TRUE(eventually([&] { return has(path, "chunks", 2); }));
    push(40);
    ASSERT_TRUE(eventually([&] { return has(path, "events WHERE word = 'overflow'", 1); }));
    program.signal(SIGINT);
    const auto result = program.finish();
    EXPECT_EQ(result.status, 0);
    EXPECT_THAT(result.err, HasSubstr("recorded 2 buffers, "));
    EXPECT_THAT(result.err, HasSubstr("x.cbrec\"; "));
    EXPECT_EQ(value(path, "SELECT count(*) FROM recording WHERE key = 'ended_boot_ns'"), "1");
    EXPECT_EQ(value(path, "SELECT amount FROM events WHERE word = 'overflow'"), "24");
    const auto samples = samplesOf(path);
    EXPECT_EQ(samples.back().sample.pushed, 40u);
    EXPECT_EQ(samples.back().sample.readers.at(0).lost, 24u);
    EXPECT_EQ(samplesOf(path, 2).back().sample.geometry.item_size, 4u);
}

TEST_F(RecordCommand, EndsWithItsTime) {
    const auto result = run({"record", name, "-o", path, "--for", "0.3s", "--rate", "1000"});
    EXPECT_EQ(result.status, 0);
    EXPECT_THAT(result.err, HasSubstr("recorded 1 buffer, "));
    const auto samples = samplesOf(path);
    ASSERT_GT(samples.size(), 1u);
    const auto skipped = std::stoull(value(path, "SELECT ifnull(sum(count), 0) FROM gaps"));
    EXPECT_THAT(result.err, HasSubstr(skipped == 0 ? "; complete" : "; missing: "));
    // A tick a millisecond: those taken and those told as missing make up the whole stretch.
    const auto ticks = (samples.back().times.boot_ns - samples.front().times.boot_ns + 500'000) / 1'000'000 + 1;
    EXPECT_NEAR(static_cast<double>(samples.size() + skipped), static_cast<double>(ticks), 2);
}

TEST_F(RecordCommand, EndsWhenAllBuffersHave) {
    Program program{{"record", name, "-o", path}};
    ASSERT_TRUE(eventually([&] { return has(path, "chunks", 1); }));
    writer.reset();
    const auto result = program.finish();
    EXPECT_EQ(result.status, 0);
    EXPECT_THAT(result.err, HasSubstr("was closed by its writer"));
    EXPECT_EQ(value(path, "SELECT count(*) FROM events WHERE word = 'closed'"), "1");
}

TEST_F(RecordCommand, KeepsItems) {
    push(20);
    Program program{{"record", name, "-o", path, "--items"}};
    ASSERT_TRUE(eventually([&] { return has(path, "items", 1); }));
    push(5);
    program.signal(SIGTERM);
    EXPECT_EQ(program.finish().status, 0);
    const auto items = itemsOf(path);
    ASSERT_EQ(items.size(), 21u);
    EXPECT_EQ(items.front().number, 4u);
    EXPECT_EQ(items.back().number, 24u);
    for (const auto& item : items) EXPECT_EQ(item.number, item.content);
    EXPECT_TRUE(samplesOf(path).back().sample.readers.empty());
}

TEST_F(RecordCommand, GoesOnInFurtherFiles) {
    const auto result = run({"record", name, "-o", path, "--for", "1s", "--rotate", "200ms", "--keep", "2"});
    EXPECT_EQ(result.status, 0);
    EXPECT_THAT(result.err, HasSubstr("2 files up to "));
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::directory_iterator{folder.path()}) {
        EXPECT_THAT(entry.path().filename().string(), testing::MatchesRegex("x-00[0-9][0-9].cbrec"));
        ++files;
    }
    EXPECT_EQ(files, 2u);
}

TEST_F(RecordCommand, BeginsBeforeItsConditionHeld) {
    auto reader = Reader::attach(name, {.label = "slow"});
    push(3);
    Program program{{"record", name, "-o", path, "--pre", "1h", "--on", "lost > 2", "--for", "0.2s"}};
    // It has looked once when it has its file and sleeps again; what it saw then is before the condition.
    ASSERT_TRUE(eventually([&] { return has(path, "recording", 1) && program.sleeps().value_or(0) > 20; }));
    push(16);
    const auto result = program.finish();
    EXPECT_EQ(result.status, 0);
    EXPECT_THAT(result.err, HasSubstr("lost > 2 holds: recording begins"));
    const auto samples = samplesOf(path);
    ASSERT_GT(samples.size(), 1u);
    EXPECT_EQ(samples.front().sample.pushed, 3u);
    EXPECT_EQ(samples.back().sample.pushed, 19u);
    EXPECT_EQ(value(path, "SELECT count(*) FROM events WHERE word = 'overflow'"), "1");
}

TEST_F(RecordCommand, KeepsNothingIfItsConditionNeverHeld) {
    Program program{{"record", name, "-o", path, "--on", "lost > 2"}};
    ASSERT_TRUE(eventually([&] { return has(path, "recording", 1); }));
    program.signal(SIGINT);
    const auto result = program.finish();
    EXPECT_EQ(result.status, 130);
    EXPECT_THAT(result.err, HasSubstr("lost > 2 did not hold: nothing was recorded"));
    EXPECT_TRUE(isEmpty());
}

TEST_F(RecordCommand, LeavesNoFileIfThereIsNoBuffer) {
    writer.reset();
    const auto missing = run({"record", name, "-o", path});
    EXPECT_EQ(missing.status, 1);
    EXPECT_TRUE(isEmpty());
    const auto late = run({"record", name, "-o", path, "--wait=0.05"});
    EXPECT_EQ(late.status, 124);
    EXPECT_TRUE(isEmpty());
}

TEST_F(RecordCommand, WaitsForItsBuffer) {
    writer.reset();
    Program program{{"record", name, "-o", path, "--wait"}};
    ASSERT_TRUE(eventually([&] { return has(path, "recording", 1); }));
    writer.emplace(Writer::create(name, {.item_size = 8, .length = 16}));
    ASSERT_TRUE(eventually([&] { return has(path, "chunks", 1); }));
    program.signal(SIGINT);
    EXPECT_EQ(program.finish().status, 0);
}

TEST_F(RecordCommand, RefusesAFileThatIsThere) {
    std::ofstream{path} << "mine";
    const auto result = run({"record", name, "-o", path});
    EXPECT_EQ(result.status, 1);
    EXPECT_THAT(result.err, HasSubstr("is there already"));
    std::ifstream file{path};
    EXPECT_EQ((std::string{std::istreambuf_iterator<char>{file}, {}}), "mine");
}

TEST_F(RecordCommand, EndsWithASentenceWhenItCannotWriteAnyMore) {
    Program program{{"record", name, "-o", path, "--rotate", "200ms"}};
    ASSERT_TRUE(eventually([&] { return std::filesystem::exists(folder.file("x-0001.cbrec")); }));
    std::filesystem::permissions(folder.path(), std::filesystem::perms::owner_read);
    std::ofstream{folder.file("x-0002.cbrec")} << "mine";  // for root, whom no permission stops
    const auto result = program.finish();
    std::filesystem::permissions(folder.path(), std::filesystem::perms::owner_all);
    EXPECT_EQ(result.status, 1);
    EXPECT_THAT(result.err, HasSubstr("x-0002.cbrec\" "));
    EXPECT_THAT(result.err, HasSubstr("recorded 1 buffer, "));
    EXPECT_FALSE(samplesOf(folder.file("x-0001.cbrec")).empty());
}

TEST_F(RecordCommand, SaysWhatIsWrongWithItsOptions) {
    const std::vector<std::vector<std::string>> wrong{{"record", name},
                                                      {"record", "-o", path},
                                                      {"record", name, "-o", ""},
                                                      {"record", name, "-o", path, "--rate", "1001"},
                                                      {"record", name, "-o", path, "--rate", "0"},
                                                      {"record", name, "-o", path, "--keep", "3"},
                                                      {"record", name, "-o", path, "--rotate", "1h", "--keep", "0"},
                                                      {"record", name, "-o", path, "--rotate", "1X"},
                                                      {"record", name, "-o", path, "--rotate", "0G"},
                                                      {"record", name, "-o", path, "--pre", "3s"},
                                                      {"record", name, "-o", path, "--pre", "x", "--on", "lost > 1"},
                                                      {"record", name, "-o", path, "--on", "lots > 1"},
                                                      {"record", name, "-o", path, "--for", "soon"},
                                                      {"record", name, "-o", path, "--item-size", "8"}};
    for (const auto& arguments : wrong) {
        const auto result = run(arguments);
        EXPECT_EQ(result.status, 2) << testing::PrintToString(arguments);
        EXPECT_THAT(result.err, Not(testing::IsEmpty()));
    }
    EXPECT_TRUE(isEmpty());
}

TEST_F(RecordCommand, RecordsAClassicBufferThatIsToldItsGeometry) {
    const ScopedName classic{"rec"};
    test_support::make_segment(classic, std::vector<std::byte>(shared_cbuff::classic_segment_size({2, 8})));
    const auto result =
        run({"record", classic, name, "-o", path, "--item-size", "2", "--length", "8", "--for", "0.2s"});
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_EQ(value(path, "SELECT format FROM buffers WHERE item_size = 2"), "classic");
    EXPECT_EQ(value(path, "SELECT format FROM buffers WHERE item_size = 8"), "extended");
}

}  // namespace
