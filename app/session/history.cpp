#include "session/history.hpp"

#include <algorithm>
#include <cmath>

namespace workbench {
namespace {

template <class Level>
auto firstEndingAfter(const Level& level, double time) {
    return std::upper_bound(level.begin(), level.end(), time,
                            [](double wanted, const auto& entry) { return wanted < entry.end; });
}

template <class Level>
auto firstBeginningAfter(const Level& level, double time) {
    return std::upper_bound(level.begin(), level.end(), time,
                            [](double wanted, const auto& entry) { return wanted < entry.begin; });
}

}  // namespace

void History::merge(Entry& into, const Entry& next) {
    into.end = next.end;
    into.last = next.last;
    if (next.minimum < into.minimum) {
        into.minimum = next.minimum;
        into.minimumTime = next.minimumTime;
    }
    if (next.maximum > into.maximum) {
        into.maximum = next.maximum;
        into.maximumTime = next.maximumTime;
    }
}

void History::append(double time, double value) {
    if (!empty()) time = std::max(time, newestTime());
    const Entry sample{time, time, value, value, time, time, value};
    std::size_t span = 1;  // samples an entry of this level stands for
    for (std::size_t index = 0; index < levels; ++index, span *= fanout) {
        Level& level = m_levels[index];
        if (level.empty() || m_filled[index] == span) {
            level.push_back(sample);
            m_filled[index] = 1;
            if (level.size() > capacities[index]) level.pop_front();
        } else {
            merge(level.back(), sample);  // the newest entry is always up to date, if not yet full
            ++m_filled[index];
        }
    }
}

void History::forgetBefore(double time) {
    for (Level& level : m_levels) {
        while (level.size() > 1 && level[1].begin <= time) level.pop_front();
    }
}

double History::oldestTime() const {
    double oldest = newestTime();
    for (const Level& level : m_levels) {
        if (!level.empty()) oldest = std::min(oldest, level.front().begin);
    }
    return oldest;
}

std::size_t History::bytes() const {
    std::size_t entries = 0;
    for (const Level& level : m_levels) entries += level.size();
    return entries * sizeof(Entry);
}

const History::Level& History::levelFor(double from, double to, int columns) const {
    const auto affordable = static_cast<std::ptrdiff_t>(columns) * 2 * static_cast<std::ptrdiff_t>(fanout);
    for (std::size_t index = 0; index + 1 < levels; ++index) {
        const Level& level = m_levels[index];
        // A level that has dropped entries cannot speak of times before its oldest one.
        const bool reachesBack = level.front().begin <= from || level.size() < capacities[index];
        if (!reachesBack) continue;
        if (firstBeginningAfter(level, to) - firstEndingAfter(level, from) <= affordable) return level;
    }
    return m_levels[levels - 1];
}

std::vector<HistoryPoint> History::points(double from, double to, int columns) const {
    std::vector<HistoryPoint> result;
    if (empty() || columns < 1 || !(from < to)) return result;
    const Level& level = levelFor(from, to, columns);
    const double width = (to - from) / columns;
    auto entry = firstEndingAfter(level, from);
    if (entry != level.begin()) result.push_back({std::prev(entry)->end, std::prev(entry)->last});

    const auto flush = [&](const Entry& column) {
        if (column.minimum == column.maximum) return result.push_back({column.minimumTime, column.minimum});
        const HistoryPoint low{column.minimumTime, column.minimum}, high{column.maximumTime, column.maximum};
        const bool lowFirst = low.time <= high.time;
        result.push_back(lowFirst ? low : high);
        result.push_back(lowFirst ? high : low);
    };
    std::optional<Entry> column;
    double columnIndex = 0;
    for (; entry != level.end() && entry->begin <= to; ++entry) {
        const double index = std::floor(entry->begin / width);
        if (column && index == columnIndex) {
            merge(*column, *entry);
            continue;
        }
        if (column) flush(*column);
        column = *entry;
        columnIndex = index;
    }
    if (column) flush(*column);
    return result;
}

std::optional<HistoryRange> History::at(double time) const {
    for (const Level& level : m_levels) {
        if (level.empty() || level.front().begin > time) continue;
        const Entry& entry = *std::prev(firstBeginningAfter(level, time));
        return HistoryRange{entry.end, entry.minimum, entry.maximum};
    }
    return std::nullopt;
}

}  // namespace workbench
