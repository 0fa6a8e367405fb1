#pragma once
// What a helper tells its controlling program, without ever waiting for it to listen.
// Thread contract: belongs to the thread of its loop.

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "cli/streamwriter.hpp"

namespace cli {

/// Lines to a stream. What must arrive (start, acknowledgements, end) waits in a bounded queue; a report that finds no
/// room is dropped and counted. A line is never torn by another one. All throw as StreamWriter::write() does.
class Reports {
public:
    explicit Reports(int descriptor) : m_writer{descriptor} {}

    /// A line that must arrive: now, or as soon as there is room.
    void post(std::string_view line);
    /// A report: now or never.
    void offer(std::string_view line);
    /// Writes what waits and finds room now.
    void pump();
    /// Waits until everything has been written: for as long as it takes, but only a moment once the process has been
    /// asked to end. False if something is left.
    bool drain();

    bool isIdle() const noexcept { return m_waiting.empty(); }
    /// So much waits that no order is taken which would have to be acknowledged.
    bool isFull() const noexcept { return m_waiting.size() >= mostWaiting; }
    /// Reports that found no room.
    std::uint64_t dropped() const noexcept { return m_dropped; }

    static constexpr std::size_t mostWaiting = 64;

private:
    StreamWriter m_writer;
    std::deque<std::string> m_waiting;
    std::size_t m_written = 0;  // of the first one
    std::uint64_t m_dropped = 0;
};

}  // namespace cli
