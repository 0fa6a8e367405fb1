#include "values/condition.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace workbench {
namespace {

using shared_cbuff::ReaderSample;
using shared_cbuff::ReaderState;
using shared_cbuff::Sample;
using shared_cbuff::WriterState;

using Q = Quantity;
using W = WithoutReader;

constexpr std::array table{
    MetricInfo{Metric::usage, "usage", Q::level, W::largest, "items a living reader has not taken yet"},
    MetricInfo{Metric::lag, "lag", Q::time, W::largest, "age of the oldest item a living reader has not taken"},
    MetricInfo{Metric::lost, "lost", Q::total, W::sum, "items overwritten before a reader took them"},
    MetricInfo{Metric::overruns, "overruns", Q::total, W::sum, "events of losing items"},
    MetricInfo{Metric::underflows, "underflows", Q::total, W::sum, "pops that found nothing"},
    MetricInfo{Metric::popped, "popped", Q::total, W::sum, "items delivered to a reader"},
    MetricInfo{Metric::pending, "pending", Q::level, W::largest, "items lost that a living reader has not noticed yet"},
    MetricInfo{Metric::highWater, "high_water", Q::level, W::largest, "largest usage a living reader has ever had"},
    MetricInfo{Metric::pushed, "pushed", Q::total, W::itself, "items written"},
    MetricInfo{Metric::rejected, "rejected", Q::total, W::itself,
               "pushes refused because an item would have been lost"},
    MetricInfo{Metric::retained, "retained", Q::level, W::itself, "items that are still in the ring, taken or not"},
    MetricInfo{Metric::readers, "readers", Q::count, W::itself, "living readers"},
    MetricInfo{Metric::writers, "writers", Q::count, W::itself, "1 while the writer is alive, else 0"},
    MetricInfo{Metric::pushedRate, "pushed/s", Q::rate, W::itself,
               "items written a second, over the last second or two"},
    MetricInfo{Metric::poppedRate, "popped/s", Q::rate, W::sum, "items delivered a second"},
    MetricInfo{Metric::lostRate, "lost/s", Q::rate, W::sum, "items lost a second"},
    MetricInfo{Metric::rejectedRate, "rejected/s", Q::rate, W::itself, "pushes refused a second"},
};

constexpr std::chrono::milliseconds lagGrace{500};

std::string_view unitsText(Quantity quantity) noexcept {
    constexpr std::array<std::string_view, 5> texts{"items, %", "", "", "s, ms, ...", "/s"};
    return texts[static_cast<std::size_t>(quantity)];
}

Measured whole(std::uint64_t value) noexcept { return {static_cast<long double>(value), false}; }

Measured perSecond(std::uint64_t count, ObservedPast::Seconds seconds) noexcept {
    return {static_cast<long double>(count) / static_cast<long double>(seconds.count()), false};
}

std::optional<Measured> measureTotals(Metric metric, const ReaderTotals& totals) {
    switch (metric) {
        case Metric::popped:
            return whole(totals.popped);
        case Metric::lost:
            return whole(totals.lost);
        case Metric::overruns:
            return whole(totals.overruns);
        case Metric::underflows:
            return whole(totals.underflows);
        default:
            return std::nullopt;
    }
}

std::optional<Measured> measureRate(Metric metric, const std::optional<ObservedPast::Stretch>& recent) {
    if (!recent) return std::nullopt;
    switch (metric) {
        case Metric::pushedRate:
            return perSecond(recent->pushed, recent->seconds);
        case Metric::rejectedRate:
            return perSecond(recent->rejected, recent->seconds);
        case Metric::poppedRate:
            return perSecond(recent->totals.popped, recent->seconds);
        case Metric::lostRate:
            return perSecond(recent->totals.lost, recent->seconds);
        default:
            return std::nullopt;
    }
}

/// Levels and lag are those of the living; what a dead reader counted stays counted.
std::optional<Measured> measureReader(Metric metric, const ReaderSample& reader, const ObservedPast& past) {
    if (const auto total = measureTotals(metric, past.totals(reader))) return total;
    if (infoOf(metric).quantity == Quantity::rate) return measureRate(metric, past.recent(&reader));
    if (reader.state != ReaderState::alive) return std::nullopt;
    switch (metric) {
        case Metric::usage:
            return whole(reader.usage);
        case Metric::pending:
            return whole(reader.pending);
        case Metric::highWater:
            return whole(reader.high_water);
        case Metric::lag:
            if (const auto age = past.lag(reader)) {
                return Measured{static_cast<long double>(age->age.count()) / 1e9L, age->isLeast};
            }
            return std::nullopt;
        default:
            return std::nullopt;
    }
}

std::uint64_t livingReaders(const Sample& sample) {
    return static_cast<std::uint64_t>(std::ranges::count(sample.readers, ReaderState::alive,
                                                         [](const ReaderSample& reader) { return reader.state; }));
}

std::optional<Measured> measureBuffer(Metric metric, const ObservedPast& past) {
    const Sample& sample = *past.latest();
    switch (metric) {
        case Metric::retained:
            return whole(sample.retained);
        case Metric::pushed:
            return whole(past.pushed());
        case Metric::rejected:
            return whole(past.rejected());
        case Metric::readers:
            return whole(livingReaders(sample));
        case Metric::writers:
            return whole(sample.writer.state == WriterState::alive ? 1 : 0);
        default:
            break;
    }
    const MetricInfo& info = infoOf(metric);
    if (info.quantity == Quantity::rate) return measureRate(metric, past.recent());
    if (info.without == WithoutReader::sum) return measureTotals(metric, past.totals());
    std::optional<Measured> largest;
    for (const ReaderSample& reader : sample.readers) {
        const auto value = measureReader(metric, reader, past);
        if (!value) continue;
        const Measured before = largest.value_or(*value);
        // One that is only known to be so much at least may be the largest, whatever the others are.
        largest = Measured{std::max(before.value, value->value), before.isLeast || value->isLeast};
    }
    return largest;
}

bool isMeant(const Subject& subject, const ReaderSample& reader) {
    return subject.kind == Subject::Kind::any || (subject.kind == Subject::Kind::slot && subject.slot == reader.slot) ||
           (subject.kind == Subject::Kind::label && subject.label == reader.label());
}

Truth truthOf(bool holds) noexcept { return holds ? Truth::yes : Truth::no; }

Truth compare(const Measured& measured, Comparator comparator, long double limit) {
    const long double value = measured.value;
    // At least so much: only what stays true, or false, of all that is larger is known.
    switch (comparator) {
        case Comparator::less:
            return measured.isLeast && value < limit ? Truth::unknown : truthOf(value < limit);
        case Comparator::lessOrEqual:
            return measured.isLeast && value <= limit ? Truth::unknown : truthOf(value <= limit);
        case Comparator::greater:
            return measured.isLeast && value <= limit ? Truth::unknown : truthOf(value > limit);
        case Comparator::greaterOrEqual:
            return measured.isLeast && value < limit ? Truth::unknown : truthOf(value >= limit);
        case Comparator::equal:
            return measured.isLeast && value <= limit ? Truth::unknown : truthOf(value == limit);
        case Comparator::notEqual:
            return measured.isLeast && value <= limit ? Truth::unknown : truthOf(value != limit);
    }
    return Truth::unknown;
}

Truth either(Truth a, Truth b) noexcept {
    if (a == Truth::yes || b == Truth::yes) return Truth::yes;
    return a == Truth::unknown || b == Truth::unknown ? Truth::unknown : Truth::no;
}

Truth both(Truth a, Truth b) noexcept {
    if (a == Truth::no || b == Truth::no) return Truth::no;
    return a == Truth::unknown || b == Truth::unknown ? Truth::unknown : Truth::yes;
}

}  // namespace

