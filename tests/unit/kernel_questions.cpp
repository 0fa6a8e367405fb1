#include "kernel_questions.hpp"

#include <fcntl.h>

#include <atomic>
#include <cstdarg>

namespace {

std::atomic<std::uint64_t> questions{0};

}  // namespace

namespace unit_tests {

std::uint64_t kernel_questions() noexcept { return questions.load(); }

}  // namespace unit_tests

// The linker leads every fcntl() of this program here (--wrap). All of the library's have a pointer, or an int that
// fits in one, as their third argument.
extern "C" int __real_fcntl(int descriptor, int command, ...);
extern "C" int __wrap_fcntl(int descriptor, int command, ...) {
    if (command == F_OFD_GETLK) ++questions;
    std::va_list arguments;
    va_start(arguments, command);
    void* const argument = va_arg(arguments, void*);
    va_end(arguments);
    return __real_fcntl(descriptor, command, argument);
}
