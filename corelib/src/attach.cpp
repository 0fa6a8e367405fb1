#include "attach.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <span>
#include <vector>

namespace shared_cbuff::attach {
namespace {

template <class Block>
bool read_block(const Segment& segment, std::uint64_t offset, Block& block) {
    return segment.read_at(offset, std::as_writable_bytes(std::span{&block, 1})) == sizeof block;
}

/// To be called when a read came out short.
[[noreturn]] void throw_unread(std::string_view operation, const Segment& segment) {
    if (const int code = errno; code != 0) throw SystemError{operation, segment.name(), code};
    throw CorruptBuffer{operation, segment.name(), "the segment was truncated while it was read"};
}

/// Of the bytes searched for a control block: beyond, its geometry must be given.
constexpr std::uint64_t longest_search = std::uint64_t{256} << 20;

/// The offsets that a header at `position` tells, if it makes sense there.
std::optional<format::Offsets> offsets_at(const Segment& segment, std::uint64_t position) {
    format::Header header;
    if (!read_block(segment, position, header) || header.magic != format::header_magic) return std::nullopt;
    const format::Offsets offsets{{header.item_size, header.length}, header.max_readers};
    if (flaw_of(offsets.geometry) || offsets.max_readers > max_max_readers || format::flaw_of(header, offsets) ||
        offsets.control_offset() != position) {
        return std::nullopt;
    }
    return offsets;
}

std::optional<format::Offsets> search_offsets(const Segment& segment) {
    const std::uint64_t size = std::min(segment.status().size, longest_search);
    std::vector<std::byte> bytes(std::size_t{1} << 20);  // a multiple of block_alignment
    for (std::uint64_t begin = 0; begin < size; begin += bytes.size()) {
        const std::size_t got = segment.read_at(begin, bytes);
        for (std::size_t at = 0; at + sizeof format::header_magic <= got; at += format::block_alignment) {
            if (std::memcmp(bytes.data() + at, format::header_magic.data(), sizeof format::header_magic) != 0) continue;
            if (const auto offsets = offsets_at(segment, begin + at)) return offsets;
        }
    }
    return std::nullopt;
}

std::string list_fits(std::uint64_t size) {
    const auto fits = classic_candidates(size, 6);
    if (fits.empty()) return "no geometry fits its " + std::to_string(size) + " bytes";
    std::string text = "its " + std::to_string(size) + " bytes would fit";
    for (std::size_t index = 0; index < fits.size(); ++index) {
        text += (index == 0 ? " " : ", ") + to_string(fits[index]);
    }
    return text;
}

}  // namespace

bool read_writer_line(const Segment& segment, const format::Offsets& offsets, format::WriterLine& line) {
    constexpr int attempts = 4;
    for (int attempt = 0; attempt < attempts; ++attempt) {
        if (!read_block(segment, offsets.writer_offset(), line)) return false;
        if (!format::flaw_of(line, offsets)) break;
    }
    return true;
}

std::optional<format::Offsets> find_offsets(std::string_view operation, const Segment& segment) {
    return find_offsets(operation, segment, segment.status().size);
}

std::optional<format::Offsets> find_offsets(std::string_view operation, const Segment& segment, std::uint64_t size) {
    format::Footer footer;
    if (size < sizeof footer) return std::nullopt;
    if (!read_block(segment, size - sizeof footer, footer)) throw_unread(operation, segment);
    if (!format::is_ours(footer)) return std::nullopt;
    std::string flaw;
    const auto offsets = format::offsets_of(footer, size, flaw);
    if (!offsets) throw CorruptBuffer{operation, segment.name(), flaw};
    // Creation reserves every byte; a segment with holes was tampered with, and touching one may need memory there is
    // not.
    if (const SegmentStatus status = segment.status(); status.reserved < status.size) {
        throw CorruptBuffer{operation, segment.name(),
                            "only " + std::to_string(status.reserved) + " of its " + std::to_string(size) +
                                " bytes have memory behind them"};
    }
    return offsets;
}

Control read_control(std::string_view operation, const Segment& segment, const std::optional<Geometry>& expected) {
    const auto offsets = find_offsets(operation, segment);
    if (!offsets) {
        throw GeometryMismatch{operation, segment.name(),
                               "the segment has no control block, so it is no extended buffer; " +
                                   list_fits(segment.status().size) + " as a classic one"};
    }
    Control control{*offsets, {}, {}};
    if (!read_block(segment, offsets->control_offset(), control.header) ||
        !read_writer_line(segment, *offsets, control.writer)) {
        throw_unread(operation, segment);
    }
    if (const auto flaw = format::flaw_of(control.header, *offsets))
        throw CorruptBuffer{operation, segment.name(), *flaw};
    if (const auto flaw = format::flaw_of(control.writer, *offsets))
        throw CorruptBuffer{operation, segment.name(), *flaw};
    if (expected && *expected != offsets->geometry) {
        throw GeometryMismatch{operation, segment.name(),
                               "the geometry given is " + to_string(*expected) + ", but the control block says " +
                                   to_string(offsets->geometry)};
    }
    return control;
}

Copy examine_copy(std::string_view operation, const Segment& segment, const std::optional<Geometry>& geometry) {
    const std::uint64_t size = segment.status().size;
    Copy copy;
    format::Footer footer;
    if (size >= sizeof footer && read_block(segment, size - sizeof footer, footer) && format::is_ours(footer)) {
        copy.offsets = format::offsets_of(footer, size, copy.flaw);
    }
    if (!copy.offsets && geometry && !flaw_of(*geometry)) {
        if (classic_segment_size(*geometry) == size) return {};
        copy.offsets = offsets_at(segment, format::Offsets{*geometry}.control_offset());
    }
    if (!copy.offsets) copy.offsets = search_offsets(segment);
    if (!copy.offsets) {
        if (!copy.flaw.empty()) throw CorruptBuffer{operation, segment.name(), copy.flaw};
        check_classic(operation, segment, geometry);
        return {};
    }
    if (geometry && *geometry != copy.offsets->geometry) {
        throw GeometryMismatch{operation, segment.name(),
                               "the geometry given is " + to_string(*geometry) + ", but the control block says " +
                                   to_string(copy.offsets->geometry)};
    }
    if (copy.flaw.empty() && size != copy.offsets->segment_size()) {
        copy.flaw = "the file has " + std::to_string(size) + " bytes instead of " +
                    std::to_string(copy.offsets->segment_size()) +
                    (size < copy.offsets->segment_size() ? ": part of the copy is missing"
                                                         : ": the copy has more bytes than it should");
    } else if (copy.flaw.empty() && !format::is_ours(footer)) {
        copy.flaw = "the footer is missing";
    }
    return copy;
}

Geometry check_classic(std::string_view operation, const Segment& segment, const std::optional<Geometry>& given) {
    const std::uint64_t size = segment.status().size;
    if (!given) {
        throw GeometryMismatch{operation, segment.name(),
                               "the segment has no control block, so its geometry must be given; " + list_fits(size)};
    }
    if (const auto reason = flaw_of(*given)) throw InvalidArgument{operation, segment.name(), *reason};
    if (classic_segment_size(*given) != size) {
        throw GeometryMismatch{operation, segment.name(),
                               to_string(*given) + " makes a classic segment of " +
                                   std::to_string(classic_segment_size(*given)) + " bytes; " + list_fits(size)};
    }
    return *given;
}

std::string describe_existing(std::string_view name) {
    const std::string_view advice = "; attach to it, remove it, or choose another name";
    try {
        const Segment segment = Segment::open("create", name, Access::read_only);
        if (!find_offsets("create", segment)) {
            return std::string{
                "a segment of this name exists that has no control block (classic, or another program's)"}
                .append(advice);
        }
        const Control control = read_control("create", segment, std::nullopt);
        const std::string pid = std::to_string(control.writer.pid);
        if (control.writer.pid != 0 && segment.is_locked_elsewhere(format::writer_lock_offset)) {
            return "a buffer of this name exists and its writer (pid " + pid +
                   ") is alive; attach to it, or choose another name";
        }
        if (control.writer.pid == 0) {
            return std::string{"a buffer of this name exists, its writer role is "}
                .append(segment.is_blocked(format::writer_lock_offset)
                            ? "locked by a process that does not say who it is"
                            : "vacant")
                .append(advice);
        }
        return "a buffer of this name exists, abandoned by its writer (pid " + pid +
               " is no longer alive); take it over, remove it, or choose another name";
    } catch (const BufferNotFound&) {
        return "the name was taken a moment ago and is free by now; try again";
    } catch (const CBuffException& error) {
        return "the name is taken, and what stands there cannot be read: " + error.reason();
    }
}

void throw_wrong_span(std::string_view operation, std::string_view name, std::size_t size, std::size_t item_size) {
    const std::string reason =
        "the item has " + std::to_string(size) + " bytes, but item_size is " + std::to_string(item_size);
    if (size > item_size) throw ItemTooLarge{operation, name, reason};
    throw InvalidArgument{operation, name, reason};
}

void throw_ragged_span(std::string_view operation, std::string_view name, std::size_t size, std::size_t item_size) {
    throw InvalidArgument{
        operation, name,
        std::to_string(size) + " bytes are no whole number of items of " + std::to_string(item_size) + " bytes"};
}

}  // namespace shared_cbuff::attach
