#include <QLabel>
#include <QSignalSpy>
#include <QToolButton>

#include "ui/lanespane.hpp"
#include "window_fixture.hpp"

namespace workbench {
namespace {

using shared_cbuff::Reader;
using shared_cbuff::Writer;
using test_support::ScopedName;

class Plot : public WindowTest {
protected:
    /// Lets `count` more samples come in.
    void waitForSamples(int count) {
        QSignalSpy sampled{&m_page.session(), &BufferSession::taken};
        ASSERT_TRUE(waitFor([&] { return sampled.count() >= count; }));
    }

    /// What the mouse is over.
    QCustomPlot& canvas() { return *m_plot.findChild<QCustomPlot*>(); }
    void pushAll(std::uint64_t count) {
        for (std::uint64_t item = 0; item < count; ++item) m_writer.push(item);
    }

    const ScopedName m_name{"plot"};
    Writer m_writer = Writer::create(m_name, {.item_size = 8, .length = 100});
    Reader m_reader = Reader::attach(m_name, {.label = "one"});
    BufferPage& m_page = openPage(m_name);
    UsagePlot& m_plot = m_page.plot();
};

TEST_F(Plot, HasUsageFromZeroToLengthAndACurveAReader) {
    for (std::uint64_t item = 0; item < 60; ++item) m_writer.push(item);
    ASSERT_TRUE(waitFor([&] { return m_page.session().story().latest()->sample.usage == 60; }));
    m_page.redraw();
    EXPECT_LT(m_plot.usageAxis().range().lower, 0);
    EXPECT_GT(m_plot.usageAxis().range().upper, 100);
    EXPECT_LT(m_plot.usageAxis().range().upper, 115);
    ASSERT_EQ(m_page.session().story().curves().size(), 1u);
    ASSERT_EQ(m_plot.readerGraphs().size(), 1u);
    const auto& data = *m_plot.readerGraphs()[0]->data();
    ASSERT_FALSE(data.isEmpty());
    EXPECT_EQ((data.constEnd() - 1)->value, 60);
}

TEST_F(Plot, GetsAtMostTwoPointsAPixelColumn) {
    for (int round = 0; round < 30; ++round) {
        for (std::uint64_t item = 0; item < 37; ++item) m_writer.push(item);
        waitForSamples(1);
    }
    for (const double span : {1.0, 60.0, 7200.0}) {
        m_plot.view().setSpan(span);
        m_page.redraw();
        const QCustomPlot& canvas = m_plot.canvas();
        for (int index = 0; index < canvas.graphCount(); ++index) {
            EXPECT_LE(canvas.graph(index)->dataCount(), 2 * (canvas.axisRect(0)->width() + 1) + 2);
        }
    }
}

TEST_F(Plot, PausedItStandsStillWhileSamplingGoesOn) {
    m_page.redraw();
    QTest::keyClick(&m_plot, Qt::Key_Space);
    EXPECT_FALSE(m_plot.view().isFollowing());
    const QCPRange range = m_plot.timeAxis().range();
    const auto revision = m_page.session().story().revision();
    waitForSamples(3);
    EXPECT_GT(m_page.session().story().revision(), revision);
    m_page.redraw();
    EXPECT_EQ(m_plot.timeAxis().range(), range);
    QTest::keyClick(&m_plot, Qt::Key_End);
    EXPECT_TRUE(m_plot.view().isFollowing());
}

TEST_F(Plot, ZoomsAndPansByKeyboardAndComesBack) {
    m_page.redraw();
    const double span = m_plot.view().span();
    QTest::keyClick(&m_plot, Qt::Key_Plus);
    EXPECT_LT(m_plot.view().span(), span);
    QTest::keyClick(&m_plot, Qt::Key_Minus);
    EXPECT_NEAR(m_plot.view().span(), span, 1e-9);
    const double right = m_plot.view().to();
    QTest::keyClick(&m_plot, Qt::Key_Left);
    EXPECT_LT(m_plot.view().to(), right);
    EXPECT_FALSE(m_plot.view().isFollowing());
    QTest::keyClick(&m_plot, Qt::Key_Home);
    EXPECT_TRUE(m_plot.view().isFollowing());
}

TEST_F(Plot, ZoomsWithTheWheelWithoutDrawingPerEvent) {
    m_page.redraw();
    QSignalSpy drawn{&m_plot.canvas(), &QCustomPlot::afterReplot};
    const double span = m_plot.view().span();
    const QPointF middle = m_plot.canvas().axisRect(0)->center();
    for (int turn = 0; turn < 20; ++turn) {
        QWheelEvent wheel{middle,         m_plot.mapToGlobal(middle), {},   {0, 120}, Qt::NoButton,
                          Qt::NoModifier, Qt::NoScrollPhase,          false};
        QApplication::sendEvent(&canvas(), &wheel);
    }
    EXPECT_LT(m_plot.view().span(), span / 10);
    EXPECT_EQ(drawn.count(), 0);
}

TEST_F(Plot, ReadsOutWhatHeldAtAMomentLiveOrPaused) {
    for (std::uint64_t item = 0; item < 25; ++item) m_writer.push(item);
    ASSERT_TRUE(waitFor([&] { return m_page.session().story().latest()->sample.usage == 25; }));
    const double then = m_page.session().story().latest()->time;
    while (m_reader.pop()) {
    }
    ASSERT_TRUE(waitFor([&] { return m_page.session().story().latest()->sample.usage == 0; }));
    EXPECT_TRUE(m_plot.readout().contains(QStringLiteral("buffer 0")));
    m_plot.view().showMoment(then);
    EXPECT_TRUE(m_plot.readout().contains(QStringLiteral("buffer 25"))) << m_plot.readout().toStdString();
}

TEST_F(Plot, ShowsWhatTheBufferRetainsWhenNoReaderIsLeft) {
    for (std::uint64_t item = 0; item < 25; ++item) m_writer.push(item);
    ASSERT_TRUE(waitFor([&] { return m_page.session().story().latest()->sample.usage == 25; }));
    { const Reader leaving = std::move(m_reader); }
    ASSERT_TRUE(waitFor([&] { return !m_page.session().story().latest()->sample.has_living_reader; }));
    m_page.redraw();
    const auto* const facts = m_page.findChild<QLabel*>(QStringLiteral("facts"));
    EXPECT_TRUE(facts->text().contains(QStringLiteral("retained 25"))) << facts->text().toStdString();
    const auto& usage = m_page.session().story().usage();
    EXPECT_EQ(usage.at(usage.newestTime())->maximum, 0);  // what is retained is no usage
}

TEST_F(Plot, IsNotDrawnWhileHidden) {
    m_page.redraw();
    waitForSamples(1);
    m_window.hide();
    QSignalSpy drawn{&m_plot.canvas(), &QCustomPlot::afterReplot};
    waitForSamples(20);
    EXPECT_EQ(drawn.count(), 0);
}

TEST_F(Plot, IsDrawnAtMostThirtyTimesASecond) {
    m_plot.view().setSpan(1);  // every sample moves the picture
    waitForSamples(2);
    QSignalSpy drawn{&m_plot.canvas(), &QCustomPlot::afterReplot};
    const Timebase clock;
    const double begin = clock.now();
    waitForSamples(20);
    ASSERT_TRUE(waitFor([&] { return drawn.count() > 0; }));
    EXPECT_LE(drawn.count(), (clock.now() - begin) * 30 + 2);
}

TEST_F(Plot, MarksAnUnderflowWhereItHappened) {
    waitForSamples(2);
    EXPECT_EQ(m_reader.pop(), std::nullopt);
    ASSERT_TRUE(waitFor([&] { return eventAmount(EventKind::Underflow) == 1; }));
    m_page.redraw();
    ASSERT_EQ(m_plot.lanes().cells(LanesPane::Underflow).size(), 1u);
    EXPECT_EQ(m_plot.lanes().cells(LanesPane::Underflow)[0].amount, 1u);
    EXPECT_TRUE(m_plot.lanes().cells(LanesPane::Lost).empty());
}

TEST_F(Plot, ShowsTheMomentOfAnEvent) {
    waitForSamples(2);
    m_reader.pop();
    ASSERT_TRUE(waitFor([&] { return lastEvent(EventKind::Underflow).has_value(); }));
    const double time = lastEvent(EventKind::Underflow)->time;
    m_plot.view().showMoment(time);
    EXPECT_FALSE(m_plot.view().isFollowing());
    EXPECT_NEAR(m_plot.view().middle(), time, 1e-6);
}

/// Marks that hung on the data once left the view with a vertical zoom, and the next change of the rate hid them.
TEST_F(Plot, KeepsALossInSightWhateverTheViewAndTheRate) {
    waitForSamples(2);
    pushAll(130);
    ASSERT_TRUE(waitFor([&] { return eventAmount(EventKind::Overflow) == 30; }));
    const auto lost = [&] {
        m_page.redraw();
        std::uint64_t sum = 0;
        for (const LaneCell& cell : m_plot.lanes().cells(LanesPane::Lost)) sum += cell.amount;
        return sum;
    };
    EXPECT_EQ(lost(), 30u);
    const QPointF middle = canvas().axisRect(0)->center();
    QWheelEvent wheel{
        middle, m_plot.mapToGlobal(middle), {}, {0, 1200}, Qt::NoButton, Qt::ShiftModifier, Qt::NoScrollPhase, false};
    QApplication::sendEvent(&canvas(), &wheel);
    EXPECT_LT(m_plot.usageAxis().range().size(), 50);
    EXPECT_EQ(lost(), 30u);
    m_workbench.setSamplingRate(10);
    waitForSamples(3);
    EXPECT_EQ(lost(), 30u);
    for (const double span : {600.0, 7200.0, 86400.0}) {
        m_plot.view().setSpan(span);
        EXPECT_EQ(lost(), 30u) << span;
    }
}

TEST_F(Plot, TellsWhoLostHowMuchWhereThePointerRests) {
    waitForSamples(2);
    pushAll(130);
    ASSERT_TRUE(waitFor([&] { return eventAmount(EventKind::Overflow) == 30; }));
    m_plot.view().showMoment(lastEvent(EventKind::Overflow)->time);
    m_page.redraw();
    const LaneCell cell = m_plot.lanes().cells(LanesPane::Lost).at(0);
    const int x = static_cast<int>(m_plot.timeAxis().coordToPixel(cell.from)) + 1;
    const int y = canvas().axisRect(1)->top() + LanesPane::laneHeight / 2;
    const auto wall = [&](double time) { return m_page.session().feed().wall(time); };
    const QString told = m_plot.lanes().tellAt({x, y}, wall);
    EXPECT_TRUE(told.contains(QStringLiteral("30 items lost"))) << told.toStdString();
    EXPECT_TRUE(told.contains(QStringLiteral("one (pid"))) << told.toStdString();
    EXPECT_EQ(m_plot.lanes().tellAt({x, y + LanesPane::laneHeight}, wall), QString{});
    EXPECT_TRUE(m_plot.lanes().momentAt({x, y}).has_value());
}

TEST_F(Plot, KeepsTheCursorUnderThePointerAndPinsItByAClick) {
    m_page.redraw();
    const QPoint where = canvas().axisRect(0)->center();
    QTest::mouseMove(&canvas(), where + QPoint{3, 0});
    QTest::mouseMove(&canvas(), where);
    const auto share = [&] { return (*m_plot.view().cursor() - m_plot.view().from()) / m_plot.view().span(); };
    const QCPAxisRect& usage = *canvas().axisRect(0);
    const double before = (where.x() - usage.left()) / static_cast<double>(usage.width());
    ASSERT_TRUE(waitFor([&] { return m_plot.view().cursor() && std::abs(share() - before) < 1e-6; }));
    waitForSamples(20);
    m_page.redraw();
    EXPECT_NEAR(share(), before, 1e-6);
    QTest::mouseClick(&canvas(), Qt::LeftButton, {}, where);
    EXPECT_TRUE(m_plot.view().isPinned());
    const double pinned = *m_plot.view().cursor();
    waitForSamples(20);
    m_page.redraw();
    EXPECT_EQ(*m_plot.view().cursor(), pinned);
    QTest::keyClick(&m_plot, Qt::Key_Escape);
    EXPECT_FALSE(m_plot.view().cursor().has_value());
}

TEST_F(Plot, IsDraggedToThePastAndZoomedByARubberBandAndBack) {
    m_page.redraw();
    const QPoint where = canvas().axisRect(0)->center();
    const double span = m_plot.view().span();
    const double to = m_plot.view().to();
    QTest::mousePress(&canvas(), Qt::LeftButton, {}, where);
    QTest::mouseMove(&canvas(), where + QPoint{canvas().axisRect(0)->width() / 4, 0});
    QTest::mouseRelease(&canvas(), Qt::LeftButton, {}, where + QPoint{canvas().axisRect(0)->width() / 4, 0});
    EXPECT_FALSE(m_plot.view().isFollowing());
    EXPECT_FALSE(m_plot.view().isPinned());
    EXPECT_LT(m_plot.view().to(), to);
    EXPECT_NEAR(m_plot.view().span(), span, 1e-9);
    const double dragged = m_plot.view().to();
    QTest::mousePress(&canvas(), Qt::LeftButton, Qt::ShiftModifier, where);
    QTest::mouseMove(&canvas(), where + QPoint{canvas().axisRect(0)->width() / 4, 0});
    QTest::mouseRelease(&canvas(), Qt::LeftButton, Qt::ShiftModifier,
                        where + QPoint{canvas().axisRect(0)->width() / 4, 0});
    EXPECT_NEAR(m_plot.view().span(), span / 4, span / 50);
    QTest::keyClick(&m_plot, Qt::Key_Backspace);
    EXPECT_NEAR(m_plot.view().span(), span, 1e-9);
    EXPECT_NEAR(m_plot.view().to(), dragged, 1e-6);
}

/// What was counted before the page was opened is said, and one may begin to count anew.
TEST_F(Plot, SaysWhatWasLostSinceWhenAndWhatBefore) {
    const ScopedName name{"before"};
    Writer writer = Writer::create(name, {.item_size = 8, .length = 10});
    const Reader slow = Reader::attach(name, {.label = "slow"});
    std::uint64_t pushed = 0;
    const auto push = [&](int count) {
        for (int item = 0; item < count; ++item) writer.push(pushed++);
    };
    push(17);
    BufferPage& page = openPage(name);
    const auto losses = [&] {
        page.redraw();
        return find<QLabel>(page, "losses").text();
    };
    EXPECT_TRUE(losses().startsWith(QStringLiteral("lost 7, of these 0 since"))) << losses().toStdString();
    push(5);
    ASSERT_TRUE(waitFor([&] { return losses().contains(QStringLiteral("lost 12, of these 5 since")); }));
    EXPECT_TRUE(losses().startsWith(QStringLiteral("▼ lost 5 in 10 s"))) << losses().toStdString();
    QTest::mouseClick(&find<QToolButton>(page, "mark"), Qt::LeftButton);
    EXPECT_TRUE(losses().contains(QStringLiteral("lost 12, of these 0 since"))) << losses().toStdString();
    push(3);
    ASSERT_TRUE(waitFor([&] { return losses().contains(QStringLiteral("lost 15, of these 3 since")); }));
}

TEST_F(Plot, GoesWhereTheStripIsClicked) {
    waitForSamples(5);
    m_page.redraw();
    m_plot.view().setSpan(1);
    const QCPAxisRect& strip = *canvas().axisRect(3);
    QTest::mouseClick(&canvas(), Qt::LeftButton, {}, {strip.left() + strip.width() / 2, strip.center().y()});
    EXPECT_FALSE(m_plot.view().isFollowing());
    EXPECT_NEAR(m_plot.view().middle(), strip.axis(QCPAxis::atBottom)->range().center(), 0.1);
}

}  // namespace
}  // namespace workbench
