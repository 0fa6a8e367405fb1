#pragma once
// Where buffers live: this machine's segments, what may be done with them by name, and why not.
// Thread contract: pure functions of the machine's state; any thread.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "shared_cbuff/discovery.hpp"
#include "shared_cbuff/writer.hpp"

namespace workbench::machine {

/// What speaks against removing a segment.
struct RemovalRisk {
    enum class Kind {
        none,
        liveWriter,  ///< its writer lives and would go on alone
        noBlock,     ///< no control block: a classic buffer, or another program's memory
        damaged,     ///< whether it is in use cannot be told
        unreadable,  ///< the same, as it cannot be read
    };
    Kind kind = Kind::none;
    std::uint32_t writerPid = 0;  ///< of liveWriter
    std::string reason = {};      ///< of damaged and unreadable
};
RemovalRisk removalRisk(const shared_cbuff::SegmentInfo& segment);

/// Of a buffer that nobody works on any more, why: "vacant, no reader". Nothing if it is in use, or if that cannot be
/// told. Who is attached and holds no lock (a reader without a slot, an observer) cannot be seen, and keeps what it
/// has.
std::optional<std::string> whyStale(const shared_cbuff::SegmentInfo& segment);

/// The bytes of a segment that has to be told its geometry; nothing of any other, or if there is none. Throws
/// shared_cbuff::InvalidArgument (name).
std::optional<std::uint64_t> sizeOfUnknown(const std::string& name);
/// Whether a name is taken. Throws shared_cbuff::InvalidArgument (name).
bool isTaken(const std::string& name);
/// Bytes of shared memory that a buffer takes which is created so.
std::uint64_t bytesFor(const shared_cbuff::CreateOptions& options);

/// Geometries that fit a classic segment of so many bytes, likely ones first.
std::vector<shared_cbuff::Geometry> fittingGeometries(std::uint64_t size);

/// Whether a buffer of this name and geometry can be looked at: its geometry. `geometry` is that of a classic segment.
/// Throws shared_cbuff::CBuffException, with the reason why not.
shared_cbuff::Geometry checkAttachable(const std::string& name, const std::optional<shared_cbuff::Geometry>& geometry);

}  // namespace workbench::machine
