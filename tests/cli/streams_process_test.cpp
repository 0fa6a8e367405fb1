// What the commands do when their standard streams are closed, cannot be used, or lead into something full.

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <QProcess>
#include <filesystem>

#include "program.hpp"
#include "shared_cbuff/observer.hpp"
#include "shared_cbuff/writer.hpp"
#include "test_support/segments.hpp"

namespace {

using cli_tests::Program;
using cli_tests::Result;
using cli_tests::run;
using shared_cbuff::Observer;
using shared_cbuff::Writer;
using test_support::ScopedName;
using testing::HasSubstr;
using testing::IsEmpty;

/// A vacant buffer with the items 1 to 3.
void make(const ScopedName& name) {
    Writer writer = Writer::create(name.str(), {.item_size = 8, .length = 4});
    for (std::uint64_t item = 1; item <= 3; ++item) writer.push(item);
    writer.release();
}

void closeAll() {
    for (int descriptor = 0; descriptor <= 2; ++descriptor) ::close(descriptor);
}

std::function<void()> closing(int descriptor) {
    return [descriptor] { ::close(descriptor); };
}

/// Opens `path` in the place of `descriptor`.
std::function<void()> opening(int descriptor, const char* path, int flags) {
    return [=] { ::dup2(::open(path, flags), descriptor); };
}

class OutputCommands : public testing::TestWithParam<std::vector<std::string>> {
protected:
    void SetUp() override { make(m_name); }
    std::vector<std::string> arguments() const {
        std::vector<std::string> words = GetParam();
        if (words.front() != "ls" && words.front() != "--help") words.insert(words.begin() + 1, m_name);
        return words;
    }
    /// Nobody but the maker has written to the segment: no reader came, nothing stands where it does not belong.
    void expectUntouched() const { EXPECT_EQ(test_support::bytes_of(m_name), m_before); }
    void remember() { m_before = test_support::bytes_of(m_name); }

