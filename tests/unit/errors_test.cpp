// Every row of the error table: the type, its parts, and that nothing was created or written.

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <functional>
#include <limits>
#include <set>

#include "matchers.hpp"
#include "shared_cbuff/buffer.hpp"
#include "shared_cbuff/detail/segment.hpp"
#include "shared_cbuff/discovery.hpp"
#include "shared_cbuff/observer.hpp"
#include "test_support/child_process.hpp"
#include "test_support/segments.hpp"

namespace {

using namespace shared_cbuff;
using test_support::bytes_of;
using test_support::Channel;
using test_support::exit_code_of;
using test_support::RawBuffer;
using test_support::ScopedName;
using test_support::throws;

constexpr auto huge = std::numeric_limits<std::uint64_t>::max();

std::set<std::string> names_with(const std::string& part) {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator{"/dev/shm"}) {
        const std::string name = entry.path().filename().string();
        if (name.find(part) != std::string::npos) names.insert(name);
    }
    return names;
}

TEST(Errors, AreAllCaughtAsCBuffExceptionAndAsRuntimeError) {
    EXPECT_THROW(throw WriteOperationsForbidden("a", "b", "c"), CBuffException);
    EXPECT_THROW(throw ReadOperationsForbidden("a", "b", "c"), CBuffException);
    EXPECT_THROW(throw BufferAlreadyCreated("a", "b", "c"), CBuffException);
    EXPECT_THROW(throw WriterActive("a", "b", 3), CBuffException);
    EXPECT_THROW(throw SystemError("a", "b", ENOSPC), std::runtime_error);
    EXPECT_EQ(SystemError("a", "b", ENOSPC).code(), ENOSPC);
    EXPECT_STREQ(InvalidArgument("push to", "sensor", "it rains").what(), "push to \"sensor\": it rains");
}

TEST(Errors, ForbidAPushOnAReader) {
    const ScopedName name{"errors"};
    SharedCircularBuffer out{name, {.create = true}};
    SharedCircularBuffer in{name};
    const auto before = bytes_of(name);
    const std::array<std::byte, 1> item{};
    EXPECT_TRUE(throws<WriteOperationsForbidden>([&] { in.push(1); }, name.str()));
    EXPECT_TRUE(throws<WriteOperationsForbidden>([&] { in.push(item); }, name.str()));
    EXPECT_TRUE(throws<WriteOperationsForbidden>([&] { in.push_many(item); }, name.str()));
    EXPECT_EQ(bytes_of(name), before);
}

TEST(Errors, ForbidAPopOnTheWriter) {
    const ScopedName name{"errors"};
    SharedCircularBuffer out{name, {.create = true}};
    out.push(1);
    const auto before = bytes_of(name);
    std::array<std::byte, 1> item{};
    EXPECT_TRUE(throws<ReadOperationsForbidden>([&] { static_cast<void>(out.popitem()); }, name.str()));
    EXPECT_TRUE(throws<ReadOperationsForbidden>([&] { out.popitem(item); }, name.str()));
    EXPECT_TRUE(throws<ReadOperationsForbidden>([&] { static_cast<void>(out.popmany(1)); }, name.str()));
    EXPECT_TRUE(throws<ReadOperationsForbidden>([&] { out.popmany(item); }, name.str()));
    EXPECT_EQ(bytes_of(name), before);
}

TEST(Errors, SayThatTheWriterIsAliveWhenCreateMeetsItsBuffer) {
    const ScopedName name{"errors"};
    const Writer writer = Writer::create(name, {.item_size = 8, .length = 4});
    const auto before = bytes_of(name);
    EXPECT_TRUE(throws<BufferAlreadyCreated>([&] { Writer::create(name, {}); }, name.str(), "is alive"));
    EXPECT_TRUE(
        throws<BufferAlreadyCreated>([&] { Writer::create(name, {}); }, name.str(), std::to_string(::getpid())));
    EXPECT_TRUE(throws<BufferAlreadyCreated>([&] { SharedCircularBuffer(name, {.create = true}); }, name.str()));
    EXPECT_EQ(bytes_of(name), before);
    EXPECT_EQ(names_with(name).size(), 1u);
}

