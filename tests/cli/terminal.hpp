#pragma once
// cbuff on a terminal of a given size, and what its screen then shows: a tiny emulator of the few escapes it uses.
// Thread contract: the test's thread.

#include <sys/types.h>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cli_tests {

/// Rows of characters. Understands text, line feeds, carriage returns, and the sequences for home and clearing.
class EmulatedScreen {
public:
    EmulatedScreen(std::size_t rows, std::size_t columns) { resize(rows, columns); }

    void resize(std::size_t rows, std::size_t columns);
    void write(std::string_view bytes);
    /// Without blanks at its end.
    std::string row(std::size_t index) const;
    /// All rows, each ended by a line feed.
    std::string text() const;
    std::size_t rows() const noexcept { return m_rows; }
    /// Lines that have left at the top, lines that were wider than the screen, and sequences it does not know.
    int scrolled() const noexcept { return m_scrolled; }
    int wrapped() const noexcept { return m_wrapped; }
    int unknown() const noexcept { return m_unknown; }

private:
    std::size_t take(std::string_view bytes);  // bytes used; 0: more are needed
    std::size_t takeSequence(std::string_view bytes);
    void put(std::string_view character);
    void lineFeed();

    std::size_t m_rows = 0;
    std::size_t m_columns = 0;
    std::size_t m_row = 0;
    std::size_t m_column = 0;
    std::vector<std::vector<std::string>> m_cells;
    std::string m_pending;
    int m_scrolled = 0;
    int m_wrapped = 0;
    int m_unknown = 0;
};

/// A program whose stdin, stdout and stderr are a terminal.
class Terminal {
public:
    /// `kind` becomes TERM; without, there is none.
    Terminal(const std::vector<std::string>& arguments, std::size_t rows, std::size_t columns,
             std::optional<std::string> kind = "xterm");
    Terminal(const Terminal&) = delete;
    Terminal& operator=(const Terminal&) = delete;
    /// Kills and reaps.
    ~Terminal();

    void resize(std::size_t rows, std::size_t columns);
    /// Whether the screen comes to be so. False, too, when the program ends or patience does.
    bool comesToShow(const std::function<bool(const EmulatedScreen&)>& wanted);
    const EmulatedScreen& screen() const noexcept { return m_screen; }
    /// Everything written so far.
    const std::string& bytes() const noexcept { return m_bytes; }

private:
    bool readMore(int timeout_ms);

    EmulatedScreen m_screen;
    pid_t m_pid = -1;
    int m_terminal = -1;
    std::string m_bytes;
};

}  // namespace cli_tests
