#pragma once
// Processes beside a measurement: such that do something for ever, and programs.
// Thread contract: from the main thread, while no other thread runs.

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

namespace bench {

/// A process that does something for ever, until it is destroyed; it can be stopped meanwhile.
class EndlessProcess {
public:
    explicit EndlessProcess(const std::function<void()>& work);
    EndlessProcess(const EndlessProcess&) = delete;
    EndlessProcess& operator=(const EndlessProcess&) = delete;
    ~EndlessProcess();
    /// Returns when the process has been stopped, not only told to.
    void stop();
    void go_on();

private:
    ::pid_t pid_;
    bool stopped_ = false;
};

/// A loop on each of two cores, for as long as this lives.
class BusyLoops {
public:
    BusyLoops();

private:
    EndlessProcess first_, second_;
};

/// Another program, killed if it was not ended.
class Program {
public:
    /// Its path first. On all cores that this program was given.
    explicit Program(const std::vector<std::string>& command);
    Program(const Program&) = delete;
    Program& operator=(const Program&) = delete;
    ~Program();
    /// As those of EndlessProcess.
    void stop();
    void go_on();
    /// SIGTERM, and waits for its end. Returns the processor time it took, seconds. Ends this program if it failed.
    double end();

private:
    ::pid_t pid_;
    bool stopped_ = false;
};

}  // namespace bench
