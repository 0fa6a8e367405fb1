#pragma once
// How a buffer stands, in one word and a few numbers: what an overview tells of each, and sorts them by.
// Thread contract: pure functions of values.

#include <QString>
#include <cstdint>
#include <optional>

#include "story/bufferstory.hpp"

namespace workbench {

/// The gravest first: the order of an overview.
enum class Standing { damaged, losing, rejecting, abandoned, fallingBehind, full, vacant, ok, unknown };

/// Lost within these seconds: losing. Rejected likewise.
inline constexpr double losingSeconds = 2;
/// What counts as "lately", in numbers and in red.
inline constexpr double latelySeconds = 10;
/// Usage grew of late and at this pace is full within so many: falling behind.
inline constexpr double soonFullSeconds = 60;

struct Situation {
    Standing standing = Standing::unknown;
    bool tellsNumbers = false;  ///< false before the first sample, and of what is damaged: what follows means nothing
    std::optional<std::uint64_t> usage;  ///< the largest of the living readers'; nothing with none
    std::uint64_t retained = 0;
    double pushedRate = 0;             ///< items/s
    std::optional<double> poppedRate;  ///< of the slowest reader, items/s
    std::uint64_t lost = 0;            ///< by the readers there are, as each has counted
    std::uint64_t lostLately = 0;
    std::uint64_t rejectedLately = 0;
    QString slowest;         ///< the reader with the largest usage, as readerLabel() names it
    std::optional<Age> lag;  ///< its
};

/// `now` is the feed's present.
Situation situationOf(const BufferStory& story, double now);

/// At the pace of late, when what has this usage now is full; 0: it is. Nothing if it does not grow. The pace is that
/// of its minima over two stretches of latelySeconds, or of half of what is known: a saw does not grow.
std::optional<double> secondsToFull(const History& usage, std::uint64_t value, std::uint64_t length, double now);

/// Whether `a` stands before `b` in an overview: by trouble, then by what was lost lately, by lag, by name.
bool standsBefore(const Situation& a, const QString& nameA, const Situation& b, const QString& nameB);

/// "losing", "falling behind"; and a mark whose shape tells it, too.
QString standingText(Standing standing);
QString standingMark(Standing standing);

}  // namespace workbench
