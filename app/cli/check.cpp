// cbuff check: whether a buffer is as it should be, in the manner of monitoring plugins.

#include <fmt/format.h>

#include "cli/attaching.hpp"
#include "cli/checkreport.hpp"
#include "cli/commands.hpp"
#include "cli/nameloss.hpp"
#include "cli/output.hpp"
#include "cli/recordedwatch.hpp"
#include "cli/signals.hpp"
#include "cli/waiting.hpp"

namespace cli {
namespace {

using shared_cbuff::Observer;
using shared_cbuff::WriterState;
using workbench::ObservedPast;
using workbench::TotalsFrom;
using workbench::Truth;

constexpr std::chrono::milliseconds betweenLooks{2};

/// What --max-lost and its like give; empty where one is not given.
struct Limits {
    std::string lost;
    std::string usage;
    std::string lag;
    std::string writer;
    std::string readers;
};

struct CheckOptions {
    BufferTarget target;
    std::vector<std::string> conditions;
    std::vector<std::string> warnings;
    Limits critical;
    Limits warning;
    std::string stretch;
    std::string buffer;  // of a recording
    bool json = false;
};

workbench::Condition limitCondition(std::string_view option, std::string_view prefix, const std::string& value) {
    try {
        auto condition = workbench::parseCondition(std::string{prefix} + value);
        if (condition.anyOf.size() == 1 && condition.anyOf[0].size() == 1) return condition;
        throw UsageError{fmt::format("{} takes one number, not '{}'", option, workbench::printableText(value))};
    } catch (const workbench::ConditionError& error) {
        throw UsageError{fmt::format("{} {}: {}", option, workbench::printableText(value), error.what())};
    }
}

WriterState writerState(std::string_view word) {
    for (const auto state : {WriterState::alive, WriterState::vacant, WriterState::abandoned, WriterState::closed}) {
        if (to_string(state) == word) return state;
    }
    throw UsageError{fmt::format("'{}' is no state of a writer; it is alive, vacant, abandoned or closed",
                                 workbench::printableText(word))};
}

void addLimits(std::vector<CheckRule>& rules, const Limits& limits, Verdict otherwise) {
    const auto add = [&](std::string_view option, std::string_view prefix, const std::string& value) {
        if (!value.empty()) rules.push_back({limitCondition(option, prefix, value), std::nullopt, otherwise});
    };
    add("lost", "lost <= ", limits.lost);
    add("usage", "usage <= ", limits.usage);
    add("lag", "lag <= ", limits.lag);
    add("readers", "readers >= ", limits.readers);
    if (!limits.writer.empty()) rules.push_back({{}, writerState(limits.writer), otherwise});
}

std::vector<CheckRule> rulesOf(const CheckOptions& options) {
    std::vector<CheckRule> rules;
    for (const std::string& condition : options.conditions) {
        rules.push_back({workbench::parseCondition(condition), std::nullopt, Verdict::critical});
    }
    addLimits(rules, options.critical, Verdict::critical);
    for (const std::string& condition : options.warnings) {
        rules.push_back({workbench::parseCondition(condition), std::nullopt, Verdict::warning});
    }
    addLimits(rules, options.warning, Verdict::warning);
    return rules;
}

/// Looks until the stretch is over and every rule is decided, or as long as looking can decide one; no longer than
/// until the buffer is gone.
void look(Observer& observer, ObservedPast& past, const std::vector<CheckRule>& rules,
          std::chrono::nanoseconds stretch) {
    const auto begin = Clock::now();
    shared_cbuff::Sample sample;
    NameLoss loss;
    for (auto due = begin; !interrupted(); due = std::max(due + betweenLooks, Clock::now())) {
        observer.sample(sample);
        past.add(sample);
        if (isGone(rules, sample) && loss.isSettled(sample, outlook(sample).trouble)) return;
        const bool isOpen = std::ranges::any_of(rules, [&](const CheckRule& rule) {
            return sample.taken_at - begin < rule.patience() && rule.holds(past) == Truth::unknown &&
                   rule.mayBecomeKnown(past);
        });
        if (!isOpen && sample.taken_at - begin >= stretch) return;
        while (Clock::now() < due + betweenLooks && !interrupted()) waitUntil(due + betweenLooks);
    }
}

CheckReport examine(const CheckOptions& options) {
    const auto rules = rulesOf(options);
    const auto stretch =
        options.stretch.empty() ? std::chrono::nanoseconds{0} : workbench::parseDuration(options.stretch);
    if (const auto recording = recordingPath(options.target)) {
        Recorded recorded{*recording};
        return recordedCheck(recorded, recorded.buffer(options.buffer), rules,
                             options.stretch.empty() ? std::nullopt : std::optional{stretch});
    }
    if (!options.buffer.empty()) throw UsageError{"--buffer is for recordings; give the file of one"};
    auto [observer, isOfNewBuffer] = awaitObserver(options.target);
    const TotalsFrom totalsFrom =
        options.stretch.empty() || isOfNewBuffer ? TotalsFrom::creation : TotalsFrom::firstSample;
    ObservedPast past{totalsFrom};
    look(observer, past, rules, stretch);
    if (interrupted() || past.latest() == nullptr) return unknownReport(options.target.name, "interrupted");
    return reportOf(options.target.name, rules, past, totalsFrom);
}

CheckReport examined(const CheckOptions& options) {
    try {
        return examine(options);
    } catch (const std::exception& error) {
        return unknownReport(options.target.name, error.what());
    }
}

/// Tells the report; what keeps it from being told is trouble, too, whatever the verdict.
int tell(const CheckReport& report, bool json) {
    try {
        Output output = Output::ofProduct();
        json ? output.line(report.json) : output.line(report.line);
    } catch (const std::runtime_error& error) {
        message(error.what());
        return static_cast<int>(Verdict::unknown);
    }
    return interrupted() ? exitInterrupted : static_cast<int>(report.verdict);
}

int check(const CheckOptions& options) { return tell(examined(options), options.json); }

void addLimitOptions(CLI::App& command, Limits& limits, const std::string& prefix, const std::string& most,
                     const std::string& verdict) {
    command.add_option(most + "lost", limits.lost, verdict + " if more items were lost")->type_name("N");
    command.add_option(most + "usage", limits.usage, verdict + " if a reader's usage is larger")->type_name("N|%");
    command.add_option(most + "lag", limits.lag, verdict + " if a reader lags longer")->type_name("TIME");
    command.add_option(prefix + "writer", limits.writer, verdict + " unless it is alive, vacant, abandoned or closed")
        ->type_name("STATE");
    command.add_option(prefix + "readers", limits.readers, verdict + " if fewer are alive")->type_name("N");
}

}  // namespace

void addCheck(CLI::App& program, Action& chosen) {
    const auto options = std::make_shared<CheckOptions>();
    CLI::App& command =
        *program.add_subcommand("check", "Say whether a buffer is as it should be, as monitoring plugins do");
    addTarget(command, options->target);
    addWait(command, options->target);
    addRecordedBuffer(command, options->buffer);
    command.add_option("COND", options->conditions, "What must hold, such as 'lost = 0'; critical if it does not");
    command.add_option("--warn", options->warnings, "What should hold; a warning if it does not")
        ->type_name("COND")
        ->allow_extra_args(false);
    addLimitOptions(command, options->critical, "--", "--max-", "Critical");
    addLimitOptions(command, options->warning, "--warn-", "--warn-", "Warning");
    command
        .add_option("--for", options->stretch,
                    "Watch for so long, such as 10s, and count only what is added meanwhile; without it, totals since "
                    "the buffer was made")
        ->type_name("TIME");
    command.add_flag("--json", options->json, "One JSON object instead of the line");
    command.footer(
        "COND is [READER.|*.]METRIC OP NUMBER[unit|%], joined by `and` and `or` (`and` binds tighter). READER "
        "is a label\n(in double quotes if it has odd characters) or #SLOT. OP is < <= > >= = or !=.\n"
        "*. means any reader: *.usage <= 3 holds if it is so of one reader, whatever the others are. usage <= 3 is\n"
        "about the largest, and so about every reader.\n" +
        workbench::metricsHelp() +
        "A lag is watched for at most its limit and half a second.\n"
        "NAME may be a recording (.cbrec): it is looked at as a whole, totals count from its begin, and --for is its "
        "last "
        "stretch.\n"
        "Exit status: 0 ok, 1 warning, 2 critical, 3 unknown (usage, no such buffer, a buffer that was removed, "
        "replaced or closed\nmeanwhile, a metric that cannot be told).");
    command.callback([options, &chosen] { chosen = [options] { return check(*options); }; });
}

int checkUsageError(std::string_view sentence, bool json) { return tell(unknownReport("", sentence), json); }

}  // namespace cli
