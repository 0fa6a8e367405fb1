#include "values/printable.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <clocale>
#include <random>
#include <string>

namespace {

using testing::HasSubstr;
using workbench::displayWidth;
using workbench::elidedInMiddle;
using workbench::ItemTextError;
using workbench::printableSentence;
using workbench::printableText;
using workbench::unescaped;

std::string refusalOf(std::string_view text) {
    try {
        unescaped(text);
        return "no refusal";
    } catch (const ItemTextError& error) {
        return error.what();
    }
}

TEST(Printable, EscapesWhatIsNoUtf8) {
    for (const auto& [bytes, shown] : {std::pair{"\xff", "\\xff"},
                                       {"\xc3", "\\xc3"},
                                       {"\xc0\xaf", "\\xc0\\xaf"},                       // overlong
                                       {"\xed\xa0\x80", "\\xed\\xa0\\x80"},              // a surrogate
                                       {"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"}}) {  // beyond Unicode
        EXPECT_EQ(printableText(bytes), shown);
    }
    EXPECT_EQ(printableText("\xf0\x9f\x98\x80 \xe2\x82\xac"), "\xf0\x9f\x98\x80 \xe2\x82\xac");
}

TEST(Printable, EscapesWhatCannotBeSeenOrTurnsTextAround) {
    for (const std::string_view hidden : {"\x1b", "\x7f", "\xc2\x9b",                         // control characters
                                          "\xe2\x80\x8e", "\xe2\x80\x8f", "\xd8\x9c",         // marks of direction
                                          "\xe2\x80\xaa", "\xe2\x80\xae", "\xe2\x81\xa6",     // embeddings, overrides
                                          "\xe2\x81\xa9", "\xe2\x80\x8b", "\xe2\x80\x8d",     // zero width
                                          "\xe2\x80\xa8", "\xe2\x80\xa9", "\xef\xbb\xbf",     // separators, byte order
                                          "\xc2\xad", "\xef\xbf\xbf", "\xf3\xa0\x81\x81"}) {  // soft hyphen, none, tag
        const std::string shown = printableText(hidden);
        EXPECT_EQ(shown.size(), 4 * hidden.size()) << shown;
        EXPECT_EQ(unescaped(shown), hidden);
        EXPECT_EQ(printableSentence(hidden), shown);
    }
}

TEST(Printable, SentenceKeepsItsBackslashesAndItsOneLine) {
    EXPECT_EQ(printableSentence("'a\\xff' is no name\ncbuff: all is well"), "'a\\xff' is no name\\ncbuff: all is well");
}

TEST(Printable, UnescapesWhatItShows) {
    std::mt19937 random{20};
    for (int round = 0; round < 2000; ++round) {
        std::string bytes;
        for (std::size_t count = random() % 12; count > 0; --count) {
            bytes += static_cast<char>(random() % 4 == 0 ? '\\' : static_cast<char>(random()));
        }
        EXPECT_EQ(unescaped(printableText(bytes)), bytes) << printableText(bytes);
    }
}

TEST(Printable, ReadsEscapesOfEitherCase) { EXPECT_EQ(unescaped("a\\xFf\\\\\\n\\tb"), "a\xff\\\n\tb"); }

TEST(Printable, RefusesABackslashThatBeginsNoEscapeSayingWhere) {
    for (const char* text : {"ab\\", "ab\\q", "ab\\x", "ab\\x1", "ab\\xg0", "ab\\x0g", "ab\\x 1"}) {
        EXPECT_THAT(refusalOf(text), HasSubstr("at position 3")) << text;
    }
}

TEST(Printable, CountsColumnsWhateverTheLocale) {
    ASSERT_STREQ(std::setlocale(LC_CTYPE, nullptr), "C");
    EXPECT_EQ(displayWidth("abc"), 3u);
    EXPECT_EQ(displayWidth("h\xc3\xa9"), 2u);
    EXPECT_EQ(displayWidth("日本"), 4u);
    EXPECT_EQ(displayWidth("\xf0\x9f\x98\x80"), 2u);
    EXPECT_EQ(displayWidth("e\xcc\x81x"), 2u);  // e, a combining accent, x
    EXPECT_EQ(displayWidth("\xff"), 1u);
    EXPECT_STREQ(std::setlocale(LC_CTYPE, nullptr), "C");
}

TEST(Printable, ElidesInTheMiddle) {
    EXPECT_EQ(elidedInMiddle("camera/left", 11), "camera/left");
    EXPECT_EQ(elidedInMiddle("camera/left", 7), "cam…eft");
    EXPECT_EQ(elidedInMiddle("camera/left", 1), "…");
}

TEST(Printable, ElidesWholeCharactersAndEscapes) {
    EXPECT_EQ(elidedInMiddle("日本語日本語", 6), "日…語");
    EXPECT_EQ(elidedInMiddle("a\\xff\\xfe\\xfdb", 7), "a…\\xfdb");
    EXPECT_EQ(elidedInMiddle("e\xcc\x81"
                             "abcdo\xcc\x81",
                             3),
              "e\xcc\x81…o\xcc\x81");
    for (std::size_t columns = 1; columns < 30; ++columns) {
        EXPECT_LE(displayWidth(elidedInMiddle("x日\\xff本語\\\\e\xcc\x81quelle\\n日本語", columns)), columns);
    }
}

}  // namespace
