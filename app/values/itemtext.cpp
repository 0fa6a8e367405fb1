#include "values/itemtext.hpp"

#include <algorithm>
#include <bit>
#include <charconv>

#include "shared_cbuff/item.hpp"

namespace workbench {
namespace {

constexpr std::string_view hexDigits = "0123456789abcdef";

std::string quoted(std::string_view text) {
    constexpr std::size_t shown = 60;
    return std::string{"'"}.append(printableText(text.substr(0, shown))).append(text.size() > shown ? "…'" : "'");
}

std::string bytesOf(std::uint64_t count) { return std::to_string(count) + (count == 1 ? " byte" : " bytes"); }

int digitValue(char digit) noexcept {
    if (digit >= '0' && digit <= '9') return digit - '0';
    if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
    if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
    return -1;
}

bool isHexNumber(std::string_view text) { return text.starts_with("0x") || text.starts_with("0X"); }

[[noreturn]] void throwTooLarge(std::string_view text, std::uint64_t needed, std::uint64_t itemSize) {
    throw ItemTextError{quoted(text) + " needs " + bytesOf(needed) + ", but an item of this buffer has " +
                        std::to_string(itemSize) + "; give a smaller item, or use a buffer with a larger item size"};
}

[[noreturn]] void throwNoNumber(std::string_view text) {
    throw ItemTextError{quoted(text) +
                        " is no item; write a decimal number (42), a hex number (0x2a) or a range "
                        "(10..20), or choose text or hex; items are unsigned"};
}

/// `digits` as a big-endian number that fills `itemSize` bytes. `offset` is where they begin in `text`, for messages.
std::vector<std::byte> fromDigits(std::string_view text, std::size_t offset, std::uint64_t itemSize) {
    const std::string_view digits = text.substr(offset);
    for (std::size_t index = 0; index < digits.size(); ++index) {
        if (digitValue(digits[index]) < 0) {
            throw ItemTextError{quoted(text) + " has '" + printableText(digits.substr(index, 1)) + "' at position " +
                                std::to_string(offset + index + 1) + ", which is no hex digit; use 0-9 and a-f only"};
        }
    }
    const std::size_t significant = digits.size() - std::min(digits.find_first_not_of('0'), digits.size());
    if (significant > itemSize * 2) throwTooLarge(text, (significant + 1) / 2, itemSize);
    std::vector<std::byte> item(itemSize);
    for (std::size_t index = 0; index < significant; ++index) {
        const auto value = static_cast<unsigned>(digitValue(digits[digits.size() - 1 - index]));
        std::byte& byte = item[itemSize - 1 - index / 2];
        byte |= static_cast<std::byte>(index % 2 == 0 ? value : value << 4);
    }
    return item;
}

std::vector<std::byte> parseHex(std::string_view text, std::uint64_t itemSize) {
    const std::size_t offset = isHexNumber(text) ? 2 : 0;
    const std::size_t digits = text.size() - offset;
    if (digits == 0) throw ItemTextError{quoted(text) + " has no hex digits; write two for each byte, such as 0a1b"};
    std::vector<std::byte> item = fromDigits(text, offset, itemSize);
    if (digits % 2 != 0) {
        throw ItemTextError{quoted(text) + " has an odd number of hex digits: the one at position " +
                            std::to_string(text.size()) + " stands alone; write two for each byte, such as 0a"};
    }
    if (digits / 2 > itemSize) throwTooLarge(text, digits / 2, itemSize);
    return item;
}

std::uint64_t parseDecimal(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (end != text.data() + text.size() || error == std::errc::invalid_argument) throwNoNumber(text);
    if (error == std::errc::result_out_of_range) {
        throw ItemTextError{quoted(text) +
                            " is above 18446744073709551615, the largest decimal number understood "
                            "(64 bit); write wider items in hex, such as 0x1ffffffffffffffff"};
    }
    return value;
}

std::vector<std::byte> parseNumber(std::string_view text, std::uint64_t itemSize) {
    if (isHexNumber(text)) {
        if (text.size() == 2) throwNoNumber(text);
        return fromDigits(text, 2, itemSize);
    }
    const std::uint64_t value = parseDecimal(text);
    const auto needed = static_cast<std::uint64_t>(std::bit_width(value) + 7) / 8;
    if (needed > itemSize) throwTooLarge(text, needed, itemSize);
    std::vector<std::byte> item(itemSize);
    putNumber(value, item);
    return item;
}

std::vector<std::byte> parseText(std::string_view text, std::uint64_t itemSize) {
    const std::string bytes = unescaped(text);
    if (bytes.size() > itemSize) throwTooLarge(text, bytes.size(), itemSize);
    std::vector<std::byte> item(itemSize);
    std::ranges::transform(bytes, item.begin(), [](char character) { return static_cast<std::byte>(character); });
    return item;
}

std::uint64_t parseRangeEnd(std::string_view range, std::string_view end, std::uint64_t itemSize) {
    if (end.empty()) {
        throw ItemTextError{quoted(range) + " is half a range; write both its ends, such as 10..20"};
    }
    const std::vector<std::byte> item = parseNumber(end, itemSize);
    const std::size_t wide = item.size() > 8 ? item.size() - 8 : 0;
    if (std::any_of(item.begin(), item.begin() + static_cast<std::ptrdiff_t>(wide),
                    [](std::byte byte) { return byte != std::byte{0}; })) {
        throw ItemTextError{quoted(range) + " has an end above 64 bit; ranges go up to 18446744073709551615"};
    }
    return shared_cbuff::decode_item(std::span{item}.subspan(wide));
}

std::string formatDigits(std::span<const std::byte> item) {
    std::string text;
    text.reserve(item.size() * 2);
    for (const std::byte byte : item) {
        const auto value = std::to_integer<unsigned>(byte);
        text += hexDigits[value >> 4];
        text += hexDigits[value & 15u];
    }
    return text;
}

}  // namespace

std::vector<std::byte> parseItem(std::string_view text, ItemForm form, std::uint64_t itemSize) {
    switch (form) {
        case ItemForm::text:
            return parseText(text, itemSize);
        case ItemForm::hex:
            return parseHex(text, itemSize);
        case ItemForm::number:
            break;
    }
    return parseNumber(text, itemSize);
}

std::optional<ItemRange> parseRange(std::string_view text, std::uint64_t itemSize) {
    const auto dots = text.find("..");
    if (dots == std::string_view::npos) return std::nullopt;
    return ItemRange{parseRangeEnd(text, text.substr(0, dots), itemSize),
                     parseRangeEnd(text, text.substr(dots + 2), itemSize)};
}

std::vector<std::byte> parseItems(std::string_view text, ItemForm form, std::uint64_t itemSize) {
    const auto range = form == ItemForm::number ? parseRange(text, itemSize) : std::nullopt;
    if (!range) return parseItem(text, form, itemSize);
    const std::uint64_t most = std::min(maxParsedItems, std::max<std::uint64_t>(1, maxParsedBytes / itemSize));
    if (range->steps() >= most) {
        throw ItemTextError{quoted(text) + " has more than " + std::to_string(most) +
                            " items; give a shorter range, or let `cbuff push` stream it"};
    }
    std::vector<std::byte> items((range->steps() + 1) * itemSize);
    for (std::uint64_t step = 0; step <= range->steps(); ++step) {
        putNumber(range->at(step), std::span{items}.subspan(step * itemSize, itemSize));
    }
    return items;
}

std::string formatItem(std::span<const std::byte> item, ItemForm form) {
    if (form == ItemForm::hex) return formatDigits(item);
    if (form == ItemForm::number) {
        return item.size() <= 8 ? std::to_string(shared_cbuff::decode_item(item))
                                : std::string{"0x"}.append(formatDigits(item));
    }
    std::string text;
    text.reserve(item.size());
    for (const std::byte byte : item) text += static_cast<char>(byte);
    return printableText(std::string_view{text}.substr(0, text.find_last_not_of('\0') + 1));
}

void putNumber(std::uint64_t value, std::span<std::byte> item) noexcept {
    for (auto byte = item.rbegin(); byte != item.rend(); ++byte) {
        *byte = static_cast<std::byte>(value & 0xff);
        value >>= 8;
    }
}

}  // namespace workbench
