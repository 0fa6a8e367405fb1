// Limits of a process and of the machine: an error whose sentence names the limit, and nothing left behind.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <fstream>
#include <functional>
#include <string>
#include <string_view>

#include "shared_cbuff/discovery.hpp"
#include "shared_cbuff/observer.hpp"
#include "shared_cbuff/reader.hpp"
#include "shared_cbuff/writer.hpp"
#include "test_support/child_process.hpp"
#include "test_support/sanitizer.hpp"
#include "test_support/segments.hpp"

namespace {

using namespace shared_cbuff;
using test_support::Channel;
using test_support::exit_code_of;
using test_support::ScopedName;

constexpr std::uint64_t mebibyte = 1 << 20;
constexpr int not_permitted = 77;

bool limit(__rlimit_resource resource, rlim_t to) {
    const rlimit both{to, to};
    return ::setrlimit(resource, &both) == 0;
}

/// Whether `action` is refused with this errno and a sentence that has `part`.
bool is_refused(const std::function<void()>& action, int code, std::string_view part) {
    try {
        action();
    } catch (const SystemError& error) {
        if (error.code() == code && error.reason().find(part) != std::string::npos) return true;
        std::fprintf(stderr, "code %d: %s\n", error.code(), error.what());
    } catch (const std::exception& error) {
        std::fprintf(stderr, "another error: %s\n", error.what());
    }
    return false;
}

bool is_signal_pending(int number) {
    sigset_t pending;
    ::sigemptyset(&pending);
    ::sigpending(&pending);
    return ::sigismember(&pending, number) == 1;
}

bool is_signal_blocked(int number) {
    sigset_t blocked;
    ::sigprocmask(SIG_BLOCK, nullptr, &blocked);
    return ::sigismember(&blocked, number) == 1;
}

TEST(FileSizeLimit, IsAnErrorOfCreateAndNoSignal) {
    const ScopedName name{"limits"};
    const auto create = [&] { Writer::create(name, {.item_size = mebibyte, .length = 4}); };
    EXPECT_EQ(exit_code_of([&](Channel&) {
                  ::signal(SIGXFSZ, SIG_DFL);
                  if (!limit(RLIMIT_FSIZE, mebibyte)) return 1;
                  if (!is_refused(create, EFBIG, "(ulimit -f) of this process is 1048576 bytes")) return 2;
                  if (is_signal_pending(SIGXFSZ) || is_signal_blocked(SIGXFSZ)) return 3;
                  Writer::create(name, {.item_size = 8, .length = 4});  // a small one goes on being made
                  return 0;
              }),
              0);
    EXPECT_FALSE(name.exists());
}

TEST(FileSizeLimit, LeavesTheHostsOwnSignalPending) {
    const ScopedName name{"limits"};
    const auto create = [&] { Writer::create(name, {.item_size = mebibyte, .length = 4}); };
    EXPECT_EQ(exit_code_of([&](Channel&) {
                  sigset_t signal;
                  ::sigemptyset(&signal);
                  ::sigaddset(&signal, SIGXFSZ);
                  ::sigprocmask(SIG_BLOCK, &signal, nullptr);
                  ::raise(SIGXFSZ);
                  if (!limit(RLIMIT_FSIZE, mebibyte)) return 1;
                  if (!is_refused(create, EFBIG, "(ulimit -f)")) return 2;
                  return is_signal_pending(SIGXFSZ) && is_signal_blocked(SIGXFSZ) ? 0 : 3;
              }),
              0);
}

TEST(DescriptorLimit, IsNamedByWhoeverMeetsIt) {
    if (test_support::has_sanitizer) GTEST_SKIP() << "a sanitizer needs descriptors of its own to look at objects";
    const ScopedName name{"limits"}, never{"limits"};
    const Writer writer = Writer::create(name, {.item_size = 8, .length = 4});
    EXPECT_EQ(exit_code_of([&](Channel&) {
                  const Observer observer = Observer::attach(name);
                  const int next = ::dup(STDIN_FILENO);
                  ::close(next);
                  if (!limit(RLIMIT_NOFILE, static_cast<rlim_t>(next))) return 1;
                  const std::string named = "its limit is " + std::to_string(next) + " open files (ulimit -n)";
                  if (!is_refused([&] { Observer::attach(name); }, EMFILE, named)) return 2;
                  if (!is_refused([&] { Reader::attach(name); }, EMFILE, named)) return 3;
                  if (!is_refused([&] { Writer::take_over(name); }, EMFILE, named)) return 4;
                  if (!is_refused([&] { Writer::create(never, {}); }, EMFILE, named)) return 5;
                  if (!is_refused([&] { static_cast<void>(observer.duplicate()); }, EMFILE, named)) return 6;
                  return is_refused([] { list_segments(); }, EMFILE, named) ? 0 : 7;
              }),
              0);
    EXPECT_FALSE(never.exists());
}

TEST(AddressSpaceLimit, IsNamed) {
    const ScopedName name{"limits"}, never{"limits"};
    const Writer writer = Writer::create(name, {.item_size = mebibyte, .length = 24});
    EXPECT_EQ(exit_code_of([&](Channel&) {
                  std::uint64_t pages = 0;
                  std::ifstream{"/proc/self/statm"} >> pages;
                  const auto used = pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
                  if (!limit(RLIMIT_AS, used + 12 * mebibyte)) return 1;
                  if (!is_refused([&] { Reader::attach(name); }, ENOMEM, "(ulimit -v)")) return 2;
                  const auto create = [&] { Writer::create(never, {.item_size = mebibyte, .length = 24}); };
                  return is_refused(create, ENOMEM, "(ulimit -v)") ? 0 : 3;
              }),
              0);
    EXPECT_FALSE(never.exists());
}

TEST(LockedMemoryLimit, IsNamed) {
    if (test_support::has_sanitizer) GTEST_SKIP() << "a sanitizer maps more than may be locked";
    const ScopedName never{"limits"};
    const int code = exit_code_of([&](Channel&) {
        // Root locks what it likes.
        if (::geteuid() == 0 && (::setgid(65534) != 0 || ::setuid(65534) != 0)) return not_permitted;
        if (!limit(RLIMIT_MEMLOCK, 4 * mebibyte) || ::mlockall(MCL_FUTURE) != 0) return not_permitted;
        const auto create = [&] { Writer::create(never, {.item_size = mebibyte, .length = 8}); };
        return is_refused(create, EAGAIN, "(ulimit -l)") ? 0 : 1;
    });
    if (code == not_permitted) GTEST_SKIP() << "this process may not lock memory under a limit";
    EXPECT_EQ(code, 0);
    EXPECT_FALSE(never.exists());
}

/// Runs `body` in a mount namespace of its own, which no mount leaves.
int in_own_mounts(const std::function<int()>& body) {
    return exit_code_of([&](Channel&) {
        const int flags = ::geteuid() == 0 ? CLONE_NEWNS : CLONE_NEWNS | CLONE_NEWUSER;
        if (::unshare(flags) != 0 || ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
            return not_permitted;
        }
        return body();
    });
}

bool mount_tmpfs(const char* where, const char* options, unsigned long flags = 0) {
    return ::mount("tmpfs", where, "tmpfs", flags, options) == 0;
}

#define SKIP_OR_EXPECT_0(code)                                                          \
    if ((code) == not_permitted) GTEST_SKIP() << "this process may not mount anything"; \
    EXPECT_EQ(code, 0)

TEST(SharedMemoryDirectory, WithoutInodesIsNamedAsThat) {
    const int code = in_own_mounts([] {
        if (!mount_tmpfs("/dev/shm", "size=1m,nr_inodes=2")) return not_permitted;
        const Writer first = Writer::create("first", {});  // the directory itself has the other one
        return is_refused([] { Writer::create("second", {}); }, ENOSPC, "no inode left") ? 0 : 1;
    });
    SKIP_OR_EXPECT_0(code);
}

TEST(SharedMemoryDirectory, WithoutRoomSaysHowMuchThereIs) {
    const int code = in_own_mounts([] {
        if (!mount_tmpfs("/dev/shm", "size=64k")) return not_permitted;
        const auto create = [] { Writer::create("large", {.item_size = mebibyte, .length = 2}); };
        return is_refused(create, ENOSPC, "it needs: 65536 are free") ? 0 : 1;
    });
    SKIP_OR_EXPECT_0(code);
}

TEST(SharedMemoryDirectory, ThatIsReadOnlyIsNamedAsThat) {
    const int code = in_own_mounts([] {
        if (!mount_tmpfs("/dev/shm", "size=64k", MS_RDONLY)) return not_permitted;
        return is_refused([] { Writer::create("first", {}); }, EROFS, "/dev/shm is mounted read-only") ? 0 : 1;
    });
    SKIP_OR_EXPECT_0(code);
}

TEST(SharedMemoryDirectory, ThatIsNoTmpfsIsNamedAsThat) {
    const int code = in_own_mounts([] {
        if (::mount("/proc", "/dev/shm", nullptr, MS_BIND, nullptr) != 0) return not_permitted;
        return is_refused([] { Writer::create("first", {}); }, EOPNOTSUPP, "mount a tmpfs there") ? 0 : 1;
    });
    SKIP_OR_EXPECT_0(code);
}

TEST(SharedMemoryDirectory, ThatIsMissingIsNamedByEverybody) {
    constexpr std::string_view missing = "there is no /dev/shm here";
    const int code = in_own_mounts([&] {
        if (!mount_tmpfs("/dev", "size=64k")) return not_permitted;
        if (!is_refused([] { Writer::create("first", {}); }, ENOENT, missing)) return 1;
        if (!is_refused([] { list_segments(); }, ENOENT, missing)) return 2;
        try {
            Observer::attach("first");
        } catch (const BufferNotFound& error) {
            return error.reason().find(missing) != std::string::npos ? 0 : 3;
        }
        return 4;
    });
    SKIP_OR_EXPECT_0(code);
}

TEST(MissingProc, DoesNotKeepABufferFromBeingMadeOrIsNamed) {
    const int code = in_own_mounts([] {
        if (!mount_tmpfs("/dev/shm", "size=1m") || !mount_tmpfs("/proc", "size=4k")) return not_permitted;
        try {
            Writer writer = Writer::create("first", {.item_size = 8, .length = 4});
            Reader reader = Reader::attach("first");
            writer.push(7);
            return reader.pop() == 7u && list_segments().size() == 1 ? 0 : 1;
        } catch (const SystemError& error) {  // a kernel before 6.10, for who is not root
            return error.reason().find("/proc is not mounted") != std::string::npos ? 0 : 2;
        }
    });
    SKIP_OR_EXPECT_0(code);
}

}  // namespace
