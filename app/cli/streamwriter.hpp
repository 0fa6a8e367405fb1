#pragma once
// Writes to a stream that others may share, never waiting for whoever reads it.
// Thread contract: an object belongs to one thread.

#include <chrono>
#include <cstddef>
#include <exception>
#include <string_view>

namespace cli {

/// Whoever read our stdout has gone: the command ends without a word.
class OutputClosed : public std::exception {};

/// The flags of an inherited descriptor belong to everybody who has it, so they stay as they are: a pipe or terminal is
/// opened once more for not waiting; where that is not possible, we write only when there is room, and no more than
/// surely fits.
class StreamWriter {
public:
    explicit StreamWriter(int descriptor);
    StreamWriter(const StreamWriter&) = delete;
    StreamWriter& operator=(const StreamWriter&) = delete;
    ~StreamWriter();

    /// Bytes written: as many as there is room for, 0 if there is none now. Up to PIPE_BUF bytes go into a pipe whole
    /// or not at all. Throws OutputClosed if nobody reads any more, std::runtime_error if writing fails.
    std::size_t write(std::string_view bytes);
    /// Waits for room (true), but not longer than `patience` or the next signal.
    bool waitForRoom(std::chrono::milliseconds patience) const;
    int descriptor() const noexcept { return m_descriptor; }

private:
    int m_descriptor;
    int m_reopened = -1;
    bool m_isSocket = false;
    bool m_neverWaits = false;  // a file
};

}  // namespace cli
