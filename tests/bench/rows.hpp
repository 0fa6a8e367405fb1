#pragma once
// The rows of the printed tables: what is compared with what, and the bar that it must reach.
// Thread contract: none; called when all rounds are over.

#include <string>
#include <vector>

#include "rounds.hpp"

namespace bench {

/// What a round yields for a row. `times_faster` must reach its bar, the others must not exceed theirs.
enum class Measure {
    times_faster,  // the peer's time / ours
    time_ratio,    // our time / the peer's
    extra_ns,      // our time - the peer's
    plain,         // ours, a number
    plain_ns       // ours, a time
};

struct Row {
    std::string key;   // by which the command line chooses it; several rows may share one
    std::string what;  // shown
    std::string ours;  // a value's name: its contender's, or that and what the contender recorded, with a blank between
    std::vector<std::string> peers;  // in each round the quickest of them, in its better way of waiting
    Measure measure = Measure::times_faster;
    double bar = 0;  // 0: reported only
    double goal = 0;
    bool main = true;  // one of the bars that the project holds itself to on every machine
    // Where a peer cannot keep the pace, nothing can be learnt from it: if this value, and that of its other way of
    // waiting, exceeds 0.5, the row compares with `instead`, and its line says so.
    std::string peer_late = {};
    std::string instead = {};
};

/// A number that is reported beside the tables.
struct Note {
    std::string key;
    std::string what;
    std::string value;
    double scale = 1;
};

/// The contender that yields a value.
std::string contender_of(const std::string& value);

/// Processor, cores and what a round trip over two bare lines takes, waited for in the better way: without these no
/// figure means anything.
std::string machine_line(const std::vector<double>& bare_round_trips);

/// One run's figures, as markdown. Rows without a value are left out.
void print_run(const std::vector<Row>& rows, const std::vector<Note>& notes, int run, const Plan& plan,
               const std::vector<std::string>& bare_round_trips);
/// Each row's value in every run and their median, which is what counts.
void print_runs_together(const std::vector<Row>& rows, const Plan& plan,
                         const std::vector<std::string>& bare_round_trips);

}  // namespace bench
