// Runs on the display there is; on none, offscreen. Settings go to a folder of the test's own.

#include <gtest/gtest.h>

#include <QApplication>
#include <QTemporaryDir>

#include "helpers/busguard.hpp"
#include "ui/style.hpp"

int main(int argc, char** argv) {
    testing::InitGoogleTest(&argc, argv);
    if (testing::GTEST_FLAG(list_tests)) return RUN_ALL_TESTS();  // at build time, where no display may be
    const QTemporaryDir settings;
    qputenv("XDG_CONFIG_HOME", settings.path().toLocal8Bit());
    if (qEnvironmentVariableIsEmpty("DISPLAY") && qEnvironmentVariableIsEmpty("WAYLAND_DISPLAY")) {
        qputenv("QT_QPA_PLATFORM", "offscreen");
    }
    workbench::installBusGuard();
    QApplication application{argc, argv};
    QApplication::setOrganizationName(QStringLiteral("cbuff-workbench-test"));
    QApplication::setApplicationName(QStringLiteral("cbuff-workbench-test"));
    workbench::style::applyTheme(workbench::style::Theme::Light);
    return RUN_ALL_TESTS();
}
