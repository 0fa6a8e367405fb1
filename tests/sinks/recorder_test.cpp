#include "sinks/recorder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "recordings.hpp"
#include "test_support/eventually.hpp"

namespace {

using namespace sinks_tests;
using testing::HasSubstr;
using workbench::Event;
using workbench::EventKind;
using workbench::Recorder;
using workbench::RecordingError;
using workbench::RecordingSeries;

struct RecorderTest : testing::Test {
    ScratchFolder folder;
    std::string path = folder.file("x.cbrec");
    workbench::BufferFacts facts = factsOf("b");
    RecordingSeries series() { return {path, "cbuff"}; }
};

TEST_F(RecorderTest, WritesEverythingInOrder) {
    Recorder recorder{series()};
    for (std::uint64_t index = 0; index < 1000; index += 10) recorder.take(batchOf(facts, index, 10), {});
    recorder.note({.time = timeOf(5, 10'000'000), .detail = QStringLiteral("hello")});
    recorder.finish();
    const auto samples = samplesOf(path);
    ASSERT_EQ(samples.size(), 1000u);
    EXPECT_EQ(samples[999].sample.pushed, 1000 + 3 * 999u);
    EXPECT_EQ(value(path, "SELECT text FROM notes"), "hello");
    EXPECT_EQ(recorder.totals().samples, 1000u);
    EXPECT_THAT(recorder.paths(), testing::ElementsAre(path));
}

TEST_F(RecorderTest, CommitsWhatNothingFollows) {
    Recorder recorder{series()};
    recorder.take(batchOf(facts, 0, 1), {});
    EXPECT_TRUE(test_support::eventually([&] { return samplesOf(path).size() == 1; }));
}

TEST_F(RecorderTest, DropsWhatFindsNoRoomAndTellsIt) {
    // Room for one batch: while that one is written, most of the others find none.
    Recorder recorder{series(), 1};
    std::uint64_t given = 0;
    for (; given < 20'000; given += 10) {
        auto batch = batchOf(facts, given, 10);
        batch.items = {{batch.samples[0].time, given, 10, std::vector<std::byte>(80)}};
        const Event event{.time = batch.samples[3].time, .kind = EventKind::Note, .until = batch.samples[3].time};
        recorder.take(batch, {&event, 1});
    }
    recorder.finish();
    const auto samples = samplesOf(path);
    const auto skipped = std::stoull(value(path, "SELECT ifnull(sum(count), 0) FROM gaps WHERE kind = 'samples'"));
    const auto lost = std::stoull(value(path, "SELECT ifnull(sum(count), 0) FROM gaps WHERE kind = 'items'"));
    ASSERT_GT(skipped, 0u);
    EXPECT_EQ(samples.size() + skipped, given);
    EXPECT_EQ(itemsOf(path).size() + lost, given);
    EXPECT_EQ(value(path, "SELECT count(*) FROM notes"), std::to_string(given / 10));
    EXPECT_EQ(recorder.totals().skipped, skipped);
    // Between two samples that are there, a gap says exactly how many are missing.
    std::uint64_t explained = 0;
    for (std::size_t index = 1; index < samples.size(); ++index) {
        const auto from = samples[index - 1].times.boot_ns;
        const auto missing = (samples[index].times.boot_ns - from) / 10'000'000 - 1;
        if (missing == 0) continue;
        const auto row = query(path, "SELECT to_boot_ns, count FROM gaps WHERE kind = 'samples' AND from_boot_ns = " +
                                         std::to_string(from));
        ASSERT_EQ(row.size(), 1u) << "after sample " << index;
        EXPECT_EQ(row[0][0], std::to_string(samples[index].times.boot_ns));
        EXPECT_EQ(row[0][1], std::to_string(missing));
        explained += static_cast<std::uint64_t>(missing);
    }
    EXPECT_LE(explained, skipped);
}

TEST_F(RecorderTest, CountsEventsThatAreTooMany) {
    Recorder recorder{series(), 1};
    std::vector<Event> storm(Recorder::mostDelayedEvents + 5);
    for (Event& event : storm) event.time = event.until = timeOf(20, 10'000'000);
    std::uint64_t given = 0;
    // A batch that finds no room while another one is written: after some tries there was one.
    for (std::uint64_t index = 0; index < 200; ++index, given += storm.size()) {
        recorder.take(batchOf(facts, index * 10, 10), storm);
    }
    recorder.finish();
    const auto kept = std::stoull(value(path, "SELECT count(*) FROM notes"));
    const auto dropped = std::stoull(value(path, "SELECT ifnull(sum(count), 0) FROM gaps WHERE kind = 'events'"));
    EXPECT_EQ(kept + dropped, given);
    EXPECT_GT(dropped, 0u);
}

TEST_F(RecorderTest, TellsWhyItEndedAndWaitsForNobody) {
    workbench::RecordingSeries rotating{path, "cbuff", {.every_ns = 1'000'000'000, .bytes = {}, .keep = 0}};
    workbench::RecordingSeries inTheWay{workbench::partPath(path, 2), "cbuff"};
    Recorder recorder{std::move(rotating)};
    for (std::uint64_t index = 0; index < 300; index += 10) recorder.take(batchOf(facts, index, 10), {});
    ASSERT_TRUE(test_support::eventually([&] { return recorder.problem().has_value(); }));
    recorder.take(batchOf(facts, 300, 10), {});
    recorder.waitForRoom();
    EXPECT_THAT(*recorder.problem(), HasSubstr("another program records into"));
    EXPECT_THROW(recorder.finish(), RecordingError);
}

TEST_F(RecorderTest, LeavesNothingWhenItIsDiscarded) {
    Recorder recorder{series()};
    recorder.take(batchOf(facts, 0, 10), {});
    recorder.discard();
    EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

}  // namespace
