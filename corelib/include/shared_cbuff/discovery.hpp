#pragma once
// The shared-memory segments on this machine: what can be known of each without taking part, and how to remove one.
// Thread contract: pure function of the machine's state; any thread.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shared_cbuff/observer.hpp"

namespace shared_cbuff {

struct SegmentInfo {
    std::string name;
    std::uint64_t size = 0;        ///< bytes
    std::uint32_t mode = 0;        ///< permission bits
    std::uint32_t owner = 0;       ///< user id
    std::optional<Sample> sample;  ///< an extended buffer (possibly damaged); nothing for an unknown segment
    std::string problem;           ///< why it could not be read; empty otherwise
    bool is_locked = false;  ///< a process holds one of its liveness locks, whether or not it says who it is; false
                             ///< of an unknown segment
};

/// What one name leads to; nothing if to no segment. Throws InvalidArgument (name).
std::optional<SegmentInfo> inspect_segment(std::string_view name);

/// The same look at all of them, sorted by name. Segments that vanish meanwhile are left out; unreadable ones are
/// listed with their problem. glibc's named semaphores (sem.* without our footer) are no segments and not listed.
/// Throws SystemError if /dev/shm cannot be read.
std::vector<SegmentInfo> list_segments();

/// Which segment a name leads to, if to any, without opening it. Throws InvalidArgument (name).
std::optional<SegmentIdentity> find_segment(std::string_view name);

/// Removes the name of a buffer, whatever it leads to; who is attached keeps its memory. False if there was none.
/// Throws InvalidArgument (name), SystemError.
bool remove_buffer(std::string_view name);

}  // namespace shared_cbuff
