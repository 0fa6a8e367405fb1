#include <QMessageBox>

#include "shared_cbuff/detail/process.hpp"
#include "window_fixture.hpp"

namespace workbench {
namespace {

using shared_cbuff::Reader;
using shared_cbuff::Writer;
using test_support::ScopedName;
using Browser = WindowTest;

TEST_F(Browser, ShowsANewBufferWithoutAClickAndForgetsItWhenItGoes) {
    const ScopedName name{"browse"};
    {
        const Writer writer = Writer::create(name, {.item_size = 8, .length = 16});
        EXPECT_TRUE(waitFor([&] { return browserRow(name) >= 0; }));
    }
    EXPECT_TRUE(waitFor([&] { return browserRow(name) < 0; }));
}

TEST_F(Browser, ShowsUsageWriterAndReadersLive) {
    const ScopedName name{"browse"};
    Writer writer = Writer::create(name, {.item_size = 8, .length = 16});
    ASSERT_TRUE(waitFor([&] { return browserRow(name) >= 0; }));
    const auto cell = [&](int column) {
        return browserTable().model()->index(browserRow(name), column).data().toString();
    };
    EXPECT_TRUE(cell(3).contains(QString::number(shared_cbuff::current_pid())));
    writer.push(std::uint64_t{1});
    EXPECT_TRUE(waitFor([&] { return cell(1) == QStringLiteral("retained 1"); }));
    const Reader reader = Reader::attach(name);
    EXPECT_TRUE(waitFor([&] { return cell(4) == QStringLiteral("1"); }));
    EXPECT_TRUE(cell(1).isEmpty());  // a bar
    writer.release();
    EXPECT_TRUE(waitFor([&] { return cell(3) == QStringLiteral("vacant"); }));
}

TEST_F(Browser, OpensAPageWithEnter) {
    const ScopedName name{"browse"};
    const Writer writer = Writer::create(name, {.item_size = 8, .length = 16});
    ASSERT_TRUE(waitFor([&] { return browserRow(name) >= 0; }));
    browserTable().selectRow(browserRow(name));
    browserTable().setFocus();
    QTest::keyClick(&browserTable(), Qt::Key_Return);
    EXPECT_NE(m_window.page(QString::fromStdString(name)), nullptr);
}

TEST_F(Browser, OpensAPageOnceHoweverOftenItIsAskedFor) {
    const ScopedName name{"browse"};
    const Writer writer = Writer::create(name, {.item_size = 8, .length = 16});
    BufferPage& first = openPage(name);
    EXPECT_EQ(&first, &openPage(name));
}

TEST_F(Browser, KeepsSelectionWhileTheListChanges) {
    const ScopedName name{"m-stays"};
    const Writer writer = Writer::create(name, {.item_size = 8, .length = 16});
    ASSERT_TRUE(waitFor([&] { return browserRow(name) >= 0; }));
    browserTable().selectRow(browserRow(name));
    const ScopedName before{"a-comes"};
    const Writer other = Writer::create(before, {.item_size = 1, .length = 2});
    ASSERT_TRUE(waitFor([&] { return browserRow(before) >= 0; }));
    EXPECT_EQ(browserTable().selectionModel()->selectedRows().first().row(), browserRow(name));
}

TEST_F(Browser, SaysInTheLogWhenANameCannotBeOpened) {
    EXPECT_EQ(m_window.openBuffer(QStringLiteral("no-such-buffer-here")), nullptr);
    ASSERT_TRUE(lastEvent(EventKind::Note).has_value());
    EXPECT_TRUE(lastEvent(EventKind::Note)->detail.contains(QStringLiteral("no-such-buffer-here")));
}

TEST_F(Browser, RemovesABufferOnlyAfterAYes) {
    const ScopedName name{"browse"};
    Writer::create(name, {.item_size = 8, .length = 16}).release();
    const auto answer = [&](QMessageBox::StandardButton button) {
        return inDialog([&] { m_window.removeBuffer(QString::fromStdString(name)); },
                        [&](QDialog& dialog) {
                            click(*qobject_cast<QPushButton*>(static_cast<QMessageBox&>(dialog).button(button)));
                        });
    };
    EXPECT_TRUE(answer(QMessageBox::No));
    EXPECT_TRUE(name.exists());
    EXPECT_TRUE(answer(QMessageBox::Yes));
    EXPECT_FALSE(name.exists());
}

}  // namespace
}  // namespace workbench
