#include "sections.hpp"

#include <algorithm>

#include "random.hpp"

namespace stress {

Row& Row::operator+=(const Row& other) {
    title = other.title;
    cases += other.cases;
    pushed += other.pushed;
    laps += other.laps;
    popped += other.popped;
    lost += other.lost;
    overruns += other.overruns;
    rejected += other.rejected;
    torn += other.torn;
    kills += other.kills;
    events += other.events;
    return *this;
}

shared_cbuff::Geometry draw_geometry(Random& random, std::uint64_t most_item_size, std::uint64_t most_length,
                                     std::uint64_t most_bytes) {
    const std::uint64_t item_size = random.magnitude(1, most_item_size);
    const std::uint64_t length =
        random.magnitude(2, std::max<std::uint64_t>(2, std::min(most_length, most_bytes / item_size)));
    return {item_size, length};
}

}  // namespace stress
