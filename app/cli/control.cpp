#include "cli/control.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <stdexcept>
#include <utility>

#include "cli/pacer.hpp"
#include "values/itemtext.hpp"

namespace cli {
namespace {

constexpr std::size_t readSize = 1 << 16;

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    return first == std::string_view::npos ? std::string_view{}
                                           : text.substr(first, text.find_last_not_of(" \t") + 1 - first);
}

std::uint64_t parseSteps(std::string_view text) {
    std::uint64_t count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (error != std::errc{} || end != text.data() + text.size() || count == 0 || count > mostSteps) {
        throw std::invalid_argument{
            fmt::format("step needs a number of items from 1 to {}, such as: step 5", mostSteps)};
    }
    return count;
}

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

ControlCommand parseControl(std::string_view line) {
    line = trimmed(line);
    const auto space = line.find_first_of(" \t");
    const std::string_view verb = line.substr(0, space);
    const std::string_view argument =
        space == std::string_view::npos ? std::string_view{} : trimmed(line.substr(space));
    if (verb == "rate") return {ControlVerb::rate, parseRate(argument), 0};
    if (verb == "step") return {ControlVerb::step, std::nullopt, parseSteps(argument)};
    const auto plain = verb == "pause"    ? std::optional{ControlVerb::pause}
                       : verb == "resume" ? std::optional{ControlVerb::resume}
                       : verb == "stop"   ? std::optional{ControlVerb::stop}
                                          : std::nullopt;
    if (!plain) {
        throw std::invalid_argument{
            fmt::format("'{}' is no control command; use rate R, rate max, pause, resume, step N or stop",
                        workbench::printableText(verb.substr(0, 60)))};
    }
    if (!argument.empty()) throw std::invalid_argument{fmt::format("{} takes nothing after it", verb)};
    return {*plain, std::nullopt, 0};
}

}  // namespace cli
