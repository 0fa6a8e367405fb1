#include "cli/output.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <QJsonDocument>
#include <QJsonObject>
#include <cerrno>
#include <cstring>
#include <utility>

#include "cli/command.hpp"
#include "cli/signals.hpp"
#include "values/standardstreams.hpp"

namespace cli {
namespace {

constexpr std::size_t flushThreshold = 1 << 16;
constexpr int lastChance_ms = 200;

bool canWrite(int descriptor, int timeout_ms) {
    pollfd watched{.fd = descriptor, .events = POLLOUT, .revents = 0};
    return ::poll(&watched, 1, timeout_ms) > 0;
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

void message(std::string_view sentence) {
    const std::string text = fmt::format("cbuff: {}\n", sentence);
    // Nowhere is left to tell that stderr is gone.
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text.data(), text.size());
}

}  // namespace cli
