#include "values/itemtext.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace {

using testing::HasSubstr;
using workbench::formatItem;
using workbench::ItemForm;
using workbench::ItemTextError;
using workbench::parseItem;
using workbench::parseItems;
using workbench::parseRange;

std::string hexOf(std::string_view text, ItemForm form, std::uint64_t itemSize) {
    return formatItem(parseItem(text, form, itemSize), ItemForm::hex);
}

std::string refusalOf(std::string_view text, ItemForm form, std::uint64_t itemSize) {
    try {
        parseItems(text, form, itemSize);
        return "no refusal";
    } catch (const ItemTextError& error) {
        return error.what();
    }
}

TEST(ItemText, ReadsDecimalNumbersBigEndian) { EXPECT_EQ(hexOf("258", ItemForm::number, 4), "00000102"); }

TEST(ItemText, ReadsHexNumbersOfAnyWidth) {
    EXPECT_EQ(hexOf("0x2a", ItemForm::number, 2), "002a");
    EXPECT_EQ(hexOf("0xabc", ItemForm::number, 2), "0abc");
    EXPECT_EQ(hexOf("0xABCDEF", ItemForm::number, 3), "abcdef");
    EXPECT_EQ(hexOf("0x0102030405060708090a", ItemForm::number, 12), "00000102030405060708090a");
    EXPECT_EQ(hexOf("0x000001", ItemForm::number, 1), "01");  // leading zeros need no room
}

TEST(ItemText, ReadsTheLargestDecimalNumber) {
    EXPECT_EQ(hexOf("18446744073709551615", ItemForm::number, 9), "00ffffffffffffffff");
    EXPECT_THAT(refusalOf("18446744073709551616", ItemForm::number, 9), HasSubstr("in hex"));
}

TEST(ItemText, ReadsTextAndPadsItAtTheRight) { EXPECT_EQ(hexOf("hi", ItemForm::text, 4), "68690000"); }

TEST(ItemText, ReadsHexDigitsAndPadsThemAtTheLeft) {
    EXPECT_EQ(hexOf("deadbeef", ItemForm::hex, 4), "deadbeef");
    EXPECT_EQ(hexOf("BEEF", ItemForm::hex, 4), "0000beef");
}

TEST(ItemText, RefusesWhatDoesNotFitSayingHowManyBytesItNeeds) {
    EXPECT_THAT(refusalOf("256", ItemForm::number, 1), HasSubstr("needs 2 bytes"));
    EXPECT_THAT(refusalOf("0x100", ItemForm::number, 1), HasSubstr("needs 2 bytes"));
    EXPECT_THAT(refusalOf("0x1000000000000000000", ItemForm::number, 8), HasSubstr("needs 10 bytes"));
    EXPECT_THAT(refusalOf("hello", ItemForm::text, 4), HasSubstr("needs 5 bytes"));
    EXPECT_THAT(refusalOf("0000000001", ItemForm::hex, 4), HasSubstr("needs 5 bytes"));
}

TEST(ItemText, RefusesBrokenHexSayingWhere) {
    EXPECT_THAT(refusalOf("abc", ItemForm::hex, 4), HasSubstr("odd number of hex digits"));
    EXPECT_THAT(refusalOf("ab0g", ItemForm::hex, 4), HasSubstr("'g' at position 4"));
    EXPECT_THAT(refusalOf("0x1z", ItemForm::number, 4), HasSubstr("'z' at position 4"));
    EXPECT_THAT(refusalOf("", ItemForm::hex, 4), HasSubstr("no hex digits"));
}

TEST(ItemText, RefusesWhatIsNoNumber) {
    for (const char* text : {"", "-1", "+1", "1.5", "x", "0x", "1 2", " 1"}) {
        EXPECT_THAT(refusalOf(text, ItemForm::number, 8), HasSubstr("is no item")) << text;
    }
}

TEST(ItemText, ReadsRangesInBothDirectionsWithBothEnds) {
    EXPECT_EQ(formatItem(parseItems("3..5", ItemForm::number, 1), ItemForm::hex), "030405");
    EXPECT_EQ(formatItem(parseItems("0x11..15", ItemForm::number, 1), ItemForm::hex), "11100f");
    EXPECT_EQ(formatItem(parseItems("7..7", ItemForm::number, 2), ItemForm::hex), "0007");
}

TEST(ItemText, RefusesHalfAndOverlongRanges) {
    EXPECT_THAT(refusalOf("5..", ItemForm::number, 8), HasSubstr("both its ends"));
    EXPECT_THAT(refusalOf("..5", ItemForm::number, 8), HasSubstr("both its ends"));
    EXPECT_THAT(refusalOf("0..256", ItemForm::number, 1), HasSubstr("needs 2 bytes"));
    EXPECT_THAT(refusalOf("0..18446744073709551615", ItemForm::number, 8), HasSubstr("more than 1000000 items"));
    EXPECT_THAT(refusalOf("0..100", ItemForm::number, std::uint64_t{16} << 20), HasSubstr("more than 4 items"));
}

TEST(ItemText, WalksTheWidestRangeWithoutStoringIt) {
    const auto range = parseRange("18446744073709551615..0", 8);
    ASSERT_TRUE(range);
    EXPECT_EQ(range->steps(), ~std::uint64_t{0});
    EXPECT_EQ(range->at(range->steps()), 0u);
}

TEST(ItemText, ReadsTheEscapesThatItPrints) {
    EXPECT_EQ(hexOf("\\n\\t\\\\\\xfF", ItemForm::text, 4), "0a095cff");
    EXPECT_EQ(hexOf("\\x00a", ItemForm::text, 4), "00610000");
    EXPECT_THAT(refusalOf("ab\\q", ItemForm::text, 4), HasSubstr("position 3"));
    EXPECT_THAT(refusalOf("\\x00\\x01\\x02", ItemForm::text, 2), HasSubstr("needs 3 bytes"));
}

TEST(ItemText, TakesDotsInTextAsText) { EXPECT_EQ(parseItems("1..2", ItemForm::text, 4).size(), 4u); }

TEST(ItemText, PrintsNumbersDecimalUpToEightBytesAndHexAbove) {
    EXPECT_EQ(formatItem(parseItem("0xffffffffffffffff", ItemForm::number, 8), ItemForm::number),
              "18446744073709551615");
    EXPECT_EQ(formatItem(parseItem("255", ItemForm::number, 9), ItemForm::number), "0x0000000000000000ff");
}

TEST(ItemText, PrintsTextWithoutItsPaddingAndWithEscapes) {
    EXPECT_EQ(formatItem(parseItem("h\xc3\xa9", ItemForm::text, 8), ItemForm::text), "h\xc3\xa9");
    EXPECT_EQ(formatItem(parseItem("a\n\t\x1b\\\\", ItemForm::text, 8), ItemForm::text), "a\\n\\t\\x1b\\\\");
    EXPECT_EQ(formatItem(parseItem("", ItemForm::text, 4), ItemForm::text), "");
}

TEST(ItemText, RoundTripsNumbersOfEveryWidth) {
    for (std::uint64_t itemSize = 1; itemSize <= 20; ++itemSize) {
        const std::string text = "0x" + std::string(itemSize * 2, 'a');
        const auto item = parseItem(text, ItemForm::number, itemSize);
        EXPECT_EQ(parseItem(formatItem(item, ItemForm::number), ItemForm::number, itemSize), item) << itemSize;
    }
}

}  // namespace
