#include "cli/signals.hpp"

#include <signal.h>

#include <atomic>

#include "helpers/busguard.hpp"

namespace cli {
namespace {

std::atomic<bool> endRequested{false};  // the only things a signal handler can reach
std::atomic<bool> sizeChanged{false};
std::atomic<int> sentSignal{0};
static_assert(std::atomic<bool>::is_always_lock_free && std::atomic<int>::is_always_lock_free,
              "a signal handler may only touch lock-free atomics");

extern "C" void requestEnd(int signal, siginfo_t* info, void*) {
    endRequested.store(true, std::memory_order_relaxed);
    // The terminal sends it to everybody in the foreground, so that a program that we run has it already.
    if (info->si_code != SI_KERNEL) sentSignal.store(signal, std::memory_order_relaxed);
}

extern "C" void noteResizing(int) { sizeChanged.store(true, std::memory_order_relaxed); }

sigset_t ignoredByUsOnly;  // written once, before other threads start

void handleEnd(int signal) {
    struct sigaction action {};
    action.sa_sigaction = requestEnd;
    action.sa_flags = SA_SIGINFO;  // without SA_RESTART, as below
    ::sigemptyset(&action.sa_mask);
    ::sigaction(signal, &action, nullptr);
}

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
        if (!isIgnored(signal)) handleEnd(signal);  // whoever started us decided so
    }
    ::sigemptyset(&ignoredByUsOnly);
    for (const int signal : {SIGPIPE, SIGXFSZ}) {
        if (!isIgnored(signal)) ::sigaddset(&ignoredByUsOnly, signal);
        handle(signal, SIG_IGN);
    }
    workbench::installBusGuard();
}

bool interrupted() noexcept { return endRequested.load(std::memory_order_relaxed); }

int signalToPassOn() noexcept { return sentSignal.exchange(0, std::memory_order_relaxed); }

sigset_t signalsToRestore() noexcept { return ignoredByUsOnly; }

void watchForResizing() { handle(SIGWINCH, noteResizing); }

bool resized() noexcept { return sizeChanged.exchange(false, std::memory_order_relaxed); }

}  // namespace cli
