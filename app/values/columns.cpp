#include "values/columns.hpp"

#include <zstd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <limits>
#include <memory>
#include <new>

#include "values/samplecodec.hpp"

namespace workbench::columns {
namespace {

constexpr int level = 3;
/// A part with a code table of its own costs about as much as this many bytes save.
constexpr std::size_t leastPart = 256;
constexpr unsigned longestVarint = 10;

enum Order : std::uint8_t { constant = 0, toFirst = 1, toPrevious = 2, ofDifferences = 3 };
constexpr std::uint8_t withReference = 4;

constexpr std::uint64_t zigzag(std::uint64_t difference) {
    return difference << 1 ^ (difference >> 63 != 0 ? ~std::uint64_t{0} : 0);
}
constexpr std::uint64_t unzigzag(std::uint64_t value) { return value >> 1 ^ (0 - (value & 1)); }

/// In place: values after the first become differences, all modulo 2^64.
void takeDifferences(Values& values, Order order) {
    const std::uint64_t first = values.front();
    if (order == toFirst) {
        for (auto& value : values) value = zigzag(value - first);
    } else {
        for (int round = toPrevious; round <= order; ++round) {
            for (std::size_t index = values.size() - 1; index > 0; --index) values[index] -= values[index - 1];
            values.front() = 0;
        }
        for (auto& value : values) value = zigzag(value);
    }
}

void addUp(Values& values, Order order, std::uint64_t first) {
    for (auto& value : values) value = unzigzag(value);
    if (order == toFirst) {
        for (auto& value : values) value += first;
        return;
    }
    for (int round = toPrevious; round <= order; ++round) {
        if (round == order) values.front() += first;
        for (std::size_t index = 1; index < values.size(); ++index) values[index] += values[index - 1];
    }
}

std::uint64_t bitsOf(const Values& values) {
    std::uint64_t bits = 0;
    for (const auto value : values) bits += static_cast<std::uint64_t>(std::bit_width(value));
    return bits;
}

bool isConstant(const Values& values) {
    return std::ranges::adjacent_find(values, std::not_equal_to{}) == values.end();
}

}  // namespace

std::uint64_t costOf(std::span<const std::uint64_t> values) {
    Values differences{values.begin(), values.end()};
    takeDifferences(differences, toFirst);
    return bitsOf(differences);
}

// ---- Writing

void Writer::number(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) m_bytes.push_back(static_cast<std::byte>(value | 0x80));
    m_bytes.push_back(static_cast<std::byte>(value));
}

void Writer::bytes(std::span<const std::byte> bytes) { m_bytes.insert(m_bytes.end(), bytes.begin(), bytes.end()); }

void Writer::column(std::span<const std::uint64_t> values, std::span<const std::uint64_t> reference) {
    std::uint64_t least = std::numeric_limits<std::uint64_t>::max();
    Values best;
    std::uint8_t mode = 0;
    std::uint64_t first = 0;
    for (const std::uint8_t relative : {std::uint8_t{0}, withReference}) {
        if (relative != 0 && reference.empty()) break;
        Values base{values.begin(), values.end()};
        for (std::size_t index = 0; relative != 0 && index < base.size(); ++index) base[index] -= reference[index];
        if (isConstant(base)) {
            m_bytes.push_back(static_cast<std::byte>(constant | relative));
            return number(base.front());
        }
        for (const Order order : {toFirst, toPrevious, ofDifferences}) {
            m_scratch = base;
            takeDifferences(m_scratch, order);
            const std::uint64_t bits = bitsOf(m_scratch);
            if (bits >= least) continue;
            least = bits;
            best.swap(m_scratch);
            mode = static_cast<std::uint8_t>(order | relative);
            first = base.front();
        }
    }
    m_bytes.push_back(static_cast<std::byte>(mode));
    number(first);
    planes(best);
}

/// Byte by byte: low bytes are noise and high ones nearly always the same, so they are not mixed.
void Writer::planes(std::span<const std::uint64_t> values) {
    Values rest{values.begin(), values.end()};
    while (!rest.empty()) {
        endPart();
        std::size_t going = 0;
        for (const std::uint64_t value : rest) {
            const bool goesOn = value >= 0x80;
            m_bytes.push_back(static_cast<std::byte>((value & 0x7f) | (goesOn ? 0x80 : 0)));
            if (goesOn) rest[going++] = value >> 7;
        }
        rest.resize(going);
    }
    endPart();
}

void Writer::endPart() {
    const std::size_t begin = m_partEnds.empty() ? 0 : m_partEnds.back();
    if (m_bytes.size() - begin >= leastPart) m_partEnds.push_back(m_bytes.size());
}

