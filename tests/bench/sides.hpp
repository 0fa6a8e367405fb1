#pragma once
// What every measurement needs: two pinned sides that start together.
// Thread contract: one measurement at a time, from the main thread.

#include <atomic>
#include <functional>

namespace bench {

double now_seconds();

/// Which of two cores a side runs on; the same one twice if this machine has a single core.
enum class Core { first, second };
void pin_to(Core core);
/// Back to all cores that the program was given: before it starts another program, which inherits them.
void unpin();

/// Off those two if this machine has more; otherwise back to both, where the kernel chooses.
void pin_to_others();

/// Shared by both sides, in memory that a fork keeps shared.
struct Meeting {
    alignas(128) std::atomic<int> ready{0};
    alignas(128) std::atomic<bool> over{false};
    alignas(128) std::atomic<bool> failed{false};
    alignas(128) double end = 0;
    double found[2] = {};  // what else the second side found out: read it when that side has gone
};

/// Waits until `sides` of them are here.
void meet(Meeting& meeting, int sides = 2);

/// Runs `first` here on the first core and `second` in a process (or a thread) of its own on the second; returns what
/// `first` returned. A `second` that returns false says that what it got was wrong: then the program ends with 1.
enum class Apart { processes, threads };
double run_two_sides(Apart apart, const std::function<double(Meeting&)>& first,
                     const std::function<bool(Meeting&)>& second);
/// The meeting of the last run_two_sides(), with what its second side left there.
const Meeting& last_meeting();

/// How a peer waits when it finds its queue full or empty. Which is better depends on the machine, and our ring pauses
/// by itself, so a peer that only spun would be beaten by its loop instead of by the ring: both are measured.
enum class Wait { spinning, pausing };
inline void ease(Wait wait) {
    if (wait == Wait::spinning) return;
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
}

/// Prints the sentence and ends the program.
[[noreturn]] void fail(const char* what);

}  // namespace bench
