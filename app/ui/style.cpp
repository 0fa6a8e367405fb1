#include "ui/style.hpp"

#include <QApplication>
#include <QDateTime>
#include <QLocale>
#include <QPainter>
#include <QPainterPath>
#include <QStyleFactory>
#include <QTextDocument>
#include <algorithm>
#include <array>
#include <cmath>

#include "values/printable.hpp"

namespace workbench::style {
namespace {

using shared_cbuff::BufferState;

// Okabe & Ito, Color Universal Design (2008); each for light and for dark backgrounds.
struct Tone {
    QRgb light;
    QRgb dark;
};
constexpr std::array<Tone, 7> readerTones{{
    {0xff0072B2, 0xff56B4E9},  // blue, sky blue
    {0xffD55E00, 0xffE69F00},  // vermillion, orange
    {0xff009E73, 0xff2FCF9F},  // bluish green
    {0xffCC79A7, 0xffE3A0C8},  // reddish purple
    {0xffB37B00, 0xffF0E442},  // orange darkened, yellow
    {0xff3391C8, 0xff8CCBF2},  // sky blue darkened
    {0xff6B4C9A, 0xffB9A0DE},  // violet, for a seventh
}};

const QList<QList<qreal>>& dashes() {
    static const QList<QList<qreal>> patterns{{}, {7, 3}, {2, 2}, {8, 3, 2, 3}, {4, 2}};
    return patterns;
}

QPalette makePalette(QColor window, QColor base, QColor text, QColor button, QColor accent) {
    QPalette palette;
    palette.setColor(QPalette::Window, window);
    palette.setColor(QPalette::WindowText, text);
    palette.setColor(QPalette::Base, base);
    palette.setColor(QPalette::AlternateBase, window);
    palette.setColor(QPalette::Text, text);
    palette.setColor(QPalette::Button, button);
    palette.setColor(QPalette::ButtonText, text);
    palette.setColor(QPalette::BrightText, Qt::white);
    palette.setColor(QPalette::Highlight, accent);
    palette.setColor(QPalette::HighlightedText, Qt::white);
    palette.setColor(QPalette::Link, accent);
    palette.setColor(QPalette::ToolTipBase, base);
    palette.setColor(QPalette::ToolTipText, text);
    QColor faded = text;
    faded.setAlphaF(0.55f);
    palette.setColor(QPalette::PlaceholderText, faded);
    const auto dim = QColor::fromRgbF((text.redF() + window.redF()) / 2, (text.greenF() + window.greenF()) / 2,
                                      (text.blueF() + window.blueF()) / 2);
    for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText}) {
        palette.setColor(QPalette::Disabled, role, dim);
    }
    return palette;
}

/// The shapes of a 16 by 16 grid.
void drawIcon(QPainter& painter, Icon which) {
    const auto line = [&](double x1, double y1, double x2, double y2) {
        painter.drawLine(QPointF{x1, y1}, QPointF{x2, y2});
    };
    const auto ring = [&](QPointF center, double radius) { painter.drawEllipse(center, radius, radius); };
    const auto fill = [&](std::initializer_list<QPointF> points) {
        painter.setBrush(painter.pen().color());
        painter.drawPolygon(QPolygonF{QList<QPointF>{points}});
    };
    switch (which) {
        case Icon::Attach:
            ring({6.5, 6.5}, 4);
            return line(9.5, 9.5, 14, 14);
        case Icon::Create:
            ring({8, 8}, 6);
            line(8, 5, 8, 11);
            return line(5, 8, 11, 8);
        case Icon::Remove:
            ring({8, 8}, 6);
            return line(5, 8, 11, 8);
        case Icon::Pause:
            line(5.5, 3.5, 5.5, 12.5);
            return line(10.5, 3.5, 10.5, 12.5);
        case Icon::Follow:
            line(13.5, 3, 13.5, 13);
            return fill({{3, 3.5}, {10.5, 8}, {3, 12.5}});
        case Icon::Producer:
            ring({11, 8}, 3.5);
            line(1.5, 8, 6, 8);
            return fill({{4.5, 5.5}, {7.5, 8}, {4.5, 10.5}});
        case Icon::Consumer:
            ring({5, 8}, 3.5);
            line(8.5, 8, 13, 8);
            return fill({{11.5, 5.5}, {14.5, 8}, {11.5, 10.5}});
        case Icon::Picture:
            painter.drawRect(QRectF{2, 3, 12, 10});
            return painter.drawPolyline(QPolygonF{QList<QPointF>{{2, 11}, {6, 7}, {9, 10}, {11, 8}, {14, 11}}});
        case Icon::Application:
            painter.drawArc(QRectF{2, 2, 12, 12}, 40 * 16, 280 * 16);
            return fill({{11, 1.5}, {15, 5}, {10, 6}});
    }
}

}  // namespace

