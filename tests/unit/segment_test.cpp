#include "shared_cbuff/detail/segment.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>

#include "matchers.hpp"
#include "shared_cbuff/detail/process.hpp"
#include "test_support/segments.hpp"

namespace {

using namespace shared_cbuff;
using test_support::ScopedName;
using test_support::throws;

TEST(Segment, HasNoNameBeforeItIsPublished) {
    const ScopedName name{"segment"};
    const Segment segment = Segment::create_unnamed(name, 4096, 0600);
    EXPECT_FALSE(name.exists());
    EXPECT_EQ(segment.status().links, 0u);
    ASSERT_TRUE(segment.publish());
    EXPECT_TRUE(name.exists());
    EXPECT_EQ(segment.status().links, 1u);
    EXPECT_EQ(segment.status().size, 4096u);
}

TEST(Segment, IsNotPublishedWhenTheNameIsTaken) {
    const ScopedName name{"segment"};
    const Segment first = Segment::create_unnamed(name, 64, 0600);
    ASSERT_TRUE(first.publish());
    const Segment second = Segment::create_unnamed(name, 128, 0600);
    EXPECT_FALSE(second.publish());
    SegmentIdentity named;
    ASSERT_TRUE(Segment::find(name, named));
    EXPECT_EQ(named, first.status().identity);
}

TEST(Segment, GetsExactlyTheModeAskedForWhateverTheUmask) {
    const ScopedName name{"segment"};
    const mode_t before = ::umask(0077);
    const Segment segment = Segment::create_unnamed(name, 64, 0664);
    ::umask(before);
    EXPECT_EQ(segment.status().mode, 0664u);
}

TEST(Segment, StartsZeroedAndReservesItsPages) {
    const ScopedName name{"segment"};
    const Segment segment = Segment::create_unnamed(name, 1 << 20, 0600);
    ASSERT_TRUE(segment.publish());
    struct stat status {};
    ASSERT_EQ(::stat(name.path().c_str(), &status), 0);
    EXPECT_GE(status.st_blocks * 512, 1 << 20);
    for (const std::byte byte : test_support::bytes_of(name)) ASSERT_EQ(byte, std::byte{0});
}

TEST(Segment, ReadsShortWhereItEnds) {
    const ScopedName name{"segment"};
    test_support::make_segment(name, std::array<std::byte, 10>{});
    const Segment segment = Segment::open("test", name, Access::read_only);
    std::array<std::byte, 64> bytes;
    EXPECT_EQ(segment.read_at(0, bytes), 10u);
    EXPECT_EQ(segment.read_at(7, bytes), 3u);
    EXPECT_EQ(segment.read_at(10, bytes), 0u);
    EXPECT_EQ(segment.read_at(1 << 20, bytes), 0u);
}

// A segment without a descriptor stands for a system that refuses to answer.
TEST(Segment, TakesALockForHeldWhenItCannotBeAskedAbout) { EXPECT_TRUE(Segment{}.is_locked_elsewhere(5)); }

TEST(Segment, SaysWhyItCouldNotTellWhetherItsNameIsItsOwn) { EXPECT_EQ(Segment{}.unlink_if_still_named(), EBADF); }

TEST(Segment, SeesALockOnlyWhenAnotherDescriptorHoldsIt) {
    const ScopedName name{"segment"};
    const Segment holder = Segment::create_unnamed(name, 64, 0600);
    ASSERT_TRUE(holder.publish());
    const Segment other = Segment::open("test", name, Access::read_write);
    const Segment looker = Segment::open("test", name, Access::read_only);
    ASSERT_TRUE(holder.try_lock(5));
    EXPECT_FALSE(holder.is_locked_elsewhere(5));
    EXPECT_TRUE(looker.is_locked_elsewhere(5));
    EXPECT_FALSE(looker.is_locked_elsewhere(6));
    EXPECT_FALSE(other.try_lock(5));
    EXPECT_TRUE(other.try_lock(6));
    holder.unlock(5);
    EXPECT_FALSE(looker.is_locked_elsewhere(5));
}

TEST(Segment, TellsASharedLockFromOneThatTellsLife) {
    const ScopedName name{"segment"};
    const Segment holder = Segment::create_unnamed(name, 64, 0600);
    ASSERT_TRUE(holder.publish());
    const int stranger = ::open(name.path().c_str(), O_RDONLY | O_CLOEXEC);
    struct flock record {};
    record.l_type = F_RDLCK;
    record.l_start = 5;
    record.l_len = 1;
    ASSERT_EQ(::fcntl(stranger, F_OFD_SETLK, &record), 0);
    EXPECT_FALSE(holder.is_locked_elsewhere(5));
    EXPECT_TRUE(holder.is_blocked(5));
    EXPECT_FALSE(holder.is_blocked(6));
    EXPECT_FALSE(holder.try_lock(5));
    ::close(stranger);
    EXPECT_FALSE(holder.is_blocked(5));
    EXPECT_TRUE(holder.try_lock(5));
    EXPECT_FALSE(holder.is_blocked(5)) << "its own lock is in nobody's way";
}

TEST(Segment, LosesItsLocksWhenItIsDestroyed) {
    const ScopedName name{"segment"};
    const Segment looker = [&] {
        const Segment holder = Segment::create_unnamed(name, 64, 0600);
        EXPECT_TRUE(holder.publish());
        EXPECT_TRUE(holder.try_lock(5));
        Segment opened = Segment::open("test", name, Access::read_only);
        EXPECT_TRUE(opened.is_locked_elsewhere(5));
        return opened;
    }();
    EXPECT_FALSE(looker.is_locked_elsewhere(5));
}

TEST(Segment, LeavesTheNameWhenItLeadsToAnotherSegmentByNow) {
    const ScopedName name{"segment"};
    const Segment old = Segment::create_unnamed(name, 64, 0600);
    ASSERT_TRUE(old.publish());
    ASSERT_TRUE(Segment::unlink(name));
    const Segment heir = Segment::create_unnamed(name, 64, 0600);
    ASSERT_TRUE(heir.publish());
    old.unlink_if_still_named();
    EXPECT_TRUE(name.exists());
    heir.unlink_if_still_named();
    EXPECT_FALSE(name.exists());
    EXPECT_FALSE(Segment::unlink(name));
}

TEST(Segment, IsRefusedWhenTheNameLeadsToNoSegment) {
    const ScopedName directory{"directory"}, fifo{"fifo"}, link{"link"};
    ASSERT_EQ(::mkdir(directory.path().c_str(), 0700), 0);
    ASSERT_EQ(::mkfifo(fifo.path().c_str(), 0600), 0);
    ASSERT_EQ(::symlink("/etc/hostname", link.path().c_str()), 0);
    EXPECT_TRUE(throws<CorruptBuffer>([&] { Segment::open("test", directory, Access::read_only); }, directory.str()));
    EXPECT_TRUE(throws<CorruptBuffer>([&] { Segment::open("test", fifo, Access::read_only); }, fifo.str()));
    EXPECT_TRUE(
        throws<SystemError>([&] { Segment::open("test", link, Access::read_only); }, link.str(), "symbolic link"));
    ::rmdir(directory.path().c_str());
}

TEST(Mapping, OutlivesTheSegmentItCameFrom) {
    const ScopedName name{"segment"};
    const Mapping mapping = Segment::create_unnamed(name, 4096, 0600).map(4096, Access::read_write);
    mapping.data()[4095] = std::byte{7};
    EXPECT_EQ(mapping.data()[4095], std::byte{7});
}

TEST(Process, HasAStartTimeThatTellsItFromOthers) {
    EXPECT_GT(process_start_time(current_pid()), 0u);
    EXPECT_EQ(process_start_time(current_pid()), process_start_time(current_pid()));
    EXPECT_EQ(process_start_time(0x7fffffff), 0u);
}

}  // namespace
