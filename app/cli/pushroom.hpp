#pragma once
// Room in a buffer that rejects when full, asked for without pushing: a push that fails is counted as rejected.
// Thread contract: belongs to the thread of its Writer.

#include <chrono>
#include <optional>
#include <string>

#include "cli/waiting.hpp"
#include "shared_cbuff/observer.hpp"
#include "shared_cbuff/writer.hpp"

namespace cli {

class PushRoom {
public:
    PushRoom(shared_cbuff::Writer& writer, shared_cbuff::Observer& observer) : m_writer{writer}, m_observer{observer} {}

    /// Whether a push has a chance. Cheap: the readers' states are looked at 20 times a second at most.
    bool isLikely();
    /// Waits for it until `deadline`. False at the deadline, or when the process is asked to end.
    bool waitUntilLikely(Clock::time_point deadline);
    /// The live reader that is furthest behind, as "reader slow (slot 3, pid 4711)"; nothing if there is none.
    std::optional<std::string> holder();

private:
    shared_cbuff::Writer& m_writer;
    shared_cbuff::Observer& m_observer;
    Clock::time_point m_lookDue{};
};

}  // namespace cli
