#pragma once
// Copies between private memory and shared item bytes, in relaxed atomic words of one size per segment.
// Thread contract: the shared side may be written concurrently by another process; the caller validates afterwards.
//
// memcpy on shared bytes would formally be a data race, and glibc's large copies use non-temporal stores, which pass
// the intent store that must precede them.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace shared_cbuff::words {

#if defined(SHARED_CBUFF_ORDERED_WORDS)
// For ThreadSanitizer, which knows no fences: the words themselves carry the order that the fences give otherwise.
inline constexpr std::memory_order load_order = std::memory_order_acquire;
inline constexpr std::memory_order store_order = std::memory_order_release;
#else
inline constexpr std::memory_order load_order = std::memory_order_relaxed;
inline constexpr std::memory_order store_order = std::memory_order_relaxed;
#endif

template <class Word>
inline void store_as(std::byte* shared, const std::byte* from, std::size_t size) noexcept {
    for (std::size_t at = 0; at < size; at += sizeof(Word)) {
        Word word;
        std::memcpy(&word, from + at, sizeof word);
        std::atomic_ref<Word>{*reinterpret_cast<Word*>(shared + at)}.store(word, store_order);
    }
}

template <class Word>
inline void load_as(std::byte* to, std::byte* shared, std::size_t size) noexcept {
    for (std::size_t at = 0; at < size; at += sizeof(Word)) {
        const Word word = std::atomic_ref<Word>{*reinterpret_cast<Word*>(shared + at)}.load(load_order);
        std::memcpy(to + at, &word, sizeof word);
    }
}

/// `size` is a multiple of `word_size`, and `shared` is aligned to it.
inline void store(std::byte* shared, const std::byte* from, std::size_t size, unsigned word_size) noexcept {
    if (word_size == 8) [[likely]] return store_as<std::uint64_t>(shared, from, size);
    switch (word_size) {
        case 4: return store_as<std::uint32_t>(shared, from, size);
        case 2: return store_as<std::uint16_t>(shared, from, size);
        default: return store_as<std::uint8_t>(shared, from, size);
    }
}

inline void load(std::byte* to, std::byte* shared, std::size_t size, unsigned word_size) noexcept {
    if (word_size == 8) [[likely]] return load_as<std::uint64_t>(to, shared, size);
    switch (word_size) {
        case 4: return load_as<std::uint32_t>(to, shared, size);
        case 2: return load_as<std::uint16_t>(to, shared, size);
        default: return load_as<std::uint8_t>(to, shared, size);
    }
}

}  // namespace shared_cbuff::words
