// What the system refuses: a name that leads to no segment, a lock without write access, a mode that is none.

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>

#include "matchers.hpp"
#include "shared_cbuff/detail/segment.hpp"
#include "shared_cbuff/observer.hpp"
#include "shared_cbuff/writer.hpp"
#include "test_support/segments.hpp"

namespace {

using namespace shared_cbuff;
using test_support::ScopedName;
using test_support::throws;

TEST(Access, ToANameThatLeadsToADirectoryIsRefused) {
    const ScopedName name{"access"};
    ASSERT_EQ(::mkdir(name.path().c_str(), 0700), 0);
    EXPECT_TRUE(throws<SystemError>([&] { Writer::take_over(name); }, name.str(), "directory"));
    EXPECT_TRUE(throws<CorruptBuffer>([&] { Observer::attach(name); }, name.str(), "no segment"));
    EXPECT_TRUE(throws<SystemError>([&] { Segment::unlink(name); }, name.str(), "directory"));
    EXPECT_TRUE(name.exists());
    EXPECT_EQ(::rmdir(name.path().c_str()), 0);
}

TEST(Access, ThatIsReadOnlyTakesNoLock) {
    const ScopedName name{"access"};
    test_support::make_segment(name, std::array<std::byte, 8>{});
    const Segment segment = Segment::open("test", name, Access::read_only);
    EXPECT_TRUE(throws<SystemError>([&] { static_cast<void>(segment.try_lock(0)); }, name.str()));
    EXPECT_FALSE(segment.is_locked_elsewhere(0));
}

TEST(Access, WithMoreThanNineModeBitsIsRefused) {
    const ScopedName name{"access"};
    EXPECT_TRUE(throws<InvalidArgument>([&] { Writer::create(name, {.mode = 01777}); }, name.str(), "permission bits"));
    EXPECT_FALSE(name.exists());
}

}  // namespace
