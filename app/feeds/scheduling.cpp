#include "feeds/scheduling.hpp"

#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

namespace workbench {
namespace {

/// As sched_setattr(2) lays it out; its header cannot be had beside <sched.h> everywhere.
struct Attributes {
    std::uint32_t size = sizeof(Attributes);
    std::uint32_t policy = 0;
    std::uint64_t flags = 0;
    std::int32_t nice = 0;
    std::uint32_t priority = 0;
    std::uint64_t runtime_ns = 0;  // of a normal thread: how long a turn is
    std::uint64_t deadline_ns = 0;
    std::uint64_t period_ns = 0;
};

constexpr std::uint64_t shortTurn_ns = 100'000;  // the shortest that the kernel grants
constexpr int lateNice = 5;

}  // namespace

void askForEarlyTurns() {
    Attributes attributes;
    if (::syscall(SYS_sched_getattr, 0, &attributes, sizeof attributes, 0U) != 0) return;
    if (attributes.policy != SCHED_OTHER) return;  // somebody has decided otherwise
    attributes.flags = 0;
    attributes.runtime_ns = shortTurn_ns;
    ::syscall(SYS_sched_setattr, 0, &attributes, 0U);
}

/// On Linux niceness is a thread's.
void askForLateTurns() {
    const int now = ::getpriority(PRIO_PROCESS, 0);
    if (now < lateNice) ::setpriority(PRIO_PROCESS, 0, lateNice);
}

}  // namespace workbench
