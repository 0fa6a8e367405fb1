#include "vandal.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "sections.hpp"
#include "shared_cbuff/detail/format.hpp"
#include "shared_cbuff/errors.hpp"
#include "shared_cbuff/writer.hpp"
#include "test_support/segments.hpp"

namespace stress {

using shared_cbuff::format::Footer;

/// The segment's file, if there is one that can be opened.
class Vandal::File {
public:
    explicit File(const std::string& path)
        : descriptor_{::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)} {
        struct stat status {};
        if (descriptor_ >= 0 && ::fstat(descriptor_, &status) == 0 && S_ISREG(status.st_mode)) size_ = status.st_size;
    }
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    ~File() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }

    std::uint64_t size() const noexcept { return static_cast<std::uint64_t>(size_); }
    int descriptor() const noexcept { return descriptor_; }
    void resize(std::uint64_t size) const { static_cast<void>(!::ftruncate(descriptor_, static_cast<off_t>(size))); }
    void write(std::uint64_t offset, const void* bytes, std::size_t count) const {
        static_cast<void>(!::pwrite(descriptor_, bytes, count, static_cast<off_t>(offset)));
    }
    /// Where the control block begins by the footer; `size` if there is no sense in it.
    std::uint64_t control_offset() const {
        Footer footer;
        if (size() < sizeof footer) return size();
        const auto at = static_cast<off_t>(size() - sizeof footer);
        if (::pread(descriptor_, &footer, sizeof footer, at) != sizeof footer) return size();
        return std::min(footer.control_offset, size());
    }

private:
    int descriptor_;
    off_t size_ = 0;
};

namespace {

constexpr std::uint64_t most_noise = 1 << 20;

}  // namespace

Vandal::Vandal(std::string name, Random& random, Board& board)
    : name_{std::move(name)}, path_{test_support::path_of(name_)}, random_{random}, board_{board} {}

void Vandal::strike() {
    ++deeds_;
    const std::uint64_t what = random_.below(100);
    if (what < 12) return truncate();
    if (what < 20) return grow();
    if (what < 45) return unlink();  // often, so that the others begin anew
    if (what < 58) return recreate();
    if (what < 61) return replace_by_foreign_file();
    if (what < 70) return fill_with_noise();
    if (what < 90) return scribble_on_control_block();
    change_mode();
}

void Vandal::truncate() {
    const File file{path_};
    if (file.size() == 0) return;
    const std::uint64_t page = 4096;
    const std::array<std::uint64_t, 5> sizes{0, file.size() - 1, file.size() / 2, file.size() / page * page,
                                             random_.below(file.size())};
    shorten(file, random_.one_of(sizes));
    if (random_.chance(30)) file.resize(file.size());  // back to its size: its bytes are zeros now, and not reserved
}

void Vandal::shorten(const File& file, std::uint64_t size) {
    board_.marker.fetch_add(1);
    file.resize(size);
    board_.marker.fetch_add(1);
}

void Vandal::grow() {
    const File file{path_};
    if (file.size() == 0) return;
    const std::uint64_t terabyte = std::uint64_t{1} << 40;
    const std::array<std::uint64_t, 4> more{1, 4096, random_.below(1 << 30), terabyte};
    const std::uint64_t size = file.size() + random_.one_of(more);
    file.resize(size);
    if (!random_.chance(50)) return;
    // With a footer that fits: only the memory is not there.
    shared_cbuff::format::Offsets offsets{{1, 2}, shared_cbuff::default_max_readers};
    const std::uint64_t rest = offsets.segment_size() + offsets.geometry.ring_bytes();
    offsets.geometry.length = std::max<std::uint64_t>(size, rest + 2) - rest;
    const Footer footer = shared_cbuff::format::make_footer(offsets);
    shorten(file, offsets.segment_size());
    file.write(offsets.footer_offset(), &footer, sizeof footer);
}

void Vandal::unlink() { ::unlink(path_.c_str()); }

void Vandal::recreate() {
    unlink();
    const auto geometry = draw_geometry(random_, 4096, 4096, std::uint64_t{1} << 20);
    try {
        auto writer =
            shared_cbuff::Writer::create(name_, {.item_size = geometry.item_size,
                                                 .length = geometry.length,
                                                 .policy = random_.chance(50) ? shared_cbuff::OverflowPolicy::overwrite
                                                                              : shared_cbuff::OverflowPolicy::reject,
                                                 .max_readers = static_cast<std::uint32_t>(random_.below(8)),
                                                 .mode = random_.chance(70) ? 0666u : 0600u});
        for (std::uint64_t more = random_.below(100); more > 0; --more) writer.push(std::uint64_t{1});
        writer.release();
    } catch (const shared_cbuff::CBuffException&) {
        // Another was faster.
    }
}

void Vandal::replace_by_foreign_file() {
    unlink();
    if (random_.chance(20)) {
        static_cast<void>(!::mkfifo(path_.c_str(), 0666));
        return;
    }
    const int descriptor = ::open(path_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (descriptor < 0) return;
    const std::vector<unsigned char> bytes(random_.below(10'000), static_cast<unsigned char>(random_.next()));
    static_cast<void>(!::write(descriptor, bytes.data(), bytes.size()));
    ::fchmod(descriptor, 0666);
    ::close(descriptor);
}

void Vandal::fill_with_noise() {
    const File file{path_};
    const std::uint64_t from = random_.chance(50) ? 0 : file.control_offset();
    std::vector<std::uint64_t> noise(std::min(file.size() - from, most_noise) / 8 + 1);
    std::ranges::generate(noise, [&] { return random_.next(); });
    file.write(from, noise.data(), std::min<std::uint64_t>(noise.size() * 8, file.size() - from));
}

/// Single fields, mostly with values that look like some: what a check is most likely to miss.
void Vandal::scribble_on_control_block() {
    const File file{path_};
    const std::uint64_t from = file.control_offset();
    if (file.size() - from < 8) return;
    const std::uint64_t fields = std::min<std::uint64_t>((file.size() - from) / 8, 16 * 12);
    for (std::uint64_t more = random_.between(1, 6); more > 0; --more) {
        const std::array<std::uint64_t, 8> values{0,
                                                  1,
                                                  random_.below(256),
                                                  random_.magnitude(1, 1 << 20),
                                                  random_.next() >> 2,
                                                  random_.next(),
                                                  ~std::uint64_t{0},
                                                  std::uint64_t{1} << 62};
        const std::uint64_t value = random_.one_of(values);
        file.write(from + 8 * random_.below(fields), &value, sizeof value);
    }
}

void Vandal::change_mode() {
    const File file{path_};
    if (file.descriptor() < 0) return;
    ::fchmod(file.descriptor(), random_.one_of(std::array<mode_t, 6>{0000, 0200, 0400, 0444, 0600, 0666}));
}

}  // namespace stress
