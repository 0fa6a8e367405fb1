// Any text in any form as an item: `cbuff push` and the workbench understand it or refuse it in a sentence, and what
// is written out can be read back.
// Input: a byte each for the form and the item size, then the text.

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "input.hpp"
#include "require.hpp"
#include "values/itemtext.hpp"

namespace {

using fuzz::require;
using workbench::formatItem;
using workbench::ItemForm;
using workbench::ItemRange;
using workbench::ItemTextError;
using workbench::parseItem;
using workbench::parseItems;
using workbench::parseRange;
using workbench::printableText;

/// What stands behind an escape of printableText(); nothing if it is none of them.
std::optional<char> unescaped(std::string_view& rest) {
    const auto digit = [&](std::size_t index) {
        constexpr std::string_view digits = "0123456789abcdef";
        return digits.find(rest[index]);
    };
    char meant = 0;
    std::size_t length = 2;
    if (rest.starts_with("\\n")) {
        meant = '\n';
    } else if (rest.starts_with("\\t")) {
        meant = '\t';
    } else if (rest.starts_with("\\\\")) {
        meant = '\\';
    } else if (rest.starts_with("\\x") && rest.size() >= 4 && digit(2) < 16 && digit(3) < 16) {
        meant = static_cast<char>(digit(2) << 4 | digit(3));
        length = 4;
    } else {
        return std::nullopt;
    }
    rest.remove_prefix(length);
    return meant;
}

/// Fit for a terminal: printing it once more only doubles its backslashes.
void require_printable(std::string_view shown) {
    std::string doubled;
    for (const char character : shown) doubled.append(character == '\\' ? 2 : 1, character);
    require(printableText(shown) == doubled, "printed text is printable");
}

void check_printing(std::string_view text) {
    const std::string shown = printableText(text);
    require_printable(shown);
    std::string meant;
    for (std::string_view rest = shown; !rest.empty();) {
        if (rest.front() != '\\') {
            meant += rest.front();
            rest.remove_prefix(1);
            continue;
        }
        const auto character = unescaped(rest);
        require(character.has_value(), "every backslash begins an escape");
        meant += *character;
    }
    require(meant == text, "printed text tells what every byte was");
}

/// What was written out is no text that may be refused.
std::vector<std::byte> read_back(std::string_view written, ItemForm form, std::uint64_t item_size) {
    try {
        return parseItem(written, form, item_size);
    } catch (const ItemTextError&) {
        require(false, "a written item is understood");
        throw;
    }
}

void check_item(std::string_view text, ItemForm form, std::uint64_t item_size) {
    const std::vector<std::byte> item = parseItem(text, form, item_size);
    require(item.size() == item_size, "an item is as large as the buffer's");
    for (const ItemForm written : {ItemForm::number, ItemForm::hex, ItemForm::text}) {
        require(read_back(formatItem(item, written), written, item_size) == item, "a written item reads back");
    }
    require_printable(formatItem(item, ItemForm::text));
}

void check_range(const ItemRange& range, std::uint64_t item_size) {
    require(range.at(0) == range.first && range.at(range.steps()) == range.last, "a range goes from end to end");
    if (item_size >= 8) return;
    const std::uint64_t largest = (std::uint64_t{1} << item_size * 8) - 1;
    require(range.first <= largest && range.last <= largest, "both ends of a range fit an item");
}

void check_items(std::string_view text, ItemForm form, std::uint64_t item_size) {
    const auto range = form == ItemForm::number ? parseRange(text, item_size) : std::nullopt;
    if (range) check_range(*range, item_size);
    if (!range) check_item(text, form, item_size);
    // Long ranges that are still allowed are only slow: short ones, the longest, and what is beyond are tried.
    constexpr std::uint64_t quick_bytes = 1 << 10;
    if (range && range->steps() > quick_bytes / item_size && range->steps() < workbench::maxParsedItems - 2) return;
    const std::vector<std::byte> items = parseItems(text, form, item_size);
    const std::uint64_t count = range ? range->steps() + 1 : 1;
    require(items.size() == count * item_size, "a text makes as many items as it says");
    require(count <= workbench::maxParsedItems, "a text makes a bounded number of items");
    require(count == 1 || items.size() <= workbench::maxParsedBytes, "a text makes a bounded number of bytes");
    if (!range) return;
    const std::span last = std::span{items}.last(item_size);
    const std::string written = formatItem(last, ItemForm::number);
    const auto read = parseRange(written + ".." + written, item_size);
    require(read && read->first == range->last, "the last item of a range is its end");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::array forms{ItemForm::number, ItemForm::text, ItemForm::hex};
    constexpr std::array<std::uint64_t, 16> sizes{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 16, 17, 31, 64, 300};
    fuzz::Input input{data, size};
    const ItemForm form = input.pick(forms);
    const std::uint64_t item_size = input.pick(sizes);
    const auto rest = input.rest();
    const std::string_view text{reinterpret_cast<const char*>(rest.data()), rest.size()};
    check_printing(text);
    try {
        check_items(text, form, item_size);
    } catch (const ItemTextError& error) {
        require_printable(error.what());
    }
    return 0;
}
