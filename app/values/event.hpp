#pragma once
// What happened to buffers, their readers and writers, and to helpers: kind, key and numbers. Words are made where they
// are shown (story/eventtext.hpp).
// Thread contract: plain values.

#include <QString>
#include <cstdint>
#include <optional>

#include "shared_cbuff/states.hpp"

namespace workbench {

/// In recordings an event's kind is its number: new ones go to the end.
enum class EventKind {
    Overflow,
    Underflow,
    ReaderAttached,
    ReaderDetached,
    ReaderDied,
    WriterAttached,
    WriterReleased,
    WriterDied,
    Closed,
    Unlinked,
    Replaced,
    Damaged,
    Recovered,
    HelperStarted,
    HelperEnded,
    HelperCrashed,
    Note,
    ReaderEvicted,  ///< died, and the writer took its slot away
    SlotReused,     ///< died, and its slot was given to another reader
    RoleHanded,     ///< the writer role went from this program to a producer that it started
    Rejected,       ///< pushes were refused because an item would have been lost
};

/// The reader that an event is about, and what people call it.
struct EventReader {
    shared_cbuff::SegmentIdentity segment = {};  ///< a name may lead to one segment after another
    shared_cbuff::ReaderKey key = {};
    QString label = {};  ///< as shownName() gives it; may be empty
    std::uint32_t pid = 0;

    bool isSameAs(const EventReader& other) const { return segment == other.segment && key == other.key; }
};

struct Event {
    double time = 0;  ///< of the buffer's feed
    EventKind kind = EventKind::Note;
    QString buffer = {};  ///< as shownName() gives it
    std::optional<EventReader> reader = std::nullopt;
    std::uint64_t amount = 0;  ///< items lost or rejected, pops that found nothing; of a reader that left: popped
    std::uint64_t count = 1;   ///< overruns or events in this one; 0: an overrun told of before goes on
    std::uint64_t lost = 0;    ///< of a reader that left: items
    std::uint32_t pid = 0;     ///< of the writer or helper
    std::uint64_t epoch = 0;   ///< of a writer that came
    bool isConsumer = false;   ///< of a helper
    QString detail = {};       ///< what no number says: a note, what is damaged, a helper's last word
    double until = 0;          ///< time of the last event merged into this one
};

}  // namespace workbench
