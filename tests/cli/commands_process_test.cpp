// The commands that do one thing and end, run as a user runs them.

#include <fcntl.h>
#include <gmock/gmock.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <QJsonArray>
#include <QJsonDocument>
#include <array>
#include <filesystem>
#include <fstream>

#include "program.hpp"
#include "shared_cbuff/detail/format.hpp"
#include "shared_cbuff/detail/segment.hpp"
#include "shared_cbuff/discovery.hpp"
#include "shared_cbuff/observer.hpp"
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
using shared_cbuff::OverflowPolicy;
using shared_cbuff::Reader;
using shared_cbuff::Writer;
using shared_cbuff::WriterState;
using test_support::ScopedName;
using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

/// A vacant buffer of 8 x `length`.
void make(const ScopedName& name, std::uint64_t itemSize, std::uint64_t length,
          OverflowPolicy policy = OverflowPolicy::overwrite) {
    Writer::create(name, {.item_size = itemSize, .length = length, .policy = policy}).release();
}

QJsonObject listed(const QJsonArray& segments, const std::string& name) {
    for (const auto& segment : segments) {
        if (segment.toObject()["name"_L1].toString().toStdString() == name) return segment.toObject();
    }
    return {};
}

TEST(Cbuff, PrintsHelpWhenAlone) {
    const Result result = run({});
    EXPECT_EQ(result.status, 0);
    EXPECT_THAT(result.out, AllOf(HasSubstr("produce"), HasSubstr("consume"), HasSubstr("watch")));
}

TEST(Cbuff, TellsItsVersionAndHelpWithStatusZero) {
    EXPECT_EQ(run({"--version"}).status, 0);
    EXPECT_EQ(run({"--help"}).status, 0);
    EXPECT_THAT(run({"produce", "--help"}).out, HasSubstr("--no-catch-up"));
    EXPECT_THAT(run({"create", "--help"}).out, HasSubstr("UINT:N=64"));  // defaults are told
}

struct Misuse {
    std::vector<std::string> arguments;
    std::string_view sentence;
};

class UsageErrors : public testing::TestWithParam<Misuse> {};

TEST_P(UsageErrors, AreToldOnStderrWithStatusTwo) {
    const Result result = run(GetParam().arguments);
    EXPECT_EQ(result.status, 2);
    EXPECT_THAT(result.out, IsEmpty());
    EXPECT_THAT(result.err, AllOf(StartsWith("cbuff: "), HasSubstr(GetParam().sentence)));
}

INSTANTIATE_TEST_SUITE_P(
    Cbuff, UsageErrors,
    testing::Values(Misuse{{"frobnicate"}, "frobnicate"}, Misuse{{"info"}, "NAME"},
                    Misuse{{"create", "x", "--item-size", "8"}, "--length"},
                    Misuse{{"create", "x", "--item-size", "0", "--length", "4"}, "whole number"},
                    Misuse{{"create", "x", "--item-size", "-1", "--length", "4"}, "whole number"},
                    Misuse{{"create", "x", "--item-size", "8", "--length", "1"}, "whole number from 2"},
                    Misuse{{"create", "x", "--item-size", "8", "--length", "4", "--mode", "888"}, "octal"},
                    Misuse{{"create", "x", "--item-size", "8", "--length", "4", "--policy", "drop"}, "--policy"},
                    Misuse{{"create", "x", "--item-size", "8", "--length", "4", "--max-readers", "4097"}, "4096"},
                    Misuse{{"info", "x", "--length", "4"}, "belong together"},
                    Misuse{{"produce", "x", "--create"}, "--create needs"},
                    Misuse{{"produce", "x", "--policy", "reject"}, "--create"},
                    Misuse{{"produce", "x", "--rate", "nan"}, "no rate"},
                    Misuse{{"produce", "x", "--rate", "0"}, "no rate"},
                    Misuse{{"consume", "x", "--duration", "inf"}, "no time"},
                    Misuse{{"consume", "x", "--verify", "sum"}, "--verify"},
                    Misuse{{"pop", "x", "--text", "--hex"}, "--text"},
                    Misuse{{"watch", "x", "--interval", "0"}, "no time"}));

