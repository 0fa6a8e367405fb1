#pragma once
// The values that menus and tool bar offer.

#include <QtGlobal>

namespace workbench {

struct Choice {
    const char* text;
    double value;
};

inline constexpr Choice spanChoices[]{{QT_TRANSLATE_NOOP("workbench::WorkbenchWindow", "1 s"), 1},
                                      {QT_TRANSLATE_NOOP("workbench::WorkbenchWindow", "5 s"), 5},
                                      {QT_TRANSLATE_NOOP("workbench::WorkbenchWindow", "10 s"), 10},
                                      {QT_TRANSLATE_NOOP("workbench::WorkbenchWindow", "30 s"), 30},
                                      {QT_TRANSLATE_NOOP("workbench::WorkbenchWindow", "60 s"), 60},
                                      {QT_TRANSLATE_NOOP("workbench::WorkbenchWindow", "5 min"), 300},
                                      {QT_TRANSLATE_NOOP("workbench::WorkbenchWindow", "30 min"), 1800},
                                      {QT_TRANSLATE_NOOP("workbench::WorkbenchWindow", "2 h"), 7200}};
inline constexpr Choice historyChoices[]{{QT_TRANSLATE_NOOP("workbench::WorkbenchWindow", "5 minutes"), 300},
                                         {QT_TRANSLATE_NOOP("workbench::WorkbenchWindow", "1 hour"), 3600},
                                         {QT_TRANSLATE_NOOP("workbench::WorkbenchWindow", "8 hours"), 8 * 3600},
                                         {QT_TRANSLATE_NOOP("workbench::WorkbenchWindow", "3 days"), 3 * 86400}};
inline constexpr Choice themeChoices[]{{QT_TRANSLATE_NOOP("workbench::WorkbenchWindow", "As the desktop"), 0},
                                       {QT_TRANSLATE_NOOP("workbench::WorkbenchWindow", "Light"), 1},
                                       {QT_TRANSLATE_NOOP("workbench::WorkbenchWindow", "Dark"), 2}};
inline constexpr int samplingRates[]{1, 10, 100, 500, 1000};

}  // namespace workbench
