#pragma once
// Conditions on a buffer: `slow.lag > 2s or usage >= 80% and lost > 0`. One grammar, one table of metrics.
// Thread contract: pure functions and plain values.

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "values/observedpast.hpp"

namespace workbench {

enum class Metric {
    usage,
    retained,
    highWater,
    pending,
    pushed,
    popped,
    lost,
    overruns,
    underflows,
    rejected,
    lag,
    readers,
    writers,
    pushedRate,
    poppedRate,
    lostRate,
    rejectedRate,
};

/// What a metric counts, and so which units its numbers take.
enum class Quantity {
    level,  ///< items; or % of the buffer's length
    total,  ///< items or events since the buffer was made, or since the watch began
    count,  ///< readers, writers
    time,   ///< s, ms, us, ns, m, h; without a unit seconds
    rate,   ///< a second
};

/// What a metric of readers means where no reader is named.
enum class WithoutReader {
    itself,   ///< it is the buffer's, and no reader can be named
    largest,  ///< of the living readers
    sum,      ///< of all readers seen, dead ones and those that left included
};

struct MetricInfo {
    Metric metric;
    std::string_view name;
    Quantity quantity;
    WithoutReader without;
    std::string_view meaning;
};

/// The one table of metrics, in the order in which help prints it.
std::span<const MetricInfo> metrics() noexcept;
const MetricInfo& infoOf(Metric metric) noexcept;
/// The table as text, a line each: name, units, meaning.
std::string metricsHelp();

/// Whose metric: the buffer's, any reader's, those of a label, or that in a slot.
struct Subject {
    enum class Kind { buffer, any, label, slot };
    Kind kind = Kind::buffer;
    std::string label;
    std::uint32_t slot = 0;
    friend bool operator==(const Subject&, const Subject&) = default;
};

enum class Comparator { less, lessOrEqual, greater, greaterOrEqual, equal, notEqual };

struct Comparison {
    Subject subject;
    Metric metric = Metric::usage;
    Comparator comparator = Comparator::greater;
    long double number = 0;  ///< items, events, seconds, a second; or percent of the length
    bool isPercent = false;
    std::string unit;  ///< as written: s, ms, us, ns, m, h; the number is in this unit
    friend bool operator==(const Comparison&, const Comparison&) = default;

    /// In seconds for times, in items for percent of `length`.
    long double threshold(std::uint64_t length) const noexcept;
};

/// `and` binds tighter than `or`: any of the groups, each of which holds if all of its comparisons do. Never empty.
struct Condition {
    std::vector<std::vector<Comparison>> anyOf;
    friend bool operator==(const Condition&, const Condition&) = default;
};

/// Text that is no condition: what is wrong with it, and in which column (from 1, in characters).
class ConditionError : public std::runtime_error {
public:
    ConditionError(std::string_view text, std::size_t offset, std::string_view reason);
    std::size_t column() const noexcept { return m_column; }
    /// Two lines without a line feed at the end: the text, and a caret below the place.
    const std::string& picture() const noexcept { return m_picture; }

private:
    std::size_t m_column;
    std::string m_picture;
};

/// Throws ConditionError.
Condition parseCondition(std::string_view text);
/// Text that parseCondition() reads as the same condition.
std::string toText(const Condition& condition);
std::string toText(const Comparison& comparison);
/// "slow.lag", as conditions write it.
std::string toText(const Subject& subject, Metric metric);
std::string_view toText(Comparator comparator) noexcept;

/// A time above 0 as conditions write it: 2s, 1.5ms, 3 (seconds). Throws ConditionError.
std::chrono::nanoseconds parseDuration(std::string_view text);

enum class Truth { no, yes, unknown };

/// A metric's value: items, events, seconds, a second.
struct Measured {
    long double value = 0;
    bool isLeast = false;  ///< at least so much: a lag that began before the watch
};

/// Each value that the subject has: one, or one a reader for `any` and labels; empty if it cannot be told.
std::vector<Measured> measure(const Subject& subject, Metric metric, const ObservedPast& past);

/// unknown if it cannot be told: of a classic or damaged buffer, usage and lag without a living reader, of a reader
/// that is not there, rates and ages before enough of the past is known. `any` without readers is no.
Truth evaluate(const Comparison& comparison, const ObservedPast& past);
Truth evaluate(const Condition& condition, const ObservedPast& past);

/// How long one must look until everything that can be told is told: for lags the largest limit and half a second, for
/// rates their stretch, else not at all.
std::chrono::nanoseconds patienceFor(const Condition& condition);

}  // namespace workbench
