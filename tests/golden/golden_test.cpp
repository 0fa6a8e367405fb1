// The golden segments: this library still makes them, byte for byte, and still reads what is in them.

#include "golden.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include "shared_cbuff/detail/format.hpp"
#include "test_support/segments.hpp"

namespace {

using namespace shared_cbuff;
using test_support::ScopedName;

std::string read(const std::filesystem::path& path) {
    std::ifstream file{path, std::ios::binary};
    EXPECT_TRUE(file) << path;
    return {std::istreambuf_iterator<char>{file}, {}};
}

std::string file_of(const std::string& name) { return std::string{GOLDEN_SEGMENTS "/"} + name; }

TEST(Golden, SegmentsAreMadeByteForByteAsTheyAreKept) {
    const auto made = golden::make_segments();
    for (const golden::Segment& segment : made) {
        const std::string kept = read(file_of(segment.name + ".seg"));
        ASSERT_EQ(segment.bytes.size(), kept.size()) << segment.name;
        const auto [one, other] = std::ranges::mismatch(
            segment.bytes, kept, [](std::byte a, char b) { return a == static_cast<std::byte>(b); });
        EXPECT_EQ(other, kept.end()) << segment.name << ": another byte at " << other - kept.begin()
                                     << "; if that is meant, the version goes up, and `build/bin/golden_segments "
                                        "tests/golden/segments` makes them anew";
    }
    EXPECT_EQ(std::ranges::distance(std::filesystem::directory_iterator{GOLDEN_SEGMENTS}),
              static_cast<std::ptrdiff_t>(2 * made.size() + 1));  // and vectors.txt
}

TEST(Golden, SegmentsAreReadToTheLastNumber) {
    for (const golden::Segment& segment : golden::make_segments()) {
        const std::string kept = read(file_of(segment.name + ".seg"));
        const ScopedName name{"golden"};
        test_support::make_segment(name, std::as_bytes(std::span{kept}));
        EXPECT_EQ(golden::line_of(Observer::attach(name).sample()) + "\n", read(file_of(segment.name + ".txt")))
            << segment.name;
    }
}

TEST(Golden, VectorsHold) {
    std::istringstream file{read(file_of("vectors.txt"))};
    int checked = 0;
    for (std::string line; std::getline(file, line);) {
        std::istringstream words{line};
        std::string kind;
        if (!(words >> kind) || kind == "#") continue;
        std::vector<std::uint64_t> n(std::istream_iterator<std::uint64_t>{words}, {});
        if (kind == "geometry") {
            ASSERT_EQ(n.size(), 6u) << line;
            const Geometry geometry{n[0], n[1]};
            EXPECT_EQ(classic_pointer_size(geometry.ring_bytes()), n[2]) << line;
            EXPECT_EQ((format::Offsets{geometry, 64}.control_offset()), n[3]) << line;
            EXPECT_EQ((format::Offsets{geometry, 64}.segment_size()), n[4]) << line;
            EXPECT_EQ((format::Offsets{geometry, 0}.segment_size()), n[5]) << line;
        } else {
            ASSERT_EQ(kind, "balance") << line;
            ASSERT_EQ(n.size(), 6u) << line;
            const format::Balance balance = format::balance(n[0], n[1], n[3], n[2]);
            EXPECT_EQ(balance.pending, n[4]) << line;
            EXPECT_EQ(balance.usage, n[5]) << line;
        }
        ++checked;
    }
    EXPECT_EQ(checked, 15);
}

}  // namespace
