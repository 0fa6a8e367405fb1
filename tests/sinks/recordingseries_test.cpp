#include "sinks/recordingseries.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "recordings.hpp"

namespace {

using namespace sinks_tests;
using testing::ElementsAre;
using testing::HasSubstr;
using workbench::partPath;
using workbench::RecordingError;
using workbench::RecordingSeries;

constexpr std::int64_t second_ns = 1'000'000'000;

std::vector<std::string> namesIn(const ScratchFolder& folder) {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator{folder.path()}) {
        names.push_back(entry.path().filename().string());
    }
    std::ranges::sort(names);
    return names;
}

TEST(PartPath, SortsAndStaysARecording) {
    EXPECT_EQ(partPath("a/trace.cbrec", 12), "a/trace-0012.cbrec");
    EXPECT_EQ(partPath("trace", 1), "trace-0001.cbrec");
    EXPECT_EQ(partPath(".cbrec", 1), ".cbrec-0001.cbrec");
}

TEST(RecordingSeries, IsOneFileWithoutRotation) {
    const ScratchFolder folder;
    RecordingSeries series{folder.file("x.cbrec"), "cbuff"};
    series.take(batchOf(factsOf("b"), 0, 500), {});
    series.close();
    EXPECT_THAT(namesIn(folder), ElementsAre("x.cbrec"));
}

TEST(RecordingSeries, GoesOnInAnotherFileAfterItsTimeAndLosesNoSample) {
    const ScratchFolder folder;
    RecordingSeries series{folder.file("x.cbrec"), "cbuff", {.every_ns = 2 * second_ns, .bytes = {}, .keep = 0}};
    for (std::uint64_t index = 0; index < 700; index += 10) series.take(batchOf(factsOf("b"), index, 10), {});
    series.close();
    EXPECT_THAT(namesIn(folder), ElementsAre("x-0001.cbrec", "x-0002.cbrec", "x-0003.cbrec", "x-0004.cbrec"));
    std::uint64_t expected = 0;
    for (unsigned part = 1; part <= 4; ++part) {
        const std::string path = partPath(folder.file("x.cbrec"), part);
        EXPECT_EQ(value(path, "SELECT value FROM recording WHERE key = 'part'"), std::to_string(part));
        EXPECT_EQ(value(path, "SELECT count(*) FROM recording WHERE key = 'ended_boot_ns'"), "1");
        for (const auto& timed : samplesOf(path)) EXPECT_EQ(timed.sample.pushed, 1000 + 3 * expected++);
    }
    EXPECT_EQ(expected, 700u);
    EXPECT_EQ(series.totals().samples, 700u);
    EXPECT_EQ(series.totals().buffers, 1u);
}

TEST(RecordingSeries, KeepsTheNewestFiles) {
    const ScratchFolder folder;
    RecordingSeries series{folder.file("x.cbrec"), "cbuff", {.every_ns = second_ns, .bytes = {}, .keep = 2}};
    for (std::uint64_t index = 0; index < 700; index += 10) series.take(batchOf(factsOf("b"), index, 10), {});
    series.close();
    EXPECT_EQ(namesIn(folder).size(), 2u);
    EXPECT_EQ(series.paths().size(), 2u);
    EXPECT_EQ(series.paths().back(), partPath(folder.file("x.cbrec"), 7));
    std::uint64_t bytes = 0;
    for (const auto& path : series.paths()) bytes += std::filesystem::file_size(path);
    EXPECT_EQ(series.totals().bytes, bytes);
}

TEST(RecordingSeries, GoesOnInAnotherFileOnceItIsLarge) {
    const ScratchFolder folder;
    RecordingSeries series{folder.file("x.cbrec"), "cbuff", {.every_ns = {}, .bytes = 1'000'000, .keep = 0}};
    for (std::uint64_t index = 0; index < 20'000; index += 100) series.take(batchOf(factsOf("b"), index, 100), {});
    series.close();
    EXPECT_GE(series.paths().size(), 2u);
}

TEST(RecordingSeries, EndsWhereItsNextFileIsAnothers) {
    const ScratchFolder folder;
    std::ofstream{folder.file("x-0002.cbrec")} << "mine";
    RecordingSeries series{folder.file("x.cbrec"), "cbuff", {.every_ns = second_ns, .bytes = {}, .keep = 1}};
    series.take(batchOf(factsOf("b"), 0, 200), {});
    try {
        series.take(batchOf(factsOf("b"), 200, 10), {});
        FAIL() << "recorded over a file";
    } catch (const RecordingError& error) {
        EXPECT_THAT(error.what(), HasSubstr("is there already"));
    }
    EXPECT_THROW(series.take(batchOf(factsOf("b"), 210, 10), {}), RecordingError);
    EXPECT_EQ(samplesOf(folder.file("x-0001.cbrec")).size(), 200u);
    EXPECT_EQ(series.totals().samples, 200u);
}

TEST(RecordingSeries, LeavesNothingWhenItIsDiscarded) {
    const ScratchFolder folder;
    RecordingSeries series{folder.file("x.cbrec"), "cbuff"};
    series.take(batchOf(factsOf("b"), 0, 500), {});
    series.discard();
    EXPECT_TRUE(namesIn(folder).empty());
}

}  // namespace
