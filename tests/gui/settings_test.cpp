#include "session/settings.hpp"

#include <QDockWidget>

#include "window_fixture.hpp"

namespace workbench {
namespace {

class Remembered : public WindowTest {
protected:
    static void trigger(WorkbenchWindow& window, const QString& text) {
        for (QAction* action : window.findChildren<QAction*>()) {
            if (action->text() == text) return action->trigger();
        }
        ADD_FAILURE() << "no action " << text.toStdString();
    }
    static QDockWidget& dock(WorkbenchWindow& window, const char* name) { return find<QDockWidget>(window, name); }
};

TEST_F(Remembered, HistoryAndSamplingRateAreThoseChosenLast) {
    trigger(m_window, QStringLiteral("8 hours"));
    trigger(m_window, QStringLiteral("500 Hz"));
    EXPECT_EQ(Settings{}.historySeconds(), 8 * 3600);
    EXPECT_EQ(Settings{}.samplingRate(), 500);
    trigger(m_window, QStringLiteral("1 hour"));
    trigger(m_window, QStringLiteral("100 Hz"));
}

TEST_F(Remembered, TheLayoutIsThatOfTheLastWindow) {
    dock(m_window, "eventsDock").hide();
    m_window.resize(1111, 777);
    m_window.close();
    Workbench bench;
    WorkbenchWindow second{bench};
    second.show();
    EXPECT_TRUE(dock(second, "eventsDock").isHidden());
    EXPECT_EQ(second.size(), QSize(1111, 777));
    dock(second, "eventsDock").show();
}

TEST_F(Remembered, ADamagedFileGivesTheDefaults) {
    QSettings store;
    store.setValue(QStringLiteral("sampling/rate"), QStringLiteral("much"));
    store.setValue(QStringLiteral("history/seconds"), -5);
    store.setValue(QStringLiteral("geometry/x"), QStringLiteral("8x"));
    EXPECT_EQ(Settings{}.samplingRate(), Settings::defaultSamplingRate);
    EXPECT_EQ(Settings{}.historySeconds(), Settings::defaultHistorySeconds);
    EXPECT_FALSE(Settings{}.geometryOf(QStringLiteral("x")).has_value());
    store.clear();
}

}  // namespace
}  // namespace workbench
