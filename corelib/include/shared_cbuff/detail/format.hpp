#pragma once
// The extended layout's bytes: the only code that knows them. FORMAT.md draws the table.
// Thread contract: plain structures and pure functions; live fields are reached through std::atomic_ref.
//
//   0                       items            length * item_size bytes
//   ring_bytes              write pointer    classic, big-endian, n bytes, then zeros
//   control_offset          Header           128 bytes    (control_offset is a multiple of 128)
//   control_offset + 128    WriterLine       128 bytes
//   control_offset + 256    ReaderSlot[max_readers], 128 bytes each
//   size - 64               Footer           64 bytes
//
// Integers are little-endian. Invariants: pushed <= intent; both only grow; a slot's cursor and lost only grow
// within one generation; cursor <= pushed.

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "shared_cbuff/geometry.hpp"
#include "shared_cbuff/states.hpp"

namespace shared_cbuff {

namespace format {

static_assert(std::endian::native == std::endian::little, "the extended layout is little-endian");

inline constexpr std::array<char, 8> header_magic{'S', 'C', 'B', 'U', 'F', 'C', 'T', 'L'};
inline constexpr std::array<char, 8> footer_magic{'S', 'C', 'B', 'U', 'F', 'E', 'N', 'D'};
inline constexpr std::uint32_t version = 1;
inline constexpr std::uint64_t block_alignment = 128;  // two lines: neighbours' prefetchers leave each other alone

/// Written once, before the segment has a name; but for `slots_used`, which registering readers raise.
struct alignas(128) Header {
    std::array<char, 8> magic;
    std::uint32_t version;
    std::uint32_t policy;
    std::uint64_t item_size;
    std::uint64_t length;
    std::uint32_t max_readers;
    std::uint32_t pointer_size;
    std::uint64_t created_unix_ns;
    std::uint32_t slots_used;  // no slot from here on was ever taken: bounds every scan
};

/// Written by the writer alone. `pushed` and `intent` share a line: readers read both. `pushed` comes first, so that an
/// observer that copies upwards never sees it ahead of `intent`.
struct alignas(128) WriterLine {
    std::uint64_t pushed;      // items whole and readable
    std::uint64_t intent;      // items whose slot may already be half written
    std::uint64_t epoch;       // writers there have been; grows at each takeover
    std::uint64_t rejected;    // pushes refused under `reject`
    std::uint64_t start_time;  // of the writer's process, /proc/PID/stat field 22; 0 when vacant
    std::uint32_t pid;         // 0 when vacant
    std::uint32_t closed;      // 1: no item will ever follow
    /// At least `intent`, and told a good way ahead: a reader that is far from being lapped validates against this, on
    /// a line of its own that the writer seldom writes.
    alignas(64) std::uint64_t horizon;
};

enum class SlotState : std::uint32_t { free = 0, joining = 1, active = 2, evicted = 3 };

/// `claim` packs generation and state, so that one compare-and-swap tells an old holder from a new one.
constexpr std::uint64_t claim_of(std::uint64_t generation, SlotState state) noexcept {
    return generation << 8 | static_cast<std::uint64_t>(state);
}
constexpr SlotState state_of(std::uint64_t claim) noexcept {
    const auto state = claim & 0xff;
    return state > 3 ? SlotState::free : static_cast<SlotState>(state);
}
constexpr std::uint64_t generation_of(std::uint64_t claim) noexcept { return claim >> 8; }

/// Written by its reader alone, except `claim`, which the writer may move from active to evicted.
/// The first line is written at every pop, the second only at registration.
/// `loss_begun` and `loss_ended` differ while lost, cursor and overruns are being moved together: an observer that
/// copies upwards and finds them equal has a consistent line (Lamport, Concurrent Reading and Writing, 1977).
struct alignas(128) ReaderSlot {
    std::uint32_t loss_ended;
    std::uint32_t reserved;
    std::uint64_t claim;
    std::uint64_t cursor;
    std::uint64_t lost;
    std::uint64_t overruns;
    std::uint64_t underflows;
    std::uint64_t high_water;
    std::uint32_t loss_begun;
    std::uint32_t pid;
    std::uint64_t start;                     // the cursor it began with
    std::uint64_t start_time;                // of the reader's process
    std::array<char, label_capacity> label;  // UTF-8, zero-padded
};

struct alignas(64) Footer {
    std::array<char, 8> magic;
    std::uint32_t version;
    std::uint32_t max_readers;
    std::uint64_t control_offset;
    std::uint64_t item_size;
    std::uint64_t length;
};

static_assert(sizeof(Header) == 128 && sizeof(WriterLine) == 128 && sizeof(ReaderSlot) == 128 && sizeof(Footer) == 64);
static_assert(offsetof(ReaderSlot, loss_begun) == 56 && offsetof(ReaderSlot, start) == 64);
static_assert(std::is_trivially_copyable_v<Header> && std::is_trivially_copyable_v<ReaderSlot>);

/// Offsets of one extended segment, from its geometry and number of reader slots.
struct Offsets {
    Geometry geometry;
    std::uint32_t max_readers = default_max_readers;

