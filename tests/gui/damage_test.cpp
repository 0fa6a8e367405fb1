#include <random>

#include "shared_cbuff/detail/segment.hpp"
#include "shared_cbuff/observer.hpp"
#include "ui/helperpanel.hpp"
#include "window_fixture.hpp"

namespace workbench {
namespace {

using shared_cbuff::BufferState;
using shared_cbuff::Writer;
using test_support::ScopedName;

class Damage : public WindowTest {
protected:
    bool waitForState(BufferState state) {
        return waitFor([&] { return m_page.session().story().latest()->sample.state == state; });
    }
    /// The page says it, and the program still does its work.
    void expectBanner(const char* word) {
        m_page.redraw();
        const auto& banner = find<QFrame>(m_page, "banner");
        EXPECT_TRUE(banner.isVisible());
        EXPECT_TRUE(banner.findChild<QLabel*>()->text().contains(QString::fromLatin1(word)))
            << banner.findChild<QLabel*>()->text().toStdString();
        const ScopedName other{"other"};
        EXPECT_NE(m_window.createBuffer(QString::fromStdString(other), {.item_size = 1, .length = 2}), nullptr);
        m_window.closePage(2);
    }

    const ScopedName m_name{"damage"};
    Writer m_writer = Writer::create(m_name, {.item_size = 8, .length = 4096});
    BufferPage& m_page = openPage(m_name);
};

TEST_F(Damage, UnlinkedIsSaidAndSamplingGoesOn) {
    shared_cbuff::Segment::unlink(m_name.str());
    ASSERT_TRUE(waitForState(BufferState::unlinked));
    expectBanner("unlinked");
    EXPECT_TRUE(lastEvent(EventKind::Unlinked).has_value());
    m_writer.push(std::uint64_t{1});
    EXPECT_TRUE(waitFor([&] { return m_page.session().story().latest()->sample.pushed == 1; }));
}

TEST_F(Damage, ReplacedIsSaidAndTheNewOneIsOneClickAway) {
    shared_cbuff::Segment::unlink(m_name.str());
    Writer second = Writer::create(m_name, {.item_size = 8, .length = 16});
    second.push(std::uint64_t{5});
    ASSERT_TRUE(waitForState(BufferState::replaced));
    expectBanner("another buffer");
    click(*find<QFrame>(m_page, "banner").findChild<QPushButton*>());
    const auto newPage = [&] { return m_window.page(QString::fromStdString(m_name)); };
    // Told by its buffer, not by its address, which may be that of the page that went.
    ASSERT_TRUE(waitFor([&] {
        return newPage() != nullptr && newPage()->session().geometry().length == 16 &&
               newPage()->session().story().latest();
    }));
    EXPECT_EQ(newPage()->session().story().latest()->sample.pushed, 1u);
    EXPECT_EQ(newPage()->session().geometry().length, 16u);
}

TEST_F(Damage, AReplacedPageTakesNothingFromTheNewBufferAndStartsNothingOnIt) {
    shared_cbuff::Segment::unlink(m_name.str());
    Writer second = Writer::create(m_name, {.item_size = 8, .length = 16});
    second.push(std::uint64_t{5});
    ASSERT_TRUE(waitForState(BufferState::replaced));
    m_page.redraw();
    EXPECT_FALSE(m_page.session().hands()->pop(1).ok());
    EXPECT_TRUE(shared_cbuff::Observer::attach(m_name.str()).sample().readers.empty());
    EXPECT_TRUE(waitFor([&] { return !find<QPushButton>(m_page, "pop").isEnabled(); }));
    EXPECT_FALSE(m_page.session().hands()->whyNoProducer().isEmpty());
    EXPECT_TRUE(waitFor([&] { return !find<QPushButton>(m_window.helperPanel(), "consumer").isEnabled(); }));
}

TEST_F(Damage, ClosingAPageLeavesWhatAnotherPutInItsBuffersPlace) {
    const ScopedName name{"damage"};
    BufferPage& page = createPage(name, {.item_size = 8, .length = 16});
    page.session().hands()->releaseWriterRole();
    shared_cbuff::Segment::unlink(name.str());
    Writer::create(name, {.item_size = 8, .length = 16}).release();
    m_window.closePage(2);
    EXPECT_TRUE(name.exists());
}

TEST_F(Damage, ADamagedPageSaysNothingAboutTheWriter) {
    test_support::truncate_segment(m_name.str(), 4096);
    ASSERT_TRUE(waitForState(BufferState::damaged));
    m_page.redraw();
    EXPECT_TRUE(find<QLabel>(m_page, "facts").text().contains(QStringLiteral("nothing in it can be trusted")));
    EXPECT_TRUE(waitFor([&] { return !find<QPushButton>(m_page, "pop").isEnabled(); }));
}

TEST_F(Damage, TruncationIsSaidAndTakesNothingDown) {
    m_page.session().hands()->pop(1);  // a reader of the page's own, with mapped memory
    test_support::truncate_segment(m_name.str(), 4096);
    ASSERT_TRUE(waitForState(BufferState::damaged));
    expectBanner("damaged");
    EXPECT_FALSE(m_page.session().hands()->pop(1).ok());
    EXPECT_FALSE(m_page.session().peek(1, shared_cbuff::StartAt::newest).ok());
    EXPECT_TRUE(lastEvent(EventKind::Damaged).has_value());
}

TEST_F(Damage, TruncationUnderAWriterOfThisPageTakesNothingDown) {
    const ScopedName name{"damage"};
    BufferPage& page = createPage(name, {.item_size = 8, .length = 4096});
    test_support::truncate_segment(name.str(), 0);
    EXPECT_FALSE(page.session().hands()->push(std::vector<std::byte>(8)).ok());
    EXPECT_TRUE(waitFor([&] { return page.session().story().latest()->sample.state == BufferState::damaged; }));
    m_window.closePage(2);
    EXPECT_FALSE(name.exists());
}

TEST_F(Damage, NoiseIsSaidAndTakesNothingDown) {
    std::mt19937 random{3};
    std::vector<std::byte> noise(test_support::bytes_of(m_name.str()).size());
    for (std::byte& byte : noise) byte = static_cast<std::byte>(random());
    test_support::overwrite_bytes(m_name.str(), 0, noise);
    ASSERT_TRUE(waitForState(BufferState::damaged));
    expectBanner("damaged");
    m_page.session().hands()->pop(1);
    m_page.session().peek(100, shared_cbuff::StartAt::oldest);
}

TEST_F(Damage, ClosedIsSaid) {
    m_writer.close();
    ASSERT_TRUE(waitForState(BufferState::closed));
    expectBanner("closed");
}

}  // namespace
}  // namespace workbench
