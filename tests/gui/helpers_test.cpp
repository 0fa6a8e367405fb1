#include <signal.h>

#include <set>

#include "ui/helperpanel.hpp"
#include "ui/lanespane.hpp"
#include "window_fixture.hpp"

namespace workbench {
namespace {

using test_support::ScopedName;

class Helpers : public WindowTest {
protected:
    static HelperOptions producer(std::optional<double> rate) {
        HelperOptions options;
        options.rate = rate;
        return options;
    }
    static HelperOptions consumer(const char* label, std::optional<double> rate) {
        HelperOptions options;
        options.role = HelperRole::Consumer;
        options.label = QString::fromLatin1(label);
        options.rate = rate;
        return options;
    }
    static bool waitForState(const HelperProcess& helper, HelperState state) {
        return waitFor([&] { return helper.status().state == state; });
    }
    QPushButton& button(const char* name) { return find<QPushButton>(m_window.helperPanel(), name); }

    const ScopedName m_name{"helpers"};
    BufferPage& m_page = createPage(m_name, {.item_size = 8, .length = 32});
};

TEST_F(Helpers, OverflowMarkAppearsAndTheAmountIsTheReadersLoss) {
    BufferSession& session = m_page.session();
    HelperProcess* slow = session.hands()->startHelper(consumer("slow", 5));
    ASSERT_TRUE(waitForState(*slow, HelperState::Running));
    HelperProcess* fast = session.hands()->startHelper(producer(500));
    ASSERT_TRUE(waitFor([&] { return eventAmount(EventKind::Overflow) > 0; }));
    fast->stop();
    slow->pause();
    ASSERT_TRUE(waitForState(*fast, HelperState::Ended));
    ASSERT_TRUE(waitForState(*slow, HelperState::Paused));
    ASSERT_TRUE(waitFor([&] {
        return !session.story().latest()->sample.readers.empty() &&
               eventAmount(EventKind::Overflow) == session.story().latest()->sample.readers[0].lost;
    }));
    m_page.redraw();
    EXPECT_FALSE(m_page.plot().lanes().cells(LanesPane::Lost).empty());
    EXPECT_TRUE(lastEvent(EventKind::Overflow)->reader->label == QStringLiteral("slow"));
}

TEST_F(Helpers, HandsTheWriterRoleToAProducerAndSaysSo) {
    EXPECT_TRUE(m_page.session().hands()->pushAbility().holdsRole);
    HelperProcess* helper = m_page.session().hands()->startHelper(producer(100));
    ASSERT_TRUE(waitForState(*helper, HelperState::Running));
    EXPECT_FALSE(m_page.session().hands()->pushAbility().holdsRole);
    EXPECT_TRUE(waitFor([&] {
        return m_page.session().hands()->pushAbility().reason.contains(QString::number(helper->status().pid));
    }));
}

TEST_F(Helpers, ChangesRatePausesResumesAndStopsFromThePanel) {
    HelperProcess* helper = m_page.session().hands()->startHelper(producer(10));
    ASSERT_TRUE(waitForState(*helper, HelperState::Running));
    m_window.helperPanel().refresh();
    auto* rate = m_window.helperPanel().findChild<QLineEdit*>();
    type(*rate, "2000");
    click(button("setRate"));
    EXPECT_TRUE(waitFor([&] { return helper->status().rate > 1000; }));
    click(button("pause"));
    EXPECT_TRUE(waitForState(*helper, HelperState::Paused));
    click(button("pause"));
    EXPECT_TRUE(waitForState(*helper, HelperState::Running));
    click(button("stop"));
    EXPECT_TRUE(waitForState(*helper, HelperState::Ended));
    EXPECT_TRUE(lastEvent(EventKind::HelperEnded).has_value());
}

TEST_F(Helpers, SetRateIsDisabledWithAReasonUntilARateIsTyped) {
    HelperProcess* helper = m_page.session().hands()->startHelper(producer(10));
    ASSERT_TRUE(waitForState(*helper, HelperState::Running));
    m_window.helperPanel().refresh();
    auto* rate = m_window.helperPanel().findChild<QLineEdit*>();
    type(*rate, "-3");
    EXPECT_FALSE(button("setRate").isEnabled());
    EXPECT_FALSE(button("setRate").toolTip().isEmpty());
    type(*rate, "max");
    EXPECT_TRUE(button("setRate").isEnabled());
}

TEST_F(Helpers, AKilledConsumerIsAnEventNotADialogAndItsSlotIsShownDead) {
    HelperProcess* helper = m_page.session().hands()->startHelper(consumer("victim", 10));
    ASSERT_TRUE(waitForState(*helper, HelperState::Running));
    ASSERT_TRUE(waitFor([&] { return m_page.session().story().latest()->sample.readers.size() == 1; }));
    m_window.helperPanel().refresh();
    click(button("kill"));
    ASSERT_TRUE(waitForState(*helper, HelperState::Crashed));
    EXPECT_EQ(QApplication::activeModalWidget(), nullptr);
    EXPECT_TRUE(lastEvent(EventKind::HelperCrashed).has_value());
    EXPECT_TRUE(waitFor([&] { return lastEvent(EventKind::ReaderDied).has_value(); }));
    EXPECT_EQ(m_page.session().story().latest()->sample.readers[0].state, shared_cbuff::ReaderState::dead);
}

TEST_F(Helpers, ACrashFromOutsideSaysTheSignal) {
    HelperProcess* helper = m_page.session().hands()->startHelper(producer(10));
    ASSERT_TRUE(waitForState(*helper, HelperState::Running));
    ::kill(static_cast<pid_t>(helper->status().pid), SIGABRT);
    ASSERT_TRUE(waitForState(*helper, HelperState::Crashed));
    EXPECT_TRUE(helper->status().message.contains(QStringLiteral("6 (")));
    EXPECT_TRUE(
        waitFor([&] { return m_page.session().hands()->pushAbility().canTake; }));  // abandoned: to be taken over
}

TEST_F(Helpers, VerifyFindsNoGapBeyondTheLoss) {
    HelperOptions verified = consumer("verify", std::nullopt);
    verified.verifyCounter = true;
    HelperProcess* helper = m_page.session().hands()->startHelper(verified);
    ASSERT_TRUE(waitForState(*helper, HelperState::Running));
    HelperOptions counted = producer(2000);
    counted.count = 1000;
    HelperProcess* source = m_page.session().hands()->startHelper(counted);
    ASSERT_TRUE(waitForState(*source, HelperState::Ended));
    ASSERT_TRUE(waitFor([&] {
        const auto& readers = m_page.session().story().latest()->sample.readers;
        return !readers.empty() && readers[0].popped + readers[0].lost == 1000;
    }));
    helper->stop();
    ASSERT_TRUE(waitForState(*helper, HelperState::Ended));
    const auto& totals = std::get<ConsumerTotals>(helper->status().report.value().totals);
    ASSERT_TRUE(totals.verify);
    EXPECT_EQ(totals.verify->gaps, totals.lost);
    EXPECT_EQ(totals.verify->duplicates, 0u);
    EXPECT_EQ(totals.verify->reordered, 0u);
}

TEST_F(Helpers, StopWhenTheirPageCloses) {
    HelperProcess* helper = m_page.session().hands()->startHelper(producer(10));
    ASSERT_TRUE(waitForState(*helper, HelperState::Running));
    const auto pid = static_cast<pid_t>(helper->status().pid);
    m_window.closePage(1);
    EXPECT_NE(::kill(pid, 0), 0);
    EXPECT_FALSE(m_name.exists());
}

TEST_F(Helpers, ThatCannotStartSayWhy) {
    HelperOptions options = consumer("far too long a label for a reader slot, far too long", 1);
    HelperProcess* helper = m_page.session().hands()->startHelper(options);
    ASSERT_TRUE(waitForState(*helper, HelperState::Failed));
    EXPECT_TRUE(helper->status().message.contains(QStringLiteral("label")));
}

TEST_F(Helpers, TheSelectedOneStaysSelectedWhenOthersCome) {
    HelperProcess* first = m_page.session().hands()->startHelper(consumer("first", 10));
    ASSERT_TRUE(waitForState(*first, HelperState::Running));
    const ScopedName before{"helpers"};
    m_window.helperPanel().refresh();
    BufferPage& other = createPage(before, {.item_size = 8, .length = 32});
    HelperProcess* second = other.session().hands()->startHelper(consumer("second", 10));
    ASSERT_TRUE(waitForState(*second, HelperState::Running));
    m_page.session().hands()->startHelper(consumer("third", 10));
    m_window.helperPanel().refresh();
    click(button("kill"));
    EXPECT_TRUE(waitForState(*first, HelperState::Crashed));
    EXPECT_TRUE(second->isAlive());
}

TEST_F(Helpers, ASecondProducerIsRefusedWithTheHoldersPid) {
    HelperProcess* helper = m_page.session().hands()->startHelper(producer(10));
    ASSERT_TRUE(waitForState(*helper, HelperState::Running));
    const QString pid = QString::number(helper->status().pid);
    EXPECT_TRUE(waitFor([&] { return !button("producer").isEnabled() && button("producer").toolTip().contains(pid); }));
}

TEST_F(Helpers, ReadersKeepTheirColoursWhenOthersComeAndGo) {
    HelperProcess* first = m_page.session().hands()->startHelper(consumer("a", 10));
    ASSERT_TRUE(waitForState(*first, HelperState::Running));
    HelperProcess* second = m_page.session().hands()->startHelper(consumer("b", 10));
    ASSERT_TRUE(waitForState(*second, HelperState::Running));
    const auto readers = [&] { return m_page.session().story().latest()->sample.readers.size(); };
    ASSERT_TRUE(waitFor([&] { return readers() == 2; }));
    first->stop();
    ASSERT_TRUE(waitFor([&] { return readers() == 1; }));
    m_page.session().hands()->startHelper(consumer("c", 10));
    ASSERT_TRUE(waitFor([&] { return readers() == 2; }));
    std::set<int> styles;
    for (const auto& curve : m_page.session().story().curves()) {
        if (curve->present) styles.insert(curve->styleIndex);
    }
    EXPECT_EQ(styles.size(), 2u);
}

}  // namespace
}  // namespace workbench
