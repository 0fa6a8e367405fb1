#include "window_fixture.hpp"

namespace workbench {
namespace {

using shared_cbuff::Observer;
using shared_cbuff::Reader;
using shared_cbuff::Writer;
using test_support::ChildProcess;
using test_support::ScopedName;
using Manual = WindowTest;

TEST_F(Manual, PushesNumbersHexAndRangesTypedByHand) {
    const ScopedName name{"manual"};
    BufferPage& page = createPage(name, {.item_size = 8, .length = 16});
    Reader reader = Reader::attach(name);
    auto& items = find<QLineEdit>(page, "items");
    type(items, "42 0x2a 10..12");
    QTest::keyClick(&items, Qt::Key_Return);
    for (const std::uint64_t expected : {42, 42, 10, 11, 12}) EXPECT_EQ(reader.pop(), expected);
    EXPECT_EQ(reader.pop(), std::nullopt);
    EXPECT_TRUE(results(page).contains(QStringLiteral("pushed 5 items")));
}

TEST_F(Manual, PushesNothingWhenOneItemIsWrongAndSaysWhich) {
    const ScopedName name{"manual"};
    BufferPage& page = createPage(name, {.item_size = 1, .length = 16});
    type(find<QLineEdit>(page, "items"), "1 2 300");
    click(find<QPushButton>(page, "push"));
    EXPECT_EQ(Observer::attach(name.str()).sample().pushed, 0u);
    EXPECT_TRUE(results(page).contains(QStringLiteral("300")));
}

TEST_F(Manual, PopsWithAReaderOfItsOwnAndTakesNobodyElsesItems) {
    const ScopedName name{"manual"};
    Writer writer = Writer::create(name, {.item_size = 8, .length = 16});
    Reader other = Reader::attach(name);
    for (std::uint64_t item = 7; item < 10; ++item) writer.push(item);
    BufferPage& page = openPage(name);
    click(find<QPushButton>(page, "pop"));
    EXPECT_TRUE(results(page).contains(QStringLiteral("  7")));
    EXPECT_TRUE(page.session().hands()->hasReader());
    EXPECT_EQ(other.usage(), 3u);
    EXPECT_TRUE(waitFor([&] { return page.session().story().latest()->sample.readers.size() == 2; }));
    click(find<QPushButton>(page, "detach"));
    EXPECT_TRUE(waitFor([&] { return page.session().story().latest()->sample.readers.size() == 1; }));
}

TEST_F(Manual, SaysThatNothingWasThereToPop) {
    const ScopedName name{"manual"};
    const Writer writer = Writer::create(name, {.item_size = 8, .length = 16});
    BufferPage& page = openPage(name);
    click(find<QPushButton>(page, "pop"));
    EXPECT_TRUE(results(page).contains(QStringLiteral("underflow")));
}

TEST_F(Manual, PeeksWithoutAReader) {
    const ScopedName name{"manual"};
    Writer writer = Writer::create(name, {.item_size = 8, .length = 16});
    for (std::uint64_t item = 0; item < 40; ++item) writer.push(item);
    BufferPage& page = openPage(name);
    click(find<QPushButton>(page, "peek"));
    EXPECT_TRUE(results(page).contains(QStringLiteral("39")));
    EXPECT_TRUE(Observer::attach(name.str()).sample().readers.empty());
}

TEST_F(Manual, DisablesPushAndSaysWhoHoldsTheRole) {
    const ScopedName name{"manual"};
    ChildProcess holder{[&](test_support::Channel& channel) {
        const Writer writer = Writer::create(name, {.item_size = 8, .length = 16});
        channel.send("created");
        channel.receive();
        return 0;
    }};
    ASSERT_TRUE(holder.channel().expect("created"));
    BufferPage& page = openPage(name);
    EXPECT_FALSE(find<QPushButton>(page, "push").isEnabled());
    EXPECT_FALSE(find<QPushButton>(page, "role").isEnabled());
    EXPECT_TRUE(find<QLabel>(page, "roleText").text().contains(QString::number(holder.pid())));
    EXPECT_EQ(find<QPushButton>(page, "push").toolTip(), find<QLabel>(page, "roleText").text());
}

TEST_F(Manual, TakesOverFromADeadWriterAndReleasesAgain) {
    const ScopedName name{"manual"};
    ChildProcess holder{[&](test_support::Channel& channel) {
        Writer writer = Writer::create(name, {.item_size = 8, .length = 16});
        writer.push(std::uint64_t{1});
        channel.send("pushed");
        channel.receive();
        return 0;
    }};
    ASSERT_TRUE(holder.channel().expect("pushed"));
    BufferPage& page = openPage(name);
    holder.kill();
    auto& role = find<QPushButton>(page, "role");
    ASSERT_TRUE(waitFor([&] { return role.isEnabled(); }));
    EXPECT_TRUE(lastEvent(EventKind::WriterDied).has_value());
    click(role);
    auto& items = find<QLineEdit>(page, "items");
    ASSERT_TRUE(items.isEnabled());
    type(items, "2");
    QTest::keyClick(&items, Qt::Key_Return);
    const auto sample = Observer::attach(name.str()).sample();
    EXPECT_EQ(sample.pushed, 2u);
    EXPECT_EQ(sample.writer.epoch, 2u);
    click(role);
    EXPECT_EQ(Observer::attach(name.str()).sample().writer.state, shared_cbuff::WriterState::vacant);
}

TEST_F(Manual, SaysWhenTheRejectPolicyRefuses) {
    const ScopedName name{"manual"};
    BufferPage& page = createPage(name, {.item_size = 8, .length = 4, .policy = shared_cbuff::OverflowPolicy::reject});
    const Reader reader = Reader::attach(name);
    type(find<QLineEdit>(page, "items"), "1..6");
    click(find<QPushButton>(page, "push"));
    EXPECT_TRUE(results(page).contains(QStringLiteral("4 of 6")));
}

TEST_F(Manual, RemovesABufferCreatedHereWhenItsPageCloses) {
    const ScopedName name{"manual"};
    createPage(name, {.item_size = 8, .length = 4});
    EXPECT_TRUE(name.exists());
    m_window.closePage(1);
    EXPECT_FALSE(name.exists());
}

TEST_F(Manual, LeavesABufferOfOthersWhenItsPageCloses) {
    const ScopedName name{"manual"};
    Writer::create(name, {.item_size = 8, .length = 4}).release();
    openPage(name);
    m_window.closePage(1);
    EXPECT_TRUE(name.exists());
}

}  // namespace
}  // namespace workbench
