#include <gtest/gtest.h>

#include "killedrecorder.hpp"

namespace {

TEST(KilledRecorder, LeavesATrueRecording) {
    std::uint64_t samples = 0;
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        SCOPED_TRACE(seed);
        samples += sinks_tests::killARecorder(seed).samples;
    }
    EXPECT_GT(samples, 0u);  // else nothing was proved
}

}  // namespace