TEST(Errors, SayThatTheRoleIsVacantOrAbandonedWhenCreateMeetsSuchABuffer) {
    const ScopedName name{"errors"};
    Writer writer = Writer::create(name, {.item_size = 8, .length = 4});
    writer.release();
    EXPECT_TRUE(throws<BufferAlreadyCreated>([&] { Writer::create(name, {}); }, name.str(), "vacant"));
    RawBuffer{name}.writer_line().pid = 4711;
    EXPECT_TRUE(throws<BufferAlreadyCreated>([&] { Writer::create(name, {}); }, name.str(), "abandoned"));
}

TEST(Errors, SayWhatStandsThereWhenCreateMeetsNoBuffer) {
    const ScopedName classic{"errors"}, corrupt{"errors"}, directory{"errors"};
    test_support::make_segment(classic, std::array<std::byte, 10>{});
    EXPECT_TRUE(throws<BufferAlreadyCreated>([&] { Writer::create(classic, {}); }, classic.str(), "no control block"));
    EXPECT_TRUE(throws<BufferAlreadyCreated>([&] { Writer::create(classic, {}); }, classic.str(), "another name"));
    Writer::create(corrupt, {.item_size = 8, .length = 4}).release();
    test_support::truncate_segment(corrupt, bytes_of(corrupt).size() + 64);
    EXPECT_TRUE(throws<BufferAlreadyCreated>([&] { Writer::create(corrupt, {}); }, corrupt.str()));
    ASSERT_EQ(::mkdir(directory.path().c_str(), 0700), 0);
    EXPECT_TRUE(throws<BufferAlreadyCreated>([&] { Writer::create(directory, {}); }, directory.str()));
    ::rmdir(directory.path().c_str());
}

TEST(Errors, NameTheBufferThatIsMissing) {
    const ScopedName name{"errors"};
    EXPECT_TRUE(throws<BufferNotFound>([&] { Reader::attach(name); }, name.str()));
    EXPECT_TRUE(throws<BufferNotFound>([&] { Observer::attach(name); }, name.str()));
    EXPECT_TRUE(throws<BufferNotFound>([&] { Writer::take_over(name); }, name.str()));
    EXPECT_TRUE(throws<BufferNotFound>([&] { SharedCircularBuffer{name}; }, name.str()));
    EXPECT_FALSE(name.exists());
}

class ImpossibleGeometry : public testing::TestWithParam<Geometry> {};

TEST_P(ImpossibleGeometry, IsRefusedAndNothingIsCreated) {
    const ScopedName name{"errors"};
    const auto [item_size, length] = GetParam();
    EXPECT_TRUE(
        throws<InvalidArgument>([&] { Writer::create(name, {.item_size = item_size, .length = length}); }, name.str()));
    EXPECT_TRUE(throws<InvalidArgument>(
        [&] { SharedCircularBuffer(name, {.create = true, .item_size = item_size, .length = length}); }, name.str()));
    EXPECT_FALSE(name.exists());
}

INSTANTIATE_TEST_SUITE_P(All, ImpossibleGeometry,
                         testing::Values(Geometry{1, 1}, Geometry{1, 0}, Geometry{0, 2}, Geometry{0, 0},
                                         Geometry{huge, 2}, Geometry{2, huge}, Geometry{huge, huge},
                                         Geometry{std::uint64_t{1} << 32, std::uint64_t{1} << 32},
                                         Geometry{2, (std::uint64_t{1} << 63) + 1}));

class ImpossibleName : public testing::TestWithParam<std::string> {};

TEST_P(ImpossibleName, IsRefusedByEverybodyAndNothingIsCreated) {
    const auto before = names_with("");
    const std::string name = GetParam();
    EXPECT_TRUE(throws<InvalidArgument>([&] { Writer::create(name, {}); }, name));
    EXPECT_TRUE(throws<InvalidArgument>([&] { Writer::take_over(name); }, name));
    EXPECT_TRUE(throws<InvalidArgument>([&] { Reader::attach(name); }, name));
    EXPECT_TRUE(throws<InvalidArgument>([&] { Observer::attach(name); }, name));
    EXPECT_TRUE(throws<InvalidArgument>([&] { Segment::unlink(name); }, name));
    std::set<std::string> added;
    std::ranges::set_difference(names_with(""), before, std::inserter(added, added.end()));
    EXPECT_FALSE(added.contains(name));
}

