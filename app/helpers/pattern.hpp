#pragma once
// What a producer puts into its items.
// Thread contract: a Pattern belongs to one thread.

#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace workbench {

/// counter          the number of the item since the first push, so that it goes on across producers
/// constant:V       V, a decimal or hex number
/// random           all bytes at random; the same seed gives the same items
/// ramp:A:B         A, A+1 .. B, and again from A (downwards if B is the smaller one)
/// sine:A:P         from 0 to A and back, one turn in P items: round(A * (1 + sin(2 pi k / P)) / 2)
class Pattern {
public:
    /// Throws std::invalid_argument with a sentence if it is none of the above or its values do not fit `itemSize`
    /// bytes.
    static Pattern parse(std::string_view text, std::uint64_t itemSize, std::uint64_t seed);

    /// The number that the next item of a counter gets. The others begin with their own first item.
    void startCounterAt(std::uint64_t number) noexcept;
    /// Writes the next item, itemSize bytes. A counter wraps at the width of the item.
    void next(std::span<std::byte> item);

private:
    enum class Kind { counter, constant, random, ramp, sine };

    Pattern(Kind kind, std::uint64_t seed) : m_kind{kind}, m_random{seed} {}
    std::uint64_t sineValue() const;

    Kind m_kind;
    std::mt19937_64 m_random;
    std::vector<std::byte> m_constant;
    std::uint64_t m_first = 0;   // ramp: A. sine: the amplitude
    std::uint64_t m_second = 0;  // ramp: B. sine: items a turn
    std::uint64_t m_index = 0;
};

/// Why `text` is no pattern for items of this size, a sentence; empty if it is one.
std::string problemOfPattern(std::string_view text, std::uint64_t itemSize);

}  // namespace workbench