TEST(Create, LeavesAVacantBufferInPlace) {
    const ScopedName name;
    const Result result = run({"create", name, "--item-size", "4", "--length", "010", "--policy", "reject", "--mode",
                               "640", "--max-readers", "3"});
    EXPECT_EQ(result.status, 0) << result.err;
    const auto sample = Observer::attach(name.str()).sample();
    EXPECT_EQ(sample.geometry, (shared_cbuff::Geometry{4, 10}));
    EXPECT_EQ(sample.policy, OverflowPolicy::reject);
    EXPECT_EQ(sample.max_readers, 3u);
    EXPECT_EQ(sample.writer.state, WriterState::vacant);
    const auto segments = QJsonDocument::fromJson(QByteArray::fromStdString(run({"ls", "--json"}).out)).array();
    EXPECT_EQ(listed(segments, name)["mode"_L1].toString(), "0640"_L1);
}

TEST(Create, RefusesATakenName) {
    const ScopedName name;
    make(name, 1, 2);
    const Result result = run({"create", name, "--item-size", "4", "--length", "10"});
    EXPECT_EQ(result.status, 1);
    EXPECT_THAT(result.err, HasSubstr("exists"));
}

TEST(Push, PushesNumbersAndRangesInOrder) {
    const ScopedName name;
    make(name, 2, 16);
    EXPECT_EQ(run({"push", name, "1", "0x2a", "10..12", "9..8"}).status, 0);
    EXPECT_EQ(run({"pop", name, "--all"}).out, "1\n42\n10\n11\n12\n9\n8\n");
    EXPECT_EQ(Observer::attach(name.str()).sample().writer.state, WriterState::vacant);
}

TEST(Push, PushesNothingIfOneArgumentIsWrong) {
    const ScopedName name;
    make(name, 2, 16);
    const Result result = run({"push", name, "1", "2", "65536"});
    EXPECT_EQ(result.status, 1);
    EXPECT_THAT(result.err, HasSubstr("needs 3 bytes"));
    EXPECT_EQ(Observer::attach(name.str()).sample().pushed, 0u);
}

TEST(Push, ReadsLinesFromStdinAndStopsAtABadOne) {
    const ScopedName name;
    make(name, 2, 16);
    const Result result = run({"push", name, "-"}, "5\n6..7\nx\n8\n");
    EXPECT_EQ(result.status, 1);
    EXPECT_THAT(result.err, AllOf(HasSubstr("line 3"), HasSubstr("3 items before it were pushed")));
    EXPECT_EQ(run({"pop", name, "--all"}).out, "5\n6\n7\n");
}

TEST(Push, RefusesAnEmptyLine) {
    const ScopedName name;
    make(name, 2, 16);
    EXPECT_THAT(run({"push", name, "-"}, "\n").err, HasSubstr("line 1: the line is empty"));
}

TEST(Push, TakesTextAndHex) {
    const ScopedName name;
    make(name, 6, 16);
    EXPECT_EQ(run({"push", name, "--text", "hello", "a b"}).status, 0);
    EXPECT_EQ(run({"push", name, "--hex", "beef"}).status, 0);
    EXPECT_EQ(run({"pop", name, "-n", "2", "--text"}).out, "hello\na b\n");
    EXPECT_EQ(run({"peek", name, "--hex"}).out, "00000000beef\n");
}

TEST(Push, SaysWhoHoldsItUpWhenFull) {
    const ScopedName name;
    make(name, 8, 4, OverflowPolicy::reject);
    const Reader reader = Reader::attach(name.str(), {.label = "lazy"});
    const Result result = run({"push", name, "1..6"});
    EXPECT_EQ(result.status, 1);
    EXPECT_THAT(result.err, AllOf(HasSubstr("4 of 6 items were pushed"), HasSubstr("reader lazy (slot 0")));
}

