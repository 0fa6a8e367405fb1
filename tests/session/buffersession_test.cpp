#include "session/buffersession.hpp"

#include <gtest/gtest.h>

#include <QSignalSpy>

#include "test_support/fakefeed.hpp"

namespace workbench {
namespace {

using shared_cbuff::Layout;
using shared_cbuff::StartAt;
using test_support::aliveSample;
using test_support::FakeFeed;
using test_support::FeedScript;

class BufferSessionTest : public testing::Test {
protected:
    BufferSession recording(const QString& source = QStringLiteral("run.cbrec")) {
        return BufferSession{std::make_unique<FakeFeed>(m_script), source};
    }
    /// Items of 8 bytes, each its own number.
    void fillRing(std::uint64_t first, std::uint64_t count) {
        m_script->ring = {first, count, std::vector<std::byte>(count * 8)};
        for (std::uint64_t index = 0; index < count; ++index) {
            m_script->ring.bytes[index * 8 + 7] = static_cast<std::byte>(first + index);
        }
    }
    static std::vector<int> numbers(const ItemsResult& result) {
        std::vector<int> values;
        for (std::uint64_t index = 0; index < result.count; ++index)
            values.push_back(static_cast<int>(result.bytes[index * 8 + 7]));
        return values;
    }

    std::shared_ptr<FeedScript> m_script = std::make_shared<FeedScript>();
};

TEST_F(BufferSessionTest, OfARecordingHasNoHandsAndSaysSo) {
    const BufferSession session = recording();
    EXPECT_EQ(session.hands(), nullptr);
    EXPECT_FALSE(session.whyNoHands().isEmpty());
    EXPECT_EQ(session.name(), QStringLiteral("b"));
    EXPECT_EQ(session.title(), QStringLiteral("b in run.cbrec"));
    EXPECT_TRUE(session.isCurrent());
}

TEST_F(BufferSessionTest, PassesOnWhatCameWithWhatHappenedInIt) {
    BufferSession session = recording();
    QSignalSpy taken{&session, &BufferSession::taken};
    std::vector<Event> events;
    QObject::connect(&session, &BufferSession::happened, [&](const Event& event) { events.push_back(event); });
    session.pump();
    EXPECT_EQ(taken.size(), 0);  // nothing came
    m_script->put(5, aliveSample(3));
    session.pump();
    EXPECT_EQ(taken.size(), 1);
    ASSERT_EQ(events.size(), 1u);
    EXPECT_EQ(events[0].kind, EventKind::WriterAttached);
    EXPECT_EQ(events[0].buffer, session.title());
    EXPECT_EQ(events[0].time, 5);
}

TEST_F(BufferSessionTest, TellsOfAJumpBeforeWhatComesAnew) {
    BufferSession session = recording();
    QStringList order;
    QObject::connect(&session, &BufferSession::restarted, [&] { order << QStringLiteral("restarted"); });
    QObject::connect(&session, &BufferSession::happened, [&] { order << QStringLiteral("event"); });
    m_script->next.restarted = true;
    m_script->put(5, aliveSample(3));
    session.pump();
    EXPECT_EQ(order, (QStringList{QStringLiteral("restarted"), QStringLiteral("event")}));
}

TEST_F(BufferSessionTest, PeeksAtTheNewestAndAtTheOldestItems) {
    BufferSession session = recording();
    fillRing(30, 10);
    m_script->put(1, aliveSample(38));  // two more have come since
    session.pump();
    const ItemsResult newest = session.peek(3, StartAt::newest);
    EXPECT_EQ(newest.first, 37u);
    EXPECT_EQ(numbers(newest), (std::vector{37, 38, 39}));
    const ItemsResult oldest = session.peek(3, StartAt::oldest);
    EXPECT_EQ(oldest.first, 30u);
    EXPECT_EQ(numbers(oldest), (std::vector{30, 31, 32}));
    EXPECT_EQ(session.peek(100, StartAt::newest).count, 10u);
}

TEST_F(BufferSessionTest, SaysWhyNothingCanBeSeen) {
    BufferSession session = recording();
    const ItemsResult nothing = session.peek(3, StartAt::newest);
    EXPECT_FALSE(nothing.ok());
    EXPECT_EQ(nothing.count, 0u);
}

TEST_F(BufferSessionTest, TakesAClassicRingOfZerosForOneThatNothingWasPushedTo) {
    m_script->facts.layout = Layout::classic;
    BufferSession session = recording();
    m_script->ring = {0, 16, std::vector<std::byte>(16 * 8)};
    EXPECT_FALSE(session.peek(3, StartAt::newest).ok());
    fillRing(1, 16);
    EXPECT_TRUE(session.peek(3, StartAt::newest).ok());
}

}  // namespace
}  // namespace workbench
