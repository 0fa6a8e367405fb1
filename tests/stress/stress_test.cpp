// The machinery of the stress program with small fixed counts: each section, both policies, a fixed seed.
// The program itself (`./dev stress`) runs the same for as long as one likes.

#include <gtest/gtest.h>

#include <cstdlib>

#include "random.hpp"
#include "sections.hpp"
#include "test_support/segments.hpp"

namespace {

using namespace std::chrono_literals;
using stress::Row;

constexpr std::uint64_t default_seed = 2026;

/// CBUFF_TEST_SEED if set, else always the same.
std::uint64_t seed_of_case(std::uint64_t section, std::uint64_t number) {
    const std::uint64_t seed = std::getenv("CBUFF_TEST_SEED") != nullptr ? test_support::test_seed() : default_seed;
    std::printf("CBUFF_TEST_SEED=%llu\n", static_cast<unsigned long long>(seed));
    return stress::case_seed(seed, section, number);
}

class StressSections : public testing::TestWithParam<std::uint64_t> {};

TEST_P(StressSections, AccountsForEveryItemWhileReadersComeAndGo) {
    const Row row = stress::run_truth_case(seed_of_case(1, GetParam()), 250ms);
    EXPECT_GT(row.pushed, 0u);
    EXPECT_EQ(row.torn, 0u);
}

TEST_P(StressSections, ConservesItemsAndSlotsWhenWritersAndReadersAreKilled) {
    const Row row = stress::run_kill_case(seed_of_case(2, GetParam()), 25);
    EXPECT_GE(row.kills, 25u);
    EXPECT_GT(row.pushed, 0u);
}

TEST_P(StressSections, GoesOnRightlyAroundStoppedProcesses) {
    const Row row = stress::run_stop_case(seed_of_case(3, GetParam()));
    EXPECT_GE(row.events, 2u);
    EXPECT_GT(row.popped, 0u);
}

TEST_P(StressSections, WithstandsAHostileNeighbour) {
    const Row row = stress::run_neighbour_case(seed_of_case(4, GetParam()), 400ms);
    EXPECT_GT(row.events, 0u);
}

TEST_P(StressSections, ShowsWholeBuffersAndOneWriterWhileNamesComeAndGo) {
    const Row row = stress::run_race_case(seed_of_case(5, GetParam()), 200ms);
    EXPECT_GT(row.popped, 0u);
}

TEST_P(StressSections, LeavesWholeBuffersOrNoneWhenSystemCallsFail) {
    if (const auto reason = stress::why_no_faults()) GTEST_SKIP() << *reason;
    const Row row = stress::run_fault_case(GetParam(), 40);  // a part of another one in each case
    EXPECT_GT(row.events, 0u);
}

INSTANTIATE_TEST_SUITE_P(Cases, StressSections, testing::Range<std::uint64_t>(0, 5));

}  // namespace
