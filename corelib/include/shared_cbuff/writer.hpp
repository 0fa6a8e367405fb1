#pragma once
// The one instance that may push to a buffer.
// Thread contract: a Writer belongs to one thread at a time; readers and observers run concurrently in any process. It
// belongs to the process that made it: a forked child's copy holds no role, what is pushed through it reaches nobody,
// and destroying it does nothing. A moved-from Writer may only be destroyed or assigned to.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include "shared_cbuff/detail/copying.hpp"
#include "shared_cbuff/detail/format.hpp"
#include "shared_cbuff/detail/owner.hpp"
#include "shared_cbuff/detail/writer_role.hpp"
#include "shared_cbuff/item.hpp"

namespace shared_cbuff {

struct CreateOptions {
    std::uint64_t item_size = Geometry{}.item_size;  ///< bytes, >= 1
    std::uint64_t length = Geometry{}.length;        ///< items, >= 2
    OverflowPolicy policy = OverflowPolicy::overwrite;
    std::uint32_t max_readers = default_max_readers;    ///< reader slots, 0 to 4096
    std::uint32_t mode = 0600;                          ///< permission bits, exact
    std::optional<std::uint32_t> group = std::nullopt;  ///< id of the group it belongs to; the process's own otherwise
};

/// Bytes of shared memory that a buffer so made takes. Meaningful only for a valid geometry.
std::uint64_t segment_size(const CreateOptions& options) noexcept;

class Writer {
public:
    /// Makes a new buffer, whole before it has its name, and holds its writer role. Destroying the Writer closes the
    /// buffer and removes its name. Throws InvalidArgument, BufferAlreadyCreated, SystemError; nothing is left behind.
    static Writer create(std::string_view name, const CreateOptions& options) {
        return Writer{WriterRole::create(name, options)};
    }
    /// Takes a vacant writer role (its holder died or released it); pushing resumes at `pushed`. Destroying the Writer
    /// releases the role, the buffer stays. Throws BufferNotFound, WriterActive, GeometryMismatch, CorruptBuffer,
    /// InvalidArgument, SystemError.
    static Writer take_over(std::string_view name, const std::optional<Geometry>& expected = std::nullopt) {
        return Writer{WriterRole::take_over(name, expected)};
    }

    /// Appends one item of exactly item_size bytes. False, nothing written, if the policy is `reject` and an active
    /// reader would lose an item; under `overwrite` always true. Throws ItemTooLarge, InvalidArgument (too short).
    bool push(std::span<const std::byte> item);
    /// The same with an integer, stored big-endian. Throws ItemTooLarge, InvalidArgument (negative).
    template <ItemNumber Number>
    bool push(Number item);
    /// Appends whole items, oldest first; `items` is a multiple of item_size bytes. Returns how many were appended: all
    /// under `overwrite`, as many as fit under `reject`. Throws InvalidArgument.
    std::size_t push_many(std::span<const std::byte> items) { return ask(&WriterRole::push_many, items); }
    /// push() that waits under `reject` until there is room, at most `timeout`. A reader that has died is found dead
    /// within a millisecond: a shorter timeout may pass before.
    bool push_for(std::span<const std::byte> item, std::chrono::nanoseconds timeout) {
        return ask(&WriterRole::push_for, item, timeout) == 1;
    }

    const std::string& name() const noexcept { return role_->name(); }
    Geometry geometry() const noexcept { return role_->offsets().geometry; }
    OverflowPolicy policy() const noexcept { return role_->policy(); }
    std::uint64_t pushed() const noexcept { return head_.pushed; }
    std::uint64_t rejected() const noexcept { return role_->rejected(); }
    std::uint64_t epoch() const noexcept { return role_->epoch(); }
    /// Items the slowest living reader has not taken yet; with none, those that the ring retains.
    std::uint64_t usage() const { return role_->usage(head_.pushed); }
    /// Whether the segment still has its full size: pushing onto truncated pages raises SIGBUS.
    bool intact() const noexcept { return role_->intact(); }

    /// Gives the writer role up and leaves the buffer in place, vacant. Further pushes throw InvalidArgument.
    void release() {
        head_.stop();  // so that a push comes to the role, and is told
        role_->release();
    }
    /// Closes the buffer (readers drain what is left) and removes its name. Further pushes throw InvalidArgument.
    /// Throws SystemError if the name could not be removed; the buffer then stays, vacant and not closed.
    void close() {
        head_.stop();
        role_->close();
    }

private:
    friend class StepWriter;
    [[gnu::always_inline]] explicit Writer(std::unique_ptr<WriterRole> role)
        : head_{role->first_head()}, role_{role.release()} {}
    bool push_word(std::uint64_t word);
    /// Calls a function of the role with a copy of the head, so that nobody learns the address of ours.
    template <class... Arguments>
    [[gnu::always_inline]] std::size_t ask(std::size_t (WriterRole::*function)(WriteHead&, Arguments...),
                                           std::type_identity_t<Arguments>... arguments) {
        WriteHead head = head_;
        const std::size_t items = ((*role_).*function)(head, arguments...);
        head_ = head;
        return items;
    }

    WriteHead head_;
    Owner<WriterRole> role_;
};

// The protocol, with t = pushed and L = length (PROTOCOL.md has the argument, tests/model checks it):
//
//   intent = t + 1;  fence(release);  the item;  fence(release);  pushed = t + 1;  the classic pointer
//
// A reader that copied slot c and then finds intent - c <= L has copied no byte of item c + L. Below
// push_until the horizon is told, and under `reject` no active reader loses anything: it is at most where the oldest of
// them stood when we last looked, plus L.
[[gnu::always_inline]] inline bool Writer::push_word(std::uint64_t word) {
    copying::own_ahead(head_.next + head_.ahead);
    head_.announce(head_.pushed + 1);
    copying::store_word(head_.next, word);
    head_.publish_one(sizeof word);
    return true;
}

[[gnu::always_inline]] inline bool Writer::push(std::span<const std::byte> item) {
    std::uint64_t word;
    if (item.size() == sizeof word && head_.pushed < head_.word_until) [[likely]] {
        std::memcpy(&word, item.data(), sizeof word);
        return push_word(word);
    }
    if (item.size() != head_.item_size || head_.pushed >= head_.push_until) [[unlikely]] {
        return ask(&WriterRole::push_slowly, item) == 1;
    }
    head_.announce(head_.pushed + 1);
    copying::store(head_.next, item.data(), item.size(), head_.word_size);
    head_.publish_one(item.size());
    return true;
}

template <ItemNumber Number>
[[gnu::always_inline]] inline bool Writer::push(Number item) {
    if constexpr (std::signed_integral<Number>) {
        if (item < 0) [[unlikely]]
            role_->throw_negative(item);
    }
    const auto number = static_cast<std::uint64_t>(item);
    if (head_.pushed < head_.word_until) [[likely]]
        return push_word(__builtin_bswap64(number));
    return ask(&WriterRole::push_number, number) == 1;
}

}  // namespace shared_cbuff