INSTANTIATE_TEST_SUITE_P(All, ImpossibleName,
                         testing::Values("", "a/b", "/a/b", "a/", "/", "//", ".", "..", "/..", std::string(256, 'n'),
                                         std::string(5000, 'n'), std::string{"a\0b", 3}));

class NameOfOthers : public testing::TestWithParam<std::size_t> {};

/// Longer than we would make one ourselves.
TEST_P(NameOfOthers, IsNotGivenButListedAttachedToAndRemoved) {
    std::string name = ScopedName{"long"}.str();
    name.resize(GetParam(), 'x');
    EXPECT_TRUE(throws<InvalidArgument>([&] { Writer::create(name, {}); }, name, "at most 250"));
    const ScopedName source{"long"};
    Writer::create(source, {.item_size = 8, .length = 4}).release();
    std::filesystem::rename(source.path(), test_support::path_of(name));
    {
        Writer writer = Writer::take_over(name);
        Reader reader = Reader::attach(name);
        writer.push(7);
        EXPECT_EQ(reader.pop(), 7u);
        EXPECT_EQ(Observer::attach(name).sample().state, BufferState::alive);
    }
    EXPECT_EQ(std::ranges::count(list_segments(), name, &SegmentInfo::name), 1);
    EXPECT_TRUE(find_segment(name).has_value());
    EXPECT_EQ(inspect_segment(name)->name, name);
    EXPECT_TRUE(remove_buffer(name));
    EXPECT_FALSE(find_segment(name).has_value());
}

INSTANTIATE_TEST_SUITE_P(UpToTheFileSystemsLimit, NameOfOthers, testing::Values(251, 255));

class OddName : public testing::TestWithParam<std::string> {};

TEST_P(OddName, IsOneLikeAnyOther) {
    const ScopedName unique{"odd"};
    const std::string name = GetParam() + unique.str();
    {
        Writer writer = Writer::create(name, {.item_size = 8, .length = 4});
        EXPECT_EQ(writer.name(), name);
        EXPECT_EQ(std::ranges::count(list_segments(), name, &SegmentInfo::name), 1);
        writer.push(7);
        EXPECT_EQ(Reader::attach(name).pop(), 7u);
        writer.release();
        EXPECT_TRUE(remove_buffer(name));
    }
    EXPECT_TRUE(names_with(name).empty());
}

INSTANTIATE_TEST_SUITE_P(Bytes, OddName,
                         testing::Values("-", "--help", "a\nb", "\xff\xfe", "\xc3", " ", "\x1b[31m", "%s%n", "\\"));

TEST(NameWithASlashBeforeIt, IsTheNameWithoutItForEverybody) {
    const ScopedName name{"slash"};
    const std::string slashed = "/" + name.str();
    const std::string more = "///" + name.str();
    Writer writer = Writer::create(slashed, {.item_size = 8, .length = 4});
    EXPECT_EQ(writer.name(), name.str());
    EXPECT_TRUE(name.exists());
    EXPECT_EQ(Reader::attach(more).name(), name.str());
    EXPECT_EQ(Observer::attach(slashed).name(), name.str());
    EXPECT_EQ(inspect_segment(slashed)->name, name.str());
    EXPECT_EQ(find_segment(slashed), find_segment(name.str()));
    EXPECT_TRUE(throws<BufferAlreadyCreated>([&] { Writer::create(slashed, {}); }, name.str()));
    EXPECT_TRUE(throws<WriterActive>([&] { Writer::take_over(slashed); }, name.str()));
    writer.release();
    EXPECT_EQ(Writer::take_over(slashed).name(), name.str());
    EXPECT_TRUE(remove_buffer(slashed));
    EXPECT_FALSE(name.exists());
}

