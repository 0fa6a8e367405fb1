#pragma once
// What is stressed. Each function runs one case, drawn from its seed alone, to its end, and throws Violation when a
// promise was broken. FORMAT.md and the headers of corelib hold the promises.
// Thread contract: one case at a time, from a process that runs no other thread: they fork.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "shared_cbuff/detail/format.hpp"

namespace stress {

/// One row of the table, or one case of it. `torn` stays 0: the first torn item is a violation.
struct Row {
    std::string title;
    std::uint64_t cases = 0;
    std::uint64_t pushed = 0;
    std::uint64_t laps = 0;
    std::uint64_t popped = 0;
    std::uint64_t lost = 0;
    std::uint64_t overruns = 0;
    std::uint64_t rejected = 0;
    std::uint64_t torn = 0;
    std::uint64_t kills = 0;
    std::uint64_t events = 0;  // what the section counts besides; its title says what
    std::string detail;        // of one case, for the progress line

    Row& operator+=(const Row& other);
};

/// One writer, up to 8 readers that come and go, both policies, every way to push and pop: every item that a reader
/// gets is whole, in order, once, and every other one is in `lost`.
Row run_truth_case(std::uint64_t seed, std::chrono::milliseconds duration);

/// `kills` times kill -9 of a writer, a reader, or both, at a random instant; then a successor takes over. Two readers
/// live through it all.
Row run_kill_case(std::uint64_t seed, std::uint64_t kills);

/// SIGSTOP of a reader under both policies, and of a writer.
Row run_stop_case(std::uint64_t seed);

/// Another process damages the segment in every way while writers, readers, an observer and a discovery run.
Row run_neighbour_case(std::uint64_t seed, std::chrono::milliseconds duration);

/// Creators, successors, removers, readers and an observer race for one name, and some are killed.
Row run_race_case(std::uint64_t seed, std::chrono::milliseconds duration);

/// A fault at every system call of creating, attaching, taking over, closing and removing: killed before it, or the
/// call fails. Of all these faults every `portion`th, beginning with one that the seed says.
Row run_fault_case(std::uint64_t seed, std::uint64_t portion);

/// Why faults cannot be injected on this machine; nothing where they can.
std::optional<std::string> why_no_faults();

/// item_size and length of a random buffer, its ring at most `most_bytes`.
shared_cbuff::Geometry draw_geometry(class Random& random, std::uint64_t most_item_size, std::uint64_t most_length,
                                     std::uint64_t most_bytes);

}  // namespace stress
