#pragma once
// Copies between private memory and shared item bytes.
// Thread contract: the shared side may be written concurrently by another process; the caller validates afterwards.
//
// In C++'s terms an item is copied in relaxed atomic words of one size per segment: memcpy on shared bytes would be a
// data race, and glibc's large copies use non-temporal stores, which pass the intent store that must precede them. No
// word needs to be whole for the protocol to work; only the order towards the fences around the copy counts.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace shared_cbuff::copying {

#if defined(SHARED_CBUFF_ORDERED_WORDS)
// For ThreadSanitizer, which knows no fences: the words themselves carry the order that the fences give otherwise.
inline constexpr std::memory_order load_order = std::memory_order_acquire;
inline constexpr std::memory_order store_order = std::memory_order_release;
#else
inline constexpr std::memory_order load_order = std::memory_order_relaxed;
inline constexpr std::memory_order store_order = std::memory_order_relaxed;
#endif

/// Any number of bytes. `size` is a multiple of `word_size` (1, 2, 4 or 8), and `shared` is aligned to it.
void store(std::byte* shared, const std::byte* from, std::size_t size, unsigned word_size) noexcept;
void load(std::byte* to, const std::byte* shared, std::size_t size, unsigned word_size) noexcept;

inline void store_word(std::byte* shared, std::uint64_t word) noexcept {
    std::atomic_ref{*reinterpret_cast<std::uint64_t*>(shared)}.store(word, store_order);
}

inline std::uint64_t load_word(std::byte* shared) noexcept {
    return std::atomic_ref{*reinterpret_cast<std::uint64_t*>(shared)}.load(load_order);
}

/// Asks for a line that is to be written soon, so that its ownership is here by then. Changes nothing.
[[gnu::always_inline]] inline void own_ahead(const std::byte* shared) noexcept {
#if defined(__x86_64__)
    // Not __builtin_prefetch(shared, 1): that only reads ahead unless the target is known to have PRFCHW. Processors
    // without it take the instruction for a no-op.
    asm volatile("prefetchw %0" : : "m"(*shared));
#else
    __builtin_prefetch(shared, 1);
#endif
}

/// One item; the commonest size without a call.
[[gnu::always_inline]] inline void store_item(std::byte* shared, const std::byte* from, std::size_t size,
                                              unsigned word_size) noexcept {
    if (size != 8) return store(shared, from, size, word_size);
    std::uint64_t word;
    std::memcpy(&word, from, sizeof word);
    store_word(shared, word);
}

[[gnu::always_inline]] inline void load_item(std::byte* to, std::byte* shared, std::size_t size,
                                             unsigned word_size) noexcept {
    if (size != 8) return load(to, shared, size, word_size);
    const std::uint64_t word = load_word(shared);
    std::memcpy(to, &word, sizeof word);
}

}  // namespace shared_cbuff::copying
