// One fault at a time, at every system call of what opens and closes buffers: the process is killed before the call, or
// the call fails. strace does it, so nothing in the library knows.

#include <algorithm>
#include <array>
#include <functional>
#include <memory>

#include "crew.hpp"
#include "sections.hpp"
#include "shared_cbuff/observer.hpp"
#include "shared_cbuff/reader.hpp"
#include "shared_cbuff/writer.hpp"
#include "test_support/segments.hpp"
#include "tracing.hpp"
#include "violation.hpp"

namespace stress {
namespace {

using namespace shared_cbuff;
using test_support::ScopedName;

constexpr std::array<std::string_view, 4> kinds{"signal=KILL", "error=ENOSPC", "error=EMFILE", "error=EINTR"};
constexpr std::uint64_t items_before = 3;

/// The stage of one fault: what stands there before, and what a promise lets stand there after.
struct Scene {
    const ScopedName name{"fault"};
    std::optional<Writer> writer;  // ours, alive throughout
};

/// Whatever has the name is a whole buffer in which nobody holds the writer role: it can be taken over and used.
void demand_whole_and_takeable(const ScopedName& name) {
    Observer observer = Observer::attach(name, std::nullopt, std::chrono::nanoseconds{0});
    const Sample sample = observer.sample();
    demand(sample.state != BufferState::damaged, [&] { return "a damaged buffer: " + sample.damage; });
    demand(sample.geometry == Geometry{8, 16}, "a buffer of another geometry");
    Writer writer = Writer::take_over(name);
    Reader reader = Reader::attach(name);
    demand(writer.push(std::uint64_t{77}), "a push was rejected beside a reader that has room");
    std::uint64_t popped = 0;
    std::uint64_t last = 0;
    while (const auto item = reader.pop()) {
        last = *item;
        ++popped;
    }
    demand(last == 77 && popped == sample.pushed + 1, "items are missing");
    writer.close();
    demand(!name.exists(), "a closed buffer has kept its name");
}

void demand_gone_or_takeable(const ScopedName& name) {
    if (name.exists()) demand_whole_and_takeable(name);
}

/// Every reader slot can be had, whatever the victim left in one, and the writer is held up by none.
void demand_free_slots(Scene& scene) {
    const Reader first = Reader::attach(scene.name);
    const Reader second = Reader::attach(scene.name);
    const Sample sample = Observer::attach(scene.name, std::nullopt, std::chrono::nanoseconds{0}).sample();
    demand(sample.state == BufferState::alive, [&] { return "not alive: " + sample.damage; });
    demand(sample.readers.size() == 2, "a slot is filled and nobody's");
}

void make_vacant(Scene& scene) {
    Writer writer = Writer::create(scene.name, {.item_size = 8, .length = 16, .max_readers = 2});
    for (std::uint64_t item = 0; item < items_before; ++item) writer.push(item);
    writer.release();
}

void make_alive(Scene& scene) {
    scene.writer = Writer::create(scene.name, {.item_size = 8, .length = 16, .max_readers = 2});
    scene.writer->push(std::uint64_t{1});
}

struct Operation {
    std::string_view title;
    std::string_view command;
    std::function<void(Scene&)> prepare;
    /// `code`: 0 done, 1 refused, nothing: killed.
    std::function<void(Scene&, std::optional<int> code)> judge;
};

/// The name is there if and only if the answer says so; nobody can tell after a kill.
void judge_by_name(Scene& scene, std::optional<int> code, int code_with_name) {
    if (code) {
        demand(scene.name.exists() == (*code == code_with_name),
               scene.name.exists() ? "the name is there against the answer" : "the name is gone against the answer");
    }
    demand_gone_or_takeable(scene.name);
}

std::vector<Operation> operations() {
    const auto nothing = [](Scene&) {};
    return {{"create", "create", nothing, [](Scene& scene, auto code) { judge_by_name(scene, code, 0); }},
            {"attach", "attach", make_alive, [](Scene& scene, auto) { demand_free_slots(scene); }},
            {"detach", "detach", make_alive, [](Scene& scene, auto) { demand_free_slots(scene); }},
            {"take over", "take-over", make_vacant, [](Scene& scene, auto) { demand_whole_and_takeable(scene.name); }},
            {"close", "close", nothing, [](Scene& scene, auto code) { judge_by_name(scene, code, 1); }},
            {"exit", "exit", nothing, [](Scene& scene, auto) { demand_gone_or_takeable(scene.name); }},
            {"remove", "rm", make_vacant, [](Scene& scene, auto code) { judge_by_name(scene, code, 1); }},
            {"remove beside a writer", "rm", make_alive, [](Scene& scene, auto code) {
                 demand(scene.name.exists(), "the name of a living writer's buffer is gone");
                 demand(code != 0, "removed, it says");
             }}};
}

/// By its manual page; and the C library itself ends a process whose futex fails.
bool can_fail(const SystemCall& call) {
    return call.name != "exit_group" && call.name != "getpid" && call.name != "futex";
}

void try_fault(const Operation& operation, const Fault& fault) {
    Scene scene;
    operation.prepare(scene);
    std::vector<std::string> arguments{std::string{operation.command}, scene.name.str()};
    // A descriptor whose close() was forbidden stays, and its locks with it, until the process ends.
    if (fault.call.name == "close") arguments.emplace_back("lenient");
    const Tracing tracing = trace_victim(arguments, fault);
    const auto code = tracing.exit.code;
    try {
        demand(tracing.injected, "the fault was not met");
        demand(code ? *code <= 1 : fault.kind == kinds[0], [&] { return "it says: " + tracing.said; });
        if (code == 1) demand(tracing.said.find(scene.name.str() + "\": ") != std::string::npos, "no reason");
        operation.judge(scene, code);
    } catch (const std::exception& broken) {
        throw Violation{std::string{operation.title} + " with " + fault.str() + ": " + broken.what() + " (" +
                        (code ? "status " + std::to_string(*code) : "killed") + ", \"" + tracing.said + "\")"};
    }
}

}  // namespace

Row run_fault_case(std::uint64_t seed, std::uint64_t portion) {
    Row row;
    row.title = "faults (events: system calls failed or killed at)";
    row.cases = 1;
    std::uint64_t number = seed % portion;
    for (const Operation& operation : operations()) {
        Scene scene;
        operation.prepare(scene);
        const Tracing whole = trace_victim({std::string{operation.command}, scene.name.str()}, std::nullopt);
        demand(!whole.marked.empty(), [&] { return std::string{operation.title} + ": no system call was seen"; });
        for (const SystemCall& call : whole.marked) {
            for (const std::string_view kind : kinds) {
                if ((kind != kinds[0] && !can_fail(call)) || number++ % portion != 0) continue;
                check_interrupts();
                try_fault(operation, {call, kind});
                ++row.events;
                row.kills += kind == kinds[0];
            }
        }
    }
    row.detail = std::to_string(row.events) + " faults";
    return row;
}

}  // namespace stress
