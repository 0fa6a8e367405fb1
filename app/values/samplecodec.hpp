#pragma once
// Chunks: the samples of one buffer over about a second in a few bytes each, and back without a loss.
// Thread contract: pure functions.
//
//   byte 0          version of the chunk (1)
//   from byte 1     one zstd frame that tells its content's size; within it, all numbers as varints (7 bits a byte, the
//                   lowest first, the top bit says that more follow):
//                   count of samples, period of sampling in ns, number of readers, number of texts,
//                   the texts (length, bytes) of damaged samples, first one the empty text,
//                   the readers by slot (slot, generation, pid, start_time, start, label: 40 bytes), and then columns:
//                   those of the buffer (one value a sample), and of each reader whether it is there (one value a
//                   sample) and its own (one value for each sample that it is in)
//
// A column is a byte for its order and its first value; order 0: that one for all. Else differences as zigzag varints,
// to the first value (1), to the one before (2), or of differences (3); +4: of what is left when the column `pushed` is
// taken away. Varints of a column are stored byte by byte: the first byte of each, then the second of each that has
// one, and so on. What conservation tells (usage, pending, popped, retained, ...) is stored as the difference from what
// it tells, so it costs nothing while it holds and is exact when it does not.
// Not kept: TimedSample::time, which is told by its boot clock, and Sample::taken_at, of a clock that means nothing
// elsewhere; it comes back as boot_ns.

#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <vector>

#include "values/timedsample.hpp"

namespace workbench {

/// Bytes that are no chunk: what is wrong with them, in one sentence.
class CodecError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// The most that one chunk holds: samples, and readers times samples. They bound what decoding any bytes takes.
inline constexpr std::size_t maxChunkSamples = 16'384;
inline constexpr std::size_t maxChunkReaders = 524'288;
/// How many of these, from the first on, fit into one chunk; at least one if there is one.
std::size_t fittingSamples(std::span<const TimedSample> samples);

/// Growing seconds as the feed of the recorded buffer told them: `origin` is one moment in both.
double feedTime(const Times& origin, std::int64_t boot_ns);

/// At least one sample; readers by slot, as an Observer gives them, and no more than a chunk holds. Throws
/// std::invalid_argument otherwise.
std::vector<std::byte> encodeSamples(std::span<const TimedSample> samples);
/// The same samples, `time` as feedTime() tells it. Throws CodecError.
std::vector<TimedSample> decodeSamples(std::span<const std::byte> chunk, const Times& origin);

/// Bytes of items, compressed.
std::vector<std::byte> packBytes(std::span<const std::byte> bytes);
/// Throws CodecError if it is not `size` bytes that were packed.
std::vector<std::byte> unpackBytes(std::span<const std::byte> packed, std::size_t size);

}  // namespace workbench
