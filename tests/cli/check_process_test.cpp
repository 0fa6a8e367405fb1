// cbuff check, run as a monitoring system runs it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <QJsonDocument>
#include <QJsonObject>
#include <algorithm>
#include <filesystem>

#include "program.hpp"
#include "shared_cbuff/discovery.hpp"
#include "shared_cbuff/reader.hpp"
#include "shared_cbuff/writer.hpp"
#include "test_support/segments.hpp"

namespace {

using namespace Qt::StringLiterals;
using cli_tests::Program;
using cli_tests::Result;
using cli_tests::run;
using shared_cbuff::Reader;
using shared_cbuff::Writer;
using test_support::ScopedName;
using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

constexpr int ok = 0;
constexpr int warning = 1;
constexpr int critical = 2;
constexpr int unknown = 3;

/// A buffer of 8 B x 10 that this process writes, with a reader that has lost 5 items and has 10 to take.
class Check : public testing::Test {
protected:
    Check() {
        for (std::uint64_t item = 0; item < 15; ++item) m_writer.push(item);
    }

    Result check(std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), {"check", m_name});
        Result result = run(arguments);
        EXPECT_EQ(std::ranges::count(result.out, '\n'), 1) << result.out;
        EXPECT_THAT(result.err, IsEmpty());
        return result;
    }

    ScopedName m_name;
    Writer m_writer = Writer::create(m_name.str(), {.item_size = 8, .length = 10});
    Reader m_reader = Reader::attach(m_name.str(), {.label = "slow"});
};

TEST_F(Check, HasTheStatusesOfMonitoringPlugins) {
    EXPECT_EQ(check({"lost = 5 and slow.usage = 100%"}).status, ok);
    EXPECT_EQ(check({"lost = 0"}).status, critical);
    EXPECT_EQ(check({"lost = 5", "--warn", "usage < 80%"}).status, warning);
    EXPECT_EQ(check({"lost = 0", "--warn", "usage < 80%"}).status, critical);
    EXPECT_EQ(check({"nobody.usage < 1"}).status, unknown);
    EXPECT_EQ(check({"nobody.usage < 1", "--warn-lost", "2"}).status, warning);
}

TEST_F(Check, UnderstandsLimitsAndAllOfThemAtOnce) {
    EXPECT_EQ(check({"--max-lost", "5", "--max-usage", "100%", "--writer", "alive", "--readers", "1"}).status, ok);
    EXPECT_EQ(check({"--max-lost", "4"}).status, critical);
    EXPECT_EQ(check({"--max-usage", "9"}).status, critical);
    EXPECT_EQ(check({"--max-usage", "80%"}).status, critical);
    EXPECT_EQ(check({"--readers", "2"}).status, critical);
    EXPECT_EQ(check({"--writer", "vacant"}).status, critical);
    EXPECT_EQ(check({"--warn-readers", "2"}).status, warning);
    EXPECT_EQ(check({"--warn-writer", "vacant"}).status, warning);
    EXPECT_EQ(check({"--warn-usage", "80%", "--max-usage", "100%"}).status, warning);
}

TEST_F(Check, PrintsOneLineWithPerformanceData) {
    const Result result = check({"--max-usage", "100%", "--warn-usage", "80%", "--max-lost", "5"});
    EXPECT_THAT(result.out, StartsWith("WARNING: \"" + m_name.str() + "\" not usage <= 80% (usage 10/10) | "));
    EXPECT_THAT(result.out, AllOf(HasSubstr(" 'usage'=100%;80;100;0;100"), HasSubstr(" 'lost'=5c;;5;0;"),
                                  HasSubstr(" 'pushed'=15c;;;0;")));
    EXPECT_THAT(check({"slow.lost >= 2", "readers = 1"}).out,
                AllOf(StartsWith("OK: "), HasSubstr("'slow.lost'=5c;;2:;0;"), HasSubstr("'readers'=1;;1:1;0;")));
}

TEST_F(Check, CountsOnlyWhatTheGivenTimeAdds) {
    EXPECT_EQ(check({"lost = 0", "--for", "20ms"}).status, ok);
    EXPECT_THAT(check({"lost = 0", "--for", "20ms"}).out, HasSubstr("'lost'=0;;0:0;0;"));
}