std::span<const MetricInfo> metrics() noexcept { return table; }

const MetricInfo& infoOf(Metric metric) noexcept { return *std::ranges::find(table, metric, &MetricInfo::metric); }

std::string metricsHelp() {
    std::string text;
    for (const MetricInfo& info : table) {
        std::string name{info.name};
        if (info.without != WithoutReader::itself) name = std::string{"[READER.]"} + name;
        std::string line = std::string{"  "} + name + std::string(name.size() < 22 ? 22 - name.size() : 1, ' ');
        const std::string_view unit = unitsText(info.quantity);
        line.append(unit).append(unit.size() < 12 ? 12 - unit.size() : 1, ' ').append(info.meaning);
        if (info.without == WithoutReader::largest) line += "; without READER the largest";
        if (info.without == WithoutReader::sum) line += "; without READER the sum";
        text += line + '\n';
    }
    return text;
}

std::vector<Measured> measure(const Subject& subject, Metric metric, const ObservedPast& past) {
    std::vector<Measured> values;
    if (!past.tellsCounters()) return values;
    if (subject.kind == Subject::Kind::buffer) {
        if (const auto value = measureBuffer(metric, past)) values.push_back(*value);
        return values;
    }
    for (const ReaderSample& reader : past.latest()->readers) {
        if (!isMeant(subject, reader)) continue;
        if (const auto value = measureReader(metric, reader, past)) values.push_back(*value);
    }
    return values;
}

Truth evaluate(const Comparison& comparison, const ObservedPast& past) {
    if (!past.tellsCounters()) return Truth::unknown;
    const auto values = measure(comparison.subject, comparison.metric, past);
    if (values.empty()) {
        const bool isOfNone = comparison.subject.kind == Subject::Kind::any && livingReaders(*past.latest()) == 0;
        return isOfNone ? Truth::no : Truth::unknown;
    }
    const long double limit = comparison.threshold(past.latest()->geometry.length);
    Truth any = Truth::no;
    for (const Measured& value : values) any = either(any, compare(value, comparison.comparator, limit));
    return any;
}

Truth evaluate(const Condition& condition, const ObservedPast& past) {
    Truth any = Truth::no;
    for (const auto& group : condition.anyOf) {
        Truth all = Truth::yes;
        for (const Comparison& comparison : group) all = both(all, evaluate(comparison, past));
        any = either(any, all);
    }
    return any;
}

std::chrono::nanoseconds patienceFor(const Condition& condition) {
    using std::chrono::nanoseconds;
    nanoseconds longest{0};
    for (const auto& group : condition.anyOf) {
        for (const Comparison& comparison : group) {
            const Quantity quantity = infoOf(comparison.metric).quantity;
            if (quantity == Quantity::rate) {
                longest = std::max(longest, std::chrono::ceil<nanoseconds>(ObservedPast::rateStretch) + lagGrace);
            } else if (quantity == Quantity::time) {
                const long double limit_ns = std::min(comparison.threshold(0) * 1e9L, 366.0L * 24 * 3600 * 1e9L);
                longest = std::max(longest, nanoseconds{std::llround(limit_ns)} + lagGrace);
            }
        }
    }
    return longest;
}

}  // namespace workbench
