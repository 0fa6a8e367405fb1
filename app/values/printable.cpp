#include "values/printable.hpp"

#include <locale.h>
#include <wchar.h>

#include <QChar>
#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <type_traits>
#include <vector>

namespace workbench {
namespace {

constexpr std::string_view hexDigits = "0123456789abcdef";
constexpr std::string_view ellipsis = "…";

struct Character {
    char32_t point = 0;
    std::size_t length = 0;  ///< bytes; 0 if there is no well-formed one
};

/// The character that `bytes`, which are not empty, start with.
Character firstCharacter(std::string_view bytes) {
    const auto at = [&](std::size_t index) { return static_cast<unsigned char>(bytes[index]); };
    const unsigned lead = at(0);
    if (lead < 0x80) return {lead, 1};
    const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || bytes.size() < length) return {};
    std::uint32_t point = lead & (0xffu >> (length + 1));
    for (std::size_t index = 1; index < length; ++index) {
        if ((at(index) & 0xc0u) != 0x80u) return {};
        point = point << 6 | (at(index) & 0x3fu);
    }
    constexpr std::array<std::uint32_t, 5> smallest{0, 0, 0x80, 0x800, 0x10000};
    const bool surrogate = point >= 0xd800 && point <= 0xdfff;
    return point < smallest[length] || point > 0x10ffff || surrogate ? Character{} : Character{point, length};
}

/// Whether it shows as itself and leaves the text around it alone.
bool isPrintable(char32_t point) {
    switch (QChar::category(point)) {
        case QChar::Other_Control:
        case QChar::Other_Format:  // joiners, and marks that turn the direction of text
        case QChar::Other_Surrogate:
        case QChar::Other_NotAssigned:
        case QChar::Separator_Line:
        case QChar::Separator_Paragraph:
            return false;
        default:
            return true;
    }
}

std::string escapedByte(char byte) {
    const auto value = static_cast<unsigned char>(byte);
    return {'\\', 'x', hexDigits[value >> 4], hexDigits[value & 15u]};
}

std::string escaped(std::string_view bytes, bool escapesBackslash) {
    std::string text;
    while (!bytes.empty()) {
        const Character first = firstCharacter(bytes);
        const std::size_t length = std::max<std::size_t>(1, first.length);
        if (bytes[0] == '\\' && escapesBackslash) {
            text += "\\\\";
        } else if (bytes[0] == '\n') {
            text += "\\n";
        } else if (bytes[0] == '\t') {
            text += "\\t";
        } else if (first.length > 0 && isPrintable(first.point)) {
            text += bytes.substr(0, length);
        } else {
            for (const char byte : bytes.substr(0, length)) text += escapedByte(byte);
        }
        bytes.remove_prefix(length);
    }
    return text;
}

std::optional<unsigned> hexValue(std::string_view digits) {
    if (digits.size() != 2) return std::nullopt;
    unsigned value = 0;
    for (const char digit : digits) {
        const char lower = digit >= 'A' && digit <= 'F' ? static_cast<char>(digit - 'A' + 'a') : digit;
        const std::size_t found = hexDigits.find(lower);
        if (found == std::string_view::npos) return std::nullopt;
        value = value * 16 + static_cast<unsigned>(found);
    }
    return value;
}

[[noreturn]] void throwNoEscape(std::string_view text, std::size_t position) {
    constexpr std::size_t shown = 60;
    const auto quoted = printableSentence(text.substr(0, shown)) + (text.size() > shown ? "…" : "");
    throw ItemTextError{"'" + quoted + "' has a backslash at position " + std::to_string(position + 1) +
                        " that begins no escape; write \\\\ for a backslash, \\n, \\t, or \\xNN for any other byte"};
}

struct FreeLocale {
    void operator()(locale_t locale) const { ::freelocale(locale); }
};
using OwnedLocale = std::unique_ptr<std::remove_pointer_t<locale_t>, FreeLocale>;

/// glibc's tables of widths, for this thread, as long as it lives. They belong to a locale, and the user's may have
/// none for UTF-8. Where there is no C.UTF-8 the user's stays.
class Utf8Locale {
public:
    Utf8Locale() {
        // Made once: it takes longer than many a table.
        static const OwnedLocale utf8{::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr)};
        if (utf8) m_before = ::uselocale(utf8.get());
    }
    ~Utf8Locale() {
        if (m_before != nullptr) ::uselocale(m_before);
    }
    Utf8Locale(const Utf8Locale&) = delete;
    Utf8Locale& operator=(const Utf8Locale&) = delete;

private:
    locale_t m_before{};
};