TEST(Errors, DoNotComeForTheLongestName) {
    std::string name = ScopedName{"longest"}.str();
    name.resize(max_name_length, 'x');
    {
        Writer writer = Writer::create(name, {});
        Reader reader = Reader::attach(name);
        EXPECT_EQ(Observer::attach(name, std::nullopt, std::chrono::nanoseconds{0}).sample().state, BufferState::alive);
        writer.push(std::uint64_t{1});
        EXPECT_EQ(reader.pop(), 1u);
    }
    EXPECT_TRUE(names_with(name).empty());
}

TEST(Errors, RefuseTooManySlotsAndCreateNothing) {
    const ScopedName name{"errors"};
    EXPECT_TRUE(
        throws<InvalidArgument>([&] { Writer::create(name, {.max_readers = max_max_readers + 1}); }, name.str()));
    EXPECT_FALSE(name.exists());
    const Writer most = Writer::create(name, {.max_readers = max_max_readers});
    EXPECT_EQ(Observer::attach(name).sample().max_readers, max_max_readers);
}

TEST(Errors, RefuseAnItemThatIsTooLargeAndWriteNothing) {
    const ScopedName name{"errors"};
    Writer writer = Writer::create(name, {.item_size = 2, .length = 4});
    writer.push(std::uint64_t{0xffff});
    const auto before = bytes_of(name);
    EXPECT_TRUE(throws<ItemTooLarge>([&] { writer.push(std::uint64_t{0x10000}); }, name.str(), "item_size is 2"));
    EXPECT_TRUE(throws<ItemTooLarge>([&] { writer.push(std::array<std::byte, 3>{}); }, name.str(), "item_size is 2"));
    EXPECT_TRUE(
        throws<InvalidArgument>([&] { writer.push(std::array<std::byte, 1>{}); }, name.str(), "item_size is 2"));
    EXPECT_TRUE(throws<InvalidArgument>([&] { writer.push_many(std::array<std::byte, 3>{}); }, name.str()));
    EXPECT_EQ(bytes_of(name), before);
    EXPECT_EQ(writer.pushed(), 1u);
}

TEST(Errors, RefuseASpanOfTheWrongSizeAndTakeNothing) {
    const ScopedName name{"errors"};
    Writer writer = Writer::create(name, {.item_size = 12, .length = 4});
    Reader reader = Reader::attach(name);
    writer.push(std::uint64_t{1});
    const auto before = bytes_of(name);
    std::array<std::byte, 13> bytes{};
    const std::span all{bytes};
    EXPECT_TRUE(throws<ItemTooLarge>([&] { reader.pop(all); }, name.str()));
    EXPECT_TRUE(throws<InvalidArgument>([&] { reader.pop(all.first(11)); }, name.str()));
    EXPECT_TRUE(throws<InvalidArgument>([&] { reader.pop_many(all); }, name.str()));
    EXPECT_TRUE(throws<InvalidArgument>([&] { static_cast<void>(reader.pop()); }, name.str(), "pop them as bytes"));
    EXPECT_EQ(bytes_of(name), before);
}

TEST(Errors, RefuseAGeometryThatContradictsTheControlBlock) {
    const ScopedName name{"errors"};
    const Writer writer = Writer::create(name, {.item_size = 8, .length = 16});
    const auto before = bytes_of(name);
    const Geometry wrong{16, 8};  // as many bytes, other items
    EXPECT_TRUE(throws<GeometryMismatch>([&] { Reader::attach(name, {.geometry = wrong}); }, name.str(), "8 B x 16"));
    EXPECT_TRUE(throws<GeometryMismatch>([&] { Observer::attach(name, wrong); }, name.str(), "16 B x 8"));
    EXPECT_TRUE(
        throws<GeometryMismatch>([&] { SharedCircularBuffer(name, {.item_size = 8, .length = 17}); }, name.str()));
    EXPECT_TRUE(
        throws<GeometryMismatch>([&] { SharedCircularBuffer(name, {.item_size = 4}); }, name.str(), "8 B x 16"));
    EXPECT_TRUE(throws<GeometryMismatch>([&] { SharedCircularBuffer(name, {.length = 17}); }, name.str(), "8 B x 16"));
    EXPECT_EQ(bytes_of(name), before);
}

