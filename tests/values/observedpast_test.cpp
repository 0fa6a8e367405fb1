#include "values/observedpast.hpp"

#include <gtest/gtest.h>

#include "pastsamples.hpp"

namespace {

using namespace std::chrono_literals;
using shared_cbuff::Sample;
using values_tests::addReader;
using values_tests::sampleAt;
using workbench::ObservedPast;
using workbench::ReaderTotals;
using workbench::TotalsFrom;

Sample withReader(int ms, std::uint64_t pushed, const values_tests::ReaderNumbers& numbers,
                  std::uint64_t generation = 1) {
    Sample sample = sampleAt(ms, pushed);
    addReader(sample, "r", numbers, generation);
    return sample;
}

TEST(ObservedPast, CountsTotalsFromTheCreationOrFromTheFirstSample) {
    ObservedPast all{TotalsFrom::creation};
    ObservedPast added{TotalsFrom::firstSample};
    for (ObservedPast* const past : {&all, &added}) {
        past->add(withReader(0, 50, {.usage = 10, .lost = 5, .popped = 35}));
        past->add(withReader(10, 70, {.usage = 10, .lost = 8, .popped = 52}));
    }
    EXPECT_EQ(all.pushed(), 70u);
    EXPECT_EQ(all.totals(), (ReaderTotals{52, 8, 0, 0}));
    EXPECT_EQ(added.pushed(), 20u);
    EXPECT_EQ(added.totals(), (ReaderTotals{17, 3, 0, 0}));
    EXPECT_EQ(added.totals(added.latest()->readers[0]), (ReaderTotals{17, 3, 0, 0}));
}

TEST(ObservedPast, CountsANewcomerFromItsBeginningAndKeepsWhatOneThatLeftHadCounted) {
    ObservedPast past{TotalsFrom::firstSample};
    past.add(withReader(0, 50, {.usage = 0, .lost = 5, .popped = 35}, 1));
    past.add(withReader(10, 60, {.usage = 0, .lost = 7, .popped = 43}, 1));
    past.add(withReader(20, 70, {.usage = 0, .lost = 1, .popped = 4}, 2));
    EXPECT_EQ(past.totals(), (ReaderTotals{8 + 4, 2 + 1, 0, 0}));
    past.add(sampleAt(30, 70));
    EXPECT_EQ(past.totals(), (ReaderTotals{8 + 4, 2 + 1, 0, 0}));
}

TEST(ObservedPast, TellsRatesOnceItsPastIsLongEnough) {
    ObservedPast past{TotalsFrom::creation};
    past.add(withReader(0, 100, {.usage = 0, .lost = 0, .popped = 100}));
    past.add(withReader(900, 190, {.usage = 0, .lost = 0, .popped = 190}));
    EXPECT_FALSE(past.recent());
    past.add(withReader(1000, 200, {.usage = 0, .lost = 0, .popped = 180}));
    const auto recent = past.recent();
    ASSERT_TRUE(recent);
    EXPECT_EQ(recent->seconds, 1s);
    EXPECT_EQ(recent->pushed, 100u);
    EXPECT_EQ(past.recent(&past.latest()->readers[0])->totals.popped, 80u);
    past.add(withReader(1900, 290, {.usage = 0, .lost = 0, .popped = 180}, 2));
    EXPECT_FALSE(past.recent(&past.latest()->readers[0])) << "it came within the stretch";
    past.add(withReader(3000, 500, {.usage = 0, .lost = 0, .popped = 200}, 2));
    past.add(withReader(3500, 550, {.usage = 0, .lost = 0, .popped = 200}, 2));
    EXPECT_EQ(past.recent()->seconds, 2500ms);
    EXPECT_EQ(past.recent()->pushed, 350u);
}

TEST(ObservedPast, TellsNoCountersOfADamagedOrClassicBuffer) {
    ObservedPast past{TotalsFrom::creation};
    Sample sample = withReader(0, 5, {.usage = 1});
    sample.state = shared_cbuff::BufferState::damaged;
    past.add(sample);
    EXPECT_FALSE(past.tellsCounters());
    sample.state = shared_cbuff::BufferState::unknown;
    sample.layout = shared_cbuff::Layout::classic;
    past.add(sample);
    EXPECT_FALSE(past.tellsCounters());
    EXPECT_FALSE(past.recent());
}

}  // namespace
