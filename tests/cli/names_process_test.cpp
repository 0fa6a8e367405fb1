// Names and labels that others have chosen: listed, told apart, typed and removed, and harmless wherever they are
// shown.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <QJsonArray>
#include <QJsonDocument>
#include <array>
#include <set>
#include <string>

#include "program.hpp"
#include "shared_cbuff/discovery.hpp"
#include "shared_cbuff/reader.hpp"
#include "shared_cbuff/writer.hpp"
#include "test_support/segments.hpp"
#include "values/printable.hpp"

namespace {

using namespace Qt::StringLiterals;
using cli_tests::Result;
using cli_tests::run;
using shared_cbuff::Reader;
using shared_cbuff::Writer;
using test_support::ScopedName;
using testing::HasSubstr;
using testing::Not;
using workbench::printableText;

/// All that stdout and stderr must never carry raw: control characters but line feeds, and what turns text around.
void expectHarmless(const Result& result) {
    for (const std::string& text : {result.out, result.err}) {
        std::string lines = text;
        std::erase(lines, '\n');
        EXPECT_EQ(workbench::printableSentence(lines), lines);
    }
}

/// Gone when the test is, also when it failed.
struct Leftover {
    std::string name;
    ~Leftover() { shared_cbuff::remove_buffer(name); }
};

QJsonArray listing() { return QJsonDocument::fromJson(QByteArray::fromStdString(run({"ls", "--json"}).out)).array(); }

const std::array<std::string, 6> oddEnds{"\xff",
                                         "\xfe",
                                         "\x1b[31m\ncbuff: all is well",
                                         "\xe2\x80\xae"
                                         "fdp",
                                         "\\xff\\n",
                                         "日本語 &"};

TEST(Names, OfEveryKindAreListedTypedAndRemoved) {
    const ScopedName prefix{"odd"};
    std::set<std::string> listed;
    for (const std::string& end : oddEnds) {
        const std::string name = prefix.str() + end;
        const std::string shown = printableText(name);
        const Leftover leftover{name};
        EXPECT_EQ(run({"create", shown, "--item-size", "8", "--length", "4"}).status, 0) << shown;
        EXPECT_TRUE(shared_cbuff::find_segment(name)) << shown;
        EXPECT_EQ(run({"push", shown, "1"}).status, 0);
        const Result info = run({"info", shown, "--json"});
        EXPECT_EQ(
            QJsonDocument::fromJson(QByteArray::fromStdString(info.out)).object()["name"_L1].toString().toStdString(),
            shown);
        const Result table = run({"ls"});
        EXPECT_THAT(table.out, HasSubstr(shown + " "));
        expectHarmless(table);
        for (const auto& segment : listing()) {
            const std::string found = segment.toObject()["name"_L1].toString().toStdString();
            if (found == shown) listed.insert(found);
        }
        EXPECT_EQ(run({"rm", shown}).status, 0);
        EXPECT_FALSE(shared_cbuff::find_segment(name)) << shown;
    }
    EXPECT_EQ(listed.size(), oddEnds.size());
}

TEST(Names, AreEscapedInSentencesToo) {
    const ScopedName prefix{"odd"};
    for (const std::string& end : oddEnds) {
        const std::string shown = printableText(prefix.str() + end);
        for (const char* command : {"info", "push", "pop", "peek", "watch", "consume", "rm"}) {
            const Result result = run({command, shown});
            EXPECT_NE(result.status, 0);
            EXPECT_THAT(result.err, HasSubstr("cbuff: "));
            EXPECT_EQ(std::ranges::count(result.err, '\n'), 1) << result.err;
            expectHarmless(result);
        }
    }
}

TEST(Names, LabelsAreEscapedAndAligned) {
    const ScopedName name{"odd"};
    const Writer writer = Writer::create(name, {.item_size = 8, .length = 4});
    const Reader first = Reader::attach(name, {.label = "\x1b[2J\xe2\x80\xae"});
    const Reader second = Reader::attach(name, {.label = "日本"});
    const Result info = run({"info", name});
    expectHarmless(info);
    EXPECT_THAT(info.out, HasSubstr("\\x1b[2J\\xe2\\x80\\xae"));
    EXPECT_THAT(info.out, HasSubstr("日本" + std::string(15 + 2, ' ')));  // the other has 19 columns, the gap 2
}

TEST(Names, WithADashStandBehindTwoAndACommandSaysSo) {
    const ScopedName name{"odd"};
    const std::string dashed = "-" + name.str();
    Writer writer = Writer::create(dashed, {.item_size = 8, .length = 4});
    EXPECT_EQ(run({"info", "--", dashed}).status, 0);
    const Result refused = run({"info", dashed});
    EXPECT_EQ(refused.status, 2);
    EXPECT_THAT(refused.err, HasSubstr("cbuff info -- " + dashed));
    EXPECT_EQ(run({"rm", "--force", "--", dashed}).status, 0);
    EXPECT_THAT(run({"info", "nothing-here"}).err, Not(HasSubstr("behind --")));
    for (const std::vector<std::string>& wrong : {std::vector<std::string>{"peek", "x", "-n", "0"},
                                                  {"peek", "x", "-n", "-5"},
                                                  {"peek", "x", "-n0"},
                                                  {"rm", "x", "-n"}}) {
        const Result usage = run(wrong);
        EXPECT_EQ(usage.status, 2) << wrong.back();
        EXPECT_THAT(usage.err, Not(HasSubstr("behind --"))) << wrong.back();
    }
}

TEST(Names, WithABackslashThatBeginsNoEscapeAreWrongUsage) {
    const Result result = run({"info", "a\\q"});
    EXPECT_EQ(result.status, 2);
    EXPECT_THAT(result.err, HasSubstr("position 2"));
}

TEST(Listing, ShowsModeAndOwner) {
    const ScopedName name{"odd"};
    const Writer writer = Writer::create(name, {.item_size = 8, .length = 4, .mode = 0640});
    const std::string table = run({"ls"}).out;
    EXPECT_THAT(table.substr(0, table.find('\n')), testing::ContainsRegex("MODE +OWNER"));
    EXPECT_THAT(table, testing::ContainsRegex(name.str() + " .* 0640 "));
}

}  // namespace
