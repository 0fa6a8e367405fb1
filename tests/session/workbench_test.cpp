#include "session/workbench.hpp"

#include <gtest/gtest.h>

#include <QFile>
#include <QSettings>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include "shared_cbuff/discovery.hpp"
#include "shared_cbuff/reader.hpp"
#include "test_support/eventually.hpp"
#include "test_support/fakefeed.hpp"
#include "test_support/segments.hpp"

namespace workbench {
namespace {

using shared_cbuff::StartAt;
using shared_cbuff::Writer;
using test_support::FakeFeed;
using test_support::FeedScript;

constexpr int patienceMs = static_cast<int>(test_support::patience.count());

class WorkbenchTest : public testing::Test {
protected:
    bool pumpUntil(const std::function<bool()>& condition) {
        return QTest::qWaitFor(
            [&] {
                m_workbench.pump();
                return condition();
            },
            patienceMs);
    }
    QString lastNote() {
        EventLog& log = m_workbench.log();
        return log.size() == 0 ? QString{} : log.at(log.size() - 1).detail;
    }

    test_support::ScopedName m_name{"bench"};
    QString m_shown = QString::fromStdString(m_name.str());
    Workbench m_workbench;
};

TEST_F(WorkbenchTest, OpensABufferOnceAndSamplesIt) {
    Writer writer = Writer::create(m_name, {.item_size = 8, .length = 16});
    QSignalSpy added{&m_workbench, &Workbench::sessionAdded};
    BufferSession* session = m_workbench.open(m_shown);
    ASSERT_NE(session, nullptr);
    EXPECT_EQ(m_workbench.open(m_shown), session);
    EXPECT_EQ(added.size(), 1);
    EXPECT_EQ(m_workbench.find(m_shown), session);
    writer.push(std::uint64_t{5});
    EXPECT_TRUE(pumpUntil([&] { return session->story().latest() && session->story().latest()->sample.pushed == 1; }));
    EXPECT_EQ(m_workbench.liveBuffers(), 1);
}

TEST_F(WorkbenchTest, SaysWhyABufferCannotBeOpened) {
    QString problem;
    EXPECT_EQ(m_workbench.open(m_shown, std::nullopt, &problem), nullptr);
    EXPECT_TRUE(problem.contains(m_shown));
    EXPECT_EQ(lastNote(), problem);
    EXPECT_TRUE(m_workbench.sessions().empty());
}

TEST_F(WorkbenchTest, ClosesWhatItsNameNoLongerLeadsTo) {
    std::optional<Writer> first = Writer::create(m_name, {.item_size = 8, .length = 16});
    m_workbench.open(m_shown);
    shared_cbuff::remove_buffer(m_name.str());
    Writer second = Writer::create(m_name, {.item_size = 4, .length = 32});
    BufferSession* session = m_workbench.open(m_shown);
    ASSERT_NE(session, nullptr);
    EXPECT_EQ(session->geometry().length, 32u);
    EXPECT_EQ(m_workbench.sessions().size(), 1u);
}

TEST_F(WorkbenchTest, RemovesWithItsSessionWhatWasCreatedHere) {
    BufferSession* session = m_workbench.create(m_shown, {.item_size = 8, .length = 16});
    ASSERT_NE(session, nullptr);
    EXPECT_TRUE(session->hands()->pushAbility().holdsRole || !session->story().latest());
    std::vector<BufferSession*> removed;
    QObject::connect(&m_workbench, &Workbench::sessionRemoved, [&](BufferSession* gone) { removed.push_back(gone); });
    m_workbench.close(session);
    EXPECT_EQ(removed, std::vector{session});
    EXPECT_FALSE(shared_cbuff::find_segment(m_name.str()));
    EXPECT_EQ(m_workbench.liveBuffers(), 0);
}

TEST_F(WorkbenchTest, RemovesWhatWasCreatedHereThoughTheRoleWasGivenBack) {
    BufferSession* session = m_workbench.create(m_shown, {.item_size = 8, .length = 16});
    ASSERT_NE(session, nullptr);
    session->hands()->releaseWriterRole();
    m_workbench.close(session);
    EXPECT_FALSE(shared_cbuff::find_segment(m_name.str()));
}

TEST_F(WorkbenchTest, LeavesWhatItOnlyLookedAt) {
    Writer writer = Writer::create(m_name, {.item_size = 8, .length = 16});
    m_workbench.open(m_shown);
    m_workbench.closeAll();
    EXPECT_TRUE(shared_cbuff::find_segment(m_name.str()));
    EXPECT_TRUE(m_workbench.sessions().empty());
}

TEST_F(WorkbenchTest, LogsWhatHappensToItsBuffers) {
    Writer writer = Writer::create(m_name, {.item_size = 8, .length = 16});
    BufferSession* session = m_workbench.open(m_shown);
    ASSERT_TRUE(pumpUntil([&] { return m_workbench.log().size() > 0; }));
    EXPECT_EQ(m_workbench.log().at(0).kind, EventKind::WriterAttached);
    EXPECT_EQ(m_workbench.log().at(0).buffer, session->title());
}

TEST_F(WorkbenchTest, PopsAndPushesThroughItsHands) {
    BufferSession* session = m_workbench.create(m_shown, {.item_size = 8, .length = 16});
    ASSERT_TRUE(pumpUntil([&] { return session->story().latest().has_value(); }));
    BufferHands& hands = *session->hands();
    EXPECT_EQ(hands.push(std::vector<std::byte>(3 * 8)).count, 3u);
    EXPECT_EQ(session->peek(2, StartAt::newest).first, 1u);
    EXPECT_EQ(hands.pop(2).count, 2u);
    EXPECT_TRUE(hands.hasReader());
    EXPECT_EQ(hands.readerPosition(), 2u);
    hands.detachReader();
    EXPECT_FALSE(hands.readerPosition());
    hands.releaseWriterRole();
    EXPECT_FALSE(hands.push(std::vector<std::byte>(8)).ok());
}

TEST_F(WorkbenchTest, ForgetsTheEventsOfARecordingThatJumpsAndKeepsTheOthers) {
    auto script = std::make_shared<FeedScript>();
    BufferSession* session = m_workbench.openFeed(std::make_unique<FakeFeed>(script), QStringLiteral("a.cbrec"));
    m_workbench.note(QStringLiteral("other"), QStringLiteral("stays"));
    script->put(5, test_support::aliveSample());
    m_workbench.pump();
    EXPECT_EQ(m_workbench.log().size(), 2);
    script->next.restarted = true;
    script->put(1, test_support::aliveSample());
    m_workbench.pump();
    ASSERT_EQ(m_workbench.log().size(), 2);
    EXPECT_EQ(m_workbench.log().at(0).detail, QStringLiteral("stays"));
    EXPECT_EQ(m_workbench.log().at(1).time, 1);
    script->wallAhead = 1000;
    EXPECT_EQ(m_workbench.wall(m_workbench.log().at(1)), 1001);
    EXPECT_EQ(m_workbench.openFeed(std::make_unique<FakeFeed>(script), QStringLiteral("a.cbrec")), session);
}

TEST_F(WorkbenchTest, PassesRatesAndTheLengthOfThePastOn) {
    auto script = std::make_shared<FeedScript>();
    const int before = m_workbench.settings().samplingRate();
    m_workbench.openFeed(std::make_unique<FakeFeed>(script), QStringLiteral("a.cbrec"));
    m_workbench.setSamplingRate(500);
    EXPECT_EQ(script->rate, 500);
    EXPECT_EQ(m_workbench.settings().samplingRate(), 500);
    m_workbench.setSamplingRate(before);
}

TEST_F(WorkbenchTest, RecordsWhatIsOpenAndPlaysItAgainWithoutTheBuffer) {
    const QTemporaryDir folder;
    const QString path = folder.filePath(QStringLiteral("run.cbrec"));
    BufferSession* live = m_workbench.create(m_shown, {.item_size = 8, .length = 16});
    QString problem;
    ASSERT_TRUE(m_workbench.startRecording(path, &problem)) << problem.toStdString();
    EXPECT_TRUE(m_workbench.isRecording());
    live->hands()->push(std::vector<std::byte>(5 * 8));
    ASSERT_TRUE(pumpUntil([&] { return live->story().latest() && live->story().latest()->sample.pushed == 5; }));
    m_workbench.closeAll();
    EXPECT_TRUE(m_workbench.stopRecording().contains(QStringLiteral("1 buffers")));
    EXPECT_FALSE(m_workbench.isRecording());
    EXPECT_FALSE(m_workbench.startRecording(path, &problem));  // it is there already
    EXPECT_FALSE(problem.isEmpty());

    BufferSession* recorded = m_workbench.openRecording(path, &problem);
    ASSERT_NE(recorded, nullptr) << problem.toStdString();
    m_workbench.pump();
    ASSERT_TRUE(recorded->story().latest());
    EXPECT_EQ(recorded->story().latest()->sample.pushed, 5u);
    EXPECT_EQ(recorded->hands(), nullptr);
    Playback* playback = recorded->feed().playback();
    ASSERT_NE(playback, nullptr);
    EXPECT_EQ(recorded->feed().state().kind, FeedState::Kind::paused);
    playback->seek(playback->begin());
    m_workbench.pump();
    EXPECT_EQ(recorded->story().latest()->time, playback->begin());
    EXPECT_EQ(m_workbench.openRecording(path), recorded);
    const QTemporaryDir other;  // another recording of the same file name is another one
    const QString copy = other.filePath(QStringLiteral("run.cbrec"));
    ASSERT_TRUE(QFile::copy(path, copy));
    EXPECT_NE(m_workbench.openRecording(copy), recorded);
    EXPECT_EQ(m_workbench.sessions().size(), 2u);
}

TEST_F(WorkbenchTest, OpensBothBuffersOfOneNameThatARecordingHolds) {
    const QTemporaryDir folder;
    const QString path = folder.filePath(QStringLiteral("run.cbrec"));
    ASSERT_TRUE(m_workbench.startRecording(path));
    for (const std::uint64_t length : {16u, 32u}) {
        BufferSession* live = m_workbench.create(m_shown, {.item_size = 8, .length = length});
        ASSERT_TRUE(pumpUntil([&] { return live->story().latest().has_value(); }));
        m_workbench.close(live);
    }
    m_workbench.stopRecording();
    BufferSession* first = m_workbench.openRecording(path);
    ASSERT_NE(first, nullptr);
    ASSERT_EQ(m_workbench.sessions().size(), 2u);
    EXPECT_NE(m_workbench.sessions()[0]->title(), m_workbench.sessions()[1]->title());
    EXPECT_EQ(m_workbench.sessions()[0]->geometry().length, 16u);
    EXPECT_EQ(m_workbench.sessions()[1]->geometry().length, 32u);
}

TEST_F(WorkbenchTest, SaysWhyARecordingCannotBeOpened) {
    QString problem;
    EXPECT_EQ(m_workbench.openRecording(QStringLiteral("/no/such.cbrec"), &problem), nullptr);
    EXPECT_TRUE(problem.contains(QStringLiteral("/no/such.cbrec")));
}

TEST_F(WorkbenchTest, WarnsBeforeItRemovesWhatSomebodyUses) {
    EXPECT_FALSE(m_workbench.remove(m_shown).isEmpty());  // there is none
    Writer writer = Writer::create(m_name, {.item_size = 8, .length = 16});
    EXPECT_TRUE(m_workbench.removalQuestion(m_shown).contains(QStringLiteral("live writer")));
    writer.release();
    EXPECT_FALSE(m_workbench.removalQuestion(m_shown).contains(QStringLiteral("live writer")));
    EXPECT_TRUE(m_workbench.remove(m_shown).isEmpty());
    EXPECT_FALSE(shared_cbuff::find_segment(m_name.str()));
}

}  // namespace
}  // namespace workbench
