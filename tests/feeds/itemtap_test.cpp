#include "feeds/itemtap.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "shared_cbuff/writer.hpp"
#include "test_support/eventually.hpp"
#include "test_support/segments.hpp"

namespace {

using namespace std::chrono_literals;
using shared_cbuff::Observer;
using shared_cbuff::OverflowPolicy;
using shared_cbuff::Writer;
using test_support::ScopedName;
using workbench::ItemGap;
using workbench::ItemTap;
using workbench::TappedItems;
using workbench::TapReader;

struct TapReaderTest : testing::Test {
    ScopedName name{"tap"};
    Writer writer{Writer::create(name, {.item_size = 8, .length = 64})};
    Observer observer{Observer::attach(name)};

    void push(std::uint64_t count) {
        for (std::uint64_t index = 0; index < count; ++index) writer.push(writer.pushed());
    }
};

/// Each item holds its own number.
void expectItems(const TappedItems& tapped, std::uint64_t first, std::uint64_t count) {
    std::uint64_t number = first;
    for (const auto& run : tapped.items) {
        ASSERT_EQ(run.first, number);
        ASSERT_EQ(run.bytes.size(), run.count * 8);
        for (std::uint64_t index = 0; index < run.count; ++index, ++number) {
            std::uint64_t content = 0;
            for (int byte = 0; byte < 8; ++byte) {
                content = content << 8 | std::to_integer<std::uint64_t>(run.bytes[index * 8 + byte]);
            }
            ASSERT_EQ(content, number);
        }
    }
    EXPECT_EQ(number, first + count);
}

TEST_F(TapReaderTest, BeginsWithWhatIsStillThere) {
    push(100);
    TapReader tap{observer};
    TappedItems tapped;
    tap.look(1.5, 1ms, tapped);
    expectItems(tapped, 36, 64);
    EXPECT_TRUE(tapped.gaps.empty());
    EXPECT_EQ(tapped.items.size(), 1u);
    EXPECT_EQ(tapped.items[0].time, 1.5);
}

TEST_F(TapReaderTest, LosesNothingThatWasGoneBeforeItsFirstLook) {
    push(100);
    TapReader tap{observer};
    push(20);
    TappedItems tapped;
    tap.look(1.5, 1ms, tapped);
    EXPECT_TRUE(tapped.gaps.empty());
    expectItems(tapped, 56, 64);
}

TEST_F(TapReaderTest, TellsWhatWasOverwrittenByNumber) {
    push(10);
    TapReader tap{observer};
    TappedItems tapped;
    tap.look(1, 1ms, tapped);
    push(100);
    TappedItems later;
    tap.look(2, 1ms, later);
    ASSERT_EQ(later.gaps.size(), 1u);
    EXPECT_EQ(later.gaps[0].time, 2);
    EXPECT_EQ(later.gaps[0].first, 10u);
    EXPECT_EQ(later.gaps[0].count, 36u);
    expectItems(later, 46, 64);
}

TEST_F(TapReaderTest, ShowsUpNowhereAndHoldsNobodyUp) {
    const ScopedName rejecting{"tap"};
    Writer careful = Writer::create(rejecting, {.item_size = 8, .length = 4, .policy = OverflowPolicy::reject});
    Observer looking = Observer::attach(rejecting);
    TapReader tap{looking};
    for (std::uint64_t number = 0; number < 10; ++number) EXPECT_TRUE(careful.push(number));
    EXPECT_TRUE(looking.sample().readers.empty());
    EXPECT_EQ(looking.sample().rejected, 0u);
}

TEST_F(TapReaderTest, LooksBeforeAQuarterOfTheRingIsOverwritten) {
    TapReader tap{observer};
    TappedItems tapped;
    push(16);
    EXPECT_EQ(tap.look(1, 4ms, tapped), 4ms);  // a quarter came in 4 ms
    push(8);
    EXPECT_EQ(tap.look(1, 4ms, tapped), 8ms);
    push(1);
    EXPECT_EQ(tap.look(1, 10ms, tapped), TapReader::longestRest);
    push(60);
    EXPECT_EQ(tap.look(1, 100us, tapped), TapReader::shortestRest);
}

TEST_F(TapReaderTest, LooksEverMoreSeldomWhileNothingComes) {
    TapReader tap{observer};
    TappedItems tapped;
    EXPECT_EQ(tap.look(1, 1ms, tapped), 2ms);
    EXPECT_EQ(tap.look(1, 2ms, tapped), 4ms);
    EXPECT_EQ(tap.look(1, 20ms, tapped), TapReader::longestRest);
    EXPECT_EQ(tap.look(1, 0ms, tapped), TapReader::shortestRest);
}

TEST_F(TapReaderTest, LeavesAWriterAloneThatIsTooFast) {
    TapReader tap{observer};
    TappedItems tapped;
    const auto lapped = [&] {
        push(100);
        return tap.look(1, 1ms, tapped);
    };
    EXPECT_EQ(lapped(), TapReader::shortestRest);  // late once: it only begins
    EXPECT_EQ(lapped(), TapReader::shortestRest);  // once is bad luck
    auto pause = lapped();
    EXPECT_GT(pause, TapReader::longestRest);
    for (int round = 0; round < 8; ++round) {
        EXPECT_EQ(lapped(), TapReader::shortestRest);  // catching up
        const auto next = lapped();
        EXPECT_GE(next, pause);
        pause = next;
    }
    EXPECT_EQ(pause, TapReader::longestPause);
    lapped();
    push(1);
    tap.look(1, 1ms, tapped);  // it is slow again, and all is forgiven
    EXPECT_EQ(lapped(), TapReader::shortestRest);
}

TEST_F(TapReaderTest, RefusesASegmentThatIsNoLongerTheObserved) {
    std::optional<Writer> old{std::move(writer)};
    old.reset();
    EXPECT_THROW(TapReader{observer}, shared_cbuff::BufferNotFound);
    const Writer other = Writer::create(name, {.item_size = 8, .length = 64});
    EXPECT_THROW(TapReader{observer}, shared_cbuff::BufferNotFound);
}

TEST_F(TapReaderTest, EndsOnATruncatedSegment) {
    TapReader tap{observer};
    test_support::truncate_segment(name, 100);
    TappedItems tapped;
    EXPECT_THROW(tap.look(1, 1ms, tapped), shared_cbuff::CorruptBuffer);
}

TEST_F(TapReaderTest, TapInAThreadKeepsEveryItemOfASlowWriter) {
    ItemTap tap{observer, [] { return 7.0; }};
    TappedItems all;
    std::uint64_t got = 0;
    for (std::uint64_t round = 0; round < 100; ++round) {
        push(16);
        ASSERT_TRUE(test_support::eventually([&] {
            TappedItems tapped = tap.take();
            for (auto& run : tapped.items) {
                got += run.count;
                all.items.push_back(std::move(run));
            }
            EXPECT_TRUE(tapped.gaps.empty());
            return got == writer.pushed();
        }));
    }
    expectItems(all, 0, 1600);
    EXPECT_EQ(all.items.front().time, 7.0);
    EXPECT_EQ(tap.problem(), "");
}

TEST_F(TapReaderTest, TapInAThreadLooksOnceMoreWhenItStops) {
    ItemTap tap{observer, [] { return 1.0; }};
    push(30);
    tap.stop();
    expectItems(tap.take(), 0, 30);
}

TEST_F(TapReaderTest, TapInAThreadSaysWhyItEnded) {
    ItemTap tap{observer, [] { return 1.0; }};
    test_support::truncate_segment(name, 100);
    EXPECT_TRUE(test_support::eventually([&] { return !tap.problem().empty(); }));
    EXPECT_THAT(tap.problem(), testing::HasSubstr("truncated"));
}

}  // namespace
