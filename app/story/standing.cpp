#include "story/standing.hpp"

#include <QCoreApplication>
#include <algorithm>
#include <limits>
#include <tuple>

#include "story/eventtext.hpp"

namespace workbench {
namespace {

using shared_cbuff::BufferState;
using shared_cbuff::ReaderSample;
using shared_cbuff::ReaderState;
using shared_cbuff::Sample;

QString tr(const char* text) { return QCoreApplication::translate("workbench::Standing", text); }

const ReaderSample* slowestOf(const Sample& sample) {
    const ReaderSample* slowest = nullptr;
    for (const ReaderSample& reader : sample.readers) {
        if (reader.state != ReaderState::alive) continue;
        if (slowest == nullptr || reader.usage > slowest->usage) slowest = &reader;
    }
    return slowest;
}

/// What pace can be told from.
constexpr double leastStretch = 4;

std::uint64_t leastIn(const History& usage, double from, double to) {
    constexpr int columns = 64;
    std::uint64_t least = std::numeric_limits<std::uint64_t>::max();
    for (const History::Column& column : usage.columns(from, to, columns)) least = std::min(least, column.minimum);
    return least;
}

Standing standingOf(const BufferStory& story, const Sample& sample, const Situation& situation, double now) {
    if (story.facts().isClassic()) return Standing::unknown;
    if (story.lost().growth(now - losingSeconds, now + 1) > 0) return Standing::losing;
    if (story.rejected().growth(now - losingSeconds, now + 1) > 0) return Standing::rejecting;
    if (sample.writer.state == shared_cbuff::WriterState::abandoned) return Standing::abandoned;
    if (situation.usage) {
        const auto left = secondsToFull(story.usage(), *situation.usage, story.facts().geometry.length, now);
        if (left == 0.0) return Standing::full;
        if (left && *left <= soonFullSeconds) return Standing::fallingBehind;
    }
    if (sample.state == BufferState::unknown) return Standing::unknown;
    return sample.state == BufferState::alive ? Standing::ok : Standing::vacant;
}

}  // namespace

std::optional<double> secondsToFull(const History& usage, std::uint64_t value, std::uint64_t length, double now) {
    if (value >= length) return 0.0;
    if (usage.empty()) return std::nullopt;
    const double stretch = std::min(latelySeconds, (now - usage.oldestTime()) / 2);
    if (stretch < leastStretch) return std::nullopt;
    const std::uint64_t before = leastIn(usage, now - 2 * stretch, now - stretch);
    const std::uint64_t lately = leastIn(usage, now - stretch, now);
    if (lately <= before) return std::nullopt;
    return static_cast<double>(length - value) / (static_cast<double>(lately - before) / stretch);
}

Situation situationOf(const BufferStory& story, double now) {
    Situation situation;
    if (!story.latest()) return situation;
    const Sample& sample = story.latest()->sample;
    if (sample.state == BufferState::damaged) {
        situation.standing = Standing::damaged;
        return situation;
    }
    situation.tellsNumbers = true;
    situation.retained = sample.retained;
    if (sample.has_living_reader) situation.usage = sample.usage;
    situation.pushedRate = story.pushedRate();
    for (const ReaderSample& reader : sample.readers) situation.lost += reader.lost;
    situation.lostLately = story.lost().growth(now - latelySeconds, now + 1);
    situation.rejectedLately = story.rejected().growth(now - latelySeconds, now + 1);
    if (const ReaderSample* const slowest = slowestOf(sample)) {
        situation.slowest = readerLabel(*slowest);
        if (const ReaderCurve* const curve = story.curve(slowest->key())) situation.poppedRate = curve->popped.rate();
        situation.lag = story.lag(*slowest);
    }
    situation.standing = standingOf(story, sample, situation, now);
    return situation;
}

bool standsBefore(const Situation& a, const QString& nameA, const Situation& b, const QString& nameB) {
    const auto lately = [](const Situation& one) { return one.lostLately + one.rejectedLately; };
    const auto lag = [](const Situation& one) { return one.lag ? one.lag->age.count() : -1; };
    return std::tuple{a.standing, -static_cast<double>(lately(a)), -lag(a), nameA} <
           std::tuple{b.standing, -static_cast<double>(lately(b)), -lag(b), nameB};
}

QString standingText(Standing standing) {
    switch (standing) {
        case Standing::damaged:
            return tr("damaged");
        case Standing::losing:
            return tr("losing");
        case Standing::rejecting:
            return tr("rejecting");
        case Standing::abandoned:
            return tr("abandoned");
        case Standing::fallingBehind:
            return tr("falling behind");
        case Standing::full:
            return tr("full");
        case Standing::vacant:
            return tr("vacant");
        case Standing::ok:
            return tr("ok");
        case Standing::unknown:
            break;
    }
    return tr("unknown");
}

QString standingMark(Standing standing) {
    switch (standing) {
        case Standing::damaged:
            return QStringLiteral("▲");
        case Standing::losing:
        case Standing::rejecting:
            return QStringLiteral("▼");
        case Standing::abandoned:
            return QStringLiteral("✕");
        case Standing::fallingBehind:
            return QStringLiteral("△");
        case Standing::full:
            return QStringLiteral("■");
        case Standing::vacant:
            return QStringLiteral("○");
        case Standing::ok:
            return QStringLiteral("●");
        case Standing::unknown:
            break;
    }
    return QStringLiteral("?");
}

}  // namespace workbench
