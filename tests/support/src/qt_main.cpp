// Tests with an event loop: queued values and child processes need one. Settings go to a folder of the test's own.

#include <gtest/gtest.h>

#include <QCoreApplication>
#include <QTemporaryDir>

int main(int argc, char** argv) {
    testing::InitGoogleTest(&argc, argv);
    if (testing::GTEST_FLAG(list_tests)) return RUN_ALL_TESTS();
    const QTemporaryDir settings;
    qputenv("XDG_CONFIG_HOME", settings.path().toLocal8Bit());
    QCoreApplication application{argc, argv};
    QCoreApplication::setOrganizationName(QStringLiteral("cbuff-workbench-test"));
    QCoreApplication::setApplicationName(QStringLiteral("cbuff-workbench-test"));
    return RUN_ALL_TESTS();
}
