#include "helpers/pacer.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace {

using workbench::Pacer;
using workbench::parseRate;
using namespace std::chrono_literals;

const Pacer::TimePoint start{1h};  // a fake clock: time is what the test says

Pacer catchingUp(double rate, std::uint64_t burst = 1) { return {rate, burst, Pacer::Missed::caughtUp, start}; }
Pacer dropping(double rate, std::uint64_t burst = 1) { return {rate, burst, Pacer::Missed::dropped, start}; }

TEST(Pacer, FirstItemIsDueAtOnce) { EXPECT_EQ(catchingUp(10).due(start), 1u); }

TEST(Pacer, NothingIsDueBetweenSlots) {
    Pacer pacer = catchingUp(10);
    pacer.settle(1);
    EXPECT_EQ(pacer.due(start + 99ms), 0u);
    EXPECT_EQ(pacer.due(start + 100ms), 1u);
}

TEST(Pacer, NextIsTheInstantAtWhichAnItemIsDue) {
    for (const double rate : {1.0, 3.0, 7.0, 100.0, 48'000.0, 100'000.0}) {
        Pacer pacer = catchingUp(rate);
        for (int item = 0; item < 1000; ++item) {
            ASSERT_GE(pacer.due(pacer.next()), 1u) << "rate " << rate << ", item " << item;
            pacer.settle(1);
        }
    }
}

TEST(Pacer, LatenessDoesNotAddUp) {
    Pacer pacer = catchingUp(1000);
    std::uint64_t done = 0;
    for (Pacer::TimePoint now = start; now < start + 10s; now = pacer.next() + 317us) {  // every wake-up is late
        const std::uint64_t due = pacer.due(now);
        pacer.settle(due);
        done += due;
    }
    EXPECT_EQ(done, 10'000u);
}

TEST(Pacer, KeepsOddRatesExactlyOverADay) {
    Pacer pacer = catchingUp(99'999.9);
    // 86,400 s times the rate, and the one at the start; half a slot later, so that no rounding decides.
    EXPECT_EQ(pacer.due(start + 24h + 5us), 8'639'991'361u);
}

TEST(Pacer, CatchesUpWhatWasMissed) {
    Pacer pacer = catchingUp(100);
    pacer.settle(pacer.due(start));
    EXPECT_EQ(pacer.due(start + 2s), 200u);
    EXPECT_EQ(pacer.dropped(), 0u);
}

TEST(Pacer, DropsAndCountsWhatIsTooLate) {
    Pacer pacer = dropping(100);
    pacer.settle(pacer.due(start));
    // A slot may be late by less than its period: the one of 2 s is left, the 199 between are too late.
    EXPECT_EQ(pacer.due(start + 2s), 1u);
    EXPECT_EQ(pacer.dropped(), 199u);
}

TEST(Pacer, ToleratesShortLatenessAtHighRatesWhenDropping) {
    Pacer pacer = dropping(10'000);
    pacer.settle(pacer.due(start));
    EXPECT_EQ(pacer.due(start + 4900us), 49u);
    EXPECT_EQ(pacer.dropped(), 0u);
}

TEST(Pacer, GivesBurstsAtTheSameAverageRate) {
    Pacer pacer = catchingUp(100, 10);
    EXPECT_EQ(pacer.due(start), 10u);
    pacer.settle(10);
    EXPECT_EQ(pacer.due(start + 99ms), 0u);
    EXPECT_EQ(pacer.due(start + 100ms), 10u);
    EXPECT_EQ(pacer.due(start + 1s), 100u);
}

TEST(Pacer, KeepsTheRestOfABurstDue) {
    Pacer pacer = catchingUp(100, 10);
    pacer.settle(4);
    EXPECT_EQ(pacer.due(start), 6u);
    EXPECT_EQ(pacer.next(), start);
}

TEST(Pacer, RestartCausesNoBurst) {
    Pacer pacer = catchingUp(100);
    pacer.settle(pacer.due(start));
    pacer.restart(start + 10s);
    EXPECT_EQ(pacer.due(start + 10s), 1u);
    EXPECT_EQ(pacer.dropped(), 0u);
}

TEST(Pacer, ChangedRateStartsFromNow) {
    Pacer pacer = catchingUp(1);
    pacer.settle(pacer.due(start));
    pacer.setRate(1000, start + 500ms);
    pacer.settle(pacer.due(start + 500ms));
    EXPECT_EQ(pacer.due(start + 600ms), 100u);
}

TEST(Rate, UnderstandsNumbersAndMax) {
    EXPECT_EQ(parseRate("100"), 100.0);
    EXPECT_EQ(parseRate("0.5"), 0.5);
    EXPECT_EQ(parseRate("1e3"), 1000.0);
    EXPECT_EQ(parseRate("max"), std::nullopt);
}

class BadRate : public testing::TestWithParam<const char*> {};

TEST_P(BadRate, IsRefused) { EXPECT_THROW(parseRate(GetParam()), std::invalid_argument); }

INSTANTIATE_TEST_SUITE_P(Rate, BadRate,
                         testing::Values("", "0", "-1", "nan", "inf", "1x", "1 2", "1e300", "1e-300", "MAX"));

}  // namespace
