#include "cli/output.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <QJsonDocument>
#include <QJsonObject>
#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <optional>
#include <utility>

#include "cli/command.hpp"
#include "cli/signals.hpp"
#include "cli/waiting.hpp"
#include "values/printable.hpp"
#include "values/standardstreams.hpp"

namespace cli {
namespace {

constexpr std::size_t flushThreshold = 1 << 16;

std::optional<std::size_t> numberIn(const char* variable) {
    const char* const value = std::getenv(variable);
    if (value == nullptr) return std::nullopt;
    const std::string_view text{value};
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} && end == text.data() + text.size() && number > 0 ? std::optional{number}
                                                                                  : std::nullopt;
}

/// To stderr; what does not fit within `patience` is dropped.
void writeError(std::string_view text, std::chrono::milliseconds patience) {
    std::size_t done = 0;
    try {
        StreamWriter errors{STDERR_FILENO};
        while (done < text.size()) {
            const std::size_t written = errors.write(text.substr(done));
            if (written == 0 && !errors.waitForRoom(patience)) return;
            done += written;
        }
    } catch (const OutputClosed&) {  // nowhere is left to tell that stderr is gone
    } catch (const std::runtime_error&) {
    }
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
        const std::size_t written = m_writer.write(std::string_view{pending}.substr(done));
        done += written;
        if (written > 0) continue;
        // Asked to end while a pipe is full: its reader gets one more chance, then we must go.
        const bool inHaste = interrupted();
        if (!m_writer.waitForRoom(inHaste ? lastChance : longestWait) && inHaste) throw OutputClosed{};
    }
}

bool Output::isTerminal() const { return ::isatty(m_writer.descriptor()) == 1; }

bool Output::isDrawable() const {
    const char* const kind = std::getenv("TERM");
    return isTerminal() && kind != nullptr && *kind != '\0' && std::string_view{kind} != "dumb";
}

Screen Output::screen() const {
    winsize size{};
    ::ioctl(m_writer.descriptor(), TIOCGWINSZ, &size);
    const Screen usual;
    return {size.ws_row > 0 ? size.ws_row : numberIn("LINES").value_or(usual.rows),
            size.ws_col > 0 ? size.ws_col : numberIn("COLUMNS").value_or(usual.columns)};
}

void message(std::string_view sentence, std::chrono::milliseconds patience) {
    writeError(fmt::format("cbuff: {}\n", workbench::printableSentence(sentence)), patience);
}

void showBelow(std::string_view lines) {
    std::string text;
    for (std::string_view rest = lines; !rest.empty();) {
        const std::string_view line = rest.substr(0, rest.find('\n'));
        text += workbench::printableSentence(line) + '\n';
        rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    }
    writeError(text, lastChance);
}

}  // namespace cli
