#include "helpers/helperconversation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace workbench {
namespace {

using testing::ElementsAre;

HelperConversation conversation() { return HelperConversation{100}; }

std::string lineOf(const HelperMessage& message) { return encode(message, {1, 2}) + '\n'; }

std::string sayStart() {
    return lineOf(HelperStart{.role = HelperRole::Consumer, .pid = 4711, .name = "b", .slot = 3});
}
std::string sayReport(bool paused = false) {
    return lineOf(HelperReport{.totals = ProducerTotals{11, 12}, .paused = paused, .rateTarget = 20, .rate = 19.5});
}
std::string sayEnd(const std::string& message) {
    return lineOf(HelperEnd{.reason = "count", .message = message, .totals = HelperReport{ProducerTotals{21, 22}}});
}

// ---- What it says

TEST(HelperConversation, BeginsWithWhatItWasStartedWith) {
    HelperConversation talk = conversation();
    talk.started(4711);
    EXPECT_EQ(talk.status().state, HelperState::Starting);
    EXPECT_EQ(talk.status().pid, 4711);
    EXPECT_EQ(talk.status().rateTarget, 100);
    EXPECT_FALSE(talk.status().report);
    EXPECT_FALSE(talk.isOver());
}

TEST(HelperConversation, RunsOnceItHasIntroducedItself) {
    HelperConversation talk = conversation();
    EXPECT_TRUE(talk.takeOutput(sayStart()));
    EXPECT_EQ(talk.status().state, HelperState::Running);
    EXPECT_EQ(talk.status().pid, 4711);
    EXPECT_EQ(talk.status().start.value().slot, 3u);
}

TEST(HelperConversation, KeepsTheCountersOfItsLastReport) {
    HelperConversation talk = conversation();
    talk.takeOutput(sayReport());
    EXPECT_EQ(talk.status().report.value().totals, HelperTotals(ProducerTotals{11, 12}));
    EXPECT_EQ(talk.status().rate, 19.5);
    EXPECT_EQ(talk.status().rateTarget, 20);
    talk.takeOutput(sayEnd("all is pushed"));
    EXPECT_EQ(talk.status().report.value().totals, HelperTotals(ProducerTotals{21, 22}));
    EXPECT_EQ(talk.status().rate, 0);
}

TEST(HelperConversation, IsPausedWhileItsReportsSaySo) {
    HelperConversation talk = conversation();
    talk.takeOutput(sayReport(true));
    EXPECT_EQ(talk.status().state, HelperState::Paused);
    talk.takeOutput(sayReport(false));
    EXPECT_EQ(talk.status().state, HelperState::Running);
}

TEST(HelperConversation, TakesLinesWhereverTheyAreCut) {
    const std::string said = sayStart() + sayReport(true);
    HelperConversation talk = conversation();
    for (const char byte : said) talk.takeOutput({&byte, 1});
    EXPECT_EQ(talk.status().pid, 4711);
    EXPECT_EQ(talk.status().state, HelperState::Paused);
    HelperConversation atOnce = conversation();
    atOnce.takeOutput(said);
    EXPECT_EQ(atOnce.status().pid, 4711);
    EXPECT_EQ(atOnce.status().state, HelperState::Paused);
}

TEST(HelperConversation, PassesOverGarbageAndTakesWhatFollows) {
    HelperConversation talk = conversation();
    EXPECT_FALSE(talk.takeOutput("hello\n{\n\n[1]\n{\"event\":\"report\"}\n"));
    EXPECT_EQ(talk.status().state, HelperState::Starting);
    EXPECT_FALSE(talk.status().report);
    EXPECT_TRUE(talk.takeOutput("garbage\n" + sayReport() + "garbage\n"));
    EXPECT_TRUE(talk.status().report);
}

TEST(HelperConversation, PassesOverALineThatIsTooLong) {
    const std::string report = sayReport();
    const std::string blanks(HelperConversation::longestLine - report.size() + 1, ' ');
    HelperConversation talk = conversation();
    EXPECT_TRUE(talk.takeOutput(blanks + report)) << "of exactly the longest length";
    HelperConversation other = conversation();
    EXPECT_FALSE(other.takeOutput(blanks + ' ' + report));
    EXPECT_FALSE(other.takeOutput(blanks));
    EXPECT_FALSE(other.takeOutput(blanks));
    EXPECT_FALSE(other.takeOutput(report)) << "the end of that line";
    EXPECT_TRUE(other.takeOutput(report));
}

// ---- Orders and acknowledgements

TEST(HelperConversation, GivesEachOrderAnIdOfItsOwn) {
    HelperConversation talk = conversation();
    EXPECT_EQ(talk.lastId(), 0u);
    EXPECT_EQ(talk.order({.verb = HelperVerb::rate, .rate = 2.5}), QByteArrayLiteral("rate 2.5 #1\n"));
    EXPECT_EQ(talk.order({.verb = HelperVerb::stop}), QByteArrayLiteral("stop #2\n"));
    EXPECT_EQ(talk.lastId(), 2u);
}

TEST(HelperConversation, HandsOutEachAcknowledgementOnceInOrder) {
    const HelperAck done{1, "pause", true, ""};
    const HelperAck refused{2, "rate 1", false, "no"};
    HelperConversation talk = conversation();
    talk.takeOutput(lineOf(done) + lineOf(refused));
    EXPECT_THAT(talk.takeAcks(), ElementsAre(done, refused));
    EXPECT_THAT(talk.takeAcks(), ElementsAre());
    EXPECT_EQ(talk.status().lastAck, refused);
}

TEST(HelperConversation, KnowsFromTheAcknowledgementWhatHasChanged) {
    HelperConversation talk = conversation();
    talk.takeOutput(sayStart());
    talk.takeOutput(lineOf(HelperAck{1, "pause", true, ""}));
    EXPECT_EQ(talk.status().state, HelperState::Paused);
    talk.takeOutput(lineOf(HelperAck{2, "rate 7", true, ""}));
    EXPECT_EQ(talk.status().rateTarget, 7);
    EXPECT_EQ(talk.status().state, HelperState::Paused);
    talk.takeOutput(lineOf(HelperAck{3, "resume", true, ""}));
    EXPECT_EQ(talk.status().state, HelperState::Running);
    talk.takeOutput(lineOf(HelperAck{4, "rate max", true, ""}));
    EXPECT_EQ(talk.status().rateTarget, std::nullopt);
}

TEST(HelperConversation, ChangesNothingByARefusedOrder) {
    HelperConversation talk = conversation();
    talk.takeOutput(sayStart());
    talk.takeOutput(lineOf(HelperAck{1, "pause", false, "not now"}));
    talk.takeOutput(lineOf(HelperAck{2, "rate 7", false, "not so fast"}));
    EXPECT_EQ(talk.status().state, HelperState::Running);
    EXPECT_EQ(talk.status().rateTarget, 100);
    EXPECT_EQ(talk.status().message, QStringLiteral("not so fast"));
}

TEST(HelperConversation, SaysWhatAnOrderCameTo) {
    const auto shown = [](const char* command) { return shownAck({1, command, true, ""}).toStdString(); };
    EXPECT_EQ(shown("rate 2.5"), "rate set to 2.5 items/s");
    EXPECT_EQ(shown("rate max"), "rate set to as fast as it can");
    EXPECT_EQ(shown("pause"), "paused");
    EXPECT_EQ(shown("resume"), "resumed");
    EXPECT_EQ(shown("step 5"), "stepped by 5 items");
    EXPECT_EQ(shown("stop"), "stopping");
    EXPECT_EQ(shown("what\x1b"), "what\\x1b");
    EXPECT_EQ(shownAck({1, "step 5", false, "send pause\x1b first"}).toStdString(), "send pause\\x1b first");
}

// ---- Its end

TEST(HelperConversation, EndedAsAskedWithItsOwnWord) {
    HelperConversation talk = conversation();
    talk.takeErrors("a warning\n");
    talk.takeOutput(sayReport() + sayEnd("all is pushed"));
    EXPECT_FALSE(talk.isOver());
    talk.exited(0);
    EXPECT_TRUE(talk.isOver());
    EXPECT_EQ(talk.status().state, HelperState::Ended);
    EXPECT_EQ(talk.status().message, QStringLiteral("all is pushed"));
    EXPECT_EQ(talk.status().rate, 0);
}

TEST(HelperConversation, FailedWithTheLastLineOfStderr) {
    HelperConversation talk = conversation();
    talk.takeErrors("first\nsec");
    talk.takeErrors("ond\nthe la");
    talk.takeErrors("st one\n\n");
    talk.exited(1);
    EXPECT_EQ(talk.status().state, HelperState::Failed);
    EXPECT_EQ(talk.status().message, QStringLiteral("the last one"));
}

TEST(HelperConversation, ShowsTheLastLineAfterAnyAmountOfStderr) {
    HelperConversation talk = conversation();
    for (int line = 0; line < 1000; ++line) talk.takeErrors("line " + std::to_string(line) + '\n');
    talk.exited(1);
    EXPECT_EQ(talk.status().message, QStringLiteral("line 999"));
}

TEST(HelperConversation, ShowsNoControlCharactersOfStderr) {
    HelperConversation talk = conversation();
    talk.takeErrors("red\x1b[31m\n");
    talk.exited(1);
    EXPECT_EQ(talk.status().message, QStringLiteral("red\\x1b[31m"));
}

TEST(HelperConversation, SaysTheExitStatusIfThereIsNoOtherWord) {
    HelperConversation talk = conversation();
    talk.takeOutput(lineOf(HelperAck{1, "rate x", false, "an order of long ago"}));
    talk.exited(3);
    EXPECT_EQ(talk.status().state, HelperState::Failed);
    EXPECT_EQ(talk.status().message, QStringLiteral("ended with exit status 3"));
}

TEST(HelperConversation, CrashedBySignalWithItsNumberAndName) {
    HelperConversation talk = conversation();
    talk.takeOutput(sayReport());
    talk.endedBySignal(6);
    EXPECT_EQ(talk.status().state, HelperState::Crashed);
    EXPECT_EQ(talk.status().message, QStringLiteral("was ended by signal 6 (Aborted)"));
    EXPECT_EQ(talk.status().rate, 0);
}

TEST(HelperConversation, CrashedWhenKilledFromHere) {
    HelperConversation talk = conversation();
    talk.killedFromHere();
    EXPECT_EQ(talk.status().state, HelperState::Crashed);
    EXPECT_EQ(talk.status().message, QStringLiteral("was killed from here"));
}

TEST(HelperConversation, CrashedWhenItCouldNotStart) {
    HelperConversation talk = conversation();
    talk.couldNotStart(QStringLiteral("no such program"));
    EXPECT_EQ(talk.status().state, HelperState::Crashed);
    EXPECT_EQ(talk.status().message, QStringLiteral("no such program"));
}

TEST(HelperConversation, EndsOnlyOnce) {
    HelperConversation talk = conversation();
    talk.couldNotStart(QStringLiteral("no such program"));
    talk.exited(0);
    EXPECT_FALSE(talk.takeOutput(sayReport()));
    EXPECT_EQ(talk.status().state, HelperState::Crashed);
    EXPECT_EQ(talk.status().message, QStringLiteral("no such program"));
}

}  // namespace
}  // namespace workbench
