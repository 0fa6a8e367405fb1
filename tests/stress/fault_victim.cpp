// fault_victim OPERATION NAME [lenient]: does one thing to a buffer between two marks in its system calls, and says
// what came of it: 0 done, 1 refused with a sentence, 2 failed in a way that no error of the library describes, 3
// refused but not undone. strace injects a fault between the marks; tests/stress/faults.cpp is its other half.

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "shared_cbuff/detail/segment.hpp"
#include "shared_cbuff/errors.hpp"
#include "shared_cbuff/observer.hpp"
#include "shared_cbuff/reader.hpp"
#include "shared_cbuff/writer.hpp"

namespace {

using namespace shared_cbuff;

const CreateOptions options{.item_size = 8, .length = 16, .max_readers = 2};

/// What one can ask of the victim: `prepare` comes before the first mark, `act` between both, `after_refusal` throws if
/// something of a refused `act` is still there.
struct Operation {
    std::string_view name;
    std::function<void()> prepare;
    std::function<void()> act;
    std::function<void()> after_refusal;
};

/// A call that does nothing and that nothing else makes.
void mark(const char* place) { static_cast<void>(!::access(place, F_OK)); }

int lowest_free_descriptor() {
    const int descriptor = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    ::close(descriptor);
    return descriptor;
}

/// As `cbuff rm` does without --force.
void remove(const std::string& name) {
    const Sample sample = Observer::attach(name, std::nullopt, std::chrono::nanoseconds{0}).sample();
    if (sample.state == BufferState::damaged) throw CorruptBuffer{"remove", name, sample.damage};
    if (sample.writer.state == WriterState::alive) throw WriterActive{"remove", name, sample.writer.pid};
    if (!Segment::unlink(name)) throw BufferNotFound{"remove", name, "it is gone"};
}

std::array<Operation, 6> operations(const std::string& name, std::optional<Writer>& writer,
                                    std::optional<Reader>& reader) {
    const auto nothing = [] {};
    const auto create = [&] { writer = Writer::create(name, options); };
    const auto attach = [&] { reader = Reader::attach(name); };
    const auto take_over = [&] { writer = Writer::take_over(name); };
    const auto whether_takeable = [&] { Writer::take_over(name).release(); };
    return {{{"create", nothing, create, [&] { Writer::create(name, options).close(); }},
             {"attach", nothing, attach, [&] { static_cast<void>(Reader::attach(name)); }},
             {"take-over", nothing, take_over, whether_takeable},
             {"close", create, [&] { writer->close(); }, whether_takeable},
             {"detach", attach, [&] { reader.reset(); }, nothing},
             {"rm", nothing, [&] { remove(name); }, nothing}}};
}

/// For answers: whole lines, past no buffer that an _exit would lose.
int answer(int code, const std::string& sentence) {
    const std::string line = sentence + "\n";
    return ::write(STDOUT_FILENO, line.data(), line.size()) == static_cast<ssize_t>(line.size()) ? code : 2;
}

int refuse(const Operation& operation, const CBuffException& error, int free_before, bool lenient) {
    if (lenient) return answer(1, error.what());
    try {
        if (lowest_free_descriptor() != free_before) return answer(3, "a descriptor was left open");
        operation.after_refusal();
    } catch (const std::exception& left) {
        return answer(3, left.what());
    }
    return answer(1, error.what());
}

int run(const Operation& operation, bool lenient) {
    operation.prepare();
    const int free_before = lowest_free_descriptor();
    mark("begin");
    try {
        operation.act();
        mark("end");
        return answer(0, "done");
    } catch (const CBuffException& error) {
        mark("end");
        return refuse(operation, error, free_before, lenient);
    } catch (const std::exception& error) {
        mark("end");
        return answer(2, error.what());
    }
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 3) return 2;
    const std::string_view wanted{argv[1]};
    const std::string name{argv[2]};
    std::optional<Writer> writer;
    std::optional<Reader> reader;
    if (wanted == "exit") {
        // Static, so that exit() meets a buffer that is still held.
        static Writer held = Writer::create(name, options);
        const int code = answer(0, "done");
        mark("begin");
        std::exit(code);
    }
    for (const Operation& operation : operations(name, writer, reader)) {
        if (operation.name != wanted) continue;
        // No destructors and no atexit: what was made or taken is left to the kernel, as after a crash.
        ::_exit(run(operation, argc > 3));
    }
    return wanted == "nothing" ? 0 : 2;
}
