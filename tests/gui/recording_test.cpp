// Recordings in the window: its menu makes them, its pages show them without hands.

#include <QSignalSpy>
#include <QTemporaryDir>

#include "window_fixture.hpp"

namespace workbench {
namespace {

using test_support::ScopedName;

class RecordingInTheWindow : public WindowTest {
protected:
    /// A recording of a buffer that is gone, with five items pushed.
    void SetUp() override {
        const ScopedName name{"recorded"};
        BufferPage& live = createPage(name, {.item_size = 8, .length = 16});
        ASSERT_TRUE(m_workbench.startRecording(m_path));
        QSignalSpy taken{&live.session(), &BufferSession::taken};
        live.session().hands()->push(std::vector<std::byte>(5 * 8));
        ASSERT_TRUE(waitFor([&] { return live.session().story().latest()->sample.pushed == 5 && taken.count() >= 5; }));
        m_window.closePage(1);
        m_workbench.stopRecording();
        m_page = m_window.openRecording(m_path);
        ASSERT_NE(m_page, nullptr);
        ASSERT_TRUE(waitFor([&] { return m_page->session().story().latest().has_value(); }));
        m_page->redraw();
    }

    QTemporaryDir m_folder;
    QString m_path = m_folder.filePath(QStringLiteral("run.cbrec"));
    BufferPage* m_page = nullptr;
};

TEST_F(RecordingInTheWindow, ShowsTheSamePageWithoutHands) {
    EXPECT_TRUE(find<QLabel>(*m_page, "title").text().contains(QStringLiteral("run.cbrec")));
    EXPECT_TRUE(find<QLabel>(*m_page, "facts").text().contains(QStringLiteral("pushed 5")));
    for (const char* button : {"push", "pop", "role", "detach"}) {
        EXPECT_TRUE(waitFor([&] { return !find<QPushButton>(*m_page, button).isEnabled(); })) << button;
        EXPECT_TRUE(find<QPushButton>(*m_page, button).toolTip().contains(QStringLiteral("recording"))) << button;
    }
    EXPECT_FALSE(m_window.commands().producer->isEnabled());
}

TEST_F(RecordingInTheWindow, MovesInItsTimeByCommands) {
    const Commands& commands = m_window.commands();
    const SampleFeed& feed = m_page->session().feed();
    const double end = feed.now();
    commands.toBegin->trigger();
    EXPECT_LT(feed.now(), end);
    const double begin = feed.now();
    commands.stepOn->trigger();
    EXPECT_GT(feed.now(), begin);
    commands.stepBack->trigger();
    EXPECT_NEAR(feed.now(), begin, 1e-6);
    commands.toEnd->trigger();
    EXPECT_EQ(feed.now(), end);
    commands.faster->trigger();
    EXPECT_EQ(m_page->session().feed().playback()->speed(), 2);
    commands.slower->trigger();
    EXPECT_EQ(m_page->session().feed().playback()->speed(), 1);
    EXPECT_EQ(commands.play->text(), WorkbenchWindow::tr("&Play"));
}

TEST_F(RecordingInTheWindow, OffersPlaybackOnlyOnItsPages) {
    EXPECT_TRUE(m_window.commands().play->isEnabled());
    m_window.closePage(1);
    EXPECT_FALSE(m_window.commands().play->isEnabled());
    EXPECT_FALSE(m_window.commands().record->isEnabled());
    EXPECT_FALSE(m_window.commands().record->toolTip().isEmpty());
}

}  // namespace
}  // namespace workbench
