#include "shared_cbuff/detail/format.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
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
        const format::Offsets offsets{geometry, 5};
        EXPECT_EQ(offsets.pointer_offset(), geometry.ring_bytes());
        EXPECT_GE(offsets.control_offset(), geometry.ring_bytes() + 8);
        EXPECT_EQ(offsets.control_offset() % 128, 0u);
        EXPECT_LT(offsets.control_offset(), geometry.ring_bytes() + 8 + 128);
        EXPECT_EQ(offsets.writer_offset(), offsets.control_offset() + 128);
        EXPECT_EQ(offsets.slot_offset(0), offsets.control_offset() + 256);
        EXPECT_EQ(offsets.slot_offset(4), offsets.control_offset() + 256 + 4 * 128);
        EXPECT_EQ(offsets.segment_size(), offsets.control_offset() + 256 + 5 * 128 + 64);
    }
}

TEST(Format, AcceptsTheFooterItMade) {
    const format::Offsets offsets{{8, 1024}, 64};
    std::string flaw;
    EXPECT_EQ(format::offsets_of(format::make_footer(offsets), offsets.segment_size(), flaw), offsets) << flaw;
}

TEST(Format, RefusesAFooterWhenTheSizeIsNotExactlyItsOwn) {
    const format::Offsets offsets{{8, 1024}, 64};
    std::string flaw;
    EXPECT_FALSE(format::offsets_of(format::make_footer(offsets), offsets.segment_size() + 1, flaw));
    EXPECT_FALSE(flaw.empty());
    EXPECT_FALSE(format::offsets_of(format::make_footer(offsets), offsets.segment_size() - 64, flaw));
}

TEST(Format, RefusesAFooterWhenAFieldIsWrong) {
    const format::Offsets offsets{{8, 1024}, 64};
    const auto refuses = [&](auto&& spoil) {
        format::Footer footer = format::make_footer(offsets);
        spoil(footer);
        std::string flaw;
        return !format::offsets_of(footer, offsets.segment_size(), flaw) && !flaw.empty();
    };
    EXPECT_TRUE(refuses([](auto& footer) { footer.version = 2; }));
    EXPECT_TRUE(refuses([](auto& footer) { footer.item_size = 0; }));
    EXPECT_TRUE(refuses([](auto& footer) { footer.item_size = ~std::uint64_t{0}; }));
    EXPECT_TRUE(refuses([](auto& footer) { footer.length = 1; }));
    EXPECT_TRUE(refuses([](auto& footer) { footer.max_readers = ~std::uint32_t{0}; }));
    EXPECT_TRUE(refuses([](auto& footer) { footer.max_readers = 63; }));
    EXPECT_TRUE(refuses([](auto& footer) { footer.control_offset += 128; }));
    // The same number of ring bytes, but as other items: the size alone cannot tell, the header must.
    format::Footer footer = format::make_footer(offsets);
    footer.item_size = 16;
    footer.length = 512;
    std::string flaw;
    const auto other = format::offsets_of(footer, offsets.segment_size(), flaw);
    ASSERT_TRUE(other);
    EXPECT_TRUE(format::flaw_of(format::make_header(offsets, OverflowPolicy::overwrite, 0), *other));
}

