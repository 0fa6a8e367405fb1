#pragma once
// Which machine it is that was measured.

#include <string>

namespace bench {

/// As the kernel names it.
std::string processor();

}  // namespace bench