TEST_F(Check, ToldALagThatIsOlderThanTheWatchAsAtLeast) {
    const Result result = check({"--max-lag", "30ms"});
    EXPECT_EQ(result.status, critical);
    EXPECT_THAT(result.out, HasSubstr("lag >= 0.03"));
}

TEST_F(Check, KnowsTheLagOfAReaderWithNothingToTakeAtOnce) {
    std::vector<std::byte> items(80);
    while (m_reader.pop_many(items) > 0) {
    }
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_EQ(check({"--max-lag", "1h"}).status, ok);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::minutes{1});
}

TEST_F(Check, PrintsJsonOnOneLine) {
    const Result result = check({"lost = 0", "--json"});
    EXPECT_EQ(result.status, critical);
    const QJsonObject object = QJsonDocument::fromJson(QByteArray::fromStdString(result.out)).object();
    EXPECT_EQ(object["status"_L1].toString(), "critical"_L1);
    EXPECT_EQ(object["values"_L1].toObject()["lost"_L1].toInteger(), 5);
    EXPECT_GT(object["time_boot_ns"_L1].toInteger(), 0);
}

TEST_F(Check, AnswersUnknownToUsageErrors) {
    for (const std::vector<std::string>& arguments :
         std::vector<std::vector<std::string>>{{"lost ="},
                                               {"--frobnicate"},
                                               {"--max-lost", "many"},
                                               {"--max-lost", "5 or usage > 0"},
                                               {"--for", "0"},
                                               {"--writer", "asleep"},
                                               {"--item-size", "8"},
                                               {"--item-size", "8", "--length", "11"}}) {
        const Result result = check(arguments);
        EXPECT_EQ(result.status, unknown) << arguments[0];
        EXPECT_THAT(result.out, StartsWith("UNKNOWN: "));
    }
    EXPECT_EQ(run({"check"}).status, unknown);
    EXPECT_THAT(check({"lost ="}).out, HasSubstr("column 7"));
}

TEST(CheckCommand, AnswersUnknownWhereNothingCanBeTold) {
    const ScopedName none;
    EXPECT_EQ(run({"check", none, "lost = 0"}).status, unknown);
    EXPECT_EQ(run({"check", none}).status, unknown);
    const ScopedName classic;
    test_support::make_segment(classic.str(), std::vector<std::byte>(17));
    EXPECT_EQ(run({"check", classic, "--item-size", "8", "--length", "2", "lost = 0"}).status, unknown);
    const ScopedName readerless;
    Writer::create(readerless.str(), {.item_size = 8, .length = 10}).release();
    const Result result = run({"check", readerless, "usage < 1"});
    EXPECT_EQ(result.status, unknown);
    EXPECT_THAT(result.out, HasSubstr("no living reader"));
    EXPECT_EQ(run({"check", readerless, "--max-lag", "1h"}).status, unknown);
}

