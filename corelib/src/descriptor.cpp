#include "descriptor.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace shared_cbuff {

int above_streams(int descriptor) noexcept {
    if (descriptor < 0 || descriptor > STDERR_FILENO) return descriptor;
    const int moved = ::fcntl(descriptor, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    const int code = errno == EINVAL ? EMFILE : errno;  // EINVAL: the limit itself is 3 or less
    ::close(descriptor);
    errno = code;
    return moved;
}

}  // namespace shared_cbuff