/// Most text: as wide as it has bytes.
bool isPlain(std::string_view text) {
    return std::ranges::all_of(text, [](char byte) { return byte >= ' ' && byte <= '~'; });
}

/// What is never taken apart: a character with those that combine with it, or an escape.
struct Unit {
    std::string_view text;
    std::size_t width = 0;
};

std::size_t escapeLength(std::string_view text) {
    return std::min(text.size(), std::size_t{text.starts_with("\\x") ? 4u : 2u});
}

std::vector<Unit> unitsOf(std::string_view text, bool wholeEscapes) {
    const Utf8Locale locale;
    std::vector<Unit> units;
    for (std::size_t at = 0; at < text.size();) {
        const std::string_view rest = text.substr(at);
        if (wholeEscapes && rest[0] == '\\') {
            const std::size_t length = escapeLength(rest);
            units.push_back({rest.substr(0, length), length});
            at += length;
            continue;
        }
        const Character first = firstCharacter(rest);
        const std::size_t length = std::max<std::size_t>(1, first.length);
        const int columns = first.length == 0 ? 1 : ::wcwidth(static_cast<wchar_t>(first.point));
        if (columns == 0 && !units.empty()) {
            Unit& base = units.back();
            base.text = {base.text.data(), base.text.size() + length};
        } else {
            units.push_back({rest.substr(0, length), static_cast<std::size_t>(columns < 0 ? 1 : columns)});
        }
        at += length;
    }
    return units;
}

std::size_t widthOf(const std::vector<Unit>& units) {
    std::size_t width = 0;
    for (const Unit& unit : units) width += unit.width;
    return width;
}

/// At most `headColumns` of it stand before the ellipsis, as much as fits behind.
std::string elided(std::string_view text, std::size_t columns, std::size_t headColumns) {
    if (text.size() <= columns && isPlain(text)) return std::string{text};
    const auto units = unitsOf(text, true);
    if (widthOf(units) <= columns) return std::string{text};
    const std::size_t room = std::max<std::size_t>(1, columns) - 1;
    std::string head;
    std::size_t used = 0;
    std::size_t first = 0;
    while (first < units.size() && used + units[first].width <= std::min(room, headColumns)) {
        used += units[first].width;
        head += units[first++].text;
    }
    std::size_t last = units.size();
    while (headColumns < room && last > first && used + units[last - 1].width <= room) used += units[--last].width;
    std::string tail;
    for (; last < units.size(); ++last) tail += units[last].text;
    return head.append(ellipsis).append(tail);
}

}  // namespace

std::string printableText(std::string_view bytes) { return escaped(bytes, true); }

std::string printableSentence(std::string_view sentence) { return escaped(sentence, false); }

std::string unescaped(std::string_view text) {
    std::string bytes;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] != '\\') {
            bytes += text[at];
            continue;
        }
        const std::size_t backslash = at++;
        const char kind = at < text.size() ? text[at] : '\0';
        if (kind == '\\') {
            bytes += '\\';
        } else if (kind == 'n') {
            bytes += '\n';
        } else if (kind == 't') {
            bytes += '\t';
        } else {
            const auto value = kind == 'x' ? hexValue(text.substr(at + 1, 2)) : std::nullopt;
            if (!value) throwNoEscape(text, backslash);
            bytes += static_cast<char>(*value);
            at += 2;
        }
    }
    return bytes;
}

std::size_t displayWidth(std::string_view utf8) { return isPlain(utf8) ? utf8.size() : widthOf(unitsOf(utf8, false)); }

std::string elidedInMiddle(std::string_view text, std::size_t columns) {
    return elided(text, columns, std::max<std::size_t>(1, columns) / 2);
}

std::string elidedAtEnd(std::string_view text, std::size_t columns) { return elided(text, columns, columns); }

}  // namespace workbench
