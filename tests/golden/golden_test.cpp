// The golden segments: this library still makes them, byte for byte, and still reads what is in them.

#include "golden.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <optional>
#include <random>
#include <span>
#include <sstream>

#include "shared_cbuff/detail/format.hpp"
#include "shared_cbuff/errors.hpp"
#include "shared_cbuff/observer.hpp"
#include "shared_cbuff/reader.hpp"
#include "shared_cbuff/writer.hpp"
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

golden::Segment kept(const std::string& name, const std::string& ending) {
    const std::string text = read(file_of(name + ending));
    const auto bytes = std::as_bytes(std::span{text});
    return {name, {bytes.begin(), bytes.end()}};
}

void expect_same(const golden::Segment& made, const golden::Segment& kept) {
    ASSERT_EQ(made.bytes.size(), kept.bytes.size()) << made.name;
    const auto at = std::ranges::mismatch(made.bytes, kept.bytes).in2;
    EXPECT_EQ(at, kept.bytes.end()) << made.name << ": another byte at " << at - kept.bytes.begin()
                                    << "; if that is meant, the version goes up, and `build/bin/golden_segments "
                                       "tests/golden/segments` makes them anew";
}

TEST(Golden, SegmentsAreMadeByteForByteAsTheyAreKept) {
    const auto made = golden::make_segments();
    const auto classic = golden::make_classic_segments();
    for (const golden::Segment& segment : made) expect_same(segment, kept(segment.name, ".seg"));
    for (const auto& [segment, geometry] : classic) expect_same(segment, kept(segment.name, ".classic"));
    EXPECT_EQ(std::ranges::distance(std::filesystem::directory_iterator{GOLDEN_SEGMENTS}),
              static_cast<std::ptrdiff_t>(2 * (made.size() + classic.size()) + 1));  // and vectors.txt
}

/// Looks into `bytes` as a copy in a file in every way there is; whatever they are, it is told or refused.
void look_into(const std::filesystem::path& path, std::span<const std::byte> bytes) {
    std::ofstream{path, std::ios::binary | std::ios::trunc}.write(reinterpret_cast<const char*>(bytes.data()),
                                                                  static_cast<std::streamsize>(bytes.size()));
    for (const std::optional<Geometry>& geometry : {std::optional<Geometry>{}, std::optional{Geometry{3, 5}}}) {
        try {
            Observer observer = Observer::open_file(path.string(), geometry);
            const Sample sample = observer.sample();
            EXPECT_TRUE(sample.state != BufferState::damaged || !sample.damage.empty());
            EXPECT_NE(sample.writer.state, WriterState::alive);
            const Peek peek = observer.peek(1000);
            EXPECT_EQ(peek.bytes.size(), peek.count * observer.geometry().item_size);
        } catch (const CBuffException& refused) {
            EXPECT_FALSE(refused.reason().empty());
        }
    }
}

class CopyInAFile : public testing::Test {
protected:
    ~CopyInAFile() override { std::filesystem::remove(path_); }
    std::filesystem::path path_ = testing::TempDir() + ScopedName{"copy"}.str();
};

TEST_F(CopyInAFile, IsReadAsTheSegmentWithNobodyKnownToLive) {
    for (const golden::Segment& segment : golden::make_segments()) {
        look_into(path_, segment.bytes);
        if (HasFailure()) FAIL() << segment.name;
        const ScopedName name;
        test_support::make_segment(name.str(), segment.bytes);
        const Sample live = Observer::attach(name.str()).sample();
        const Sample copy = Observer::open_file(path_.string()).sample();
        EXPECT_EQ(copy.pushed, live.pushed) << segment.name;
        EXPECT_EQ(copy.retained, live.retained);
        EXPECT_FALSE(copy.has_living_reader);
        ASSERT_EQ(copy.readers.size(), live.readers.size());
        for (std::size_t index = 0; index < copy.readers.size(); ++index) {
            const ReaderSample& reader = copy.readers[index];
            EXPECT_EQ(reader.cursor, live.readers[index].cursor);
            if (reader.state == ReaderState::evicted) continue;  // counts only what it had noticed
            EXPECT_EQ(reader.start + reader.popped + reader.lost + reader.usage, copy.pushed) << segment.name;
        }
    }
}

TEST_F(CopyInAFile, IsToldOrRefusedWhereverItWasCutOff) {
    for (const golden::Segment& segment : golden::make_segments()) {
        const std::span<const std::byte> bytes{segment.bytes};
        for (std::size_t size = 0; size < bytes.size(); size += size < 600 ? 7 : 61)
            look_into(path_, bytes.first(size));
        for (std::size_t cut = 1; cut < bytes.size(); cut += 127) look_into(path_, bytes.subspan(cut));
    }
}

