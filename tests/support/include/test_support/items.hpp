#pragma once
// Items that tell their own number: every byte follows from it, so a torn, repeated or misplaced item is seen.
// Thread contract: pure functions.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace test_support {

/// Fills `item`, of any size, with the bytes that item `number` must have.
void fill_item(std::uint64_t number, std::span<std::byte> item) noexcept;
std::vector<std::byte> make_item(std::uint64_t number, std::size_t item_size);
/// `count` items from `first` on.
std::vector<std::byte> make_items(std::uint64_t first, std::size_t count, std::size_t item_size);
/// Whether `item` is item `number`, whole.
bool is_item(std::uint64_t number, std::span<const std::byte> item) noexcept;

}  // namespace test_support