TEST(Push, WaitsForRoomWhenAskedTo) {
    const ScopedName name;
    make(name, 8, 2, OverflowPolicy::reject);
    Reader reader = Reader::attach(name.str());
    Program push{{"push", name, "1..3", "--room", "60"}};
    Observer observer = Observer::attach(name.str());
    ASSERT_TRUE(test_support::eventually([&] { return observer.sample().rejected == 1; }));
    EXPECT_EQ(reader.pop(), 1u);
    EXPECT_EQ(push.finish().status, 0);
    EXPECT_EQ(observer.sample().rejected, 1u);  // the one that waited, however often it looked
}

TEST(Push, RefusesWhileAWriterLives) {
    const ScopedName name;
    const Writer writer = Writer::create(name.str(), {.item_size = 8, .length = 4});
    const Result result = run({"push", name, "1"});
    EXPECT_EQ(result.status, 1);
    EXPECT_THAT(result.err, HasSubstr(std::to_string(::getpid())));
}

/// Whoever may read a buffer can lock what tells who writes: everybody is told the same of it.
TEST(Push, InfoAndLsTellOneStoryOfARoleThatAStrangerLocks) {
    const ScopedName name{"cli"};
    make(name, 8, 4);
    const int stranger = ::open(name.path().c_str(), O_RDONLY | O_CLOEXEC);
    struct flock record {};
    record.l_type = F_RDLCK;
    record.l_start = static_cast<off_t>(shared_cbuff::format::writer_lock_offset);
    record.l_len = 1;
    ASSERT_EQ(::fcntl(stranger, F_OFD_SETLK, &record), 0);
    constexpr const char* story = "locked by a process that does not say who it is";
    const Result push = run({"push", name, "1"});
    EXPECT_EQ(push.status, 1);
    EXPECT_THAT(push.err, HasSubstr(story));
    EXPECT_THAT(run({"info", name}).out, HasSubstr(std::string{"vacant, "} + story));
    EXPECT_THAT(run({"create", name, "--item-size", "8", "--length", "4"}).err, HasSubstr(story));
    const std::string list = run({"ls"}).out;
    const auto row = list.find(name.str());
    ASSERT_NE(row, std::string::npos);
    EXPECT_THAT(list.substr(row, list.find('\n', row) - row), HasSubstr(story));
    const auto json = QJsonDocument::fromJson(QByteArray::fromStdString(run({"info", name, "--json"}).out)).object();
    EXPECT_TRUE(json["writer"_L1].toObject()["is_locked"_L1].toBool());
    ::close(stranger);
    EXPECT_EQ(run({"push", name, "1"}).status, 0);
}

TEST(Pop, TakesOneItemAndDisturbsNobody) {
    const ScopedName name;
    make(name, 8, 4);
    run({"push", name, "1..3"});
    EXPECT_EQ(run({"pop", name}).out, "1\n");
    EXPECT_EQ(run({"pop", name, "-n", "2"}).out, "1\n2\n");
}

TEST(Pop, SaysWhenThereIsNothing) {
    const ScopedName name;
    make(name, 8, 4);
    for (const std::vector<std::string>& arguments :
         {std::vector<std::string>{"pop", name}, {"pop", name, "--all"}, {"pop", name, "--from", "newest"}}) {
        const Result result = run(arguments);
        EXPECT_EQ(result.status, 1);
        EXPECT_THAT(result.err, HasSubstr("nothing to read"));
    }
}

TEST(Pop, FollowsUntilTheBufferIsClosedAndDrained) {
    const ScopedName name;
    Writer writer = Writer::create(name.str(), {.item_size = 8, .length = 4});
    writer.push(7);
    Program pop{{"pop", name, "--follow"}};
    EXPECT_EQ(pop.line(), "7");
    writer.push(8);
    EXPECT_EQ(pop.line(), "8");
    writer.push(9);
    writer.close();
    const Result result = pop.finish();
    EXPECT_EQ(result.out, "9\n");
    EXPECT_EQ(result.status, 0);
    EXPECT_THAT(result.err, HasSubstr("closed"));
}

