#include "cli/execute.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "cli/signals.hpp"
#include "cli/waiting.hpp"
#include "values/itemtext.hpp"
#include "values/standardstreams.hpp"

namespace cli {
namespace {

/// An error number, or 0 with `pid`.
int spawn(const std::vector<std::string>& command, Chatter chatter, pid_t& pid) {
    std::vector<std::string> words = command;
    std::vector<char*> pointers;
    for (std::string& word : words) pointers.push_back(word.data());
    pointers.push_back(nullptr);
    posix_spawnattr_t attributes;
    ::posix_spawnattr_init(&attributes);
    const sigset_t defaults = signalsToRestore();
    ::posix_spawnattr_setsigdefault(&attributes, &defaults);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
    posix_spawn_file_actions_t streams;
    ::posix_spawn_file_actions_init(&streams);
    if (chatter == Chatter::toStderr) {
        ::posix_spawn_file_actions_adddup2(&streams, STDERR_FILENO, STDOUT_FILENO);
    }
    workbench::restoreDescriptorLimit();
    const int code = ::posix_spawnp(&pid, pointers[0], &streams, &attributes, pointers.data(), environ);
    workbench::raiseDescriptorLimit();
    ::posix_spawn_file_actions_destroy(&streams);
    ::posix_spawnattr_destroy(&attributes);
    return code;
}

/// Its wait status; nothing if somebody else reaps our children, as with SIGCHLD ignored.
std::optional<int> waitFor(pid_t pid) {
    // Readable when it ends; without it the end is noticed a little later.
    const int process = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
    int status = 0;
    pid_t ended = 0;
    while ((ended = ::waitpid(pid, &status, WNOHANG)) == 0) {
        if (const int signal = signalToPassOn(); signal != 0) ::kill(pid, signal);
        waitUntil(Clock::now() + longestWait, process);
    }
    if (process >= 0) ::close(process);
    return ended == pid ? std::optional{status} : std::nullopt;
}

}  // namespace

Ran execute(const std::vector<std::string>& command, Chatter chatter) {
    const std::string name = workbench::printableText(command[0]);
    pid_t pid = 0;
    if (const int code = spawn(command, chatter, pid); code != 0) {
        return {fmt::format("could not run {}: {}", name, std::strerror(code)), std::nullopt};
    }
    const auto status = waitFor(pid);
    if (!status) return {fmt::format("{} ended with a status that was not told", name), std::nullopt};
    if (!WIFEXITED(*status)) return {fmt::format("{} was ended by signal {}", name, WTERMSIG(*status)), std::nullopt};
    return {fmt::format("{} ended with status {}", name, WEXITSTATUS(*status)), WEXITSTATUS(*status)};
}

}  // namespace cli
