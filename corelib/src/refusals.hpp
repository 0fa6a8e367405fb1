#pragma once
// Why the system refused: the limit, or the missing mount, behind an errno, as a sentence that names it.
// Thread contract: pure functions of the machine's and the process's state; a FileSizeSignal belongs to one thread.

#include <csignal>
#include <cstdint>
#include <string>

namespace shared_cbuff::refusals {

/// The limit behind `code`, whatever was asked for; empty if the errno tells all there is.
std::string limit_behind(int code);
/// Why /dev/shm gave no new file.
std::string why_no_file(int code);
/// Why /dev/shm could not reserve `size` bytes.
std::string why_no_room(int code, std::uint64_t size);
/// Why `size` bytes could not be mapped.
std::string why_not_mapped(int code, std::uint64_t size);
/// Why a segment could not be given its name.
std::string why_not_named(int code);
/// What to say of a /dev/shm that is not there; empty if it is.
std::string why_no_directory();

/// While it lives, growing a file beyond the limit (ulimit -f) is an error of that call, as if SIGXFSZ, which ends a
/// process by default, were ignored: it is blocked in this thread, to which the kernel sends it, and taken back. What
/// the program itself does with this signal is left alone.
class FileSizeSignal {
public:
    FileSizeSignal() noexcept;
    FileSizeSignal(const FileSizeSignal&) = delete;
    FileSizeSignal& operator=(const FileSizeSignal&) = delete;
    ~FileSizeSignal();  ///< keeps errno

private:
    sigset_t signal_;
    sigset_t before_;
    bool was_pending_;
};

}  // namespace shared_cbuff::refusals
