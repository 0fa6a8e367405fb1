// Segments that others have spoiled: a state or an error, never a crash or a hang (ctest's timeout tells a hang).

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <random>
#include <utility>

#include "matchers.hpp"
#include "shared_cbuff/detail/format.hpp"
#include "shared_cbuff/discovery.hpp"
#include "shared_cbuff/observer.hpp"
#include "shared_cbuff/reader.hpp"
#include "shared_cbuff/writer.hpp"
#include "test_support/items.hpp"
#include "test_support/segments.hpp"

namespace {

using namespace shared_cbuff;
using namespace std::chrono_literals;
using test_support::make_items;
using test_support::RawBuffer;
using test_support::ScopedName;
using test_support::throws;

class DamageTest : public testing::Test {
protected:
    ScopedName name_{"damage"};
    std::uint64_t seed_ = test_support::test_seed();
    std::mt19937_64 random_{seed_};
    testing::ScopedTrace trace_{__FILE__, __LINE__, "CBUFF_TEST_SEED=" + std::to_string(seed_)};

    void SetUp() override {
        Writer writer = Writer::create(name_, {.item_size = 5, .length = 20, .max_readers = 4});
        writer.push_many(make_items(0, 33, 5));
        writer.release();
    }
    void add_noise(std::span<std::byte> bytes) {
        for (std::byte& byte : bytes) byte = static_cast<std::byte>(random_() & 0xff);
    }
    void flip_some(std::span<std::byte> bytes) {
        for (std::uint64_t flips = 1 + random_() % 8; flips > 0; --flips) {
            bytes[random_() % bytes.size()] ^= static_cast<std::byte>(1u << random_() % 8);
        }
    }
    /// Everything that can be done with the name; only the library's own errors may come out.
    void use_all() {
        const auto tolerate = [](auto&& action) {
            try {
                action();
            } catch (const CBuffException& error) {
                EXPECT_FALSE(error.reason().empty());
            }
        };
        tolerate([&] {
            Observer observer = Observer::attach(name_, std::nullopt, 0ns);
            const Sample sample = observer.sample();
            for (const ReaderSample& reader : sample.readers) EXPECT_LE(reader.usage, sample.geometry.length);
            tolerate([&] { static_cast<void>(observer.peek(20, StartAt::oldest)); });
            tolerate([&] { static_cast<void>(observer.peek(20, StartAt::newest)); });
        });
        for (const bool registered : {false, true}) {
            tolerate([&] {
                Reader reader = Reader::attach(name_, {.registered = registered});
                std::vector<std::byte> items(5 * 20);
                for (int pops = 0; pops < 50; ++pops) static_cast<void>(reader.pop(std::span{items}.first(5)));
                static_cast<void>(reader.pop_many(items));
                EXPECT_LE(reader.usage(), reader.geometry().length);
            });
        }
        tolerate([&] {
            Writer writer = Writer::take_over(name_);
            for (std::uint64_t k = 0; k < 50; ++k) writer.push(k);
            writer.push_many(make_items(0, 50, 5));
            EXPECT_LE(writer.usage(), 20u);
        });
        tolerate([&] { Writer::create(name_, {}); });
        const auto all = list_segments();
        EXPECT_NE(std::ranges::find(all, name_.str(), &SegmentInfo::name), all.end());
    }
};

TEST_F(DamageTest, IsAStateWhenTheSegmentIsTruncatedUnderAnObserver) {
    Observer observer = Observer::attach(name_, std::nullopt, 0ns);
    EXPECT_EQ(observer.sample().state, BufferState::vacant);
    const std::uint64_t full = test_support::bytes_of(name_).size();
    for (const std::uint64_t size : {full - 1, full - 64, full / 2, std::uint64_t{100}, std::uint64_t{0}}) {
        test_support::truncate_segment(name_, size);
        const Sample sample = observer.sample();
        EXPECT_EQ(sample.state, BufferState::damaged) << size;
        EXPECT_FALSE(sample.damage.empty());
        EXPECT_TRUE(sample.readers.empty());
        EXPECT_LE(sample.usage, sample.geometry.length);
    }
    EXPECT_TRUE(throws<CorruptBuffer>([&] { static_cast<void>(observer.peek(20)); }, name_.str(), "truncated"));
    test_support::truncate_segment(name_, full);  // full of zeros
    EXPECT_EQ(observer.sample().state, BufferState::damaged);
}

TEST_F(DamageTest, IsAStateWhenTheSegmentGrows) {
    Observer observer = Observer::attach(name_, std::nullopt, 0ns);
    test_support::truncate_segment(name_, test_support::bytes_of(name_).size() + 4096);
    EXPECT_EQ(observer.sample().state, BufferState::damaged);
    EXPECT_TRUE(throws<GeometryMismatch>([&] { Observer::attach(name_); }, name_.str()));
}

TEST_F(DamageTest, IsCorruptWhenTheHeaderIsNoise) {
    Observer observer = Observer::attach(name_, std::nullopt, 0ns);
    const RawBuffer raw{name_};
    add_noise(std::as_writable_bytes(std::span{&raw.header(), 1}));
    EXPECT_EQ(observer.sample().state, BufferState::damaged);
    EXPECT_TRUE(throws<CorruptBuffer>([&] { Observer::attach(name_); }, name_.str()));
    EXPECT_TRUE(throws<CorruptBuffer>([&] { Reader::attach(name_); }, name_.str()));
    EXPECT_TRUE(throws<CorruptBuffer>([&] { Writer::take_over(name_); }, name_.str()));
}

TEST_F(DamageTest, IsCorruptWhenTheWritersCountersAreNoise) {
    Observer observer = Observer::attach(name_, std::nullopt, 0ns);
    const RawBuffer raw{name_};
    raw.writer_line().intent = 0x1234567890abcdef;
    raw.writer_line().pushed = 0xfedcba0987654321;
    EXPECT_EQ(observer.sample().state, BufferState::damaged);
    EXPECT_TRUE(throws<CorruptBuffer>([&] { static_cast<void>(observer.peek(3)); }, name_.str()));
    EXPECT_TRUE(throws<CorruptBuffer>([&] { Reader::attach(name_); }, name_.str(), "counters"));
    EXPECT_TRUE(throws<CorruptBuffer>([&] { Writer::take_over(name_); }, name_.str(), "counters"));
}

TEST_F(DamageTest, IsCorruptWhenTheFooterLies) {
    const RawBuffer raw{name_};
    raw.footer().length = 21;
    EXPECT_TRUE(throws<CorruptBuffer>([&] { Observer::attach(name_); }, name_.str(), "footer"));
    EXPECT_TRUE(throws<CorruptBuffer>([&] { Reader::attach(name_); }, name_.str(), "footer"));
    EXPECT_TRUE(throws<CorruptBuffer>([&] { Writer::take_over(name_); }, name_.str(), "footer"));
}

TEST_F(DamageTest, MakesItNoBufferOfOursWhenTheFooterIsNoise) {
    const RawBuffer raw{name_};
    add_noise(std::as_writable_bytes(std::span{&raw.footer(), 1}));
    EXPECT_TRUE(throws<GeometryMismatch>([&] { Observer::attach(name_); }, name_.str()));
    use_all();
}

TEST_F(DamageTest, IsCorruptForAReaderWhenPushedGoesBack) {
    Reader reader = Reader::attach(name_);
    const RawBuffer raw{name_};
    std::vector<std::byte> items(5 * 20);
    EXPECT_EQ(reader.pop_many(items), 20u);
    raw.writer_line().intent = raw.writer_line().pushed = 7;
    EXPECT_TRUE(throws<CorruptBuffer>([&] { static_cast<void>(reader.pop_many(items)); }, name_.str(), "went back"));
    EXPECT_TRUE(throws<CorruptBuffer>([&] { static_cast<void>(reader.pop(std::span{items}.first(5))); }, name_.str()));
    EXPECT_LE(reader.usage(), 20u);
}

TEST_F(DamageTest, NeverCrashesAReaderUnderNoiseInTheCounters) {
    for (int round = 0; round < 200; ++round) {
        Reader reader = Reader::attach(name_, {.registered = round % 2 == 0});
        const RawBuffer raw{name_};
        const auto saved = raw.writer_line();
        flip_some(std::as_writable_bytes(std::span{&raw.writer_line(), 1}).first(16));
        std::vector<std::byte> items(5 * 20);
        try {
            for (int pops = 0; pops < 30; ++pops) static_cast<void>(reader.pop(std::span{items}.first(5)));
            for (int pops = 0; pops < 30; ++pops) ASSERT_LE(reader.pop_many(items), 20u);
            ASSERT_LE(reader.usage(), 20u);
        } catch (const CorruptBuffer&) {
        }
        raw.writer_line() = saved;
    }
}

TEST_F(DamageTest, NeverCrashesWhenAllReaderSlotsAreNoise) {
    for (int round = 0; round < 50; ++round) {
        Observer observer = Observer::attach(name_, std::nullopt, 0ns);
        const RawBuffer raw{name_};
        raw.header().slots_used = 4;
        for (std::uint32_t index = 0; index < 4; ++index) {
            add_noise(std::as_writable_bytes(std::span{&raw.slot(index), 1}));
            raw.slot(index).claim =
                format::claim_of(random_() >> 8, round % 2 ? format::SlotState::active : format::SlotState::evicted);
        }
        const Sample sample = observer.sample();
        EXPECT_EQ(sample.state, BufferState::damaged) << "counters that make no sense were taken for true";
        EXPECT_TRUE(sample.readers.empty());
        EXPECT_LE(sample.high_water, sample.geometry.length);
        use_all();
    }
}

TEST_F(DamageTest, IsOverOnceTheCountersMakeSenseAgain) {
    Observer observer = Observer::attach(name_, std::nullopt, 0ns);
    const Reader reader = Reader::attach(name_);
    ASSERT_EQ(observer.sample().state, BufferState::vacant);
    const RawBuffer raw{name_};
    const std::uint64_t start = std::exchange(raw.slot(0).start, ~std::uint64_t{0});
    EXPECT_EQ(observer.sample().state, BufferState::damaged);
    raw.slot(0).start = start;
    EXPECT_EQ(observer.sample().state, BufferState::vacant);
}

TEST_F(DamageTest, NeverCrashesUnderNoiseOverTheWholeSegment) {
    const auto whole = test_support::bytes_of(name_);
    for (int round = 0; round < 200; ++round) {
        test_support::overwrite_bytes(name_, 0, whole);
        {
            const RawBuffer raw{name_};
            const auto all = raw.bytes();
            switch (round % 4) {
                case 0:
                    add_noise(all);
                    break;
                case 1:
                    add_noise(all.first(all.size() - sizeof(format::Footer)));
                    break;  // it still claims to be ours
                case 2:
                    flip_some(all);
                    break;
                default:
                    flip_some(all.subspan(raw.offsets().control_offset()));
                    break;
            }
        }
        use_all();
    }
}

}  // namespace
