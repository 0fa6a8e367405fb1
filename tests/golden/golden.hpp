#pragma once
// Small segments whose every byte is known, and vectors: what other versions, compilers and languages must read alike.
// Thread contract: pure but for segments of its own, gone when it returns.

#include <cstddef>
#include <string>
#include <vector>

#include "shared_cbuff/geometry.hpp"
#include "shared_cbuff/observer.hpp"

namespace golden {

struct Segment {
    std::string name;  ///< of the file, without its ending
    std::vector<std::byte> bytes;
};

/// The extended ones, made by this library. What differs from run to run (pids, times) is made the same.
std::vector<Segment> make_segments();

/// Classic ones, laid out by hand as FORMAT.md says; a classic segment does not tell its geometry.
struct ClassicSegment {
    Segment segment;
    shared_cbuff::Geometry geometry;
};
std::vector<ClassicSegment> make_classic_segments();

/// Every number of a sample on one line, as tests/interop/extended_peer.py says it.
std::string line_of(const shared_cbuff::Sample& sample);

/// Holds the locks of a segment's writer and of all its reader slots: whoever is written down there seems alive.
class AllLocks {
public:
    explicit AllLocks(const std::string& path);
    AllLocks(const AllLocks&) = delete;
    AllLocks& operator=(const AllLocks&) = delete;
    ~AllLocks();

private:
    int descriptor_;
};

/// What is kept beside a segment. Two lines: with everybody dead, then with everybody alive.
std::string text_of(const Segment& segment);
/// The slot of the next item, then the items from that slot on, in hex.
std::string text_of(const ClassicSegment& classic);

/// The vectors of FORMAT.md as lines of numbers, computed by this library.
std::string vectors_text();

}  // namespace golden
