// --wait: every command that attaches can be started before its buffer exists.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include "program.hpp"
#include "shared_cbuff/observer.hpp"
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
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;

/// Waits until it has slept so often that it can only be waiting for its buffer. False if it ended instead.
bool isWaiting(const Program& program) {
    std::optional<int> sleeps;
    const auto sleptOften = [&] { return !(sleeps = program.sleeps()) || *sleeps > 20; };
    return eventually(sleptOften) && sleeps.has_value();
}

class Waiting : public testing::TestWithParam<std::vector<std::string>> {
protected:
    std::vector<std::string> arguments(const std::string& name, const std::string& wait) const {
        std::vector<std::string> words = GetParam();
        words.insert(words.begin() + 1, {wait, name});
        return words;
    }
};

TEST_P(Waiting, AttachesToABufferThatComesLater) {
    const ScopedName name;
    Program program{arguments(name, "--wait")};
    ASSERT_TRUE(isWaiting(program)) << program.errors();
    Writer writer = Writer::create(name.str(), {.item_size = 8, .length = 4});
    writer.push(7);
    writer.release();
    const Result result = program.finish();
    EXPECT_EQ(result.status, 0) << result.err;
}

TEST_P(Waiting, EndsWith124WhenNoneComesInTime) {
    const ScopedName name;
    const Result result = run(arguments(name, "--wait=0.05"));
    EXPECT_EQ(result.status, 124);
    EXPECT_THAT(result.err, AllOf(HasSubstr(name.str()), HasSubstr("within 0.05 s")));
    EXPECT_THAT(result.out, IsEmpty());
    EXPECT_FALSE(name.exists());
}

TEST_P(Waiting, EndsWith130OnASignal) {
    const ScopedName name;
    Program program{arguments(name, "--wait")};
    ASSERT_TRUE(isWaiting(program)) << program.errors();
    program.signal(SIGTERM);
    const Result result = program.finish();
    EXPECT_EQ(result.status, 130);
    EXPECT_THAT(result.err, HasSubstr("interrupted"));
}

TEST_P(Waiting, IsNotDoneUnasked) {
    const ScopedName name;
    std::vector<std::string> words = GetParam();
    words.insert(words.begin() + 1, name);
    EXPECT_EQ(run(words).status, 1);
}

INSTANTIATE_TEST_SUITE_P(Commands, Waiting,
                         testing::Values(std::vector<std::string>{"info"}, std::vector<std::string>{"peek"},
                                         std::vector<std::string>{"pop", "--follow", "-n", "1"},
                                         std::vector<std::string>{"push", "1"},
                                         std::vector<std::string>{"produce", "--count", "1"},
                                         std::vector<std::string>{"consume", "--count", "1"},
                                         std::vector<std::string>{"watch", "--count", "1"}),
                         [](const auto& test) { return test.param.front(); });

TEST(Wait, AlsoForASegmentThatIsStillEmpty) {
    const ScopedName name;
    test_support::make_segment(name.str(), {});
    Program program{{"pop", name, "--wait", "--item-size", "1", "--length", "4", "--all"}};
    ASSERT_TRUE(isWaiting(program)) << program.errors();
    // As the Python package makes it: its size first, then its items and the pointer.
    const std::vector<std::byte> bytes{std::byte{10}, std::byte{20}, std::byte{30}, std::byte{0}, std::byte{3}};
    const ScopedName finished;
    test_support::make_segment(finished.str(), bytes);
    ASSERT_EQ(::rename(finished.path().c_str(), name.path().c_str()), 0);
    const Result result = program.finish();
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_EQ(result.out, "10\n20\n30\n");
}

TEST(Wait, SaysThatTheSegmentIsStillEmpty) {
    const ScopedName name;
    test_support::make_segment(name.str(), {});
    const Result result = run({"info", name, "--wait=0.05"});
    EXPECT_EQ(result.status, 124);
    EXPECT_THAT(result.err, HasSubstr("still empty"));
}

TEST(Wait, DoesNotTakeTheNameForItsSeconds) {
    const ScopedName name;
    Writer::create(name.str(), {.item_size = 8, .length = 4}).release();
    EXPECT_EQ(run({"info", "--wait", name}).status, 0);
    EXPECT_EQ(run({"push", "--wait=5", name, "1"}).status, 0);
    EXPECT_EQ(Observer::attach(name.str()).sample().pushed, 1u);
}

TEST(Wait, RefusesWhatCannotBecomeABuffer) {
    const ScopedName name;
    test_support::make_segment(name.str(), std::vector<std::byte>(9));
    EXPECT_EQ(run({"info", name, "--wait"}).status, 1);
    EXPECT_EQ(run({"info", "a/b", "--wait"}).status, 1);
}

TEST(Wait, RefusesSecondsThatAreNone) {
    for (const std::string word : {"--wait=0", "--wait=x", "--wait=nan", "--wait=-1"}) {
        const Result result = run({"info", "x", word});
        EXPECT_EQ(result.status, 2) << word;
        EXPECT_THAT(result.err, HasSubstr("no time")) << word;
    }
    EXPECT_EQ(run({"produce", "x", "--create", "--item-size", "8", "--length", "4", "--wait"}).status, 2);
}

TEST(Wait, EndsWhenItsControllerGoes) {
    const ScopedName name;
    for (const std::string command : {"produce", "consume"}) {
        Program helper{{command, name, "--jsonl", "--control", "--wait"}};
        ASSERT_TRUE(isWaiting(helper)) << helper.errors();
        helper.closeInput();
        EXPECT_EQ(helper.event("end")["reason"_L1].toString(), "control closed"_L1);
        EXPECT_EQ(helper.finish().status, 0);
    }
}

TEST(Wait, TellsItsEndInJson) {
    const ScopedName name;
    Program consumer{{"consume", name, "--jsonl", "--wait=0.05"}};
    const QJsonObject end = consumer.event("end");
    EXPECT_EQ(end["reason"_L1].toString(), "timeout"_L1);
    EXPECT_EQ(consumer.finish().status, 124);
}

}  // namespace
