#pragma once
// The processes of one case: a board of shared memory that they report on, and a parent that notices at once when one
// fails, dies or stands still.
// Thread contract: a Crew belongs to one thread; a seat is written by the child that sits on it, the board's phase by
// the parent.

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "test_support/child_process.hpp"
#include "violation.hpp"

namespace stress {

using Clock = std::chrono::steady_clock;

/// Nobody stands still for so long, however busy the machine is: who does hangs.
inline constexpr std::chrono::seconds longest_standstill{60};
/// What may take many turns of many processes.
inline constexpr std::chrono::minutes longest_case{5};

/// What one child tells. Plain counts: they may be read at any time, also after the child was killed. `attempt` is
/// raised before a call and cleared after `count` was: a killed child has moved between count and count + attempt
/// items.
struct Seat {
    std::atomic<std::int64_t> heartbeat{0};  // Clock's nanoseconds
    std::atomic<std::uint32_t> stage{0};     // how far the child has come; each section has its own stages
    std::atomic<bool> failed{false};
    std::atomic<std::uint64_t> count{0};  // items popped in this session, or pushed since the first item ever
    std::atomic<std::uint64_t> attempt{0};
    std::atomic<std::uint64_t> lost{0};
    std::atomic<std::uint64_t> overruns{0};
    std::atomic<std::uint64_t> underflows{0};
    std::atomic<std::uint64_t> high_water{0};
    std::atomic<std::uint64_t> usage{0};
    std::atomic<std::uint64_t> rejected{0};
    std::atomic<std::uint64_t> start{0};
    std::atomic<std::uint64_t> generation{0};
    std::atomic<std::uint64_t> epoch{0};
    std::atomic<std::int64_t> slot{-1};          // of a registered reader
    std::atomic<std::uint64_t> total_popped{0};  // over all sessions
    std::atomic<std::uint64_t> total_lost{0};
    std::atomic<std::uint64_t> total_overruns{0};
    std::atomic<std::uint64_t> moved{0};   // items, where nothing more exact can be told
    std::atomic<std::uint64_t> marker{0};  // the board's marker when it attached
    std::array<char, 600> message{};       // why it failed

    void beat() noexcept { heartbeat.store(Clock::now().time_since_epoch().count(), std::memory_order_relaxed); }
};

inline constexpr std::size_t most_seats = 16;

struct Board {
    std::atomic<std::uint32_t> phase{0};   // what the parent wants; each section has its own phases
    std::atomic<std::uint64_t> marker{0};  // counts what the parent did to the segment
    std::array<Seat, most_seats> seats;
};

class Crew {
public:
    using Body = std::function<void(Board&, Seat&)>;

    Crew();
    Crew(const Crew&) = delete;
    Crew& operator=(const Crew&) = delete;
    ~Crew();  ///< kills and reaps

    Board& board() noexcept { return *board_; }
    Seat& seat(std::size_t index) noexcept { return board_->seats[index]; }

    /// Forks a child onto seat `index`, which is wiped. A Violation or exception in it is its message.
    void start(std::size_t index, std::string title, Body body);
    bool runs(std::size_t index) const noexcept { return members_[index].process != nullptr; }
    test_support::ChildProcess& process(std::size_t index) { return *members_[index].process; }
    /// SIGKILL; the seat keeps what it told.
    void kill(std::size_t index);
    /// Reaps a child that must end by itself in time, with exit code 0.
    void finish(std::size_t index);
    /// How a child ended, if it has; it is reaped then, and its failure thrown.
    std::optional<test_support::Exit> ended(std::size_t index);
    /// The same, but a child killed by SIGBUS is for the caller to judge.
    std::optional<test_support::Exit> ended_or_bus_error(std::size_t index);

    /// Waits until `predicate` holds. Throws Violation "no `what` within `limit`" if it does not, or what a child says.
    template <class Predicate>
    void wait_until(Predicate&& predicate, std::string_view what, std::chrono::nanoseconds limit = longest_standstill) {
        const bool done = test_support::eventually(
            [&] {
                check();
                return predicate();
            },
            std::chrono::ceil<std::chrono::milliseconds>(limit));
        demand(done, [&] { return "no " + std::string{what} + " within " + seconds(limit); });
    }
    /// Reaps who has ended. Throws what a failed child says, or how it died, and Interrupted.
    void check();
    /// Throws if a running child's last heartbeat is too old.
    void check_heartbeats();

private:
    struct Member {
        std::string title;
        std::unique_ptr<test_support::ChildProcess> process;
    };

    static std::string seconds(std::chrono::nanoseconds time);
    void check_exit(std::size_t index, const test_support::Exit& exit);

    Board* board_;
    std::array<Member, most_seats> members_;
};

/// Waits for `condition` in a child, beating; throws Violation when the parent is that late.
template <class Condition>
void wait_in_child(Seat& seat, Condition&& condition) {
    const bool came = test_support::eventually(
        [&] {
            seat.beat();
            return condition();
        },
        2 * longest_case);
    demand(came, "the parent did not go on");
}

/// From now on SIGINT and SIGTERM end the program in order: what they interrupt throws Interrupted.
void catch_interrupts();
void check_interrupts();

}  // namespace stress
