#include <QLabel>
#include <QSignalSpy>

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
    EXPECT_LT(m_plot.yAxis->range().lower, 0);
    EXPECT_GT(m_plot.yAxis->range().upper, 100);
    EXPECT_LT(m_plot.yAxis->range().upper, 115);
    ASSERT_EQ(m_page.session().story().curves().size(), 1u);
    ASSERT_GE(m_plot.graphCount(), 4);  // buffer, two kinds of marks, one reader
    const auto& data = *m_plot.graph(3)->data();
    ASSERT_FALSE(data.isEmpty());
    EXPECT_EQ((data.constEnd() - 1)->value, 60);
}

TEST_F(Plot, GetsAtMostTwoPointsAPixelColumn) {
    for (int round = 0; round < 30; ++round) {
        for (std::uint64_t item = 0; item < 37; ++item) m_writer.push(item);
        waitForSamples(1);
    }
    for (const double span : {1.0, 60.0, 7200.0}) {
        m_plot.setSpanSeconds(span);
        m_page.redraw();
        for (int index = 0; index < m_plot.graphCount(); ++index) {
            EXPECT_LE(m_plot.graph(index)->dataCount(), 2 * (m_plot.axisRect()->width() + 1) + 2);
        }
    }
}

TEST_F(Plot, PausedItStandsStillWhileSamplingGoesOn) {
    m_page.redraw();
    QTest::keyClick(&m_plot, Qt::Key_Space);
    EXPECT_FALSE(m_plot.isFollowing());
    const QCPRange range = m_plot.xAxis->range();
    const auto revision = m_page.session().story().revision();
    waitForSamples(3);
    EXPECT_GT(m_page.session().story().revision(), revision);
    m_page.redraw();
    EXPECT_EQ(m_plot.xAxis->range(), range);
    QTest::keyClick(&m_plot, Qt::Key_End);
    EXPECT_TRUE(m_plot.isFollowing());
}

TEST_F(Plot, ZoomsAndPansByKeyboardAndComesBack) {
    m_page.redraw();
    const double span = m_plot.spanSeconds();
    QTest::keyClick(&m_plot, Qt::Key_Plus);
    EXPECT_LT(m_plot.spanSeconds(), span);
    QTest::keyClick(&m_plot, Qt::Key_Minus);
    EXPECT_NEAR(m_plot.spanSeconds(), span, 1e-9);
    const double right = m_plot.xAxis->range().upper;
    QTest::keyClick(&m_plot, Qt::Key_Left);
    EXPECT_LT(m_plot.xAxis->range().upper, right);
    EXPECT_FALSE(m_plot.isFollowing());
    QTest::keyClick(&m_plot, Qt::Key_Home);
    EXPECT_TRUE(m_plot.isFollowing());
}

TEST_F(Plot, ZoomsWithTheWheelWithoutDrawingPerEvent) {
    m_page.redraw();
    QSignalSpy drawn{&m_plot, &QCustomPlot::afterReplot};
    const double span = m_plot.spanSeconds();
    const QPointF middle = m_plot.axisRect()->center();
    for (int turn = 0; turn < 20; ++turn) {
        QWheelEvent wheel{middle,         m_plot.mapToGlobal(middle), {},   {0, 120}, Qt::NoButton,
                          Qt::NoModifier, Qt::NoScrollPhase,          false};
        QApplication::sendEvent(&m_plot, &wheel);
    }
    EXPECT_LT(m_plot.spanSeconds(), span / 10);
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
    m_plot.showMoment(then);
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
    QSignalSpy drawn{&m_plot, &QCustomPlot::afterReplot};
    waitForSamples(20);
    EXPECT_EQ(drawn.count(), 0);
}

TEST_F(Plot, IsDrawnAtMostThirtyTimesASecond) {
    m_plot.setSpanSeconds(1);  // every sample moves the picture
    waitForSamples(2);
    QSignalSpy drawn{&m_plot, &QCustomPlot::afterReplot};
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
    EXPECT_EQ(m_plot.graph(2)->dataCount(), 1);
    EXPECT_EQ(m_plot.graph(1)->dataCount(), 0);
}

TEST_F(Plot, ShowsTheMomentOfAnEvent) {
    waitForSamples(2);
    m_reader.pop();
    ASSERT_TRUE(waitFor([&] { return lastEvent(EventKind::Underflow).has_value(); }));
    const double time = lastEvent(EventKind::Underflow)->time;
    m_plot.showMoment(time);
    EXPECT_FALSE(m_plot.isFollowing());
    EXPECT_NEAR(m_plot.xAxis->range().center(), time, 1e-6);
}

}  // namespace
}  // namespace workbench
