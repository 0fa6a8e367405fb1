// Lossless transport while something else happens: an observer looks, or other loops keep the cores busy.

#include <time.h>
#include <unistd.h>

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "children.hpp"
#include "contenders.hpp"
#include "rounds.hpp"
#include "shared_cbuff/observer.hpp"
#include "shared_cbuff/reader.hpp"
#include "shared_cbuff/writer.hpp"
#include "sides.hpp"

namespace bench {
namespace {

using namespace shared_cbuff;

void wake_at_1_khz(const std::string& name, AtEachWake what) {
    constexpr long interval_ns = 1'000'000;
    pin_to_others();
    Observer observer = Observer::attach(name);
    Sample sample;
    ::timespec next{};
    ::clock_gettime(CLOCK_MONOTONIC, &next);
    while (true) {
        if (what == AtEachWake::sample) observer.sample(sample);
        next.tv_nsec += interval_ns;
        for (; next.tv_nsec >= 1'000'000'000; next.tv_nsec -= 1'000'000'000) ++next.tv_sec;
        ::timespec now{};
        ::clock_gettime(CLOCK_MONOTONIC, &now);
        // Stopped meanwhile: the looks it missed are not made up for.
        if (now.tv_sec > next.tv_sec || (now.tv_sec == next.tv_sec && now.tv_nsec > next.tv_nsec)) next = now;
        ::clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, nullptr);
    }
}

[[gnu::noinline]] double time_portion(Writer& from, std::uint64_t items) {
    Writer writer = std::move(from);
    const double begin = now_seconds();
    for (std::uint64_t item = 0; item < items; ++item) {
        while (!writer.push(item)) {
        }
    }
    const double seconds = (now_seconds() - begin) / static_cast<double>(items);
    from = std::move(writer);
    return seconds;
}

}  // namespace

double watched_single(const std::string& name, std::uint64_t items_a_portion, int pairs, AtEachWake what) {
    const std::string buffer = "cbuff-watched-bench-" + std::to_string(::getpid());
    Writer writer = Writer::create(buffer, {.item_size = 8, .length = ring_length, .policy = OverflowPolicy::reject});
    EndlessProcess observer{[&] { wake_at_1_khz(buffer, what); }};
    std::vector<double> alone, watched;
    run_two_sides(
        Apart::processes,
        [&](Meeting& meeting) {
            meet(meeting);
            for (int pair = 0; pair < pairs; ++pair) {
                // Which comes first changes, so that a machine that slows down or speeds up favours neither.
                for (const bool observed : {pair % 2 == 0, pair % 2 != 0}) {
                    observed ? observer.go_on() : observer.stop();
                    (observed ? watched : alone).push_back(time_portion(writer, items_a_portion));
                }
            }
            return 0.0;
        },
        [&](Meeting& meeting) {
            Reader reader = Reader::attach(buffer);
            meet(meeting);
            const std::uint64_t all = 2 * static_cast<std::uint64_t>(pairs) * items_a_portion;
            std::uint64_t popped = 0;
            while (popped < all) {
                if (reader.pop()) ++popped;
            }
            return reader.counters().lost == 0;
        });
    record(name + " unwatched", median_of(alone));
    return median_of(watched);
}

double beside_busy_loops(const std::function<double()>& contender) {
    const BusyLoops loops;
    return contender();
}

}  // namespace bench
