#include "rows.hpp"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

#include "machine.hpp"

namespace bench {
namespace {

constexpr double none = std::numeric_limits<double>::quiet_NaN();

/// Of a contender's two ways of waiting the one with the better median of the run: chosen round by round, the luckier
/// of two noisy figures would count.
bool waits_worse(const std::vector<std::string>& names, const std::string& name, int run) {
    static const std::string pausing = "-pausing";
    const std::size_t end = std::min(name.find(' '), name.size());
    const bool pauses = name.substr(0, end).ends_with(pausing);
    std::string other = name;
    pauses ? other.erase(end - pausing.size(), pausing.size()) : other.insert(end, pausing);
    if (std::ranges::find(names, other) == names.end()) return false;
    const double mine = median_of(values_of(run, name)), others = median_of(values_of(run, other));
    return others < mine || (others == mine && pauses);
}

/// In each round the quickest, each in its better way of waiting.
std::vector<double> quickest_of(const std::vector<std::string>& names, int run) {
    std::vector<double> best;
    for (const std::string& name : names) {
        if (waits_worse(names, name, run)) continue;
        const std::vector<double>& values = values_of(run, name);
        if (best.empty()) best.assign(values.size(), none);
        for (std::size_t round = 0; round < best.size(); ++round) best[round] = std::fmin(best[round], values[round]);
    }
    return best;
}

bool peer_is_late(const Row& row, int run) {
    if (row.peer_late.empty()) return false;
    std::string pausing = row.peer_late;
    pausing.insert(pausing.find(' '), "-pausing");
    return median_of(values_of(run, row.peer_late)) > 0.5 && median_of(values_of(run, pausing)) > 0.5;
}

std::vector<double> peers_of(const Row& row, int run) {
    return peer_is_late(row, run) ? values_of(run, row.instead) : quickest_of(row.peers, run);
}

std::string label_of(const Row& row, int run) {
    return peer_is_late(row, run) ? row.what + " (more than half late: against " + row.instead + ")" : row.what;
}

double compare(const Row& row, double ours, double peer) {
    switch (row.measure) {
        case Measure::times_faster:
            return peer / ours;
        case Measure::time_ratio:
            return ours / peer;
        case Measure::extra_ns:
            return (ours - peer) * 1e9;
        case Measure::plain:
            return ours;
        case Measure::plain_ns:
            return ours * 1e9;
    }
    return none;
}

/// The row's value in a run: the median of what its rounds yielded, each on its own.
double value_of(const Row& row, int run) {
    const std::vector<double>& ours = values_of(run, row.ours);
    const std::vector<double> peers = peers_of(row, run);
    std::vector<double> yields;
    for (std::size_t round = 0; round < ours.size(); ++round) {
        yields.push_back(compare(row, ours[round], peers.empty() ? none : peers[round]));
    }
    return median_of(yields);
}

std::string number(double value) {
    char text[32];
    const double size = std::fabs(value);
    std::snprintf(text, sizeof text, size >= 100 ? "%.0f" : size >= 10 ? "%.1f" : size >= 0.1 ? "%.2f" : "%.4f", value);
    return text;
}

bool at_least(const Row& row) { return row.measure == Measure::times_faster; }

std::string bound(const Row& row, double limit) {
    if (limit == 0) return "";
    return (at_least(row) ? "≥ " : "≤ ") + number(limit);
}

/// "" for a row that is only reported.
std::string verdict(const Row& row, double value) {
    if (row.bar == 0) return "";
    const auto reaches = [&](double limit) { return at_least(row) ? value >= limit : value <= limit; };
    if (!reaches(row.bar)) return "**MISSED**";
    return row.goal != 0 && reaches(row.goal) ? "met, goal too" : "met";
}

void print_row(const Row& row, int run) {
    const double value = value_of(row, run);
    if (std::isnan(value)) return;
    const double unit = row.measure == Measure::plain ? 1 : 1e9;
    const std::vector<double>& ours = values_of(run, row.ours);
    const std::vector<double> peers = peers_of(row, run);
    const std::string peer = peers.empty() ? "" : number(median_of(peers) * unit);
    const std::string best = peers.empty() ? "" : number(compare(row, least_of(ours), least_of(peers)));
    std::printf("| %s | %s | %s | %s | %s | %s | %s | %s |\n", label_of(row, run).c_str(), number(value).c_str(),
                best.c_str(), number(median_of(ours) * unit).c_str(), peer.c_str(), bound(row, row.bar).c_str(),
                bound(row, row.goal).c_str(), verdict(row, value).c_str());
}

}  // namespace

std::string contender_of(const std::string& value) { return value.substr(0, value.find(' ')); }

std::string machine_line(const std::vector<double>& bare) {
    return processor() + ", " + std::to_string(::sysconf(_SC_NPROCESSORS_ONLN)) + " cores, bare round trip " +
           number(median_of(bare) * 1e9) + " ns (best " + number(least_of(bare) * 1e9) + ")";
}

void print_run(const std::vector<Row>& rows, const std::vector<Note>& notes, int run, const Plan& plan,
               const std::vector<std::string>& bare_round_trips) {
    std::printf("\n### Run %d of %d\n\n%s; %d rounds.\n", run + 1, plan.runs,
                machine_line(quickest_of(bare_round_trips, run)).c_str(), plan.rounds);
    for (const bool main : {true, false}) {
        const auto shown = [&](const Row& row) { return row.main == main && !std::isnan(value_of(row, run)); };
        if (std::ranges::none_of(rows, shown)) continue;
        std::printf("\n| %s | median | best | ours, ns | peer, ns | bar | goal | |\n", main ? "bars" : "also");
        std::printf("| --- | --- | --- | --- | --- | --- | --- | --- |\n");
        for (const Row& row : rows) {
            if (row.main == main) print_row(row, run);
        }
    }
    bool first = true;
    for (const Note& note : notes) {
        const double value = median_of(values_of(run, note.value));
        if (std::isnan(value)) continue;
        if (first) std::printf("\n| reported | median |\n| --- | --- |\n");
        first = false;
        std::printf("| %s | %s |\n", note.what.c_str(), number(value * note.scale).c_str());
    }
}

void print_runs_together(const std::vector<Row>& rows, const Plan& plan,
                         const std::vector<std::string>& bare_round_trips) {
    std::printf("\n### All runs\n\n");
    for (int run = 0; run < plan.runs; ++run) {
        std::printf("- run %d: %s\n", run + 1, machine_line(quickest_of(bare_round_trips, run)).c_str());
    }
    std::printf("\n| |");
    for (int run = 0; run < plan.runs; ++run) std::printf(" run %d |", run + 1);
    std::printf(" median | bar | goal | |\n| --- |");
    for (int run = 0; run < plan.runs + 4; ++run) std::printf(" --- |");
    std::printf("\n");
    for (const Row& row : rows) {
        std::vector<double> values;
        for (int run = 0; run < plan.runs; ++run) values.push_back(value_of(row, run));
        const double median = median_of(values);
        if (std::isnan(median)) continue;
        std::printf("| %s |", label_of(row, plan.runs - 1).c_str());
        for (const double value : values) std::printf(" %s |", number(value).c_str());
        std::printf(" %s | %s | %s | %s |\n", number(median).c_str(), bound(row, row.bar).c_str(),
                    bound(row, row.goal).c_str(), verdict(row, median).c_str());
    }
}

}  // namespace bench
