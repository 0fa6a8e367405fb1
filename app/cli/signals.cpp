#include "cli/signals.hpp"

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <string_view>

namespace cli {
namespace {

std::atomic<bool> endRequested{false};  // the only things a signal handler can reach
std::atomic<bool> sizeChanged{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler may only touch lock-free atomics");

extern "C" void requestEnd(int) { endRequested.store(true, std::memory_order_relaxed); }

extern "C" void noteResizing(int) { sizeChanged.store(true, std::memory_order_relaxed); }

extern "C" void reportTruncation(int) {
    constexpr std::string_view sentence =
        "cbuff: the segment was truncated by another process; its items are gone, remove the buffer with `cbuff rm`\n";
    // Nothing more can be done if this write fails, and only async-signal-safe calls are allowed here.
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, sentence.data(), sentence.size());
    ::_exit(1);
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
    handle(SIGINT, requestEnd);
    handle(SIGTERM, requestEnd);
    if (!isIgnored(SIGHUP)) handle(SIGHUP, requestEnd);
    handle(SIGPIPE, SIG_IGN);
    handle(SIGBUS, reportTruncation);
}

bool interrupted() noexcept { return endRequested.load(std::memory_order_relaxed); }

void watchForResizing() { handle(SIGWINCH, noteResizing); }

bool resized() noexcept { return sizeChanged.exchange(false, std::memory_order_relaxed); }

}  // namespace cli
