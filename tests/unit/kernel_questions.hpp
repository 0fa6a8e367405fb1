#pragma once
// Counts how often the library asks the kernel who holds a lock.
// Thread contract: any thread.

#include <cstdint>

namespace unit_tests {

/// F_OFD_GETLK calls of this process so far.
std::uint64_t kernel_questions() noexcept;

}  // namespace unit_tests
