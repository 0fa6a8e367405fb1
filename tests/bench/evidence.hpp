#pragma once
// What keeping the past costs and how soon it can be had: each function measures one row of recording_bench.
// Thread contract: one at a time, from the main thread.

#include <string>
#include <vector>

namespace bench {

/// One line of the table.
struct Finding {
    std::string what;
    double value = 0;
    std::string unit = {};
    double bar = 0;
    enum class Bound { none, at_most, at_least } bound = Bound::none;  ///< none: reported only
};
using Findings = std::vector<Finding>;

enum class Beside { nothing, busy_loops };

/// `cbuff record` on 16 buffers x 4 readers at 1 kHz, each pushed to at 1,000 items/s.
Findings record_many(double seconds, Beside beside);
/// An unpaced writer beside `cbuff record --items`, and without.
Findings push_beside_tap(int pairs);
/// `cbuff record --items` of a writer at 100,000 items/s.
Findings record_items(double seconds, Beside beside);
/// Jumps in a recording of `hours` of 4 buffers x 4 readers at 100 Hz, made first.
Findings seek_in_past(double hours);
/// 100 stories x 4 readers of a simulated day.
Findings keep_resident(double hertz);

}  // namespace bench
