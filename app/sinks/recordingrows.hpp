#pragma once
// The statements that put rows into a recording, one for each table.
// Thread contract: an object belongs to one thread.

#include <string_view>

#include "sinks/database.hpp"
#include "sinks/stretches.hpp"
#include "values/event.hpp"

namespace workbench {

/// What an event is called in a recording: one word for each kind, in English, for ever.
std::string_view recordedWord(EventKind kind);

struct RecordingRows {
    explicit RecordingRows(Database& database);

    Statement key;
    Statement buffer;
    Statement bufferSeen;
    Statement reader;
    Statement readerSeen;
    Statement second;
    Statement minute;
    Statement event;
    Statement note;
    Statement chunk;
    Statement items;
    Statement gap;
    Statement clock;
};

}  // namespace workbench
