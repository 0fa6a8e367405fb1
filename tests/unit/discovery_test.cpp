#include "shared_cbuff/discovery.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <optional>

#include "shared_cbuff/detail/format.hpp"
#include "shared_cbuff/detail/segment.hpp"
#include "shared_cbuff/writer.hpp"
#include "test_support/child_process.hpp"
#include "test_support/segments.hpp"

namespace {

using namespace shared_cbuff;
using test_support::ScopedName;

std::optional<SegmentInfo> find(const std::string& name) {
    const auto all = list_segments();
    const auto found = std::ranges::find(all, name, &SegmentInfo::name);
    return found == all.end() ? std::nullopt : std::make_optional(*found);
}

TEST(Discovery, TellsOfALockWhoeverHoldsIt) {
    const ScopedName name{"discovery"};
    Writer::create(name, {.item_size = 4, .length = 9}).release();
    EXPECT_FALSE(find(name.str())->is_locked);
    const Segment stranger = Segment::open("lock", name, Access::read_write);
    ASSERT_TRUE(stranger.try_lock(format::reader_lock_offset(63)));
    EXPECT_TRUE(find(name.str())->is_locked);
    stranger.unlock(format::reader_lock_offset(63));
    EXPECT_FALSE(find(name.str())->is_locked);
}

TEST(Discovery, ListsABufferWithItsSample) {
    const ScopedName name{"discovery"};
    Writer writer = Writer::create(name, {.item_size = 4, .length = 9, .mode = 0640});
    writer.push(std::uint64_t{1});
    const auto info = find(name);
    ASSERT_TRUE(info);
    EXPECT_EQ(info->size, (format::Offsets{{4, 9}}.segment_size()));
    EXPECT_EQ(info->mode, 0640u);
    EXPECT_EQ(info->owner, ::geteuid());
    EXPECT_EQ(info->problem, "");
    ASSERT_TRUE(info->sample);
    EXPECT_EQ(info->sample->geometry, (Geometry{4, 9}));
    EXPECT_EQ(info->sample->pushed, 1u);
    EXPECT_EQ(info->sample->state, BufferState::alive);
    writer.release();
    EXPECT_EQ(find(name)->sample->state, BufferState::vacant);
}

TEST(Discovery, TellsWhoseItIs) {
    if (::geteuid() != 0) GTEST_SKIP() << "only root can give a segment to somebody else";
    const ScopedName name{"discovery"};
    Writer::create(name, {}).release();
    ASSERT_EQ(::chown(name.path().c_str(), 4711, 4712), 0);
    ASSERT_TRUE(find(name));
    EXPECT_EQ(find(name)->owner, 4711u);
}

TEST(Discovery, ListsAClassicSegmentAsUnknown) {
    const ScopedName name{"discovery"}, empty{"discovery"};
    test_support::make_segment(name, std::array<std::byte, 10>{});
    test_support::make_segment(empty, {});
    const auto info = find(name);
    ASSERT_TRUE(info);
    EXPECT_EQ(info->size, 10u);
    EXPECT_FALSE(info->sample);
    EXPECT_EQ(info->problem, "");
    ASSERT_TRUE(find(empty));
    EXPECT_EQ(find(empty)->size, 0u);
}

TEST(Discovery, ListsADamagedBufferAsDamaged) {
    const ScopedName name{"discovery"};
    Writer::create(name, {.item_size = 4, .length = 9}).release();
    { test_support::RawBuffer{name}.header().magic[0] = 'X'; }
    const auto info = find(name);
    ASSERT_TRUE(info);
    ASSERT_TRUE(info->sample);
    EXPECT_EQ(info->sample->state, BufferState::damaged);
    EXPECT_FALSE(info->problem.empty());
    EXPECT_FALSE(info->sample->damage.empty());
}

TEST(Discovery, LeavesOutWhatIsNoSegment) {
    const ScopedName directory{"discovery"}, fifo{"discovery"}, link{"discovery"};
    ASSERT_EQ(::mkdir(directory.path().c_str(), 0700), 0);
    ASSERT_EQ(::mkfifo(fifo.path().c_str(), 0600), 0);
    ASSERT_EQ(::symlink("/etc/hostname", link.path().c_str()), 0);
    EXPECT_FALSE(find(directory));
    EXPECT_FALSE(find(fifo));
    EXPECT_FALSE(find(link));
    ::rmdir(directory.path().c_str());
    const std::string semaphore = "sem." + fifo.str();
    test_support::make_segment(semaphore, std::array<std::byte, 32>{});
    EXPECT_FALSE(find(semaphore));
    ::unlink(test_support::path_of(semaphore).c_str());
}

TEST(Discovery, TellsModeAndOwnerOfWhatItMayNotOpen) {
    const ScopedName name{"discovery"};
    test_support::make_segment(name, std::array<std::byte, 10>{}, 0000);
    const auto child = test_support::exit_code_of([&](test_support::Channel&) {
        const uid_t owner = ::geteuid();
        if (owner == 0 && (::setgid(65534) != 0 || ::setuid(65534) != 0)) return 1;  // root may open anything
        const auto info = find(name);
        if (!info || info->size != 10 || info->mode != 0 || info->owner != owner) return 2;
        return info->problem.find("mode is 0000") != std::string::npos ? 0 : 3;
    });
    EXPECT_EQ(child, 0);
}

TEST(Discovery, SortsByName) {
    const ScopedName first{"discovery"}, second{"discovery"}, third{"discovery"};
    // Made in an order that is wrong forwards and backwards: a file system may list the newest first.
    for (const ScopedName* name : {&second, &first, &third}) {
        test_support::make_segment(*name, std::array<std::byte, 3>{});
    }
    EXPECT_TRUE(std::ranges::is_sorted(list_segments(), {}, &SegmentInfo::name));
}

TEST(Discovery, LeavesNoTraceInWhatItLists) {
    const ScopedName name{"discovery"};
    const Writer writer = Writer::create(name, {.item_size = 4, .length = 9});
    const auto before = test_support::bytes_of(name);
    for (int round = 0; round < 20; ++round) EXPECT_TRUE(find(name));
    EXPECT_EQ(test_support::bytes_of(name), before);
}

TEST(InspectSegment, TellsWhatTheNameLeadsTo) {
    const ScopedName buffer{"inspect"};
    const ScopedName unknown{"inspect"};
    const ScopedName nothing{"inspect"};
    Writer writer = Writer::create(buffer, {.item_size = 8, .length = 4, .mode = 0640});
    writer.push(std::uint64_t{1});
    test_support::make_segment(unknown, std::vector<std::byte>(9));
    const auto info = inspect_segment(buffer.str());
    ASSERT_TRUE(info && info->sample);
    EXPECT_EQ(info->name, buffer.str());
    EXPECT_EQ(info->mode, 0640u);
    EXPECT_EQ(info->sample->pushed, 1u);
    const auto other = inspect_segment(unknown.str());
    ASSERT_TRUE(other);
    EXPECT_EQ(other->size, 9u);
    EXPECT_FALSE(other->sample);
    EXPECT_EQ(other->problem, "");
    EXPECT_FALSE(inspect_segment(nothing.str()));
    EXPECT_THROW(inspect_segment("a/b"), InvalidArgument);
}

TEST(FindSegment, TellsOneOfANameFromTheNext) {
    const ScopedName name{"find"};
    EXPECT_EQ(find_segment(name.str()), std::nullopt);
    const Writer writer = Writer::create(name, {.item_size = 8, .length = 4});
    const auto first = find_segment(name.str());
    EXPECT_EQ(first, Observer::attach(name).identity());
    ASSERT_TRUE(remove_buffer(name));
    const Writer other = Writer::create(name, {.item_size = 8, .length = 4});
    EXPECT_NE(find_segment(name.str()), first);
    EXPECT_THROW(find_segment("a/b"), InvalidArgument);
}

TEST(RemoveBuffer, TakesTheNameAndLeavesTheMemory) {
    const ScopedName name{"remove"};
    Writer writer = Writer::create(name, {.item_size = 8, .length = 4});
    Observer observer = Observer::attach(name);
    EXPECT_TRUE(remove_buffer(name));
    EXPECT_FALSE(name.exists());
    EXPECT_TRUE(writer.push(std::uint64_t{1}));
    EXPECT_EQ(observer.sample().pushed, 1u);
    EXPECT_FALSE(remove_buffer(name));
}

TEST(RemoveBuffer, RefusesWhatCannotBeAName) { EXPECT_THROW(remove_buffer("a/b"), InvalidArgument); }

}  // namespace
