// cbuff watch --until, with real processes to wait for and to stop.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <QJsonArray>
#include <QJsonDocument>
#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>

#include "cli/stopping.hpp"
#include "program.hpp"
#include "shared_cbuff/discovery.hpp"
#include "shared_cbuff/reader.hpp"
#include "shared_cbuff/writer.hpp"
#include "test_support/child_process.hpp"
#include "test_support/segments.hpp"

namespace {

using namespace Qt::StringLiterals;
using cli_tests::Program;
using cli_tests::Result;
using cli_tests::run;
using shared_cbuff::Observer;
using shared_cbuff::Reader;
using shared_cbuff::Writer;
using test_support::ScopedName;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

/// The state letter in /proc/PID/stat.
char stateOf(pid_t pid) {
    std::ifstream file{"/proc/" + std::to_string(pid) + "/stat"};
    std::string line;
    std::getline(file, line);
    const auto end = line.rfind(')');
    return end == std::string::npos || end + 2 >= line.size() ? '?' : line[end + 2];
}

std::vector<std::string> producing(const ScopedName& name) {
    return {"produce", name, "--create", "--item-size", "8", "--length", "64", "--rate", "2000", "--jsonl"};
}

TEST(WatchUntil, EndsWhenTheConditionHoldsAndTellsHowLateThatWas) {
    const ScopedName name;
    Program producer{producing(name)};
    ASSERT_FALSE(producer.event("start").isEmpty());
    const Result result = run({"watch", name, "--until", "pushed >= 20", "--timeout", "100s"});
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_THAT(result.out, AllOf(HasSubstr("pushed >= 20 held (pushed 2"), HasSubstr("ms before the look")));
    EXPECT_THAT(result.err, IsEmpty());
}

TEST(WatchUntil, CountsFromItsStart) {
    const ScopedName name;
    Writer writer = Writer::create(name.str(), {.item_size = 8, .length = 4});
    const Reader reader = Reader::attach(name.str());
    for (std::uint64_t item = 0; item < 9; ++item) writer.push(item);
    const Result result = run({"watch", name, "--until", "lost > 0 or pushed > 0", "--timeout", "50ms"});
    EXPECT_EQ(result.status, 124);
    EXPECT_THAT(result.err, HasSubstr("did not hold within 0.050 s"));
}

TEST(WatchUntil, StopsTheWriterAndPrintsTheLineForADebugger) {
    const ScopedName name;
    Program producer{producing(name)};
    ASSERT_FALSE(producer.event("start").isEmpty());
    const std::string pid = std::to_string(producer.pid());
    const Result result = run({"watch", name, "--until", "pushed >= 5", "--stop", "writer", "--timeout", "100s"});
    EXPECT_EQ(stateOf(producer.pid()), 'T');
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_THAT(result.out, AllOf(HasSubstr("stopped process " + pid + " (the writer)"), HasSubstr("gdb -p " + pid),
                                  HasSubstr("ms late")));
    producer.signal(SIGCONT);
    producer.signal(SIGTERM);
    EXPECT_EQ(producer.finish().status, 130);
}

TEST(WatchUntil, StopsReadersOrAllAndTellsOfEachInJson) {
    const ScopedName name;
    Program producer{producing(name)};
    ASSERT_FALSE(producer.event("start").isEmpty());
    Program consumer{{"consume", name, "--rate", "10", "--label", "slow", "--jsonl"}};
    ASSERT_FALSE(consumer.event("start").isEmpty());
    Program watch{{"watch", name, "--until", "slow.lost > 0", "--stop", "readers", "--jsonl", "--timeout", "100s"}};
    const QJsonObject record = watch.event("until");
    EXPECT_TRUE(record["held"_L1].toBool());
    EXPECT_GT(record["sample"_L1].toObject()["pushed"_L1].toInteger(), 64);
    const QJsonArray stopped = record["stopped"_L1].toArray();
    ASSERT_EQ(stopped.size(), 1);
    EXPECT_EQ(stopped[0].toObject()["pid"_L1].toInteger(), consumer.pid());
    EXPECT_EQ(stopped[0].toObject()["role"_L1].toString(), "reader slow"_L1);
    EXPECT_GT(stopped[0].toObject()["after_ns"_L1].toInteger(), 0);
    EXPECT_EQ(stateOf(consumer.pid()), 'T');
    EXPECT_NE(stateOf(producer.pid()), 'T');
    EXPECT_EQ(watch.finish().status, 0);
    EXPECT_EQ(run({"watch", name, "--until", "pushed >= 0", "--stop", "all"}).status, 0);
    EXPECT_EQ(stateOf(producer.pid()), 'T');
    for (Program* const program : {&producer, &consumer}) {
        program->signal(SIGCONT);
        program->signal(SIGKILL);
    }
}

TEST(WatchUntil, RunsACommandWithWhatItStopped) {
    const ScopedName name;
    Program producer{producing(name)};
    ASSERT_FALSE(producer.event("start").isEmpty());
    const Result result = run({"watch", name, "--until", "pushed > 0", "--stop", "writer", "--exec", "sh", "-c",
                               "echo \"ran for $CBUFF_NAME: $CBUFF_PIDS\"; kill -CONT $CBUFF_PIDS"});
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_THAT(result.out, HasSubstr("ran for " + name.str() + ": " + std::to_string(producer.pid()) + "\n"));
}

TEST(WatchUntil, FailsWhenTheCommandFailsOrNobodyCanBeStopped) {
    const ScopedName name;
    Writer::create(name.str(), {.item_size = 8, .length = 4}).release();
    const Result failed = run({"watch", name, "--until", "pushed = 0", "--exec", "sh", "-c", "exit 7"});
    EXPECT_EQ(failed.status, 1);
    EXPECT_THAT(failed.err, HasSubstr("sh ended with status 7"));
    EXPECT_THAT(run({"watch", name, "--until", "pushed = 0", "--exec", "/no/such"}).err, HasSubstr("could not run"));
    const Result nobody = run({"watch", name, "--until", "pushed = 0", "--stop", "all"});
    EXPECT_EQ(nobody.status, 1);
    EXPECT_THAT(nobody.err, HasSubstr("nobody to stop"));
}

/// Whether a program that was started has this buffer's segment open. Before it runs, it has what the test has open.
bool isAttached(pid_t pid, const ScopedName& name) {
    std::error_code gone;
    if (std::filesystem::read_symlink("/proc/" + std::to_string(pid) + "/exe", gone).filename() != "cbuff")
        return false;
    for (const auto& entry : std::filesystem::directory_iterator{"/proc/" + std::to_string(pid) + "/fd", gone}) {
        if (std::filesystem::read_symlink(entry.path(), gone) == name.path()) return true;
    }
    return false;
}

TEST(WatchUntil, EndsWithStatusOneWhenTheBufferIsClosedBefore) {
    const ScopedName name;
    Writer writer = Writer::create(name.str(), {.item_size = 8, .length = 4});
    Program watch{{"watch", name, "--until", "lost > 0", "--jsonl"}};
    ASSERT_TRUE(test_support::eventually([&] { return isAttached(watch.pid(), name); }));
    writer.close();
    const QJsonObject record = watch.event("until");
    EXPECT_FALSE(record["held"_L1].toBool(true));
    const Result result = watch.finish();
    EXPECT_EQ(result.status, 1);
    EXPECT_THAT(result.err, HasSubstr("before the condition held"));
}

TEST(WatchUntil, GoesOnWhileAClosedBufferIsDrained) {
    const ScopedName name;
    Writer writer = Writer::create(name.str(), {.item_size = 8, .length = 4});
    Reader reader = Reader::attach(name.str());
    writer.push(1);
    Program watch{{"watch", name, "--until", "usage = 0", "--jsonl"}};
    ASSERT_TRUE(test_support::eventually([&] { return isAttached(watch.pid(), name); }));
    writer.close();
    std::array<std::byte, 8> item;
    EXPECT_EQ(reader.pop_many(item), 1u);
    const Result result = watch.finish();
    EXPECT_EQ(result.status, 0) << result.err;
}

// ---- Ends before the first look

TEST(WatchUntil, CountsItsTimeoutFromTheStartWhileItWaitsForTheName) {
    const ScopedName name;
    for (const std::string wait : {"--wait", "--wait=1000000", "--wait=0.01"}) {
        const std::string timeout = wait == "--wait=0.01" ? "100s" : "50ms";
        const Result result = run({"watch", name, wait, "--until", "lost > 0", "--timeout", timeout, "--jsonl"});
        EXPECT_EQ(result.status, 124) << wait;
        EXPECT_THAT(result.err, HasSubstr("no buffer \"" + name.str() + "\" came within"));
        const auto record = QJsonDocument::fromJson(QByteArray::fromStdString(result.out)).object();
        EXPECT_EQ(record["event"_L1].toString(), "end"_L1) << result.out;
        EXPECT_EQ(record["reason"_L1].toString(), "timeout"_L1);
        EXPECT_GT(record["time_boot_ns"_L1].toInteger(), 0);
    }
}

TEST(WatchUntil, WritesALastRecordWhenItIsInterruptedBeforeTheBufferCameOrFindsNone) {
    const ScopedName name;
    Program watch{{"watch", name, "--wait", "--until", "lost > 0", "--jsonl"}};
    ASSERT_TRUE(test_support::eventually([&] { return watch.sleeps() > 3; }));
    watch.signal(SIGTERM);
    EXPECT_EQ(watch.event("end")["reason"_L1].toString(), "interrupted"_L1);
    EXPECT_EQ(watch.finish().status, 130);
    const Result none = run({"watch", name, "--until", "lost > 0", "--jsonl"});
    EXPECT_EQ(none.status, 1);
    EXPECT_THAT(none.out, AllOf(HasSubstr(R"("event":"end")"), HasSubstr(R"("reason":"error")")));
}

/// A buffer into which 5 items were pushed, without anybody who takes part.
void makeWithFiveItems(const ScopedName& name) {
    Writer writer = Writer::create(name.str(), {.item_size = 8, .length = 4});
    for (std::uint64_t item = 0; item < 5; ++item) writer.push(item);
    writer.release();
}

TEST(WatchUntil, CountsFromTheCreationOfABufferThatCameLater) {
    const ScopedName made;
    const ScopedName name;
    makeWithFiveItems(made);
    Program watch{{"watch", name, "--wait", "--until", "pushed = 5", "--timeout", "100s"}};
    ASSERT_TRUE(test_support::eventually([&] { return watch.sleeps() > 3; }));
    std::filesystem::rename(made.path(), name.path());
    const Result result = watch.finish();
    EXPECT_EQ(result.status, 0) << result.err;
}

TEST(WatchUntil, SaysThatABufferWasReplaced) {
    const ScopedName made;
    const ScopedName name;
    makeWithFiveItems(made);
    makeWithFiveItems(name);
    Program watch{{"watch", name, "--until", "lost > 0"}};
    ASSERT_TRUE(test_support::eventually([&] { return isAttached(watch.pid(), name) && watch.sleeps() > 20; }));
    std::filesystem::rename(made.path(), name.path());
    const Result result = watch.finish();
    EXPECT_EQ(result.status, 1);
    EXPECT_THAT(result.err, HasSubstr("was replaced"));
}

TEST(WatchUntil, ShowsALabelAsConditionsWriteIt) {
    const ScopedName name;
    const Writer writer = Writer::create(name.str(), {.item_size = 8, .length = 4});
    const Reader reader = Reader::attach(name.str(), {.label = "a\\b"});
    const Result result = run({"watch", name, "--until", R"("a\\b".usage = 0)"});
    EXPECT_THAT(result.out, testing::StartsWith(R"("a\\b".usage = 0 held ("a\\b".usage 0))"));
    EXPECT_THAT(run({"watch", name, "--until", R"("a\\b".usage > 0)", "--timeout", "1ms"}).err,
                HasSubstr(R"( "a\\b".usage > 0 did not hold)"));
}

// ---- The program that it runs

class Exec : public testing::Test {
protected:
    Exec() { makeWithFiveItems(m_name); }

