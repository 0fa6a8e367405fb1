#include "values/standardstreams.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <optional>

namespace workbench {
namespace {

/// The access mode of an open descriptor; -1 if it is closed.
int accessOf(int descriptor) {
    const int flags = ::fcntl(descriptor, F_GETFL);
    return flags < 0 ? -1 : flags & O_ACCMODE;
}

std::optional<rlim_t> limitAtStart;  // written first thing in main()

}  // namespace

void fillStandardStreams() {
    for (int descriptor = STDIN_FILENO; descriptor <= STDERR_FILENO; ++descriptor) {
        if (accessOf(descriptor) >= 0) continue;
        // The lowest free number is the one: those below are open by now.
        const int opened = ::open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY);
        if (opened >= 0 && opened != descriptor) ::close(opened);
    }
}

bool isReadable(int descriptor) {
    const int access = accessOf(descriptor);
    return access == O_RDONLY || access == O_RDWR;
}

bool isWritable(int descriptor) {
    const int access = accessOf(descriptor);
    return access == O_WRONLY || access == O_RDWR;
}

void raiseDescriptorLimit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    if (!limitAtStart) limitAtStart = limit.rlim_cur;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);  // may fail; then the old one stands
}

void restoreDescriptorLimit() {
    rlimit limit{};
    if (!limitAtStart || ::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = *limitAtStart;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace workbench