void applyTheme(Theme theme) {
    if (theme == Theme::System) return;
    QApplication::setStyle(QStyleFactory::create(QStringLiteral("Fusion")));
    QApplication::setPalette(theme == Theme::Dark ? darkPalette() : lightPalette());
}

QPalette lightPalette() {
    return makePalette(QColor{0xf4, 0xf5, 0xf6}, QColor{0xff, 0xff, 0xff}, QColor{0x1d, 0x23, 0x29},
                       QColor{0xe9, 0xeb, 0xed}, QColor{0x00, 0x62, 0x9b});
}

QPalette darkPalette() {
    return makePalette(QColor{0x20, 0x24, 0x29}, QColor{0x17, 0x1a, 0x1e}, QColor{0xe2, 0xe5, 0xe8},
                       QColor{0x2d, 0x33, 0x39}, QColor{0x1f, 0x7a, 0xb8});
}

bool isDark(const QPalette& palette) { return palette.color(QPalette::Base).lightness() < 128; }

QPen readerPen(int styleIndex, const QPalette& palette) {
    const auto index = static_cast<std::size_t>(std::max(0, styleIndex));
    const Tone tone = readerTones[index % readerTones.size()];
    QPen pen{QColor{isDark(palette) ? tone.dark : tone.light}};
    pen.setWidth(1);  // the raster engine draws width 1 many times faster than 2
    // Solid while there are colours.
    const auto& pattern = dashes()[static_cast<qsizetype>(index / readerTones.size()) % dashes().size()];
    if (!pattern.isEmpty()) pen.setDashPattern(pattern);
    return pen;
}

QPen bufferPen(const QPalette& palette) { return QPen{quietText(palette), 1}; }

QColor overflowColor(const QPalette& palette) { return QColor{isDark(palette) ? 0xffFF8A5B : 0xffC2410C}; }
QColor underflowColor(const QPalette& palette) { return QColor{isDark(palette) ? 0xff8CCBF2 : 0xff2B6CB0}; }

QColor gridColor(const QPalette& palette) {
    QColor color = palette.color(QPalette::Text);
    color.setAlphaF(0.10f);
    return color;
}

QColor quietText(const QPalette& palette) {
    QColor color = palette.color(QPalette::Text);
    color.setAlphaF(0.62f);
    return color;
}

QString stateMark(BufferState state) {
    switch (state) {
        case BufferState::alive:
            return QStringLiteral("●");
        case BufferState::vacant:
            return QStringLiteral("○");
        case BufferState::abandoned:
            return QStringLiteral("✕");
        case BufferState::closed:
            return QStringLiteral("■");
        case BufferState::unlinked:
            return QStringLiteral("◇");
        case BufferState::replaced:
            return QStringLiteral("◆");
        case BufferState::damaged:
            return QStringLiteral("▲");
        case BufferState::unknown:
            break;
    }
    return QStringLiteral("?");
}

QString stateText(BufferState state) {
    const auto word = shared_cbuff::to_string(state);
    return QString::fromLatin1(word.data(), static_cast<qsizetype>(word.size()));
}

void paintUsage(QPainter& painter, const QRect& area, std::uint64_t value, std::uint64_t maximum,
                const QPalette& palette, bool selected, const QColor& color) {
    const QLocale locale;
    constexpr int readableBar = 40;
    QString text = QStringLiteral("%1 / %2").arg(locale.toString(static_cast<qulonglong>(value)),
                                                 locale.toString(static_cast<qulonglong>(maximum)));
    // Narrow: the bar says more than the maximum, which stands in the geometry.
    if (area.width() - painter.fontMetrics().horizontalAdvance(text) < readableBar) {
        text = locale.toString(static_cast<qulonglong>(value));
    }
    const QColor ink = palette.color(selected ? QPalette::HighlightedText : QPalette::Text);
    const int textWidth = painter.fontMetrics().horizontalAdvance(text);
    const QRect bar{area.left(), area.center().y() - 3, std::max(0, area.width() - textWidth - 8), 7};
    painter.save();
    if (bar.width() >= 16) {
        QColor trough = ink;
        trough.setAlphaF(0.15f);
        painter.fillRect(bar, trough);
        const double share = maximum == 0 ? 0 : static_cast<double>(value) / static_cast<double>(maximum);
        QRect filled = bar;
        filled.setWidth(static_cast<int>(std::lround(bar.width() * std::min(1.0, share))));
        painter.fillRect(filled, selected ? ink : color.isValid() ? color : palette.color(QPalette::Highlight));
    }
    painter.setPen(ink);
    painter.drawText(area, Qt::AlignRight | Qt::AlignVCenter, text);
    painter.restore();
}

