#pragma once
// The one instance that may push to a buffer.
// Thread contract: a Writer belongs to one thread at a time; readers and observers run concurrently in any process. It
// belongs to the process that made it: a forked child's copy holds no role, what is pushed through it reaches nobody, and
// destroying it does nothing. A moved-from Writer may only be destroyed or assigned to.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "shared_cbuff/format.hpp"
#include "shared_cbuff/segment.hpp"

namespace shared_cbuff {

class Cleanup;

struct CreateOptions {
    std::uint64_t item_size = 1;  ///< bytes, >= 1
    std::uint64_t length = 2;     ///< items, >= 2
    OverflowPolicy policy = OverflowPolicy::overwrite;
    std::uint32_t max_readers = default_max_readers;  ///< reader slots, 0 to 4096
    std::uint32_t mode = 0600;                        ///< permission bits, exact
};

class Writer {
public:
    /// Makes a new buffer, whole before it has its name, and holds its writer role. Destroying the Writer closes the
    /// buffer and removes its name. Throws InvalidArgument, BufferAlreadyCreated, SystemError; nothing is left behind.
    static Writer create(std::string_view name, const CreateOptions& options);
    /// Takes a vacant writer role (its holder died or released it); pushing resumes at `pushed`. Destroying the Writer
    /// releases the role, the buffer stays. Throws BufferNotFound, WriterActive, GeometryMismatch, CorruptBuffer,
    /// InvalidArgument, SystemError.
    static Writer take_over(std::string_view name, const std::optional<Geometry>& expected = std::nullopt);

    Writer(Writer&&) noexcept;
    Writer& operator=(Writer&&) noexcept;
    ~Writer();

    /// Appends one item of exactly item_size bytes. False, nothing written, if the policy is `reject` and an active
    /// reader would lose an item; under `overwrite` always true. Throws ItemTooLarge, InvalidArgument (too short).
    bool push(std::span<const std::byte> item);
    /// The same with an unsigned big-endian integer. Throws ItemTooLarge.
    bool push(std::uint64_t item);
    /// Appends whole items, oldest first; `items` is a multiple of item_size bytes. Returns how many were appended: all
    /// under `overwrite`, as many as fit under `reject`. Throws InvalidArgument.
    std::size_t push_many(std::span<const std::byte> items);
    /// push() that waits under `reject` until there is room, at most `timeout`.
    bool push_for(std::span<const std::byte> item, std::chrono::nanoseconds timeout);

    const std::string& name() const noexcept { return segment_->name(); }
    Geometry geometry() const noexcept { return layout_.geometry; }
    OverflowPolicy policy() const noexcept { return policy_; }
    std::uint64_t pushed() const noexcept { return pushed_; }
    std::uint64_t rejected() const noexcept { return rejected_; }
    std::uint64_t epoch() const noexcept;
    /// Items the slowest active reader has not taken yet; without one, min(pushed, length).
    std::uint64_t usage();
    /// Whether the segment still has its full size: pushing onto truncated pages raises SIGBUS.
    bool intact() const noexcept;

    /// Gives the writer role up and leaves the buffer in place, vacant. Further pushes throw InvalidArgument.
    void release();
    /// Closes the buffer (readers drain what is left) and removes its name. Further pushes throw InvalidArgument.
    /// Throws SystemError if the name could not be removed; the buffer then stays, vacant and not closed.
    void close();

private:
    Writer(Segment segment, const format::Layout& layout, OverflowPolicy policy);
    void adopt_role();
    void promise_cleanup(bool close_and_unlink);
    void give_up(bool close_and_unlink) noexcept;
    bool find_room();
    bool refuse(std::uint64_t items) noexcept;
    void leave(bool close_and_unlink);
    std::uint64_t oldest_active_cursor();
    bool evict_if_dead(std::uint32_t slot, std::uint64_t word);
    void announce(std::uint64_t items) noexcept;
    void publish(std::uint64_t items, std::size_t bytes) noexcept;
    void store_classic_pointer() noexcept;
    format::ReaderSlot* slot(std::uint32_t index) const noexcept;
    std::uint32_t slots_to_scan() const noexcept;

    std::unique_ptr<Segment> segment_;
    Mapping mapping_;
    struct Leaving;
    std::unique_ptr<Leaving> leaving_;  // how the role is to be given up, and how that went
    std::unique_ptr<Cleanup> cleanup_;  // after what it uses: segment_, mapping_ and leaving_
    format::Layout layout_;
    OverflowPolicy policy_;
    unsigned word_size_;
    unsigned pointer_shift_;
    format::WriterLine* line_ = nullptr;  // null once the role is given up
    std::byte* ring_ = nullptr;
    std::size_t ring_bytes_ = 0;
    std::size_t offset_ = 0;          // of the slot of item `pushed_`: kept, so that no push divides
    std::uint64_t pushed_ = 0;
    std::uint64_t intent_floor_ = 0;  // what a dead predecessor announced; intent never falls below it
    std::uint64_t room_until_ = 0;    // items that may be pushed before the slots must be looked at again
    std::uint64_t rejected_ = 0;
    mutable std::uint32_t slots_seen_ = 0;  // most slots the header ever told of: only grows, whatever the header says later
};

}  // namespace shared_cbuff
