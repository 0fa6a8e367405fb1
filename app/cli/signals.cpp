#include "cli/signals.hpp"

#include <signal.h>

#include <atomic>

#include "session/busguard.hpp"

namespace cli {
namespace {

std::atomic<bool> endRequested{false};  // the only things a signal handler can reach
std::atomic<bool> sizeChanged{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler may only touch lock-free atomics");

extern "C" void requestEnd(int) { endRequested.store(true, std::memory_order_relaxed); }

extern "C" void noteResizing(int) { sizeChanged.store(true, std::memory_order_relaxed); }

void handle(int signal, void (*handler)(int)) {
    struct sigaction action {};
    action.sa_handler = handler;  // without SA_RESTART: a signal ends every wait at once
    ::sigemptyset(&action.sa_mask);
    ::sigaction(signal, &action, nullptr);
}

bool isIgnored(int signal) {
    struct sigaction action {};
    ::sigaction(signal, nullptr, &action);
    return action.sa_handler == SIG_IGN;
}

}  // namespace

void installSignalHandlers() {
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
        if (!isIgnored(signal)) handle(signal, requestEnd);  // whoever started us decided so
    }
    handle(SIGPIPE, SIG_IGN);
    workbench::installBusGuard();
}

bool interrupted() noexcept { return endRequested.load(std::memory_order_relaxed); }

void watchForResizing() { handle(SIGWINCH, noteResizing); }

bool resized() noexcept { return sizeChanged.exchange(false, std::memory_order_relaxed); }

}  // namespace cli
