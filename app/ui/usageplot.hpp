#pragma once
// Usage over time: the buffer's curve and one a reader, y from 0 to length, overflow and underflow marks.
// Thread contract: the GUI's thread. Reads a session's histories; takes at most two points a pixel column from each.

#include <qcustomplot.h>

#include "session/buffersession.hpp"

namespace workbench {

class UsagePlot : public QCustomPlot {
    Q_OBJECT
public:
    static constexpr double minimumSpanSeconds = 0.05;

    explicit UsagePlot(const BufferSession& session, QWidget* parent = nullptr);

    /// Draws what is new, if anything is and it can be seen. To be called at most 30 times a second.
    void refresh(double now);
    /// Draws at once, whatever has changed; for pictures.
    void redraw(double now);

    /// Following: the right edge is the present. Paused: the view stands still, sampling goes on.
    bool isFollowing() const { return m_following; }
    void setFollowing(bool following);
    double spanSeconds() const { return m_span; }
    void setSpanSeconds(double seconds);
    void zoomTime(double factor, double anchor);
    void panTime(double seconds);
    /// y back to 0..length, and following.
    void resetView();
    /// Shows this moment in the middle of a paused view, with the readout on it.
    void showMoment(double time);
    /// Values under the cursor, or the newest ones: one line of text.
    QString readout() const;

Q_SIGNALS:
    void followingChanged(bool following);
    void spanChanged(double seconds);
    void readoutChanged(const QString& text);

protected:
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void changeEvent(QEvent* event) override;
    void paintEvent(QPaintEvent* event) override;

private:
    void applyPalette();
    void setUpMarks(QCPGraph*& graph, QCPScatterStyle::ScatterShape shape);
    void updateRange(double now);
    void show(QCPGraph& graph, const History& history, bool goesOn);
    void updateCurves();
    void updateMarks(QCPGraph& graph, const History& counter, double y);
    void updateTicker();
    void takeUserRange(const QCPRange& range);
    void moveCursor(std::optional<double> time);
    QCPGraph* readerGraph(std::size_t index);
    int columns() const;

    const BufferSession& m_session;
    const BufferStory& m_story;
    QCPGraph* m_bufferGraph = nullptr;
    QCPGraph* m_overflowMarks = nullptr;
    QCPGraph* m_underflowMarks = nullptr;
    QCPItemStraightLine* m_lengthLine = nullptr;
    QCPItemStraightLine* m_cursorLine = nullptr;
    std::vector<QCPGraph*> m_readerGraphs;
    double m_span = 60;
    double m_now = 0;
    bool m_following = true;
    bool m_settingRange = false;
    bool m_dirty = true;
    double m_drawnEdge = 0;
    double m_drawnAt = 0;
    std::uint64_t m_drawnRevision = 0;
    std::optional<double> m_cursor;
};

}  // namespace workbench
