#include "shared_cbuff/discovery.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "shared_cbuff/detail/segment.hpp"

namespace shared_cbuff {
namespace {

constexpr std::string_view inspecting = "inspect";
constexpr std::string_view directory = "/dev/shm";

/// False if the segment has vanished meanwhile.
bool look_inside(SegmentInfo& info) {
    try {
        info.sample = Observer::attach(info.name, std::nullopt, std::chrono::nanoseconds{0}).sample();
    } catch (const BufferNotFound&) {
        return false;
    } catch (const GeometryMismatch&) {
        // No control block: classic or another program's. Unknown, not a problem.
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
    try {
        const Segment segment = Segment::open(inspecting, info.name, Access::read_only);
        const SegmentStatus status = segment.status();
        info.is_locked = segment.is_any_locked_elsewhere();
        info.size = status.size;
        info.mode = status.mode;
        info.owner = status.owner;
    } catch (const BufferNotFound&) {
        return false;
    } catch (const InvalidArgument&) {
        throw;
    } catch (const CBuffException& refused) {
        std::error_code gone;
        info.size = std::filesystem::file_size(std::filesystem::path{directory} / info.name, gone);
        if (gone) info.size = 0;
        info.problem = refused.reason();
        return true;
    }
    return look_inside(info);
}

}  // namespace

std::optional<SegmentInfo> inspect_segment(std::string_view name) {
    SegmentInfo info;
    info.name = name;
    return look_at(info) ? std::optional{std::move(info)} : std::nullopt;
}

std::vector<SegmentInfo> list_segments() {
    std::vector<SegmentInfo> found;
    std::error_code error;
    for (std::filesystem::directory_iterator entry{directory, error}, end; !error && entry != end;
         entry.increment(error)) {
        SegmentInfo info;
        info.name = entry->path().filename().string();
        std::error_code gone;
        if (info.name.size() > max_name_length || !std::filesystem::is_regular_file(entry->symlink_status(gone))) {
            continue;
        }
        if (!look_at(info)) continue;                                 // vanished meanwhile
        if (info.name.starts_with("sem.") && !info.sample) continue;  // a named semaphore of glibc's
        found.push_back(std::move(info));
    }
    if (error) throw SystemError{"list", directory, error.value()};
    std::ranges::sort(found, {}, &SegmentInfo::name);
    return found;
}

std::optional<SegmentIdentity> find_segment(std::string_view name) {
    check_name("find", name);
    SegmentIdentity identity;
    return Segment::find(name, identity) ? std::optional{identity} : std::nullopt;
}

bool remove_buffer(std::string_view name) { return Segment::unlink(name); }

}  // namespace shared_cbuff
