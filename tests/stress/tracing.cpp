#include "tracing.hpp"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "sections.hpp"
#include "test_support/segments.hpp"
#include "violation.hpp"

namespace stress {
namespace {

/// Where strace writes; removed with the object.
class TraceFile {
public:
    TraceFile() : path_{std::filesystem::temp_directory_path() / ("cbt-trace-" + std::to_string(::getpid()))} {}
    TraceFile(const TraceFile&) = delete;
    TraceFile& operator=(const TraceFile&) = delete;
    ~TraceFile() {
        std::error_code ignored;
        std::filesystem::remove(path_, ignored);
    }
    std::string str() const { return path_.string(); }

private:
    std::filesystem::path path_;
};

void read_trace(const std::string& path, Tracing& tracing) {
    std::ifstream file{path};
    std::map<std::string, std::uint64_t> calls;
    bool between = false;
    for (std::string line; std::getline(file, line);) {
        if (line.find("(INJECTED)") != std::string::npos || line.find("killed by SIGKILL") != std::string::npos) {
            tracing.injected = true;
        }
        const auto parenthesis = line.find('(');
        if (parenthesis == std::string::npos || line.starts_with("+++") || line.starts_with("---")) continue;
        const std::string name = line.substr(0, parenthesis);
        const std::uint64_t when = ++calls[name];
        const bool begins = line.find("\"begin\"") != std::string::npos;
        if (begins || line.find("\"end\"") != std::string::npos) {
            between = begins;
        } else if (between) {
            tracing.marked.push_back({name, when});
        }
    }
}

[[noreturn]] void become_strace(const std::string& trace, const std::vector<std::string>& arguments,
                                const std::optional<Fault>& fault) {
    std::vector<std::string> words{"strace", "-qq", "-o", trace};
    if (fault) words.insert(words.end(), {"-e", "inject=" + fault->str()});
    words.emplace_back(CBUFF_FAULT_VICTIM);
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char*> pointers;
    for (std::string& word : words) pointers.push_back(word.data());
    pointers.push_back(nullptr);
    ::execvp(pointers[0], pointers.data());
    ::_exit(127);
}

}  // namespace

std::string Fault::str() const { return call.name + ":" + std::string{kind} + ":when=" + std::to_string(call.when); }

Tracing trace_victim(const std::vector<std::string>& arguments, const std::optional<Fault>& fault) {
    const TraceFile trace;
    test_support::ChildProcess child{[&](test_support::Channel& parent) -> int {
        parent.become_standard_streams();
        become_strace(trace.str(), arguments, fault);
    }};
    Tracing tracing;
    while (const auto line = child.channel().receive()) tracing.said = *line;
    const auto exit = child.wait();
    demand(exit.has_value(), "the victim does not end");
    tracing.exit = *exit;
    read_trace(trace.str(), tracing);
    return tracing;
}

std::optional<std::string> why_no_faults() {
#if defined(CBUFF_INSTRUMENTED)
    return "faults would hit the instruments of this build (sanitizer, coverage) as well";
#else
    const Tracing tracing = trace_victim({"nothing", "-"}, std::nullopt);
    if (tracing.exit.code == 0) return std::nullopt;
    return tracing.exit.code == 127 ? "strace is not installed" : "strace may not trace a program here";
#endif
}

}  // namespace stress
