#include "cli/table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "values/printable.hpp"

namespace {

using cli::Column;
using cli::Table;
using testing::ElementsAre;

TEST(Table, AlignsWideAndCombiningCharactersByTheirColumns) {
    Table table{{{"NAME"}, {"SIZE", Column::Align::right}}};
    table.add({"日本", "1"});
    table.add({"e\xcc\x81", "22"});
    table.add({"abcde", "333"});
    EXPECT_THAT(table.lines(), ElementsAre("NAME   SIZE", "日本      1", "e\xcc\x81        22", "abcde   333"));
}

TEST(Table, ElidesThenLeavesColumnsOutWhereThereIsNoRoom) {
    Table table{
        {{"A", Column::Align::left, 1}, {"LABEL", Column::Align::left, 0, true}, {"B", Column::Align::left, 2}}};
    table.add({"aaaa", std::string(30, 'x'), "bbbb"});
    EXPECT_THAT(table.lines(40),
                ElementsAre("A     LABEL                         B", "aaaa  xxxxxxxxxxxxxx…xxxxxxxxxxxxx  bbbb"));
    EXPECT_THAT(table.lines(24), ElementsAre("A     LABEL", "aaaa  xxxxxxxxx…xxxxxxxx"));
    EXPECT_THAT(table.lines(8), ElementsAre("LABEL", "xxxx…xxx"));
    EXPECT_THAT(table.lines(3), ElementsAre("LA…", "xx…"));
}

TEST(Table, IsNeverWiderThanItsRoom) {
    Table table{{{"SLOT", Column::Align::right, 1}, {"LABEL", Column::Align::left, 0, true}, {"LOST"}}};
    table.add({"12", "日本語日本語日本語\\xff", "18446744073709551615"});
    for (std::size_t room = 1; room < 60; ++room) {
        for (const std::string& line : table.lines(room)) EXPECT_LE(workbench::displayWidth(line), room) << line;
    }
}

}  // namespace
