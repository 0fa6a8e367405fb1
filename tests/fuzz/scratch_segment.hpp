#pragma once
// The one segment that a fuzz process fills anew for every input, and the bytes of segments that make sense.
// Thread contract: one thread.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "shared_cbuff/detail/format.hpp"
#include "test_support/segments.hpp"

namespace fuzz {

class ScratchSegment {
public:
    ScratchSegment() = default;
    ScratchSegment(const ScratchSegment&) = delete;
    ScratchSegment& operator=(const ScratchSegment&) = delete;
    ~ScratchSegment();

    const std::string& name() const noexcept { return name_.str(); }
    /// Holds exactly these bytes from now on, under its name, whoever removed that.
    void fill(std::span<const std::byte> bytes);
    /// `size` bytes, all holes but for `tail` at the end. False if the system knows no file so large.
    bool fill_sparse(std::uint64_t size, std::span<const std::byte> tail);
    /// As far as the segment reaches: it grows by nothing.
    void patch(std::uint64_t offset, std::span<const std::uint8_t> bytes);
    void resize(std::uint64_t size);
    void remove_name() const;
    std::uint64_t size() const;
    /// Its first bytes, at most 16 KiB.
    std::vector<std::byte> bytes() const;

private:
    void open_anew_if_removed();

    test_support::ScopedName name_{"fuzz"};
    int descriptor_ = -1;
};

/// An extended segment in the midst of its life: items, a vacant writer that pushed some, readers that popped some.
std::vector<std::byte> extended_segment(const shared_cbuff::format::Offsets& offsets,
                                        shared_cbuff::OverflowPolicy policy, std::uint64_t pushed);
/// A classic segment after so many pushes.
std::vector<std::byte> classic_segment(const shared_cbuff::Geometry& geometry, std::uint64_t pushed);

}  // namespace fuzz
