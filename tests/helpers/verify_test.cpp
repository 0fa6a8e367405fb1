#include "helpers/verify.hpp"

#include <gtest/gtest.h>

#include <initializer_list>
#include <vector>

#include "values/itemtext.hpp"

namespace {

using workbench::CounterCheck;

void add(CounterCheck& check, std::uint64_t number, std::uint64_t itemSize = 8, std::uint64_t lostBefore = 0) {
    std::vector<std::byte> item(itemSize);
    workbench::putNumber(number, item);
    check.add(item, lostBefore);
}

CounterCheck checkOf(std::initializer_list<std::uint64_t> numbers) {
    CounterCheck check{8};
    for (const std::uint64_t number : numbers) add(check, number);
    return check;
}

TEST(CounterCheck, PassesConsecutiveNumbersFromAnyStart) {
    const CounterCheck check = checkOf({17, 18, 19, 20});
    EXPECT_TRUE(check.passed());
    EXPECT_EQ(check.gaps(), 0u);
}

TEST(CounterCheck, CountsMissingNumbersExactly) { EXPECT_EQ(checkOf({1, 2, 5, 10}).gaps(), 6u); }

TEST(CounterCheck, FailsOnAGapThatNoLossExplains) { EXPECT_FALSE(checkOf({1, 3}).passed()); }

TEST(CounterCheck, PassesAGapThatALossExplains) {
    CounterCheck check{8};
    add(check, 1);
    add(check, 5, 8, 3);
    EXPECT_EQ(check.gaps(), 3u);
    EXPECT_TRUE(check.passed());
}

TEST(CounterCheck, FailsOnALossThatLeftNoGap) {
    CounterCheck check{8};
    add(check, 1);
    add(check, 2, 8, 3);
    EXPECT_FALSE(check.passed());
}

TEST(CounterCheck, LeavesOutWhatWasLostBeforeTheFirstItem) {
    CounterCheck check{8};
    add(check, 100, 8, 50);
    add(check, 101);
    EXPECT_TRUE(check.passed());
}

TEST(CounterCheck, CountsARepeatedNumberAsADuplicate) {
    const CounterCheck check = checkOf({1, 2, 2, 3, 1});
    EXPECT_EQ(check.duplicates(), 2u);
    EXPECT_EQ(check.reordered(), 0u);
    EXPECT_EQ(check.gaps(), 0u);
}

TEST(CounterCheck, CountsALateNumberAsReorderedAndNoLongerAsAGap) {
    const CounterCheck check = checkOf({1, 4, 2, 5});
    EXPECT_EQ(check.reordered(), 1u);
    EXPECT_EQ(check.gaps(), 1u);
    EXPECT_EQ(check.duplicates(), 0u);
}

TEST(CounterCheck, CountsALateNumberThatComesTwiceOnceAsEach) {
    const CounterCheck check = checkOf({1, 5, 3, 3});
    EXPECT_EQ(check.reordered(), 1u);
    EXPECT_EQ(check.duplicates(), 1u);
    EXPECT_EQ(check.gaps(), 2u);
}

TEST(CounterCheck, CountsANumberFromBeforeTheFirstAsReordered) { EXPECT_EQ(checkOf({10, 9}).reordered(), 1u); }

TEST(CounterCheck, FollowsANarrowCounterThroughItsWrap) {
    CounterCheck check{1};
    for (std::uint64_t number = 250; number < 800; ++number) add(check, number, 1);
    EXPECT_TRUE(check.passed());
    EXPECT_EQ(check.gaps(), 0u);
}

TEST(CounterCheck, CountsALossOfWholeTurnsOfANarrowCounter) {
    CounterCheck check{1};
    add(check, 0, 1);
    add(check, 1 + 1000, 1, 1000);
    EXPECT_EQ(check.gaps(), 1000u);
    EXPECT_TRUE(check.passed());
}

TEST(CounterCheck, ComparesWideItemsByTheirLowBytes) {
    CounterCheck check{20};
    add(check, 1, 20);
    add(check, 3, 20);
    EXPECT_EQ(check.gaps(), 1u);
}

TEST(CounterCheck, FollowsTheWidestCounterThroughItsWrap) {
    EXPECT_TRUE(checkOf({~std::uint64_t{0} - 1, ~std::uint64_t{0}, 0, 1}).passed());
}

}  // namespace
