#pragma once
// A file that this program has made and nobody else records into.
// Thread contract: an object belongs to one thread.

#include <cstdint>
#include <string>

namespace workbench {

class NewFile {
public:
    /// Makes it, and locks it. Throws RecordingError if it is there already, or cannot be made.
    explicit NewFile(const std::string& path);
    NewFile(const NewFile&) = delete;
    NewFile& operator=(const NewFile&) = delete;
    /// To be destroyed after every SQLite handle of it: closing it drops the locks that this process has on it.
    ~NewFile();

    /// Takes it away again, with what SQLite put beside it.
    void remove() noexcept;
    /// Of the file, and of the log that SQLite keeps beside it.
    std::uint64_t bytes() const noexcept;

private:
    std::string m_path;
    int m_descriptor = -1;
};

}  // namespace workbench
