// cbuff watch on terminals of every size, and where there is none.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "program.hpp"
#include "shared_cbuff/reader.hpp"
#include "shared_cbuff/writer.hpp"
#include "terminal.hpp"
#include "test_support/segments.hpp"

namespace {

using cli_tests::EmulatedScreen;
using cli_tests::Terminal;
using shared_cbuff::Reader;
using shared_cbuff::Writer;
using test_support::ScopedName;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

/// A buffer with twenty readers, one of them with a label of wide characters.
struct Crowd {
    ScopedName name{"crowd"};
    Writer writer{Writer::create(name, {.item_size = 8, .length = 16})};
    std::vector<Reader> readers;

    Crowd() {
        for (int index = 0; index < 20; ++index) {
            const std::string label = index == 0 ? "日本語" : "reader-" + std::to_string(index);
            readers.push_back(Reader::attach(name, {.label = label}));
        }
        const std::array<std::byte, 8> item{};
        for (int count = 0; count < 20; ++count) writer.push(item);
    }
};

bool has(const EmulatedScreen& screen, std::string_view text) { return screen.text().find(text) != std::string::npos; }

/// Asked again and again: a look may come in the middle of drawing.
auto allOf(std::vector<std::string> texts) {
    return [texts = std::move(texts)](const EmulatedScreen& screen) {
        return std::ranges::all_of(texts, [&](const std::string& text) { return has(screen, text); });
    };
}

/// That it was drawn anew several times and that every one of them fitted.
void expectFits(Terminal& terminal) {
    const auto redrawn = [&](const EmulatedScreen&) {
        std::size_t count = 0;
        for (auto at = terminal.bytes().find("\x1b[H"); at != std::string::npos;
             at = terminal.bytes().find("\x1b[H", at + 1)) {
            ++count;
        }
        return count >= 4;
    };
    ASSERT_TRUE(terminal.comesToShow(redrawn)) << terminal.screen().text();
    EXPECT_EQ(terminal.screen().scrolled(), 0);
    EXPECT_EQ(terminal.screen().wrapped(), 0);
    EXPECT_EQ(terminal.screen().unknown(), 0);
}

const auto ends = [](std::string_view text) {
    return
        [text](const EmulatedScreen& screen) { return screen.row(screen.rows() - 2).find(text) != std::string::npos; };
};

TEST(Watch, FitsTwentyReadersOnAnOrdinaryTerminal) {
    const Crowd crowd;
    Terminal terminal{{"watch", crowd.name, "--interval", "0.02"}, 24, 80};
    expectFits(terminal);
    EXPECT_TRUE(terminal.comesToShow(ends("+12 more (12 full)"))) << terminal.screen().text();
    EXPECT_TRUE(terminal.comesToShow(allOf({"LABEL", "STATE", "USAGE", "LOST", "日本語"}))) << terminal.screen().text();
    EXPECT_THAT(terminal.screen().row(0), AllOf(StartsWith("name"), HasSubstr(crowd.name.str())));
    EXPECT_EQ(terminal.screen().row(23), "");
}

TEST(Watch, ShowsEveryReaderOnALargeTerminal) {
    const Crowd crowd;
    Terminal terminal{{"watch", crowd.name, "--interval", "0.02"}, 60, 200};
    expectFits(terminal);
    EXPECT_TRUE(terminal.comesToShow(allOf({"reader-19", "CURSOR", "POPPED/S"}))) << terminal.screen().text();
    EXPECT_THAT(terminal.screen().text(), Not(HasSubstr(" more")));
}

TEST(Watch, KeepsWhatMattersOnASmallTerminal) {
    const Crowd crowd;
    Terminal terminal{{"watch", crowd.name, "--interval", "0.02"}, 10, 40};
    expectFits(terminal);
    EXPECT_TRUE(terminal.comesToShow(ends("+18 more"))) << terminal.screen().text();
    EXPECT_TRUE(terminal.comesToShow(allOf({"name", "state", "LABEL", "LOST", "日本語"}))) << terminal.screen().text();
}

TEST(Watch, IsDrawnAnewAtOnceWhenTheTerminalIsResized) {
    const Crowd crowd;
    Terminal terminal{{"watch", crowd.name, "--interval", "3600"}, 24, 80};
    ASSERT_TRUE(terminal.comesToShow(ends(" more")));
    terminal.resize(60, 200);
    EXPECT_TRUE(terminal.comesToShow([](const auto& screen) { return has(screen, "reader-19"); }))
        << terminal.screen().text();
    terminal.resize(10, 40);
    EXPECT_TRUE(terminal.comesToShow(ends("+18 more"))) << terminal.screen().text();
}

TEST(Watch, WritesPlainBlocksWhereNothingCanBeDrawn) {
    const Crowd crowd;
    for (const std::optional<std::string>& kind : {std::optional<std::string>{"dumb"}, {""}, {std::nullopt}}) {
        Terminal terminal{{"watch", crowd.name, "--interval", "0.02", "--count", "2"}, 24, 80, kind};
        terminal.comesToShow([](const auto&) { return false; });  // to its end
        EXPECT_THAT(terminal.bytes(), AllOf(HasSubstr("reader-19"), HasSubstr("POPPED/S"), Not(HasSubstr("\x1b"))));
    }
    const auto piped = cli_tests::run({"watch", crowd.name, "--interval", "0.02", "--count", "2"});
    EXPECT_THAT(piped.out, AllOf(HasSubstr("reader-19"), HasSubstr("POPPED/S"), Not(HasSubstr("\x1b"))));
}

TEST(Watch, TakesANameBehindTwoDashes) {
    const ScopedName dashed{"-x"};
    const ScopedName plain;
    for (const ScopedName* const name : {&dashed, &plain}) {
        Writer::create(name->str(), {.item_size = 8, .length = 4}).release();
        const auto once = cli_tests::run({"watch", "--count", "1", "--", *name});
        EXPECT_EQ(once.status, 0) << once.err;
        EXPECT_THAT(once.out, HasSubstr(name->str()));
        const auto until =
            cli_tests::run({"watch", "--until", "pushed = 0", "--", *name, "--exec", "echo", "--", "--ran"});
        EXPECT_EQ(until.status, 0) << until.err;
        EXPECT_THAT(until.out, testing::EndsWith("\n-- --ran\n"));
    }
    EXPECT_EQ(cli_tests::run({"watch", "--", plain, "more"}).status, 2);
}

}  // namespace
