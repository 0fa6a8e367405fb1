#include "values/condition.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <set>
#include <sstream>

#include "pastsamples.hpp"
#include "test_support/segments.hpp"

namespace {

using namespace std::chrono_literals;
using shared_cbuff::BufferState;
using shared_cbuff::ReaderState;
using shared_cbuff::Sample;
using testing::HasSubstr;
using values_tests::addReader;
using values_tests::sampleAt;
using workbench::Comparator;
using workbench::Comparison;
using workbench::Condition;
using workbench::ConditionError;
using workbench::Metric;
using workbench::ObservedPast;
using workbench::parseCondition;
using workbench::Quantity;
using workbench::Subject;
using workbench::TotalsFrom;
using workbench::Truth;

TEST(ConditionText, BindsAndTighterThanOr) {
    const Condition condition = parseCondition("usage>=80% and lost > 0 or slow.lag>1.5ms");
    ASSERT_EQ(condition.anyOf.size(), 2u);
    EXPECT_EQ(condition.anyOf[0].size(), 2u);
    const Comparison& last = condition.anyOf[1][0];
    EXPECT_EQ(last.subject, (Subject{Subject::Kind::label, "slow", 0}));
    EXPECT_EQ(last.metric, Metric::lag);
    EXPECT_NEAR(static_cast<double>(last.threshold(0)), 0.0015, 1e-12);
    EXPECT_EQ(toText(condition), "usage >= 80% and lost > 0 or slow.lag > 1.5ms");
}

TEST(ConditionText, NamesReadersByLabelSlotOrStar) {
    EXPECT_EQ(parseCondition("#3.usage = 1").anyOf[0][0].subject, (Subject{Subject::Kind::slot, "", 3}));
    EXPECT_EQ(parseCondition("*.usage == 1").anyOf[0][0].subject.kind, Subject::Kind::any);
    EXPECT_EQ(parseCondition("a.b.usage<1").anyOf[0][0].subject.label, "a.b");
    EXPECT_EQ(parseCondition(R"("a \"b\"\n\xff or c".popped/s != 1e3/s)").anyOf[0][0].subject.label,
              "a \"b\"\n\xff or c");
}

TEST(ConditionText, IsReadAsTheSameConditionAgain) {
    const std::uint64_t seed = test_support::test_seed();
    SCOPED_TRACE(testing::Message() << "CBUFF_TEST_SEED=" << seed);
    std::mt19937_64 random{seed};
    const auto below = [&](std::size_t limit) { return static_cast<std::size_t>(random() % limit); };
    for (int round = 0; round < 2000; ++round) {
        Condition condition;
        condition.anyOf.resize(1 + below(3));
        for (auto& group : condition.anyOf) {
            group.resize(1 + below(3));
            for (Comparison& comparison : group) {
                const auto& info = workbench::metrics()[below(workbench::metrics().size())];
                comparison.metric = info.metric;
                comparison.comparator = static_cast<Comparator>(below(6));
                comparison.number = static_cast<long double>(random() >> below(64)) / (below(2) == 0 ? 1 : 7);
                comparison.isPercent = info.quantity == Quantity::level && below(2) == 0;
                if (info.quantity == Quantity::time && below(2) == 0) comparison.unit = "ms";
                if (info.without == workbench::WithoutReader::itself) continue;
                comparison.subject.kind = static_cast<Subject::Kind>(below(4));
                if (comparison.subject.kind == Subject::Kind::slot) comparison.subject.slot = 17;
                if (comparison.subject.kind != Subject::Kind::label) continue;
                for (std::size_t left = below(8); left > 0; --left) {
                    comparison.subject.label += static_cast<char>(below(256));
                }
            }
        }
        const std::string text = toText(condition);
        EXPECT_EQ(parseCondition(text), condition) << text;
    }
}

struct Mistake {
    std::string_view text;
    std::size_t column;
    std::string_view reason;
};

class ConditionMistakes : public testing::TestWithParam<Mistake> {};

TEST_P(ConditionMistakes, AreToldWithTheirColumn) {
    try {
        parseCondition(GetParam().text);
        FAIL() << "it was understood";
    } catch (const ConditionError& error) {
        EXPECT_EQ(error.column(), GetParam().column) << error.what();
        EXPECT_THAT(error.what(), HasSubstr(GetParam().reason));
        const std::string picture = error.picture();
        EXPECT_EQ(picture.size() - picture.find('\n') - 1, GetParam().column) << picture;
    }
}

INSTANTIATE_TEST_SUITE_P(
    Condition, ConditionMistakes,
    testing::Values(Mistake{"", 1, "metric is missing"}, Mistake{"usage", 6, "< <= >"},
                    Mistake{"usage >", 8, "number is needed"}, Mistake{"usage > -1", 9, "number is needed"},
                    Mistake{"usage > inf", 9, "number is needed"}, Mistake{"fill > 1", 1, "no metric"},
                    Mistake{"slow.fill > 1", 6, "no metric"}, Mistake{"slow. > 1", 6, "metric is missing"},
                    Mistake{".lag > 1", 1, "reader is missing"}, Mistake{"slow.pushed > 1", 6, "is the buffer's"},
                    Mistake{"#x.lag > 1", 1, "number of a slot"}, Mistake{"lost > 1%", 9, "no unit"},
                    Mistake{"lag > 1d", 8, "s, ms, us"}, Mistake{"usage > 1s", 10, "% is of"},
                    Mistake{"usage >> 1", 7, "< <= >"}, Mistake{"usage > 1 lost > 0", 11, "`and` or `or`"},
                    Mistake{"usage > 1 and", 14, "metric is missing"}, Mistake{"(usage > 1)", 1, "metric is missing"},
                    Mistake{"\"a.lag > 1", 1, "not closed"}, Mistake{"\"a\" > 1", 4, "comes a dot"},
                    Mistake{"\"\\q\".lag > 1", 2, "after a backslash"}, Mistake{"\"\\x1", 2, "after a backslash"},
                    Mistake{"é.fill > 1", 3, "no metric"}));

TEST(ConditionText, ReadsDurations) {
    EXPECT_EQ(workbench::parseDuration("2s"), 2s);
    EXPECT_EQ(workbench::parseDuration("1.5ms"), 1500us);
    EXPECT_EQ(workbench::parseDuration("3"), 3s);
    EXPECT_EQ(workbench::parseDuration("8784h"), 8784h);  // a year, and not more
    EXPECT_THROW(workbench::parseDuration("8784.001h"), ConditionError);
    for (const std::string_view wrong : {"", "0", "2x", "2s 3", "1e30h"}) {
        EXPECT_THROW(workbench::parseDuration(wrong), ConditionError) << wrong;
    }
}

Truth truthOf(std::string_view condition, const ObservedPast& past) {
    return workbench::evaluate(parseCondition(condition), past);
}

ObservedPast pastOf(const Sample& sample) {
    ObservedPast past{TotalsFrom::creation};
    past.add(sample);
    return past;
}

TEST(Condition, SpeaksOfTheLargestOrTheSumWhereNoReaderIsNamed) {
    Sample sample = sampleAt(0, 1000);
    addReader(sample, "fast", {.usage = 5, .lost = 1});
    addReader(sample, "slow", {.usage = 90, .lost = 10});
    const ObservedPast past = pastOf(sample);
    EXPECT_EQ(truthOf("usage = 90 and usage = 90%", past), Truth::yes);
    EXPECT_EQ(truthOf("lost = 11", past), Truth::yes);
    EXPECT_EQ(truthOf("fast.usage = 5 and #1.lost = 10", past), Truth::yes);
    EXPECT_EQ(truthOf("*.lost = 1 and *.lost = 10", past), Truth::yes);
    EXPECT_EQ(truthOf("*.lost = 2", past), Truth::no);
    EXPECT_EQ(truthOf("readers = 2 and writers = 1 and pushed >= 1000 and retained = 100%", past), Truth::yes);
}

TEST(Condition, IsUnknownWhereAMetricCannotBeTold) {
    const ObservedPast empty{TotalsFrom::creation};
    EXPECT_EQ(truthOf("pushed >= 0", empty), Truth::unknown);
    const ObservedPast readerless = pastOf(sampleAt(0, 10));
    EXPECT_EQ(truthOf("usage < 1", readerless), Truth::unknown);
    EXPECT_EQ(truthOf("lag < 1", readerless), Truth::unknown);
    EXPECT_EQ(truthOf("slow.lost = 0", readerless), Truth::unknown);
    EXPECT_EQ(truthOf("pushed/s > 0", readerless), Truth::unknown);
    EXPECT_EQ(truthOf("lost = 0 and readers = 0", readerless), Truth::yes);
    EXPECT_EQ(truthOf("*.usage >= 0", readerless), Truth::no);
    Sample sample = sampleAt(0, 10);
    sample.state = BufferState::damaged;
    EXPECT_EQ(truthOf("pushed >= 0", pastOf(sample)), Truth::unknown);
    sample.layout = shared_cbuff::Layout::classic;
    EXPECT_EQ(truthOf("readers = 0", pastOf(sample)), Truth::unknown);
}

TEST(Condition, JoinsTheUnknownAsAnyValueItMightHave) {
    const ObservedPast past = pastOf(sampleAt(0, 10));
    EXPECT_EQ(truthOf("usage > 1 and pushed = 0", past), Truth::no);
    EXPECT_EQ(truthOf("usage > 1 and pushed = 10", past), Truth::unknown);
    EXPECT_EQ(truthOf("usage > 1 or pushed = 10", past), Truth::yes);
    EXPECT_EQ(truthOf("usage > 1 or pushed = 0", past), Truth::unknown);
}

TEST(Condition, KnowsOfALagThatBeganBeforeTheWatchOnlyThatItIsAtLeastSoLong) {
    Sample sample = sampleAt(0, 10);
    addReader(sample, "slow", {.usage = 4});
    ObservedPast past = pastOf(sample);
    sample.taken_at += 3s;
    past.add(sample);
    EXPECT_EQ(truthOf("slow.lag > 2s", past), Truth::yes);
    EXPECT_EQ(truthOf("slow.lag <= 2s", past), Truth::no);
    EXPECT_EQ(truthOf("slow.lag = 2s", past), Truth::no);
    EXPECT_EQ(truthOf("slow.lag != 2s", past), Truth::yes);
    for (const std::string_view text : {"lag > 3s", "lag < 4s", "lag = 4s", "lag != 4s", "lag <= 3s", "lag >= 4s"}) {
        EXPECT_EQ(truthOf(text, past), Truth::unknown) << text;
    }
}

TEST(Condition, CountsADeadReadersLossesButNotItsUsage) {
    Sample sample = sampleAt(0, 10);
    addReader(sample, "gone", {.usage = 4, .lost = 3}).state = ReaderState::dead;
    const ObservedPast past = pastOf(sample);
    EXPECT_EQ(truthOf("gone.lost = 3 and lost = 3", past), Truth::yes);
    EXPECT_EQ(truthOf("gone.usage >= 0", past), Truth::unknown);
    EXPECT_EQ(truthOf("*.usage >= 0", past), Truth::no);
}

TEST(Condition, TellsHowLongOneMustLook) {
    EXPECT_EQ(patienceFor(parseCondition("usage > 1 and lost > 0")), 0ns);
    EXPECT_EQ(patienceFor(parseCondition("lag <= 2s or lag <= 100ms")), 2500ms);
    EXPECT_EQ(patienceFor(parseCondition("pushed/s > 1")), 1500ms);
    EXPECT_EQ(patienceFor(parseCondition("lag <= 5h")), 5h + 500ms);
}

TEST(Condition, HasHelpForEveryMetric) {
    for (const auto& info : workbench::metrics()) EXPECT_THAT(workbench::metricsHelp(), HasSubstr(info.meaning));
    // In one column.
    std::istringstream lines{workbench::metricsHelp()};
    std::vector<std::size_t> columns;
    for (std::string line; std::getline(lines, line);) {
        for (const auto& info : workbench::metrics()) {
            const auto at = line.find(info.meaning);
            if (at != std::string::npos) columns.push_back(at);
        }
    }
    ASSERT_GE(columns.size(), workbench::metrics().size());
    EXPECT_EQ(std::set<std::size_t>(columns.begin(), columns.end()).size(), 1U);
    EXPECT_LT(columns.front(), 50U);
}

}  // namespace
