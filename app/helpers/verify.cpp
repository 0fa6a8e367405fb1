#include "helpers/verify.hpp"

#include <algorithm>
#include <limits>

#include "shared_cbuff/item.hpp"

namespace workbench {
namespace {

constexpr std::size_t widest = 8;
constexpr std::uint64_t middle = std::uint64_t{1} << 63;

}  // namespace

CounterCheck::CounterCheck(std::uint64_t itemSize)
    : m_mask{itemSize >= widest ? std::numeric_limits<std::uint64_t>::max()
                                : (std::uint64_t{1} << (8 * itemSize)) - 1} {}

void CounterCheck::add(std::span<const std::byte> item, std::uint64_t lostBefore) {
    const std::uint64_t value = shared_cbuff::decode_item(item.last(std::min(item.size(), widest)));
    if (!m_started) {
        m_started = true;
        m_first = value;
        m_next = value + 1;
        return;
    }
    m_lostAfterFirst += lostBefore;
    const std::uint64_t ahead = (value - m_next) & m_mask;
    const std::uint64_t turn = m_mask + 1;  // 0 for 64 bits
    if (ahead == (lostBefore & m_mask)) {
        skipTo(m_next + lostBefore);
    } else if (ahead <= m_mask / 2) {
        skipTo(m_next + ahead);
    } else {
        addEarlier(m_next + ahead - turn);
    }
}

void CounterCheck::skipTo(std::uint64_t position) {
    const std::uint64_t missing = position - m_next;
    if (missing > 0) {
        m_gaps += missing;
        m_missing.emplace(m_next, missing);
        if (m_missing.size() > mostRanges) m_missing.erase(m_missing.begin());
    }
    m_next = position + 1;
}

void CounterCheck::addEarlier(std::uint64_t position) {
    const bool beforeFirst = position - m_first >= middle;
    if (beforeFirst) {
        ++m_reordered;
    } else if (takeMissing(position)) {
        ++m_reordered;
        --m_gaps;
    } else {
        ++m_duplicates;
    }
}

bool CounterCheck::takeMissing(std::uint64_t position) {
    auto range = m_missing.upper_bound(position);
    if (range == m_missing.begin()) return false;
    --range;
    const auto [first, count] = *range;
    if (position - first >= count) return false;
    m_missing.erase(range);
    if (position > first) m_missing.emplace(first, position - first);
    if (position - first + 1 < count) m_missing.emplace(position + 1, count - (position - first) - 1);
    return true;
}

bool CounterCheck::passed() const noexcept {
    return m_duplicates == 0 && m_reordered == 0 && m_gaps == m_lostAfterFirst;
}

}  // namespace workbench
