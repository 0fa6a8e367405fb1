#pragma once
// Events and readers in words, for people.
// Thread contract: pure functions.

#include <QString>

#include "shared_cbuff/observer.hpp"
#include "values/event.hpp"

namespace workbench {

/// The event in words: "lost 76 items in 3 overruns over 0.9 s".
QString describe(const Event& event);
/// One word or two: "overflow", "reader died".
QString toString(EventKind kind);

/// "slow", or "slot 3" for a reader without a label.
QString readerLabel(const shared_cbuff::ReaderSample& reader);
QString readerLabel(const EventReader& reader);
/// "slow (pid 4713)", or "slot 3 (pid 4713)" for a reader without a label.
QString readerName(const EventReader& reader);
QString readerName(const shared_cbuff::ReaderSample& reader);

}  // namespace workbench
