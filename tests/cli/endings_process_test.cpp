// Every way in which the commands that run for a while come to their end: the last record, the sentence, the status.

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <span>

#include "program.hpp"
#include "shared_cbuff/discovery.hpp"
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
using shared_cbuff::Reader;
using shared_cbuff::Writer;
using test_support::eventually;
using test_support::ScopedName;
using testing::HasSubstr;

/// A vacant buffer with one item, 7.
void make(const std::string& name) {
    Writer writer = Writer::create(name, {.item_size = 8, .length = 4});
    writer.push(7);
    writer.release();
}

void close(const std::string& name) { Writer::take_over(name).close(); }
void interrupt(const Program& program, int number) { program.signal(number); }
void truncate(const std::string& name) { test_support::truncate_segment(name, 0); }
void unlink(const std::string& name) { shared_cbuff::remove_buffer(name); }

void replace(const std::string& name) {
    const ScopedName other;
    make(other.str());
    ASSERT_EQ(::rename(other.path().c_str(), test_support::path_of(name).c_str()), 0);
}

void damage(const std::string& name) {
    const test_support::RawBuffer raw{name};
    std::ranges::fill(std::as_writable_bytes(std::span{&raw.header(), 1}), std::byte{0xa5});
}

/// All of it, as a stray write may: ring, header, counters and reader slots.
void fillWithNoise(const std::string& name) {
    const test_support::RawBuffer raw{name};
    std::ranges::fill(raw.bytes(), std::byte{0xa5});
}

struct Ending {
    std::string command;
    std::string how;
    int status;
    std::string sentence;  ///< part of it
    std::string reason;    ///< of the end record, where there is one
};

void PrintTo(const Ending& ending, std::ostream* out) { *out << ending.command << ", " << ending.how; }

class Endings : public testing::TestWithParam<Ending> {
protected:
    Endings() { make(m_name.str()); }

    std::vector<std::string> arguments() const {
        const std::string& command = GetParam().command;
        if (command == "pop") return {"pop", m_name, "--follow"};
        if (command == "push") return {"push", m_name, "-"};
        if (command == "watch") return {"watch", m_name, "--jsonl", "--interval", "0.01"};
        return {command, m_name, "--jsonl", "--rate", "100"};
    }

    /// Waits until the command is attached, and has taken or shown something.
    void waitForBeginning(Program& program) const {
        if (GetParam().command == "push") {
            program.write("8\n");
            Observer observer = Observer::attach(m_name.str());
            ASSERT_TRUE(eventually([&] { return observer.sample().pushed == 2; }));
        } else {
            ASSERT_TRUE(program.line());
        }
    }

    void bringAbout(Program& program) const {
        const std::string& how = GetParam().how;
        if (how == "SIGINT") interrupt(program, SIGINT);
        if (how == "SIGTERM") interrupt(program, SIGTERM);
        if (how == "SIGHUP") interrupt(program, SIGHUP);
        if (how == "closed") close(m_name.str());
        if (how == "truncated") truncate(m_name.str());
        if (how == "unlinked") unlink(m_name.str());
        if (how == "replaced") replace(m_name.str());
        if (how == "damaged") damage(m_name.str());
        if (how == "noise") fillWithNoise(m_name.str());
    }

    const ScopedName m_name;
};

TEST_P(Endings, AreTold) {
    const Ending& ending = GetParam();
    Program program{arguments()};
    waitForBeginning(program);
    bringAbout(program);
    if (!ending.reason.empty()) {
        const QJsonObject end = program.event("end");
        EXPECT_EQ(end["reason"_L1].toString().toStdString(), ending.reason);
        EXPECT_FALSE(end["message"_L1].toString().isEmpty());
        EXPECT_GE(end[ending.command == "produce" ? "pushed"_L1 : "popped"_L1].toInteger(-1), 0);
        EXPECT_LE(end["popped"_L1].toInteger(), 1);  // zeros from lost pages are no items
        EXPECT_EQ(end["lost"_L1].toInteger(), 0);
        EXPECT_LT(end["pushed"_L1].toInteger(), 1'000'000);
        EXPECT_LE(end["rejected"_L1].toInteger(), 0);
    }
    // Its stdin stays open until it has ended by itself: that is another ending.
    ASSERT_TRUE(eventually([&] { return !program.line(std::chrono::milliseconds{10}) && program.hasEnded(); }));
    const Result result = program.finish();
    EXPECT_EQ(result.status, ending.status);
    EXPECT_THAT(result.err, HasSubstr(ending.sentence));
}

