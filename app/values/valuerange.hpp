#pragma once
// What one value did in a stretch of time of which no single samples are told.
// Thread contract: a plain value.

#include <cstdint>

namespace workbench {

struct ValueRange {
    std::uint64_t minimum = 0;
    std::uint64_t maximum = 0;
    std::uint64_t last = 0;
};

}  // namespace workbench
