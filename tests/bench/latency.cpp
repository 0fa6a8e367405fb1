// One-way latency of a paced stream: each item carries the moment at which its writer first tried to push it, so that
// waiting for room counts; a reader that spins compares it with the moment at which it had the item.

#include <unistd.h>

#include <algorithm>
#include <boost/lockfree/spsc_queue.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>
#if defined(__x86_64__)
#include <x86intrin.h>
#endif

#include "contenders.hpp"
#include "rounds.hpp"
#include "shared_cbuff/reader.hpp"
#include "shared_cbuff/writer.hpp"
#include "sides.hpp"

namespace bench {
namespace {

using namespace shared_cbuff;

std::string buffer_name() { return "cbuff-latency-bench-" + std::to_string(::getpid()); }

#if defined(__x86_64__)
std::uint64_t ticks() { return __rdtsc(); }
/// Not before the loads that precede it: a guessed branch would let the clock be read before the item is there.
std::uint64_t ticks_after_loads() {
    unsigned core;
    return __rdtscp(&core);
}
#else
std::uint64_t ticks() { return static_cast<std::uint64_t>(now_seconds() * 1e9); }
std::uint64_t ticks_after_loads() { return ticks(); }
#endif

/// Measured once, over 50 ms.
double ticks_a_second() {
    static const double rate = [] {
        const double begin = now_seconds();
        const std::uint64_t first = ticks();
        double end = begin;
        while (end < begin + 0.05) end = now_seconds();
        return static_cast<double>(ticks() - first) / (end - begin);
    }();
    return rate;
}

/// Long enough for a 99 % that means something, short enough for 15 rounds.
std::uint64_t items_at(double rate) { return static_cast<std::uint64_t>(std::clamp(rate * 0.05, 2000.0, 200'000.0)); }

/// `push(item)` says whether there was room. Leaves the share of items sent more than one period late.
template <class Push>
double send_paced(double rate, Push push) {
    const std::uint64_t count = items_at(rate);
    const double period = ticks_a_second() / rate;
    const std::uint64_t start = ticks();
    std::uint64_t late = 0;
    for (std::uint64_t number = 0; number < count; ++number) {
        const std::uint64_t due = start + static_cast<std::uint64_t>(period * static_cast<double>(number));
        std::uint64_t now = ticks();
        if (now > due + static_cast<std::uint64_t>(period)) ++late;
        while (now < due) now = ticks();
        while (!push(now)) {
        }
    }
    return static_cast<double>(late) / static_cast<double>(count);
}

/// `pop(item)` says whether there was one. Leaves median and 99 % in seconds; false if the cores' clocks disagree.
template <class Pop>
bool receive(double rate, Meeting& meeting, Pop pop) {
    const std::uint64_t count = items_at(rate);
    std::vector<double> delays(count, 0.0);  // touched: no page fault while items come
    meet(meeting);
    for (double& delay : delays) {
        std::uint64_t sent = 0;
        while (!pop(sent)) {
        }
        delay = static_cast<double>(static_cast<std::int64_t>(ticks_after_loads() - sent));
    }
    delays.erase(delays.begin(), delays.begin() + static_cast<std::ptrdiff_t>(count / 10));  // caches warm up
    std::ranges::sort(delays);
    meeting.found[0] = delays[delays.size() / 2] / ticks_a_second();
    meeting.found[1] = delays[delays.size() * 99 / 100] / ticks_a_second();
    return delays[delays.size() / 100] > 0;
}

double keep(const std::string& name, double late) {
    const Meeting& meeting = last_meeting();
    record(name + " 99 %", meeting.found[1]);
    record(name + " late", late);
    return meeting.found[0];
}

}  // namespace

double ours_latency(const std::string& name, double rate) {
    ticks_a_second();
    const std::string buffer = buffer_name();
    Writer created = Writer::create(buffer, {.item_size = 8, .length = ring_length, .policy = OverflowPolicy::reject});
    const double late = run_two_sides(
        Apart::processes,
        [&](Meeting& meeting) {
            Writer writer = std::move(created);
            meet(meeting);
            const double share = send_paced(rate, [&](std::uint64_t item) { return writer.push(item); });
            created = std::move(writer);
            return share;
        },
        [&](Meeting& meeting) {
            Reader reader = Reader::attach(buffer);
            return receive(rate, meeting, [&](std::uint64_t& item) {
                const auto popped = reader.pop();
                if (popped) item = *popped;
                return popped.has_value();
            });
        });
    return keep(name, late);
}

double boost_latency(const std::string& name, double rate, Wait wait) {
    ticks_a_second();
    const auto ring =
        std::make_unique<boost::lockfree::spsc_queue<std::uint64_t, boost::lockfree::capacity<ring_length>>>();
    const double late = run_two_sides(
        Apart::threads,
        [&](Meeting& meeting) {
            meet(meeting);
            return send_paced(rate, [&](std::uint64_t item) { return ring->push(item); });
        },
        [&](Meeting& meeting) {
            return receive(rate, meeting, [&](std::uint64_t& item) {
                const bool popped = ring->pop(item);
                if (!popped) ease(wait);
                return popped;
            });
        });
    return keep(name, late);
}

}  // namespace bench
