#pragma once
// Data to stdout, messages to stderr.
// Thread contract: an Output belongs to one thread; message() may be called from any.

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include "cli/streamwriter.hpp"

class QJsonObject;

namespace cli {

/// What a terminal has room for, in characters.
struct Screen {
    std::size_t rows = 24;
    std::size_t columns = 80;
    friend bool operator==(const Screen&, const Screen&) = default;
};

/// Buffered text for a descriptor. What is not flushed when it is destroyed is lost: flush() can throw.
class Output {
public:
    explicit Output(int descriptor) : m_writer{descriptor} {}
    /// stdout, for a command whose product is what it prints: throws Refusal if that could go nowhere, to be called
    /// before anything is taken or attached.
    static Output ofProduct();
    Output(const Output&) = delete;
    Output& operator=(const Output&) = delete;

    /// Adds to what the next flush() writes; isAmple() when that is due.
    void gather(std::string_view text) { m_buffer += text; }
    bool isAmple() const noexcept;
    /// The same, flushing by itself. Throws as flush() does.
    void print(std::string_view text);
    /// `text`, a line feed, and everything flushed.
    void line(std::string_view text);
    /// One compact object on a line of its own, flushed.
    void line(const QJsonObject& object);
    /// Throws OutputClosed if nobody reads any more, or if the process is asked to end and nobody reads now;
    /// std::runtime_error if writing fails.
    void flush();
    bool isTerminal() const;
    /// Whether it is a terminal that can be drawn on: one that TERM names, and not as dumb.
    bool isDrawable() const;
    /// Rows and columns of the terminal, by LINES and COLUMNS where it does not tell, else 24 x 80.
    Screen screen() const;

private:
    StreamWriter m_writer;
    std::string m_buffer;
};

/// What is said to be worth a wait of this length to who says it, if nobody reads.
inline constexpr std::chrono::milliseconds lastChance{200};

/// `cbuff: <sentence>` on stderr, on one line; not longer than `patience` if nobody reads it there. What others have
/// put into their names is shown as printableText() shows it, but for backslashes.
void message(std::string_view sentence, std::chrono::milliseconds patience = lastChance);
/// Lines below a message that show where: escaped alike, each on a line of its own.
void showBelow(std::string_view lines);

}  // namespace cli
