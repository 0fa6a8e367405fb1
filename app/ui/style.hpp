#pragma once
// What things look like: reader colours and dashes, state marks, icons and the two palettes. One place, so that table,
// plot and browser agree.
// Thread contract: the GUI's thread.

#include <QColor>
#include <QIcon>
#include <QPalette>
#include <QPen>
#include <QString>

#include "shared_cbuff/observer.hpp"
#include "values/lag.hpp"

class QPainter;
class QStyleOptionViewItem;

namespace workbench::style {

enum class Theme { System, Light, Dark };
enum class Icon { Attach, Create, Remove, Pause, Follow, Producer, Consumer, Picture, Application };

/// Fusion with our palette; System takes the desktop's.
void applyTheme(Theme theme);
QPalette lightPalette();
QPalette darkPalette();
bool isDark(const QPalette& palette);

/// Okabe-Ito, ordered so that neighbours differ most; from the eighth on the dash tells readers apart.
QPen readerPen(int styleIndex, const QPalette& palette);
/// The buffer's own curve: thin and in the text's colour, so that readers stand out.
QPen bufferPen(const QPalette& palette);
QColor overflowColor(const QPalette& palette);
QColor underflowColor(const QPalette& palette);
QColor gridColor(const QPalette& palette);
QColor quietText(const QPalette& palette);

/// A mark whose shape, not only colour, tells the state; and the word for it.
QString stateMark(shared_cbuff::BufferState state);
QString stateText(shared_cbuff::BufferState state);

/// A horizontal bar of value/maximum with "value / maximum" beside it, as usage is shown everywhere.
void paintUsage(QPainter& painter, const QRect& area, std::uint64_t value, std::uint64_t maximum,
                const QPalette& palette, bool selected, const QColor& color = {});

/// Drawn in the palette's text colour, so it follows light and dark.
QIcon icon(Icon which, const QPalette& palette);

/// "8 B x 1024".
QString geometryText(const shared_cbuff::Geometry& geometry);
/// "1 item", "1,024 items".
QString counted(std::uint64_t count, const QString& one, const QString& many);
/// In SI units where it grows: "374", "1.2 k", "3.45 M".
QString quantityText(double value);
/// "0.02 s", "41 s", "12 min", "3.5 h".
QString secondsText(double seconds);
/// The same of an age; "> 12 s": it began before anybody looked.
QString ageText(const Age& age);
/// "1.5 MiB".
QString bytesText(double bytes);
/// For a tool tip: Qt would take what begins like HTML for it.
QString plainToolTip(const QString& text);
/// For a tab, a button or a menu: an ampersand is one, not a mnemonic.
QString buttonText(const QString& text);
/// For a window's title: "[*]" is no placeholder.
QString titleText(const QString& text);
/// A name in a place that grows with it: its middle left out where it is long.
QString shortened(const QString& name);
/// The time of day with milliseconds.
QString timeText(double secondsSince1970);
/// "02:20:31", with its day where that is another one than now's.
QString sinceText(double secondsSince1970, double now);
/// ISO 8601 with milliseconds and zone: for what leaves the window.
QString fullTimeText(double secondsSince1970);

}  // namespace workbench::style
