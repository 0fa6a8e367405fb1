// cbuff produce and cbuff consume as processes: the protocol that the workbench relies on, and every way to end.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <thread>

#include "program.hpp"
#include "shared_cbuff/detail/segment.hpp"
#include "shared_cbuff/observer.hpp"
#include "shared_cbuff/reader.hpp"
#include "shared_cbuff/writer.hpp"
#include "test_support/segments.hpp"

namespace {

using namespace Qt::StringLiterals;
using cli_tests::Program;
using cli_tests::Result;
using cli_tests::run;
using shared_cbuff::Observer;
using shared_cbuff::OverflowPolicy;
using shared_cbuff::Reader;
using shared_cbuff::Writer;
using shared_cbuff::WriterState;
using test_support::eventually;
using test_support::ScopedName;
using testing::HasSubstr;

std::vector<std::string> producing(const ScopedName& name, std::initializer_list<std::string> more,
                                   const std::string& length = "64") {
    std::vector<std::string> arguments{"produce", name, "--create", "--item-size", "8", "--length", length, "--jsonl"};
    arguments.insert(arguments.end(), more);
    return arguments;
}

std::vector<std::string> consuming(const ScopedName& name, std::initializer_list<std::string> more) {
    std::vector<std::string> arguments{"consume", name, "--jsonl", "--verify", "counter"};
    arguments.insert(arguments.end(), more);
    return arguments;
}

QString reasonOf(const QJsonObject& end) { return end["reason"_L1].toString(); }

/// A helper goes on a tenth of a second beyond its duration, to catch up; one that had no turn in it does less.
bool caughtUp(const QJsonObject& end, double duration_s) { return end["elapsed"_L1].toDouble() < duration_s + 0.1; }

/// Sends a control line and takes its acknowledgement.
QJsonObject command(Program& helper, const std::string& line) {
    helper.write(line + "\n");
    return helper.event("ack");
}

TEST(Produce, IntroducesItselfFirst) {
    const ScopedName name;
    Program producer{producing(name, {"--count", "1"})};
    const QJsonObject start = producer.object();
    EXPECT_EQ(start["event"_L1].toString(), "start"_L1);
    EXPECT_EQ(start["role"_L1].toString(), "producer"_L1);
    EXPECT_EQ(start["name"_L1].toString().toStdString(), name.str());
    EXPECT_EQ(start["pid"_L1].toInteger(), producer.pid());
    EXPECT_EQ(start["item_size"_L1].toInteger(), 8);
    EXPECT_EQ(start["length"_L1].toInteger(), 64);
}

TEST(Produce, EndsAtItsCountAndRemovesWhatItCreated) {
    const ScopedName name;
    Program producer{producing(name, {"--count", "1000", "--rate", "max"})};
    const QJsonObject end = producer.event("end");
    EXPECT_EQ(reasonOf(end), "count"_L1);
    EXPECT_EQ(end["pushed"_L1].toInteger(), 1000);
    EXPECT_EQ(producer.finish().status, 0);
    EXPECT_FALSE(name.exists());
}

TEST(Produce, PushesWhatItsRateAndDurationSay) {
    const ScopedName name;
    Program producer{producing(name, {"--rate", "1000", "--duration", "0.5"})};
    const QJsonObject end = producer.event("end");
    EXPECT_EQ(reasonOf(end), "duration"_L1);
    EXPECT_LE(end["pushed"_L1].toInteger(), 500);
    if (caughtUp(end, 0.5)) {
        EXPECT_EQ(end["pushed"_L1].toInteger(), 500);
    }
}

TEST(Produce, ContinuesTheCounterOfItsPredecessor) {
    const ScopedName name;
    Writer::create(name.str(), {.item_size = 8, .length = 16}).release();
    for (int round = 0; round < 2; ++round)
        EXPECT_EQ(run({"produce", name, "--count", "4", "--rate", "max"}).status, 0);
    EXPECT_EQ(run({"pop", name, "--all"}).out, "0\n1\n2\n3\n4\n5\n6\n7\n");
    EXPECT_EQ(Observer::attach(name.str()).sample().writer.state, WriterState::vacant);
}

TEST(Produce, ObeysControlLines) {
    const ScopedName name;
    Program producer{producing(name, {"--control", "--rate", "1000"})};
    EXPECT_TRUE(command(producer, "pause")["ok"_L1].toBool());
    QJsonObject report = producer.event("report");
    EXPECT_TRUE(report["paused"_L1].toBool());
    const qint64 before = report["pushed"_L1].toInteger();
    EXPECT_TRUE(command(producer, "step 5")["ok"_L1].toBool());
    report = producer.event("report");
    EXPECT_EQ(report["pushed"_L1].toInteger(), before + 5);
    EXPECT_TRUE(command(producer, "rate 2.5")["ok"_L1].toBool());
    EXPECT_EQ(producer.event("report")["rate_target"_L1].toDouble(), 2.5);
    EXPECT_TRUE(command(producer, "rate max")["ok"_L1].toBool());
    EXPECT_TRUE(producer.event("report")["rate_target"_L1].isNull());
    EXPECT_TRUE(command(producer, "resume")["ok"_L1].toBool());
    EXPECT_FALSE(producer.event("report")["paused"_L1].toBool());
    EXPECT_TRUE(command(producer, "stop")["ok"_L1].toBool());
    EXPECT_EQ(reasonOf(producer.event("end")), "stopped"_L1);
    EXPECT_EQ(producer.finish().status, 0);
    EXPECT_FALSE(name.exists());
}

TEST(Produce, FollowsAPauseWithNoBurst) {
    const ScopedName name;
    constexpr double rate = 20;
    Program producer{producing(name, {"--control", "--rate", "20"})};
    EXPECT_TRUE(command(producer, "pause")["ok"_L1].toBool());
    const qint64 before = producer.event("report")["pushed"_L1].toInteger();
    std::this_thread::sleep_for(std::chrono::seconds{1});  // a pause of twenty slots: the very subject
    const auto resumed = std::chrono::steady_clock::now();
    EXPECT_TRUE(command(producer, "resume")["ok"_L1].toBool());
    Observer observer = Observer::attach(name.str());
    shared_cbuff::Sample sample;
    ASSERT_TRUE(eventually([&] {
        observer.sample(sample);
        return sample.pushed > static_cast<std::uint64_t>(before);
    }));
    const std::chrono::duration<double> since = sample.taken_at - resumed;
    // At once the first, and then what the time since allows: however late this look comes.
    EXPECT_LE(static_cast<double>(sample.pushed), static_cast<double>(before) + 1 + since.count() * rate);
}

TEST(Produce, RefusesBadControlLinesAndGoesOn) {
    const ScopedName name;
    Program producer{producing(name, {"--control"})};
    for (const std::string line : {"rate fast", "step 0", "hurry", "step 3"}) {
        const QJsonObject ack = command(producer, line);
        EXPECT_EQ(ack["command"_L1].toString().toStdString(), line);
        EXPECT_FALSE(ack["ok"_L1].toBool()) << line;
        EXPECT_FALSE(ack["error"_L1].toString().isEmpty()) << line;
    }
    EXPECT_TRUE(command(producer, "stop")["ok"_L1].toBool());
}

TEST(Produce, AcknowledgesWithTheIdOfTheOrder) {
    const ScopedName name;
    Program producer{producing(name, {"--control"})};
    QJsonObject ack = command(producer, "rate 2.5 #7");
    EXPECT_EQ(ack["id"_L1].toInteger(), 7);
    EXPECT_EQ(ack["command"_L1].toString(), "rate 2.5"_L1);
    EXPECT_TRUE(ack["ok"_L1].toBool());
    ack = command(producer, "step 3 #8");
    EXPECT_EQ(ack["id"_L1].toInteger(), 8);
    EXPECT_FALSE(ack["ok"_L1].toBool()) << "it is not paused";
    EXPECT_FALSE(command(producer, "pause").contains("id"_L1));
}

TEST(Produce, AcknowledgesInWordsWithoutJson) {
    const ScopedName name;
    Program producer{{"produce", name, "--create", "--item-size", "8", "--length", "4", "--control"}};
    producer.write("pause\nrate x\nstop\n");
    EXPECT_EQ(producer.line(), "ok pause");
    EXPECT_THAT(*producer.line(), testing::StartsWith("error rate x: "));
    EXPECT_EQ(producer.line(), "ok stop");
}

TEST(Produce, EndsWhenItsControllerGoes) {
    const ScopedName name;
    Program producer{producing(name, {"--control"})};
    EXPECT_EQ(producer.object()["event"_L1].toString(), "start"_L1);
    producer.closeInput();
    EXPECT_EQ(reasonOf(producer.event("end")), "control closed"_L1);
    EXPECT_EQ(producer.finish().status, 0);
    EXPECT_FALSE(name.exists());
}

TEST(Produce, EndsWith130AndRemovesItsBufferOnASignal) {
    for (const int number : {SIGINT, SIGTERM}) {
        const ScopedName name;
        Program producer{producing(name, {"--rate", "1"})};
        EXPECT_EQ(producer.object()["event"_L1].toString(), "start"_L1);
        producer.signal(number);
        EXPECT_EQ(reasonOf(producer.event("end")), "interrupted"_L1);
        EXPECT_EQ(producer.finish().status, 130);
        EXPECT_FALSE(name.exists());
    }
}

TEST(Produce, TellsWhenItsBufferIsRemovedReplacedOrTruncated) {
    for (const std::string how : {"removed", "replaced", "truncated"}) {
        const ScopedName name;
        Program producer{producing(name, {"--rate", "10"})};
        EXPECT_EQ(producer.object()["event"_L1].toString(), "start"_L1);
        if (how == "truncated") test_support::truncate_segment(name.str(), 5000);
        if (how != "truncated") shared_cbuff::Segment::unlink(name.str());
        if (how == "replaced") Writer::create(name.str(), {.item_size = 1, .length = 2}).release();
        const QJsonObject end = producer.event("end");
        EXPECT_EQ(reasonOf(end), "vanished"_L1) << how;
        EXPECT_EQ(producer.finish().status, 1) << how;
        EXPECT_EQ(name.exists(), how == "replaced") << how;
    }
}

TEST(Produce, WaitsUnderRejectAndCountsEachWaitOnce) {
    const ScopedName name;
    Program producer{producing(name, {"--policy", "reject", "--rate", "max", "--control"}, "4")};
    EXPECT_EQ(producer.object()["event"_L1].toString(), "start"_L1);
    EXPECT_TRUE(command(producer, "pause")["ok"_L1].toBool());
    Reader reader = Reader::attach(name.str(), {.start = shared_cbuff::StartAt::newest});
    EXPECT_TRUE(command(producer, "resume")["ok"_L1].toBool());
    Observer observer = Observer::attach(name.str());
    for (std::uint64_t wait = 1; wait <= 3; ++wait) {
        ASSERT_TRUE(eventually([&] { return observer.sample().rejected == wait && reader.usage() == 4; }));
        ASSERT_TRUE(reader.pop());
    }
    EXPECT_TRUE(command(producer, "pause")["ok"_L1].toBool());
    producer.write("stop\n");
    EXPECT_LE(producer.event("end")["rejected"_L1].toInteger(), 4);
}

TEST(Produce, GoesOnWhenTheReaderThatHeldItUpDies) {
    const ScopedName name;
    Program producer{producing(name, {"--policy", "reject", "--rate", "1000"}, "4")};
    EXPECT_EQ(producer.object()["event"_L1].toString(), "start"_L1);
    Program consumer{consuming(name, {"--control"})};
    EXPECT_EQ(consumer.object()["event"_L1].toString(), "start"_L1);
    EXPECT_TRUE(command(consumer, "pause")["ok"_L1].toBool());
    Observer observer = Observer::attach(name.str());
    const auto isHeldUp = [](const shared_cbuff::Sample& sample) { return sample.usage == 4 && sample.rejected > 0; };
    ASSERT_TRUE(eventually([&] { return isHeldUp(observer.sample()); }));
    const std::uint64_t stuck = observer.sample().pushed;
    consumer.signal(SIGKILL);
    EXPECT_TRUE(eventually([&] { return observer.sample().pushed > stuck + 20; }));
}

TEST(Produce, SaysInJsonThatItCouldNotStart) {
    const ScopedName name;
    Program producer{{"produce", name, "--jsonl"}};
    const QJsonObject end = producer.object();
    EXPECT_EQ(end["event"_L1].toString(), "end"_L1);
    EXPECT_EQ(reasonOf(end), "error"_L1);
    const Result result = producer.finish();
    EXPECT_EQ(result.status, 1);
    EXPECT_THAT(result.err, HasSubstr("no buffer of this name"));
}

TEST(Produce, CreatesNothingWhenItsPatternIsWrong) {
    const ScopedName name;
    EXPECT_EQ(run(producing(name, {"--pattern", "wave"})).status, 1);
    EXPECT_FALSE(name.exists());
}

TEST(Produce, EndsWithoutAWordWhenItsOutputIsClosed) {
    const ScopedName name;
    Program producer{producing(name, {"--control"})};
    EXPECT_EQ(producer.object()["event"_L1].toString(), "start"_L1);
    producer.closeOutput();
    producer.write("pause\n");
    EXPECT_TRUE(eventually([&] { return !name.exists(); }));
    const Result result = producer.finish();
    EXPECT_EQ(result.status, 0);
    EXPECT_EQ(result.err, "");
}

TEST(Consume, IntroducesItselfWithItsSlot) {
    const ScopedName name;
    const Writer writer = Writer::create(name.str(), {.item_size = 8, .length = 16});
    Program consumer{consuming(name, {"--label", "slow"})};
    const QJsonObject start = consumer.object();
    EXPECT_EQ(start["role"_L1].toString(), "consumer"_L1);
    EXPECT_EQ(start["slot"_L1].toInteger(-1), 0);
    EXPECT_EQ(Observer::attach(name.str()).sample().readers.at(0).label(), "slow");
}

TEST(Consume, DrainsAClosedBufferAndEndsCleanly) {
    const ScopedName name;
    Writer writer = Writer::create(name.str(), {.item_size = 8, .length = 16});
    for (std::uint64_t item = 0; item < 10; ++item) writer.push(item);
    // So slowly that it sees the buffer closed several times before it has drained it.
    Program consumer{consuming(name, {"--rate", "20"})};
    EXPECT_EQ(consumer.object()["event"_L1].toString(), "start"_L1);
    writer.close();
    const QJsonObject end = consumer.event("end");
    EXPECT_EQ(reasonOf(end), "closed"_L1);
    EXPECT_EQ(end["popped"_L1].toInteger(), 10);
    EXPECT_EQ(end["gaps"_L1].toInteger(), 0);
    EXPECT_EQ(consumer.finish().status, 0);
}

TEST(Consume, CountsOneUnderflowADryTimeAtFullSpeed) {
    const ScopedName name;
    Writer writer = Writer::create(name.str(), {.item_size = 8, .length = 16});
    Program consumer{consuming(name, {})};
    Observer observer = Observer::attach(name.str(), std::nullopt, std::chrono::nanoseconds{0});
    const auto reader = [&]() -> std::optional<shared_cbuff::ReaderSample> {
        const auto sample = observer.sample();
        return sample.readers.empty() ? std::nullopt : std::optional{sample.readers.front()};
    };
    ASSERT_TRUE(eventually([&] { return reader() && reader()->underflows == 1; }));
    writer.push(0);
    ASSERT_TRUE(eventually([&] { return reader()->popped == 1 && reader()->underflows == 2; }));
    consumer.signal(SIGINT);
    EXPECT_EQ(consumer.event("end")["underflows"_L1].toInteger(), 2);
}

TEST(Consume, CountsAnUnderflowForEachSlotThatFindsNothing) {
    const ScopedName name;
    const Writer writer = Writer::create(name.str(), {.item_size = 8, .length = 16});
    Program consumer{consuming(name, {"--rate", "100", "--duration", "0.3"})};
    const QJsonObject end = consumer.event("end");
    EXPECT_LE(end["underflows"_L1].toInteger(), 30);
    if (caughtUp(end, 0.3)) {
        EXPECT_EQ(end["underflows"_L1].toInteger(), 30);
    }
    EXPECT_EQ(end["popped"_L1].toInteger(), 0);
}

TEST(Consume, AccountsForEveryLostItem) {
    const ScopedName name;
    Writer writer = Writer::create(name.str(), {.item_size = 8, .length = 32});
    Program consumer{consuming(name, {"--rate", "5000", "--control"})};
    EXPECT_EQ(consumer.object()["event"_L1].toString(), "start"_L1);
    std::uint64_t item = 0;
    // Many laps beside it, and some that it surely sleeps through.
    while (item < 5'000'000) writer.push(item++);
    EXPECT_TRUE(command(consumer, "pause")["ok"_L1].toBool());
    for (const std::uint64_t lap = item + 64; item < lap;) writer.push(item++);
    EXPECT_TRUE(command(consumer, "resume")["ok"_L1].toBool());
    writer.close();
    const QJsonObject end = consumer.event("end");
    EXPECT_EQ(reasonOf(end), "closed"_L1);
    EXPECT_GE(end["lost"_L1].toInteger(), 32);
    EXPECT_EQ(end["popped"_L1].toInteger() + end["lost"_L1].toInteger(), static_cast<qint64>(item));
    EXPECT_EQ(end["duplicates"_L1].toInteger(), 0);
    EXPECT_EQ(end["reordered"_L1].toInteger(), 0);
    EXPECT_EQ(consumer.finish().status, 0);  // which says that gaps and losses agree
}

TEST(Consume, FailsWhenTheItemsAreNoCounter) {
    const ScopedName name;
    Writer writer = Writer::create(name.str(), {.item_size = 8, .length = 16});
    for (const std::uint64_t item : {1, 2, 2, 5}) writer.push(item);
    Program consumer{consuming(name, {"--count", "4"})};
    const QJsonObject end = consumer.event("end");
    EXPECT_EQ(end["duplicates"_L1].toInteger(), 1);
    EXPECT_EQ(end["gaps"_L1].toInteger(), 2);
    EXPECT_THAT(end["message"_L1].toString().toStdString(), HasSubstr("verification failed"));
    EXPECT_EQ(consumer.finish().status, 1);
}

TEST(Consume, StepsExactlyAsFarAsAsked) {
    const ScopedName name;
    Writer writer = Writer::create(name.str(), {.item_size = 8, .length = 16});
    Program consumer{consuming(name, {"--control"})};
    EXPECT_TRUE(command(consumer, "pause")["ok"_L1].toBool());
    for (std::uint64_t item = 0; item < 5; ++item) writer.push(item);
    EXPECT_TRUE(command(consumer, "step 3")["ok"_L1].toBool());
    EXPECT_EQ(consumer.event("report")["popped"_L1].toInteger(), 3);
    const QJsonObject ack = command(consumer, "step 3");
    EXPECT_FALSE(ack["ok"_L1].toBool());
    EXPECT_THAT(ack["error"_L1].toString().toStdString(), HasSubstr("2 of 3"));
}

TEST(Consume, StaysWithAnAbandonedBufferUntilItsSuccessorCloses) {
    const ScopedName name;
    Program producer{producing(name, {"--rate", "1000"})};
    EXPECT_EQ(producer.object()["event"_L1].toString(), "start"_L1);
    Program consumer{consuming(name, {})};
    EXPECT_EQ(consumer.object()["event"_L1].toString(), "start"_L1);
    producer.signal(SIGKILL);
    const std::string death = "(pid " + std::to_string(producer.pid()) + ") died";
    ASSERT_TRUE(eventually([&] { return consumer.errors().find(death) != std::string::npos; }));
    {
        Writer successor = Writer::take_over(name.str());
        successor.push(successor.pushed());
        successor.close();
    }
    const QJsonObject end = consumer.event("end");
    EXPECT_EQ(reasonOf(end), "closed"_L1);
    EXPECT_EQ(consumer.finish().status, 0);
}

TEST(Consume, TellsWhenItsBufferIsTruncated) {
    const ScopedName name;
    const Writer writer = Writer::create(name.str(), {.item_size = 8, .length = 16});
    Program consumer{consuming(name, {"--rate", "1"})};
    EXPECT_EQ(consumer.object()["event"_L1].toString(), "start"_L1);
    test_support::truncate_segment(name.str(), 0);
    const Result result = consumer.finish();
    EXPECT_EQ(result.status, 1);
    EXPECT_THAT(result.err, HasSubstr("truncated"));
}

}  // namespace
