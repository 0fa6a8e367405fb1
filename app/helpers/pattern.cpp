#include "helpers/pattern.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numbers>
#include <stdexcept>
#include <string>

#include "values/itemtext.hpp"

namespace workbench {
namespace {

[[noreturn]] void throwUnknown(std::string_view text) {
    throw std::invalid_argument{fmt::format("'{}' is no pattern; use counter, constant:V, random, ramp:A:B or sine:A:P",
                                            printableText(text.substr(0, 60)))};
}

/// The two numbers of `A:B`; both fit an item.
ItemRange parsePair(std::string_view text, std::string_view arguments, std::uint64_t itemSize) {
    const auto colon = arguments.find(':');
    if (colon == std::string_view::npos) throwUnknown(text);
    const std::string range = fmt::format("{}..{}", arguments.substr(0, colon), arguments.substr(colon + 1));
    return *parseRange(range, itemSize);
}

std::uint64_t parseTurn(std::string_view text) {
    std::uint64_t items = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), items);
    if (error != std::errc{} || end != text.data() + text.size() || items < 2) {
        throw std::invalid_argument{fmt::format("the period '{}' of a sine must be a whole number of items, at least 2",
                                                printableText(text.substr(0, 60)))};
    }
    return items;
}

}  // namespace

Pattern Pattern::parse(std::string_view text, std::uint64_t itemSize, std::uint64_t seed) {
    if (text == "counter") return {Kind::counter, seed};
    if (text == "random") return {Kind::random, seed};
    const auto colon = text.find(':');
    const std::string_view kind = text.substr(0, colon);
    const std::string_view arguments = colon == std::string_view::npos ? std::string_view{} : text.substr(colon + 1);
    try {
        if (kind == "constant") {
            Pattern pattern{Kind::constant, seed};
            pattern.m_constant = parseItem(arguments, ItemForm::number, itemSize);
            return pattern;
        }
        if (kind == "ramp") {
            Pattern pattern{Kind::ramp, seed};
            const auto ends = parsePair(text, arguments, itemSize);
            pattern.m_first = ends.first;
            pattern.m_second = ends.last;
            return pattern;
        }
        if (kind == "sine") {
            Pattern pattern{Kind::sine, seed};
            const auto second = arguments.find(':');
            if (second == std::string_view::npos) throwUnknown(text);
            const std::string amplitude = fmt::format("0..{}", arguments.substr(0, second));
            pattern.m_first = parseRange(amplitude, itemSize)->last;
            pattern.m_second = parseTurn(arguments.substr(second + 1));
            return pattern;
        }
    } catch (const ItemTextError& error) {
        throw std::invalid_argument{
            fmt::format("the pattern {} cannot be: {}", printableText(text.substr(0, 60)), error.what())};
    }
    throwUnknown(text);
}

void Pattern::startCounterAt(std::uint64_t number) noexcept {
    if (m_kind == Kind::counter) m_index = number;
}

std::uint64_t Pattern::sineValue() const {
    const double turn = static_cast<double>(m_index % m_second) / static_cast<double>(m_second);
    const long double swing = (1.0L + std::sin(2.0L * std::numbers::pi_v<long double> * turn)) / 2.0L;
    return static_cast<std::uint64_t>(std::roundl(static_cast<long double>(m_first) * swing));
}

void Pattern::next(std::span<std::byte> item) {
    switch (m_kind) {
        case Kind::counter:
            putNumber(m_index, item);
            break;
        case Kind::constant:
            std::ranges::copy(m_constant, item.begin());
            break;
        case Kind::random:
            for (std::size_t done = 0; done < item.size(); done += 8) {
                putNumber(m_random(), item.subspan(done, std::min<std::size_t>(8, item.size() - done)));
            }
            break;
        case Kind::ramp: {
            const ItemRange range{m_first, m_second};
            putNumber(range.at(m_index), item);
            if (m_index == range.steps()) {
                m_index = 0;
                return;
            }
            break;
        }
        case Kind::sine:
            putNumber(sineValue(), item);
            break;
    }
    ++m_index;
}

std::string problemOfPattern(std::string_view text, std::uint64_t itemSize) {
    try {
        Pattern::parse(text, itemSize, 0);
    } catch (const std::invalid_argument& error) {
        return error.what();
    }
    return {};
}

}  // namespace workbench
