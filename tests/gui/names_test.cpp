// What others can name is plain text in the window, whatever it looks like, and can be typed as it is shown.

#include "values/names.hpp"

#include <QAction>
#include <QDialog>
#include <QFile>
#include <QLabel>
#include <QMessageBox>
#include <QTabWidget>
#include <QTextDocument>
#include <QToolTip>

#include "story/eventtext.hpp"
#include "ui/dialogs.hpp"
#include "ui/segmentmodel.hpp"
#include "ui/style.hpp"
#include "window_fixture.hpp"

namespace workbench {
namespace {

using shared_cbuff::Reader;
using shared_cbuff::Writer;
using test_support::ScopedName;

/// Looks like HTML, has a mnemonic, placeholders, a backslash, a control character, a mark that turns text around, and
/// a byte that is no UTF-8.
const std::string odd = "<b>&x%1[*]\\\x1b\xe2\x80\xae\xff";
const QString shownOdd = QStringLiteral("<b>&x%1[*]\\\\\\x1b\\xe2\\x80\\xae\\xff");

class Names : public WindowTest {
protected:
    const ScopedName m_plain{"names"};
    const std::string m_name = m_plain.str() + odd;
    const QString m_shown = QString::fromStdString(m_plain.str()) + shownOdd;
    Writer m_writer{Writer::create(m_name, {.item_size = 8, .length = 16})};
};

TEST_F(Names, AreListedOpenedAndUsedByHelpersAsTheyAreShown) {
    ASSERT_TRUE(waitFor([&] { return browserRow(m_shown.toStdString()) >= 0; }));
    browserTable().selectRow(browserRow(m_shown.toStdString()));
    browserTable().setFocus();
    QTest::keyClick(&browserTable(), Qt::Key_Return);
    BufferPage* const page = m_window.page(m_shown);
    ASSERT_NE(page, nullptr);
    EXPECT_EQ(m_window.openBuffer(m_shown), page);
    HelperOptions options;
    options.role = HelperRole::Consumer;
    options.label = m_shown.right(8);
    HelperProcess* const helper = page->session().hands()->startHelper(options);
    ASSERT_TRUE(waitFor([&] { return helper->status().state == HelperState::Running; }));
    ASSERT_TRUE(waitFor([&] { return !page->session().story().latest()->sample.readers.empty(); }));
    EXPECT_EQ(readerLabel(page->session().story().latest()->sample.readers[0]), m_shown.right(8));
    helper->stop();
}

TEST_F(Names, ArePlainTextOnTheirPage) {
    BufferPage& page = openPage(m_shown.toStdString());
    auto& title = find<QLabel>(page, "title");
    EXPECT_EQ(title.textFormat(), Qt::PlainText);
    EXPECT_EQ(title.text(), style::shortened(m_shown));
    for (const char* label : {"facts", "roleText"}) {
        EXPECT_EQ(find<QLabel>(page, label).textFormat(), Qt::PlainText) << label;
    }
    auto* const tabs = m_window.findChild<QTabWidget*>();
    EXPECT_EQ(tabs->tabText(1), style::buttonText(style::shortened(m_shown)));
}

TEST_F(Names, StayWholeInSentencesWithPlaceholders) {
    const EventReader reader{.label = QStringLiteral("%2"), .pid = 7};
    EXPECT_EQ(readerName(reader), QStringLiteral("%2 (pid 7)"));
    ASSERT_TRUE(waitFor([&] { return browserRow(m_shown.toStdString()) >= 0; }));
    const auto tip = browserTable().model()->index(browserRow(m_shown.toStdString()), 0).data(Qt::ToolTipRole);
    EXPECT_TRUE(tip.toString().contains(QStringLiteral("%1[*]"))) << tip.toString().toStdString();
}

TEST_F(Names, ArePlainTextWhereOneIsAsked) {
    const bool asked = inDialog([&] { m_window.removeBuffer(m_shown); },
                                [&](QDialog& dialog) {
                                    auto& question = static_cast<QMessageBox&>(dialog);
                                    EXPECT_EQ(question.textFormat(), Qt::PlainText);
                                    EXPECT_TRUE(question.text().contains(m_shown));
                                    click(*qobject_cast<QPushButton*>(question.button(QMessageBox::Yes)));
                                });
    EXPECT_TRUE(asked);
    EXPECT_FALSE(shared_cbuff::find_segment(m_name).has_value());
}

TEST_F(Names, AreTypedAsTheyAreShown) {
    AttachDialog dialog{{}, m_shown, {}, nullptr};
    EXPECT_TRUE(find<QLabel>(dialog, "verdict").text().contains(QStringLiteral("8 B")));
    EXPECT_EQ(find<QLabel>(dialog, "verdict").textFormat(), Qt::PlainText);
    AttachDialog wrong{{}, QStringLiteral("a\\q"), {}, nullptr};
    EXPECT_TRUE(find<QLabel>(wrong, "verdict").text().contains(QStringLiteral("position 2")));
    EXPECT_EQ(m_window.openBuffer(QStringLiteral("a\\q")), nullptr);
}

TEST(NamesInPlaces, ToolTipsButtonsAndTitlesShowThemAsTheyAre) {
    EXPECT_FALSE(Qt::mightBeRichText(style::plainToolTip(QStringLiteral("a < b"))));
    EXPECT_EQ(style::plainToolTip(QStringLiteral("<b>x")), QStringLiteral("<span>&lt;b&gt;x</span>"));
    EXPECT_EQ(style::buttonText(QStringLiteral("a&b")), QStringLiteral("a&&b"));
    EXPECT_EQ(style::titleText(QStringLiteral("a[*]")), QStringLiteral("a[*][*]"));
    EXPECT_LE(style::shortened(QString{255, u'x'}).size(), 40);
}

}  // namespace
}  // namespace workbench
