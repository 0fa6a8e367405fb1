#include "cli/output.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <QJsonDocument>
#include <QJsonObject>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <utility>

#include "cli/command.hpp"
#include "cli/signals.hpp"
#include "values/printable.hpp"
#include "values/standardstreams.hpp"

namespace cli {
namespace {

constexpr std::size_t flushThreshold = 1 << 16;
constexpr int lastChance_ms = 200;

bool canWrite(int descriptor, int timeout_ms) {
    pollfd watched{.fd = descriptor, .events = POLLOUT, .revents = 0};
    return ::poll(&watched, 1, timeout_ms) > 0;
}

std::optional<std::size_t> numberIn(const char* variable) {
    const char* const value = std::getenv(variable);
    if (value == nullptr) return std::nullopt;
    const std::string_view text{value};
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} && end == text.data() + text.size() && number > 0 ? std::optional{number}
                                                                                  : std::nullopt;
}

}  // namespace

Output Output::ofProduct() {
    if (!workbench::isWritable(STDOUT_FILENO)) {
        throw Refusal{
            "stdout is closed or not open for writing, so what this command prints would be lost; nothing was done: "
            "let stdout lead somewhere, such as > /dev/null"};
    }
    return Output{STDOUT_FILENO};
}

void Output::print(std::string_view text) {
    gather(text);
    if (isAmple()) flush();
}

bool Output::isAmple() const noexcept { return m_buffer.size() >= flushThreshold; }

void Output::line(std::string_view text) {
    m_buffer += text;
    m_buffer += '\n';
    flush();
}

void Output::line(const QJsonObject& object) {
    line(QJsonDocument{object}.toJson(QJsonDocument::Compact).toStdString());
}

void Output::flush() {
    const std::string pending = std::exchange(m_buffer, {});
    std::size_t done = 0;
    while (done < pending.size()) {
        // Asked to end while a pipe is full: its reader gets one more chance, then we must go.
        if (interrupted() && !canWrite(m_descriptor, lastChance_ms)) throw OutputClosed{};
        const ssize_t written = ::write(m_descriptor, pending.data() + done, pending.size() - done);
        if (written >= 0) {
            done += static_cast<std::size_t>(written);
        } else if (errno == EPIPE) {
            throw OutputClosed{};
        } else if (errno == EAGAIN) {
            canWrite(m_descriptor, lastChance_ms);
        } else if (errno != EINTR) {
            throw std::runtime_error{
                fmt::format("the output could not be written: {}; see where stdout leads", std::strerror(errno))};
        }
    }
}

bool Output::isTerminal() const { return ::isatty(m_descriptor) == 1; }

bool Output::isDrawable() const {
    const char* const kind = std::getenv("TERM");
    return isTerminal() && kind != nullptr && *kind != '\0' && std::string_view{kind} != "dumb";
}

Screen Output::screen() const {
    winsize size{};
    ::ioctl(m_descriptor, TIOCGWINSZ, &size);
    const Screen usual;
    return {size.ws_row > 0 ? size.ws_row : numberIn("LINES").value_or(usual.rows),
            size.ws_col > 0 ? size.ws_col : numberIn("COLUMNS").value_or(usual.columns)};
}

void message(std::string_view sentence) {
    const std::string text = fmt::format("cbuff: {}\n", workbench::printableSentence(sentence));
    // Nowhere is left to tell that stderr is gone.
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text.data(), text.size());
}

}  // namespace cli
