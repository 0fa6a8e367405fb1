#pragma once
// A fuzz input read from front to back; behind its end everything is zero, so that every input means something.
// Thread contract: one thread. The bytes outlive the object.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

namespace fuzz {

class Input {
public:
    Input(const std::uint8_t* data, std::size_t size) noexcept : rest_{data, size} {}

    bool empty() const noexcept { return rest_.empty(); }

    /// An integer of `size` (1 to 8) bytes, the first the lowest.
    std::uint64_t number(std::size_t size) noexcept {
        std::uint64_t value = 0;
        const auto bytes = take(size);
        for (std::size_t index = 0; index < bytes.size(); ++index) value |= std::uint64_t{bytes[index]} << 8 * index;
        return value;
    }

    /// One of `choices`.
    template <class Choices>
    auto pick(const Choices& choices) noexcept {
        return choices[number(1) % std::size(choices)];
    }

    /// Up to `size` bytes.
    std::span<const std::uint8_t> take(std::size_t size) noexcept {
        const auto taken = rest_.first(std::min(size, rest_.size()));
        rest_ = rest_.subspan(taken.size());
        return taken;
    }

    std::span<const std::uint8_t> rest() noexcept { return take(rest_.size()); }

private:
    std::span<const std::uint8_t> rest_;
};

}  // namespace fuzz
