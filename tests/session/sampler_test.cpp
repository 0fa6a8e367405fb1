#include "session/sampler.hpp"

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
    std::vector<TimedSample> take(SourceId source, std::size_t enough) {
        std::vector<TimedSample> all;
        const bool came = QTest::qWaitFor(
            [&] {
                for (SampleBatch& batch : m_sampler.takeBatches()) {
                    if (batch.source == source) all.insert(all.end(), batch.samples.begin(), batch.samples.end());
                }
                return all.size() >= enough;
            },
            patienceMs);
        EXPECT_TRUE(came);
        return all;
    }

    test_support::ScopedName m_name{"sampler"};
    Writer m_writer = Writer::create(m_name, {.item_size = 4, .length = 16});
    const Timebase m_timebase;
    Sampler m_sampler{m_timebase};
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
    // It is asked more seldom than it samples; however few turns its thread gets, one time several have gathered.
    ASSERT_TRUE(test_support::eventually([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds{5});
        const auto batches = m_sampler.takeBatches();
        EXPECT_LE(batches.size(), 1u);
        if (batches.empty()) return false;
        EXPECT_EQ(batches[0].source, source);
        return batches[0].samples.size() > 1;
    }));
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
    constexpr double period = 0.005;
    constexpr double rounding = 1e-6;
    m_sampler.setRate(200);
    const double begin = m_timebase.now();
    const auto samples = take(m_sampler.add(Observer::attach(m_name.str())), 101);
    // What holds however late it gets its turns: no sample before its slot; and after a late one the next comes sooner
    // than a period later, so lateness does not add up.
    bool caughtUp = false;
    for (std::size_t index = 1; index < samples.size(); ++index) {
        EXPECT_GE(samples[index].time, begin + static_cast<double>(index) * period - rounding) << index;
        caughtUp = caughtUp || samples[index].time - samples[index - 1].time < period - rounding;
    }
    EXPECT_TRUE(caughtUp);
}

TEST_F(SamplerTest, ClampsItsRate) {
    m_sampler.setRate(0);
    EXPECT_EQ(m_sampler.rate(), Sampler::minimumRate);
    m_sampler.setRate(1'000'000);
    EXPECT_EQ(m_sampler.rate(), Sampler::maximumRate);
}

}  // namespace
}  // namespace workbench
