#pragma once
// What Writer, Reader and Observer share when they meet a segment: reading and checking its control block, and the
// sentences for what does not fit.
// Thread contract: pure functions over a Segment.

#include <optional>
#include <string>
#include <string_view>

#include "shared_cbuff/detail/format.hpp"
#include "shared_cbuff/detail/segment.hpp"

namespace shared_cbuff::attach {

/// A consistent enough look at the fixed part of a control block, read with pread: no mapping, no SIGBUS.
struct Control {
    format::Offsets offsets;
    format::Header header;
    format::WriterLine writer;
};

/// Reads the writer's line; false if the segment is too short by now. A pread is not atomic: a moment that it straddles
/// can show `intent` behind `pushed`, so what makes no sense is read again a few times.
bool read_writer_line(const Segment& segment, const format::Offsets& offsets, format::WriterLine& line);

/// The layout if the segment's footer claims to be ours and is right; nothing if it makes no such claim.
/// Throws CorruptBuffer if it claims so wrongly.
std::optional<format::Offsets> find_offsets(std::string_view operation, const Segment& segment);
/// The same where the segment's size is known already.
std::optional<format::Offsets> find_offsets(std::string_view operation, const Segment& segment, std::uint64_t size);

/// Reads and checks an extended segment. Throws GeometryMismatch (also for a segment without a control block),
/// CorruptBuffer.
Control read_control(std::string_view operation, const Segment& segment, const std::optional<Geometry>& expected);

/// What a file that holds a copy of a segment is: of which layout, where its parts lie, and what it lacks.
struct Copy {
    std::optional<format::Offsets> offsets;  ///< nothing if it is classic
    std::string flaw;                        ///< why its control block is not to be trusted; empty if it may be
};
/// Finds the control block without its footer, too: where `geometry` says, or by its magic. Throws CorruptBuffer if
/// there is none and the size is no classic one.
Copy examine_copy(std::string_view operation, const Segment& segment, const std::optional<Geometry>& geometry);

/// The geometry of a classic segment, checked against its exact size. Throws GeometryMismatch that lists what fits.
Geometry check_classic(std::string_view operation, const Segment& segment, const std::optional<Geometry>& given);

/// Why a name cannot be created: what stands there, and whether its writer is alive.
std::string describe_existing(std::string_view name);

/// A span of the wrong size: ItemTooLarge when longer, InvalidArgument when shorter.
[[noreturn]] void throw_wrong_span(std::string_view operation, std::string_view name, std::size_t size,
                                   std::size_t item_size);
/// A span that is no multiple of item_size: InvalidArgument.
[[noreturn]] void throw_ragged_span(std::string_view operation, std::string_view name, std::size_t size,
                                    std::size_t item_size);

}  // namespace shared_cbuff::attach
