#include "reads.hpp"

#include <unistd.h>

#include <cerrno>
#include <utility>

namespace {

int reads_left = 0;
std::function<void()> before_the_last;  // empty: nothing is to be done
int failing_code = 0;                   // of the read that is due; 0: it is read

}  // namespace

namespace unit_tests {

BeforeRead::BeforeRead(int number, std::function<void()> action) {
    reads_left = number;
    before_the_last = std::move(action);
}

BeforeRead::~BeforeRead() { before_the_last = nullptr; }

bool BeforeRead::done() const noexcept { return !before_the_last; }

FailingRead::FailingRead(int number, int code) : BeforeRead{number, [code] { failing_code = code; }} {}
FailingRead::~FailingRead() { failing_code = 0; }

}  // namespace unit_tests

// The linker leads every pread() of this program here (--wrap).
extern "C" ssize_t __real_pread(int descriptor, void* into, std::size_t size, off_t offset);
extern "C" ssize_t __wrap_pread(int descriptor, void* into, std::size_t size, off_t offset) {
    // Taken out before it runs: it may read, too.
    if (before_the_last && --reads_left == 0) std::exchange(before_the_last, nullptr)();
    if (const int code = std::exchange(failing_code, 0); code != 0) {
        errno = code;
        return -1;
    }
    return __real_pread(descriptor, into, size, offset);
}