    friend bool operator==(const Offsets&, const Offsets&) = default;
    constexpr std::uint64_t pointer_offset() const noexcept { return geometry.ring_bytes(); }
    /// Leaves 8 bytes for the pointer, so that the writer stores it in one instruction.
    constexpr std::uint64_t control_offset() const noexcept {
        return (pointer_offset() + 8 + block_alignment - 1) / block_alignment * block_alignment;
    }
    constexpr std::uint64_t writer_offset() const noexcept { return control_offset() + sizeof(Header); }
    constexpr std::uint64_t slot_offset(std::uint64_t slot) const noexcept {
        return writer_offset() + sizeof(WriterLine) + slot * sizeof(ReaderSlot);
    }
    constexpr std::uint64_t footer_offset() const noexcept { return slot_offset(max_readers); }
    constexpr std::uint64_t segment_size() const noexcept { return footer_offset() + sizeof(Footer); }
};

/// The control block of an extended segment: the one place where bytes become its structures. `Byte` is std::byte, or
/// const std::byte to look only.
template <class Byte>
class BasicControlBlock {
    template <class Part>
    using Same = std::conditional_t<std::is_const_v<Byte>, const Part, Part>;

public:
    BasicControlBlock() = default;
    /// In a whole segment whose first byte is `*segment`.
    BasicControlBlock(Byte* segment, const Offsets& offsets) noexcept
        : block_{segment + offsets.control_offset()}, max_readers_{offsets.max_readers} {}
    /// In a copy that begins with the header. footer() lies behind all slots, wherever the copy ends.
    static BasicControlBlock of_copy(Byte* block, std::uint32_t max_readers) noexcept {
        BasicControlBlock copy;
        copy.block_ = block;
        copy.max_readers_ = max_readers;
        return copy;
    }

    Same<Header>& header() const noexcept { return at<Header>(0); }
    Same<WriterLine>& writer_line() const noexcept { return at<WriterLine>(sizeof(Header)); }
    Same<ReaderSlot>& slot(std::uint32_t index) const noexcept { return at<ReaderSlot>(slots_at(index)); }
    Same<Footer>& footer() const noexcept { return at<Footer>(slots_at(max_readers_)); }

private:
    static constexpr std::uint64_t slots_at(std::uint64_t index) noexcept {
        return sizeof(Header) + sizeof(WriterLine) + index * sizeof(ReaderSlot);
    }
    template <class Part>
    Same<Part>& at(std::uint64_t offset) const noexcept {
        return *reinterpret_cast<Same<Part>*>(block_ + offset);
    }

    Byte* block_ = nullptr;
    std::uint32_t max_readers_ = 0;
};
using ControlBlock = BasicControlBlock<std::byte>;
using ConstControlBlock = BasicControlBlock<const std::byte>;

/// The number of the oldest item whose bytes may still be read: those before it are, or may be, half overwritten.
constexpr std::uint64_t oldest_retained(std::uint64_t intent, std::uint64_t length) noexcept {
    return intent > length ? intent - length : 0;
}

/// What became of the items from one reader's cursor on: cursor + pending + usage == pushed.
struct Balance {
    std::uint64_t pending = 0;  ///< overwritten, not yet noticed by the reader
    std::uint64_t usage = 0;    ///< still there, 0..length
};
/// Exact for counters of one moment. For others, even damaged ones, `usage` still lies within 0..length.
constexpr Balance balance(std::uint64_t pushed, std::uint64_t intent, std::uint64_t cursor,
                          std::uint64_t length) noexcept {
    const std::uint64_t ahead = pushed > cursor ? pushed - cursor : 0;
    const std::uint64_t oldest = oldest_retained(intent, length);
    const std::uint64_t gone = oldest > cursor ? oldest - cursor : 0;
    const std::uint64_t pending = gone < ahead ? gone : ahead;
    const std::uint64_t usage = ahead - pending;
    return {pending, usage < length ? usage : length};
}

/// File offsets of the liveness locks (one byte each, F_OFD_SETLK). Past any segment's end: locks need no bytes.
inline constexpr std::uint64_t writer_lock_offset = std::uint64_t{1} << 62;
constexpr std::uint64_t reader_lock_offset(std::uint32_t slot) noexcept { return writer_lock_offset + 1 + slot; }

Header make_header(const Offsets& offsets, OverflowPolicy policy, std::uint64_t created_unix_ns);
Footer make_footer(const Offsets& offsets);

/// Whether the last 64 bytes claim to be ours (magic only).
bool is_ours(const Footer& footer) noexcept;
/// The layout a footer and the segment's exact size agree on; nothing, and `flaw` says why, if they do not.
std::optional<Offsets> offsets_of(const Footer& footer, std::uint64_t segment_size, std::string& flaw);
/// What contradicts `offsets` in a header; nothing if all agrees.
std::optional<std::string> flaw_of(const Header& header, const Offsets& offsets);
/// What makes no sense in a writer's counters; nothing if they do.
std::optional<std::string> flaw_of(const WriterLine& line, const Offsets& offsets);
/// Slots that need to be looked at: slots_used, or all of them if it makes no sense.
constexpr std::uint32_t slots_to_scan(std::uint32_t slots_used, const Offsets& offsets) noexcept {
    return slots_used < offsets.max_readers ? slots_used : offsets.max_readers;
}
/// The label up to its first zero.
std::string_view label_of(const ReaderSlot& slot) noexcept;

}  // namespace format
}  // namespace shared_cbuff
