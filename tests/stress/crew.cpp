#include "crew.hpp"

#include <signal.h>
#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>
#include <system_error>

namespace stress {
namespace {

using test_support::ChildProcess;
using test_support::Exit;

std::atomic<bool> interrupted{false};  // the one thing a signal handler can reach

extern "C" void note_interrupt(int) { interrupted.store(true, std::memory_order_relaxed); }

void fail(Seat& seat, std::string_view message) {
    const std::size_t size = std::min(message.size(), seat.message.size() - 1);
    std::memcpy(seat.message.data(), message.data(), size);
    seat.failed.store(true, std::memory_order_release);  // after the message
}

int run(Board& board, Seat& seat, const Crew::Body& body) {
    // The terminal's interrupt goes to the whole group: it is the parent's business, and the parent takes us along.
    ::signal(SIGINT, SIG_IGN);
    ::signal(SIGTERM, SIG_DFL);
    try {
        body(board, seat);
        return 0;
    } catch (const std::exception& error) {
        fail(seat, error.what());
    }
    return 1;
}

}  // namespace

Crew::Crew() {
    void* const memory = ::mmap(nullptr, sizeof(Board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw std::system_error{errno, std::generic_category(), "mmap"};
    board_ = new (memory) Board;
}

Crew::~Crew() {
    for (Member& member : members_) member.process.reset();
    ::munmap(board_, sizeof(Board));
}

void Crew::start(std::size_t index, std::string title, Body body) {
    Seat* const seat = new (&board_->seats[index]) Seat;
    seat->beat();
    members_[index].title = std::move(title);
    members_[index].process = std::make_unique<ChildProcess>(
        [board = board_, seat, body = std::move(body)](test_support::Channel&) { return run(*board, *seat, body); });
}

void Crew::kill(std::size_t index) {
    members_[index].process->kill();
    members_[index].process.reset();
}

void Crew::check_exit(std::size_t index, const Exit& exit) {
    const Seat& seat = board_->seats[index];
    const std::string& title = members_[index].title;
    if (seat.failed.load(std::memory_order_acquire)) throw Violation{title + ": " + seat.message.data()};
    if (exit.signal) throw Violation{title + " was killed by signal " + std::to_string(*exit.signal)};
    if (exit.code != 0) throw Violation{title + " ended with exit code " + std::to_string(*exit.code)};
}

void Crew::finish(std::size_t index) {
    wait_until([&] { return ended(index).has_value(); }, "end of " + members_[index].title);
}

std::optional<Exit> Crew::ended(std::size_t index) {
    const auto exit = ended_or_bus_error(index);
    if (exit) check_exit(index, *exit);
    return exit;
}

std::optional<Exit> Crew::ended_or_bus_error(std::size_t index) {
    Member& member = members_[index];
    if (!member.process) return Exit{0, std::nullopt};
    const auto exit = member.process->wait(std::chrono::milliseconds{0});
    if (!exit) return std::nullopt;
    member.process.reset();
    if (exit->signal != SIGBUS) check_exit(index, *exit);
    return exit;
}

void Crew::check() {
    check_interrupts();
    for (std::size_t index = 0; index < members_.size(); ++index) static_cast<void>(ended(index));
}

void Crew::check_heartbeats() {
    for (std::size_t index = 0; index < members_.size(); ++index) {
        if (!members_[index].process) continue;
        const Clock::duration last{board_->seats[index].heartbeat.load(std::memory_order_relaxed)};
        demand(Clock::now().time_since_epoch() - last < longest_standstill, [&] {
            return members_[index].title + " is stuck since " + seconds(longest_standstill) + " (stage " +
                   std::to_string(board_->seats[index].stage.load()) + ")";
        });
    }
}

std::string Crew::seconds(std::chrono::nanoseconds time) {
    return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(time).count()) + " ms";
}

void catch_interrupts() {
    ::signal(SIGINT, note_interrupt);
    ::signal(SIGTERM, note_interrupt);
}

void check_interrupts() {
    if (interrupted.load(std::memory_order_relaxed)) throw Interrupted{};
}

}  // namespace stress
