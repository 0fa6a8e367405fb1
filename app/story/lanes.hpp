#pragma once
// What a counter tells of a stretch of time, column by column: where it grew, how much, and how fast.
// Thread contract: pure functions.

#include <cstdint>
#include <vector>

#include "story/history.hpp"

namespace workbench {

/// A column of time in which a counter grew.
struct LaneCell {
    double from = 0;
    double to = 0;
    std::uint64_t amount = 0;  ///< by how much
};
/// Every column of [from, to) in which it did, at most `most` of them: nothing is left out at any zoom, and the amounts
/// sum up to what it grew by.
std::vector<LaneCell> laneCells(const History& counter, double from, double to, int most);

struct RatePoint {
    double time = 0;
    double rate = 0;  ///< a second, since the point before
};
/// How fast it grew, at most `most` points, none closer than `least` seconds: a rate over less says more about when one
/// looked than about the counter.
std::vector<RatePoint> ratePoints(const History& counter, double from, double to, int most, double least = 1.0);

}  // namespace workbench
