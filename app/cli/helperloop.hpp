#pragma once
// The loop of `cbuff produce` and `cbuff consume`: schedule, control lines, reports, and every way to end.
// Thread contract: one thread runs it; signals reach it through interrupted().

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "cli/ending.hpp"
#include "cli/linesource.hpp"
#include "cli/reports.hpp"
#include "cli/waiting.hpp"
#include "helpers/pacer.hpp"
#include "helpers/protocol.hpp"

namespace cli {

enum class Pace {
    scheduled,  ///< a slot of the schedule: it passes, whether there was something to do or not, if the role says so
    free,       ///< as much as can be done now
};

/// What an attempt came to, in items.
struct Progress {
    std::uint64_t moved = 0;    ///< pushed or popped
    std::uint64_t settled = 0;  ///< of those asked for, the ones that the schedule need not come back to
};

/// What the loop drives: a producer or a consumer of one buffer.
class Worker {
public:
    virtual ~Worker() = default;

    /// Pushes or pops up to `items` now, without waiting. Throws CBuffException.
    virtual Progress work(std::uint64_t items, Pace pace) = 0;
    /// Most items to ask for at once: they take about a millisecond.
    virtual std::uint64_t chunk() const = 0;
    /// After work() settled less than it was asked for: whether another attempt may come further. Cheap.
    virtual bool ready() = 0;
    /// Asked a few times a second, and at once when the segment was truncated: an end that others brought about.
    virtual std::optional<Ending> inspect() = 0;
    /// Gives the role in the buffer up. The counters below stay readable: they are kept here, and what the buffer says
    /// once it was truncated is no counter.
    virtual void finish() = 0;
    /// The last word on how it ended.
    virtual Ending judged(Ending ending) { return ending; }

    /// pushed or popped.
    virtual std::string_view verb() const = 0;
    /// Why work() came no further, for a sentence: "the buffer is full".
    virtual std::string_view obstacle() const = 0;
    /// All but the pid.
    virtual workbench::HelperStart introduction() const = 0;
    virtual workbench::HelperTotals totals() = 0;
    /// The totals in words.
    virtual std::string summary() = 0;
};

struct LoopOptions {
    std::optional<double> rate;  ///< items a second; nothing: as fast as possible
    std::uint64_t burst = 1;     ///< items a slot of the schedule
    workbench::Pacer::Missed missed = workbench::Pacer::Missed::caughtUp;
    std::optional<std::uint64_t> count;
    std::optional<double> duration_s;
    bool control = false;
    bool jsonl = false;
};

class HelperLoop {
public:
    HelperLoop(Worker& worker, const LoopOptions& options, Reports& reports);

    /// Runs until something ends it, and tells so. Returns the exit status. Throws OutputClosed.
    int run();

private:
    void announce();
    void turn();
    void serveControl();
    void obey(const std::string& text);
    void apply(const workbench::HelperOrder& order);
    void step(std::uint64_t count);
    void acknowledge(const std::string& text, const workbench::HelperAck& ack);
    void serveClock();
    bool durationIsOver() const;
    void advance();
    std::uint64_t itemsDue();
    void attempt(std::uint64_t items);
    bool endsTruncated();
    void checkCount();
    void waitFor(Clock::time_point until);
    void report();
    workbench::HelperReport counters();
    static std::string line(const workbench::HelperMessage& message);
    void measureRate();
    int conclude();
    void end(std::string reason, std::string message, int exitStatus = 0);

    Worker& m_worker;
    LoopOptions m_options;
    Reports& m_reports;
    LineSource m_input;
    Clock::time_point m_start;
    Clock::time_point m_now;
    std::optional<Clock::time_point> m_deadline;
    std::optional<double> m_rate;
    workbench::Pacer m_pacer;  // idle while m_rate is nothing
    bool m_paused = false;
    bool m_blocked = false;
    bool m_inputReady = false;
    std::chrono::nanoseconds m_backoff{};
    std::uint64_t m_moved = 0;
    std::uint64_t m_movedAtMeasure = 0;
    Clock::time_point m_measuredAt;
    std::optional<double> m_measuredRate;  // items a second over the last interval
    Clock::time_point m_controlDue;
    Clock::time_point m_inspectionDue;
    Clock::time_point m_reportDue;
    std::optional<Ending> m_ending;
};

}  // namespace cli
