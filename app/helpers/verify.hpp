#pragma once
// Checks that the items a reader got are consecutive numbers.
// Thread contract: a CounterCheck belongs to one thread.

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>

namespace workbench {

/// Items are compared by their low 64 bits, and modulo 2^(8 * itemSize) when they are narrower than that.
class CounterCheck {
public:
    explicit CounterCheck(std::uint64_t itemSize);

    /// `lostBefore`: how many items the reader has lost between the previous item and this one. It only decides what
    /// the value alone cannot: how many whole turns of a narrow counter were lost.
    void add(std::span<const std::byte> item, std::uint64_t lostBefore);

    /// Numbers between the first and the latest that did not come.
    std::uint64_t gaps() const noexcept { return m_gaps; }
    /// Numbers that came again.
    std::uint64_t duplicates() const noexcept { return m_duplicates; }
    /// Numbers that came after a later one, but had not come before. Such a number is no gap any more.
    std::uint64_t reordered() const noexcept { return m_reordered; }
    /// Items the reader lost after the first item that came: the number that gaps() must be.
    std::uint64_t lostAfterFirst() const noexcept { return m_lostAfterFirst; }
    /// Neither duplicates nor reordered, and every gap a lost item.
    bool passed() const noexcept;

private:
    void skipTo(std::uint64_t position);
    void addEarlier(std::uint64_t position);
    bool takeMissing(std::uint64_t position);

    /// Missing numbers that are remembered, as ranges; the oldest are forgotten beyond it, and then count as duplicates
    /// should they still come.
    static constexpr std::size_t mostRanges = 1 << 16;

    std::uint64_t m_mask;
    bool m_started = false;
    std::uint64_t m_first = 0;  // positions: the numbers, continued beyond the item's width
    std::uint64_t m_next = 0;
    std::uint64_t m_gaps = 0;
    std::uint64_t m_duplicates = 0;
    std::uint64_t m_reordered = 0;
    std::uint64_t m_lostAfterFirst = 0;
    std::map<std::uint64_t, std::uint64_t> m_missing;  // first position of a range to how many
};

}  // namespace workbench