TEST(Pop, EndsWithoutAWordWhenItsOutputIsClosed) {
    const ScopedName name;
    make(name, 8, 4);
    run({"push", name, "1"});
    Program pop{{"pop", name, "--follow"}};
    EXPECT_EQ(pop.line(), "1");
    pop.closeOutput();
    run({"push", name, "2"});
    const Result result = pop.finish();
    EXPECT_EQ(result.status, 0);
    EXPECT_THAT(result.err, IsEmpty());
}

TEST(Pop, EndsWith130WhenInterrupted) {
    const ScopedName name;
    make(name, 8, 4);
    run({"push", name, "1"});
    Program pop{{"pop", name, "--follow"}};
    EXPECT_EQ(pop.line(), "1");
    pop.signal(SIGINT);
    EXPECT_EQ(pop.finish().status, 130);
    EXPECT_THAT(Observer::attach(name.str()).sample().readers, IsEmpty());
}

TEST(Peek, ShowsItemsWithoutTakingPart) {
    const ScopedName name;
    make(name, 8, 4);
    run({"push", name, "1..6"});
    EXPECT_EQ(run({"peek", name}).out, "6\n");
    EXPECT_EQ(run({"peek", name, "-n", "2"}).out, "5\n6\n");
    EXPECT_EQ(run({"peek", name, "-n", "2", "--from", "oldest"}).out, "3\n4\n");
    EXPECT_EQ(run({"peek", name, "-n", "100"}).out, "3\n4\n5\n6\n");
}

TEST(Info, PrintsExactlyOneDocument) {
    const ScopedName name;
    make(name, 8, 4);
    run({"push", name, "1..6"});
    QJsonParseError error;
    const auto document = QJsonDocument::fromJson(QByteArray::fromStdString(run({"info", name, "--json"}).out), &error);
    EXPECT_EQ(error.error, QJsonParseError::NoError) << error.errorString().toStdString();
    EXPECT_EQ(document["pushed"_L1].toInteger(), 6);
    EXPECT_TRUE(document["usage"_L1].isNull());  // nobody reads
    EXPECT_EQ(document["retained"_L1].toInteger(), 4);
}

TEST(Info, RefusesAMissingName) {
    const ScopedName name;
    const Result result = run({"info", name, "--json"});
    EXPECT_EQ(result.status, 1);
    EXPECT_THAT(result.out, IsEmpty());
    EXPECT_THAT(result.err, HasSubstr("no buffer of this name"));
}

TEST(Ls, ListsBuffersAndUnknownSegments) {
    const ScopedName name;
    const ScopedName unknown;
    make(name, 8, 4);
    test_support::make_segment(unknown.str(), std::vector<std::byte>(9));
    const std::string table = run({"ls"}).out;
    EXPECT_THAT(table, AllOf(HasSubstr(name.str()), HasSubstr("8 B x 4"), HasSubstr("vacant")));
    EXPECT_THAT(table, AllOf(HasSubstr(unknown.str()), HasSubstr("--item-size"), Not(HasSubstr("\x1b"))));
    const auto segments = QJsonDocument::fromJson(QByteArray::fromStdString(run({"ls", "--json"}).out)).array();
    EXPECT_EQ(listed(segments, name)["state"_L1].toString(), "vacant"_L1);
    EXPECT_EQ(listed(segments, unknown)["format"_L1].toString(), "unknown"_L1);
    EXPECT_EQ(listed(segments, unknown)["size"_L1].toInteger(), 9);
}

TEST(Ls, ShowsWhatIsRetainedWhereNobodyReads) {
    const ScopedName name;
    make(name, 8, 4);
    run({"push", name, "1..3"});
    EXPECT_THAT(run({"ls"}).out, ContainsRegex(name.str() + " .* vacant +3 +- +3 "));  // pushed, usage, retained
}