TEST_F(CopyInAFile, IsToldOrRefusedWhicheverOfItsBitsFlipped) {
    const std::uint64_t seed = test_support::test_seed();
    SCOPED_TRACE(testing::Message() << "CBUFF_TEST_SEED=" << seed);
    std::mt19937_64 random{seed};
    for (const golden::Segment& segment : golden::make_segments()) {
        for (int round = 0; round < 60; ++round) {
            std::vector<std::byte> bytes = segment.bytes;
            for (std::uint64_t flips = 1 + random() % 8; flips > 0; --flips) {
                bytes[random() % bytes.size()] ^= std::byte{1} << (random() % 8);
            }
            look_into(path_, bytes);
        }
    }
}

TEST_F(CopyInAFile, MayHaveHoles) {
    const auto segments = golden::make_segments();
    look_into(path_, segments[0].bytes);
    std::vector<std::byte> bytes = segments[0].bytes;
    std::filesystem::resize_file(path_, bytes.size() + 4096);  // a hole behind its end: no footer there
    EXPECT_EQ(Observer::open_file(path_.string()).sample().state, BufferState::damaged);
}

TEST(Golden, SegmentsAreReadToTheLastNumber) {
    for (const golden::Segment& segment : golden::make_segments()) {
        EXPECT_EQ(golden::text_of(kept(segment.name, ".seg")), read(file_of(segment.name + ".txt"))) << segment.name;
    }
    for (const auto& [segment, geometry] : golden::make_classic_segments()) {
        const golden::ClassicSegment classic{kept(segment.name, ".classic"), geometry};
        EXPECT_EQ(golden::text_of(classic), read(file_of(segment.name + ".txt"))) << segment.name;
    }
}

std::string refusal(const std::function<void()>& open) {
    try {
        open();
    } catch (const CorruptBuffer& error) {
        return error.what();
    }
    return "not refused";
}

// The sentence names both versions, whoever asks.
TEST(Golden, SegmentIsRefusedUntouchedWhenItsVersionIsAnother) {
    const ScopedName name{"golden"};
    golden::Segment other = kept("annotated", ".seg");
    other.bytes[other.bytes.size() - sizeof(format::Footer) + offsetof(format::Footer, version)] = std::byte{2};
    test_support::make_segment(name, other.bytes);
    for (const std::string& sentence :
         {refusal([&] { Observer::attach(name); }), refusal([&] { Reader::attach(name); }),
          refusal([&] { Writer::take_over(name); })}) {
        EXPECT_NE(sentence.find("version 2"), std::string::npos) << sentence;
        EXPECT_NE(sentence.find("version 1"), std::string::npos) << sentence;
    }
    EXPECT_EQ(test_support::bytes_of(name), other.bytes);
}

/// Takes a line of FORMAT.md's dump: six digits, two blanks, up to 16 bytes, then words.
void take_dump_line(const std::string& line, std::vector<std::byte>& bytes, int& lines) {
    if (line.size() < 10 || line.find_first_not_of("0123456789") != 6 || line.substr(6, 2) != "  ") return;
    std::size_t offset = std::stoul(line.substr(0, 6));
    for (std::size_t at = 8, count = 0; count < 16 && at + 1 < line.size(); at += 3, ++count) {
        if (count == 8) ++at;  // a wider gap in the middle
        if (line.find_first_not_of("0123456789abcdef", at) != at + 2) break;
        ASSERT_LT(offset, bytes.size()) << line;
        bytes[offset++] = static_cast<std::byte>(std::stoul(line.substr(at, 2), nullptr, 16));
    }
    ++lines;
}

TEST(FormatPage, AnnotatesAGoldenSegment) {
    const golden::Segment segment = kept("annotated", ".seg");
    golden::Segment drawn{"FORMAT.md", std::vector<std::byte>(segment.bytes.size())};  // what it leaves out is zero
    int lines = 0;
    std::istringstream page{read(CBUFF_FORMAT_PAGE)};
    for (std::string line; std::getline(page, line);) take_dump_line(line, drawn.bytes, lines);
    EXPECT_GT(lines, 0);
    expect_same(drawn, segment);
}

TEST(FormatPage, HasItsTablesFromTheVectors) {
    const std::string page = read(CBUFF_FORMAT_PAGE);
    std::istringstream file{read(file_of("vectors.txt"))};
    int checked = 0;
    for (std::string line; std::getline(file, line);) {
        std::istringstream words{line};
        std::string kind;
        if (!(words >> kind) || kind != "geometry") continue;
        const std::vector<std::uint64_t> n(std::istream_iterator<std::uint64_t>{words}, {});
        std::ostringstream row;
        row << "| " << n.at(0) << " x " << n.at(1) << " | " << n.at(2) << " | " << n.at(0) * n.at(1) << " | " << n.at(3)
            << " | " << n.at(4) << " | " << n.at(5) << " |";
        EXPECT_NE(page.find(row.str()), std::string::npos) << row.str();
        ++checked;
    }
    EXPECT_EQ(checked, 8);
}

TEST(Golden, VectorsAreKeptAsTheLibraryComputesThem) {
    EXPECT_EQ(read(file_of("vectors.txt")), golden::vectors_text());
}

}  // namespace