TEST(Errors, ListWhatWouldFitWhenAGeometryContradictsTheSize) {
    const ScopedName name{"errors"};
    test_support::make_segment(name, std::vector<std::byte>(classic_segment_size({8, 32})));
    EXPECT_TRUE(throws<GeometryMismatch>(
        [&] {
            Reader::attach(name, {.geometry = Geometry{8, 33}});
        },
        name.str(), "8 B x 32"));
    EXPECT_TRUE(throws<GeometryMismatch>([&] { Observer::attach(name, Geometry{8, 31}); }, name.str(), "8 B x 32"));
    EXPECT_TRUE(throws<GeometryMismatch>([&] { Reader::attach(name); }, name.str(), "8 B x 32"));
    EXPECT_TRUE(throws<GeometryMismatch>([&] { Observer::attach(name); }, name.str(), "must be given"));
    EXPECT_TRUE(throws<GeometryMismatch>([&] { Writer::take_over(name); }, name.str(), "8 B x 32"));
    EXPECT_TRUE(throws<InvalidArgument>([&] { Observer::attach(name, Geometry{0, 31}); }, name.str()));
}

TEST(Errors, SayThatNothingFitsAnEmptySegment) {
    const ScopedName name{"errors"};
    test_support::make_segment(name, {});
    EXPECT_TRUE(throws<GeometryMismatch>([&] { Reader::attach(name); }, name.str(), "no geometry fits"));
    EXPECT_TRUE(throws<GeometryMismatch>(
        [&] {
            Observer::attach(name, Geometry{1, 2});
        },
        name.str(), "no geometry fits"));
}

TEST(Errors, SayThatNoReaderSlotIsFree) {
    const ScopedName name{"errors"}, none{"errors"};
    Writer writer = Writer::create(name, {.item_size = 1, .length = 4, .max_readers = 2});
    auto first = std::make_optional(Reader::attach(name));
    const Reader second = Reader::attach(name);
    const auto before = bytes_of(name);
    EXPECT_TRUE(throws<ReaderSlotsExhausted>([&] { Reader::attach(name); }, name.str(), "all 2"));
    EXPECT_EQ(bytes_of(name), before);
    const Reader unregistered = Reader::attach(name, {.registered = false});
    first.reset();
    EXPECT_EQ(Reader::attach(name).slot(), 0u);
    const Writer slotless = Writer::create(none, {.max_readers = 0});
    EXPECT_TRUE(throws<ReaderSlotsExhausted>([&] { Reader::attach(none); }, none.str()));
}

TEST(Errors, RefuseALabelThatDoesNotFit) {
    const ScopedName name{"errors"};
    const Writer writer = Writer::create(name, {});
    EXPECT_TRUE(
        throws<InvalidArgument>([&] { Reader::attach(name, {.label = std::string(41, 'x')}); }, name.str(), "40"));
    EXPECT_TRUE(throws<InvalidArgument>([&] { Reader::attach(name, {.label = std::string{"a\0b", 3}}); }, name.str()));
}

TEST(Errors, ComeForEveryPushWhenTheRoleWasGivenUp) {
    const ScopedName name{"errors"};
    Writer writer = Writer::create(name, {.item_size = 1, .length = 4});
    writer.push(std::uint64_t{1});
    writer.release();
    const auto before = bytes_of(name);
    EXPECT_TRUE(throws<InvalidArgument>([&] { writer.push(std::uint64_t{1}); }, name.str()));
    EXPECT_TRUE(throws<InvalidArgument>([&] { writer.push_many(std::array<std::byte, 2>{}); }, name.str()));
    EXPECT_TRUE(throws<InvalidArgument>(
        [&] { writer.push_for(std::array<std::byte, 1>{}, std::chrono::milliseconds{1}); }, name.str()));
    EXPECT_EQ(bytes_of(name), before);
}

