#pragma once
// Small segments whose every byte is known: what another version, another compiler or another language must read alike.
// Thread contract: pure but for segments of its own, gone when it returns.

#include <cstddef>
#include <string>
#include <vector>

#include "shared_cbuff/observer.hpp"

namespace golden {

struct Segment {
    std::string name;  ///< of the file, without its ending
    std::vector<std::byte> bytes;
};

/// All of them, made by this library. What differs from run to run (pids, times) is made the same.
std::vector<Segment> make_segments();

/// Every number of a sample on one line, as tests/interop/extended_peer.py says it.
std::string line_of(const shared_cbuff::Sample& sample);

}  // namespace golden
