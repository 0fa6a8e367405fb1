#include "cli/helperloop.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>

#include "cli/command.hpp"
#include "cli/output.hpp"
#include "cli/signals.hpp"
#include "helpers/busguard.hpp"
#include "shared_cbuff/errors.hpp"
#include "values/times.hpp"

namespace cli {
namespace {

using namespace std::chrono_literals;
using workbench::HelperVerb;

constexpr auto controlInterval = 1ms;
/// How soon what waits for room gets out once there is some.
constexpr auto pumpInterval = 5ms;
constexpr auto inspectionInterval = 100ms;
constexpr auto reportInterval = 1s;
constexpr auto shortestMeasure = 100ms;
/// Wake-ups closer than this cost more than they gain: what falls due in between is done together.
constexpr auto shortestSleep = 250us;
constexpr std::chrono::nanoseconds firstBackoff = 20us;
constexpr std::chrono::nanoseconds longestBackoff = 1ms;
/// How long after its duration a loop may still catch up.
constexpr auto catchUpAllowance = 100ms;

double secondsBetween(Clock::time_point from, Clock::time_point to) {
    return std::chrono::duration<double>{to - from}.count();
}

}  // namespace

HelperLoop::HelperLoop(Worker& worker, const LoopOptions& options, Reports& reports)
    : m_worker{worker},
      m_options{options},
      m_reports{reports},
      m_input{STDIN_FILENO},
      m_start{Clock::now()},
      m_now{m_start},
      m_rate{options.rate},
      m_pacer{options.rate.value_or(1), options.burst, options.missed, m_start},
      m_measuredAt{m_start},
      m_controlDue{m_start},
      m_inspectionDue{m_start},
      m_reportDue{m_start + reportInterval} {
    if (options.duration_s) {
        m_deadline = m_start + std::chrono::nanoseconds{static_cast<std::int64_t>(*options.duration_s * 1e9)};
    }
}

int HelperLoop::run() {
    announce();
    try {
        while (!m_ending) turn();
    } catch (const shared_cbuff::CBuffException& error) {
        m_ending = m_worker.inspect();  // has a better word for what it cannot work with
        if (!m_ending || m_ending->exitStatus == exitDone) end("error", error.what(), exitRefused);
    } catch (const std::runtime_error& error) {
        if (!endsTruncated()) end("error", error.what(), exitRefused);
    }
    return conclude();
}

std::string HelperLoop::line(const workbench::HelperMessage& message) {
    return workbench::encode(message, workbench::timesNow());
}

void HelperLoop::announce() {
    if (!m_options.jsonl) return;
    workbench::HelperStart start = m_worker.introduction();
    start.pid = ::getpid();
    m_reports.post(line(start));
}

void HelperLoop::turn() {
    m_now = Clock::now();
    m_reports.pump();
    if (m_options.control && (m_inputReady || m_now >= m_controlDue)) serveControl();
    if (!m_ending) serveClock();
    if (!m_ending) m_paused ? waitFor(m_now + longestWait) : advance();
}

// ---- Control lines

void HelperLoop::serveControl() {
    m_controlDue = m_now + controlInterval;
    while (!m_ending && !m_reports.isFull()) {
        const auto line = m_input.next();
        if (!line) break;
        obey(*line);
    }
    if (!m_ending && m_input.ended()) end("control closed", "the controlling program closed its end of stdin");
}

void HelperLoop::obey(const std::string& text) {
    if (text.find_first_not_of(" \t") == std::string::npos) return;
    auto received = workbench::decodeOrder(text);
    if (received.order) {
        try {
            apply(*received.order);
        } catch (const std::invalid_argument& error) {
            received.ack.ok = false;
            received.ack.error = error.what();
        }
    }
    acknowledge(text, received.ack);
    if (received.ack.ok && !m_ending) report();
}

void HelperLoop::apply(const workbench::HelperOrder& order) {
    m_now = Clock::now();
    switch (order.verb) {
        case HelperVerb::rate:
            m_rate = order.rate;
            if (m_rate) m_pacer.setRate(*m_rate, m_now);
            break;
        case HelperVerb::pause:
            m_paused = true;
            break;
        case HelperVerb::resume:
            if (m_paused) m_pacer.restart(m_now);  // what fell due meanwhile is no burst now
            m_paused = false;
            break;
        case HelperVerb::step:
            step(order.count);
            break;
        case HelperVerb::stop:
            end("stopped", "stopped by the controlling program");
            break;
    }
}

void HelperLoop::step(std::uint64_t count) {
    if (!m_paused) throw std::invalid_argument{"step works only while paused; send pause first"};
    const std::uint64_t before = m_moved;
    while (m_moved - before < count && !m_ending) {
        const std::uint64_t left = count - (m_moved - before);
        const Progress progress = m_worker.work(std::min(left, m_worker.chunk()), Pace::free);
        if (endsTruncated()) return;
        m_moved += progress.moved;
        checkCount();
        if (progress.moved == 0) break;
    }
    if (const std::uint64_t moved = m_moved - before; moved < count && !m_ending) {
        throw std::invalid_argument{
            fmt::format("{} of {} items were {}: {}", moved, count, m_worker.verb(), m_worker.obstacle())};
    }
}

void HelperLoop::acknowledge(const std::string& text, const workbench::HelperAck& ack) {
    if (m_options.jsonl) return m_reports.post(line(ack));
    m_reports.post(ack.ok ? fmt::format("ok {}", text) : fmt::format("error {}: {}", text, ack.error));
}

// ---- The clock

void HelperLoop::serveClock() {
    if (interrupted()) return end("interrupted", "interrupted by a signal", exitInterrupted);
    if (m_now >= m_inspectionDue) {
        m_inspectionDue = m_now + inspectionInterval;
        m_ending = m_worker.inspect();
        if (m_ending) return;
    }
    if (m_now >= m_reportDue) {
        report();
        while (m_reportDue <= m_now) m_reportDue += reportInterval;
    }
    if (durationIsOver()) end("duration", "the duration is over");
}

/// What fell due before the deadline is still done, if it can be done in short time.
bool HelperLoop::durationIsOver() const {
    if (!m_deadline || m_now < *m_deadline) return false;
    const bool more = m_rate && !m_paused && !m_blocked && m_now < *m_deadline + catchUpAllowance;
    return !more || m_pacer.next() >= *m_deadline;
}

// ---- Work

void HelperLoop::advance() {
    const std::uint64_t due = itemsDue();
    if (due == 0) return waitFor(std::max(m_pacer.next(), m_now + shortestSleep));
    if (m_blocked && !m_worker.ready()) {
        m_backoff = std::min(m_backoff * 2, longestBackoff);
        return waitFor(m_now + m_backoff);
    }
    attempt(due);
}

std::uint64_t HelperLoop::itemsDue() {
    std::uint64_t due = m_worker.chunk();
    if (m_rate) due = std::min(due, m_pacer.due(m_deadline ? std::min(m_now, *m_deadline - 1ns) : m_now));
    if (m_options.count) due = std::min(due, *m_options.count - m_moved);
    return due;
}

void HelperLoop::attempt(std::uint64_t items) {
    const Progress progress = m_worker.work(items, m_rate ? Pace::scheduled : Pace::free);
    if (endsTruncated()) return;
    m_moved += progress.moved;
    if (m_rate) m_pacer.settle(progress.settled);
    m_blocked = progress.settled < items;
    m_backoff = firstBackoff;
    checkCount();
}

/// What was moved last may have gone into nothing, or come out of it, and counts no more.
bool HelperLoop::endsTruncated() {
    if (!workbench::segmentWasTruncated()) return false;
    m_ending = m_worker.inspect();
    return m_ending.has_value();
}

void HelperLoop::checkCount() {
    if (m_options.count && m_moved >= *m_options.count) {
        end("count", fmt::format("all {} items are {}", m_moved, m_worker.verb()));
    }
}

void HelperLoop::waitFor(Clock::time_point until) {
    until = std::min({until, m_inspectionDue, m_reportDue});
    if (m_deadline && m_now < *m_deadline) until = std::min(until, *m_deadline);
    if (!m_reports.isIdle()) until = std::min<Clock::time_point>(until, m_now + pumpInterval);
    const bool takesOrders = m_options.control && !m_reports.isFull();
    m_inputReady = waitUntil(until, takesOrders ? m_input.descriptor() : noInput);
}

// ---- Telling

void HelperLoop::report() {
    measureRate();
    if (m_options.jsonl) m_reports.offer(line(counters()));
}

/// Over a shorter interval the rate would be noise: then the last one stands.
void HelperLoop::measureRate() {
    m_now = Clock::now();
    if (m_now - m_measuredAt < shortestMeasure) return;
    m_measuredRate = static_cast<double>(m_moved - m_movedAtMeasure) / secondsBetween(m_measuredAt, m_now);
    m_measuredAt = m_now;
    m_movedAtMeasure = m_moved;
}

workbench::HelperReport HelperLoop::counters() {
    return {.totals = m_worker.totals(),
            .elapsed_s = secondsBetween(m_start, m_now),
            .paused = m_paused,
            .rateTarget = m_rate,
            .rate = m_measuredRate,
            .dropped = m_pacer.dropped(),
            .reportsDropped = m_reports.dropped()};
}

int HelperLoop::conclude() {
    m_now = Clock::now();
    const double elapsed_s = secondsBetween(m_start, m_now);
    m_worker.finish();
    m_ending = m_worker.judged(*m_ending);
    measureRate();
    if (m_options.jsonl) {
        const auto last = counters();
        if (m_ending->exitStatus != exitDone) message(m_ending->message);
        m_reports.post(line(workbench::HelperEnd{.role = workbench::roleOf(last.totals),
                                                 .reason = m_ending->reason,
                                                 .message = m_ending->message,
                                                 .totals = last}));
    } else {
        message(m_ending->message);
        message(fmt::format("{} in {:.2f} s ({:.1f} items/s){}", m_worker.summary(), elapsed_s,
                            elapsed_s > 0 ? static_cast<double>(m_moved) / elapsed_s : 0.0,
                            m_pacer.dropped() > 0 ? fmt::format(", {} due items dropped", m_pacer.dropped()) : ""));
    }
    if (!m_reports.drain()) message("nobody reads the output: its last records are missing");
    return m_ending->exitStatus;
}

void HelperLoop::end(std::string reason, std::string message, int exitStatus) {
    m_ending = Ending{std::move(reason), std::move(message), exitStatus};
}

}  // namespace cli
