#pragma once
// Attaching to the buffer that a command line names, also to one that does not exist yet.
// Thread contract: belongs to the thread that runs the command; a signal ends a wait.

#include <stdexcept>

#include "cli/command.hpp"
#include "cli/ending.hpp"
#include "cli/waiting.hpp"
#include "shared_cbuff/errors.hpp"
#include "shared_cbuff/observer.hpp"

namespace cli {

/// The command ended before it was attached, with an exit status of its own.
class EndedEarly : public std::runtime_error {
public:
    explicit EndedEarly(Ending ending) : std::runtime_error{ending.message}, m_ending{std::move(ending)} {}
    const Ending& ending() const noexcept { return m_ending; }

private:
    Ending m_ending;
};

/// The patience of --wait.
class NameWait {
public:
    explicit NameWait(const BufferTarget& target);

    /// To be called while what attaching threw is handled. Sleeps if --wait was given and the buffer may still come:
    /// no segment bears the name, or an empty one, as it is while another program makes it, or one whose maker has not
    /// let go of the writer role yet. Else throws on what is handled, or EndedEarly: interrupted by a signal, out of
    /// time.
    void pass();

private:
    bool mayStillCome();

    const BufferTarget& m_target;
    Clock::time_point m_start;
    Clock::time_point m_deadline;
};

/// What `attach` returns, called anew until the buffer is there, if the target says --wait. Throws as `attach` and
/// NameWait do.
template <class Attach>
auto attachAwaited(const BufferTarget& target, Attach attach) {
    NameWait wait{target};
    for (;;) {
        try {
            return attach();
        } catch (const shared_cbuff::CBuffException&) {
            wait.pass();
        }
    }
}

shared_cbuff::Observer attachObserver(const BufferTarget& target);

struct AwaitedObserver {
    shared_cbuff::Observer observer;
    bool isOfNewBuffer = false;  ///< it was not there at first: all that it counts was counted since
};
AwaitedObserver awaitObserver(const BufferTarget& target,
                              std::chrono::nanoseconds liveness = std::chrono::milliseconds{100});

/// The same for commands that also look into a copy in a file: of the file, if the target means one. Throws Refusal for
/// a recording.
shared_cbuff::Observer observe(const BufferTarget& target);

}  // namespace cli
