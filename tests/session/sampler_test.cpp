#include "session/sampler.hpp"

#include <gtest/gtest.h>

#include <QTest>

#include "shared_cbuff/writer.hpp"
#include "test_support/segments.hpp"

namespace workbench {
namespace {

using shared_cbuff::Observer;
using shared_cbuff::Writer;

class SamplerTest : public testing::Test {
protected:
    /// Takes until `enough` samples of `source` have come.
    std::vector<TimedSample> take(SourceId source, std::size_t enough) {
        std::vector<TimedSample> all;
        const bool came = QTest::qWaitFor(
            [&] {
                for (SampleBatch& batch : m_sampler.takeBatches()) {
                    if (batch.source == source) all.insert(all.end(), batch.samples.begin(), batch.samples.end());
                }
                return all.size() >= enough;
            },
            20'000);
        EXPECT_TRUE(came);
        return all;
    }

    test_support::ScopedName m_name{"sampler"};
    Writer m_writer = Writer::create(m_name, {.item_size = 4, .length = 16});
    Sampler m_sampler{Timebase{}};
};

TEST_F(SamplerTest, DeliversSamplesInTimeOrder) {
    m_sampler.setRate(1000);
    const auto samples = take(m_sampler.add(Observer::attach(m_name.str())), 50);
    for (std::size_t index = 1; index < samples.size(); ++index)
        EXPECT_GE(samples[index].time, samples[index - 1].time);
}

TEST_F(SamplerTest, SeesWhatTheWriterDoes) {
    const SourceId source = m_sampler.add(Observer::attach(m_name.str()));
    m_writer.push(std::uint64_t{7});
    EXPECT_EQ(take(source, 2).back().sample.pushed, 1u);
}

TEST_F(SamplerTest, KeepsWhatNobodyTakesInOneBatchASource) {
    m_sampler.setRate(1000);
    const SourceId source = m_sampler.add(Observer::attach(m_name.str()));
    // Nobody takes while a second sampler lives through 100 samples.
    Sampler clock{Timebase{}};
    clock.setRate(1000);
    clock.add(Observer::attach(m_name.str()));
    std::size_t ticks = 0;
    ASSERT_TRUE(QTest::qWaitFor(
        [&] {
            for (const SampleBatch& batch : clock.takeBatches()) ticks += batch.samples.size();
            return ticks >= 100;
        },
        20'000));
    const auto batches = m_sampler.takeBatches();
    ASSERT_EQ(batches.size(), 1u);
    EXPECT_EQ(batches[0].source, source);
    EXPECT_GT(batches[0].samples.size(), 1u);
}

TEST_F(SamplerTest, StopsSamplingARemovedSource) {
    const SourceId source = m_sampler.add(Observer::attach(m_name.str()));
    take(source, 1);
    m_sampler.remove(source);
    EXPECT_EQ(m_sampler.sourceCount(), 0);
    m_sampler.takeBatches();
    EXPECT_TRUE(m_sampler.takeBatches().empty());
}

TEST_F(SamplerTest, KeepsItsRateOnAnAbsoluteSchedule) {
    m_sampler.setRate(200);
    const auto samples = take(m_sampler.add(Observer::attach(m_name.str())), 101);
    // 100 periods of 5 ms. Late wake-ups do not add up; a wide margin for a loaded machine.
    EXPECT_NEAR(samples[100].time - samples[0].time, 0.5, 0.25);
}

TEST_F(SamplerTest, ClampsItsRate) {
    m_sampler.setRate(0);
    EXPECT_EQ(m_sampler.rate(), Sampler::minimumRate);
    m_sampler.setRate(1'000'000);
    EXPECT_EQ(m_sampler.rate(), Sampler::maximumRate);
}

}  // namespace
}  // namespace workbench