std::vector<std::byte> Writer::compressed() const {
    const std::unique_ptr<ZSTD_CCtx, std::size_t (*)(ZSTD_CCtx*)> context{ZSTD_createCCtx(), ZSTD_freeCCtx};
    if (!context) throw std::bad_alloc{};
    ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, level);
    ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 1);
    ZSTD_CCtx_setPledgedSrcSize(context.get(), m_bytes.size());
    // Each flush ends a block: 3 bytes, and a code table for it alone.
    std::vector<std::byte> frame(ZSTD_compressBound(m_bytes.size()) + 8 * (m_partEnds.size() + 1));
    ZSTD_outBuffer out{frame.data(), frame.size(), 0};
    ZSTD_inBuffer in{m_bytes.data(), 0, 0};
    const auto go = [&](std::size_t end, ZSTD_EndDirective directive) {
        in.size = end;
        for (;;) {
            const std::size_t left = ZSTD_compressStream2(context.get(), &out, &in, directive);
            if (ZSTD_isError(left) != 0) throw std::bad_alloc{};  // its only reason with room enough
            if (left == 0) return;
            frame.resize(frame.size() * 2);
            out.dst = frame.data();
            out.size = frame.size();
        }
    };
    for (const std::size_t end : m_partEnds) {
        if (end < m_bytes.size()) go(end, ZSTD_e_flush);
    }
    go(m_bytes.size(), ZSTD_e_end);
    frame.resize(out.pos);
    return frame;
}

// ---- Reading

std::uint64_t Reader::number() {
    std::uint64_t value = 0;
    for (unsigned index = 0; index < longestVarint; ++index) {
        const auto byte = std::to_integer<std::uint64_t>(bytes(1)[0]);
        value |= (byte & 0x7f) << 7 * index;
        if (byte < 0x80) return value;
    }
    throw CodecError{"a chunk of samples is damaged: a number in it has no end"};
}

std::uint64_t Reader::number(std::uint64_t limit) {
    const std::uint64_t value = number();
    if (value > limit) throw CodecError{"a chunk of samples is damaged: it holds more than a chunk can"};
    return value;
}

std::span<const std::byte> Reader::bytes(std::size_t size) {
    if (size > m_rest.size()) throw CodecError{"a chunk of samples is damaged: it ends too early"};
    const auto taken = m_rest.first(size);
    m_rest = m_rest.subspan(size);
    return taken;
}

Values Reader::column(std::size_t size, std::span<const std::uint64_t> reference) {
    const auto mode = std::to_integer<std::uint8_t>(bytes(1)[0]);
    const bool isRelative = (mode & withReference) != 0;
    if (mode > (ofDifferences | withReference) || (isRelative && reference.size() != size)) {
        throw CodecError{"a chunk of samples is damaged: it holds a column of no known kind"};
    }
    const auto order = static_cast<Order>(mode & ofDifferences);
    const std::uint64_t first = number();
    Values values(size, order == constant ? first : 0);
    if (order != constant) {
        std::vector<std::size_t> going(size);
        for (std::size_t index = 0; index < size; ++index) going[index] = index;
        for (unsigned plane = 0; !going.empty(); ++plane) {
            if (plane == longestVarint) throw CodecError{"a chunk of samples is damaged: a number in it has no end"};
            std::size_t left = 0;
            const auto part = bytes(going.size());
            for (std::size_t index = 0; index < part.size(); ++index) {
                const auto byte = std::to_integer<std::uint64_t>(part[index]);
                values[going[index]] |= (byte & 0x7f) << 7 * plane;
                if (byte >= 0x80) going[left++] = going[index];
            }
            going.resize(left);
        }
        if (size > 0) addUp(values, order, first);
    }
    for (std::size_t index = 0; isRelative && index < size; ++index) values[index] += reference[index];
    return values;
}

std::vector<std::byte> decompressed(std::span<const std::byte> frame, std::size_t limit) {
    const unsigned long long size = ZSTD_getFrameContentSize(frame.data(), frame.size());
    if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN) {
        throw CodecError{"compressed data is damaged: it does not begin as it should"};
    }
    if (size > limit) throw CodecError{"compressed data is damaged: it claims to be larger than it can be"};
    if (ZSTD_findFrameCompressedSize(frame.data(), frame.size()) != frame.size()) {
        throw CodecError{"compressed data is damaged: it ends too early or too late"};
    }
    std::vector<std::byte> bytes(size);
    const std::size_t got = ZSTD_decompress(bytes.data(), bytes.size(), frame.data(), frame.size());
    if (ZSTD_isError(got) != 0 || got != size) throw CodecError{"compressed data is damaged: it cannot be unpacked"};
    return bytes;
}

}  // namespace workbench::columns
