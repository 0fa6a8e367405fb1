#pragma once
// The workloads: each function runs one round and returns seconds an operation (an item, a round trip, a sample).
// Thread contract: as sides.hpp.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "shared_cbuff/detail/format.hpp"
#include "sides.hpp"

namespace bench {

inline constexpr std::size_t ring_length = 1024;
inline constexpr std::size_t batch = 64;
inline constexpr std::uint64_t items_a_round = 4'000'000;  // many laps: a cache-resident ring that wraps

// Lossless transport of 8-byte items through a ring of 1024: ours between two processes, under `reject`.
double ours_single(std::uint64_t items = items_a_round);
double ours_batch(std::uint64_t items = items_a_round);
double boost_single(Wait wait, std::uint64_t items = items_a_round);
double boost_batch(Wait wait, std::uint64_t items = items_a_round);
double moodycamel_single(Wait wait, std::uint64_t items = items_a_round);
double moodycamel_batch();  // it has no batches: a loop, as its user would write it
double python_single();     // two processes and a multiprocessing.shared_memory block

// Pushing 8-byte items under `overwrite`, never waiting for anybody.
double overwrite_alone();
double overwrite_with_idle_readers();  // 8 registered ones
// Beside a reader that pops as fast as it can, on the other core; records "delivered" and "lost", shares of the pushes.
double overwrite_with_spinning_reader();
double overwrite_unobserved();
double overwrite_observed_at_1_khz();
double overwrite_observed_by_10_at_100_hz();

// A round trip between two processes over two buffers, or over two bare cache lines.
double ping_pong(shared_cbuff::OverflowPolicy policy);
double bare_ping_pong(Wait wait);

// Lossless transport of items of any size between two processes: ours, or memcpy into and out of a bare ring.
double ours_items(std::size_t item_size);
double memcpy_items(std::size_t item_size);

// One-way latency of a paced stream, spinning reader, lossless ring: returns the median, records "99 %" under `name`,
// and "late": the share of items that were sent more than a period too late.
double ours_latency(const std::string& name, double items_a_second);
double boost_latency(const std::string& name, double items_a_second, Wait wait);

/// Single items, lossless, at full speed, by a copy of the ring that counts looks at `pushed`. Returns seconds an item;
/// records under `name` "items-a-look", "a-us" and "allowance": the share used of what is allowed, one look in 64 items
/// or, where an item takes over 15 ns, two looks a microsecond.
double looks(const std::string& name, std::size_t length);

/// What an observer at 1 kHz does when it wakes; nothing at all shows what the waking alone costs.
enum class AtEachWake { sample, nothing };

/// As ours_single(), in portions, every other one watched by an observer at 1 kHz, which runs on a third core
/// or, where there is none, on whichever of the two the kernel chooses. Returns seconds an item of the watched
/// portions, records under `name` "unwatched".
double watched_single(const std::string& name, std::uint64_t items_a_portion, int pairs,
                      AtEachWake what = AtEachWake::sample);
/// Any of them while another loop keeps each of the two cores busy.
double beside_busy_loops(const std::function<double()>& contender);

double sample_of_64_readers();
double create_attach_detach_cleanup();

/// For counting instructions: `count` operations in one process, nothing else. False if there is no such operation.
bool repeat(const char* operation, std::uint64_t count);

/// For counting line transfers: a writer and `readers` take turns of 64 items in one process, `count` items in all.
/// Prints where the segment is mapped, and the address of `turn_marks`: turn n begins with a store into mark n, turn 0
/// the writer's, n reader n's, 9 nobody's.
void take_turns(int readers, shared_cbuff::OverflowPolicy policy, std::uint64_t count);

}  // namespace bench
