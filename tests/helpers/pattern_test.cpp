#include "helpers/pattern.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <stdexcept>
#include <string>

#include "shared_cbuff/item.hpp"

namespace {

using testing::ElementsAre;
using workbench::Pattern;

std::vector<std::uint64_t> numbers(Pattern pattern, std::uint64_t itemSize, int count) {
    std::vector<std::uint64_t> values;
    std::vector<std::byte> item(itemSize);
    for (int index = 0; index < count; ++index) {
        pattern.next(item);
        values.push_back(shared_cbuff::decode_item(item));
    }
    return values;
}

std::vector<std::uint64_t> numbers(const std::string& text, std::uint64_t itemSize, int count) {
    return numbers(Pattern::parse(text, itemSize, 1), itemSize, count);
}

TEST(Pattern, CountsFromTheNumberItIsGiven) {
    Pattern pattern = Pattern::parse("counter", 8, 1);
    pattern.startCounterAt(1000);
    EXPECT_THAT(numbers(pattern, 8, 3), ElementsAre(1000, 1001, 1002));
}

TEST(Pattern, CounterWrapsAtTheWidthOfTheItem) {
    Pattern pattern = Pattern::parse("counter", 1, 1);
    pattern.startCounterAt(254);
    EXPECT_THAT(numbers(pattern, 1, 4), ElementsAre(254, 255, 0, 1));
}

TEST(Pattern, ConstantRepeats) { EXPECT_THAT(numbers("constant:0x2a", 2, 3), ElementsAre(42, 42, 42)); }

TEST(Pattern, RampRisesAndBeginsAgain) { EXPECT_THAT(numbers("ramp:3:5", 1, 5), ElementsAre(3, 4, 5, 3, 4)); }

TEST(Pattern, RampFallsWhenItsEndIsSmaller) { EXPECT_THAT(numbers("ramp:2:0", 1, 5), ElementsAre(2, 1, 0, 2, 1)); }

TEST(Pattern, SineSwingsBetweenZeroAndItsAmplitude) {
    EXPECT_THAT(numbers("sine:100:4", 1, 5), ElementsAre(50, 100, 50, 0, 50));
}

TEST(Pattern, SeedDecidesWhatIsRandom) {
    EXPECT_EQ(numbers(Pattern::parse("random", 8, 7), 8, 20), numbers(Pattern::parse("random", 8, 7), 8, 20));
    EXPECT_NE(numbers(Pattern::parse("random", 8, 7), 8, 20), numbers(Pattern::parse("random", 8, 8), 8, 20));
}

TEST(Pattern, RandomFillsWideItemsToTheirLastByte) {
    Pattern pattern = Pattern::parse("random", 11, 3);
    std::array<std::byte, 11> seen{};
    for (int round = 0; round < 50; ++round) {
        std::array<std::byte, 11> item{};
        pattern.next(item);
        for (std::size_t index = 0; index < item.size(); ++index) seen[index] |= item[index];
    }
    EXPECT_THAT(seen, testing::Each(testing::Ne(std::byte{0})));
}

class BadPattern : public testing::TestWithParam<const char*> {};

TEST_P(BadPattern, IsRefused) { EXPECT_THROW(Pattern::parse(GetParam(), 1, 1), std::invalid_argument); }

INSTANTIATE_TEST_SUITE_P(Pattern, BadPattern,
                         testing::Values("", "count", "counter:1", "constant", "constant:256", "constant:-1", "ramp:1",
                                         "ramp:0:300", "ramp:1:2:3", "sine:300:10", "sine:10:1", "sine:10", "sine:10:x",
                                         "random:1"));

}  // namespace
