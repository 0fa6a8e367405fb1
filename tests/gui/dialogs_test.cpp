#include "ui/dialogs.hpp"

#include <QComboBox>
#include <QDialogButtonBox>
#include <QSpinBox>

#include "session/settings.hpp"
#include "shared_cbuff/detail/segment.hpp"
#include "shared_cbuff/observer.hpp"
#include "window_fixture.hpp"

namespace workbench {
namespace {

using shared_cbuff::Writer;
using test_support::ScopedName;

class Dialogs : public WindowTest {
protected:
    static QPushButton& ok(const QDialog& dialog) {
        return *dialog.findChild<QDialogButtonBox*>()->button(QDialogButtonBox::Ok);
    }
    static QString verdict(const QDialog& dialog) { return find<QLabel>(dialog, "verdict").text(); }
    /// A classic segment of 8 B x 100 with nothing in it.
    static void makeClassic(const std::string& name) {
        const std::vector<std::byte> bytes(shared_cbuff::classic_segment_size({8, 100}));
        test_support::make_segment(name, bytes);
    }
};

TEST_F(Dialogs, CreateMakesABufferFromWhatIsTyped) {
    const ScopedName name{"create"};
    EXPECT_TRUE(inDialog([&] { m_window.showCreate(); },
                         [&](QDialog& dialog) {
                             EXPECT_FALSE(ok(dialog).isEnabled());
                             type(find<QLineEdit>(dialog, "name"), name.str().c_str());
                             type(find<QLineEdit>(dialog, "itemSize"), "3");
                             type(find<QLineEdit>(dialog, "length"), "77");
                             find<QComboBox>(dialog, "policy").setCurrentIndex(1);
                             ASSERT_TRUE(ok(dialog).isEnabled()) << verdict(dialog).toStdString();
                             click(ok(dialog));
                         }));
    ASSERT_NE(m_window.page(QString::fromStdString(name)), nullptr);
    const auto sample = shared_cbuff::Observer::attach(name.str()).sample();
    EXPECT_EQ(sample.geometry, (shared_cbuff::Geometry{3, 77}));
    EXPECT_EQ(sample.policy, shared_cbuff::OverflowPolicy::reject);
}

TEST_F(Dialogs, CreateSaysWhatIsWrongWhileTyping) {
    const ScopedName taken{"create"};
    const Writer writer = Writer::create(taken, {});
    EXPECT_TRUE(inDialog([&] { m_window.showCreate(); },
                         [&](QDialog& dialog) {
                             auto& name = find<QLineEdit>(dialog, "name");
                             const auto refuses = [&](const char* word) {
                                 EXPECT_FALSE(ok(dialog).isEnabled()) << word;
                                 EXPECT_TRUE(verdict(dialog).contains(QString::fromLatin1(word)))
                                     << verdict(dialog).toStdString();
                             };
                             type(name, "a/b");
                             refuses("'/'");
                             type(name, taken.str().c_str());
                             refuses("taken");
                             type(name, (taken.str() + "-free").c_str());
                             EXPECT_TRUE(ok(dialog).isEnabled());
                             type(find<QLineEdit>(dialog, "length"), "1");
                             refuses("at least 2");
                             type(find<QLineEdit>(dialog, "length"), "99999999999999999");
                             refuses("more than the largest");
                             type(find<QLineEdit>(dialog, "length"), "10");
                             type(find<QLineEdit>(dialog, "itemSize"), "0");
                             refuses("Item size");
                             type(find<QLineEdit>(dialog, "itemSize"), "1");
                             type(find<QLineEdit>(dialog, "mode"), "888");
                             refuses("octal");
                         }));
}

TEST_F(Dialogs, AttachAsksForAGeometryOnlyWhereTheSegmentTellsNone) {
    const ScopedName extended{"attach"};
    const ScopedName classic{"attach"};
    const Writer writer = Writer::create(extended, {.item_size = 8, .length = 16});
    makeClassic(classic);
    EXPECT_TRUE(inDialog([&] { m_window.showAttach(QString::fromStdString(extended)); },
                         [&](QDialog& dialog) {
                             EXPECT_FALSE(find<QLineEdit>(dialog, "itemSize").isEnabled());
                             EXPECT_TRUE(ok(dialog).isEnabled());
                             find<QComboBox>(dialog, "name").setEditText(QString::fromStdString(classic));
                             EXPECT_TRUE(find<QLineEdit>(dialog, "itemSize").isEnabled());
                             EXPECT_FALSE(ok(dialog).isEnabled());
                             find<QComboBox>(dialog, "name").setEditText(QStringLiteral("no-such-buffer"));
                             EXPECT_TRUE(verdict(dialog).contains(QStringLiteral("exists")));
                         }));
}

TEST_F(Dialogs, AttachChecksAClassicGeometryAsItIsTypedAndRemembersIt) {
    const ScopedName name{"attach"};
    makeClassic(name);
    EXPECT_TRUE(inDialog([&] { m_window.showAttach(QString::fromStdString(name)); },
                         [&](QDialog& dialog) {
                             type(find<QLineEdit>(dialog, "itemSize"), "8");
                             type(find<QLineEdit>(dialog, "length"), "99");
                             EXPECT_FALSE(ok(dialog).isEnabled());
                             EXPECT_TRUE(verdict(dialog).contains(QStringLiteral("8 B x 100")))
                                 << verdict(dialog).toStdString();
                             type(find<QLineEdit>(dialog, "length"), "100");
                             ASSERT_TRUE(ok(dialog).isEnabled()) << verdict(dialog).toStdString();
                             click(ok(dialog));
                         }));
    ASSERT_NE(m_window.page(QString::fromStdString(name)), nullptr);
    EXPECT_TRUE(m_window.page(QString::fromStdString(name))->session().isClassic());
    EXPECT_EQ(Settings{}.geometryOf(QString::fromStdString(name)), (shared_cbuff::Geometry{8, 100}));
    m_window.closePage(1);
    EXPECT_TRUE(
        inDialog([&] { m_window.showAttach(QString::fromStdString(name)); },
                 [&](QDialog& dialog) { EXPECT_EQ(find<QLineEdit>(dialog, "length").text(), QStringLiteral("100")); }));
}

TEST_F(Dialogs, AClassicPageSaysThatItsWriterEndedWhenTheNameGoes) {
    const ScopedName name{"classic"};
    makeClassic(name);
    BufferPage& page = *m_window.openBuffer(QString::fromStdString(name), shared_cbuff::Geometry{8, 100});
    shared_cbuff::Segment::unlink(name.str());
    const auto& banner = find<QFrame>(page, "banner");
    EXPECT_TRUE(waitFor([&] {
        page.redraw();
        return banner.findChild<QLabel*>()->text().contains(QStringLiteral("closed"));
    })) << banner.findChild<QLabel*>()->text().toStdString();
    EXPECT_TRUE(banner.isVisible());
}

TEST_F(Dialogs, AClassicPagePopsAndSaysWhyItDoesNotPush) {
    const ScopedName name{"attach"};
    makeClassic(name);
    m_window.openBuffer(QString::fromStdString(name), shared_cbuff::Geometry{8, 100});
    BufferPage& page = *m_window.page(QString::fromStdString(name));
    ASSERT_TRUE(waitFor([&] { return page.session().story().latest().has_value(); }));
    page.redraw();
    EXPECT_FALSE(find<QPushButton>(page, "push").isEnabled());
    EXPECT_TRUE(find<QPushButton>(page, "push").toolTip().contains(QStringLiteral("classic")));
    click(find<QPushButton>(page, "pop"));
    EXPECT_TRUE(results(page).contains(QStringLiteral("underflow")));
}

TEST_F(Dialogs, HelperRefusesRatesThatCannotBe) {
    const ScopedName name{"helper"};
    createPage(name, {.item_size = 8, .length = 16});
    EXPECT_TRUE(inDialog([&] { m_window.showHelper(HelperRole::Consumer); },
                         [&](QDialog& dialog) {
                             auto& rate = find<QLineEdit>(dialog, "rate");
                             for (const char* wrong : {"", "0", "-1", "inf", "nan", "fast"}) {
                                 type(rate, wrong);
                                 EXPECT_FALSE(ok(dialog).isEnabled()) << wrong;
                             }
                             type(rate, "max");
                             EXPECT_TRUE(ok(dialog).isEnabled());
                             type(find<QLineEdit>(dialog, "count"), "x");
                             EXPECT_FALSE(ok(dialog).isEnabled());
                         }));
}

TEST_F(Dialogs, HelperStartsAsManyConsumersAsAsked) {
    const ScopedName name{"helper"};
    BufferPage& page = createPage(name, {.item_size = 8, .length = 16});
    EXPECT_TRUE(inDialog([&] { m_window.showHelper(HelperRole::Consumer); },
                         [&](QDialog& dialog) {
                             find<QSpinBox>(dialog, "howMany").setValue(3);
                             click(ok(dialog));
                         }));
    EXPECT_EQ(page.session().hands()->helpers().size(), 3u);
    EXPECT_TRUE(waitFor([&] { return page.session().story().latest()->sample.readers.size() == 3; }));
}

}  // namespace
}  // namespace workbench
