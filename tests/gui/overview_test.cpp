#include <QAbstractItemModelTester>
#include <QLineEdit>

#include "shared_cbuff/discovery.hpp"
#include "ui/overviewmodel.hpp"
#include "ui/overviewpage.hpp"
#include "window_fixture.hpp"

namespace workbench {
namespace {

using shared_cbuff::Reader;
using shared_cbuff::Writer;
using test_support::ScopedName;

class Overview : public WindowTest {
protected:
    Overview() { filter().setText(QStringLiteral("-ov-")); }

    QLineEdit& filter() { return find<QLineEdit>(m_window.overview(), "overviewFilter"); }

    int rows() { return m_window.overview().order().rowCount(); }
    QString cell(int row, OverviewModel::Column column) {
        return m_window.overview().order().index(row, column).data().toString();
    }
    bool waitForRows(int count) {
        return waitFor([&] { return rows() == count; });
    }
    bool waitForCell(int row, OverviewModel::Column column, const char* text) {
        return waitFor([&] { return cell(row, column) == QString::fromUtf8(text); });
    }
    Writer create(const std::string& name) { return Writer::create(name, {.item_size = 8, .length = 100}); }

    const ScopedName m_scopedA{"ov-a"};
    const ScopedName m_scopedB{"ov-b"};
    const std::string m_a = m_scopedA;
    const std::string m_b = m_scopedB;
};

TEST_F(Overview, IsTheFirstPageAndShowsWhatIsNotOpen) {
    EXPECT_EQ(m_window.currentPage(), nullptr);
    Writer writer = create(m_a);
    ASSERT_TRUE(waitForRows(1));
    EXPECT_EQ(cell(0, OverviewModel::Buffer), QString::fromStdString(m_a));
    for (std::uint64_t item = 0; item < 40; ++item) writer.push(item);
    ASSERT_TRUE(waitForCell(0, OverviewModel::Usage, "retains 40"));
    EXPECT_EQ(cell(0, OverviewModel::Slowest), QStringLiteral("no reader"));
    Reader reader = Reader::attach(m_a, {.label = "slow"});
    ASSERT_TRUE(waitForCell(0, OverviewModel::Usage, "40"));
    EXPECT_EQ(cell(0, OverviewModel::Slowest), QStringLiteral("slow"));
    EXPECT_EQ(cell(0, OverviewModel::Lost), QStringLiteral("0"));
    EXPECT_TRUE(m_workbench.sessions().empty());
    writer.close();
    ASSERT_TRUE(waitForRows(0));
}

TEST_F(Overview, PutsWhatLosesFirstAndComesBack) {
    Writer fine = create(m_a);
    Writer losing = create(m_b);
    Reader reader = Reader::attach(m_b, {.label = "slow"});
    ASSERT_TRUE(waitForRows(2));
    ASSERT_TRUE(waitForCell(0, OverviewModel::State, "● ok"));
    ASSERT_TRUE(waitForCell(1, OverviewModel::State, "● ok"));
    EXPECT_EQ(cell(0, OverviewModel::Buffer), QString::fromStdString(m_a));
    std::uint64_t pushed = 0;
    ASSERT_TRUE(waitFor([&] {
        for (int item = 0; item < 10; ++item) losing.push(pushed++);
        return cell(0, OverviewModel::Buffer) == QString::fromStdString(m_b);
    }));
    ASSERT_TRUE(waitFor([&] { return cell(0, OverviewModel::State) == QStringLiteral("▼ losing"); }));
    const QString lost = QLocale{}.toString(static_cast<qulonglong>(pushed - 100));
    ASSERT_TRUE(waitFor([&] { return cell(0, OverviewModel::Lost) == lost; }));
    EXPECT_EQ(cell(1, OverviewModel::Buffer), QString::fromStdString(m_a));
}

TEST_F(Overview, IsFilteredSortedAndOpenedByKeyboard) {
    Writer one = create(m_a);
    Writer two = create(m_b);
    ASSERT_TRUE(waitForRows(2));
    filter().setFocus();
    type(filter(), m_b.c_str());
    ASSERT_TRUE(waitForRows(1));
    QTableView& table = m_window.overview().table();
    table.setFocus();
    table.setCurrentIndex(table.model()->index(0, 0));
    EXPECT_EQ(m_window.overview().selectedName(), QString::fromStdString(m_b));
    QTest::keyClick(&table, Qt::Key_Return);
    ASSERT_NE(m_window.currentPage(), nullptr);
    EXPECT_EQ(m_window.currentPage()->session().name(), QString::fromStdString(m_b));
    m_window.closePage(0);  // the overview stays
    EXPECT_NE(m_window.page(QString::fromStdString(m_b)), nullptr);
}

TEST_F(Overview, SortsByTheColumnThatOneChoosesAndByTroubleAgain) {
    Writer one = create(m_a);
    Writer two = create(m_b);
    Reader first = Reader::attach(m_a), second = Reader::attach(m_b);
    for (std::uint64_t item = 0; item < 5; ++item) one.push(item);
    for (std::uint64_t item = 0; item < 7; ++item) two.push(item);
    ASSERT_TRUE(waitForRows(2));
    OverviewOrder& order = m_window.overview().order();
    ASSERT_TRUE(waitFor([&] {
        order.sort(OverviewModel::Usage, Qt::DescendingOrder);
        return cell(0, OverviewModel::Usage) == QStringLiteral("7") &&
               cell(1, OverviewModel::Usage) == QStringLiteral("5");
    }));
    EXPECT_EQ(cell(0, OverviewModel::Buffer), QString::fromStdString(m_b));
    order.sort(OverviewModel::Buffer, Qt::AscendingOrder);
    EXPECT_EQ(cell(0, OverviewModel::Buffer), QString::fromStdString(m_a));
    order.sort(OverviewModel::Buffer, Qt::DescendingOrder);
    EXPECT_EQ(cell(0, OverviewModel::Buffer), QString::fromStdString(m_b));
    order.sortByTrouble();
    EXPECT_EQ(rows(), 2);
}

TEST(OverviewModelTest, KeepsThePromisesOfAModel) {
    Watchlist watchlist{std::make_shared<Sampler>()};
    OverviewModel model{watchlist};
    OverviewOrder order{model};
    QAbstractItemModelTester one{&model, QAbstractItemModelTester::FailureReportingMode::Fatal};
    QAbstractItemModelTester other{&order, QAbstractItemModelTester::FailureReportingMode::Fatal};
    const ScopedName name{"model"};
    Writer writer = Writer::create(name.str(), {.item_size = 8, .length = 100});
    shared_cbuff::SegmentInfo segment;
    segment.name = name.str();
    segment.sample.emplace();
    watchlist.update({segment});
    ASSERT_EQ(model.rowCount(), 1);
    ASSERT_TRUE(QTest::qWaitFor(
        [&] {
            watchlist.pump();
            model.refresh();
            return model.situation(0).standing != Standing::unknown;
        },
        patienceMs));
    for (int column = 0; column < OverviewModel::ColumnCount; ++column) {
        EXPECT_FALSE(model.headerData(column, Qt::Horizontal, Qt::DisplayRole).toString().isEmpty());
        EXPECT_TRUE(model.index(0, column).data(OverviewModel::sortRole).isValid());
    }
    watchlist.update({});
    EXPECT_EQ(model.rowCount(), 0);
}

TEST(WatchlistTest, LetsADamagedBufferGoWhenItsNameLeadsToAnother) {
    Watchlist watchlist{std::make_shared<Sampler>()};
    const ScopedName name{"damaged"};
    shared_cbuff::SegmentInfo segment;
    segment.name = name.str();
    segment.sample.emplace();
    const auto standing = [&] {
        watchlist.pump();
        return watchlist.buffers().at(0)->situation().standing;
    };
    {
        const Writer writer = Writer::create(name, {.item_size = 8, .length = 100});
        watchlist.update({segment});
        test_support::truncate_segment(name, 40);
        ASSERT_TRUE(QTest::qWaitFor([&] { return standing() == Standing::damaged; }, patienceMs));
        shared_cbuff::remove_buffer(name);
    }
    const Writer another = Writer::create(name, {.item_size = 8, .length = 100});
    watchlist.update({segment});
    ASSERT_EQ(watchlist.buffers().size(), 1u);
    EXPECT_TRUE(QTest::qWaitFor([&] { return standing() == Standing::ok; }, patienceMs));
}

TEST(WatchlistTest, SaysWhatCannotBeWatched) {
    Watchlist watchlist{std::make_shared<Sampler>()};
    const ScopedName name{"gone"};
    shared_cbuff::SegmentInfo missing;
    missing.name = name.str();
    missing.sample.emplace();
    shared_cbuff::SegmentInfo foreign;
    foreign.name = name.str() + "-foreign";
    shared_cbuff::SegmentInfo locked;
    locked.name = name.str() + "-locked";
    locked.problem = "not yours";
    watchlist.update({locked});
    EXPECT_EQ(watchlist.whyUnwatched(), QStringLiteral("not yours"));
    EXPECT_EQ(watchlist.unwatched(), 1);
    EXPECT_EQ(watchlist.unknown(), 0);
    watchlist.update({missing, foreign});
    EXPECT_TRUE(watchlist.buffers().empty());
    EXPECT_EQ(watchlist.unwatched(), 1);
    EXPECT_TRUE(watchlist.whyUnwatched().contains(QString::fromStdString(name.str())));
    EXPECT_EQ(watchlist.unknown(), 1);
}

}  // namespace
}  // namespace workbench
