#include "test_support/child_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <exception>
#include <system_error>

#if defined(CBUFF_COVERAGE)
extern "C" void __gcov_dump();  // <gcov.h> declares it without C linkage
#endif

namespace test_support {
namespace {

using Clock = std::chrono::steady_clock;

std::array<int, 2> make_pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::system_error{errno, std::generic_category(), "pipe2"};
    return ends;
}

[[noreturn]] void run_child(Channel& channel, const std::function<int(Channel&)>& body) {
    int code = 99;
    try {
        code = body(channel);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "child %d: %s\n", ::getpid(), error.what());
    }
    std::fflush(nullptr);
#if defined(CBUFF_COVERAGE)
    __gcov_dump();  // _exit would lose what this child has counted
#endif
    ::_exit(code);
}

}  // namespace

// ---- Channel

Channel::~Channel() {
    ::close(read_);
    ::close(write_);
}

bool Channel::send(std::string_view line) {
    std::string text{line};
    text += '\n';
    for (std::size_t sent = 0; sent < text.size();) {
        const ssize_t written = ::write(write_, text.data() + sent, text.size() - sent);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return false;
        sent += static_cast<std::size_t>(written);
    }
    return true;
}

std::optional<std::string> Channel::receive(std::chrono::milliseconds timeout) {
    const auto deadline = Clock::now() + timeout;
    for (;;) {
        if (const auto end = buffered_.find('\n'); end != std::string::npos) {
            std::string line = buffered_.substr(0, end);
            buffered_.erase(0, end + 1);
            return line;
        }
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
        pollfd waiting{read_, POLLIN, 0};
        const int ready = ::poll(&waiting, 1, static_cast<int>(std::max<decltype(left)>(left, 0)));
        if (ready < 0 && errno == EINTR) continue;
        if (ready <= 0) return std::nullopt;
        std::array<char, 512> chunk;
        const ssize_t got = ::read(read_, chunk.data(), chunk.size());
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return std::nullopt;
        buffered_.append(chunk.data(), static_cast<std::size_t>(got));
    }
}

bool Channel::expect(std::string_view line, std::chrono::milliseconds timeout) {
    const auto got = receive(timeout);
    if (got != line) {
        std::fprintf(stderr, "expected \"%.*s\", got %s\n", static_cast<int>(line.size()), line.data(),
                     got ? ("\"" + *got + "\"").c_str() : "nothing");
    }
    return got == line;
}

void Channel::become_standard_streams() const {
    ::dup2(read_, STDIN_FILENO);
    ::dup2(write_, STDOUT_FILENO);
}

// ---- ChildProcess

ChildProcess::ChildProcess(const std::function<int(Channel&)>& body) {
    ::signal(SIGPIPE, SIG_IGN);  // a dead child is an answer of send(), not the end of the test program
    std::fflush(nullptr);        // or the child would print what the parent has buffered once more
    const auto to_child = make_pipe();
    const auto to_parent = make_pipe();
    const pid_t parent = ::getpid();
    pid_ = ::fork();
    if (pid_ < 0) throw std::system_error{errno, std::generic_category(), "fork"};
    if (pid_ == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // a test program that is killed leaves no children
        if (::getppid() != parent) ::_exit(98);
        ::close(to_child[1]);
        ::close(to_parent[0]);
        Channel channel{to_child[0], to_parent[1]};
        run_child(channel, body);
    }
    ::close(to_child[0]);
    ::close(to_parent[1]);
    channel_.emplace(to_parent[0], to_child[1]);
}

ChildProcess::~ChildProcess() {
    if (!exit_) kill();
}

void ChildProcess::signal(int number) const {
    if (!exit_) ::kill(pid_, number);
}

void ChildProcess::kill() {
    signal(SIGKILL);
    static_cast<void>(wait());
}

void ChildProcess::stop() const {
    signal(SIGSTOP);
    siginfo_t info{};
    while (::waitid(P_PID, static_cast<id_t>(pid_), &info, WSTOPPED | WEXITED | WNOWAIT) != 0 && errno == EINTR) {
    }
}

void ChildProcess::resume() const { signal(SIGCONT); }

std::optional<Exit> ChildProcess::wait(std::chrono::milliseconds timeout) {
    const auto reaped = [this] {
        int status = 0;
        if (exit_) return true;
        const pid_t done = ::waitpid(pid_, &status, WNOHANG);
        if (done == pid_ && WIFEXITED(status)) exit_ = Exit{WEXITSTATUS(status), std::nullopt};
        if (done == pid_ && WIFSIGNALED(status)) exit_ = Exit{std::nullopt, WTERMSIG(status)};
        return exit_.has_value();
    };
    static_cast<void>(eventually(reaped, timeout));
    return exit_;
}

int exit_code_of(const std::function<int(Channel&)>& body) {
    ChildProcess child{body};
    const auto exit = child.wait();
    return exit && exit->code ? *exit->code : -1;
}

}  // namespace test_support
