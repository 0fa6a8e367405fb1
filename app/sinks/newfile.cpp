#include "sinks/newfile.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "feeds/recordinglock.hpp"
#include "feeds/recordingschema.hpp"
#include "sinks/database.hpp"
#include "values/printable.hpp"

namespace workbench {
namespace {

std::uint64_t sizeOf(const std::string& path) noexcept {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 ? static_cast<std::uint64_t>(status.st_size) : 0;
}

std::string whyNot(const std::string& path, int code) {
    const std::string file = printableText(path);
    if (code == EEXIST && isBeingRecorded(path)) {
        return fmt::format("another program records into \"{}\" just now; choose another name", file);
    }
    if (code == EEXIST) {
        return fmt::format("\"{}\" is there already, and nothing is recorded over; choose another name, or remove it",
                           file);
    }
    return fmt::format("\"{}\" cannot be made: {}; choose a folder that is there and that you may write to", file,
                       std::strerror(code));
}

}  // namespace

NewFile::NewFile(const std::string& path) : m_path{path} {
    m_descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (m_descriptor < 0) throw RecordingError{whyNot(path, errno)};
    struct flock lock {};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    lock.l_start = recording::writerLockOffset;
    lock.l_len = 1;
    // Who made the file is the only one to lock it. A file system without locks has none for SQLite either, which says
    // so; and nobody can make the same file twice.
    static_cast<void>(::fcntl(m_descriptor, F_OFD_SETLK, &lock));
}

NewFile::~NewFile() { ::close(m_descriptor); }

void NewFile::remove() noexcept {
    for (const char* suffix : {"", "-wal", "-shm", "-journal"}) ::unlink((m_path + suffix).c_str());
}

std::uint64_t NewFile::bytes() const noexcept { return sizeOf(m_path) + sizeOf(m_path + "-wal"); }

}  // namespace workbench
