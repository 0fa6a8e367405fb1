#include "ui/tables.hpp"

#include <QClipboard>
#include <QDockWidget>
#include <QGuiApplication>
#include <QMenuBar>
#include <QRegularExpression>
#include <map>

#include "window_fixture.hpp"

namespace workbench {
namespace {

using shared_cbuff::Reader;
using shared_cbuff::Writer;
using test_support::ScopedName;

class Tables : public WindowTest {
protected:
    const ScopedName m_name{"table"};
    Writer m_writer = Writer::create(m_name, {.item_size = 8, .length = 100});
    Reader m_reader = Reader::attach(m_name, {.label = "one"});
    BufferPage& m_page = openPage(m_name);
};

TEST_F(Tables, CopyWholeRowsWithTheirHeader) {
    QTableView& table = m_page.readers();
    ASSERT_TRUE(waitFor([&] { return table.model()->rowCount() == 1; }));
    table.setFocus();
    table.selectRow(0);
    QTest::keyClick(&table, Qt::Key_C, Qt::ControlModifier);
    const QStringList lines = QGuiApplication::clipboard()->text().split(u'\n', Qt::SkipEmptyParts);
    ASSERT_EQ(lines.size(), 2);
    EXPECT_TRUE(lines[0].startsWith(QStringLiteral("Reader\tUsage (items)\tLost\t"))) << lines[0].toStdString();
    EXPECT_TRUE(lines[1].startsWith(QStringLiteral("one\t0\t0\t"))) << lines[1].toStdString();
    EXPECT_EQ(lines[0].count(u'\t'), lines[1].count(u'\t'));
}

TEST_F(Tables, CopyTheTimesOfEventsWithDateAndZone) {
    ASSERT_TRUE(waitFor([&] { return lastEvent(EventKind::ReaderAttached).has_value(); }));
    auto& table = *m_window.findChild<QDockWidget*>(QStringLiteral("eventsDock"))->findChild<QTableView*>();
    table.selectRow(0);
    const QString row = tables::selectedRows(table).split(u'\n').at(1);
    static const QRegularExpression iso{QStringLiteral(R"(^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}([+-]\d\d:\d\d|Z)\t)")};
    EXPECT_TRUE(iso.match(row).hasMatch()) << row.toStdString();
}

/// Alt+L once opened the menu Helpers or cleared the log, in turns.
TEST_F(Tables, AndAllElseHaveEachAcceleratorOnce) {
    for (const char* dock : {"eventsDock", "helpersDock"}) {
        auto& shown = *m_window.findChild<QDockWidget*>(QString::fromLatin1(dock));
        shown.raise();
        ASSERT_TRUE(waitFor([&] { return shown.isVisible() && !shown.visibleRegion().isEmpty(); }));
        std::map<QString, QString> owner;
        const auto claim = [&](const QString& text) {
            const QString key = QKeySequence::mnemonic(text).toString();
            if (key.isEmpty()) return;
            EXPECT_TRUE(owner.emplace(key, text).second)
                << key.toStdString() << ": " << owner[key].toStdString() << " and " << text.toStdString();
        };
        for (const QAction* menu : m_window.menuBar()->actions()) claim(menu->text());
        for (const auto* button : m_window.findChildren<QAbstractButton*>()) {
            if (!button->visibleRegion().isEmpty()) claim(button->text());
        }
        EXPECT_GE(owner.size(), 7u);
    }
}

}  // namespace
}  // namespace workbench
