#pragma once
// What `cbuff check` finds, as the line that monitoring systems read, and as JSON.
// Thread contract: pure functions and plain values.

#include <QJsonObject>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "values/condition.hpp"

namespace cli {

/// The exit statuses of monitoring plugins.
enum class Verdict { ok = 0, warning = 1, critical = 2, unknown = 3 };
std::string_view toText(Verdict verdict) noexcept;

/// What must hold, and what it means if it does not.
struct CheckRule {
    workbench::Condition condition;
    std::optional<shared_cbuff::WriterState> writer;  ///< instead of a condition: the writer must be so
    Verdict otherwise = Verdict::critical;

    std::string text() const;
    workbench::Truth holds(const workbench::ObservedPast& past) const;
    /// Whether looking longer can tell more: a rate, or a lag of a reader that lives.
    bool mayBecomeKnown(const workbench::ObservedPast& past) const;
    std::chrono::nanoseconds patience() const { return writer ? std::chrono::nanoseconds{0} : patienceFor(condition); }
};

/// Whether there is no such buffer any more. One that was closed counts as there if a rule asks for just that.
bool isGone(std::span<const CheckRule> rules, const shared_cbuff::Sample& sample);

struct CheckReport {
    Verdict verdict = Verdict::unknown;
    std::string line;  ///< `OK: "demo" lost 0 | 'lost'=0c;;0;0;`, without a line feed; always one line
    QJsonObject json;
};

/// `past` has at least one sample; `totalsFrom` is how it counts. The gravest of critical, warning and unknown decides.
/// Of a buffer that is gone nothing is sure but what went wrong before.
CheckReport reportOf(std::string_view name, std::span<const CheckRule> rules, const workbench::ObservedPast& past,
                     workbench::TotalsFrom totalsFrom);
/// Of a check that could not be made.
CheckReport unknownReport(std::string_view name, std::string_view reason);

}  // namespace cli
