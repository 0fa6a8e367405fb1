#include "story/history.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <set>
#include <tuple>

#include "story/ratemeter.hpp"
#include "test_support/segments.hpp"

namespace workbench {
namespace {

using Column = History::Column;

constexpr double period = 0.01;
constexpr double microsecond = 1e-6;
constexpr double day = 86400;

History historyOf(int samples, auto valueAt, double step = period) {
    History history;
    for (int index = 0; index < samples; ++index) history.append(index * step, valueAt(index));
    return history;
}

std::uint64_t hashed(std::uint64_t index) { return (index * 0x9e3779b97f4a7c15u) >> 48; }

std::int64_t ticksOf(double seconds) { return std::llround(seconds * 1e6); }

// ---- Against all samples

struct Told {
    std::int64_t time = 0;
    std::uint64_t value = 0;
};

/// Every sample that was told, and what can be said of them.
class AllSamples {
public:
    void append(History& history, std::int64_t time, std::uint64_t value) {
        history.append(static_cast<double>(time) / 1e6, value);
        m_samples.push_back({time, value});
    }
    const std::vector<Told>& samples() const { return m_samples; }
    auto firstFrom(std::int64_t time) const { return std::ranges::lower_bound(m_samples, time, {}, &Told::time); }
    /// Whether the last sample before `time` and the next one are of one value and near: it held in between.
    bool holdsInto(std::int64_t time) const {
        const auto next = firstFrom(time);
        if (next == m_samples.begin() || next == m_samples.end()) return false;
        return std::prev(next)->value == next->value && next->time - std::prev(next)->time <= 2'000'000;
    }
    std::uint64_t valueBefore(std::int64_t time) const {
        const auto next = firstFrom(time);
        return next == m_samples.begin() ? m_samples.front().value : std::prev(next)->value;
    }
    const Told& nearest(std::int64_t time) const {
        const auto next = firstFrom(time);
        if (next == m_samples.begin()) return *next;
        if (next == m_samples.end() || time - std::prev(next)->time <= next->time - time) return *std::prev(next);
        return *next;
    }

