#include "shared_cbuff/format.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <random>

#include "shared_cbuff/writer.hpp"
#include "test_support/segments.hpp"

namespace {

using namespace shared_cbuff;
using test_support::RawBuffer;
using test_support::ScopedName;

TEST(Format, PlacesItsBlocksWhereTheTableSays) {
    for (const Geometry geometry : {Geometry{1, 2}, Geometry{8, 1024}, Geometry{3, 37}, Geometry{120, 2}}) {
        const format::Layout layout{geometry, 5};
        EXPECT_EQ(layout.pointer_offset(), geometry.ring_bytes());
        EXPECT_GE(layout.control_offset(), geometry.ring_bytes() + 8);
        EXPECT_EQ(layout.control_offset() % 128, 0u);
        EXPECT_LT(layout.control_offset(), geometry.ring_bytes() + 8 + 128);
        EXPECT_EQ(layout.writer_offset(), layout.control_offset() + 128);
        EXPECT_EQ(layout.slot_offset(0), layout.control_offset() + 256);
        EXPECT_EQ(layout.slot_offset(4), layout.control_offset() + 256 + 4 * 128);
        EXPECT_EQ(layout.segment_size(), layout.control_offset() + 256 + 5 * 128 + 64);
    }
}

TEST(Format, AcceptsTheFooterItMade) {
    const format::Layout layout{{8, 1024}, 64};
    std::string flaw;
    EXPECT_EQ(format::layout_of(format::make_footer(layout), layout.segment_size(), flaw), layout) << flaw;
}

TEST(Format, RefusesAFooterWhenTheSizeIsNotExactlyItsOwn) {
    const format::Layout layout{{8, 1024}, 64};
    std::string flaw;
    EXPECT_FALSE(format::layout_of(format::make_footer(layout), layout.segment_size() + 1, flaw));
    EXPECT_FALSE(flaw.empty());
    EXPECT_FALSE(format::layout_of(format::make_footer(layout), layout.segment_size() - 64, flaw));
}

TEST(Format, RefusesAFooterWhenAFieldIsWrong) {
    const format::Layout layout{{8, 1024}, 64};
    const auto refuses = [&](auto&& spoil) {
        format::Footer footer = format::make_footer(layout);
        spoil(footer);
        std::string flaw;
        return !format::layout_of(footer, layout.segment_size(), flaw) && !flaw.empty();
    };
    EXPECT_TRUE(refuses([](auto& footer) { footer.version = 2; }));
    EXPECT_TRUE(refuses([](auto& footer) { footer.item_size = 0; }));
    EXPECT_TRUE(refuses([](auto& footer) { footer.item_size = ~std::uint64_t{0}; }));
    EXPECT_TRUE(refuses([](auto& footer) { footer.length = 1; }));
    EXPECT_TRUE(refuses([](auto& footer) { footer.max_readers = ~std::uint32_t{0}; }));
    EXPECT_TRUE(refuses([](auto& footer) { footer.max_readers = 63; }));
    EXPECT_TRUE(refuses([](auto& footer) { footer.control_offset += 128; }));
    // The same number of ring bytes, but as other items: the size alone cannot tell, the header must.
    format::Footer footer = format::make_footer(layout);
    footer.item_size = 16;
    footer.length = 512;
    std::string flaw;
    const auto other = format::layout_of(footer, layout.segment_size(), flaw);
    ASSERT_TRUE(other);
    EXPECT_TRUE(format::flaw_of(format::make_header(layout, OverflowPolicy::overwrite, 0), *other));
}

TEST(Format, FindsAFlawInAHeaderWhenAFieldIsWrong) {
    const format::Layout layout{{8, 1024}, 64};
    const auto finds = [&](auto&& spoil) {
        format::Header header = format::make_header(layout, OverflowPolicy::reject, 1);
        spoil(header);
        return format::flaw_of(header, layout).has_value();
    };
    EXPECT_FALSE(finds([](auto&) {}));
    EXPECT_TRUE(finds([](auto& header) { header.magic[0] = 'X'; }));
    EXPECT_TRUE(finds([](auto& header) { header.version = 7; }));
    EXPECT_TRUE(finds([](auto& header) { header.policy = 2; }));
    EXPECT_TRUE(finds([](auto& header) { header.item_size = 4; }));
    EXPECT_TRUE(finds([](auto& header) { header.length = 2; }));
    EXPECT_TRUE(finds([](auto& header) { header.max_readers = 1; }));
    EXPECT_TRUE(finds([](auto& header) { header.pointer_size = 9; }));
}

TEST(Format, FindsAFlawInCountersWhenTheyCannotBe) {
    const format::Layout layout{{8, 4}, 64};
    const auto finds = [&](std::uint64_t intent, std::uint64_t pushed) {
        format::WriterLine line{};
        line.intent = intent;
        line.pushed = pushed;
        return format::flaw_of(line, layout).has_value();
    };
    EXPECT_FALSE(finds(0, 0));
    EXPECT_FALSE(finds(14, 10));
    EXPECT_TRUE(finds(9, 10));
    EXPECT_TRUE(finds(15, 10));
    EXPECT_TRUE(finds(~std::uint64_t{0}, ~std::uint64_t{0}));
}

TEST(Format, PacksGenerationAndStateIntoOneWord) {
    const auto word = format::slot_word(77, format::SlotState::active);
    EXPECT_EQ(format::generation_of(word), 77u);
    EXPECT_EQ(format::state_of(word), format::SlotState::active);
    EXPECT_EQ(format::state_of(0xfe), format::SlotState::free);  // noise is nobody
}

TEST(Format, EndsALabelAtItsFirstZeroOrAtItsCapacity) {
    format::ReaderSlot slot{};
    EXPECT_EQ(format::label_of(slot), "");
    std::memcpy(slot.label.data(), "slow", 4);
    EXPECT_EQ(format::label_of(slot), "slow");
    slot.label.fill('x');
    EXPECT_EQ(format::label_of(slot), std::string(format::label_capacity, 'x'));
}

// What a classic peer computes: it knows item_size and length, and reads the segment's start.
TEST(ClassicLayout, HoldsThePointerAndItemsThatAClassicWriterWouldHaveMade) {
    const std::uint64_t seed = test_support::test_seed();
    SCOPED_TRACE("CBUFF_TEST_SEED=" + std::to_string(seed));
    std::mt19937_64 random{seed};
    for (int round = 0; round < 60; ++round) {
        const Geometry geometry{1 + random() % 40, 2 + random() % 300};
        const ScopedName name{"pointer"};
        Writer writer = Writer::create(name, {.item_size = geometry.item_size, .length = geometry.length});
        const RawBuffer raw{name};
        std::vector<std::byte> ring(geometry.ring_bytes());
        const std::uint64_t pushes = random() % (3 * geometry.length);
        EXPECT_EQ(raw.classic_pointer(), 0u);
        for (std::uint64_t k = 0; k < pushes; ++k) {
            std::vector<std::byte> item(geometry.item_size);
            for (std::byte& byte : item) byte = static_cast<std::byte>(random() & 0xff);
            std::ranges::copy(item,
                              ring.begin() + static_cast<std::ptrdiff_t>(k % geometry.length * geometry.item_size));
            ASSERT_TRUE(writer.push(item));
            ASSERT_EQ(raw.classic_pointer(), (k + 1) % geometry.length * geometry.item_size)
                << to_string(geometry) << " after " << k + 1;
        }
        ASSERT_TRUE(std::ranges::equal(ring, raw.bytes().first(ring.size()))) << to_string(geometry);
    }
}

TEST(ClassicLayout, KeepsThePointerRightWhenBatchesWrap) {
    const ScopedName name{"pointer"};
    Writer writer = Writer::create(name, {.item_size = 3, .length = 7});
    const RawBuffer raw{name};
    std::uint64_t pushed = 0;
    for (std::size_t batch = 0; batch < 40; ++batch) {
        const std::vector<std::byte> items(batch % 11 * 3);
        EXPECT_EQ(writer.push_many(items), batch % 11);
        pushed += batch % 11;
        ASSERT_EQ(raw.classic_pointer(), pushed % 7 * 3);
    }
}

// 256^k bytes of ring: the pointer gets a byte more than its largest value needs.
TEST(ClassicLayout, GivesThePointerPythonsWidthAtPowersOf256) {
    for (const Geometry geometry : {Geometry{1, 255}, Geometry{1, 256}, Geometry{1, 257}, Geometry{16, 16},
                                    Geometry{256, 256}, Geometry{1, 65535}, Geometry{1, 65536}, Geometry{1, 65537}}) {
        const ScopedName name{"pointer"};
        Writer writer = Writer::create(name, {.item_size = geometry.item_size, .length = geometry.length});
        const RawBuffer raw{name};
        for (std::uint64_t k = 1; k < geometry.length; ++k) writer.push(std::uint64_t{k & 0xff});
        EXPECT_EQ(raw.classic_pointer(), (geometry.length - 1) * geometry.item_size) << to_string(geometry);
        writer.push(std::uint64_t{1});
        EXPECT_EQ(raw.classic_pointer(), 0u) << to_string(geometry);
    }
}

}  // namespace
