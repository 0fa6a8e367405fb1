// Helpers whose reports, acknowledgements or messages nobody reads: they go on working, and say what is missing.

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include "program.hpp"
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
using shared_cbuff::Writer;
using test_support::eventually;
using test_support::ScopedName;
using testing::HasSubstr;

constexpr int orders = 300;

void narrowOutput() { ::fcntl(STDOUT_FILENO, F_SETPIPE_SZ, 4096); }

/// A pipe that nobody reads, full to the last byte, instead of `descriptor`.
void fill(int descriptor) {
    int ends[2];
    if (::pipe(ends) != 0) return;
    ::fcntl(ends[1], F_SETFL, O_NONBLOCK);
    while (::write(ends[1], "x", 1) == 1) {
    }
    ::fcntl(ends[1], F_SETFL, 0);
    ::dup2(ends[1], descriptor);
}

/// Of a helper, the number of items that it has moved so far.
using Moved = std::function<std::uint64_t()>;

/// Gives it so many orders that neither pipe nor queue hold all its answers, and sees it go on. Then reads all.
void expectItGoesOn(Program& helper, const Moved& moved) {
    std::string lines;
    for (int order = 0; order < orders; ++order) lines += "rate 2000\n";
    helper.write(lines);
    ASSERT_TRUE(eventually([&] { return moved() > 0; }));
    for (int stretch = 0; stretch < 3; ++stretch) {
        const std::uint64_t before = moved();
        ASSERT_TRUE(eventually([&] { return moved() > before + 500; })) << "it stands still";
    }
    EXPECT_EQ(helper.object()["event"_L1].toString(), "start"_L1);
    for (int order = 0; order < orders; ++order)
        ASSERT_EQ(helper.event("ack")["command"_L1].toString(), "rate 2000"_L1) << order;
    helper.write("stop\n");
    const QJsonObject end = helper.event("end");
    EXPECT_EQ(end["reason"_L1].toString(), "stopped"_L1);
    EXPECT_GT(end["reports_dropped"_L1].toInteger(), 0);
    EXPECT_EQ(helper.finish().status, 0);
}

TEST(Reports, OfAProducerThatNobodyReadsDoNotHoldItUp) {
    const ScopedName name;
    Program producer{{"produce", name, "--create", "--item-size", "8", "--length", "64", "--jsonl", "--control"},
                     narrowOutput};
    ASSERT_TRUE(eventually([&] { return name.exists(); }));
    Observer observer = Observer::attach(name.str());
    expectItGoesOn(producer, [&] { return observer.sample().pushed; });
}

TEST(Reports, OfAConsumerThatNobodyReadsDoNotHoldItUp) {
    const ScopedName name;
    Program producer{{"produce", name, "--create", "--item-size", "8", "--length", "64", "--rate", "2000"}};
    ASSERT_TRUE(eventually([&] { return name.exists(); }));
    Program consumer{{"consume", name, "--jsonl", "--control"}, narrowOutput};
    Observer observer = Observer::attach(name.str());
    expectItGoesOn(consumer, [&] {
        const auto sample = observer.sample();
        return sample.readers.empty() ? 0 : sample.readers.front().popped;
    });
}

TEST(Reports, DoNotKeepAHelperThatIsAskedToEnd) {
    const ScopedName name;
    Program producer{{"produce", name, "--create", "--item-size", "8", "--length", "64", "--jsonl"},
                     [] { fill(STDOUT_FILENO); }};
    ASSERT_TRUE(eventually([&] { return name.exists(); }));
    Observer observer = Observer::attach(name.str());
    ASSERT_TRUE(eventually([&] { return observer.sample().pushed > 0; }));
    producer.signal(SIGTERM);
    ASSERT_TRUE(eventually([&] { return producer.hasEnded(); }));
    const Result result = producer.finish();
    EXPECT_EQ(result.status, 130);
    EXPECT_THAT(result.err, HasSubstr("its last records are missing"));
    EXPECT_FALSE(name.exists());
}

TEST(Reports, OfAnEndWaitWithoutTheRoleInTheBuffer) {
    const ScopedName name;
    Writer writer = Writer::create(name.str(), {.item_size = 8, .length = 4});
    writer.push(1);
    Program consumer{{"consume", name, "--jsonl", "--count", "1"}, [] { fill(STDOUT_FILENO); }};
    // Whoever was seen reading has left its slot, though its end record finds no room.
    Observer observer = Observer::attach(name.str(), std::nullopt, std::chrono::nanoseconds{0});
    shared_cbuff::ReaderSample last;
    ASSERT_TRUE(eventually([&] { return consumer.sleeps() > 3; }));
    EXPECT_TRUE(eventually([&] { return observer.sample().readers.empty(); }));
    EXPECT_FALSE(consumer.hasEnded());
}

TEST(Messages, ThatNobodyReadsDoNotHoldAConsumerUp) {
    const ScopedName name;
    Program producer{{"produce", name, "--create", "--item-size", "8", "--length", "16", "--jsonl"}};
    ASSERT_EQ(producer.object()["event"_L1].toString(), "start"_L1);
    Program consumer{{"consume", name, "--jsonl"}, [] { fill(STDERR_FILENO); }};
    ASSERT_EQ(consumer.object()["event"_L1].toString(), "start"_L1);
    producer.signal(SIGKILL);
    // Reports for longer than it takes to look for deaths: it has had something to say by then.
    for (int report = 0; report < 2; ++report) ASSERT_EQ(consumer.event("report")["event"_L1].toString(), "report"_L1);
    Writer successor = [&] {
        std::optional<Writer> taken;
        EXPECT_TRUE(eventually([&] {
            try {
                taken.emplace(Writer::take_over(name.str()));
            } catch (const shared_cbuff::WriterActive&) {
            }
            return taken.has_value();
        }));
        return std::move(*taken);
    }();
    successor.close();
    EXPECT_EQ(consumer.event("end")["reason"_L1].toString(), "closed"_L1);
}

TEST(Messages, ThatNobodyReadsDoNotKeepACommand) {
    const ScopedName name;
    EXPECT_EQ(run({"info", name}, {}, [] { fill(STDERR_FILENO); }).status, 1);
}

}  // namespace
