#pragma once
// Lines from a descriptor, without blocking.
// Thread contract: a LineSource belongs to one thread.

#include <cstddef>
#include <optional>
#include <string>

namespace cli {

/// Reads a pipe, terminal or file line by line, only what is there. Does not own the descriptor, nor change its flags,
/// which a terminal shares with other processes.
class LineSource {
public:
    explicit LineSource(int descriptor, std::size_t longest = longestLine)
        : m_descriptor{descriptor}, m_longest{longest} {}

    /// The next line that has arrived whole, without its line feed (and carriage return); the last one may lack it.
    /// Nothing if there is none yet. Throws std::runtime_error for a line longer than `longest`, and if
    /// reading fails.
    std::optional<std::string> next();
    /// Nothing will follow.
    bool ended() const noexcept { return m_ended && m_buffer.empty(); }
    int descriptor() const noexcept { return m_descriptor; }

    static constexpr std::size_t longestLine = std::size_t{16} << 20;

private:
    void read();

    int m_descriptor;
    std::size_t m_longest;
    std::string m_buffer;
    std::size_t m_begin = 0;    // of the first line not yet handed out
    std::size_t m_scanned = 0;  // up to here the buffer has no line feed
    bool m_ended = false;
};

}  // namespace cli
