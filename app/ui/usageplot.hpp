#pragma once
// A buffer's past as a picture: usage, lanes of what went wrong, rates, and a strip of all that is kept.
// Thread contract: the GUI's thread. Reads a session's story; takes at most two points a pixel column from each
// history.

#include <qcustomplot.h>

#include <QWidget>
#include <memory>

#include "session/buffersession.hpp"
#include "ui/timeview.hpp"

namespace workbench {

class LanesPane;
class RatesPane;
class StripPane;

class UsagePlot : public QWidget {
    Q_OBJECT
public:
    explicit UsagePlot(const BufferSession& session, QWidget* parent = nullptr);
    ~UsagePlot() override;

    /// Draws what is new, if anything is and it can be seen. To be called at most 30 times a second.
    void refresh(double now);
    /// Draws at once, whatever has changed; for pictures.
    void redraw(double now);
    /// What was drawn appears at once, not at the next turn of the event loop.
    void finish();

    /// What is looked at.
    TimeView& view() { return m_view; }
    const TimeView& view() const { return m_view; }
    /// y back to 0..length, and following.
    void resetView();
    /// Values under the cursor, or the newest ones: one line of text.
    QString readout() const;

    const QCustomPlot& canvas() const { return *m_canvas; }
    QCPAxis& timeAxis() const;
    QCPAxis& usageAxis() const;
    const LanesPane& lanes() const { return *m_lanes; }
    /// Of the buffer, and of each reader in the order of the story's curves.
    const QCPGraph& bufferGraph() const { return *m_bufferGraph; }
    const std::vector<QCPGraph*>& readerGraphs() const { return m_readerGraphs; }

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void changeEvent(QEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;
    void paintEvent(QPaintEvent* event) override;

private:
    enum class Drag { none, pan, zoom, strip };

    void layOut();
    void applyPalette();
    void updateCurves();
    QCPGraph* readerGraph(std::size_t index);
    int columns() const;
    double timeAt(double x) const;
    QRect panes() const;
    void press(const QMouseEvent& event);
    void move(const QMouseEvent& event);
    void release(const QMouseEvent& event);
    void wheel(const QWheelEvent& event);
    void hover(const QPoint& pixel);
    void seekStrip(const QPoint& pixel);
    void paintBehind(QCPPainter& painter) const;
    void paintNames(QCPPainter& painter) const;
    void paintCursor(QCPPainter& painter) const;
    void paintBox(QCPPainter& painter) const;
    void cursorMoved();

    const BufferSession& m_session;
    const BufferStory& m_story;
    TimeView m_view;
    QCustomPlot* m_canvas;
    QCPAxisRect* m_usageRect = nullptr;
    QCPAxisRect* m_lanesRect = nullptr;
    QCPAxisRect* m_ratesRect = nullptr;
    QCPAxisRect* m_stripRect = nullptr;
    std::unique_ptr<LanesPane> m_lanes;
    std::unique_ptr<RatesPane> m_rates;
    std::unique_ptr<StripPane> m_strip;
    QCPGraph* m_bufferGraph = nullptr;
    std::vector<QCPGraph*> m_readerGraphs;
    double m_now = 0;
    bool m_dirty = true;
    double m_drawnEdge = 0;
    double m_drawnAt = 0;
    std::uint64_t m_drawnRevision = 0;
    Drag m_drag = Drag::none;
    QPoint m_pressedAt;
    QPoint m_draggedTo;
    bool m_hasMoved = false;
};

}  // namespace workbench
