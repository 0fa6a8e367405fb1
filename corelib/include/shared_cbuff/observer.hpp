#pragma once
// Looks at a buffer without taking part: opens read-only, never writes, moves no cursor, holds no lock.
// Thread contract: an Observer belongs to one thread at a time; writer and readers run concurrently, undisturbed.

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shared_cbuff/format.hpp"
#include "shared_cbuff/reader.hpp"
#include "shared_cbuff/segment.hpp"

namespace shared_cbuff {

enum class Format { extended, classic };
/// Of a buffer as a whole: its writer's state, unless the segment itself has a story to tell.
enum class BufferState { alive, vacant, abandoned, closed, unlinked, replaced, damaged, unknown };
enum class ReaderState { alive, dead, evicted };

/// One registered reader. Items; overruns and underflows are events.
/// start + popped + lost + usage == pushed, up to what moved while the sample was taken.
struct ReaderSample {
    std::uint32_t slot = 0;
    ReaderState state = ReaderState::alive;
    std::uint32_t pid = 0;
    std::uint64_t start_time = 0;  ///< of its process, clock ticks since boot
    std::uint64_t generation = 0;  ///< tells this reader from an earlier one in the same slot
    std::uint64_t start = 0;       ///< the cursor it began with
    std::uint64_t cursor = 0;
    std::uint64_t popped = 0;
    std::uint64_t usage = 0;     ///< not taken yet and still there, 0..length
    std::uint64_t lost = 0;      ///< overwritten before it took them, also those it has not noticed yet
    std::uint64_t pending = 0;   ///< of `lost`, those it has not noticed yet
    std::uint64_t overruns = 0;  ///< a loss it has not noticed yet counts as one
    std::uint64_t underflows = 0;
    std::uint64_t high_water = 0;
    std::array<char, format::label_capacity> label_bytes{};

    std::string_view label() const noexcept;
};

struct WriterSample {
    WriterState state = WriterState::unknown;
    std::uint32_t pid = 0;  ///< 0 when vacant or unknown
    std::uint64_t start_time = 0;
    std::uint64_t epoch = 0;
};

/// Everything in the control block at one moment. On a classic segment only format, geometry, state and write_slot.
struct Sample {
    std::chrono::steady_clock::time_point taken_at;
    Format format = Format::extended;
    Geometry geometry;
    OverflowPolicy policy = OverflowPolicy::overwrite;
    std::uint32_t max_readers = 0;
    std::uint64_t created_unix_ns = 0;  ///< nanoseconds since 1970; 0 when unknown
    BufferState state = BufferState::unknown;
    std::uint64_t pushed = 0;
    std::uint64_t intent = 0;
    std::uint64_t rejected = 0;
    std::uint64_t usage = 0;       ///< the largest of the live readers'; with none, min(pushed, length)
    std::uint64_t high_water = 0;  ///< the largest of all readers'
    std::uint64_t write_slot = 0;  ///< where the next item goes
    WriterSample writer;
    std::vector<ReaderSample> readers;  ///< by slot
    std::string damage;                 ///< what makes no sense, when state is damaged
};

/// Consecutive items, oldest first.
struct Peek {
    std::uint64_t first = 0;  ///< number of the first item (since the first push); the slot on a classic segment
    std::uint64_t count = 0;
    std::vector<std::byte> bytes;  ///< count * item_size
};

class Observer {
public:
    /// `geometry` is needed for a classic segment and checked when given. The kernel is asked which processes live at
    /// most every `liveness_interval` (0: at every sample); between, the last answer stands.
    /// Throws BufferNotFound, GeometryMismatch, CorruptBuffer, InvalidArgument, SystemError.
    static Observer attach(std::string_view name, const std::optional<Geometry>& geometry = std::nullopt,
                           std::chrono::nanoseconds liveness_interval = std::chrono::milliseconds{100});

    /// A sample of now. Never throws for what others did to the segment: that is a state of the sample.
    Sample sample();
    /// The same into `into`, reusing its memory: no allocation once its vector has grown.
    void sample(Sample& into);
    /// Up to `count` newest or oldest retained items, whole ones only. Throws CorruptBuffer.
    Peek peek(std::uint64_t count, StartAt from = StartAt::oldest) const;

    const std::string& name() const noexcept { return segment_.name(); }
    Geometry geometry() const noexcept { return layout_.geometry; }
    Format format() const noexcept { return format_; }
    /// Which segment this is, to tell it from another one of the same name.
    const SegmentIdentity& identity() const noexcept { return identity_; }

private:
    Observer(Segment segment, Format format, const format::Layout& layout, std::chrono::nanoseconds liveness_interval);
    void sample_extended(Sample& into);
    bool read_block();
    void keep_settled();
    const format::Header& header() const noexcept;
    const format::WriterLine& writer_line() const noexcept;
    const format::ReaderSlot& slot(std::uint32_t index) const noexcept;
    void sample_classic(Sample& into);
    void fill_in(const Sample& into, ReaderSample& reader, std::uint32_t index) const noexcept;
    bool refresh_liveness(std::chrono::steady_clock::time_point now);
    bool ask_kernel();
    WriterState writer_state(const format::WriterLine& line) const noexcept;
    Peek peek_extended(std::uint64_t count, StartAt from) const;
    Peek peek_classic(std::uint64_t count, StartAt from) const;

    Segment segment_;
    Format format_;
    format::Layout layout_;
    SegmentIdentity identity_;
    std::chrono::nanoseconds liveness_interval_;
    std::chrono::steady_clock::time_point liveness_due_;
    std::uint64_t known_epoch_ = 0;
    bool writer_locked_ = false;
    bool name_is_ours_ = true;
    bool name_is_taken_ = false;              // by another segment
    std::vector<bool> reader_locked_;         // by slot
    std::vector<std::uint64_t> known_words_;  // slot words at the last liveness look: a newcomer is looked at at once
    std::uint32_t slots_ = 0;                 // that the block holds: those that were ever used
    std::size_t listed_ = 0;                  // slots of the block that hold a reader
    bool any_unsettled_ = false;              // whether one of them is counting a loss just now
    std::optional<std::uint32_t> senseless_slot_;  // one whose counters make no sense
    struct alignas(128) Line {
        std::array<std::byte, 128> bytes;
    };
    std::vector<Line> block_;     // the control block, as read: header, writer's line, slots
    std::vector<Line> previous_;  // the same, of the sample before
};

std::string_view to_string(OverflowPolicy policy) noexcept;
std::string_view to_string(Format format) noexcept;
std::string_view to_string(BufferState state) noexcept;
std::string_view to_string(WriterState state) noexcept;
std::string_view to_string(ReaderState state) noexcept;

}  // namespace shared_cbuff