TEST(Format, FindsAFlawInAHeaderWhenAFieldIsWrong) {
    const format::Offsets offsets{{8, 1024}, 64};
    const auto finds = [&](auto&& spoil) {
        format::Header header = format::make_header(offsets, OverflowPolicy::reject, 1);
        spoil(header);
        return format::flaw_of(header, offsets).has_value();
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
    const format::Offsets offsets{{8, 4}, 64};
    const auto finds = [&](std::uint64_t intent, std::uint64_t pushed) {
        format::WriterLine line{};
        line.intent = intent;
        line.pushed = pushed;
        return format::flaw_of(line, offsets).has_value();
    };
    EXPECT_FALSE(finds(0, 0));
    EXPECT_FALSE(finds(14, 10));
    EXPECT_TRUE(finds(9, 10));
    EXPECT_TRUE(finds(15, 10));
    EXPECT_TRUE(finds(~std::uint64_t{0}, ~std::uint64_t{0}));
}

TEST(Format, PacksGenerationAndStateIntoOneClaim) {
    const auto claim = format::claim_of(77, format::SlotState::active);
    EXPECT_EQ(format::generation_of(claim), 77u);
    EXPECT_EQ(format::state_of(claim), format::SlotState::active);
    EXPECT_EQ(format::state_of(0xfe), format::SlotState::free);  // noise is nobody
}

TEST(Format, ViewsACopyOfTheControlBlockLikeTheSegmentItself) {
    const format::Offsets offsets{{8, 5}, 3};
    alignas(format::block_alignment) std::array<std::byte, 2048> bytes{};
    ASSERT_LE(offsets.segment_size(), bytes.size());
    const format::ControlBlock whole{bytes.data(), offsets};
    const auto copy = format::ConstControlBlock::of_copy(bytes.data() + offsets.control_offset(), offsets.max_readers);
    const auto offset_of = [&](const auto& part) { return reinterpret_cast<const std::byte*>(&part) - bytes.data(); };
    EXPECT_EQ(offset_of(whole.header()), static_cast<std::ptrdiff_t>(offsets.control_offset()));
    EXPECT_EQ(offset_of(whole.writer_line()), static_cast<std::ptrdiff_t>(offsets.writer_offset()));
    EXPECT_EQ(offset_of(whole.slot(2)), static_cast<std::ptrdiff_t>(offsets.slot_offset(2)));
    EXPECT_EQ(offset_of(whole.footer()), static_cast<std::ptrdiff_t>(offsets.footer_offset()));
    EXPECT_EQ(&copy.header(), &whole.header());
    EXPECT_EQ(&copy.writer_line(), &whole.writer_line());
    EXPECT_EQ(&copy.slot(2), &whole.slot(2));
    EXPECT_EQ(&copy.footer(), &whole.footer());
}

TEST(Balance, CountsAllThatIsThereWhenNothingWasOverwritten) {
    const auto [pending, usage] = format::balance(10, 10, 7, 4);
    EXPECT_EQ(pending, 0u);
    EXPECT_EQ(usage, 3u);
}

TEST(Balance, CountsAsPendingWhatAnAnnouncedPushMayHaveOverwritten) {
    EXPECT_EQ(format::oldest_retained(11, 4), 7u);
    const auto [pending, usage] = format::balance(10, 11, 5, 4);
    EXPECT_EQ(pending, 2u);
    EXPECT_EQ(usage, 3u);
}

TEST(Balance, HasNothingPendingWhenTheRingWasNeverFull) {
    EXPECT_EQ(format::oldest_retained(4, 4), 0u);
    EXPECT_EQ(format::balance(3, 4, 0, 4).pending, 0u);
}

TEST(Balance, StaysWithinBoundsWhenTheCountersAreOfDifferentMoments) {
    for (const std::uint64_t pushed : {0, 3, 9}) {
        for (const std::uint64_t intent : {0, 4, 20}) {
            for (const std::uint64_t cursor : {0, 5, 30}) {
                const auto [pending, usage] = format::balance(pushed, intent, cursor, 4);
                EXPECT_LE(usage, 4u) << pushed << ' ' << intent << ' ' << cursor;
                EXPECT_LE(pending + usage, pushed > cursor ? pushed - cursor : 0);
            }
        }
    }
}

TEST(Format, EndsALabelAtItsFirstZeroOrAtItsCapacity) {
    format::ReaderSlot slot{};
    EXPECT_EQ(format::label_of(slot), "");
    std::memcpy(slot.label.data(), "slow", 4);
    EXPECT_EQ(format::label_of(slot), "slow");
    slot.label.fill('x');
    EXPECT_EQ(format::label_of(slot), std::string(label_capacity, 'x'));
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
