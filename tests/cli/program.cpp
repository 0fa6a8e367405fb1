#include "program.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <QJsonDocument>
#include <array>
#include <cerrno>
#include <fstream>
#include <stdexcept>
#include <utility>

namespace cli_tests {
namespace {

constexpr std::string_view program = CBUFF_PROGRAM;

void closeOnce(int& descriptor) {
    if (descriptor >= 0) ::close(std::exchange(descriptor, -1));
}

std::array<int, 2> makePipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error{"no pipe"};
    return ends;
}

}  // namespace

Program::Program(const std::vector<std::string>& arguments, const std::function<void()>& prepare) {
    ::signal(SIGPIPE, SIG_IGN);  // writing to a program that has ended is no reason for the tests to die
    const auto input = makePipe();
    const auto output = makePipe();
    m_errors = ::memfd_create("errors", MFD_CLOEXEC);
    std::vector<std::string> words{std::string{program}};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char*> pointers;
    for (std::string& word : words) pointers.push_back(word.data());
    pointers.push_back(nullptr);
    m_pid = ::fork();
    if (m_pid == 0) {
        ::signal(SIGPIPE, SIG_DFL);
        ::dup2(input[0], STDIN_FILENO);
        ::dup2(output[1], STDOUT_FILENO);
        ::dup2(m_errors, STDERR_FILENO);
        if (prepare) prepare();
        ::execv(pointers[0], pointers.data());
        ::_exit(127);
    }
    ::close(input[0]);
    ::close(output[1]);
    m_input = input[1];
    m_output = output[0];
}

Program::~Program() {
    if (!m_status) reap(std::chrono::milliseconds{0});
    closeOnce(m_input);
    closeOnce(m_output);
    closeOnce(m_errors);
}

void Program::write(std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = ::write(m_input, text.data(), text.size());
        if (written < 0) return;  // it has ended, which its status tells
        text.remove_prefix(static_cast<std::size_t>(written));
    }
}

void Program::closeInput() { closeOnce(m_input); }

void Program::closeOutput() { closeOnce(m_output); }

void Program::signal(int number) const { ::kill(m_pid, number); }

bool Program::readMore(std::chrono::milliseconds timeout) {
    pollfd watched{.fd = m_output, .events = POLLIN, .revents = 0};
    if (m_output < 0 || ::poll(&watched, 1, static_cast<int>(timeout.count())) <= 0) return false;
    std::array<char, 4096> bytes;
    const ssize_t got = ::read(m_output, bytes.data(), bytes.size());
    if (got <= 0) return false;
    m_buffer.append(bytes.data(), static_cast<std::size_t>(got));
    return true;
}

std::optional<std::string> Program::line(std::chrono::milliseconds timeout) {
    for (;;) {
        if (const auto feed = m_buffer.find('\n'); feed != std::string::npos) {
            std::string found = m_buffer.substr(0, feed);
            m_buffer.erase(0, feed + 1);
            return found;
        }
        if (!readMore(timeout)) return std::nullopt;
    }
}

QJsonObject Program::object() {
    const auto text = line();
    return text ? QJsonDocument::fromJson(QByteArray::fromStdString(*text)).object() : QJsonObject{};
}

QJsonObject Program::event(std::string_view name) {
    const auto wanted = QString::fromUtf8(name.data(), static_cast<qsizetype>(name.size()));
    const auto deadline = std::chrono::steady_clock::now() + test_support::patience;
    while (std::chrono::steady_clock::now() < deadline) {
        QJsonObject found = object();
        if (found.isEmpty() || found[QStringLiteral("event")].toString() == wanted) return found;
    }
    return {};  // it reports for ever, but not this
}

void Program::reap(std::chrono::milliseconds timeout) {
    int status = 0;
    const auto ended = [&] { return ::waitpid(m_pid, &status, WNOHANG) == m_pid; };
    if (!test_support::eventually(ended, timeout)) {
        ::kill(m_pid, SIGKILL);
        ::waitpid(m_pid, &status, 0);
    }
    m_status = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

Result Program::finish(std::chrono::milliseconds timeout) {
    closeInput();
    const auto deadline = std::chrono::steady_clock::now() + timeout;
    while (std::chrono::steady_clock::now() < deadline && readMore(timeout)) {
    }
    if (!m_status) reap(timeout);
    return {*m_status, std::exchange(m_buffer, {}), errors()};
}

std::string Program::errors() const {
    std::string text;
    std::array<char, 4096> bytes;
    for (;;) {
        const ssize_t got = ::pread(m_errors, bytes.data(), bytes.size(), static_cast<off_t>(text.size()));
        if (got <= 0) return text;
        text.append(bytes.data(), static_cast<std::size_t>(got));
    }
}

bool Program::hasEnded() {
    siginfo_t info{};
    return m_status ||
           (::waitid(P_PID, static_cast<id_t>(m_pid), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == m_pid);
}

std::optional<int> Program::sleeps() const {
    std::ifstream status{"/proc/" + std::to_string(m_pid) + "/status"};
    std::string word;
    while (status >> word) {
        if (word == "State:" && status >> word && word == "Z") return std::nullopt;
        int count = 0;
        if (word == "voluntary_ctxt_switches:" && status >> count) return count;
    }
    return std::nullopt;
}

Result run(const std::vector<std::string>& arguments, std::string_view input, const std::function<void()>& prepare) {
    Program running{arguments, prepare};
    running.write(input);
    return running.finish();
}

}  // namespace cli_tests
