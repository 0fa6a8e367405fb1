#pragma once
// Samples made by hand, with times of their own, for tests of what a row of them tells.
// Thread contract: pure functions and plain values.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string_view>

#include "shared_cbuff/observer.hpp"

namespace values_tests {

inline constexpr std::uint64_t length = 100;

struct ReaderNumbers {
    std::uint64_t usage = 0;
    std::uint64_t lost = 0;
    std::uint64_t popped = 0;
};

/// Of an extended buffer of 8 B x 100, `ms` after some beginning.
inline shared_cbuff::Sample sampleAt(int ms, std::uint64_t pushed) {
    shared_cbuff::Sample sample;
    sample.taken_at = std::chrono::steady_clock::time_point{std::chrono::hours{1} + std::chrono::milliseconds{ms}};
    sample.geometry = {8, length};
    sample.state = shared_cbuff::BufferState::alive;
    sample.pushed = sample.intent = pushed;
    sample.retained = std::min(pushed, length);
    sample.writer = {shared_cbuff::WriterState::alive, 4711, 1, 1};
    return sample;
}

inline shared_cbuff::ReaderSample& addReader(shared_cbuff::Sample& sample, std::string_view label,
                                             const ReaderNumbers& numbers, std::uint64_t generation = 1) {
    shared_cbuff::ReaderSample& reader = sample.readers.emplace_back();
    reader.slot = static_cast<std::uint32_t>(sample.readers.size() - 1);
    reader.generation = generation;
    reader.pid = 100 + reader.slot;
    reader.usage = numbers.usage;
    reader.lost = numbers.lost;
    reader.popped = numbers.popped;
    std::ranges::copy(label, reader.label_bytes.begin());
    sample.has_living_reader = true;
    sample.usage = std::max(sample.usage, numbers.usage);
    return reader;
}

}  // namespace values_tests