TEST(CheckCommand, StaysOnOneLineForAnyNameAndLabel) {
    const ScopedName name{"bar | and\nfeed"};
    const Writer writer = Writer::create(name.str(), {.item_size = 8, .length = 10});
    const Reader reader = Reader::attach(name.str(), {.label = "a|b=c'd\n"});
    const Result result = run({"check", name, R"("a|b=c'd\n".lost = 0)"});
    EXPECT_EQ(result.status, ok) << result.out;
    EXPECT_EQ(std::ranges::count(result.out, '\n'), 1);
    EXPECT_EQ(std::ranges::count(result.out, '|'), 1) << result.out;
    EXPECT_THAT(result.out, HasSubstr("a_b_c''d"));
}

TEST(CheckCommand, ShowsALabelAsConditionsWriteIt) {
    const ScopedName name;
    const Writer writer = Writer::create(name.str(), {.item_size = 8, .length = 10});
    const Reader reader = Reader::attach(name.str(), {.label = "a\\b"});
    const Result result = run({"check", name, R"("a\\b".lost > 0)"});
    EXPECT_THAT(result.out, HasSubstr(R"(not "a\\b".lost > 0 ("a\\b".lost 0) | '"a\\b".lost'=0c)"));
    const Result json = run({"check", name, R"("a\\b".lost > 0)", "--json"});
    const QJsonObject object = QJsonDocument::fromJson(QByteArray::fromStdString(json.out)).object();
    EXPECT_TRUE(object["values"_L1].toObject().contains(QLatin1StringView{R"("a\\b".lost)"})) << json.out;
    EXPECT_THAT(object["message"_L1].toString().toStdString(), HasSubstr(R"(not "a\\b".lost > 0)"));
}

TEST(CheckCommand, PrintsUsageErrorsAsJsonWhereItIsAskedFor) {
    for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{
             {"check", "--json"}, {"check", "x", "--frobnicate", "--json"}, {"check", "--json", "x", "lost ="}}) {
        const Result result = run(arguments);
        EXPECT_EQ(result.status, unknown);
        const QJsonObject object = QJsonDocument::fromJson(QByteArray::fromStdString(result.out)).object();
        EXPECT_EQ(object["status"_L1].toString(), "unknown"_L1) << result.out;
        EXPECT_FALSE(object["message"_L1].toString().isEmpty());
    }
}

TEST(CheckCommand, CountsFromTheCreationOfABufferThatCameLater) {
    const ScopedName made;
    const ScopedName name;
    Writer writer = Writer::create(made.str(), {.item_size = 8, .length = 10});
    for (std::uint64_t item = 0; item < 5; ++item) writer.push(item);
    writer.release();
    Program check{{"check", name, "pushed = 5", "--wait", "--for", "20ms"}};
    ASSERT_TRUE(test_support::eventually([&] { return check.sleeps() > 3; }));
    std::filesystem::rename(made.path(), name.path());
    const Result result = check.finish();
    EXPECT_EQ(result.status, ok) << result.out;
}

// ---- Buffers that go while they are watched

class CheckOfAVanishing : public testing::Test {
protected:
    /// A check with this rule that would go on for hours, and has looked at least once.
    Program& checking(const std::vector<std::string>& rule) {
        std::vector<std::string> words{"check", m_name, "--for", "9h"};
        words.insert(words.end(), rule.begin(), rule.end());
        m_check.emplace(words);
        // It sleeps between two looks, and before the first one only where no segment is mapped yet.
        EXPECT_TRUE(test_support::eventually([&] { return m_check->sleeps() > 20; }));
        return *m_check;
    }

    ScopedName m_name;
    Writer m_writer = Writer::create(m_name.str(), {.item_size = 8, .length = 10});
    std::optional<Program> m_check;
};

TEST_F(CheckOfAVanishing, IsUnknownWhenItIsRemoved) {
    Program& check = checking({"lost = 0"});
    EXPECT_TRUE(shared_cbuff::remove_buffer(m_name.str()));
    const Result result = check.finish();
    EXPECT_EQ(result.status, unknown);
    EXPECT_THAT(result.out, AllOf(StartsWith("UNKNOWN: "), HasSubstr("was removed by another process")));
}

TEST_F(CheckOfAVanishing, IsUnknownWhenItIsReplaced) {
    const ScopedName made;
    Writer::create(made.str(), {.item_size = 8, .length = 10}).release();
    Program& check = checking({"lost = 0"});
    std::filesystem::rename(made.path(), m_name.path());
    const Result result = check.finish();
    EXPECT_EQ(result.status, unknown);
    EXPECT_THAT(result.out, AllOf(StartsWith("UNKNOWN: "), HasSubstr("was replaced")));
}

TEST_F(CheckOfAVanishing, IsUnknownWhenItIsClosed) {
    Program& check = checking({"lost = 0"});
    m_writer.close();
    const Result result = check.finish();
    EXPECT_EQ(result.status, unknown);
    EXPECT_THAT(result.out, AllOf(StartsWith("UNKNOWN: "), HasSubstr("was closed by its writer")));
}

TEST_F(CheckOfAVanishing, StaysCriticalForWhatWentWrongBefore) {
    Program& check = checking({"writers = 1"});
    m_writer.close();
    const Result result = check.finish();
    EXPECT_EQ(result.status, critical);
    EXPECT_THAT(result.out, AllOf(HasSubstr("was closed by its writer"), HasSubstr("not writers = 1")));
}

}  // namespace
