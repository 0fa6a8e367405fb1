// How often a reader looks at `pushed`: `ring_looks LENGTH` moves items at full speed, singly, under `reject`, between
// two processes, and prints looks an item and ns an item. A program of its own, because its copy of the ring is built
// to count (SHARED_CBUFF_COUNT_LOOKS); the ring that is measured elsewhere has no such hook.

#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "shared_cbuff/reader.hpp"
#include "shared_cbuff/writer.hpp"
#include "sides.hpp"

namespace {

using namespace bench;
using namespace shared_cbuff;

constexpr std::uint64_t items = 4'000'000;

double push_all(Writer& from, Meeting& meeting) {
    Writer writer = std::move(from);
    meet(meeting);
    const double begin = now_seconds();
    for (std::uint64_t item = 0; item < items; ++item) {
        while (!writer.push(item)) {
        }
    }
    from = std::move(writer);
    return begin;
}

bool pop_all(const std::string& name, Meeting& meeting) {
    Reader reader = Reader::attach(name);
    meet(meeting);
    counted_looks = 0;
    std::uint64_t differences = 0;
    for (std::uint64_t next = 0; next < items;) {
        if (const auto item = reader.pop()) differences |= *item ^ next++;
    }
    meeting.end = now_seconds();
    meeting.found[0] = static_cast<double>(counted_looks);
    return differences == 0;
}

}  // namespace

int main(int argc, char** argv) {
    const std::uint64_t length = argc == 2 ? std::strtoull(argv[1], nullptr, 10) : 0;
    if (length < 2) {
        std::fprintf(stderr, "ring_looks: takes the ring's length, at least 2, and nothing else.\n");
        return 2;
    }
    const std::string name = "cbuff-looks-bench-" + std::to_string(::getpid());
    Writer writer = Writer::create(name, {.item_size = 8, .length = length, .policy = OverflowPolicy::reject});
    const double begin = run_two_sides(
        Apart::processes, [&](Meeting& meeting) { return push_all(writer, meeting); },
        [&](Meeting& meeting) { return pop_all(name, meeting); });
    const Meeting& meeting = last_meeting();
    std::printf("%.9f %.4f\n", meeting.found[0] / items, (meeting.end - begin) * 1e9 / items);
    return 0;
}