QIcon icon(Icon which, const QPalette& palette) {
    QIcon result;
    for (const int size : {16, 24, 32, 48, 64}) {
        for (const auto mode : {QIcon::Normal, QIcon::Disabled}) {
            QPixmap pixmap{size, size};
            pixmap.fill(Qt::transparent);
            QPainter painter{&pixmap};
            painter.setRenderHint(QPainter::Antialiasing);
            painter.scale(size / 16.0, size / 16.0);
            const auto group = mode == QIcon::Normal ? QPalette::Active : QPalette::Disabled;
            painter.setPen(
                QPen{palette.color(group, QPalette::ButtonText), 1.4, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin});
            drawIcon(painter, which);
            painter.end();
            result.addPixmap(pixmap, mode);
        }
    }
    return result;
}

QString geometryText(const shared_cbuff::Geometry& geometry) {
    const QLocale locale;
    return QStringLiteral("%1 B × %2")
        .arg(locale.toString(static_cast<qulonglong>(geometry.item_size)),
             locale.toString(static_cast<qulonglong>(geometry.length)));
}

QString counted(std::uint64_t count, const QString& one, const QString& many) {
    return QStringLiteral("%1 %2").arg(QLocale{}.toString(static_cast<qulonglong>(count)), count == 1 ? one : many);
}

QString quantityText(double value) {
    constexpr const char* prefixes[] = {"", " k", " M", " G", " T"};
    std::size_t step = 0;
    for (; std::abs(value) >= 999.5 && step + 1 < std::size(prefixes); ++step) value /= 1000;
    const bool isCoarse = std::abs(value) >= 100 || (step == 0 && std::abs(value) >= 10);
    const int digits = isCoarse ? 0 : std::abs(value) >= 10 ? 1 : 2;
    QString text = QLocale{}.toString(value, 'f', digits);
    const QString point = QLocale{}.decimalPoint();
    while (text.contains(point) && text.endsWith(u'0')) text.chop(1);
    if (text.endsWith(point)) text.chop(point.size());
    return text + QLatin1String{prefixes[step]};
}

QString secondsText(double seconds) {
    const auto text = [](double value, int digits, const char* unit) {
        return QLocale{}.toString(value, 'f', digits) + QLatin1String{unit};
    };
    if (seconds < 9.995) return text(seconds, 2, " s");
    if (seconds < 120) return text(seconds, 0, " s");
    if (seconds < 7200) return text(seconds / 60, 0, " min");
    return text(seconds / 3600, 1, " h");
}

QString ageText(const Age& age) {
    const QString text = secondsText(std::chrono::duration<double>{age.age}.count());
    return age.isLeast ? QStringLiteral("> ") + text : text;
}

QString bytesText(double bytes) { return QLocale{}.formattedDataSize(static_cast<qint64>(bytes), 1); }

QString plainToolTip(const QString& text) {
    return Qt::mightBeRichText(text) ? QStringLiteral("<span>%1</span>").arg(text.toHtmlEscaped()) : text;
}

QString buttonText(const QString& text) { return QString{text}.replace(u'&', QStringLiteral("&&")); }

QString titleText(const QString& text) {
    return QString{text}.replace(QStringLiteral("[*]"), QStringLiteral("[*][*]"));
}

QString shortened(const QString& name) {
    constexpr std::size_t columns = 40;
    return QString::fromStdString(elidedInMiddle(name.toStdString(), columns));
}

QString sinceText(double secondsSince1970, double now) {
    const auto at = QDateTime::fromMSecsSinceEpoch(static_cast<qint64>(secondsSince1970 * 1000));
    const bool isToday = at.date() == QDateTime::fromMSecsSinceEpoch(static_cast<qint64>(now * 1000)).date();
    return at.toString(isToday ? QStringLiteral("HH:mm:ss") : QStringLiteral("yyyy-MM-dd HH:mm:ss"));
}

QString fullTimeText(double secondsSince1970) {
    const auto time = QDateTime::fromMSecsSinceEpoch(static_cast<qint64>(secondsSince1970 * 1000));
    return time.toOffsetFromUtc(time.offsetFromUtc()).toString(Qt::ISODateWithMs);
}

QString timeText(double secondsSince1970) {
    return QDateTime::fromMSecsSinceEpoch(static_cast<qint64>(secondsSince1970 * 1000))
        .toString(QStringLiteral("HH:mm:ss.zzz"));
}

}  // namespace workbench::style
