// The half of the protocol that goes to the helper.

#include <fmt/format.h>

#include <charconv>
#include <stdexcept>

#include "helpers/pacer.hpp"
#include "helpers/protocol.hpp"
#include "values/printable.hpp"

namespace workbench {
namespace {

constexpr std::string_view blanks = " \t";
constexpr std::size_t shownBytes = 60;

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(blanks);
    return first == std::string_view::npos ? std::string_view{}
                                           : text.substr(first, text.find_last_not_of(blanks) + 1 - first);
}

/// The whole of `text` as a number up to `most`; nothing if it is none.
std::optional<std::uint64_t> wholeNumber(std::string_view text, std::uint64_t most) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size() || number > most) return std::nullopt;
    return number;
}

std::uint64_t parseSteps(std::string_view text) {
    const auto count = wholeNumber(text, mostSteps);
    if (count.value_or(0) > 0) return *count;
    throw std::invalid_argument{fmt::format("step needs a number of items from 1 to {}, such as: step 5", mostSteps)};
}

std::string_view word(HelperVerb verb) {
    switch (verb) {
        case HelperVerb::rate:
            return "rate";
        case HelperVerb::pause:
            return "pause";
        case HelperVerb::resume:
            return "resume";
        case HelperVerb::step:
            return "step";
        case HelperVerb::stop:
            return "stop";
    }
    return {};
}

/// Those that take nothing after them.
std::optional<HelperVerb> plainVerb(std::string_view text) {
    for (const HelperVerb verb : {HelperVerb::pause, HelperVerb::resume, HelperVerb::stop}) {
        if (text == word(verb)) return verb;
    }
    return std::nullopt;
}

}  // namespace

std::string encode(const HelperOrder& order, std::optional<std::uint64_t> id) {
    std::string line{word(order.verb)};
    if (order.verb == HelperVerb::rate) line += order.rate ? fmt::format(" {}", *order.rate) : " max";
    if (order.verb == HelperVerb::step) line += fmt::format(" {}", order.count);
    if (id) line += fmt::format(" #{}", *id);
    return line;
}

HelperOrder parseOrder(std::string_view text) {
    text = trimmed(text);
    const auto space = text.find_first_of(blanks);
    const std::string_view verb = text.substr(0, space);
    const std::string_view argument =
        space == std::string_view::npos ? std::string_view{} : trimmed(text.substr(space));
    if (verb == word(HelperVerb::rate)) return {HelperVerb::rate, parseRate(argument), 0};
    if (verb == word(HelperVerb::step)) return {HelperVerb::step, std::nullopt, parseSteps(argument)};
    const auto plain = plainVerb(verb);
    if (!plain) {
        throw std::invalid_argument{
            fmt::format("'{}' is no control command; use rate R, rate max, pause, resume, step N or stop",
                        printableText(verb.substr(0, shownBytes)))};
    }
    if (!argument.empty()) throw std::invalid_argument{fmt::format("{} takes nothing after it", verb)};
    return {*plain, std::nullopt, 0};
}

ReceivedOrder decodeOrder(std::string_view line) {
    ReceivedOrder received;
    received.ack.command = line;
    try {
        const std::string_view whole = trimmed(line);
        const auto space = whole.find_last_of(blanks);
        const std::string_view last = space == std::string_view::npos ? whole : whole.substr(space + 1);
        if (last.starts_with('#')) {
            received.ack.id = wholeNumber(last.substr(1), largestOrderId);
            if (!received.ack.id) {
                throw std::invalid_argument{fmt::format("'{}' is no id; write a whole number after #, such as: stop #7",
                                                        printableText(last.substr(0, shownBytes)))};
            }
            received.ack.command = trimmed(whole.substr(0, whole.size() - last.size()));
        }
        received.order = parseOrder(received.ack.command);
        received.ack.ok = true;
    } catch (const std::invalid_argument& error) {
        received.ack.error = error.what();
    }
    return received;
}

}  // namespace workbench
