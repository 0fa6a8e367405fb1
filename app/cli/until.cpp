#include "cli/until.hpp"

#include <fmt/format.h>
#include <stdlib.h>

#include <QJsonArray>
#include <QJsonObject>
#include <QString>
#include <algorithm>

#include "cli/execute.hpp"
#include "cli/nameloss.hpp"
#include "cli/sampletext.hpp"
#include "cli/signals.hpp"
#include "cli/waiting.hpp"
#include "shared_cbuff/outlook.hpp"
#include "values/samplejson.hpp"
#include "values/times.hpp"

namespace cli {
namespace {

using namespace Qt::StringLiterals;
using shared_cbuff::Observer;
using shared_cbuff::Sample;
using workbench::ObservedPast;
using workbench::Truth;

/// Between two looks, unless a look takes long: then at most a fifth of the time is spent looking.
constexpr std::chrono::microseconds betweenLooks{250};
constexpr int restPerLook = 4;

QString text(std::string_view bytes) { return QString::fromUtf8(bytes.data(), static_cast<qsizetype>(bytes.size())); }

double milliseconds(std::chrono::nanoseconds time) { return std::chrono::duration<double, std::milli>{time}.count(); }

void setEnvironment(const UntilOptions& options, const std::vector<Stopped>& stopped) {
    std::string pids;
    for (const Stopped& one : stopped) {
        if (one.refusal.empty()) pids += (pids.empty() ? "" : " ") + std::to_string(one.target.pid);
    }
    ::setenv("CBUFF_NAME", options.name.c_str(), 1);
    ::setenv("CBUFF_PIDS", pids.c_str(), 1);
}

class Until {
public:
    Until(Observer observer, const UntilOptions& options, Output& output)
        : m_observer{std::move(observer)}, m_options{options}, m_output{output}, m_past{options.totalsFrom} {}

    int run() {
        for (;;) {
            const auto before = Clock::now();
            m_observer.sample(m_sample);
            m_past.add(m_sample);
            if (evaluate(m_options.condition, m_past) == Truth::yes) return held();
            if (const auto status = endOf()) return *status;
            if (m_options.timeout && m_sample.taken_at - m_options.begin >= *m_options.timeout) {
                return failed(exitTimeout, fmt::format("{} did not hold within {:.3f} s", toText(m_options.condition),
                                                       std::chrono::duration<double>{*m_options.timeout}.count()));
            }
            if (interrupted()) return failed(exitInterrupted, "interrupted before the condition held");
            m_earlier = m_sample.taken_at;
            rest(before);
        }
    }

private:
    void rest(Clock::time_point before) const {
        const auto now = Clock::now();
        auto due = now + std::max<std::chrono::nanoseconds>(betweenLooks, restPerLook * (now - before));
        if (m_options.timeout) due = std::min(due, std::max(now, m_options.begin + *m_options.timeout));
        while (Clock::now() < due && !interrupted()) waitUntil(due);
    }

    /// A closed buffer goes on being drained; nothing else that is over can make a condition true.
    std::optional<int> endOf() {
        const auto outlook = shared_cbuff::outlook(m_sample);
        const bool isDrained = outlook.trouble == shared_cbuff::Trouble::closed && m_sample.has_living_reader;
        if (outlook.can_attach || isDrained || !m_loss.isSettled(m_sample, outlook.trouble)) return std::nullopt;
        return failed(exitRefused, fmt::format("the buffer \"{}\" {}, before the condition held",
                                               workbench::printableText(m_options.name), outlook.why));
    }

    int failed(int status, const std::string& sentence) {
        if (m_options.jsonl) m_output.line(record(false, sentence));
        message(sentence);
        return status;
    }

    QJsonObject record(bool holds, const std::string& sentence) const {
        QJsonObject object{{u"event"_s, u"until"_s},
                           {u"name"_s, text(workbench::printableText(m_options.name))},
                           {u"condition"_s, text(toText(m_options.condition))},
                           {u"held"_s, holds},
                           {u"message"_s, text(sentence)},
                           {u"sample"_s, workbench::toJson(m_options.name, m_sample)}};
        insertTimes(object, workbench::timesOf(m_sample.taken_at));
        return object;
    }

    /// At most so long before the look that showed it did it come true; nothing if it held from the first look on.
    std::optional<std::chrono::nanoseconds> uncertainty() const {
        return m_earlier ? std::optional{m_sample.taken_at - *m_earlier} : std::nullopt;
    }

