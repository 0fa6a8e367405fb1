#include "cli/recordedwatch.hpp"

#include <fmt/format.h>

#include <QJsonObject>

#include "cli/signals.hpp"
#include "values/isotime.hpp"
#include "values/printable.hpp"
#include "values/samplejson.hpp"

namespace cli {
namespace {

using namespace Qt::StringLiterals;
using workbench::ObservedPast;
using workbench::RecordedBuffer;
using workbench::TimedSample;
using workbench::TotalsFrom;
using workbench::Truth;

void tell(const UntilOptions& options, const TimedSample& timed, bool holds, const std::string& sentence,
          Output& output) {
    if (!options.jsonl) return holds ? output.line(sentence) : message(sentence);
    QJsonObject object{
        {u"event"_s, u"until"_s},
        {u"name"_s, QString::fromStdString(workbench::printableText(options.name))},
        {u"condition"_s, QString::fromStdString(toText(options.condition))},
        {u"held"_s, holds},
        {u"message"_s, QString::fromStdString(sentence)},
        {u"sample"_s, workbench::toJson(options.name, timed)},
    };
    insertTimes(object, timed.times);
    output.line(object);
    if (!holds) message(sentence);
}

}  // namespace

int recordedUntil(Recorded& recorded, const RecordedBuffer& buffer, const UntilOptions& options, Output& output) {
    ObservedPast past{TotalsFrom::firstSample};
    TimedSample last;
    bool holds = false;
    bool isLate = false;
    recorded.forEach(buffer, -1, workbench::RecordingFile::always, [&](const TimedSample& timed) {
        isLate = options.timeout && timed.times.boot_ns - buffer.first_boot_ns > options.timeout->count();
        if (isLate) return false;
        past.add(timed.sample);
        last = timed;
        holds = evaluate(options.condition, past) == Truth::yes;
        return !holds;
    });
    const std::string condition = toText(options.condition);
    if (holds) {
        tell(options, last, true,
             fmt::format("{} held ({}) at {}, {} after the recording began", condition,
                         valuesText(options.condition, past), workbench::isoTime(last.times.unix_ns),
                         secondsText(last.times.boot_ns - buffer.first_boot_ns)),
             output);
        return exitDone;
    }
    const auto failed = [&](int status, const std::string& sentence) {
        tell(options, last, false, sentence, output);
        return status;
    };
    if (interrupted()) return failed(exitInterrupted, "interrupted before the condition held");
    if (isLate) {
        return failed(exitTimeout, fmt::format("{} did not hold within {} of the recording's begin", condition,
                                               secondsText(options.timeout->count())));
    }
    return failed(exitRefused, fmt::format("{} did not hold: the recording ends before", condition));
}

CheckReport recordedCheck(Recorded& recorded, const RecordedBuffer& buffer, std::span<const CheckRule> rules,
                          std::optional<std::chrono::nanoseconds> stretch) {
    ObservedPast past{TotalsFrom::firstSample};
    const std::int64_t after = stretch ? std::max<std::int64_t>(buffer.last_boot_ns - stretch->count(), 0) - 1 : -1;
    recorded.forEach(buffer, after, workbench::RecordingFile::always, [&](const TimedSample& timed) {
        // That the buffer went in the end takes nothing from what was recorded of it.
        if (past.latest() == nullptr || !isGone(rules, timed.sample)) past.add(timed.sample);
        return true;
    });
    if (interrupted()) return unknownReport(buffer.facts.name, "interrupted");
    if (past.latest() == nullptr) return unknownReport(buffer.facts.name, "no sample of it can be read");
    return reportOf(buffer.facts.name, rules, past, TotalsFrom::firstSample);
}

}  // namespace cli
