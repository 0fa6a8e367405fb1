#include "cli/stopping.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <string_view>
#include <utility>

#include "cli/waiting.hpp"
#include "values/itemtext.hpp"

namespace cli {
namespace {

constexpr std::chrono::seconds longestStopping{1};
constexpr std::chrono::microseconds betweenLooks{50};

// glibc's own declarations of these two are not usable from C++ everywhere.
int openProcess(std::uint32_t pid) noexcept { return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)); }

bool sendStop(int process) noexcept { return ::syscall(SYS_pidfd_send_signal, process, SIGSTOP, nullptr, 0) == 0; }

class Descriptor {
public:
    explicit Descriptor(int number) noexcept : m_number{number} {}
    Descriptor(Descriptor&& other) noexcept : m_number{std::exchange(other.m_number, -1)} {}
    Descriptor& operator=(Descriptor&&) = delete;
    ~Descriptor() {
        if (m_number >= 0) ::close(m_number);
    }
    int number() const noexcept { return m_number; }

private:
    int m_number;
};

/// What /proc/PID/stat says; state 0 if there is no such process.
struct ProcessStatus {
    char state = 0;
    std::uint64_t startTime = 0;
};

ProcessStatus statusOf(std::uint32_t pid) {
    const Descriptor file{::open(fmt::format("/proc/{}/stat", pid).c_str(), O_RDONLY | O_CLOEXEC)};
    std::array<char, 1024> bytes;
    const ssize_t got = file.number() < 0 ? -1 : ::read(file.number(), bytes.data(), bytes.size());
    if (got <= 0) return {};
    std::string_view line{bytes.data(), static_cast<std::size_t>(got)};
    // The command's name, in parentheses, may hold anything: what follows the last one begins with the state, field 3.
    const auto end = line.rfind(')');
    if (end == std::string_view::npos || end + 2 >= line.size()) return {};
    line.remove_prefix(end + 2);
    ProcessStatus status{line[0], 0};
    for (int field = 3; field < 22; ++field) {
        const auto blank = line.find(' ');
        if (blank == std::string_view::npos) return {};
        line.remove_prefix(blank + 1);
    }
    std::from_chars(line.data(), line.data() + line.size(), status.startTime);
    return status;
}

/// Why it must not be stopped; `process` is a descriptor of it, or -1 with the reason in `code`.
std::string refusalOf(const StopTarget& target, int process, int code) {
    if (target.pid == static_cast<std::uint32_t>(::getpid())) return "is this very command";
    if (process < 0 && code == ESRCH) return "is gone, or lives in another pid namespace";
    if (process < 0) return fmt::format("cannot be stopped safely: {}", std::strerror(code));
    // Looked up after the descriptor was opened: if the number is another one's by now, so is the start time.
    const ProcessStatus status = statusOf(target.pid);
    if (status.state == 0) return "is gone, or /proc does not show it";
    if (status.startTime != target.startTime || target.startTime == 0) {
        return "is not the one that attached: its number was used again, or that one lives in another pid namespace";
    }
    struct stat owner {};
    if (::stat(fmt::format("/proc/{}", target.pid).c_str(), &owner) != 0) return "is gone";
    if (owner.st_uid != ::geteuid()) return fmt::format("belongs to another user (uid {})", owner.st_uid);
    return {};
}

std::string whyItDoesNotStand(char state, std::uint32_t pid) {
    if (state == 0 || state == 'Z' || state == 'X') return "ended before it stood still";
    return fmt::format(
        "was told to stop, but did not stand still within {} s (its state is {}); should it stop later, kill -CONT {} "
        "lets it go on",
        longestStopping.count(), state, pid);
}

std::string roleOf(const shared_cbuff::ReaderSample& reader) {
    const std::string label = workbench::printableText(reader.label());
    return label.empty() ? fmt::format("the reader in slot {}", reader.slot) : "reader " + label;
}

}  // namespace

std::vector<StopTarget> stopTargets(const shared_cbuff::Sample& sample, StopWhom whom) {
    std::vector<StopTarget> targets;
    const auto add = [&](std::uint32_t pid, std::uint64_t startTime, const std::string& role) {
        const auto known = std::ranges::find(targets, pid, &StopTarget::pid);
        if (known != targets.end() && pid != 0) {
            known->role += ", " + role;
        } else {
            targets.push_back({pid, startTime, role});
        }
    };
    if (whom != StopWhom::readers && sample.writer.state == shared_cbuff::WriterState::alive) {
        add(sample.writer.pid, sample.writer.start_time, "the writer");
    }
    for (const auto& reader : sample.readers) {
        if (whom == StopWhom::writer || reader.state != shared_cbuff::ReaderState::alive) continue;
        add(reader.pid, reader.start_time, roleOf(reader));
    }
    return targets;
}

std::vector<Stopped> stopAll(const std::vector<StopTarget>& targets) {
    std::vector<Stopped> all;
    for (const StopTarget& target : targets) {
        Stopped stopped{target, {}, {}};
        if (target.pid == 0) {
            stopped.refusal = "does not say which process it is";
        } else {
            const Descriptor process{openProcess(target.pid)};
            stopped.refusal = refusalOf(target, process.number(), errno);
            if (stopped.refusal.empty() && !sendStop(process.number())) {
                stopped.refusal = fmt::format("could not be stopped: {}", std::strerror(errno));
            }
        }
        stopped.at = Clock::now();
        all.push_back(std::move(stopped));
    }
    // The signal is sent; when it has arrived, the state says so.
    const auto deadline = Clock::now() + longestStopping;
    for (Stopped& stopped : all) {
        if (!stopped.refusal.empty()) continue;
        const auto state = [&] { return statusOf(stopped.target.pid).state; };
        const auto isDecided = [](char letter) {
            return letter == 0 || std::string_view{"tTZX"}.find(letter) != std::string_view::npos;
        };
        char latest = state();
        for (; !isDecided(latest) && Clock::now() < deadline; latest = state()) waitUntil(Clock::now() + betweenLooks);
        stopped.at = Clock::now();
        if (latest != 'T' && latest != 't') stopped.refusal = whyItDoesNotStand(latest, stopped.target.pid);
    }
    return all;
}

}  // namespace cli
