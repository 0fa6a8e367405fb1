#include "shared_cbuff/discovery.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <utility>

#include "attach.hpp"
#include "descriptor.hpp"
#include "refusals.hpp"
#include "shared_cbuff/detail/segment.hpp"

namespace shared_cbuff {
namespace {

constexpr std::string_view inspecting = "inspect";
constexpr const char* directory = "/dev/shm";

/// What is known of one that cannot be opened.
void look_from_outside(SegmentInfo& info) {
    struct stat status {};
    if (::lstat((std::string{directory} + "/" + info.name).c_str(), &status) != 0) return;
    info.size = static_cast<std::uint64_t>(status.st_size);
    info.mode = status.st_mode & 07777u;
    info.owner = status.st_uid;
}

/// False if the segment has vanished meanwhile.
bool look_inside(SegmentInfo& info, const Segment& segment) {
    try {
        // Most segments are other programs': nothing more is asked about one without our footer.
        if (!attach::find_offsets(inspecting, segment, info.size)) return true;
        info.is_locked = segment.is_any_locked_elsewhere();
        info.sample = Observer::attach(info.name, std::nullopt, std::chrono::nanoseconds{0}).sample();
    } catch (const BufferNotFound&) {
        return false;
    } catch (const GeometryMismatch&) {
        // Replaced meanwhile by one without a control block. Unknown, not a problem.
    } catch (const CorruptBuffer& error) {
        info.sample.emplace();
        info.sample->state = BufferState::damaged;
        info.sample->damage = info.problem = error.reason();
    } catch (const CBuffException& error) {
        info.problem = error.reason();
    }
    return true;
}

/// False if there is none of this name.
bool look_at(SegmentInfo& info) {
    Segment segment;
    try {
        SegmentStatus status;
        segment = Segment::open(inspecting, info.name, Access::read_only, &status);
        info.size = status.size;
        info.mode = status.mode;
        info.owner = status.owner;
    } catch (const BufferNotFound&) {
        return false;
    } catch (const InvalidArgument&) {
        throw;
    } catch (const CBuffException& refused) {
        look_from_outside(info);
        info.problem = refused.reason();
        return true;
    }
    return look_inside(info, segment);
}

/// The regular files in /dev/shm. Not by std::filesystem: its descriptor may be that of a closed standard stream.
std::vector<std::string> names_of_files() {
    constexpr std::string_view listing = "list";
    const int descriptor = above_streams(::open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (descriptor < 0) throw SystemError{listing, directory, errno, refusals::why_no_directory()};
    const std::unique_ptr<DIR, int (*)(DIR*)> stream{::fdopendir(descriptor), ::closedir};
    if (!stream) {
        const int code = errno;
        ::close(descriptor);
        throw SystemError{listing, directory, code};
    }
    std::vector<std::string> names;
    while (errno = 0, true) {
        const dirent* const entry = ::readdir(stream.get());
        if (entry == nullptr) break;
        struct stat status {};
        const bool is_file =
            entry->d_type == DT_REG ||
            (entry->d_type == DT_UNKNOWN && ::fstatat(descriptor, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
             S_ISREG(status.st_mode));
        if (is_file) names.emplace_back(entry->d_name);
    }
    if (errno != 0) throw SystemError{listing, directory, errno};
    return names;
}

}  // namespace

std::optional<SegmentInfo> inspect_segment(std::string_view name) {
    SegmentInfo info;
    info.name = plain_name(inspecting, name);
    return look_at(info) ? std::optional{std::move(info)} : std::nullopt;
}

std::vector<SegmentInfo> list_segments() {
    auto names = names_of_files();
    std::ranges::sort(names);
    std::vector<SegmentInfo> found;
    found.reserve(names.size());
    for (std::string& name : names) {
        SegmentInfo& info = found.emplace_back();
        info.name = std::move(name);
        const bool vanished = !look_at(info);
        const bool is_semaphore = info.name.starts_with("sem.") && !info.sample;  // of glibc's
        if (vanished || is_semaphore) found.pop_back();
    }
    return found;
}

std::optional<SegmentIdentity> find_segment(std::string_view name) {
    name = plain_name("find", name);
    SegmentIdentity identity;
    return Segment::find(name, identity) ? std::optional{identity} : std::nullopt;
}

bool remove_buffer(std::string_view name) { return Segment::unlink(name); }

}  // namespace shared_cbuff
