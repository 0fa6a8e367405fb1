#pragma once
// One POSIX shared-memory object: its descriptor, its name, its liveness locks, and mappings of it.
// Thread contract: const members may be called from any thread; an object is moved and destroyed by one.
// All that is Linux-only (O_TMPFILE, OFD locks, /dev/shm, /proc) stands in segment.cpp, descriptor.cpp, refusals.cpp,
// process.cpp and discovery.cpp.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "shared_cbuff/errors.hpp"
#include "shared_cbuff/states.hpp"

namespace shared_cbuff {

enum class Access { read_only, read_write };

/// What fstat knows. `links` is 0 once the name is gone.
struct SegmentStatus {
    SegmentIdentity identity;
    std::uint64_t size = 0;
    std::uint64_t reserved = 0;  ///< bytes that have memory behind them; less than size if there are holes
    std::uint64_t links = 0;
    std::uint32_t mode = 0;
    std::uint32_t owner = 0;
};

/// Memory of a segment; outlives the Segment it came from.
class Mapping {
public:
    Mapping() = default;
    Mapping(std::byte* address, std::size_t size) noexcept : address_{address}, size_{size} {}
    Mapping(Mapping&& other) noexcept;
    Mapping& operator=(Mapping&& other) noexcept;
    ~Mapping();

    std::byte* data() const noexcept { return address_; }
    std::size_t size() const noexcept { return size_; }

private:
    std::byte* address_ = nullptr;
    std::size_t size_ = 0;
};

class Segment {
public:
    Segment() = default;
    Segment(Segment&& other) noexcept;
    Segment& operator=(Segment&& other) noexcept;
    ~Segment();

    /// Opens by name. Throws InvalidArgument (name), BufferNotFound, SystemError; `operation` is for the message.
    /// `status`, if given, becomes that of this moment.
    static Segment open(std::string_view operation, std::string_view name, Access access,
                        SegmentStatus* status = nullptr);
    /// Opens a file that holds a copy of a segment, to be read only. Its locks mean nothing. Never waits, whatever the
    /// path leads to. Throws SystemError, CorruptBuffer (no regular file, or an empty one).
    static Segment open_file(std::string_view operation, const std::string& path);
    /// The same segment through a descriptor of its own, whatever its name leads to by now. Only for those that hold no
    /// lock: both are one open file to the kernel, so they would share locks, and is_locked_elsewhere() sees none of
    /// its own. Throws SystemError.
    Segment duplicate(std::string_view operation) const;
    /// A segment of `size` reserved, zeroed bytes that has no name yet. Nobody can see it before publish().
    /// Throws InvalidArgument (name), SystemError (ENOSPC when /dev/shm cannot hold it, EFBIG beyond `ulimit -f`).
    /// `mode` is exact: no umask.
    static Segment create_unnamed(std::string_view name, std::uint64_t size, std::uint32_t mode);
    /// Gives it to a group. Throws SystemError: unless privileged, one can only give to groups one is a member of.
    void give_to_group(std::uint32_t group) const;
    /// Gives it its name in one step. Returns false, and changes nothing, if the name is taken.
    [[nodiscard]] bool publish() const;

    explicit operator bool() const noexcept { return descriptor_ >= 0; }
    const std::string& name() const noexcept { return name_; }
    /// Throws SystemError.
    SegmentStatus status() const;
    /// Whether at least `size` bytes are there: touching a mapping beyond a truncated segment's end raises SIGBUS.
    bool holds(std::uint64_t size) const noexcept;
    /// Maps the first `size` bytes. Throws SystemError.
    Mapping map(std::uint64_t size, Access access) const;
    /// Bytes read at `offset`; fewer than asked where the segment ends (errno is 0 then) or where a read
    /// failed. Never touches pages, so truncation is harmless.
    std::size_t read_at(std::uint64_t offset, std::span<std::byte> into) const noexcept;

    /// Takes the one-byte lock at `offset`; false if another descriptor holds it. Needs read_write. Throws SystemError.
    [[nodiscard]] bool try_lock(std::uint64_t offset) const;
    void unlock(std::uint64_t offset) const noexcept;
    /// Whether another descriptor, of any process, holds the lock at `offset` as try_lock() takes it, or may: the
    /// kernel refused the answer. Needs no write permission. A shared lock, which needs none either, does not count.
    bool is_locked_elsewhere(std::uint64_t offset) const noexcept;
    /// Whether another descriptor holds a lock of any kind on any of the liveness bytes, or may; in one question.
    bool is_any_locked_elsewhere() const noexcept;
    /// Whether a lock of any kind on another descriptor keeps try_lock() from the byte at `offset`.
    bool is_blocked(std::uint64_t offset) const noexcept;

    /// Whether `name` now leads to a segment, and to which.
    static bool find(std::string_view name, SegmentIdentity& identity) noexcept;
    /// Removes the name, whatever it leads to; false if it was gone already. Throws InvalidArgument (name),
    /// SystemError.
    static bool unlink(std::string_view name);
    /// Removes the name if it still leads to this segment. Returns 0, or the errno of a refusal. What somebody puts
    /// there in the very moment loses it instead: the system offers no way to compare and unlink at once.
    int unlink_if_still_named() const noexcept;
    /// In a forked child: gives back what it shares with its parent, so that no lock outlives the parent through it.
    /// The descriptor stays open, on nothing; `mapped` becomes private zeros. Plain system calls only.
    void detach_in_child(std::span<std::byte> mapped) const noexcept;

private:
    int descriptor_ = -1;
    std::string name_;
};

/// `given` without the slashes that it may begin with, as shm_open() and so Python take it: "/sensor" is "sensor".
/// Throws InvalidArgument if that cannot name a buffer: empty, longer than `longest` bytes, with '/' or NUL, "." or
/// "..".
std::string_view plain_name(std::string_view operation, std::string_view given,
                            std::size_t longest = max_existing_name_length);

}  // namespace shared_cbuff