TEST(Errors, ReportAFullSharedMemoryAndLeaveNothing) {
    struct statvfs file_system {};
    ASSERT_EQ(::statvfs("/dev/shm", &file_system), 0);
    const std::uint64_t total = file_system.f_blocks * file_system.f_frsize;
    ASSERT_GT(total, 0u) << "/dev/shm has no limit here, so it cannot be full";
    const ScopedName name{"errors"};
    const auto free_before = file_system.f_bfree;
    try {
        Writer::create(name, {.item_size = 4096, .length = total / 4096 + 1});
        FAIL() << "made a buffer larger than /dev/shm";
    } catch (const SystemError& error) {
        EXPECT_EQ(error.code(), ENOSPC);
        EXPECT_EQ(error.buffer(), name.str());
        EXPECT_EQ(error.operation(), "create");
        EXPECT_NE(error.reason().find("/dev/shm"), std::string::npos);
    }
    EXPECT_TRUE(names_with(name).empty());
    ASSERT_EQ(::statvfs("/dev/shm", &file_system), 0);
    EXPECT_NEAR(static_cast<double>(file_system.f_bfree), static_cast<double>(free_before), 65536.0);
}

/// Runs `body` where permission bits count: as root they do not, so root becomes nobody in a child.
int run_unprivileged(const std::function<int()>& body) {
    return exit_code_of([&body](Channel&) {
        if (::geteuid() == 0 && (::setgid(65534) != 0 || ::setuid(65534) != 0)) return 97;
        return body();
    });
}

template <class Action>
bool is_denied(Action&& action, const std::string& name) {
    try {
        action();
    } catch (const SystemError& error) {
        // The mode itself, not where else it could be read.
        const bool tells_mode = error.reason().find("mode is 0") != std::string::npos;
        const bool tells_way = error.reason().find("ReaderOptions::registered") != std::string::npos;
        return error.code() == EACCES && error.buffer() == name && (tells_mode || tells_way);
    }
    return false;
}

TEST(Errors, ReportDeniedPermissionAndChangeNothing) {
    const ScopedName name{"errors"};
    const Writer writer = Writer::create(name, {.item_size = 8, .length = 4, .mode = 0000});
    const auto before = writer.geometry();
    EXPECT_EQ(run_unprivileged([&] {
                  int wrong = 0;
                  if (!is_denied([&] { Reader::attach(name); }, name)) wrong |= 1;
                  if (!is_denied([&] { Reader::attach(name, {.registered = false}); }, name)) wrong |= 2;
                  if (!is_denied([&] { Observer::attach(name); }, name)) wrong |= 4;
                  if (!is_denied([&] { Writer::take_over(name); }, name)) wrong |= 8;
                  try {
                      Writer::create(name, {});
                      wrong |= 16;
                  } catch (const BufferAlreadyCreated&) {
                  }
                  return wrong;
              }),
              0);
    EXPECT_TRUE(name.exists());
    EXPECT_EQ(writer.geometry(), before);
}

TEST(Errors, ListAnUnreadableSegmentWithItsProblem) {
    const ScopedName name{"errors"};
    const Writer writer = Writer::create(name, {.mode = 0000});
    EXPECT_EQ(run_unprivileged([&] {
                  for (const SegmentInfo& info : list_segments()) {
                      if (info.name == name.str())
                          return !info.sample && !info.problem.empty() && info.size > 0 ? 0 : 1;
                  }
                  return 2;
              }),
              0);
}

TEST(Errors, DoNotComeForWhoMayOnlyReadAndOnlyReads) {
    const ScopedName name{"errors"};
    Writer writer = Writer::create(name, {.item_size = 1, .length = 4, .mode = 0444});
    writer.push(std::uint64_t{5});
    EXPECT_EQ(run_unprivileged([&] {
                  Observer observer = Observer::attach(name, std::nullopt, std::chrono::nanoseconds{0});
                  if (observer.sample().state != BufferState::alive) return 1;
                  if (observer.peek(1).bytes != std::vector{std::byte{5}}) return 2;
                  Reader reader = Reader::attach(name, {.registered = false});
                  if (reader.pop() != 5u) return 3;
                  if (!is_denied([&] { Reader::attach(name); }, name)) return 4;
                  if (!is_denied([&] { Writer::take_over(name); }, name)) return 5;
                  return 0;
              }),
              0);
}

}  // namespace
