#include "terminal.hpp"

#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <stdexcept>

#include "test_support/eventually.hpp"
#include "values/printable.hpp"

namespace cli_tests {
namespace {

const std::string blank{" "};

winsize sizeOf(std::size_t rows, std::size_t columns) {
    winsize size{};
    size.ws_row = static_cast<unsigned short>(rows);
    size.ws_col = static_cast<unsigned short>(columns);
    return size;
}

std::size_t lengthOf(char lead) {
    const auto byte = static_cast<unsigned char>(lead);
    return byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
}

}  // namespace

// ---- The screen

void EmulatedScreen::resize(std::size_t rows, std::size_t columns) {
    m_rows = rows;
    m_columns = columns;
    m_row = std::min(m_row, rows - 1);
    m_column = std::min(m_column, columns);
    m_cells.resize(rows);
    for (auto& row : m_cells) row.resize(columns, blank);
}

void EmulatedScreen::write(std::string_view bytes) {
    m_pending += bytes;
    std::size_t used = 0;
    while (used < m_pending.size()) {
        const std::size_t taken = take(std::string_view{m_pending}.substr(used));
        if (taken == 0) break;
        used += taken;
    }
    m_pending.erase(0, used);
}

std::size_t EmulatedScreen::take(std::string_view bytes) {
    if (bytes[0] == '\x1b') return takeSequence(bytes);
    if (bytes[0] == '\r') {
        m_column = 0;
        return 1;
    }
    if (bytes[0] == '\n') {
        lineFeed();
        return 1;
    }
    const std::size_t length = lengthOf(bytes[0]);
    if (bytes.size() < length) return 0;
    put(bytes.substr(0, length));
    return length;
}

std::size_t EmulatedScreen::takeSequence(std::string_view bytes) {
    const auto end = std::ranges::find_if(bytes, [](char byte) { return byte >= '@' && byte <= '~' && byte != '['; });
    if (end == bytes.end()) return 0;
    const auto length = static_cast<std::size_t>(end - bytes.begin()) + 1;
    const std::string_view sequence = bytes.substr(0, length);
    const auto clear = [&](std::size_t row, std::size_t from) {
        std::fill(m_cells[row].begin() + static_cast<std::ptrdiff_t>(std::min(from, m_columns)), m_cells[row].end(),
                  blank);
    };
    if (sequence == "\x1b[H") {
        m_row = m_column = 0;
    } else if (sequence == "\x1b[K") {
        clear(m_row, m_column);
    } else if (sequence == "\x1b[J" || sequence == "\x1b[2J") {
        const bool all = sequence == "\x1b[2J";
        clear(m_row, all ? 0 : m_column);
        for (std::size_t row = all ? 0 : m_row + 1; row < m_rows; ++row) clear(row, 0);
    } else {
        ++m_unknown;
    }
    return length;
}

void EmulatedScreen::put(std::string_view character) {
    const std::size_t width = workbench::displayWidth(character);
    if (width == 0) return;
    if (m_column + width > m_columns) {
        ++m_wrapped;
        m_column = 0;
        lineFeed();
    }
    m_cells[m_row][m_column] = character;
    for (std::size_t rest = 1; rest < width; ++rest) m_cells[m_row][m_column + rest].clear();
    m_column += width;
}

void EmulatedScreen::lineFeed() {
    if (m_row + 1 < m_rows) {
        ++m_row;
        return;
    }
    ++m_scrolled;
    m_cells.erase(m_cells.begin());
    m_cells.emplace_back(m_columns, blank);
}

std::string EmulatedScreen::row(std::size_t index) const {
    std::string text;
    for (const std::string& cell : m_cells[index]) text += cell;
    text.resize(text.find_last_not_of(' ') + 1);
    return text;
}

std::string EmulatedScreen::text() const {
    std::string text;
    for (std::size_t index = 0; index < m_rows; ++index) text += row(index) + '\n';
    return text;
}

// ---- The program

Terminal::Terminal(const std::vector<std::string>& arguments, std::size_t rows, std::size_t columns,
                   std::optional<std::string> kind)
    : m_screen{rows, columns} {
    std::vector<std::string> words{CBUFF_PROGRAM};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char*> pointers;
    for (std::string& word : words) pointers.push_back(word.data());
    pointers.push_back(nullptr);
    const winsize size = sizeOf(rows, columns);
    m_pid = ::forkpty(&m_terminal, nullptr, nullptr, &size);
    if (m_pid < 0) throw std::runtime_error{"no terminal"};
    if (m_pid == 0) {
        kind ? ::setenv("TERM", kind->c_str(), 1) : ::unsetenv("TERM");
        ::execv(pointers[0], pointers.data());
        ::_exit(127);
    }
}

Terminal::~Terminal() {
    ::kill(m_pid, SIGKILL);
    ::waitpid(m_pid, nullptr, 0);
    ::close(m_terminal);
}

void Terminal::resize(std::size_t rows, std::size_t columns) {
    m_screen.resize(rows, columns);
    const winsize size = sizeOf(rows, columns);
    if (::ioctl(m_terminal, TIOCSWINSZ, &size) != 0) throw std::runtime_error{"the terminal keeps its size"};
}

bool Terminal::readMore(int timeout_ms) {
    pollfd watched{.fd = m_terminal, .events = POLLIN, .revents = 0};
    if (::poll(&watched, 1, timeout_ms) <= 0) return false;
    std::array<char, 4096> bytes;
    const ssize_t got = ::read(m_terminal, bytes.data(), bytes.size());
    if (got <= 0) return false;
    const std::string_view text{bytes.data(), static_cast<std::size_t>(got)};
    m_bytes += text;
    m_screen.write(text);
    return true;
}

bool Terminal::comesToShow(const std::function<bool(const EmulatedScreen&)>& wanted) {
    const auto deadline = std::chrono::steady_clock::now() + test_support::patience;
    while (!wanted(m_screen)) {
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
        if (left.count() <= 0 || !readMore(static_cast<int>(left.count()))) return false;
    }
    return true;
}

}  // namespace cli_tests