TEST(Classic, IsReadWithItsGeometryOnly) {
    const ScopedName name;
    // Four items of a byte, 10 20 30 and one never written, and the pointer at slot 3.
    const std::array bytes{std::byte{10}, std::byte{20}, std::byte{30}, std::byte{0}, std::byte{3}};
    test_support::make_segment(name.str(), bytes);
    const Result blind = run({"pop", name});
    EXPECT_EQ(blind.status, 1);
    EXPECT_THAT(blind.err, HasSubstr("geometry"));
    EXPECT_EQ(run({"pop", name, "--all", "--item-size", "1", "--length", "4"}).out, "10\n20\n30\n");
    EXPECT_THAT(run({"info", name, "--item-size", "1", "--length", "4"}).out, HasSubstr("classic"));
    const Result wrong = run({"info", name, "--item-size", "3", "--length", "4"});
    EXPECT_EQ(wrong.status, 1);
    EXPECT_THAT(wrong.err, HasSubstr("1 B x 4"));
}

TEST(Rm, RemovesAVacantBuffer) {
    const ScopedName name;
    make(name, 8, 4);
    EXPECT_EQ(run({"rm", name}).status, 0);
    EXPECT_FALSE(name.exists());
    EXPECT_EQ(run({"rm", name}).status, 1);
    EXPECT_EQ(run({"rm", name, "--force"}).status, 1);
}

TEST(Rm, RefusesWhileAWriterLivesUnlessForced) {
    const ScopedName name;
    const Writer writer = Writer::create(name.str(), {.item_size = 8, .length = 4});
    const Result result = run({"rm", name});
    EXPECT_EQ(result.status, 1);
    EXPECT_THAT(result.err, HasSubstr(std::to_string(::getpid())));
    EXPECT_TRUE(name.exists());
    EXPECT_EQ(run({"rm", name, "--force"}).status, 0);
    EXPECT_FALSE(name.exists());
}

TEST(Rm, RefusesAnUnknownSegmentUnlessForced) {
    const ScopedName name;
    test_support::make_segment(name.str(), std::vector<std::byte>(9));
    EXPECT_EQ(run({"rm", name}).status, 1);
    EXPECT_TRUE(name.exists());
    EXPECT_EQ(run({"rm", name, "--force"}).status, 0);
}

TEST(RmStale, RemovesOnlyWhatIsAbandonedOrVacantAndUnattached) {
    const ScopedName vacant;
    make(vacant, 8, 4);
    const ScopedName read;
    make(read, 8, 4);
    const Reader reader = Reader::attach(read.str());
    const ScopedName written;
    const Writer writer = Writer::create(written.str(), {.item_size = 8, .length = 4});
    const ScopedName locked;
    make(locked, 8, 4);
    const shared_cbuff::Segment stranger =
        shared_cbuff::Segment::open("lock", locked.str(), shared_cbuff::Access::read_write);
    ASSERT_TRUE(stranger.try_lock(shared_cbuff::format::reader_lock_offset(3)));
    const ScopedName foreign;
    test_support::make_segment(foreign.str(), std::vector<std::byte>(9));
    for (const ScopedName* const name : {&read, &written, &locked, &foreign}) {
        const Result result = run({"rm", "--stale", *name});
        EXPECT_EQ(result.status, 1);
        EXPECT_THAT(result.err, HasSubstr("no stale buffer"));
        EXPECT_TRUE(name->exists());
    }
    EXPECT_THAT(run({"rm", "-n", "--stale", vacant}).out, HasSubstr(vacant.str() + ": vacant, no reader"));
    EXPECT_TRUE(vacant.exists());
    const Result result = run({"rm", "--stale", vacant});
    EXPECT_EQ(result.status, 0);
    EXPECT_THAT(result.out, HasSubstr(vacant.str()));
    EXPECT_FALSE(vacant.exists());
}

TEST(RmStale, RemovesTheLeftoversOfADeadWriterAndReader) {
    const ScopedName name;
    test_support::ChildProcess child{[&](test_support::Channel& channel) {
        const Writer writer = Writer::create(name.str(), {.item_size = 8, .length = 4});
        const Reader reader = Reader::attach(name.str());
        channel.send("ready");
        channel.receive();
        return 0;
    }};
    ASSERT_TRUE(child.channel().expect("ready"));
    EXPECT_EQ(run({"rm", "--stale", name}).status, 1);
    child.kill();
    EXPECT_THAT(run({"rm", "--stale", name}).out, HasSubstr("abandoned by its writer (pid "));
    EXPECT_FALSE(name.exists());
}

