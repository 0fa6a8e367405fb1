#pragma once
// Lines from a descriptor without blocking, and the commands that a controlling program writes in them.
// Thread contract: a LineSource belongs to one thread.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

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

enum class ControlVerb { rate, pause, resume, step, stop };

struct ControlCommand {
    ControlVerb verb = ControlVerb::stop;
    std::optional<double> rate = std::nullopt;  ///< of `rate`, items a second; nothing: as fast as possible
    std::uint64_t count = 0;                    ///< of `step`, items
};

inline constexpr std::uint64_t mostSteps = 1'000'000;

/// Throws std::invalid_argument with a sentence.
ControlCommand parseControl(std::string_view line);

}  // namespace cli
