#pragma once
// Columns of integers in few bytes: what samplecodec.hpp describes, below the samples.
// Thread contract: one object belongs to one thread.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace workbench::columns {

using Values = std::vector<std::uint64_t>;

/// Bits that these take once they are written as differences to the first.
std::uint64_t costOf(std::span<const std::uint64_t> values);

class Writer {
public:
    void number(std::uint64_t value);
    void bytes(std::span<const std::byte> bytes);
    /// Not empty. `reference` is a column of the same size that the reader of these bytes has already; may be empty.
    void column(std::span<const std::uint64_t> values, std::span<const std::uint64_t> reference = {});
    /// As one zstd frame with its size and a checksum. Parts of different nature are compressed on their own.
    std::vector<std::byte> compressed() const;

private:
    void planes(std::span<const std::uint64_t> values);
    void endPart();

    std::vector<std::byte> m_bytes;
    std::vector<std::size_t> m_partEnds;
    Values m_scratch;
};

/// Throws CodecError for bytes that end too early or cannot be.
class Reader {
public:
    explicit Reader(std::span<const std::byte> bytes) : m_rest{bytes} {}

    std::uint64_t number();
    /// One that is at most `limit`.
    std::uint64_t number(std::uint64_t limit);
    std::span<const std::byte> bytes(std::size_t size);
    Values column(std::size_t size, std::span<const std::uint64_t> reference = {});
    bool isAtEnd() const { return m_rest.empty(); }

private:
    std::span<const std::byte> m_rest;
};

/// One zstd frame, whole, of at most `limit` bytes. Throws CodecError.
std::vector<std::byte> decompressed(std::span<const std::byte> frame, std::size_t limit);

}  // namespace workbench::columns