/// In a /dev/shm of its own: the command takes whatever is stale there.
TEST(RmStale, RemovesAllThatAreStaleWhenNoneIsNamed) {
    constexpr int notPermitted = 77;
    const int code = test_support::exit_code_of([](test_support::Channel&) {
        if (::unshare(CLONE_NEWNS) != 0 || ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
            ::mount("tmpfs", "/dev/shm", "tmpfs", 0, nullptr) != 0) {
            return notPermitted;
        }
        const Result none = run({"rm", "--stale"});
        if (none.status != 0 || none.err.find("no stale buffer") == std::string::npos) return 1;
        Writer::create("a", {.item_size = 8, .length = 4}).release();
        Writer::create("b", {.item_size = 8, .length = 4}).release();
        const Writer living = Writer::create("c", {.item_size = 8, .length = 4});
        const Result dry = run({"rm", "--stale", "--dry-run"});
        if (dry.out != "a: vacant, no reader\nb: vacant, no reader\n") return 2;
        const Result result = run({"rm", "--stale"});
        if (result.status != 0 || result.out != dry.out) return 3;
        const auto left = shared_cbuff::list_segments();
        return left.size() == 1 && left[0].name == "c" ? 0 : 4;
    });
    if (code == notPermitted) GTEST_SKIP() << "a mount namespace of its own is not permitted here";
    EXPECT_EQ(code, 0);
}

