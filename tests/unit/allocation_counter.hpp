#pragma once
// Counts this program's allocations, to prove that a call makes none.
// Thread contract: the count is of all threads.

#include <cstddef>

namespace test_support {

std::size_t allocations() noexcept;

}  // namespace test_support
