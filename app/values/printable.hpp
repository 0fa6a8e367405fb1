#pragma once
// Text of others (names, labels, items) made fit to be shown, and read back from where it was shown.
// Thread contract: pure functions and plain values.

#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>

namespace workbench {

/// Text that is no item or no name: what is wrong with it and what to write instead, in one sentence.
class ItemTextError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Fit for a terminal, a label and JSON, and distinct for distinct bytes: printable UTF-8 as it is; a backslash as \\,
/// line feeds and tabs as \n and \t; broken bytes, and each byte of what is invisible or turns the text around it
/// (control and format characters, line separators, what Unicode has not assigned) as \xNN.
std::string printableText(std::string_view bytes);

/// The bytes that printableText() shows as `text`: its inverse. Throws ItemTextError for a backslash that begins none
/// of \\, \n, \t and \xNN, saying where.
std::string unescaped(std::string_view text);

/// A sentence around such text, fit for one line: as printableText(), but backslashes stay, since what they escape
/// may be shown in it already.
std::string printableSentence(std::string_view sentence);

/// Columns of a terminal: 2 for a wide character, 0 for one that combines with that before it. Whatever the locale is.
std::size_t displayWidth(std::string_view utf8);

/// `text`, as printableText() gave it, in at most `columns` (>= 1): what is too much is taken out of its middle, whole
/// characters and whole escapes, with an ellipsis instead.
std::string elidedInMiddle(std::string_view text, std::size_t columns);
/// The same, taken off its end.
std::string elidedAtEnd(std::string_view text, std::size_t columns);

}  // namespace workbench
