#include "cli/streamwriter.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>
#include <stdexcept>

#include "values/standardstreams.hpp"

namespace cli {

StreamWriter::StreamWriter(int descriptor) : m_descriptor{descriptor} {
    struct stat status {};
    if (!workbench::isWritable(descriptor) || ::fstat(descriptor, &status) != 0) return;
    m_isSocket = S_ISSOCK(status.st_mode);
    m_neverWaits = S_ISREG(status.st_mode);
    if (!S_ISFIFO(status.st_mode) && !S_ISCHR(status.st_mode)) return;
    const std::string path = fmt::format("/proc/self/fd/{}", descriptor);
    // May fail: another user's terminal, a pipe whose reader has gone, no /proc.
    m_reopened = ::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

StreamWriter::~StreamWriter() {
    if (m_reopened >= 0) ::close(m_reopened);
}

std::size_t StreamWriter::write(std::string_view bytes) {
    ssize_t written = 0;
    if (m_isSocket) {
        written = ::send(m_descriptor, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    } else if (m_reopened >= 0) {
        written = ::write(m_reopened, bytes.data(), bytes.size());
    } else if (m_neverWaits || waitForRoom(std::chrono::milliseconds{0})) {
        const std::size_t most = m_neverWaits ? bytes.size() : PIPE_BUF;
        written = ::write(m_descriptor, bytes.data(), std::min(bytes.size(), most));
    }
    if (written >= 0) return static_cast<std::size_t>(written);
    if (errno == EPIPE) throw OutputClosed{};
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return 0;
    if (errno == EFBIG) {
        throw std::runtime_error{
            "the output could not be written: it reached the file size limit (ulimit -f); raise that, or pass the "
            "output on through a pipe"};
    }
    throw std::runtime_error{
        fmt::format("the output could not be written: {}; see where stdout leads", std::strerror(errno))};
}

bool StreamWriter::waitForRoom(std::chrono::milliseconds patience) const {
    pollfd watched{.fd = m_descriptor, .events = POLLOUT, .revents = 0};
    return ::poll(&watched, 1, static_cast<int>(patience.count())) > 0;
}

}  // namespace cli
