#include "refusals.hpp"

#include <pthread.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>
#include <optional>

namespace shared_cbuff::refusals {
namespace {

constexpr const char* directory = "/dev/shm";

/// The limit of this process, unless there is none.
std::optional<std::uint64_t> limit_of(int resource) {
    struct rlimit limit {};
    // The cast: in glibc's C++ headers the type is an enumeration of its own.
    if (::getrlimit(static_cast<__rlimit_resource>(resource), &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) {
        return std::nullopt;
    }
    return limit.rlim_cur;
}

std::string bytes(std::uint64_t count) { return std::to_string(count) + " bytes"; }

}  // namespace

std::string limit_behind(int code) {
    switch (code) {
        case EMFILE: {
            const auto limit = limit_of(RLIMIT_NOFILE);
            return "this process has no descriptor left" +
                   (limit ? ": its limit is " + std::to_string(*limit) + " open files (ulimit -n)" : std::string{});
        }
        case ENFILE:
            return "this machine has no open file left (sysctl fs.file-max)";
        case ENOLCK:
            return "the kernel has no room for another file lock";
        case EDQUOT:
            return "your quota of /dev/shm is used up; remove a segment";
        default:
            return {};
    }
}

std::string why_no_directory() {
    struct stat status {};
    const bool is_there = ::stat(directory, &status) == 0 && S_ISDIR(status.st_mode);
    return is_there ? "" : "there is no /dev/shm here, and shared memory lives in it; mount a tmpfs there";
}

std::string why_no_file(int code) {
    struct statvfs system {};
    switch (code) {
        case ENOENT:
        case ENOTDIR:
            return why_no_directory();
        case EACCES:
        case EPERM:
            return "you may not write to /dev/shm";
        case EROFS:
            return "/dev/shm is mounted read-only";
        case EISDIR:
        case EINVAL:
        case EOPNOTSUPP:
            return "the file system at /dev/shm makes no unnamed files; mount a tmpfs there";
        case ENOSPC:  // no byte was asked for yet
            if (::statvfs(directory, &system) == 0 && system.f_files != 0 && system.f_favail == 0) {
                return "/dev/shm has room, but no inode left for another segment: all " +
                       std::to_string(system.f_files) + " are in use; remove one";
            }
            return "/dev/shm has no room for another segment; remove one";
        default:
            return limit_behind(code);
    }
}

std::string why_no_room(int code, std::uint64_t size) {
    struct statvfs system {};
    const auto limit = limit_of(RLIMIT_FSIZE);
    if (code == EFBIG && limit && *limit < size) {
        return "the file size limit (ulimit -f) of this process is " + bytes(*limit) + ", but the segment needs " +
               bytes(size);
    }
    if (code == ENOSPC && ::statvfs(directory, &system) == 0) {
        return "/dev/shm cannot hold the " + bytes(size) +
               " it needs: " + std::to_string(std::uint64_t{system.f_bavail} * system.f_frsize) + " are free";
    }
    if (code == ENOSPC || code == EFBIG || code == ENOMEM)
        return "/dev/shm cannot hold the " + bytes(size) + " it needs";
    if (code == EOPNOTSUPP) return "the file system at /dev/shm cannot reserve memory; mount a tmpfs there";
    if (std::string limited = limit_behind(code); !limited.empty()) return limited;
    return "could not reserve the " + bytes(size) + " it needs";
}

std::string why_not_mapped(int code, std::uint64_t size) {
    if (code == ENOMEM) {
        if (const auto limit = limit_of(RLIMIT_AS)) {
            return "the address space of this process is limited to " + bytes(*limit) +
                   " (ulimit -v), and the segment needs " + bytes(size) + " of it";
        }
        return "this process has no room for a mapping of " + bytes(size) + " (memory, or sysctl vm.max_map_count)";
    }
    if (code == EAGAIN) {
        const auto limit = limit_of(RLIMIT_MEMLOCK);
        return "this process locks all its memory, and the segment's " + bytes(size) +
               " would exceed its limit of locked memory (ulimit -l)" + (limit ? ", " + bytes(*limit) : std::string{});
    }
    return limit_behind(code);
}

std::string why_not_named(int code) {
    if (code == ENOENT && ::access("/proc/self/fd", F_OK) != 0) {
        return "the finished segment gets its name through /proc, and /proc is not mounted here";
    }
    if (std::string refused = why_no_file(code); !refused.empty()) return refused;
    return "the finished segment could not be given its name";
}

FileSizeSignal::FileSizeSignal() noexcept {
    sigset_t pending;
    ::sigemptyset(&pending);
    ::sigpending(&pending);
    was_pending_ = ::sigismember(&pending, SIGXFSZ) == 1;
    ::sigemptyset(&signal_);
    ::sigaddset(&signal_, SIGXFSZ);
    ::pthread_sigmask(SIG_BLOCK, &signal_, &before_);
}

FileSizeSignal::~FileSizeSignal() {
    const int code = errno;
    const struct timespec at_once {};
    // One that was waiting before is the program's own.
    if (!was_pending_) {
        while (::sigtimedwait(&signal_, nullptr, &at_once) < 0 && errno == EINTR) {
        }
    }
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    errno = code;
}

}  // namespace shared_cbuff::refusals
