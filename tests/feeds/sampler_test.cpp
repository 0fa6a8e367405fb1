#include "feeds/sampler.hpp"

#include <gtest/gtest.h>

#include <QTest>

#include "shared_cbuff/writer.hpp"
#include "test_support/eventually.hpp"
#include "test_support/segments.hpp"

namespace workbench {
namespace {

using shared_cbuff::Observer;
using shared_cbuff::Writer;

constexpr int patienceMs = static_cast<int>(test_support::patience.count());

class SamplerTest : public testing::Test {
protected:
    /// Takes until `enough` samples of `source` have come.
    SampleBatch take(SourceId source, std::size_t enough) {
        SampleBatch all;
        const bool came = QTest::qWaitFor(
            [&] {
                SampleBatch batch = m_sampler.take(source);
                all.samples.insert(all.samples.end(), batch.samples.begin(), batch.samples.end());
                all.gaps.insert(all.gaps.end(), batch.gaps.begin(), batch.gaps.end());
                all.skipped += batch.skipped;
                return all.samples.size() >= enough;
            },
            patienceMs);
        EXPECT_TRUE(came);
        return all;
    }
    SourceId add(double hertz) { return m_sampler.add(Observer::attach(m_name.str()), hertz); }

    test_support::ScopedName m_name{"sampler"};
    Writer m_writer = Writer::create(m_name, {.item_size = 4, .length = 16});
    const Timebase m_timebase;
    Sampler m_sampler{m_timebase};
};

TEST_F(SamplerTest, DeliversSamplesInTimeOrderWithTheSameMomentOnEveryClock) {
    const auto samples = take(add(1000), 50).samples;
    for (std::size_t index = 1; index < samples.size(); ++index) {
        const TimedSample& earlier = samples[index - 1];
        const TimedSample& later = samples[index];
        EXPECT_GT(later.time, earlier.time);
        const auto boot_ns = static_cast<double>(later.times.boot_ns - earlier.times.boot_ns);
        EXPECT_NEAR((later.time - earlier.time) * 1e9, boot_ns, 1000);
        EXPECT_NEAR(m_timebase.wall(later.time) * 1e9, static_cast<double>(later.times.unix_ns), 30e6);
    }
}

TEST_F(SamplerTest, SeesWhatTheWriterDoes) {
    const SourceId source = add(100);
    m_writer.push(std::uint64_t{7});
    EXPECT_EQ(take(source, 2).samples.back().sample.pushed, 1u);
}

TEST_F(SamplerTest, KeepsWhatNobodyTakes) {
    const SourceId source = add(1000);
    // It is asked more seldom than it samples; however few turns its thread gets, one time several have gathered.
    ASSERT_TRUE(test_support::eventually([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds{5});
        return m_sampler.take(source).samples.size() > 1;
    }));
}

TEST_F(SamplerTest, StopsSamplingARemovedSource) {
    const SourceId source = add(100);
    take(source, 1);
    m_sampler.remove(source);
    EXPECT_EQ(m_sampler.sourceCount(), 0);
    EXPECT_TRUE(m_sampler.take(source).samples.empty());
}

TEST_F(SamplerTest, AccountsForEveryTickOfAnAbsoluteSchedule) {
    constexpr double period = 0.005;
    constexpr double rounding = 1e-6;
    const SampleBatch all = take(add(1 / period), 101);
    // What holds however late it gets its turns: what was sampled and what was skipped are all the ticks there were.
    const double span = all.samples.back().time - all.samples.front().time;
    const double ticks = static_cast<double>(all.samples.size() - 1 + all.skipped);
    EXPECT_LT(ticks, span / period + 1 + rounding);
    EXPECT_GT(ticks, span / period - 1 - rounding);
    std::uint64_t skipped = 0;
    for (const SampleGap& gap : all.gaps) {
        EXPECT_LT(gap.from, gap.to);
        skipped += gap.skipped;
    }
    EXPECT_EQ(skipped, all.skipped);
}

TEST_F(SamplerTest, TellsNoGapWhereNothingWasSkipped) {
    const auto batch = take(add(200), 200);
    std::uint64_t sum = 0;
    for (const SampleGap& gap : batch.gaps) {
        EXPECT_GT(gap.skipped, 0u);
        EXPECT_LT(gap.from, gap.to);
        sum += gap.skipped;
    }
    EXPECT_EQ(sum, batch.skipped);
    EXPECT_LT(batch.gaps.size(), batch.samples.size() / 2);
}

TEST_F(SamplerTest, SamplesEachSourceAtItsOwnRate) {
    const SourceId slow = add(10);
    const SourceId quick = add(1000);
    take(slow, 3);
    EXPECT_GT(m_sampler.take(quick).samples.size(), 10u);
    m_sampler.setRate(slow, 1000);
    take(slow, 50);
}

TEST_F(SamplerTest, ClampsRates) {
    take(add(1e9), 3);
    const SourceId never = add(0);
    take(never, 1);
}

}  // namespace
}  // namespace workbench
