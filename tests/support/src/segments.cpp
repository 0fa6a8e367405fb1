#include "test_support/segments.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <mutex>
#include <random>
#include <stdexcept>
#include <system_error>

#include "shared_cbuff/detail/format.hpp"

namespace test_support {
namespace {

namespace format = shared_cbuff::format;

constexpr std::string_view prefix = "cbt-";  // then the pid of the test program, so that its leftovers can be told
constexpr const char* shm_directory = "/dev/shm";

[[noreturn]] void throw_errno(const std::string& what) {
    throw std::system_error{errno, std::generic_category(), what};
}

void sweep_leftovers() {
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator{shm_directory, ignored}) {
        const std::string name = entry.path().filename().string();
        if (!name.starts_with(prefix)) continue;
        int pid = 0;
        std::from_chars(name.data() + prefix.size(), name.data() + name.size(), pid);
        if (pid > 0 && ::kill(pid, 0) != 0 && errno == ESRCH) ::unlink(entry.path().c_str());
    }
}

/// A descriptor that closes itself.
class Descriptor {
public:
    Descriptor(const std::string& path, int flags, unsigned mode = 0) : number_{::open(path.c_str(), flags, mode)} {
        if (number_ < 0) throw_errno("open " + path);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() { ::close(number_); }
    operator int() const noexcept { return number_; }

private:
    int number_;
};

}  // namespace

ScopedName::ScopedName(std::string_view hint) : owner_pid_{::getpid()} {
    static std::once_flag swept;
    std::call_once(swept, sweep_leftovers);
    static std::atomic<unsigned> counter{0};
    name_ = std::string{prefix} + std::to_string(owner_pid_) + "-" + std::to_string(counter++) + "-" +
            std::to_string(std::random_device{}()) + "-" + std::string{hint};
}

ScopedName::~ScopedName() {
    if (owner_pid_ == ::getpid()) ::unlink(path().c_str());
}

std::string ScopedName::path() const { return path_of(name_); }

bool ScopedName::exists() const { return ::access(path().c_str(), F_OK) == 0; }

std::string path_of(std::string_view name) { return std::string{shm_directory} + "/" + std::string{name}; }

std::vector<std::byte> bytes_of(std::string_view name) {
    const Descriptor descriptor{path_of(name), O_RDONLY | O_CLOEXEC};
    struct stat status {};
    if (::fstat(descriptor, &status) != 0) throw_errno("fstat");
    std::vector<std::byte> bytes(static_cast<std::size_t>(status.st_size));
    if (::pread(descriptor, bytes.data(), bytes.size(), 0) != status.st_size) throw_errno("pread");
    return bytes;
}

void make_segment(std::string_view name, std::span<const std::byte> bytes, unsigned mode) {
    const Descriptor descriptor{path_of(name), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600};
    if (::pwrite(descriptor, bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
        throw_errno("pwrite");
    if (::fchmod(descriptor, mode) != 0) throw_errno("fchmod");
}

void overwrite_bytes(std::string_view name, std::uint64_t offset, std::span<const std::byte> bytes) {
    const Descriptor descriptor{path_of(name), O_RDWR | O_CLOEXEC};
    if (::pwrite(descriptor, bytes.data(), bytes.size(), static_cast<off_t>(offset)) !=
        static_cast<ssize_t>(bytes.size())) {
        throw_errno("pwrite");
    }
}

void truncate_segment(std::string_view name, std::uint64_t size) {
    if (::truncate(path_of(name).c_str(), static_cast<off_t>(size)) != 0) throw_errno("truncate");
}

RawBuffer::RawBuffer(std::string_view name) {
    const Descriptor descriptor{path_of(name), O_RDWR | O_CLOEXEC};
    struct stat status {};
    if (::fstat(descriptor, &status) != 0) throw_errno("fstat");
    size_ = static_cast<std::size_t>(status.st_size);
    void* const address = ::mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    if (address == MAP_FAILED) throw_errno("mmap");
    base_ = static_cast<std::byte*>(address);
    format::Footer footer{};
    if (size_ >= sizeof footer) std::memcpy(&footer, base_ + size_ - sizeof footer, sizeof footer);
    offsets_ = {{footer.item_size, footer.length}, footer.max_readers};
    control_ = {base_, offsets_};
    if (offsets_.segment_size() != size_) {
        ::munmap(base_, size_);
        throw std::runtime_error{"not an extended segment"};
    }
}

RawBuffer::~RawBuffer() { ::munmap(base_, size_); }

std::uint64_t RawBuffer::classic_pointer() const noexcept {
    const unsigned size = shared_cbuff::classic_pointer_size(offsets_.geometry.ring_bytes());
    std::uint64_t value = 0;
    for (unsigned index = 0; index < size; ++index) {
        value = value << 8 | std::to_integer<std::uint64_t>(base_[offsets_.pointer_offset() + index]);
    }
    return value;
}

std::uint64_t test_seed() {
    if (const char* const given = std::getenv("CBUFF_TEST_SEED")) return std::strtoull(given, nullptr, 0);
    return std::random_device{}();
}

}  // namespace test_support