    int held() {
        const auto stopped = m_options.stop ? stopAll(stopTargets(m_sample, *m_options.stop)) : std::vector<Stopped>{};
        const auto late = uncertainty();
        const std::string sentence = fmt::format(
            "{} held ({}); {}", toText(m_options.condition), valuesText(m_options.condition, m_past),
            late ? fmt::format("it came true at most {:.3f} ms before the look that showed it", milliseconds(*late))
                 : "it did so from the first look on");
        // Told before a program is run that may take long, or the terminal.
        // Whoever does not read that may still count on the program.
        try {
            m_options.jsonl ? tellJson(sentence, stopped) : tell(sentence, stopped);
        } catch (const OutputClosed&) {
            if (m_options.command.empty()) throw;
        }
        const bool nobody = m_options.stop && stopped.empty();
        if (nobody) message("there is nobody to stop: nobody of those is alive");
        const auto ran = m_options.command.empty() ? std::nullopt : std::optional{run(stopped)};
        if (ran && ran->failed()) message(ran->what);
        if (ran && interrupted()) {
            message("interrupted by a signal while the program ran");
            return exitInterrupted;
        }
        const bool refused = std::ranges::any_of(stopped, [](const Stopped& one) { return !one.refusal.empty(); });
        return nobody || refused || (ran && ran->failed()) ? exitRefused : exitDone;
    }

    void tell(const std::string& sentence, const std::vector<Stopped>& stopped) {
        m_output.line(sentence);
        for (const Stopped& one : stopped) {
            if (!one.refusal.empty()) {
                message(fmt::format("not stopped: process {} ({}) {}", one.target.pid, one.target.role, one.refusal));
                continue;
            }
            m_output.line(
                fmt::format("stopped process {} ({}), {:.3f} ms after that look{}\n    gdb -p {}\n"
                            "    kill -CONT {}    # lets it go on",
                            one.target.pid, one.target.role, milliseconds(one.at - m_sample.taken_at), latest(one),
                            one.target.pid, one.target.pid));
        }
    }

    std::string latest(const Stopped& one) const {
        const auto late = uncertainty();
        return late ? fmt::format(", so at most {:.3f} ms late", milliseconds(one.at - m_sample.taken_at + *late)) : "";
    }

    void tellJson(const std::string& sentence, const std::vector<Stopped>& stopped) {
        QJsonObject object = record(true, sentence);
        const auto late = uncertainty();
        object.insert("late_ns"_L1, late ? QJsonValue{qint64{late->count()}} : QJsonValue{QJsonValue::Null});
        QJsonArray list;
        for (const Stopped& one : stopped) {
            const qint64 after_ns = std::chrono::nanoseconds{one.at - m_sample.taken_at}.count();
            const bool did = one.refusal.empty();
            list.append(
                QJsonObject{{u"pid"_s, qint64{one.target.pid}},
                            {u"role"_s, text(one.target.role)},
                            {u"stopped"_s, did},
                            {u"after_ns"_s, did ? QJsonValue{after_ns} : QJsonValue{QJsonValue::Null}},
                            {u"refusal"_s, did ? QJsonValue{QJsonValue::Null} : QJsonValue{text(one.refusal)}}});
        }
        object.insert("stopped"_L1, list);
        m_output.line(object);
    }

    Ran run(const std::vector<Stopped>& stopped) {
        setEnvironment(m_options, stopped);
        Ran ran = execute(m_options.command, m_options.jsonl ? Chatter::toStderr : Chatter::toOurStdout);
        if (!m_options.jsonl) return ran;
        QJsonObject object{{u"event"_s, u"exec"_s},
                           {u"name"_s, text(workbench::printableText(m_options.name))},
                           {u"exec_status"_s, ran.status ? QJsonValue{*ran.status} : QJsonValue{QJsonValue::Null}},
                           {u"message"_s, text(ran.what)}};
        insertTimes(object, workbench::timesNow());
        m_output.line(object);
        return ran;
    }

    Observer m_observer;
    const UntilOptions& m_options;
    Output& m_output;
    Sample m_sample;
    ObservedPast m_past;
    NameLoss m_loss;
    std::optional<Clock::time_point> m_earlier;
};

}  // namespace

std::string valuesText(const workbench::Condition& condition, const workbench::ObservedPast& past) {
    std::string values;
    for (const auto& group : condition.anyOf) {
        for (const auto& comparison : group) {
            for (const auto& value : measure(comparison.subject, comparison.metric, past)) {
                values += fmt::format("{}{} {}{:.6g}", values.empty() ? "" : ", ",
                                      toText(comparison.subject, comparison.metric), value.isLeast ? ">= " : "",
                                      static_cast<double>(value.value));
            }
        }
    }
    return values;
}

bool asksWhoLives(const workbench::Condition& condition) {
    using workbench::Metric;
    return std::ranges::any_of(condition.anyOf, [](const auto& group) {
        return std::ranges::any_of(group, [](const workbench::Comparison& comparison) {
            return comparison.metric == Metric::readers || comparison.metric == Metric::writers;
        });
    });
}

int watchUntil(Observer observer, const UntilOptions& options, Output& output) {
    return Until{std::move(observer), options, output}.run();
}

}  // namespace cli
