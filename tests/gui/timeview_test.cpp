#include "ui/timeview.hpp"

#include <gtest/gtest.h>

#include <QSignalSpy>

#include "ui/timeticker.hpp"

namespace workbench {
namespace {

class TimeViewTest : public testing::Test {
protected:
    TimeViewTest() {
        m_view.setSpan(10);
        m_view.follow(1000, 100);
    }
    TimeView m_view;
};

TEST_F(TimeViewTest, FollowsThePresentByWholeColumns) {
    EXPECT_EQ(m_view.to(), 1000);
    EXPECT_EQ(m_view.from(), 990);
    m_view.follow(1000.05, 100);
    EXPECT_NEAR(m_view.to(), 1000.1, 1e-9);
    m_view.setFollowing(false);
    m_view.follow(2000, 100);
    EXPECT_NEAR(m_view.to(), 1000.1, 1e-9);
}

TEST_F(TimeViewTest, KeepsTheRightEdgeWhileItFollowsAndTheMiddleWhileItStands) {
    m_view.setSpan(20);
    EXPECT_EQ(m_view.to(), 1000);
    m_view.setFollowing(false);
    m_view.setSpan(10);
    EXPECT_EQ(m_view.middle(), 990);
    m_view.setFollowing(true);
    m_view.follow(1000, 100);
    m_view.zoom(0.5, 991);
    EXPECT_EQ(m_view.to(), 1000);
    EXPECT_EQ(m_view.span(), 5);
}

TEST_F(TimeViewTest, ZoomsAboutWhatOnePointsAt) {
    m_view.setFollowing(false);
    m_view.zoom(0.5, 992);
    EXPECT_EQ(m_view.span(), 5);
    EXPECT_NEAR((992 - m_view.from()) / m_view.span(), 0.2, 1e-9);
}

TEST_F(TimeViewTest, ZoomsWhereItIsWhenWhatOnePointsAtIsOutOfSight) {
    m_view.setFollowing(false);
    m_view.zoom(0.5, 500);
    EXPECT_EQ(m_view.from(), 990);
    EXPECT_EQ(m_view.to(), 995);
    m_view.zoom(0.5, 5000);
    EXPECT_EQ(m_view.to(), 995);
}

TEST_F(TimeViewTest, HasBoundsOneCannotZoomBeyond) {
    m_view.setSpan(TimeView::minimumSpan / 2);
    EXPECT_EQ(m_view.span(), TimeView::minimumSpan);
    m_view.zoom(0.5, 995);
    EXPECT_EQ(m_view.span(), TimeView::minimumSpan);
    m_view.setSpan(TimeView::maximumSpan * 2);
    EXPECT_EQ(m_view.span(), TimeView::maximumSpan);
    m_view.show(0, TimeView::maximumSpan * 3);
    EXPECT_EQ(m_view.span(), TimeView::maximumSpan);
}

TEST_F(TimeViewTest, StandsStillOncePannedAndComesBackFromARubberBand) {
    QSignalSpy following{&m_view, &TimeView::followingChanged};
    m_view.pan(-3);
    EXPECT_FALSE(m_view.isFollowing());
    EXPECT_EQ(m_view.to(), 997);
    EXPECT_FALSE(m_view.canGoBack());
    m_view.show(990, 992);
    EXPECT_EQ(m_view.span(), 2);
    m_view.show(991, 991.5);
    m_view.back();
    EXPECT_EQ(m_view.from(), 990);
    m_view.back();
    EXPECT_EQ(m_view.to(), 997);
    EXPECT_EQ(m_view.span(), 10);
    m_view.back();
    EXPECT_EQ(m_view.to(), 997);
    EXPECT_EQ(following.count(), 1);
}

TEST_F(TimeViewTest, ComesBackToFollowingIfItFollowed) {
    m_view.show(990, 992);
    EXPECT_FALSE(m_view.isFollowing());
    m_view.back();
    EXPECT_TRUE(m_view.isFollowing());
}

TEST_F(TimeViewTest, MovesWhatIsHoveredWithTheViewAndKeepsWhatIsPinned) {
    QSignalSpy cursor{&m_view, &TimeView::cursorChanged};
    EXPECT_FALSE(m_view.cursor());
    m_view.hover(0.5);
    EXPECT_EQ(m_view.cursor(), 995);
    m_view.follow(1001, 100);
    EXPECT_EQ(m_view.cursor(), 996);
    m_view.pin(994);
    m_view.hover(0.1);
    m_view.follow(1002, 100);
    EXPECT_EQ(m_view.cursor(), 994);
    m_view.pin(std::nullopt);
    EXPECT_EQ(m_view.cursor(), 993);
    m_view.hover(std::nullopt);
    EXPECT_FALSE(m_view.cursor());
    EXPECT_EQ(cursor.count(), 5);
    m_view.hover(std::nullopt);
    EXPECT_EQ(cursor.count(), 5);
}

TEST_F(TimeViewTest, ShowsAMomentInItsMiddleWithTheCursorOnIt) {
    m_view.showMoment(500);
    EXPECT_EQ(m_view.middle(), 500);
    EXPECT_EQ(m_view.cursor(), 500);
    EXPECT_FALSE(m_view.isFollowing());
}

TEST(TimeStep, IsOneThatPeopleCountInAndNeverGivesMoreTicksThanAskedFor) {
    EXPECT_EQ(timeStep(60, 6), 10);
    EXPECT_EQ(timeStep(61, 6), 15);
    EXPECT_EQ(timeStep(10, 4), 5);  // not 2.5, of which labels would tell the half
    EXPECT_EQ(timeStep(0.05, 5), 0.01);
    EXPECT_EQ(timeStep(3600, 4), 900);
    EXPECT_EQ(timeStep(7 * 86400, 7), 86400);
    EXPECT_EQ(timeStep(7 * 86400, 3), 3 * 86400);
}

/// Ten seconds over 530 pixels once said :32 :35 :37 :40.
TEST(TimeTicker, LabelsSayExactlyWhereTheyStand) {
    struct Ticker : TimeTicker {
        using TimeTicker::createTickVector;
        using TimeTicker::getTickLabel;
        using TimeTicker::getTickStep;
        using TimeTicker::TimeTicker;
    };
    constexpr double ahead = 0.37;  // of the wall clock
    Ticker ticker{[](double time) { return time + ahead; }};
    for (const double span : {0.05, 1.0, 10.0, 47.0, 600.0, 86400.0}) {
        for (const int count : {2, 4, 5, 9}) {
            ticker.setTickCount(count);
            const QCPRange range{1.8e9 + 0.123, 1.8e9 + 0.123 + span};
            const double step = ticker.getTickStep(range);
            const auto ticks = ticker.createTickVector(step, range);
            EXPECT_LE(ticks.size(), count + 1);
            QString before;
            for (const double tick : ticks) {
                const double wall = tick + ahead;
                EXPECT_NEAR(wall / step, std::round(wall / step), 1e-3) << span;
                EXPECT_TRUE(range.contains(tick) || std::abs(tick - range.lower) < 1e-6);
                const QString label = ticker.getTickLabel(tick, {}, u'g', 6);
                const auto at = QDateTime::fromMSecsSinceEpoch(std::llround(wall * 1000));
                EXPECT_EQ(label, at.toString(timeFormat(step)));
                EXPECT_NE(label, before);
                before = label;
            }
        }
    }
}

}  // namespace
}  // namespace workbench
