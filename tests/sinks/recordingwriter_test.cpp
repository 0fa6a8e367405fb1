#include "sinks/recordingwriter.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <optional>

#include "../values/anysamples.hpp"
#include "feeds/recordinglock.hpp"
#include "recordings.hpp"
#include "sinks/recordingrows.hpp"

namespace {

using namespace sinks_tests;
using testing::ElementsAre;
using testing::HasSubstr;
using workbench::Event;
using workbench::EventKind;
using workbench::FeedBatch;
using workbench::RecordingError;
using workbench::RecordingWriter;

using Row = std::vector<std::string>;

struct RecordingWriterTest : testing::Test {
    ScratchFolder folder;
    std::string path = folder.file("x.cbrec");
    workbench::BufferFacts facts = factsOf("sensor");
};

void expectSamples(const std::string& path, std::uint64_t first, std::uint64_t count, int buffer = 1,
                   std::int64_t period_ns = 10'000'000) {
    const auto samples = samplesOf(path, buffer);
    ASSERT_EQ(samples.size(), count);
    for (std::uint64_t index = 0; index < count; ++index) {
        const auto expected = sampleAt(first + index, period_ns);
        ASSERT_EQ(values_tests::everythingOf(samples[index], false), values_tests::everythingOf(expected, false));
        ASSERT_NEAR(samples[index].time, expected.time, 1e-6);
    }
}

TEST_F(RecordingWriterTest, KeepsEverySampleOfEveryBuffer) {
    RecordingWriter writer{path};
    const auto other = factsOf("other", 3);
    for (std::uint64_t part = 0; part < 10; ++part) {
        writer.take(batchOf(facts, part * 37, 37), {});
        writer.take(batchOf(other, part * 11, 11), {});
    }
    writer.close();
    expectSamples(path, 0, 370, 1);
    expectSamples(path, 0, 110, 2);
    EXPECT_EQ(writer.totals().samples, 480u);
    EXPECT_EQ(writer.totals().buffers, 2u);
}

TEST_F(RecordingWriterTest, SaysWhatItIs) {
    RecordingWriter writer{path, {.program = "cbuff 9.9", .part = 7}};
    writer.take(batchOf(facts, 0, 100), {});
    writer.close();
    EXPECT_EQ(value(path, "PRAGMA application_id"), "1128419907");
    EXPECT_EQ(value(path, "PRAGMA user_version"), "1");
    EXPECT_EQ(value(path, "PRAGMA integrity_check"), "ok");
    const auto key = [&](const std::string& name) {
        return value(path, "SELECT value FROM recording WHERE key = '" + name + "'");
    };
    EXPECT_EQ(key("program"), "cbuff 9.9");
    EXPECT_EQ(key("part"), "7");
    EXPECT_EQ(key("started_boot_ns"), "100000000000");
    EXPECT_EQ(key("started_unix_ns"), std::to_string(firstUnix_ns));
    EXPECT_EQ(key("ended_boot_ns"), "100990000000");
    EXPECT_EQ(key("ended_unix_ns"), std::to_string(firstUnix_ns + 990'000'000));
}

TEST_F(RecordingWriterTest, TellsTheBufferAndItsReaders) {
    RecordingWriter writer{path};
    facts.name = "sen\nsor";
    facts.machine = "far";
    writer.take(batchOf(facts, 0, 200), {});
    writer.close();
    EXPECT_THAT(query(path,
                      "SELECT name, machine, format, item_size, length, device, inode, policy, max_readers, "
                      "created_unix_ns, last_boot_ns FROM buffers"),
                ElementsAre(Row{"sen\\nsor", "far", "extended", "8", "1024", "1", "2", "overwrite", "64", "NULL",
                                "101990000000"}));
    EXPECT_THAT(query(path,
                      "SELECT buffer, slot, generation, label, pid, start, first_boot_ns, last_boot_ns "
                      "FROM readers"),
                ElementsAre(Row{"1", "2", "3", "slow", "44", "0", "100000000000", "101990000000"}));
}

TEST_F(RecordingWriterTest, HasARowASecondForTheBufferAndEachReader) {
    RecordingWriter writer{path};
    writer.take(batchOf(facts, 0, 250), {});
    writer.close();
    EXPECT_THAT(
        query(path,
              "SELECT reader, time_boot_s, time_unix_s, samples, state, usage_min, usage_max, usage_last, "
              "pushed, rejected, popped, lost, overruns, underflows FROM seconds ORDER BY id LIMIT 4"),
        ElementsAre(
            Row{"NULL", "100", "1800000000", "100", "alive", "0", "99", "99", "1297", "9", "NULL", "NULL", "NULL",
                "NULL"},
            Row{"1", "100", "1800000000", "100", "alive", "0", "99", "99", "NULL", "NULL", "1194", "4", "2", "1"},
            Row{"NULL", "101", "1800000001", "100", "alive", "0", "99", "99", "1597", "19", "NULL", "NULL", "NULL",
                "NULL"},
            Row{"1", "101", "1800000001", "100", "alive", "0", "99", "99", "NULL", "NULL", "1489", "9", "4", "3"}));
    EXPECT_EQ(value(path, "SELECT count(*) FROM seconds"), "6");
    EXPECT_EQ(value(path, "SELECT count(*) FROM minutes"), "2");
    EXPECT_EQ(value(path, "SELECT samples FROM minutes WHERE reader IS NULL"), "250");
}

TEST_F(RecordingWriterTest, NumbersEventsAndCallsThemByTheirWord) {
    RecordingWriter writer{path};
    const auto batch = batchOf(facts, 0, 100);
    const auto at = [](std::uint64_t index) { return timeOf(index, 10'000'000); };
    const workbench::EventReader slow{{1, 2}, {2, 3}, QStringLiteral("slow"), 44};
    const workbench::EventReader unseen{{1, 2}, {9, 8}, QStringLiteral("gone"), 45};
    const std::vector<Event> events{
        {.time = at(5), .kind = EventKind::Overflow, .reader = slow, .amount = 7, .count = 2, .until = at(6)},
        {.time = at(7), .kind = EventKind::ReaderDetached, .reader = unseen, .amount = 20, .lost = 3, .until = at(7)},
        {.time = at(8), .kind = EventKind::WriterAttached, .pid = 99, .epoch = 4, .until = at(8)},
        {.time = at(9),
         .kind = EventKind::HelperEnded,
         .pid = 98,
         .isConsumer = true,
         .detail = QStringLiteral("bye"),
         .until = at(9)},
        {.time = at(10), .kind = EventKind::Note, .detail = QStringLiteral("look here"), .until = at(10)}};
    writer.take(batch, events);
    writer.close();
    EXPECT_THAT(query(path,
                      "SELECT reader, time_boot_ns, time_unix_ns - time_boot_ns, until_boot_ns, kind, word, "
                      "amount, count, lost, pid, epoch, is_consumer, detail FROM events ORDER BY id"),
                ElementsAre(Row{"1", "100050000000", "1799999900123456789", "100060000000", "0", "overflow", "7", "2",
                                "0", "0", "0", "0", ""},
                            Row{"2", "100070000000", "1799999900123456789", "100070000000", "3", "reader detached",
                                "20", "1", "3", "0", "0", "0", ""},
                            Row{"NULL", "100080000000", "1799999900123456789", "100080000000", "5", "writer attached",
                                "0", "1", "0", "99", "4", "0", ""},
                            Row{"NULL", "100090000000", "1799999900123456789", "100090000000", "14", "helper ended",
                                "0", "1", "0", "98", "0", "1", "bye"}));
    EXPECT_THAT(query(path, "SELECT buffer, time_boot_ns, text FROM notes"),
                ElementsAre(Row{"1", "100100000000", "look here"}));
    EXPECT_THAT(query(path, "SELECT slot, generation, label, pid, start FROM readers WHERE id = 2"),
                ElementsAre(Row{"9", "8", "gone", "45", "NULL"}));
    EXPECT_EQ(value(path, "SELECT utc FROM event_list ORDER BY utc LIMIT 1"), "2027-01-15T08:00:00.173456789Z");
}

TEST_F(RecordingWriterTest, MakesOneRowOfAStormOfLikeEvents) {
    RecordingWriter writer{path};
    const auto batch = batchOf(facts, 0, 70);
    const workbench::EventReader slow{{1, 2}, {2, 3}, QStringLiteral("slow"), 44};
    const workbench::EventReader fast{{1, 2}, {3, 3}, QStringLiteral("fast"), 45};
    std::vector<Event> events;
    for (std::size_t index = 10; index < 60; ++index) {
        const double time = batch.samples[index].time;
        const auto add = [&](EventKind kind, const std::optional<workbench::EventReader>& reader,
                             std::uint64_t amount) {
            events.push_back({.time = time, .kind = kind, .reader = reader, .amount = amount, .until = time});
        };
        add(EventKind::Overflow, slow, 2);
        add(EventKind::Overflow, fast, 3);
        add(EventKind::Rejected, std::nullopt, 1);
        add(EventKind::WriterAttached, std::nullopt, 0);
    }
    writer.take(batch, events);
    writer.commit();
    writer.take(batchOf(facts, 70, 10), {&events[0], 1});
    writer.close();
    EXPECT_THAT(query(path,
                      "SELECT word, reader, amount, count, time_boot_ns, until_boot_ns FROM events WHERE word != "
                      "'writer attached' ORDER BY id LIMIT 3"),
                ElementsAre(Row{"overflow", "1", "100", "50", "100100000000", "100590000000"},
                            Row{"overflow", "2", "150", "50", "100100000000", "100590000000"},
                            Row{"rejected", "NULL", "50", "50", "100100000000", "100590000000"}));
    EXPECT_EQ(value(path, "SELECT count(*) FROM events WHERE word = 'writer attached'"), "50");
    EXPECT_EQ(value(path, "SELECT count(*) FROM events WHERE word = 'overflow'"), "3");
}

TEST(RecordedWords, AreDifferentForEachKind) {
    std::vector<std::string> words;
    for (int kind = 0; kind <= static_cast<int>(EventKind::Rejected); ++kind) {
        words.emplace_back(workbench::recordedWord(static_cast<EventKind>(kind)));
    }
    std::ranges::sort(words);
    EXPECT_EQ(std::ranges::adjacent_find(words), words.end());
    EXPECT_EQ(workbench::recordedWord(EventKind::Rejected), "rejected");
}

TEST_F(RecordingWriterTest, KeepsANoteOfNoBuffer) {
    RecordingWriter writer{path};
    writer.take(batchOf(facts, 0, 1), {});
    writer.note({.time = timeOf(50, 10'000'000), .detail = QStringLiteral("begin")});
    writer.close();
    const auto rows = query(path, "SELECT buffer, time_boot_ns, text FROM notes");
    ASSERT_EQ(rows.size(), 1u);
    EXPECT_EQ(rows[0][0], "NULL");
    EXPECT_NEAR(std::stod(rows[0][1]), 100.5e9, 1000);  // a time alone is as exact as a double
}

TEST_F(RecordingWriterTest, TellsGapsWithTheirPlaces) {
    RecordingWriter writer{path};
    writer.take(batchOf(facts, 0, 10), {});
    auto batch = batchOf(facts, 15, 10);
    batch.skipped = 5;
    batch.sampleGaps = {{.from = timeOf(9, 10'000'000), .to = timeOf(15, 10'000'000), .skipped = 5}};
    batch.gaps = {{.time = timeOf(16, 10'000'000), .first = 40, .count = 4}};
    writer.take(batch, {});
    writer.dropEvents(facts, timeOf(20, 10'000'000), 3);
    writer.close();
    EXPECT_THAT(query(path,
                      "SELECT buffer, kind, from_boot_ns, to_boot_ns, first, count FROM gaps WHERE kind != "
                      "'events' ORDER BY id"),
                ElementsAre(Row{"1", "samples", "100090000000", "100150000000", "NULL", "5"},
                            Row{"1", "items", "100160000000", "100160000000", "40", "4"}));
    EXPECT_EQ(value(path, "SELECT count FROM gaps WHERE kind = 'events'"), "3");
    EXPECT_EQ(writer.totals().skipped, 5u);
    EXPECT_EQ(writer.totals().itemsLost, 4u);
}

workbench::TimedItems itemsAt(std::uint64_t sample, std::uint64_t first, std::uint64_t count) {
    workbench::TimedItems items{timeOf(sample, 10'000'000), first, count, {}};
    for (std::uint64_t number = first; number < first + count; ++number) {
        for (int shift = 56; shift >= 0; shift -= 8) items.bytes.push_back(static_cast<std::byte>(number >> shift));
    }
    return items;
}

TEST_F(RecordingWriterTest, KeepsItemsByTheirNumbers) {
    RecordingWriter writer{path};
    auto batch = batchOf(facts, 0, 5);
    batch.items = {itemsAt(1, 100, 3), itemsAt(2, 103, 2), itemsAt(3, 110, 1)};
    writer.take(batch, {});
    batch = batchOf(facts, 5, 5);
    batch.items = {itemsAt(6, 111, 200'000)};
    writer.take(batch, {});
    writer.close();
    const auto items = itemsOf(path);
    ASSERT_EQ(items.size(), 200'006u);
    for (const auto& item : items) ASSERT_EQ(item.number, item.content);
    EXPECT_EQ(items[4].number, 104u);
    EXPECT_EQ(items[5].number, 110u);
    EXPECT_EQ(writer.totals().items, 200'006u);
    EXPECT_THAT(query(path, "SELECT first, count, first_boot_ns, last_boot_ns FROM items ORDER BY first LIMIT 1"),
                ElementsAre(Row{"100", "5", "100010000000", "100020000000"}));
}

TEST_F(RecordingWriterTest, TellsWhenTheWallClockWasSet) {
    RecordingWriter writer{path};
    auto batch = batchOf(facts, 0, 100);
    for (std::size_t index = 30; index < 100; ++index) batch.samples[index].times.unix_ns -= 3'600'000'000'000;
    for (std::size_t index = 60; index < 100; ++index) batch.samples[index].times.unix_ns += 1'000'000;  // slewed
    writer.take(batch, {});
    writer.close();
    EXPECT_THAT(query(path, "SELECT boot_ns, unix_ns FROM clock ORDER BY boot_ns"),
                ElementsAre(Row{"100000000000", std::to_string(firstUnix_ns)},
                            Row{"100300000000", std::to_string(firstUnix_ns + 300'000'000 - 3'600'000'000'000)}));
}

TEST_F(RecordingWriterTest, MayBeReadWhileItGrowsAndLacksLessThanASecond) {
    RecordingWriter writer{path};
    for (std::uint64_t index = 0; index < 1000; ++index) {
        writer.take(batchOf(facts, index, 1), {});
        ASSERT_LE(index + 1 - writer.totals().samples, 80u);  // 0.8 s
    }
    const std::size_t there = samplesOf(path).size();
    EXPECT_EQ(writer.totals().samples, there);
    EXPECT_EQ(value(path, "SELECT count(*) FROM recording WHERE key = 'ended_boot_ns'"), "0");
    writer.commit();
    expectSamples(path, 0, 1000);
}

TEST_F(RecordingWriterTest, SaysThatItWasNotClosed) {
    {
        RecordingWriter writer{path};
        writer.take(batchOf(facts, 0, 100), {});
        writer.commit();
        writer.take(batchOf(facts, 100, 10), {});
    }
    expectSamples(path, 0, 100);
    EXPECT_EQ(value(path, "SELECT count(*) FROM recording WHERE key = 'ended_boot_ns'"), "0");
}

TEST_F(RecordingWriterTest, LeavesOneFileThatCanBeReadWhereNothingCanBeWritten) {
    RecordingWriter writer{path};
    writer.take(batchOf(facts, 0, 100), {});
    EXPECT_TRUE(std::filesystem::exists(path + "-wal"));
    writer.close();
    EXPECT_FALSE(std::filesystem::exists(path + "-wal"));
    EXPECT_EQ(value(path, "PRAGMA journal_mode"), "delete");
}

std::string refusalOf(const std::string& path) {
    try {
        RecordingWriter{path};
    } catch (const RecordingError& error) {
        return error.what();
    }
    return {};
}

TEST_F(RecordingWriterTest, RecordsOverNothing) {
    std::ofstream{path} << "dear diary";
    EXPECT_THAT(refusalOf(path), HasSubstr("is there already"));
    std::ifstream file{path};
    EXPECT_EQ((std::string{std::istreambuf_iterator<char>{file}, {}}), "dear diary");
}

TEST_F(RecordingWriterTest, RefusesAFileThatAnotherRecorderWrites) {
    std::optional<RecordingWriter> writer{std::in_place, path};
    EXPECT_TRUE(workbench::isBeingRecorded(path));
    EXPECT_THAT(refusalOf(path), HasSubstr("another program records into"));
    writer->take(batchOf(facts, 0, 10), {});
    writer->close();
    writer.reset();
    EXPECT_FALSE(workbench::isBeingRecorded(path));
    EXPECT_THAT(refusalOf(path), HasSubstr("is there already"));
    EXPECT_FALSE(workbench::isBeingRecorded(folder.file("none")));
}

TEST_F(RecordingWriterTest, SaysWhereNothingCanBeMade) {
    EXPECT_THAT(refusalOf(folder.file("no/such/x.cbrec")), HasSubstr("No such file or directory; choose a folder"));
    EXPECT_THAT(refusalOf(folder.path().string()), HasSubstr("is there already"));
}

TEST_F(RecordingWriterTest, TakesNothingMoreOnceItIsClosed) {
    RecordingWriter writer{path};
    writer.take(batchOf(facts, 0, 10), {});
    writer.close();
    EXPECT_THROW(writer.take(batchOf(facts, 10, 10), {}), RecordingError);
    expectSamples(path, 0, 10);
}

TEST_F(RecordingWriterTest, MakesAnEmptyRecordingOfNothing) {
    RecordingWriter writer{path};
    writer.close();
    EXPECT_EQ(value(path, "SELECT count(*) FROM chunks"), "0");
    EXPECT_EQ(value(path, "PRAGMA integrity_check"), "ok");
}

}  // namespace
