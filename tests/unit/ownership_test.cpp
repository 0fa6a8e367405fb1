// Segments and mappings have one owner, which moves; what is given up is given back to the system.

#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <iterator>
#include <utility>

#include "shared_cbuff/detail/segment.hpp"
#include "test_support/segments.hpp"

namespace {

using namespace shared_cbuff;
using test_support::ScopedName;

std::ptrdiff_t open_files() {
    return std::distance(std::filesystem::directory_iterator{"/proc/self/fd"}, std::filesystem::directory_iterator{});
}

class Ownership : public testing::Test {
protected:
    void SetUp() override {
        test_support::make_segment(first_, std::array{std::byte{1}});
        test_support::make_segment(second_, std::array{std::byte{2}, std::byte{0}, std::byte{0}});
    }

    ScopedName first_{"ownership"};
    ScopedName second_{"ownership"};
};

TEST_F(Ownership, OfASegmentMovesByAssignment) {
    const auto before = open_files();
    {
        Segment segment = Segment::open("test", first_, Access::read_only);
        segment = Segment::open("test", second_, Access::read_only);
        EXPECT_EQ(segment.name(), second_.str());
        std::array<std::byte, 1> byte{};
        EXPECT_EQ(segment.read_at(0, byte), 1u);
        EXPECT_EQ(byte[0], std::byte{2});
        EXPECT_EQ(open_files(), before + 1);  // the first is closed already
    }
    EXPECT_EQ(open_files(), before);
}

TEST_F(Ownership, OfAMappingMovesByAssignmentAndOutlivesItsSegment) {
    Mapping mapping = Segment::open("test", first_, Access::read_only).map(1, Access::read_only);
    mapping = Segment::open("test", second_, Access::read_only).map(3, Access::read_only);
    EXPECT_EQ(mapping.size(), 3u);
    EXPECT_EQ(*mapping.data(), std::byte{2});
}

}  // namespace
