#include "helpers/busguard.hpp"

#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>

namespace workbench {
namespace {

std::uintptr_t pageSize = 4096;
std::atomic<bool> truncated{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler may only touch lock-free atomics");

void onBusError(int, siginfo_t* info, void*) {
    // Only async-signal-safe calls and plain system calls from here.
    truncated.store(true, std::memory_order_relaxed);
    const auto page = reinterpret_cast<std::uintptr_t>(info->si_addr) & ~(pageSize - 1);
    void* const mapped = info->si_code == BUS_ADRERR && page != 0
                             ? ::mmap(reinterpret_cast<void*>(page), pageSize, PROT_READ | PROT_WRITE,
                                      MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
                             : MAP_FAILED;
    if (mapped == MAP_FAILED) {
        ::signal(SIGBUS, SIG_DFL);  // not ours to mend: the access repeats and ends the program as usual
    }
}

}  // namespace

bool segmentWasTruncated() noexcept { return truncated.load(std::memory_order_relaxed); }

void installBusGuard() {
    pageSize = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
    struct sigaction action {};
    action.sa_sigaction = onBusError;
    action.sa_flags = SA_SIGINFO;
    sigemptyset(&action.sa_mask);
    ::sigaction(SIGBUS, &action, nullptr);
}

}  // namespace workbench
