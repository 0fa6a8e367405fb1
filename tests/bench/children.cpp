#include "children.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <utility>

#include "sides.hpp"

namespace bench {
namespace {

/// `work` never returns. A measurement that is interrupted leaves nothing behind.
::pid_t fork_for(const std::function<void()>& work) {
    const ::pid_t pid = ::fork();
    if (pid < 0) fail("no process for something else");
    if (pid == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        work();
        ::_exit(1);
    }
    return pid;
}

void kill_and_reap(::pid_t pid) {
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
}

void stop_process(::pid_t pid, bool& stopped) {
    if (std::exchange(stopped, true)) return;
    ::kill(pid, SIGSTOP);
    ::waitpid(pid, nullptr, WUNTRACED);
}

void let_go_on(::pid_t pid, bool& stopped) {
    if (std::exchange(stopped, false)) ::kill(pid, SIGCONT);
}

[[noreturn]] void keep_busy(Core core) {
    pin_to(core);
    while (true) asm volatile("");
}

double seconds(const ::timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

}  // namespace

EndlessProcess::EndlessProcess(const std::function<void()>& work) : pid_{fork_for(work)} {}

EndlessProcess::~EndlessProcess() { kill_and_reap(pid_); }

void EndlessProcess::stop() { stop_process(pid_, stopped_); }

void EndlessProcess::go_on() { let_go_on(pid_, stopped_); }

BusyLoops::BusyLoops() : first_{[] { keep_busy(Core::first); }}, second_{[] { keep_busy(Core::second); }} {}

Program::Program(const std::vector<std::string>& command)
    : pid_{fork_for([&] {
          unpin();
          std::vector<char*> arguments;
          for (const std::string& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
          arguments.push_back(nullptr);
          ::execv(arguments.front(), arguments.data());
      })} {}

Program::~Program() {
    if (pid_ > 0) kill_and_reap(pid_);
}

void Program::stop() { stop_process(pid_, stopped_); }

void Program::go_on() { let_go_on(pid_, stopped_); }

double Program::end() {
    go_on();
    ::kill(pid_, SIGTERM);
    int status = 0;
    ::rusage usage{};
    if (::wait4(std::exchange(pid_, -1), &status, 0, &usage) < 0 || status != 0) fail("a program under test failed");
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace bench
