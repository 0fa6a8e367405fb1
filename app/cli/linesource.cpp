#include "cli/linesource.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace cli {
namespace {

constexpr std::size_t readSize = 1 << 16;

}  // namespace

std::optional<std::string> LineSource::next() {
    for (;;) {
        const auto feed = m_buffer.find('\n', m_scanned);
        if (feed != std::string::npos) {
            std::string line = m_buffer.substr(m_begin, feed - m_begin);
            m_begin = m_scanned = feed + 1;
            if (m_begin == m_buffer.size()) {
                m_buffer.clear();
                m_begin = m_scanned = 0;
            }
            if (line.ends_with('\r')) line.pop_back();
            return line;
        }
        m_buffer.erase(0, m_begin);
        m_begin = 0;
        m_scanned = m_buffer.size();
        if (m_buffer.size() > m_longest) {
            throw std::runtime_error{fmt::format("a line of input is longer than {} bytes", m_longest)};
        }
        if (m_ended) {
            if (m_buffer.empty()) return std::nullopt;
            m_scanned = 0;
            return std::exchange(m_buffer, {});
        }
        read();
        if (!m_ended && m_buffer.size() == m_scanned) return std::nullopt;
    }
}

void LineSource::read() {
    pollfd watched{.fd = m_descriptor, .events = POLLIN, .revents = 0};
    if (::poll(&watched, 1, 0) <= 0) return;
    std::array<char, readSize> bytes;
    const ssize_t got = ::read(m_descriptor, bytes.data(), bytes.size());
    if (got > 0) m_buffer.append(bytes.data(), static_cast<std::size_t>(got));
    if (got == 0 || (got < 0 && errno == EIO)) m_ended = true;  // EIO: the terminal has gone
    if (m_ended || got > 0 || errno == EINTR || errno == EAGAIN) return;
    throw std::runtime_error{fmt::format("the input could not be read: {}", std::strerror(errno))};
}

}  // namespace cli
