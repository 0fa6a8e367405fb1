#pragma once
// One look at one buffer, with its moment on every clock that matters.
// Thread contract: plain values.

#include <cstdint>

#include "shared_cbuff/observer.hpp"
#include "values/times.hpp"

namespace workbench {

struct TimedSample {
    double time = 0;  ///< of the feed it came from: seconds that only grow
    Times times;      ///< the same moment on the boot clock and on the wall clock as it stood then
    shared_cbuff::Sample sample;
};

}  // namespace workbench