    ScopedName m_name;
    std::vector<std::byte> m_before;
};

TEST_P(OutputCommands, RefuseWhenStdoutIsClosedOrReadOnly) {
    remember();
    for (const auto& prepare : {closing(STDOUT_FILENO), opening(STDOUT_FILENO, "/dev/null", O_RDONLY)}) {
        const Result result = run(arguments(), {}, prepare);
        EXPECT_EQ(result.status, 1);
        EXPECT_THAT(result.err, HasSubstr("stdout is closed"));
        expectUntouched();
    }
}

TEST_P(OutputCommands, WriteNothingIntoTheSegmentWithoutAnyStream) {
    remember();
    EXPECT_EQ(run(arguments(), {}, closeAll).status, 1);
    expectUntouched();
}

TEST_P(OutputCommands, SayThatTheOutputIsFull) {
    if (GetParam().back() == "--control") return;  // it says nothing unless it is told something
    const Result result = run(arguments(), {}, opening(STDOUT_FILENO, "/dev/full", O_WRONLY));
    EXPECT_EQ(result.status, 1);
    EXPECT_THAT(result.err, HasSubstr("No space left"));
}

INSTANTIATE_TEST_SUITE_P(Streams, OutputCommands,
                         testing::Values(std::vector<std::string>{"--help"}, std::vector<std::string>{"ls"},
                                         std::vector<std::string>{"info"}, std::vector<std::string>{"peek"},
                                         std::vector<std::string>{"pop"},
                                         std::vector<std::string>{"watch", "--count", "1"},
                                         std::vector<std::string>{"produce", "--count", "1", "--jsonl"},
                                         std::vector<std::string>{"produce", "--count", "1", "--control"},
                                         std::vector<std::string>{"consume", "--count", "1", "--jsonl"}),
                         [](const auto& test) {
                             std::string name = test.param.front() + test.param.back();
                             std::erase(name, '-');
                             return name;
                         });

TEST(Streams, AreNotNeededByCommandsThatPrintNothing) {
    const ScopedName name;
    EXPECT_EQ(run({"create", name, "--item-size", "8", "--length", "4"}, {}, closeAll).status, 0);
    EXPECT_EQ(run({"push", name, "1", "2"}, {}, closeAll).status, 0);
    EXPECT_EQ(run({"produce", name, "--count", "1", "--rate", "max"}, {}, closeAll).status, 0);
    EXPECT_EQ(run({"peek", name, "-n", "4"}).out, "1\n2\n2\n");  // the counter goes on with the number of the item
    EXPECT_EQ(run({"consume", name, "--count", "3"}, {}, closeAll).status, 0);
    EXPECT_EQ(run({"rm", name}, {}, closeAll).status, 0);
    EXPECT_FALSE(name.exists());
}

TEST(Streams, PushRefusesAClosedStdin) {
    const ScopedName name;
    make(name);
    for (const auto& prepare : {closing(STDIN_FILENO), opening(STDIN_FILENO, "/dev/null", O_WRONLY)}) {
        const Result result = run({"push", name, "-"}, {}, prepare);
        EXPECT_EQ(result.status, 1);
        EXPECT_THAT(result.err, HasSubstr("stdin is closed"));
    }
    EXPECT_EQ(run({"push", name, "-"}, {}, opening(STDIN_FILENO, "/dev/null", O_RDONLY)).status, 0);
    EXPECT_EQ(Observer::attach(name.str()).sample().pushed, 3u);
}

TEST(Streams, ControlRefusesAClosedStdin) {
    const ScopedName name;
    make(name);
    for (const std::string command : {"produce", "consume"}) {
        const Result result = run({command, name, "--control"}, {}, closing(STDIN_FILENO));
        EXPECT_EQ(result.status, 1);
        EXPECT_THAT(result.err, HasSubstr("stdin is closed"));
    }
}

/// A shell that lets no file grow beyond a few hundred bytes, and what `command`, run as "$0", comes to under it.
Result runLimited(const std::string& command) {
    const std::string file = testing::TempDir() + ScopedName{"limited"}.str();
    QProcess shell;
    shell.start(QStringLiteral("/bin/sh"),
                {QStringLiteral("-c"), QString::fromStdString("ulimit -f 1; exec \"$0\" " + command + " > " + file),
                 QStringLiteral(CBUFF_PROGRAM)});
    EXPECT_TRUE(shell.waitForFinished(static_cast<int>(test_support::patience.count())));
    std::filesystem::remove(file);
    return {shell.exitStatus() == QProcess::NormalExit ? shell.exitCode() : -1,
            {},
            shell.readAllStandardError().toStdString()};
}

TEST(Streams, TheFileSizeLimitIsToldAndKillsNobody) {
    const ScopedName name;
    Writer writer = Writer::create(name.str(), {.item_size = 8, .length = 1024, .max_readers = 4});
    for (std::uint64_t item = 0; item < 1000; ++item) writer.push(1'000'000 + item);
    const std::string quoted = "'" + name.str() + "'";
    for (const std::string& command : {"pop " + quoted + " --all", "peek " + quoted + " -n 1000",
                                       "info " + quoted + " --json", "watch " + quoted + " --jsonl --count 9",
                                       "consume " + quoted + " --jsonl --count 1000", std::string{"--help"}}) {
        const Result result = runLimited(command);
        EXPECT_EQ(result.status, 1) << command;
        EXPECT_THAT(result.err, HasSubstr("file size limit (ulimit -f)")) << command;
    }
    EXPECT_THAT(runLimited("pop " + quoted + " --all").err, HasSubstr("items were popped, and of the last"));
}

/// Nor does one that its messages meet; they are lost, the work is not.
TEST(Streams, TheFileSizeLimitOfMessagesKillsNobody) {
    const ScopedName name;
    make(name);
    const Result result = run({"pop", name, "--all"}, {}, [] {
        const rlimit none{0, 0};
        ::setrlimit(RLIMIT_FSIZE, &none);
    });
    EXPECT_EQ(result.out, "1\n2\n3\n");
    EXPECT_EQ(result.status, 0);
    const Result refused = run({"info", ScopedName{}}, {}, [] {
        const rlimit none{0, 0};
        ::setrlimit(RLIMIT_FSIZE, &none);
    });
    EXPECT_EQ(refused.status, 1);
    EXPECT_EQ(refused.err, "");
}

TEST(Streams, TheProgramsThatWatchRunsKeepTheSignalOfTheFileSizeLimit) {
    const ScopedName name;
    make(name);
    const Result result =
        run({"watch", name, "--until", "pushed >= 0", "--exec", "sh", "-c", "grep SigIgn /proc/self/status"});
    const auto at = result.out.find("SigIgn:");
    ASSERT_NE(at, std::string::npos) << result.out;
    EXPECT_EQ(std::stoull(result.out.substr(at + 7), nullptr, 16) >> (SIGXFSZ - 1) & 1, 0u);
}

TEST(Streams, PopSaysWhichItemsItTookAndCouldNotWrite) {
    const ScopedName name;
    make(name);
    const Result result = run({"pop", name, "--all"}, {}, opening(STDOUT_FILENO, "/dev/full", O_WRONLY));
    EXPECT_EQ(result.status, 1);
    EXPECT_THAT(result.err, HasSubstr("3 items were popped, and of the last 3"));
}

}  // namespace
