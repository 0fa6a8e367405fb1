#include "shared_cbuff/detail/segment.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <utility>

#include "descriptor.hpp"
#include "refusals.hpp"
#include "shared_cbuff/detail/format.hpp"

namespace shared_cbuff {
namespace {

constexpr const char* shm_directory = "/dev/shm";
constexpr int reserve_attempts = 100;

std::string path_of(std::string_view name) { return std::string{shm_directory} + "/" + std::string{name}; }

SegmentIdentity identity_of(const struct stat& status) noexcept { return {status.st_dev, status.st_ino}; }

SegmentStatus status_of(const struct stat& status) noexcept {
    return {identity_of(status),
            static_cast<std::uint64_t>(status.st_size),
            static_cast<std::uint64_t>(status.st_blocks) * 512,
            status.st_nlink,
            status.st_mode & 07777u,
            status.st_uid};
}

struct flock lock_record(std::uint64_t offset, short type) noexcept {
    struct flock record {};
    record.l_type = type;
    record.l_whence = SEEK_SET;
    record.l_start = static_cast<off_t>(offset);
    record.l_len = 1;
    return record;  // l_pid stays 0, as OFD locks demand
}

/// Who gives access to a segment, and to whom.
std::string describe_denied(std::string_view name) {
    struct stat status {};
    if (::lstat(path_of(name).c_str(), &status) != 0) return "its owner has not given you access";
    std::array<char, 8> mode{};
    std::snprintf(mode.data(), mode.size(), "%04o", status.st_mode & 07777u);
    return "its owner (user id " + std::to_string(status.st_uid) + ") has not given you access: its mode is " +
           mode.data();
}

[[noreturn]] void throw_open_error(std::string_view operation, std::string_view name, int code) {
    switch (code) {
        case ENOENT: {
            const std::string no_directory = refusals::why_no_directory();
            if (!no_directory.empty()) throw BufferNotFound{operation, name, no_directory};
            throw BufferNotFound{
                operation, name,
                "no buffer of this name exists on this machine; create it, or start the program that does"};
        }
        case EACCES:
            throw SystemError{operation, name, code, describe_denied(name)};
        case ELOOP:
            throw SystemError{operation, name, code, "the name is a symbolic link, not a segment"};
        default:
            throw SystemError{operation, name, code};
    }
}

/// Gives the unnamed file its name; 0 or an errno. Without /proc only a kernel that allows it to whoever opened the
/// file (Linux 6.10), or to the superuser, does so.
int link_unnamed(int descriptor, const std::string& path) noexcept {
    std::array<char, 32> source{};
    std::snprintf(source.data(), source.size(), "/proc/self/fd/%d", descriptor);
    if (::linkat(AT_FDCWD, source.data(), AT_FDCWD, path.c_str(), AT_SYMLINK_FOLLOW) == 0) return 0;
    const int code = errno;
    if (code != ENOENT) return code;
    return ::linkat(descriptor, "", AT_FDCWD, path.c_str(), AT_EMPTY_PATH) == 0 ? 0 : errno;
}

}  // namespace

std::string_view plain_name(std::string_view operation, std::string_view given, std::size_t longest) {
    const auto refuse = [&](std::string_view reason) { throw InvalidArgument{operation, given, reason}; };
    std::string_view name = given;
    while (name.starts_with('/')) name.remove_prefix(1);
    if (name.empty()) refuse("the name is empty");
    if (name.size() > longest) {
        refuse("the name has " + std::to_string(name.size()) + " bytes, at most " + std::to_string(longest) +
               " are possible");
    }
    if (name.find('/') != std::string_view::npos) refuse("a name cannot contain '/' but at its beginning");
    if (name.find('\0') != std::string_view::npos) refuse("a name cannot contain a NUL byte");
    if (name == "." || name == "..") refuse("this name is reserved by the file system");
    return name;
}

// ---- Mapping

Mapping::Mapping(Mapping&& other) noexcept
    : address_{std::exchange(other.address_, nullptr)}, size_{std::exchange(other.size_, 0)} {}

Mapping& Mapping::operator=(Mapping&& other) noexcept {
    std::swap(address_, other.address_);
    std::swap(size_, other.size_);
    return *this;
}

Mapping::~Mapping() {
    if (address_ != nullptr) ::munmap(address_, size_);
}

// ---- Segment

Segment::Segment(Segment&& other) noexcept
    : descriptor_{std::exchange(other.descriptor_, -1)}, name_{std::move(other.name_)} {}

Segment& Segment::operator=(Segment&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    std::swap(name_, other.name_);
    return *this;
}

Segment::~Segment() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

Segment Segment::open(std::string_view operation, std::string_view name, Access access, SegmentStatus* found) {
    name = plain_name(operation, name);
    const int mode = access == Access::read_write ? O_RDWR : O_RDONLY;
    Segment segment;
    segment.name_ = name;
    // O_NONBLOCK: a FIFO put there by somebody must not hang us.
    segment.descriptor_ = above_streams(::open(path_of(name).c_str(), mode | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (segment.descriptor_ < 0) throw_open_error(operation, name, errno);
    struct stat status {};
    if (::fstat(segment.descriptor_, &status) != 0) throw SystemError{operation, name, errno};
    if (!S_ISREG(status.st_mode))
        throw CorruptBuffer{operation, name, "the name leads to something that is no segment"};
    if (found != nullptr) *found = status_of(status);
    return segment;
}

Segment Segment::open_file(std::string_view operation, const std::string& path) {
    Segment segment;
    segment.name_ = path;
    struct stat status {};
    // Looked at before it is opened, too: opening a device may do something.
    if (::stat(path.c_str(), &status) != 0) throw SystemError{operation, path, errno};
    if (S_ISREG(status.st_mode)) {
        segment.descriptor_ = above_streams(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
        if (segment.descriptor_ < 0) throw SystemError{operation, path, errno};
        if (::fstat(segment.descriptor_, &status) != 0) throw SystemError{operation, path, errno};
    }
    if (!S_ISREG(status.st_mode)) {
        throw CorruptBuffer{operation, path,
                            S_ISDIR(status.st_mode) ? "this is a directory; give the file that holds the copy"
                                                    : "this is no regular file; copy the segment to one first"};
    }
    if (status.st_size == 0) throw CorruptBuffer{operation, path, "the file is empty, so it holds no segment"};
    return segment;
}

Segment Segment::duplicate(std::string_view operation) const {
    Segment segment;
    segment.name_ = name_;
    segment.descriptor_ = ::fcntl(descriptor_, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    if (segment.descriptor_ < 0) throw SystemError{operation, name_, errno};
    return segment;
}

Segment Segment::create_unnamed(std::string_view name, std::uint64_t size, std::uint32_t mode) {
    constexpr std::string_view operation = "create";
    name = plain_name(operation, name, max_name_length);
    Segment segment;
    segment.name_ = name;
    segment.descriptor_ = above_streams(::open(shm_directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
    if (segment.descriptor_ < 0) throw SystemError{operation, name, errno, refusals::why_no_file(errno)};
    int code = EINTR;
    {
        const refusals::FileSizeSignal held;
        // Reserves every page now: a full /dev/shm is an error here, not a SIGBUS at the first touch. A signal undoes
        // what was reserved, so a periodic one could go on for ever: hence the bound.
        for (int attempt = 0; attempt < reserve_attempts && code == EINTR; ++attempt) {
            code = ::posix_fallocate(segment.descriptor_, 0, static_cast<off_t>(size));
        }
    }
    if (code != 0) throw SystemError{operation, name, code, refusals::why_no_room(code, size)};
    if (::fchmod(segment.descriptor_, mode) != 0) throw SystemError{operation, name, errno};
    return segment;
}

void Segment::give_to_group(std::uint32_t group) const {
    struct stat status {};
    // The mode again afterwards: a change of the group may take bits from it.
    if (::fstat(descriptor_, &status) == 0 && ::fchown(descriptor_, static_cast<uid_t>(-1), group) == 0 &&
        ::fchmod(descriptor_, status.st_mode & 07777u) == 0) {
        return;
    }
    const int code = errno;
    throw SystemError{"create", name_, code,
                      "it could not be given to the group " + std::to_string(group) +
                          (code == EPERM ? "; you are no member of it (see `id`)" : "")};
}

bool Segment::publish() const {
    const int code = link_unnamed(descriptor_, path_of(name_));
    if (code == 0) return true;
    if (code == EEXIST) return false;
    throw SystemError{"create", name_, code, refusals::why_not_named(code)};
}

SegmentStatus Segment::status() const {
    struct stat status {};
    if (::fstat(descriptor_, &status) != 0) throw SystemError{"inspect", name_, errno};
    return status_of(status);
}

bool Segment::holds(std::uint64_t size) const noexcept {
    struct stat status {};
    return ::fstat(descriptor_, &status) == 0 && static_cast<std::uint64_t>(status.st_size) >= size;
}

Mapping Segment::map(std::uint64_t size, Access access) const {
    const int protection = access == Access::read_write ? PROT_READ | PROT_WRITE : PROT_READ;
    void* address = ::mmap(nullptr, size, protection, MAP_SHARED, descriptor_, 0);
    if (address == MAP_FAILED) throw SystemError{"map", name_, errno, refusals::why_not_mapped(errno, size)};
    return {static_cast<std::byte*>(address), size};
}

std::size_t Segment::read_at(std::uint64_t offset, std::span<std::byte> into) const noexcept {
    std::size_t done = 0;
    while (done < into.size()) {
        const ssize_t got =
            ::pread(descriptor_, into.data() + done, into.size() - done, static_cast<off_t>(offset + done));
        if (got < 0 && errno == EINTR) continue;
        if (got == 0) errno = 0;
        if (got <= 0) break;
        done += static_cast<std::size_t>(got);
    }
    return done;
}

bool Segment::try_lock(std::uint64_t offset) const {
    struct flock record = lock_record(offset, F_WRLCK);
    if (::fcntl(descriptor_, F_OFD_SETLK, &record) == 0) return true;
    if (errno == EAGAIN || errno == EACCES) return false;
    throw SystemError{"lock", name_, errno};
}

void Segment::unlock(std::uint64_t offset) const noexcept {
    struct flock record = lock_record(offset, F_UNLCK);
    ::fcntl(descriptor_, F_OFD_SETLK, &record);
}

bool Segment::is_locked_elsewhere(std::uint64_t offset) const noexcept {
    // Asked as a reader would ask, so that only an exclusive lock is in the way: that takes write permission, while
    // whoever may read the segment may hold a shared one, and so would make the dead look alive.
    struct flock record = lock_record(offset, F_RDLCK);
    // No answer is no proof of death: it must not cost a reader its slot, or a writer its buffer's name.
    return ::fcntl(descriptor_, F_OFD_GETLK, &record) != 0 || record.l_type != F_UNLCK;
}

bool Segment::is_any_locked_elsewhere() const noexcept {
    struct flock record = lock_record(format::writer_lock_offset, F_WRLCK);
    record.l_len = 0;  // to the end of all there can be
    return ::fcntl(descriptor_, F_OFD_GETLK, &record) != 0 || record.l_type != F_UNLCK;
}

bool Segment::is_blocked(std::uint64_t offset) const noexcept {
    struct flock record = lock_record(offset, F_WRLCK);
    return ::fcntl(descriptor_, F_OFD_GETLK, &record) == 0 && record.l_type != F_UNLCK;
}

bool Segment::find(std::string_view name, SegmentIdentity& identity) noexcept {
    struct stat status {};
    std::array<char, 16 + max_existing_name_length> path{};  // no allocation: observers ask this at every sample
    while (name.starts_with('/')) name.remove_prefix(1);
    if (name.size() > max_existing_name_length) return false;
    std::snprintf(path.data(), path.size(), "%s/%.*s", shm_directory, static_cast<int>(name.size()), name.data());
    if (::lstat(path.data(), &status) != 0) return false;
    identity = identity_of(status);
    return true;
}

bool Segment::unlink(std::string_view name) {
    name = plain_name("remove", name);
    if (::unlink(path_of(name).c_str()) == 0) return true;
    if (errno == ENOENT) return false;
    throw SystemError{"remove", name, errno};
}

int Segment::unlink_if_still_named() const noexcept {
    const std::string path = path_of(name_);
    struct stat own {};
    struct stat named {};
    if (::fstat(descriptor_, &own) != 0) return errno;
    if (::lstat(path.c_str(), &named) != 0) return errno == ENOENT ? 0 : errno;
    if (identity_of(named) != identity_of(own)) return 0;
    return ::unlink(path.c_str()) == 0 || errno == ENOENT ? 0 : errno;
}

void Segment::detach_in_child(std::span<std::byte> mapped) const noexcept {
    ::mmap(mapped.data(), mapped.size(), PROT_READ | PROT_WRITE,
           MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    // Closed first: at the limit of open files there is no other number to spare, and a child has one thread as yet.
    // The number stays taken, or our destructor would close somebody else's.
    ::close(descriptor_);
    const int nothing = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    if (nothing < 0 || nothing == descriptor_) return;
    ::dup3(nothing, descriptor_, O_CLOEXEC);
    ::close(nothing);
}

}  // namespace shared_cbuff