    std::vector<std::string> shell(const std::string& script, bool jsonl = false) const {
        std::vector<std::string> words{"watch", m_name, "--until", "pushed = 0"};
        if (jsonl) words.push_back("--jsonl");
        words.insert(words.end(), {"--exec", "sh", "-c", script});
        return words;
    }

    ScopedName m_name;
};

TEST_F(Exec, PassesARequestToEndOnAndEndsAfterTheProgram) {
    for (const int number : {SIGTERM, SIGINT}) {
        Program watch{shell("trap 'echo has got it; exit 0' TERM INT; echo ready; while :; do sleep 0.01; done")};
        EXPECT_TRUE(watch.line());  // that it held
        ASSERT_EQ(watch.line(), "ready");
        watch.signal(number);
        const Result result = watch.finish();
        EXPECT_EQ(result.status, 130) << result.err;
        EXPECT_EQ(result.out, "has got it\n");
    }
}

TEST_F(Exec, HasItsRecordBeforeItRunsAndNothingElseOfItsOwnOnStdout) {
    Program watch{shell("echo noise; read line; exit 3", true)};
    EXPECT_TRUE(watch.event("until")["held"_L1].toBool());  // while the program still waits for the end of stdin
    const Result result = watch.finish();
    EXPECT_EQ(result.status, 1);
    EXPECT_THAT(result.err, HasSubstr("noise\n"));
    EXPECT_EQ(std::ranges::count(result.out, '\n'), 1) << result.out;
    const auto record = QJsonDocument::fromJson(QByteArray::fromStdString(result.out)).object();
    EXPECT_EQ(record["event"_L1].toString(), "exec"_L1);
    EXPECT_EQ(record["exec_status"_L1].toInt(), 3);
}

TEST_F(Exec, InheritsTheLimitOfDescriptorsThatWasThereAtTheStart) {
    const Result result = run(shell("ulimit -Sn"), {}, [] {
        rlimit limit{};
        ::getrlimit(RLIMIT_NOFILE, &limit);
        limit.rlim_cur = 123;
        ::setrlimit(RLIMIT_NOFILE, &limit);
    });
    EXPECT_THAT(result.out, testing::EndsWith("\n123\n"));
}

TEST_F(Exec, RunsEvenIfNobodyReadsAnyMore) {
    const std::string file = testing::TempDir() + "cbuff-until-" + std::to_string(::getpid());
    const auto loseTheReader = [] {
        std::array<int, 2> ends{};
        if (::pipe(ends.data()) != 0) return;
        ::dup2(ends[1], STDOUT_FILENO);
        for (const int end : ends) ::close(end);
    };
    EXPECT_EQ(run(shell("touch " + file), {}, loseTheReader).status, 0);
    EXPECT_EQ(::unlink(file.c_str()), 0) << "it was not run";
}

TEST_F(Exec, InheritsWhetherSigpipeWasIgnoredAtTheStart) {
    constexpr std::uint64_t pipeBit = std::uint64_t{1} << (SIGPIPE - 1);
    for (const bool ignored : {false, true}) {
        const Result result = run(shell("exec grep SigIgn /proc/self/status"), {},
                                  [ignored] { ::signal(SIGPIPE, ignored ? SIG_IGN : SIG_DFL); });
        const auto at = result.out.find("SigIgn:\t");
        ASSERT_NE(at, std::string::npos) << result.out;
        EXPECT_EQ((std::stoull(result.out.substr(at + 8), nullptr, 16) & pipeBit) != 0, ignored);
    }
}

TEST(WatchUntil, TellsAMistakeInTheConditionWithACaretBelowIt) {
    const ScopedName name;
    const Result result = run({"watch", name, "--until", "slow.fill > 3"});
    EXPECT_EQ(result.status, 2);
    EXPECT_THAT(result.err, AllOf(HasSubstr("column 6"), HasSubstr("\nslow.fill > 3\n     ^\n")));
}

TEST(WatchUntil, RefusesOptionsThatMeanNothing) {
    for (const std::vector<std::string>& arguments :
         std::vector<std::vector<std::string>>{{"watch", "x", "--stop", "all"},
                                               {"watch", "x", "--timeout", "1s"},
                                               {"watch", "x", "--exec", "true"},
                                               {"watch", "x", "--until", "lost > 0", "--exec"},
                                               {"watch", "x", "--until", "lost > 0", "--stop", "me"},
                                               {"watch", "x", "--until", ""},
                                               {"watch", "x", "--until", "lost > 0", "--timeout", "0"},
                                               {"watch", "x", "y"},
                                               {"watch", "x", "--untl", "lost > 0"}}) {
        const Result result = run(arguments);
        EXPECT_EQ(result.status, 2) << testing::PrintToString(arguments) << result.err;
    }
}

// ---- Whom it refuses to stop

std::string refusalOf(const cli::StopTarget& target) {
    const auto stopped = cli::stopAll({target});
    return stopped.at(0).refusal;
}

TEST(Stopping, RefusesItself) {
    EXPECT_THAT(refusalOf({static_cast<std::uint32_t>(::getpid()), 1, "the writer"}), HasSubstr("this very command"));
}

TEST(Stopping, RefusesAProcessWithAnotherStartTime) {
    const test_support::ChildProcess child{[](test_support::Channel& channel) {
        channel.receive();
        return 0;
    }};
    EXPECT_THAT(refusalOf({static_cast<std::uint32_t>(child.pid()), 1, "the writer"}), HasSubstr("is not the one"));
    EXPECT_THAT(refusalOf({static_cast<std::uint32_t>(child.pid()), 0, "the writer"}), HasSubstr("is not the one"));
    EXPECT_NE(stateOf(child.pid()), 'T');
}

TEST(Stopping, RefusesWhoIsGoneAndWhoDoesNotSayWhoItIs) {
    test_support::ChildProcess child{[](test_support::Channel&) { return 0; }};
    ASSERT_TRUE(child.wait());
    EXPECT_THAT(refusalOf({static_cast<std::uint32_t>(child.pid()), 1, "the writer"}), HasSubstr("gone"));
    EXPECT_THAT(refusalOf({0, 0, "the writer"}), HasSubstr("does not say"));
}

TEST(Stopping, RefusesProcessesOfOtherUsers) {
    if (::geteuid() != 0) GTEST_SKIP() << "only root can make a process of another user here";
    const ScopedName name;
    Writer::create(name.str(), {.item_size = 8, .length = 4, .mode = 0666}).release();
    test_support::ChildProcess child{[&](test_support::Channel& channel) {
        if (::setuid(65534) != 0) return 1;
        const Writer writer = Writer::take_over(name.str());
        channel.send("holds it");
        channel.receive();
        ::_exit(0);
    }};
    ASSERT_TRUE(child.channel().expect("holds it"));
    const auto targets = cli::stopTargets(Observer::attach(name.str()).sample(), cli::StopWhom::writer);
    ASSERT_EQ(targets.size(), 1u);
    EXPECT_THAT(refusalOf(targets[0]), HasSubstr("another user (uid 65534)"));
    EXPECT_NE(stateOf(child.pid()), 'T');
}

TEST(Stopping, SaysOfAProcessThatDoesNotStandStillThatItWasNotStopped) {
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe(ends.data()), 0);
    const ScopedName name;
    Writer::create(name.str(), {.item_size = 8, .length = 4}).release();
    test_support::ChildProcess child{[&](test_support::Channel& channel) {
        const Writer writer = Writer::take_over(name.str());
        channel.send("holds it");
        // Its parent sleeps without regard to SIGSTOP until it ends, which it does when the test lets go of the pipe.
        if (::syscall(SYS_clone, CLONE_VFORK | SIGCHLD, nullptr, nullptr, nullptr, nullptr) == 0) {
            ::close(ends[1]);
            char byte = 0;
            ::_exit(::read(ends[0], &byte, 1) == 0 ? 0 : 1);
        }
        return 0;
    }};
    ASSERT_TRUE(child.channel().expect("holds it"));
    ASSERT_TRUE(test_support::eventually([&] { return stateOf(child.pid()) == 'D'; }));
    const auto targets = cli::stopTargets(Observer::attach(name.str()).sample(), cli::StopWhom::writer);
    EXPECT_EQ(targets.size(), 1u);
    if (!targets.empty()) {
        EXPECT_THAT(refusalOf(targets[0]),
                    AllOf(HasSubstr("did not stand still within 1 s"),
                          HasSubstr("kill -CONT " + std::to_string(child.pid()) + " lets it go on")));
    }
    ::close(ends[0]);
    ::close(ends[1]);
}

TEST(Stopping, NamesAProcessOnceWithAllItsRoles) {
    const ScopedName name;
    const Writer writer = Writer::create(name.str(), {.item_size = 8, .length = 4});
    const Reader reader = Reader::attach(name.str(), {.label = "a"});
    const Reader other = Reader::attach(name.str());
    const auto targets = cli::stopTargets(Observer::attach(name.str()).sample(), cli::StopWhom::all);
    ASSERT_EQ(targets.size(), 1u);
    EXPECT_EQ(targets[0].role, "the writer, reader a, the reader in slot 1");
}

}  // namespace
