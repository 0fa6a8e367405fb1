#include "cli/checkreport.hpp"

#include <fmt/format.h>

#include <QJsonArray>
#include <QString>
#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "shared_cbuff/outlook.hpp"
#include "values/itemtext.hpp"
#include "values/times.hpp"

namespace cli {
namespace {

using namespace Qt::StringLiterals;
using workbench::Comparator;
using workbench::Comparison;
using workbench::Measured;
using workbench::Metric;
using workbench::ObservedPast;
using workbench::Quantity;
using workbench::Subject;
using workbench::TotalsFrom;
using workbench::Truth;

QString text(std::string_view bytes) { return QString::fromUtf8(bytes.data(), static_cast<qsizetype>(bytes.size())); }

/// On one line, and without the bar behind which monitoring systems expect numbers.
std::string onOneLine(std::string_view bytes) {
    std::string safe;
    for (const char character : bytes) {
        if (character == '|') {
            safe += "\\x7c";
        } else if (character == '\n') {
            safe += ' ';
        } else {
            safe += character;
        }
    }
    return safe;
}

/// One subject and metric that the rules speak of, with its value; or one that is always told.
struct Shown {
    Subject subject;
    Metric metric;
    bool isPercent = false;
    std::optional<Measured> value;

    bool isOf(const Comparison& comparison) const {
        return subject == comparison.subject && metric == comparison.metric;
    }
};

std::vector<Shown> shownOf(std::span<const CheckRule> rules, const ObservedPast& past) {
    std::vector<Shown> all;
    const auto add = [&](const Subject& subject, Metric metric, bool isPercent) {
        const auto known = std::ranges::find_if(
            all, [&](const Shown& shown) { return shown.subject == subject && shown.metric == metric; });
        if (known != all.end()) {
            known->isPercent = known->isPercent || isPercent;
            return;
        }
        Shown shown{subject, metric, isPercent, std::nullopt};
        const auto values = measure(subject, metric, past);
        const auto largest = std::ranges::max_element(values, {}, &Measured::value);
        if (largest != values.end()) shown.value = *largest;
        all.push_back(shown);
    };
    for (const CheckRule& rule : rules) {
        for (const auto& group : rule.condition.anyOf) {
            for (const Comparison& comparison : group) {
                add(comparison.subject, comparison.metric, comparison.isPercent);
            }
        }
    }
    for (const Metric metric : {Metric::usage, Metric::lost, Metric::rejected, Metric::pushed}) add({}, metric, false);
    return all;
}

std::string numberText(long double number) {
    if (number == std::floor(number)) return fmt::format("{:.0f}", number);
    std::string digits = fmt::format("{:.6f}", number);
    digits.erase(digits.find_last_not_of('0') + 1);
    return digits;
}

std::string valueText(const Shown& shown, std::uint64_t length) {
    if (!shown.value) return "unknown";
    const std::string least = shown.value->isLeast ? ">= " : "";
    switch (infoOf(shown.metric).quantity) {
        case Quantity::level:
            return fmt::format("{}{}/{}", least, numberText(shown.value->value), length);
        case Quantity::time:
            return fmt::format("{}{:.3f} s", least, shown.value->value);
        case Quantity::rate:
            return fmt::format("{:.1f}", shown.value->value);
        case Quantity::total:
        case Quantity::count:
            break;
    }
    return numberText(shown.value->value);
}

/// A threshold in the plugins' notation of ranges that are well: "10" is 0 to 10, "10:" at least 10, "@" all but.
std::string rangeText(const Comparison& comparison, bool asPercent, std::uint64_t length) {
    const long double limit = comparison.threshold(length);
    const std::string number =
        numberText(asPercent && length > 0 ? limit * 100 / static_cast<long double>(length) : limit);
    switch (comparison.comparator) {
        case Comparator::less:
        case Comparator::lessOrEqual:
            return number;
        case Comparator::greater:
        case Comparator::greaterOrEqual:
            return number + ':';
        case Comparator::equal:
            return number + ':' + number;
        case Comparator::notEqual:
            break;
    }
    return '@' + number + ':' + number;
}

/// Only of rules without `or`: there a single number does not decide.
std::string thresholdText(const Shown& shown, std::span<const CheckRule> rules, Verdict otherwise,
                          std::uint64_t length) {
    for (const CheckRule& rule : rules) {
        if (rule.otherwise != otherwise || rule.condition.anyOf.size() != 1) continue;
        for (const Comparison& comparison : rule.condition.anyOf[0]) {
            if (shown.isOf(comparison)) return rangeText(comparison, shown.isPercent, length);
        }
    }
    return {};
}

std::string_view unitText(Quantity quantity, bool asPercent, TotalsFrom totalsFrom) noexcept {
    if (asPercent) return "%";
    if (quantity == Quantity::time) return "s";
    return quantity == Quantity::total && totalsFrom == TotalsFrom::creation ? "c" : "";
}

/// 'label'=value[unit];warning;critical;min;max as the Monitoring Plugins guidelines have it; U where it is not known.
std::string performanceText(const Shown& shown, std::span<const CheckRule> rules, TotalsFrom totalsFrom,
                            std::uint64_t length) {
    const Quantity quantity = infoOf(shown.metric).quantity;
    std::string label;
    for (const char character : toText(shown.subject, shown.metric)) {
        label += character == '\'' ? std::string{"''"}
                                   : std::string(1, character == '=' || character == '|' ? '_' : character);
    }
    const bool asPercent = shown.isPercent && length > 0;
    const long double percent = asPercent ? 100 / static_cast<long double>(length) : 1;
    const std::string value =
        shown.value ? numberText(shown.value->value * percent).append(unitText(quantity, asPercent, totalsFrom))
                    : std::string{"U"};
    std::string most;
    if (quantity == Quantity::level) most = fmt::format("{}", shown.isPercent ? 100 : length);
    return fmt::format("'{}'={};{};{};0;{}", label, value, thresholdText(shown, rules, Verdict::warning, length),
                       thresholdText(shown, rules, Verdict::critical, length), most);
}

QJsonValue jsonNumber(const std::optional<Measured>& measured) {
    if (!measured) return QJsonValue::Null;
    const long double value = measured->value;
    if (value == std::floor(value) && value < 0x1p62L) return QJsonValue{static_cast<qint64>(value)};
    return QJsonValue{static_cast<double>(value)};
}

/// The order in which verdicts count.
int gravity(Verdict verdict) noexcept {
    constexpr std::array<int, 4> gravities{0, 2, 3, 1};
    return gravities[static_cast<std::size_t>(verdict)];
}

/// The values that a rule speaks of, for whoever wants to know why.
std::string valuesOf(const CheckRule& rule, std::span<const Shown> all, const shared_cbuff::Sample& sample) {
    if (rule.writer) return fmt::format("writer {}", to_string(sample.writer.state));
    std::string values;
    for (const Shown& shown : all) {
        const auto speaksOf = [&](const auto& group) {
            return std::ranges::any_of(group, [&](const Comparison& comparison) { return shown.isOf(comparison); });
        };
        if (!std::ranges::any_of(rule.condition.anyOf, speaksOf)) continue;
        values += fmt::format("{}{} {}", values.empty() ? "" : ", ", toText(shown.subject, shown.metric),
                              valueText(shown, sample.geometry.length));
    }
    return values;
}

std::string whyUnknown(const ObservedPast& past) {
    const shared_cbuff::Sample& sample = *past.latest();
    if (sample.state == shared_cbuff::BufferState::damaged) return "the buffer is damaged: " + sample.damage;
    if (sample.layout == shared_cbuff::Layout::classic) return "a classic buffer does not tell it";
    return sample.has_living_reader ? "it cannot be told yet, or of no such reader" : "there is no living reader";
}

std::string everything(std::span<const Shown> all, const shared_cbuff::Sample& sample) {
    std::string values;
    for (const Shown& shown : all) {
        values += fmt::format("{} {}, ", toText(shown.subject, shown.metric), valueText(shown, sample.geometry.length));
    }
    return values + fmt::format("writer {}", to_string(sample.writer.state));
}

}  // namespace

std::string_view toText(Verdict verdict) noexcept {
    constexpr std::array<std::string_view, 4> words{"OK", "WARNING", "CRITICAL", "UNKNOWN"};
    return words[static_cast<std::size_t>(verdict)];
}

std::string CheckRule::text() const {
    return writer ? fmt::format("writer {}", to_string(*writer)) : toText(condition);
}

Truth CheckRule::holds(const ObservedPast& past) const {
    if (!writer) return evaluate(condition, past);
    if (!past.tellsCounters()) return Truth::unknown;
    return past.latest()->writer.state == *writer ? Truth::yes : Truth::no;
}

bool CheckRule::mayBecomeKnown(const ObservedPast& past) const {
    if (writer || !past.tellsCounters()) return false;
    return std::ranges::any_of(condition.anyOf, [&](const auto& group) {
        return std::ranges::any_of(group, [&](const Comparison& comparison) {
            const Quantity quantity = infoOf(comparison.metric).quantity;
            return quantity == Quantity::rate ||
                   (quantity == Quantity::time && !measure(comparison.subject, comparison.metric, past).empty());
        });
    });
}

bool isGone(std::span<const CheckRule> rules, const shared_cbuff::Sample& sample) {
    using shared_cbuff::Trouble;
    using shared_cbuff::WriterState;
    const Trouble trouble = outlook(sample).trouble;
    if (trouble == Trouble::closed)
        return std::ranges::find(rules, WriterState::closed, &CheckRule::writer) == rules.end();
    return trouble == Trouble::replaced || trouble == Trouble::unlinked;
}

CheckReport reportOf(std::string_view name, std::span<const CheckRule> rules, const ObservedPast& past,
                     TotalsFrom totalsFrom) {
    const shared_cbuff::Sample& sample = *past.latest();
    const std::uint64_t length = sample.geometry.length;
    const auto all = shownOf(rules, past);
    const bool isThere = !isGone(rules, sample);
    const bool isTold = past.tellsCounters() || !rules.empty();
    CheckReport report{isThere && isTold ? Verdict::ok : Verdict::unknown, {}, {}};
    std::string findings = isThere ? "" : "the buffer " + outlook(sample).why;
    QJsonArray ruleList;
    for (const CheckRule& rule : rules) {
        const Truth truth = rule.holds(past);
        ruleList.append(QJsonObject{
            {u"must_hold"_s, text(rule.text())},
            {u"otherwise"_s, text(toText(rule.otherwise)).toLower()},
            {u"holds"_s, truth == Truth::unknown ? QJsonValue{QJsonValue::Null} : QJsonValue{truth == Truth::yes}}});
        if (truth == Truth::yes) continue;
        const Verdict verdict = truth == Truth::unknown ? Verdict::unknown : rule.otherwise;
        if (gravity(verdict) > gravity(report.verdict)) report.verdict = verdict;
        const std::string why = truth == Truth::unknown
                                    ? fmt::format("cannot tell whether {} ({}; {})", rule.text(),
                                                  valuesOf(rule, all, sample), whyUnknown(past))
                                    : fmt::format("not {} ({})", rule.text(), valuesOf(rule, all, sample));
        findings += (findings.empty() ? "" : "; ") + why;
    }
    if (findings.empty()) findings = past.tellsCounters() ? everything(all, sample) : whyUnknown(past);
    std::string performance;
    QJsonObject values;
    for (const Shown& shown : all) {
        if (!past.tellsCounters()) break;
        performance.append(" ").append(performanceText(shown, rules, totalsFrom, length));
        values.insert(text(toText(shown.subject, shown.metric)), jsonNumber(shown.value));
        if (shown.value && shown.value->isLeast) {
            values.insert(text(toText(shown.subject, shown.metric) + "_is_least"), true);
        }
    }
    const std::string sentence = workbench::printableSentence(findings);
    report.line =
        onOneLine(fmt::format("{}: \"{}\" {}", toText(report.verdict), workbench::printableText(name), sentence)) +
        (performance.empty() ? "" : " |" + performance);
    report.json = {{u"name"_s, text(workbench::printableText(name))},
                   {u"status"_s, text(toText(report.verdict)).toLower()},
                   {u"message"_s, text(sentence)},
                   {u"totals_since_creation"_s, totalsFrom == TotalsFrom::creation},
                   {u"rules"_s, ruleList},
                   {u"values"_s, values}};
    insertTimes(report.json, workbench::timesOf(sample.taken_at));
    return report;
}

CheckReport unknownReport(std::string_view name, std::string_view reason) {
    CheckReport report{Verdict::unknown,
                       onOneLine(fmt::format("UNKNOWN: {}", workbench::printableSentence(reason))),
                       {{u"name"_s, text(workbench::printableText(name))},
                        {u"status"_s, u"unknown"_s},
                        {u"message"_s, text(workbench::printableSentence(reason))}}};
    insertTimes(report.json, workbench::timesNow());
    return report;
}

}  // namespace cli
