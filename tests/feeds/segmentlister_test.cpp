#include "feeds/segmentlister.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "shared_cbuff/writer.hpp"
#include "test_support/segments.hpp"

namespace {

using namespace std::chrono_literals;
using shared_cbuff::SegmentInfo;
using shared_cbuff::Writer;
using test_support::ScopedName;
using workbench::SegmentLister;

const SegmentInfo* find(const workbench::SegmentList& segments, const std::string& name) {
    const auto found = std::ranges::find(segments, name, &SegmentInfo::name);
    return found == segments.end() ? nullptr : &*found;
}

/// An hour: whatever is seen is seen without a full look for its own sake.
class SegmentListerTest : public testing::Test {
protected:
    const SegmentInfo* look(const std::string& name) { return find(m_lister.look(), name); }

    SegmentLister m_lister{1h};
    const ScopedName m_name{"lister"};
};

TEST_F(SegmentListerTest, SeesBuffersComeMoveAndGoAtOnce) {
    EXPECT_EQ(look(m_name), nullptr);
    Writer writer = Writer::create(m_name, {.item_size = 8, .length = 16});
    for (std::uint64_t pushed = 0; pushed < 50; ++pushed) {
        const SegmentInfo* const segment = look(m_name);
        ASSERT_TRUE(segment != nullptr && segment->sample);
        EXPECT_EQ(segment->sample->pushed, pushed);
        writer.push(pushed);
    }
    writer.close();
    EXPECT_EQ(look(m_name), nullptr);
}

TEST_F(SegmentListerTest, SeesSegmentsOfOthersComeAndGoAtOnce) {
    const std::array<std::byte, 100> bytes{};
    for (int round = 0; round < 50; ++round) {
        test_support::make_segment(m_name, bytes);
        ASSERT_NE(look(m_name), nullptr);
        shared_cbuff::remove_buffer(m_name.str());
        ASSERT_EQ(look(m_name), nullptr);
    }
}

TEST(SegmentLister, SeesWhatBecameOfSegmentsOfOthersWhenAFullLookIsDue) {
    SegmentLister lister{0s};
    const ScopedName name{"lister"};
    const std::array<std::byte, 100> bytes{};
    test_support::make_segment(name, bytes);
    ASSERT_NE(find(lister.look(), name), nullptr);
    test_support::truncate_segment(name, 40);
    EXPECT_EQ(find(lister.look(), name)->size, 40u);
}

}  // namespace
