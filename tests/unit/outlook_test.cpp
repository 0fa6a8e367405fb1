// What a sample means: one row for every state that a buffer and its writer can be in.

#include "shared_cbuff/outlook.hpp"

#include <gtest/gtest.h>

#include <string>

namespace {

using namespace shared_cbuff;

struct Case {
    const char* name;
    BufferState state;
    WriterState writer;
    Layout layout;
    bool can_push, can_attach, is_over;
    Trouble trouble;
    const char* why;
};

class OutlookOf : public testing::TestWithParam<Case> {};

TEST_P(OutlookOf, TellsWhatCanBeDoneAndWhy) {
    const Case& row = GetParam();
    Sample sample;
    sample.state = row.state;
    sample.layout = row.layout;
    sample.writer = {row.writer, 4711, 0, 1, false};
    sample.damage = "it has holes";
    const Outlook told = outlook(sample);
    EXPECT_EQ(told.can_push, row.can_push);
    EXPECT_EQ(told.can_attach, row.can_attach);
    EXPECT_EQ(told.is_over, row.is_over);
    EXPECT_EQ(to_string(told.trouble), to_string(row.trouble));
    EXPECT_EQ(told.why, row.why);
}

constexpr const char* removed = "was removed by another process; nobody can attach to it any more";
constexpr const char* another = "was replaced by another one of the same name";
constexpr const char* closed = "was closed by its writer";
constexpr const char* classic = "is classic and does not say who writes";

constexpr Case cases[]{
    {"Alive", BufferState::alive, WriterState::alive, Layout::extended, false, true, false, Trouble::none,
     "has a living writer (pid 4711)"},
    {"Vacant", BufferState::vacant, WriterState::vacant, Layout::extended, true, true, false, Trouble::vacant,
     "has no writer; the role can be taken"},
    {"Abandoned", BufferState::abandoned, WriterState::abandoned, Layout::extended, true, true, false,
     Trouble::abandoned, "was abandoned: its writer (pid 4711) died; the role can be taken over"},
    {"Closed", BufferState::closed, WriterState::closed, Layout::extended, false, false, true, Trouble::closed, closed},
    {"Damaged", BufferState::damaged, WriterState::alive, Layout::extended, false, false, false, Trouble::damaged,
     "is damaged: it has holes"},
    {"UnlinkedUnderItsWriter", BufferState::unlinked, WriterState::alive, Layout::extended, false, false, false,
     Trouble::unlinked, removed},
    {"UnlinkedWhileVacant", BufferState::unlinked, WriterState::vacant, Layout::extended, false, false, true,
     Trouble::unlinked, removed},
    {"UnlinkedWhileAbandoned", BufferState::unlinked, WriterState::abandoned, Layout::extended, false, false, true,
     Trouble::unlinked, removed},
    {"ReplacedUnderItsWriter", BufferState::replaced, WriterState::alive, Layout::extended, false, false, false,
     Trouble::replaced, another},
    {"ReplacedWhileVacant", BufferState::replaced, WriterState::vacant, Layout::extended, false, false, true,
     Trouble::replaced, another},
    {"ReplacedAfterItsEnd", BufferState::replaced, WriterState::closed, Layout::extended, false, false, true,
     Trouble::closed, closed},
    {"Classic", BufferState::unknown, WriterState::unknown, Layout::classic, false, true, false, Trouble::none,
     classic},
    {"ClassicUnlinked", BufferState::unlinked, WriterState::unknown, Layout::classic, false, false, true,
     Trouble::closed, closed},
    {"ClassicReplaced", BufferState::replaced, WriterState::unknown, Layout::classic, false, false, true,
     Trouble::closed, closed},
};

INSTANTIATE_TEST_SUITE_P(Everything, OutlookOf, testing::ValuesIn(cases),
                         [](const auto& row) { return std::string{row.param.name}; });

TEST(Outlook, OfARoleThatAStrangerLocksIsThatNobodyCanPush) {
    Sample sample;
    sample.state = BufferState::vacant;
    sample.writer = {WriterState::vacant, 0, 0, 1, true};
    EXPECT_FALSE(outlook(sample).can_push);
    EXPECT_TRUE(outlook(sample).can_attach);
    EXPECT_EQ(outlook(sample).why, "has no writer; the role is locked by a process that does not say who it is");
    sample.state = BufferState::abandoned;
    sample.writer = {WriterState::abandoned, 4711, 0, 1, true};
    EXPECT_FALSE(outlook(sample).can_push);
    EXPECT_EQ(outlook(sample).trouble, Trouble::abandoned);
    EXPECT_EQ(outlook(sample).why,
              "was abandoned: its writer (pid 4711) died; the role is locked by a process that does not say who it is");
}

TEST(Trouble, HasAWordForEach) {
    EXPECT_EQ(to_string(Trouble::none), "none");
    EXPECT_EQ(to_string(Trouble::damaged), "damaged");
    EXPECT_EQ(to_string(Trouble::replaced), "replaced");
    EXPECT_EQ(to_string(Trouble::unlinked), "unlinked");
    EXPECT_EQ(to_string(Trouble::closed), "closed");
    EXPECT_EQ(to_string(Trouble::abandoned), "abandoned");
    EXPECT_EQ(to_string(Trouble::vacant), "vacant");
}

}  // namespace