TEST(Create, GivesTheBufferToAGroupThatMayThenUseIt) {
    const ScopedName name;
    const std::string group = std::to_string(::getegid());
    const Result result = run({"create", name, "--item-size", "4", "--length", "10", "--group", group});
    EXPECT_EQ(result.status, 0) << result.err;
    struct stat status {};
    ASSERT_EQ(::stat(name.path().c_str(), &status), 0);
    EXPECT_EQ(status.st_gid, ::getegid());
    EXPECT_EQ(status.st_mode & 07777u, 0660u);
    const ScopedName other;
    EXPECT_EQ(run({"create", other, "--item-size", "4", "--length", "10", "--group", group, "--mode", "640"}).status,
              0);
    ASSERT_EQ(::stat(other.path().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777u, 0640u);
}

TEST(Create, RefusesAGroupThatDoesNotExist) {
    const ScopedName name;
    const Result result = run({"create", name, "--item-size", "4", "--length", "10", "--group", "no such group"});
    EXPECT_EQ(result.status, 1);
    EXPECT_THAT(result.err, HasSubstr("there is no group 'no such group'"));
    EXPECT_FALSE(name.exists());
}

TEST(Create, SaysThatOneIsNoMemberOfTheGroup) {
    const ScopedName name;
    const int code = test_support::exit_code_of([&](test_support::Channel&) {
        if (::geteuid() == 0 && (::setgroups(0, nullptr) != 0 || ::setgid(65534) != 0 || ::setuid(65534) != 0))
            return 1;
        const Result result = run({"create", name, "--item-size", "4", "--length", "10", "--group", "0"});
        return result.status == 1 && result.err.find("no member of it") != std::string::npos ? 0 : 2;
    });
    EXPECT_EQ(code, 0);
    EXPECT_FALSE(name.exists());
}

/// A file that is gone when the test is.
class ScopedFile {
public:
    explicit ScopedFile(std::string_view bytes, std::string_view ending = ".copy")
        : m_path{testing::TempDir() + ScopedName{"file"}.str() + std::string{ending}} {
        std::ofstream{m_path, std::ios::binary} << bytes;
    }
    ScopedFile(const ScopedFile&) = delete;
    ScopedFile& operator=(const ScopedFile&) = delete;
    ~ScopedFile() { std::filesystem::remove(m_path); }
    const std::string& path() const { return m_path; }

private:
    std::string m_path;
};

std::string textOf(const ScopedName& name) {
    const auto bytes = test_support::bytes_of(name.str());
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

TEST(File, IsLookedIntoAsTheSegmentItIsACopyOf) {
    const ScopedName name;
    Writer writer = Writer::create(name.str(), {.item_size = 8, .length = 4});
    Reader reader = Reader::attach(name.str(), {.label = "slow"});
    for (std::uint64_t item = 0; item < 6; ++item) writer.push(item);
    const ScopedFile named{textOf(name)};
    const ScopedFile ending{textOf(name), ".seg"};
    for (const std::vector<std::string>& what :
         {std::vector<std::string>{"--file", named.path()}, {named.path()}, {ending.path()}}) {
        std::vector<std::string> arguments{"info", "--json"};
        arguments.insert(arguments.end(), what.begin(), what.end());
        const Result result = run(arguments);
        EXPECT_EQ(result.status, 0) << result.err;
        const QJsonObject object = QJsonDocument::fromJson(QByteArray::fromStdString(result.out)).object();
        EXPECT_EQ(object["pushed"_L1].toInteger(), 6);
        EXPECT_EQ(object["writer"_L1].toObject()["state"_L1].toString(), "unknown"_L1);
        EXPECT_EQ(object["readers"_L1].toArray()[0].toObject()["state"_L1].toString(), "unknown"_L1);
        arguments = {"peek", "-n", "9", "--from", "oldest"};
        arguments.insert(arguments.end(), what.begin(), what.end());
        EXPECT_EQ(run(arguments).out, "2\n3\n4\n5\n");
    }
    EXPECT_THAT(run({"info", "--file", named.path()}).out, AllOf(HasSubstr("was process " + std::to_string(::getpid())),
                                                                 HasSubstr("does not tell who was alive")));
}

TEST(File, ThatLostItsEndIsDamagedAndItsItemsCanBeSeen) {
    const ScopedName name;
    Writer writer = Writer::create(name.str(), {.item_size = 8, .length = 4});
    for (std::uint64_t item = 0; item < 3; ++item) writer.push(item);
    const ScopedFile cut{textOf(name).substr(0, 1000)};
    EXPECT_THAT(run({"info", "--file", cut.path()}).out, AllOf(HasSubstr("8 B x 4"), HasSubstr("is missing")));
    const Result peek = run({"peek", "--file", cut.path(), "-n", "2"});
    EXPECT_EQ(peek.out, "1\n2\n");
    EXPECT_THAT(peek.err, AllOf(HasSubstr("is damaged"), HasSubstr("is missing")));
    const ScopedFile whole{textOf(name)};
    EXPECT_EQ(run({"peek", "--file", whole.path()}).err, "");
}

TEST(File, ThatIsTooLongSaysSo) {
    const ScopedName name;
    Writer writer = Writer::create(name.str(), {.item_size = 8, .length = 4});
    writer.push(7);
    const ScopedFile longer{textOf(name) + std::string(4096, '\0')};
    EXPECT_THAT(run({"info", "--file", longer.path()}).out,
                AllOf(HasSubstr("more bytes than it should"), testing::Not(HasSubstr("is missing"))));
}

/// In the folder where the command runs, as a NAME without a slash is.
TEST(File, AndBufferWithANameLikeAFilesAreToldApart) {
    const ScopedName plain;
    make(plain, 8, 4);
    run({"push", plain, "7"});
    for (const char* ending : {".seg", ".cbrec"}) {
        const std::string name = plain.str() + ending;
        ASSERT_EQ(::rename(plain.path().c_str(), test_support::path_of(name).c_str()), 0);
        EXPECT_EQ(run({"peek", name}).out, "7\n") << name;
        EXPECT_EQ(run({"info", name}).status, 0) << name;
        ASSERT_EQ(::rename(test_support::path_of(name).c_str(), plain.path().c_str()), 0);
    }
    const std::string name = plain.str() + ".seg";
    const auto enter = [] {
        if (::chdir(testing::TempDir().c_str()) != 0) ::_exit(126);
    };
    const std::string path = testing::TempDir() + "/" + name;
    std::ofstream{path, std::ios::binary} << textOf(plain);
    EXPECT_EQ(run({"peek", name}, {}, enter).out, "7\n");
    EXPECT_THAT(run({"info", name}, {}, enter).out, HasSubstr("A copy in a file"));
    for (const char* command : {"watch", "check"})
        EXPECT_THAT(
            [&] {
                const Result result = run({command, name}, {}, enter);
                return result.out + result.err;
            }(),
            HasSubstr("cbuff info --file " + name));
    std::filesystem::remove(path);
    EXPECT_THAT(run({"watch", name}, {}, enter).err, testing::Not(HasSubstr("--file")));
}

TEST(File, ThatIsNoCopyIsRefusedWithASentence) {
    const ScopedFile empty{""};
    const ScopedFile tiny{"x"};
    const ScopedFile text{std::string(5000, 'x')};
    const std::string fifo = testing::TempDir() + ScopedName{"fifo"}.str();
    ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
    for (const auto& [path, sentence] :
         std::vector<std::pair<std::string, std::string_view>>{{empty.path(), "is empty"},
                                                               {tiny.path(), "no control block"},
                                                               {text.path(), "no control block"},
                                                               {fifo, "no regular file"},
                                                               {"/dev/null", "no regular file"},
                                                               {testing::TempDir(), "is a directory"},
                                                               {"/no/such/file", "No such file"}}) {
        for (const std::string_view command : {"info", "peek"}) {
            const Result result = run({std::string{command}, "--file", path});
            EXPECT_EQ(result.status, 1) << path;
            EXPECT_THAT(result.err, HasSubstr(sentence)) << path;
        }
    }
    std::filesystem::remove(fifo);
    EXPECT_EQ(run({"info"}).status, 2);
    EXPECT_EQ(run({"info", "x", "--file", "y"}).status, 2);
    EXPECT_THAT(run({"info", "a/b.cbrec"}).err, HasSubstr("no file 'a/b.cbrec'"));
}

TEST(Watch, PrintsOneObjectALookAndEndsAfterCount) {
    const ScopedName name;
    make(name, 8, 4);
    Program watch{{"watch", name, "--interval", "0.01", "--count", "3", "--jsonl"}};
    for (int look = 0; look < 3; ++look) EXPECT_EQ(watch.object()["length"_L1].toInteger(), 4);
    const Result result = watch.finish();
    EXPECT_THAT(result.out, IsEmpty());
    EXPECT_EQ(result.status, 0);
}

TEST(Watch, PrintsNoControlCodesOffATerminal) {
    const ScopedName name;
    make(name, 8, 4);
    const Result result = run({"watch", name, "--interval", "0.01", "--count", "2"});
    EXPECT_THAT(result.out, AllOf(HasSubstr("8 B x 4"), Not(HasSubstr("\x1b"))));
}

TEST(Watch, EndsWithStatusZeroWhenTheBufferIsClosed) {
    const ScopedName name;
    Writer writer = Writer::create(name.str(), {.item_size = 8, .length = 4});
    Program watch{{"watch", name, "--interval", "0.01", "--jsonl"}};
    EXPECT_EQ(watch.object()["state"_L1].toString(), "alive"_L1);
    writer.close();
    const Result result = watch.finish();
    EXPECT_EQ(result.status, 0);
    EXPECT_THAT(result.err, HasSubstr("closed"));
}

TEST(Watch, EndsWithStatusOneWhenTheBufferIsRemovedOrTruncated) {
    for (const bool truncated : {false, true}) {
        const ScopedName name;
        make(name, 8, 4);
        Program watch{{"watch", name, "--interval", "0.01", "--jsonl"}};
        EXPECT_EQ(watch.object()["state"_L1].toString(), "vacant"_L1);
        if (truncated) {
            test_support::truncate_segment(name.str(), 3);
        } else {
            shared_cbuff::Segment::unlink(name.str());
        }
        const Result result = watch.finish();
        EXPECT_EQ(result.status, 1);
        EXPECT_THAT(result.err, HasSubstr(truncated ? "damaged" : "removed"));
    }
}

}  // namespace
