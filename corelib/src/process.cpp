#include "shared_cbuff/detail/process.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <string_view>

#include "descriptor.hpp"

namespace shared_cbuff {

std::uint64_t process_start_time(std::uint32_t pid) noexcept {
    std::array<char, 32> path{};
    std::snprintf(path.data(), path.size(), "/proc/%u/stat", pid);
    const int descriptor = above_streams(::open(path.data(), O_RDONLY | O_CLOEXEC));
    if (descriptor < 0) return 0;
    std::array<char, 1024> text{};
    ssize_t got = 0;
    do {
        got = ::read(descriptor, text.data(), text.size());
    } while (got < 0 && errno == EINTR);
    ::close(descriptor);
    if (got <= 0) return 0;
    const std::string_view line{text.data(), static_cast<std::size_t>(got)};
    // Field 2 is the command in parentheses and may hold anything, so count from the last ')': field 3 follows it.
    auto position = line.rfind(')');
    for (int field = 2; field < 22 && position != std::string_view::npos; ++field)
        position = line.find(' ', position + 1);
    if (position == std::string_view::npos) return 0;
    std::uint64_t ticks = 0;
    std::from_chars(line.data() + position + 1, line.data() + line.size(), ticks);
    return ticks;
}

std::uint32_t current_pid() noexcept { return static_cast<std::uint32_t>(::getpid()); }

}  // namespace shared_cbuff
