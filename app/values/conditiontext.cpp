// Conditions and their text.

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>

#include "values/condition.hpp"
#include "values/itemtext.hpp"

namespace workbench {
namespace {

struct Unit {
    std::string_view name;
    long double seconds;
};
constexpr std::array units{Unit{"s", 1},      Unit{"ms", 1e-3L}, Unit{"us", 1e-6L},
                           Unit{"ns", 1e-9L}, Unit{"m", 60},     Unit{"h", 3600}};

constexpr std::array<std::string_view, 6> comparators{"<", "<=", ">", ">=", "=", "!="};
constexpr std::string_view blanks = " \t\n\r";
constexpr std::string_view notInWords = " \t\n\r<>=!\"'()&|";

std::size_t charactersIn(std::string_view bytes) {
    return static_cast<std::size_t>(
        std::ranges::count_if(bytes, [](char byte) { return (static_cast<unsigned char>(byte) & 0xc0u) != 0x80u; }));
}

bool isDigit(char character) noexcept { return character >= '0' && character <= '9'; }

int hexValue(char digit) noexcept {
    if (isDigit(digit)) return digit - '0';
    if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
    return digit >= 'A' && digit <= 'F' ? digit - 'A' + 10 : -1;
}

std::string listOfMetrics() {
    std::string text;
    for (const MetricInfo& info : metrics()) text.append(text.empty() ? "" : ", ").append(info.name);
    return text;
}

std::string numberText(long double number) {
    std::array<char, 64> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    return {digits.data(), end};
}

/// Bare where it can be; else in quotes, with what no terminal should see as \xNN.
std::string labelText(std::string_view label) {
    const auto isPlain = [](char character) {
        return isDigit(character) || (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
               character == '_' || character == '-';
    };
    if (!label.empty() && std::ranges::all_of(label, isPlain)) return std::string{label};
    const bool isPrintable = printableText(label) == label;
    std::string text = "\"";
    for (const char character : label) {
        const auto byte = static_cast<unsigned char>(character);
        if (character == '"' || character == '\\') {
            text.append("\\").append(1, character);
        } else if (isPrintable || (byte >= 0x20 && byte < 0x7f)) {
            text += character;
        } else {
            constexpr std::string_view digits = "0123456789abcdef";
            text.append("\\x").append(1, digits[byte >> 4]).append(1, digits[byte & 15u]);
        }
    }
    return text + '"';
}

class Parser {
public:
    explicit Parser(std::string_view text) : m_text{text} {}

    Condition parse() {
        Condition condition{{{comparison()}}};
        for (;;) {
            skipBlanks();
            if (atEnd()) return condition;
            const std::size_t start = m_at;
            const std::string_view joiner = word();
            if (joiner == "and") {
                condition.anyOf.back().push_back(comparison());
            } else if (joiner == "or") {
                condition.anyOf.push_back({comparison()});
            } else {
                fail(start, "here a condition ends, or goes on with `and` or `or`");
            }
        }
    }

    std::chrono::nanoseconds duration() {
        skipBlanks();
        const std::size_t start = m_at;
        Comparison time;
        number(time, Quantity::time);
        skipBlanks();
        if (!atEnd()) fail(m_at, "nothing can follow the time");
        const long double seconds = time.threshold(0);
        if (seconds < 1e-9L || seconds > 366.0L * 24 * 3600) fail(start, "a time is from 1ns to a year, such as 2s");
        return std::chrono::nanoseconds{std::llround(seconds * 1e9L)};
    }

private:
    [[noreturn]] void fail(std::size_t offset, std::string_view reason) const {
        throw ConditionError{m_text, offset, reason};
    }

    bool atEnd() const noexcept { return m_at >= m_text.size(); }
    char next() const noexcept { return atEnd() ? '\0' : m_text[m_at]; }
    void skipBlanks() noexcept {
        while (!atEnd() && blanks.find(m_text[m_at]) != std::string_view::npos) ++m_at;
    }
    std::string_view word() noexcept {
        const std::size_t start = m_at;
        while (!atEnd() && notInWords.find(m_text[m_at]) == std::string_view::npos) ++m_at;
        return m_text.substr(start, m_at - start);
    }

    Comparison comparison() {
        Comparison found;
        skipBlanks();
        const bool isQuoted = next() == '"' || next() == '\'';
        if (isQuoted) {
            found.subject = {Subject::Kind::label, quotedLabel(), 0};
            if (next() != '.') fail(m_at, "after a quoted label comes a dot and a metric, such as \"a b\".lag");
            ++m_at;
        }
        const std::size_t start = m_at;
        std::string_view name = word();
        const std::size_t dot = isQuoted ? std::string_view::npos : name.rfind('.');
        if (dot != std::string_view::npos) {
            found.subject = subject(start, name.substr(0, dot));
            name.remove_prefix(dot + 1);
        }
        const std::size_t metricAt = dot == std::string_view::npos ? start : start + dot + 1;
        found.metric = metric(metricAt, name);
        const MetricInfo& info = infoOf(found.metric);
        if (info.without == WithoutReader::itself && found.subject.kind != Subject::Kind::buffer) {
            fail(metricAt, std::string{info.name} + " is the buffer's, not a reader's: leave the reader out");
        }
        found.comparator = comparator();
        number(found, info.quantity);
        return found;
    }

    std::string quotedLabel() {
        const std::size_t start = m_at;
        const char quote = m_text[m_at++];
        std::string label;
        while (next() != quote || atEnd()) {
            if (atEnd()) fail(start, "this quote is not closed");
            label += m_text[m_at] == '\\' ? escaped() : m_text[m_at++];
        }
        ++m_at;
        return label;
    }

    char escaped() {
        const std::size_t start = m_at++;
        const char what = next();
        ++m_at;
        if (what == 'n') return '\n';
        if (what == 't') return '\t';
        if (what == '\\' || what == '"' || what == '\'') return what;
        const int high = what == 'x' && m_at < m_text.size() ? hexValue(m_text[m_at]) : -1;
        const int low = high >= 0 && m_at + 1 < m_text.size() ? hexValue(m_text[m_at + 1]) : -1;
        if (low < 0) fail(start, R"(after a backslash comes n, t, a quote, a backslash, or x and two hex digits)");
        m_at += 2;
        return static_cast<char>(high * 16 + low);
    }

    Subject subject(std::size_t start, std::string_view name) const {
        if (name == "*") return {Subject::Kind::any, {}, 0};
        if (name.empty()) fail(start, "before the dot a reader is missing: a label, #3 for a slot, or *");
        if (name[0] != '#') return {Subject::Kind::label, std::string{name}, 0};
        std::uint32_t slot = 0;
        const auto [end, error] = std::from_chars(name.data() + 1, name.data() + name.size(), slot);
        if (error != std::errc{} || end != name.data() + name.size()) {
            fail(start, "after # comes the number of a slot, such as #3; a label that begins so needs quotes");
        }
        return {Subject::Kind::slot, {}, slot};
    }

    Metric metric(std::size_t at, std::string_view name) const {
        const auto found = std::ranges::find(metrics(), name, &MetricInfo::name);
        if (found != metrics().end()) return found->metric;
        if (name.empty()) fail(at, std::string{"here a metric is missing: one of "} + listOfMetrics());
        fail(at, std::string{"'"} + printableText(name) + "' is no metric; there are " + listOfMetrics());
    }

    Comparator comparator() {
        skipBlanks();
        const std::size_t start = m_at;
        while (!atEnd() && std::string_view{"<>=!"}.find(m_text[m_at]) != std::string_view::npos) ++m_at;
        const std::string_view sign = m_text.substr(start, m_at - start);
        if (sign == "==") return Comparator::equal;
        const auto found = std::ranges::find(comparators, sign);
        if (found == comparators.end()) fail(start, "here one of < <= > >= = != is needed");
        return static_cast<Comparator>(found - comparators.begin());
    }

    void number(Comparison& into, Quantity quantity) {
        skipBlanks();
        const std::size_t start = m_at;
        if (!isDigit(next()) && next() != '.') fail(start, "here a number is needed, from 0 on");
        const auto [end, error] = std::from_chars(m_text.data() + m_at, m_text.data() + m_text.size(), into.number);
        if (error != std::errc{}) fail(start, "this is no number that can be compared");
        m_at = static_cast<std::size_t>(end - m_text.data());
        const std::size_t unitAt = m_at;
        const std::string_view unit = word();
        if (unit.empty()) return;
        if (unit == "%" && quantity == Quantity::level) {
            into.isPercent = true;
        } else if (quantity == Quantity::time && std::ranges::find(units, unit, &Unit::name) != units.end()) {
            into.unit = unit;
        } else if (unit != "/s" || quantity != Quantity::rate) {
            fail(unitAt,
                 std::string{"'"} + printableText(unit) + "' does not fit here: " + std::string{unitsOf(quantity)});
        }
    }

    static std::string_view unitsOf(Quantity quantity) {
        switch (quantity) {
            case Quantity::level:
                return "items have no unit; % is of the buffer's length";
            case Quantity::time:
                return "times have s, ms, us, ns, m or h";
            case Quantity::rate:
                return "rates have no unit, or /s";
            case Quantity::total:
            case Quantity::count:
                break;
        }
        return "what is counted has no unit";
    }

    std::string_view m_text;
    std::size_t m_at = 0;
};

}  // namespace

ConditionError::ConditionError(std::string_view text, std::size_t offset, std::string_view reason)
    : std::runtime_error{std::string{"column "} + std::to_string(charactersIn(text.substr(0, offset)) + 1) + " of '" +
                         printableText(text) + "': " + std::string{reason}},
      m_column{charactersIn(text.substr(0, offset)) + 1},
      m_picture{printableText(text) + '\n' + std::string(charactersIn(printableText(text.substr(0, offset))), ' ') +
                '^'} {}

Condition parseCondition(std::string_view text) { return Parser{text}.parse(); }

std::chrono::nanoseconds parseDuration(std::string_view text) { return Parser{text}.duration(); }

std::string_view toText(Comparator comparator) noexcept { return comparators[static_cast<std::size_t>(comparator)]; }

std::string toText(const Subject& subject, Metric metric) {
    const std::string name{infoOf(metric).name};
    switch (subject.kind) {
        case Subject::Kind::any:
            return std::string{"*."} + name;
        case Subject::Kind::label:
            return labelText(subject.label) + "." + name;
        case Subject::Kind::slot:
            return std::string{"#"} + std::to_string(subject.slot) + "." + name;
        case Subject::Kind::buffer:
            break;
    }
    return name;
}

std::string toText(const Comparison& comparison) {
    return toText(comparison.subject, comparison.metric) + " " + std::string{toText(comparison.comparator)} + " " +
           numberText(comparison.number) + (comparison.isPercent ? "%" : comparison.unit);
}

std::string toText(const Condition& condition) {
    std::string text;
    for (const auto& group : condition.anyOf) {
        if (!text.empty()) text += " or ";
        for (std::size_t index = 0; index < group.size(); ++index) {
            text.append(index == 0 ? "" : " and ").append(toText(group[index]));
        }
    }
    return text;
}

long double Comparison::threshold(std::uint64_t length) const noexcept {
    if (isPercent) return number * static_cast<long double>(length) / 100;
    const auto found = std::ranges::find(units, std::string_view{unit}, &Unit::name);
    return found == units.end() ? number : number * found->seconds;
}

}  // namespace workbench
