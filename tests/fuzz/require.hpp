#pragma once
// What a fuzz target demands beyond not crashing. A broken demand aborts: libFuzzer then keeps the input, ctest fails.
// Thread contract: any thread.

#include <cstdio>
#include <cstdlib>

namespace fuzz {

/// The builtins, because clang 14 has no std::source_location.
inline void require(bool holds, const char* what, const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
    if (holds) return;
    std::fprintf(stderr, "%s:%d: broken: %s\n", file, line, what);
    std::abort();
}

}  // namespace fuzz
