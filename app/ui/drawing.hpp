#pragma once
// Something painted into a plot, in pixels, that is no graph: on a layer, clipped to an area.
// Thread contract: the GUI's thread.

#include <qcustomplot.h>

#include <functional>

namespace workbench {

class Drawing : public QCPLayerable {
public:
    using Area = std::function<QRect()>;
    using Paint = std::function<void(QCPPainter&)>;
    Drawing(QCustomPlot& plot, const QString& layer, Area area, Paint paint)
        : QCPLayerable{&plot, layer}, m_area{std::move(area)}, m_paint{std::move(paint)} {}

protected:
    QRect clipRect() const override { return m_area(); }
    void applyDefaultAntialiasingHint(QCPPainter* painter) const override { painter->setAntialiasing(false); }
    void draw(QCPPainter* painter) override { m_paint(*painter); }

private:
    Area m_area;
    Paint m_paint;
};

}  // namespace workbench
