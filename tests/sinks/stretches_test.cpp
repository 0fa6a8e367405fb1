#include "sinks/stretches.hpp"

#include <gtest/gtest.h>

#include "recordings.hpp"

namespace {

using sinks_tests::sampleAt;
using workbench::Stretch;
using workbench::Stretches;

/// Samples of every 10 ms from 100 s after the boot on.
std::vector<Stretch> stretchesOf(std::int64_t width_s, std::uint64_t count) {
    Stretches stretches{width_s};
    std::vector<Stretch> all;
    for (std::uint64_t index = 0; index < count; ++index) {
        if (auto over = stretches.add(sampleAt(index))) all.push_back(std::move(*over));
    }
    if (auto last = stretches.end()) all.push_back(std::move(*last));
    return all;
}

TEST(Stretches, BeginWithEachSecond) {
    const auto seconds = stretchesOf(1, 251);
    ASSERT_EQ(seconds.size(), 3u);
    EXPECT_EQ(seconds[0].begin_s, 100);
    EXPECT_EQ(seconds[1].begin_s, 101);
    EXPECT_EQ(seconds[0].samples, 100u);
    EXPECT_EQ(seconds[2].samples, 51u);
    EXPECT_EQ(seconds[1].unix_s, 1'800'000'001);
}

TEST(Stretches, BeginWithEachMinuteOfTheBootClock) {
    const auto minutes = stretchesOf(60, 2001);
    ASSERT_EQ(minutes.size(), 2u);
    EXPECT_EQ(minutes[0].begin_s, 60);
    EXPECT_EQ(minutes[1].begin_s, 120);
    EXPECT_EQ(minutes[0].samples, 2000u);
}

TEST(Stretches, TellExtremesAndTheLastOfTheirOwnSamples) {
    Stretches stretches{1};
    auto low = sampleAt(0);
    auto high = sampleAt(1);
    auto last = sampleAt(2);
    low.sample.usage = low.sample.readers[0].usage = 5;
    high.sample.usage = high.sample.readers[0].usage = 70;
    last.sample.usage = last.sample.readers[0].usage = 40;
    for (const auto& timed : {high, low, last}) EXPECT_FALSE(stretches.add(timed));
    const Stretch stretch = *stretches.end();
    for (const auto& usage : {stretch.usage, stretch.readers.at(0).usage}) {
        EXPECT_EQ(usage.least, 5u);
        EXPECT_EQ(usage.most, 70u);
        EXPECT_EQ(usage.last, 40u);
    }
    EXPECT_EQ(stretch.pushed, last.sample.pushed);
    EXPECT_EQ(stretch.rejected, last.sample.rejected);
    EXPECT_EQ(stretch.readers[0].popped, last.sample.readers[0].popped);
    EXPECT_EQ(stretch.readers[0].lost, last.sample.readers[0].lost);
    EXPECT_FALSE(stretches.end());
}

TEST(Stretches, TellNothingWhereThereIsNothing) {
    Stretches stretches{1};
    auto timed = sampleAt(0);
    timed.sample.has_living_reader = false;
    timed.sample.state = shared_cbuff::BufferState::damaged;
    timed.sample.readers[0].lost_is_lower_bound = true;
    stretches.add(timed);
    const Stretch stretch = *stretches.end();
    EXPECT_FALSE(stretch.usage.last);
    EXPECT_FALSE(stretch.pushed);
    EXPECT_FALSE(stretch.rejected);
    EXPECT_FALSE(stretch.readers.at(0).usage.last);
    EXPECT_EQ(stretch.state, shared_cbuff::BufferState::damaged);
}

TEST(Stretches, KeepApartReadersOfOneSlot) {
    Stretches stretches{1};
    auto timed = sampleAt(0);
    stretches.add(timed);
    timed.sample.readers[0].generation = 4;
    timed.sample.readers[0].popped = 1;
    stretches.add(timed);
    const Stretch stretch = *stretches.end();
    ASSERT_EQ(stretch.readers.size(), 2u);
    EXPECT_EQ(stretch.readers[0].key.generation, 3u);
    EXPECT_EQ(stretch.readers[1].key.generation, 4u);
    EXPECT_EQ(stretch.readers[0].samples, 1u);
    EXPECT_EQ(stretch.readers[1].popped, 1u);
}

}  // namespace
