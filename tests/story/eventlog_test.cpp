#include "story/eventlog.hpp"

#include <gtest/gtest.h>

#include "story/eventtext.hpp"

namespace workbench {
namespace {

EventReader reader(std::uint32_t slot, std::uint64_t generation = 1, std::uint64_t inode = 0) {
    return {.segment = {0, inode}, .key = {slot, generation}, .label = QStringLiteral("slow"), .pid = 7};
}

Event overflow(double time, std::uint64_t amount, const EventReader& of = reader(0)) {
    return {.time = time,
            .kind = EventKind::Overflow,
            .buffer = QStringLiteral("b"),
            .reader = of,
            .amount = amount,
            .until = time};
}

TEST(EventLog, DropsTheOldestWhenFull) {
    EventLog log{3};
    for (int index = 0; index < 5; ++index) log.append({.time = double(index), .detail = QString::number(index)});
    EXPECT_EQ(log.size(), 3);
    EXPECT_EQ(log.dropped(), 2u);
    EXPECT_EQ(log.at(0).detail, QStringLiteral("2"));
}

TEST(EventLog, MakesOneEntryOfAStormAndKeepsItsExactAmount) {
    EventLog log;
    for (int index = 0; index < 500; ++index) log.append(overflow(index * 0.01, 3));
    ASSERT_EQ(log.size(), 1);
    EXPECT_EQ(log.at(0).amount, 1500u);
    EXPECT_EQ(log.at(0).count, 500u);
    EXPECT_NEAR(log.at(0).until - log.at(0).time, 4.99, 1e-9);
}

TEST(EventLog, BeginsANewEntryAfterAGapOrATooLongStorm) {
    EventLog log;
    log.append(overflow(0, 1));
    log.append(overflow(EventLog::mergeGap + 0.1, 1));
    EXPECT_EQ(log.size(), 2);
    for (int index = 0; index < 300; ++index) log.append(overflow(10 + index * 0.1, 1));
    EXPECT_GE(log.size(), 5);
}

TEST(EventLog, KeepsApartWhatIsOfAReaderAndWhatIsOfNone) {
    EventLog log;
    Event ofNone = overflow(1, 2);
    ofNone.reader.reset();
    log.append(overflow(1, 1));
    log.append(ofNone);
    log.append(overflow(1.01, 1));
    ASSERT_GE(log.size(), 2);
    std::uint64_t ofReader = 0, without = 0;
    for (int index = 0; index < log.size(); ++index)
        (log.at(index).reader ? ofReader : without) += log.at(index).amount;
    EXPECT_EQ(ofReader, 2u);
    EXPECT_EQ(without, 2u);
}

TEST(EventLog, KeepsReadersAndKindsApartWhateverTheReadersAreCalled) {
    EventLog log;
    log.append(overflow(0, 1));
    for (const EventReader& other : {reader(1), reader(0, 2), reader(0, 1, 5)}) log.append(overflow(0, 1, other));
    Event underflow = overflow(0, 1);
    underflow.kind = EventKind::Underflow;
    log.append(underflow);
    log.append(overflow(0.1, 5));
    EXPECT_EQ(log.size(), 5);
    EXPECT_EQ(log.at(0).amount, 6u);
}

TEST(EventLog, CallsAReaderByItsLabelOrItsSlot) {
    EventReader named = reader(3);
    EXPECT_EQ(readerName(named), QStringLiteral("slow (pid 7)"));
    named.label.clear();
    EXPECT_EQ(readerName(named), QStringLiteral("slot 3 (pid 7)"));
}

TEST(EventLog, ForgetsOneBufferAndKeepsTheOthers) {
    EventLog log;
    Event other = overflow(0, 1);
    other.buffer = QStringLiteral("other");
    for (const Event& event : {overflow(0, 1), other, overflow(5, 1)}) log.append(event);
    log.forget(QStringLiteral("b"));
    ASSERT_EQ(log.size(), 1);
    EXPECT_EQ(log.at(0).buffer, QStringLiteral("other"));
}

TEST(EventLog, SaysAmountsInWords) {
    EXPECT_EQ(describe(overflow(0, 1)), QStringLiteral("lost 1 item in 1 overrun"));
    Event storm = overflow(0, 1200);
    storm.count = 3;
    storm.until = 0.9;
    EXPECT_TRUE(describe(storm).contains(QStringLiteral("in 3 overruns over 0.9 s")));
}

}  // namespace
}  // namespace workbench
