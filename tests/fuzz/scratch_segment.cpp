#include "scratch_segment.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "shared_cbuff/detail/format.hpp"
#include "test_support/items.hpp"

namespace fuzz {
namespace {

namespace format = shared_cbuff::format;

void check(bool done, const char* what) {
    if (!done) throw std::system_error{errno, std::generic_category(), what};
}

struct stat status_of(int descriptor) {
    struct stat status {};
    check(::fstat(descriptor, &status) == 0, "fstat");
    return status;
}

template <class Block>
void put(std::vector<std::byte>& segment, std::uint64_t offset, const Block& block) {
    std::memcpy(segment.data() + offset, &block, sizeof block);
}

/// Items in the slots where the last `length` of `pushed` pushes left them, and the pointer.
void put_ring(std::vector<std::byte>& segment, const shared_cbuff::Geometry& geometry, std::uint64_t pushed) {
    for (std::uint64_t item = pushed - std::min(pushed, geometry.length); item < pushed; ++item) {
        test_support::fill_item(
            item, std::span{segment}.subspan(item % geometry.length * geometry.item_size, geometry.item_size));
    }
    std::uint64_t pointer = pushed % geometry.length * geometry.item_size;
    for (unsigned index = shared_cbuff::classic_pointer_size(geometry.ring_bytes()); index > 0; --index) {
        segment[geometry.ring_bytes() + index - 1] = static_cast<std::byte>(pointer & 0xff);
        pointer >>= 8;
    }
}

}  // namespace

ScratchSegment::~ScratchSegment() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

void ScratchSegment::open_anew_if_removed() {
    if (descriptor_ >= 0 && status_of(descriptor_).st_nlink > 0) return;
    if (descriptor_ >= 0) ::close(descriptor_);
    ::unlink(name_.path().c_str());  // what an input made under our name
    descriptor_ = ::open(name_.path().c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    check(descriptor_ >= 0, "open");
}

void ScratchSegment::fill(std::span<const std::byte> bytes) {
    open_anew_if_removed();
    check(::pwrite(descriptor_, bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()), "pwrite");
    resize(bytes.size());
}

bool ScratchSegment::fill_sparse(std::uint64_t size, std::span<const std::byte> tail) {
    open_anew_if_removed();
    resize(0);
    if (size < tail.size() || ::ftruncate(descriptor_, static_cast<off_t>(size)) != 0) return false;
    const auto written = ::pwrite(descriptor_, tail.data(), tail.size(), static_cast<off_t>(size - tail.size()));
    return written == static_cast<ssize_t>(tail.size());
}

void ScratchSegment::patch(std::uint64_t offset, std::span<const std::uint8_t> bytes) {
    const std::uint64_t end = size();
    if (offset >= end) return;
    const std::size_t fitting = std::min<std::uint64_t>(bytes.size(), end - offset);
    check(::pwrite(descriptor_, bytes.data(), fitting, static_cast<off_t>(offset)) == static_cast<ssize_t>(fitting),
          "pwrite");
}

void ScratchSegment::resize(std::uint64_t size) {
    check(::ftruncate(descriptor_, static_cast<off_t>(size)) == 0, "ftruncate");
}

void ScratchSegment::remove_name() const { ::unlink(name_.path().c_str()); }

std::uint64_t ScratchSegment::size() const { return static_cast<std::uint64_t>(status_of(descriptor_).st_size); }

std::vector<std::byte> ScratchSegment::bytes() const {
    std::vector<std::byte> bytes(std::min<std::uint64_t>(size(), 16 * 1024));
    check(::pread(descriptor_, bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()), "pread");
    return bytes;
}

std::vector<std::byte> extended_segment(const format::Offsets& offsets, shared_cbuff::OverflowPolicy policy,
                                        std::uint64_t pushed) {
    std::vector<std::byte> segment(offsets.segment_size());
    put_ring(segment, offsets.geometry, pushed);
    format::Header header = format::make_header(offsets, policy, 1);
    const std::uint32_t readers = std::min<std::uint32_t>(offsets.max_readers, 3);
    header.slots_used = readers;
    put(segment, offsets.control_offset(), header);
    format::WriterLine line{};
    line.pushed = line.intent = pushed;
    line.epoch = 1;
    put(segment, offsets.writer_offset(), line);
    for (std::uint32_t index = 0; index < readers; ++index) {  // one active and dead, one evicted, one free
        format::ReaderSlot slot{};
        slot.claim = format::claim_of(1, index == 0   ? format::SlotState::active
                                         : index == 1 ? format::SlotState::evicted
                                                      : format::SlotState::free);
        slot.cursor = pushed - std::min<std::uint64_t>(pushed, index + 1);
        slot.pid = 1;
        put(segment, offsets.slot_offset(index), slot);
    }
    put(segment, offsets.footer_offset(), format::make_footer(offsets));
    return segment;
}

std::vector<std::byte> classic_segment(const shared_cbuff::Geometry& geometry, std::uint64_t pushed) {
    std::vector<std::byte> segment(shared_cbuff::classic_segment_size(geometry));
    put_ring(segment, geometry, pushed);
    return segment;
}

}  // namespace fuzz