    void expectColumn(const Column& column) const {
        const std::int64_t from = ticksOf(column.from), to = ticksOf(column.to);
        const auto begin = firstFrom(from), end = firstFrom(to);
        if (begin == end) {
            ASSERT_TRUE(holdsInto(from)) << "a column without a sample";
            EXPECT_EQ((std::tuple{column.first, column.minimum, column.maximum, column.last}),
                      (std::tuple{begin->value, begin->value, begin->value, begin->value}));
            return;
        }
        const auto [low, high] =
            std::minmax_element(begin, end, [](const Told& one, const Told& other) { return one.value < other.value; });
        ASSERT_EQ((std::tuple{column.first, column.minimum, column.maximum, column.last}),
                  (std::tuple{begin->value, low->value, high->value, std::prev(end)->value}));
        // minmax_element gives the last of the largest ones.
        const auto firstHigh = std::ranges::find(begin, end, high->value, &Told::value);
        const auto since = [&](const Told& sample) {
            return holdsInto(from) && sample.value == begin->value ? from : sample.time;
        };
        const std::int64_t tolerance = 1 + (to - from) / 128;
        EXPECT_LE(std::abs(ticksOf(column.minimumTime) - since(*low)), tolerance);
        EXPECT_LE(std::abs(ticksOf(column.maximumTime) - since(*firstHigh)), tolerance);
        if (since(*low) != since(*firstHigh)) {
            EXPECT_EQ(column.minimumTime <= column.maximumTime, since(*low) < since(*firstHigh));
        }
    }

private:
    std::vector<Told> m_samples;
};

/// Some minutes to hours at one rate, of one temper, and perhaps a pause.
void appendChapter(AllSamples& all, History& history, std::mt19937_64& random, bool isCounter) {
    const auto among = [&](auto... choices) {
        const std::int64_t values[] = {choices...};
        return values[random() % sizeof...(choices)];
    };
    std::int64_t time = all.samples().empty() ? among(-5'000'000, 0, 1'700'000'000'123'457) : all.samples().back().time;
    std::uint64_t value = all.samples().empty() ? 0 : all.samples().back().value;
    const std::int64_t step = among(200, 1000, 10'000, 37'123, 100'000, 1'000'000, 2'000'000, 2'000'001);
    const std::int64_t count = among(1, 700, 3000, 20'000);
    const int temper = static_cast<int>(random() % 6);
    const std::uint64_t top = isCounter ? 3 : among(1, 64, 65536);
    time += among(0, 0, 1, 2'000'000, 2'000'001, 60'000'000, 3'600'000'000);
    for (std::int64_t index = 0; index < count; ++index) {
        time += temper == 1 ? step : static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(2 * step));
        const std::uint64_t any = random() % (top + 1);
        const bool moves = temper == 0 ? false : temper == 2 ? random() % 50 == 0 : temper != 3 || random() % 1000 == 0;
        if (isCounter)
            value += moves ? any : 0;
        else if (moves)
            value = temper == 5 && random() % 9 == 0 ? ~std::uint64_t{0} - any : any;
        all.append(history, time, value);
    }
}

class HistoryAgainstAllSamples : public testing::TestWithParam<bool> {
protected:
    void grow(int chapters) {
        for (int chapter = 0; chapter < chapters; ++chapter) appendChapter(m_all, m_history, m_random, GetParam());
    }
    /// Long and short ranges, of late and of long ago.
    std::pair<std::int64_t, std::int64_t> anyRange() {
        const double whole = static_cast<double>(m_all.samples().back().time - m_all.samples().front().time);
        const auto share = [&] { return std::exp(-15.0 * std::uniform_real_distribution<>{}(m_random)); };
        const auto span = static_cast<std::int64_t>(whole * share()) + 2;
        const auto to = m_all.samples().back().time + 1 - static_cast<std::int64_t>(whole * share());
        return {to - span, to};
    }
    std::vector<Column> columnsOf(std::pair<std::int64_t, std::int64_t> range, int most) const {
        return m_history.columns(static_cast<double>(range.first) / 1e6, static_cast<double>(range.second) / 1e6, most);
    }

    std::uint64_t m_seed = test_support::test_seed();
    testing::ScopedTrace m_trace{__FILE__, __LINE__, "CBUFF_TEST_SEED=" + std::to_string(m_seed)};
    std::mt19937_64 m_random{m_seed};
    History m_history;
    AllSamples m_all;
};

TEST_P(HistoryAgainstAllSamples, TellsEveryColumnExactlyAtEveryZoomAndAge) {
    for (int round = 0; round < 12; ++round) {
        grow(3);
        for (int view = 0; view < 25; ++view) {
            const auto range = anyRange();
            const int most = 2 + static_cast<int>(m_random() % 1500);
            const auto columns = columnsOf(range, most);
            ASSERT_LE(columns.size(), static_cast<std::size_t>(most));
            std::int64_t covered = range.first;
            for (const Column& column : columns) {
                const std::int64_t from = ticksOf(column.from), to = ticksOf(column.to);
                ASSERT_EQ(to - from, ticksOf(columns[0].to) - ticksOf(columns[0].from));
                ASSERT_EQ(from % (to - from), 0) << "not on the grid of its width";
                ASSERT_TRUE(to > range.first && from < range.second) << "outside of the range";
                ASSERT_TRUE(covered == range.first || from >= covered) << "columns overlap";
                if (from > covered) {
                    ASSERT_EQ(m_all.firstFrom(covered), m_all.firstFrom(from)) << "a sample is left out";
                }
                ASSERT_NO_FATAL_FAILURE(m_all.expectColumn(column)) << from << " to " << to;
                covered = to;
            }
            if (covered < range.second) {
                ASSERT_EQ(m_all.firstFrom(covered), m_all.firstFrom(range.second)) << "a sample is left out";
            }
        }
    }
}

TEST_P(HistoryAgainstAllSamples, TellsTheSampleNearestToATimeAndOfABucketTheRange) {
    grow(20);
    int ranges = 0, samples = 0;
    for (int view = 0; view < 2000; ++view) {
        const std::int64_t time = anyRange().second - 1;
        const auto reading = m_history.at(static_cast<double>(time) / 1e6);
        ASSERT_TRUE(reading);
        const std::int64_t readAt = ticksOf(reading->time);
        if (reading->isRange) {
            ++ranges;
            const std::int64_t age = m_all.samples().back().time - time;
            const std::int64_t tolerance = age / 512 / 128 + 10;  // of the borders of buckets
            ASSERT_LE(std::abs(readAt - time), std::abs(m_all.nearest(time).time - time) + tolerance);
            // Some sample there has a value of the range.
            const auto begin = m_all.firstFrom(readAt - age / 512), end = m_all.firstFrom(readAt + age / 512 + 1);
            ASSERT_TRUE(std::any_of(begin, end, [&](const Told& sample) {
                return sample.value >= reading->minimum && sample.value <= reading->maximum;
            }));
            continue;
        }
        ++samples;
        ASSERT_EQ(reading->minimum, reading->maximum);
        const auto found = m_all.firstFrom(readAt);
        ASSERT_NE(found, m_all.samples().end());
        if (m_all.holdsInto(readAt) && found->time != readAt) {
            ASSERT_EQ(reading->minimum, found->value);
            continue;
        }
        ASSERT_EQ(found->time, readAt) << "not the time of a sample";
        const auto sameTime = std::ranges::equal_range(m_all.samples(), readAt, {}, &Told::time);
        ASSERT_NE(std::ranges::find(sameTime, reading->minimum, &Told::value), sameTime.end());
    }
    EXPECT_GT(ranges, 0);
    EXPECT_GT(samples, 0);
}

TEST_P(HistoryAgainstAllSamples, CountsTheGrowthOfEveryColumnExactly) {
    if (!GetParam()) return;  // a level does not grow
    grow(25);
    for (int view = 0; view < 25; ++view) {
        const auto range = anyRange();
        const auto columns = columnsOf(range, 300);
        std::uint64_t sum = 0;
        for (const Column& column : columns) {
            const std::uint64_t growth = m_history.growth(column.from, column.to);
            ASSERT_EQ(growth, m_all.valueBefore(ticksOf(column.to)) - m_all.valueBefore(ticksOf(column.from)));
            sum += growth;
        }
        if (columns.empty()) continue;
        EXPECT_EQ(sum, m_history.growth(columns.front().from, columns.back().to));
    }
    EXPECT_EQ(m_history.growth(-1e9, 1e10), m_all.samples().back().value - m_all.samples().front().value);
}

INSTANTIATE_TEST_SUITE_P(LevelsAndCounters, HistoryAgainstAllSamples, testing::Bool(),
                         [](const auto& is) { return is.param ? "Counter" : "Level"; });

// ---- Columns

TEST(History, HasNothingToTellBeforeTheFirstSample) {
    const History history;
    EXPECT_TRUE(history.empty());
    EXPECT_TRUE(history.columns(0, 10, 100).empty());
    EXPECT_FALSE(history.at(1));
    EXPECT_FALSE(history.heldAt(1));
    EXPECT_EQ(history.growth(0, 10), 0u);
    EXPECT_EQ(history.newestValue(), 0u);
    EXPECT_EQ(history.newestTime(), 0);
    EXPECT_EQ(history.oldestTime(), 0);
}

TEST(History, GivesEverySampleItsColumnWhereThereIsRoom) {
    const History history = historyOf(10, [](int index) { return static_cast<std::uint64_t>(index); });
    const auto columns = history.columns(0, 0.1, 1000);
    ASSERT_EQ(columns.size(), 10u);
    for (std::size_t index = 0; index < columns.size(); ++index) {
        EXPECT_EQ(columns[index].minimum, index);
        EXPECT_EQ(columns[index].minimumTime, static_cast<double>(index) / 100);
    }
}

TEST(History, TellsColumnsOfARangeThatEndsBeforeASampleWithoutIt) {
    History history;
    history.append(1, 10);
    history.append(2, 20);
    EXPECT_EQ(history.columns(1, 2, 1 << 21).size(), 1u);
    EXPECT_EQ(history.columns(1, 2 + microsecond, 1 << 21).size(), 2u);
    EXPECT_EQ(history.columns(1 + microsecond, 2 + microsecond, 1 << 21).size(), 1u);
    EXPECT_TRUE(history.columns(2, 1, 100).empty());
    EXPECT_TRUE(history.columns(1, 1, 100).empty());
    EXPECT_TRUE(history.columns(1, 1 + microsecond / 4, 100).empty());
}

TEST(History, GivesNoMoreColumnsThanAskedForButAtLeastHalfAsMany) {
    const History history = historyOf(200'000, [](int index) { return hashed(static_cast<std::uint64_t>(index)); });
    const double end = history.newestTime();
    for (const int most : {-1, 0, 1, 2, 3, 7, 100, 400}) {
        for (double from = end - 1000; from < end - 999; from += 0.0937) {
            const auto count = static_cast<int>(history.columns(from, from + 600, most).size());
            EXPECT_LE(count, std::max(2, most)) << from;
            EXPECT_GE(count, (std::max(2, most) - 1) / 2) << from;
        }
    }
}

TEST(History, KeepsColumnsWhereTheyAreWhenTheRangeMoves) {
    const History history = historyOf(400'000, [](int index) { return hashed(static_cast<std::uint64_t>(index)); });
    const auto valuesOf = [](const Column& column) {
        return std::tuple{column.from,    column.to,   column.first,       column.minimum,
                          column.maximum, column.last, column.minimumTime, column.maximumTime};
    };
    for (const double span : {5.0, 60.0, 700.0}) {
        std::set<decltype(valuesOf(Column{}))> all;
        std::set<double> begins;
        for (double shift = 0; shift < span / 10; shift += span / 1237) {
            const double to = history.newestTime() - span / 3 + shift;
            for (const Column& column : history.columns(to - span, to, 400)) {
                all.insert(valuesOf(column));
                begins.insert(column.from);
            }
        }
        EXPECT_EQ(all.size(), begins.size()) << "a column of one place says one thing, over " << span << " s";
    }
}

TEST(History, KeepsEveryPeakHoweverFarOneZoomsOut) {
    const History history = historyOf(150'000, [](int index) {
        return index == 60'000 ? 777u : index == 60'005 ? 3u : 10u + static_cast<unsigned>(index) % 2;
    });
    for (const double span : {1000.0, 1500.0, 5000.0, 1e6, 1e9}) {
        const auto columns = history.columns(history.newestTime() - span, history.newestTime(), 300);
        EXPECT_EQ(std::ranges::max(columns, {}, &Column::maximum).maximum, 777u) << span;
        EXPECT_EQ(std::ranges::min(columns, {}, &Column::minimum).minimum, 3u) << span;
    }
}

TEST(History, LeavesAPauseEmpty) {
    for (const double pause : {2.0, 2.0 + microsecond}) {
        History history;
        history.append(1, 5);
        history.append(1 + pause, 5);
        const bool isPause = pause > 2.0;
        EXPECT_EQ(history.columns(1.5, 2.5, 100).empty(), isPause) << pause;
        EXPECT_EQ(history.at(1.9)->time, isPause ? 1 : 1.9) << pause;
    }
}

// ---- Detail

// Of a day at any rate a range that reaches to the present has 512 columns, so the shorter the finer.
TEST(History, KeepsTheDetailOfEveryAge) {
    for (const double rate : {1000.0, 100.0, 10.0}) {
        const auto samples = static_cast<int>(std::min(day, 1e6 / rate) * rate);
        const History history = historyOf(
            samples, [](int index) { return hashed(static_cast<std::uint64_t>(index)); }, 1 / rate);
        const double end = history.newestTime();
        for (double span = std::max(2.0, 1100 / rate); span < end; span *= 1.37) {
            const auto columns = history.columns(end - span, end, 1024);
            EXPECT_GE(columns.size(), 510u) << span << " s at " << rate << " Hz";
            EXPECT_LE(columns.front().from, end - span) << span << " s at " << rate << " Hz";
        }
    }
}

TEST(History, CoarsensNothingWhenTheRateChanges) {
    History history = historyOf(
        3600, [](int index) { return hashed(static_cast<std::uint64_t>(index)); }, 1.0);
    const double begin = history.newestTime() + 1;
    for (int index = 0; index < 600'000; ++index) history.append(begin + index * 0.001, index % 2 == 0 ? 1u : 60'000u);
    // 3000 s before the end at 2^k ms a bucket: 512 of them reach back less far than that.
    const auto columns = history.columns(0, 1200, 1 << 14);
    EXPECT_LE(columns.front().to - columns.front().from, 8.4);
    const auto late = history.columns(3300, 3500, 1 << 14);
    EXPECT_LE(late.front().to - late.front().from, 1.1);
    EXPECT_EQ(history.at(3400)->time, 3400) << "of a sample a second nothing has merged yet";
    EXPECT_FALSE(history.at(3400)->isRange);
}

TEST(History, MergesNoneOfItsNewestSamples) {
    constexpr auto kept = static_cast<int>(History::samplesKept);
    const auto value = [](int index) { return static_cast<std::uint64_t>(index); };
    for (const int more : {-1, 0, 1, 2}) {  // the first one that goes finds nothing to merge with
        const History history = historyOf(kept + more, value, 0.0001);
        const auto oldest = history.at(0);
        EXPECT_EQ(oldest->isRange, more == 2) << more;
        EXPECT_EQ(oldest->maximum, more == 2 ? 1u : 0u) << more;
        EXPECT_EQ(oldest->time, 0) << more;
    }
    const History history = historyOf(50'000, value, 0.0001);
    for (int index = 50'000 - kept; index < 50'000; ++index) {
        const auto reading = history.at(index * 0.0001);
        ASSERT_FALSE(reading->isRange);
        ASSERT_EQ(reading->minimum, static_cast<std::uint64_t>(index));
        ASSERT_NEAR(reading->time, index * 0.0001, microsecond / 10);
    }
    EXPECT_TRUE(history.at((50'000 - kept - 20) * 0.0001)->isRange);
}

// A day of something that happens once in ten minutes is kept as it was, whatever the rate of looking.
TEST(History, KeepsExactlyWhatChangesRarely) {
    const History history = historyOf(
        864'000, [](int index) { return static_cast<std::uint64_t>(index / 6000); }, 0.1);
    for (int change = 1; change < 144; ++change) {
        EXPECT_EQ(history.at(change * 600.0 - 0.1)->maximum, static_cast<std::uint64_t>(change) - 1);
        EXPECT_EQ(history.at(change * 600.0)->maximum, static_cast<std::uint64_t>(change));
        EXPECT_FALSE(history.at(change * 600.0)->isRange);
        const auto columns = history.columns(change * 600.0 - 0.2, change * 600.0 + 0.2, 1000);
        EXPECT_LE(columns.front().to - columns.front().from, 0.001);
    }
}

// Columns are as wide as the buckets that they touch only while there are any.
TEST(History, GivesFineColumnsAgainWhereNothingHasMerged) {
    constexpr auto kept = static_cast<int>(History::samplesKept);
    const auto value = [](int index) { return static_cast<std::uint64_t>(index); };
    const auto widthAt = [](const History& history, double time) {
        const auto columns = history.columns(time, time + 0.0001, 1000);
        return columns.empty() ? 0 : ticksOf(columns.front().to) - ticksOf(columns.front().from);
    };
    EXPECT_EQ(widthAt(historyOf(kept + 1, value, 0.0001), 0), 1);
    History history = historyOf(kept + 2, value, 0.0001);
    EXPECT_EQ(widthAt(history, 0), 1024);
    for (int index = 1; index <= 3000; ++index) history.append(index, value(index));
    // The busy beginning has gone to a level of its own, so what came after is told as it was.
    EXPECT_EQ(widthAt(history, 1700), 1);
    EXPECT_EQ(widthAt(history, 2900), 1);
    EXPECT_GE(widthAt(history, 0), 2048);
}

// ---- One moment

TEST(History, TellsTheNearestSampleWithItsOwnTime) {
    History history;
    history.append(1, 10);
    history.append(2, 20);
    EXPECT_EQ(history.at(0.5)->time, 1);
    EXPECT_EQ(history.at(1)->maximum, 10u);
    EXPECT_EQ(history.at(1.5)->time, 1);
    EXPECT_EQ(history.at(1.500001)->time, 2);
    EXPECT_EQ(history.at(1.500001)->minimum, 20u);
    EXPECT_EQ(history.at(99)->time, 2);
    EXPECT_FALSE(history.at(99)->isRange);
}

TEST(History, TellsWhatHeldAtATime) {
    History history;
    history.append(1, 10);
    history.append(2, 20);
    EXPECT_FALSE(history.heldAt(1 - microsecond));
    EXPECT_EQ(history.heldAt(1)->maximum, 10u);
    EXPECT_EQ(history.heldAt(2 - microsecond)->maximum, 10u);
    EXPECT_EQ(history.heldAt(2 - microsecond)->time, 1);
    EXPECT_EQ(history.heldAt(2)->maximum, 20u);
}

TEST(History, DoesNotGoBackInTime) {
    History history;
    history.append(10, 1);
    history.append(9, 2);
    EXPECT_EQ(history.newestTime(), 10);
    EXPECT_EQ(history.oldestTime(), 10);
    EXPECT_EQ(history.at(10)->maximum, 2u);
    EXPECT_EQ(history.newestValue(), 2u);
}

TEST(History, CountsNoGrowthBeforeItsFirstSampleAndNoneOfWhatFell) {
    History history;
    history.append(1, 100);
    history.append(2, 104);
    history.append(3, 90);
    EXPECT_EQ(history.growth(0, 2), 0u);
    EXPECT_EQ(history.growth(0, 2 + microsecond), 4u);
    EXPECT_EQ(history.growth(2, 3), 4u);
    EXPECT_EQ(history.growth(2.5, 4), 0u);
}

// ---- Memory

TEST(History, CostsNextToNothingWhileNothingHappens) {
    const History history = historyOf(static_cast<int>(day / period), [](int) { return 7u; });
    EXPECT_LE(history.bytes(), 1024u);
    EXPECT_EQ(history.columns(0, day, 1000).size(), 644u);  // of 2^27 us
    EXPECT_EQ(history.oldestTime(), 0);
}

TEST(History, StaysSmallForABusyDayAndAWeek) {
    const auto anything = [](int index) { return hashed(static_cast<std::uint64_t>(index)); };
    const auto growing = [](int index) { return static_cast<std::uint64_t>(index) * 10; };
    const History busy = historyOf(static_cast<int>(day * 20), anything, 0.05);
    const History counter = historyOf(static_cast<int>(day * 20), growing, 0.05);
    const History week = historyOf(static_cast<int>(7 * day * 2), anything, 0.5);
    RecordProperty("busy_day_bytes", std::to_string(busy.bytes()));
    RecordProperty("counter_day_bytes", std::to_string(counter.bytes()));
    RecordProperty("week_bytes", std::to_string(week.bytes()));
    EXPECT_LE(busy.bytes(), 180'000u);
    EXPECT_LE(counter.bytes(), 140'000u);
    EXPECT_LE(week.bytes(), 200'000u);
    EXPECT_EQ(week.oldestTime(), 0);
    EXPECT_EQ(week.columns(0, 7 * day, 500).front().first, hashed(0));
}

// Two entries a bucket: runs just longer than a bucket, and a blip between them, at every width.
TEST(History, StaysSmallWhereRunsCrossTheBordersOfBuckets) {
    History history;
    std::int64_t time = 0;
    for (int round = 0; round < 400'000; ++round) {
        const std::int64_t run = std::int64_t{1100} << (round % 11);
        history.append(static_cast<double>(time) / 1e6, 1);
        history.append(static_cast<double>(time + run) / 1e6, 1);
        history.append(static_cast<double>(time + run + 10) / 1e6, 2);
        time += run + 20;
    }
    EXPECT_LE(history.bytes(), 300'000u);
}

// ---- Forgetting

TEST(History, ForgetsWhatIsOlderThanAskedButNotWhatHeld) {
    const auto value = [](int index) { return static_cast<std::uint64_t>(index); };
    for (const double moment : {5 - microsecond, 5.0, 5 + microsecond}) {
        History history = historyOf(1000, value);
        history.forgetBefore(moment);
        EXPECT_EQ(history.oldestTime(), moment < 5 ? 4.99 : 5.0);
        EXPECT_EQ(history.heldAt(moment)->maximum, moment < 5 ? 499u : 500u);
        EXPECT_EQ(history.at(7.5)->minimum, 750u);
    }
    History history = historyOf(1000, value);
    history.forgetBefore(1e9);
    EXPECT_EQ(history.at(1e9)->maximum, 999u);
    EXPECT_EQ(history.oldestTime(), 9.99);
    history.append(11, 4);
    history.append(12, 5);
    EXPECT_EQ(history.at(11)->maximum, 4u);
    EXPECT_EQ(history.at(9)->maximum, 999u);
}

TEST(History, ForgetsOfALongPastAllButOneBucketTooMany) {
    History history = historyOf(500'000, [](int index) { return hashed(static_cast<std::uint64_t>(index)); });
    const std::size_t before = history.bytes();
    history.forgetBefore(4000);
    EXPECT_LE(history.oldestTime(), 4000);
    EXPECT_GE(history.oldestTime(), 3996);
    EXPECT_LT(history.bytes(), before);
    const auto columns = history.columns(0, 5000, 100);
    EXPECT_EQ(columns.back().last, hashed(499'999));
    for (int index = 500'000; index < 900'000; ++index) {
        history.append(index * period, hashed(static_cast<std::uint64_t>(index)));
        if (index % 100 == 0) history.forgetBefore(index * period - 1000);
    }
    EXPECT_NEAR(history.oldestTime(), 8000, 5);
    EXPECT_EQ(history.at(8990)->maximum, hashed(899'000));
}

TEST(History, CountsGrowthOnlyFromWhatItKeeps) {
    History history = historyOf(1000, [](int index) { return static_cast<std::uint64_t>(index); });
    history.forgetBefore(5);
    EXPECT_EQ(history.growth(0, 100), 499u);
}

// ---- Stretches

TEST(History, TellsAStretchByItsRangeWhereverAColumnTouchesIt) {
    History history;
    history.append(0, 1, {.minimum = 2, .maximum = 9, .last = 4});
    history.append(1, 2, {.minimum = 5, .maximum = 6, .last = 6});
    const auto columns = history.columns(0.2, 0.8, 10);
    ASSERT_GE(columns.size(), 5u);
    for (const Column& column : columns) {
        EXPECT_EQ(column.minimum, 2u);
        EXPECT_EQ(column.maximum, 9u);
        EXPECT_GE(column.minimumTime, column.from);
        EXPECT_LT(column.maximumTime, column.to);
    }
    const auto reading = history.at(0.5);
    EXPECT_TRUE(reading->isRange);
    EXPECT_EQ(reading->time, 0.5);
    EXPECT_EQ(reading->minimum, 2u);
    EXPECT_EQ(reading->maximum, 9u);
    EXPECT_EQ(history.at(1)->maximum, 6u) << "a stretch ends before the next one begins";
    EXPECT_EQ(history.newestValue(), 6u);
    history.append(2, 6);
    history.append(3, 6);
    EXPECT_TRUE(history.at(1.9)->isRange) << "what follows is no part of it";
    EXPECT_FALSE(history.at(2)->isRange);
}

TEST(History, DrawsAStretchThatEndsHighAsRisen) {
    for (const auto& [last, risen] : {std::pair{57u, true}, std::pair{50u, false}}) {
        History history;
        history.append(100, 101, {.minimum = 50, .maximum = 57, .last = last});
        const auto column = history.columns(100, 101, 2).front();
        EXPECT_NEAR(risen ? column.minimumTime : column.maximumTime, 100, microsecond);
        EXPECT_NEAR(risen ? column.maximumTime : column.minimumTime, 100.5, microsecond);
    }
}

TEST(History, MergesADayOfStretchesOfASecondLikeSamples) {
    History history;
    for (int second = 0; second < day; ++second) {
        const std::uint64_t low = hashed(static_cast<std::uint64_t>(second));
        history.append(second, second + 1, {.minimum = low, .maximum = low + 100, .last = low + 50});
    }
    EXPECT_LE(history.bytes(), 240'000u);
    EXPECT_GE(history.columns(day - 3600, day, 1024).size(), 510u);
    EXPECT_GE(history.columns(0, day, 1024).size(), 510u);
    std::uint64_t highest = 0, lowest = 1 << 20;
    for (int second = 0; second < day; ++second) {
        highest = std::max(highest, hashed(static_cast<std::uint64_t>(second)) + 100);
        lowest = std::min(lowest, hashed(static_cast<std::uint64_t>(second)));
    }
    const auto columns = history.columns(0, day, 400);
    EXPECT_EQ(std::ranges::max(columns, {}, &Column::maximum).maximum, highest);
    EXPECT_EQ(std::ranges::min(columns, {}, &Column::minimum).minimum, lowest);
    for (const Column& column : columns) {  // of every second that it holds whole
        for (int second = static_cast<int>(std::ceil(column.from)); second + 1 <= column.to && second < day; ++second) {
            const std::uint64_t low = hashed(static_cast<std::uint64_t>(second));
            ASSERT_LE(column.minimum, low);
            ASSERT_GE(column.maximum, low + 100);
        }
    }
}

// ---- Rates

TEST(RateMeter, TellsTheRateOfTheLastSecond) {
    RateMeter meter;
    EXPECT_EQ(meter.rate(), 0);
    for (int index = 0; index <= 500; ++index)
        meter.append(index * period, static_cast<std::uint64_t>(index < 200 ? 0 : (index - 200) * 3));
    EXPECT_NEAR(meter.rate(), 300, 1e-6);
    for (int index = 501; index <= 650; ++index) meter.append(index * period, 900);
    EXPECT_EQ(meter.rate(), 0);
}

/// Forgetting, again and again, never takes away what held at the moment from which on it is kept.
TEST(History, KeepsWhatHeldWhereItBegins) {
    std::mt19937 random{6};
    for (int round = 0; round < 4; ++round) {
        History history;
        double time = 0;
        std::uint64_t value = 0;
        std::vector<double> moments;
        for (int index = 0; index < 3000; ++index) {
            time += random() % 10 == 0 ? 40.0 : 0.01;
            if (random() % 3 == 0) ++value;
            history.append(time, value);
            moments.push_back(time);
        }
        for (const double moment : moments) {  // one after the other, so that each level comes to its last entry
            const double from = moment + 0.005;
            if (from < history.oldestTime()) continue;
            const auto before = history.heldAt(from);
            const std::uint64_t later = history.newestValue();
            history.forgetBefore(from);
            ASSERT_FALSE(history.empty());
            const auto after = history.heldAt(from);
            ASSERT_TRUE(before && after) << from;
            EXPECT_EQ(after->minimum, before->minimum);
            EXPECT_EQ(after->maximum, before->maximum);
            EXPECT_EQ(history.newestValue(), later);
        }
        history.forgetBefore(time + 1000);
        EXPECT_FALSE(history.empty());
        EXPECT_EQ(history.heldAt(time + 1000)->maximum, value);
    }
}

}  // namespace
}  // namespace workbench