std::vector<Ending> endings() {
    std::vector<Ending> all;
    for (const std::string command : {"pop", "push", "watch", "produce", "consume"}) {
        const bool tells = command == "produce" || command == "consume";
        const bool writes = command == "push" || command == "produce";
        const auto add = [&](const std::string& how, int status, const std::string& sentence,
                             const std::string& reason) {
            all.push_back({command, how, status, sentence, tells ? reason : ""});
        };
        // With --jsonl what went in order is in the record alone.
        for (const char* number : {"SIGINT", "SIGTERM", "SIGHUP"}) add(number, 130, "interrupted", "interrupted");
        if (!writes) add("closed", 0, tells ? "" : "closed", "closed");
        add("truncated", 1, command == "watch" ? "damaged" : "truncated", "vanished");
        add("unlinked", 1, "removed", "vanished");
        add("replaced", 1, "was re", "vanished");  // removed, for an instant, before the other one is there
        add("damaged", 1, "damaged", "vanished");
        add("noise", 1, "damaged", "vanished");
    }
    return all;
}

INSTANTIATE_TEST_SUITE_P(Commands, Endings, testing::ValuesIn(endings()),
                         [](const auto& test) { return test.param.command + "_" + test.param.how; });

/// The items of a ring full of noise never come to an end.
TEST(Endings, OfAPopThatFollowsComeWhileItemsFlow) {
    const ScopedName name;
    Writer writer = Writer::create(name.str(), {.item_size = 8, .length = 1024});
    for (std::uint64_t item = 0; item < 1024; ++item) writer.push(item);
    Program pop{{"pop", name, "--jsonl", "--follow"}};
    ASSERT_TRUE(pop.line());
    fillWithNoise(name.str());
    const Result result = pop.finish();
    EXPECT_EQ(result.status, 1);
    EXPECT_THAT(result.err, HasSubstr("is damaged"));
    EXPECT_THAT(result.err, testing::Not(HasSubstr("were overwritten")));
    EXPECT_THAT(result.out, testing::Not(HasSubstr("\"lost\"")));
}

TEST(Endings, OfAConsumerKeepTheLastCounters) {
    const ScopedName name;
    make(name.str());
    Program consumer{{"consume", name, "--jsonl", "--rate", "100"}};
    Observer observer = Observer::attach(name.str());
    ASSERT_TRUE(eventually([&] {
        const auto sample = observer.sample();
        return !sample.readers.empty() && sample.readers.front().underflows > 2;
    }));
    truncate(name.str());
    const QJsonObject end = consumer.event("end");
    EXPECT_EQ(end["popped"_L1].toInteger(), 1);
    EXPECT_GT(end["underflows"_L1].toInteger(), 1);
}

TEST(Endings, OfAProducerKeepTheLastCounters) {
    const ScopedName name;
    make(name.str());
    Program producer{{"produce", name, "--jsonl", "--rate", "1000"}};
    Observer observer = Observer::attach(name.str());
    ASSERT_TRUE(eventually([&] { return observer.sample().pushed > 20; }));
    truncate(name.str());
    const QJsonObject end = producer.event("end");
    EXPECT_GE(end["pushed"_L1].toInteger(), 19);
    EXPECT_LT(end["pushed"_L1].toInteger(), 1'000'000);
}

TEST(Endings, AWatchOfACountIsDone) {
    const ScopedName name;
    make(name.str());
    EXPECT_EQ(run({"watch", name, "--count", "1"}).status, 0);
}

TEST(Endings, PopOfZeroTakesWhatIsThere) {
    const ScopedName name;
    Writer::create(name.str(), {.item_size = 8, .length = 4}).release();
    const Result none = run({"pop", name, "-n", "0"});
    EXPECT_EQ(none.status, 1);
    EXPECT_EQ(none.out, "");
    run({"push", name, "1..3"});
    EXPECT_EQ(run({"pop", name, "-n", "0"}).out, "1\n2\n3\n");
}

TEST(Endings, RmLeavesADamagedBufferUnlessForced) {
    const ScopedName name;
    make(name.str());
    damage(name.str());
    const Result result = run({"rm", name});
    EXPECT_EQ(result.status, 1);
    EXPECT_THAT(result.err, HasSubstr("cannot be told"));
    EXPECT_TRUE(name.exists());
    EXPECT_EQ(run({"rm", name, "--force"}).status, 0);
}

TEST(Signals, ThatWereIgnoredAtTheStartStayIgnored) {
    for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
        const ScopedName name;
        make(name.str());
        Program watch{{"watch", name, "--jsonl", "--interval", "0.01"}, [number] { ::signal(number, SIG_IGN); }};
        ASSERT_TRUE(watch.line());
        watch.signal(number);
        for (int look = 0; look < 20; ++look) ASSERT_TRUE(watch.line()) << number;  // it goes on
        close(name.str());
        EXPECT_EQ(watch.finish().status, 0) << number;
    }
}

TEST(Unregistered, ReadersAreSeenByNobody) {
    const ScopedName name;
    Writer writer = Writer::create(name.str(), {.item_size = 8, .length = 4, .max_readers = 0});
    writer.push(7);
    const Result refused = run({"pop", name});
    EXPECT_EQ(refused.status, 1);
    EXPECT_EQ(run({"pop", name, "--unregistered"}).out, "7\n");
    EXPECT_EQ(run({"consume", name, "--unregistered", "--count", "1"}).status, 0);
    EXPECT_EQ(run({"pop", name, "--unregistered", "--label", "x"}).status, 2);
}

}  // namespace
