#include "shared_cbuff/geometry.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

namespace {

using shared_cbuff::classic_candidates;
using shared_cbuff::classic_pointer_size;
using shared_cbuff::classic_segment_size;
using shared_cbuff::Geometry;

TEST(Geometry, HasNoFlawWhenItemAndLengthAreTheSmallest) { EXPECT_FALSE(flaw_of(Geometry{1, 2})); }

TEST(Geometry, IsFlawedWhenItemSizeIsZero) { EXPECT_TRUE(flaw_of(Geometry{0, 8})); }

TEST(Geometry, IsFlawedWhenLengthIsBelowTwo) {
    EXPECT_TRUE(flaw_of(Geometry{8, 0}));
    EXPECT_TRUE(flaw_of(Geometry{8, 1}));
}

TEST(Geometry, IsFlawedWhenTheProductOverflows) {
    const auto most = std::numeric_limits<std::uint64_t>::max();
    EXPECT_TRUE(flaw_of(Geometry{most, most}));
    EXPECT_TRUE(flaw_of(Geometry{std::uint64_t{1} << 32, std::uint64_t{1} << 32}));  // the product wraps to 0
    EXPECT_TRUE(flaw_of(Geometry{2, (std::uint64_t{1} << 63) + 1}));                 // the product wraps to 2
    EXPECT_TRUE(flaw_of(Geometry{1, shared_cbuff::max_ring_bytes + 1}));
    EXPECT_FALSE(flaw_of(Geometry{1, shared_cbuff::max_ring_bytes}));
}

TEST(Geometry, ReadsAsItemSizeTimesLength) { EXPECT_EQ(to_string(Geometry{8, 1024}), "8 B x 1024"); }

// The values come from Python 3.11: int(math.log(x, 256)) + 1. The interop tests compare many more with Python itself.
TEST(Geometry, RoundsThePointerSizeAsPythonDoes) {
    EXPECT_EQ(classic_pointer_size(1), 1u);
    EXPECT_EQ(classic_pointer_size(255), 1u);
    EXPECT_EQ(classic_pointer_size(256), 2u);
    EXPECT_EQ(classic_pointer_size(65535), 2u);
    EXPECT_EQ(classic_pointer_size(65536), 3u);
    EXPECT_EQ(classic_pointer_size(16777215), 3u);
    EXPECT_EQ(classic_pointer_size(16777216), 4u);
    EXPECT_EQ(classic_pointer_size(std::uint64_t{1} << 46), 6u);
}

TEST(Geometry, AddsThePointerToTheRingForTheClassicSize) {
    EXPECT_EQ(classic_segment_size(Geometry{1, 255}), 256u);
    EXPECT_EQ(classic_segment_size(Geometry{1, 256}), 258u);
    EXPECT_EQ(classic_segment_size(Geometry{8, 1024}), 8194u);
}

TEST(Geometry, OffersCandidatesThatAllFitTheSizeExactly) {
    for (const std::uint64_t size : {3u, 10u, 256u, 257u, 258u, 8194u, 65538u, 65539u}) {
        for (const Geometry& candidate : classic_candidates(size, 1000)) {
            EXPECT_EQ(classic_segment_size(candidate), size) << to_string(candidate);
            EXPECT_FALSE(flaw_of(candidate)) << to_string(candidate);
        }
    }
}

TEST(Geometry, OffersEveryFittingGeometryWhenTheLimitAllows) {
    for (const Geometry& made : {Geometry{8, 1024}, Geometry{3, 5}, Geometry{1, 2}, Geometry{17, 19}}) {
        const auto candidates = classic_candidates(classic_segment_size(made), 1000);
        EXPECT_NE(std::ranges::find(candidates, made), candidates.end()) << to_string(made);
    }
}

TEST(Geometry, OffersNoMoreCandidatesThanTheLimit) {
    EXPECT_EQ(classic_candidates(classic_segment_size(Geometry{8, 1024}), 3).size(), 3u);
    EXPECT_TRUE(classic_candidates(0, 5).empty());
    EXPECT_TRUE(classic_candidates(2, 5).empty());
}

TEST(Geometry, TakesTheLargestWordThatDividesTheItem) {
    EXPECT_EQ(shared_cbuff::word_size_of(1), 1u);
    EXPECT_EQ(shared_cbuff::word_size_of(6), 2u);
    EXPECT_EQ(shared_cbuff::word_size_of(12), 4u);
    EXPECT_EQ(shared_cbuff::word_size_of(24), 8u);
}

}  // namespace
