#pragma once
// The real cbuff as a child process: lines to its stdin, lines from its stdout, all of its stderr, its exit status.
// Thread contract: an object belongs to one thread.

#include <sys/types.h>

#include <QJsonObject>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "test_support/eventually.hpp"

namespace cli_tests {

/// How a program ended. `status` is the exit status, or minus the signal that killed it.
struct Result {
    int status = 0;
    std::string out;
    std::string err;
};

class Program {
public:
    /// `prepare` runs in the child when its streams are in place, just before it becomes the program.
    explicit Program(const std::vector<std::string>& arguments, const std::function<void()>& prepare = {});
    Program(const Program&) = delete;
    Program& operator=(const Program&) = delete;
    /// Kills and reaps.
    ~Program();

    pid_t pid() const noexcept { return m_pid; }
    void write(std::string_view text);
    void closeInput();
    void closeOutput();
    void signal(int number) const;
    /// The next line of stdout, without its line feed; nothing at its end or after `timeout`.
    std::optional<std::string> line(std::chrono::milliseconds timeout = test_support::patience);
    /// The next line of stdout as an object; empty if there is none.
    QJsonObject object();
    /// The next object whose "event" is this one; those before it are passed over. Empty if none comes.
    QJsonObject event(std::string_view name);
    /// Closes stdin, and waits for the end. What line() has not taken is in `out`. Status -SIGKILL, after killing it,
    /// if it does not end in time.
    Result finish(std::chrono::milliseconds timeout = test_support::patience);
    std::string errors() const;
    /// Whether it has ended, by itself or by a signal.
    bool hasEnded();
    /// How often it has gone to sleep of its own will; nothing once it has ended.
    std::optional<int> sleeps() const;

private:
    bool readMore(std::chrono::milliseconds timeout);
    void reap(std::chrono::milliseconds timeout);

    pid_t m_pid = -1;
    int m_input = -1;
    int m_output = -1;
    int m_errors = -1;  // a nameless file
    std::string m_buffer;
    std::optional<int> m_status;
};

/// Runs it to its end.
Result run(const std::vector<std::string>& arguments, std::string_view input = {},
           const std::function<void()>& prepare = {});

}  // namespace cli_tests
