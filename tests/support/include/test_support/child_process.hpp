#pragma once
// A forked child that runs a function, talks with its parent in lines, and never outlives the test.
// Thread contract: an object belongs to one thread; fork only while no other thread runs.

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "test_support/eventually.hpp"

namespace test_support {

/// One end of a two-way pipe between parent and child. Messages are lines.
class Channel {
public:
    Channel(int read_descriptor, int write_descriptor) noexcept : read_{read_descriptor}, write_{write_descriptor} {}
    Channel(const Channel&) = delete;
    Channel& operator=(const Channel&) = delete;
    ~Channel();

    /// False if the other end is gone.
    bool send(std::string_view line);
    /// The next line; nothing at the other's end or after `timeout`.
    std::optional<std::string> receive(std::chrono::milliseconds timeout = patience);
    /// Whether the next line is `line`: a barrier when both sides know what is said.
    [[nodiscard]] bool expect(std::string_view line, std::chrono::milliseconds timeout = patience);
    /// In a child that is about to exec: makes this end its stdin and stdout.
    void become_standard_streams() const;

private:
    int read_;
    int write_;
    std::string buffered_;
};

/// How a child ended.
struct Exit {
    std::optional<int> code;    ///< of exit or _exit
    std::optional<int> signal;  ///< that killed it
    friend bool operator==(const Exit&, const Exit&) = default;
};

class ChildProcess {
public:
    /// Forks and runs `body` in the child; what it returns is the exit code, by _exit: no destructors of the parent's
    /// objects, no atexit. A body that wants these calls std::exit itself. Escaping exceptions print and exit 99.
    explicit ChildProcess(const std::function<int(Channel&)>& body);
    ChildProcess(const ChildProcess&) = delete;
    ChildProcess& operator=(const ChildProcess&) = delete;
    /// Kills and reaps.
    ~ChildProcess();

    pid_t pid() const noexcept { return pid_; }
    Channel& channel() noexcept { return *channel_; }
    void signal(int number) const;
    /// SIGKILL, and waits until the kernel has let go of everything it held.
    void kill();
    /// SIGSTOP, and waits until it stands still.
    void stop() const;
    void resume() const;
    /// How it ended; nothing if it still runs after `timeout`.
    std::optional<Exit> wait(std::chrono::milliseconds timeout = patience);

private:
    pid_t pid_ = -1;
    std::optional<Channel> channel_;
    std::optional<Exit> exit_;
};

/// What a child that ran `body` exited with; -1 if it was killed or did not end.
int exit_code_of(const std::function<int(Channel&)>& body);

}  // namespace test_support
