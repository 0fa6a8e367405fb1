#include "shared_cbuff/detail/copying.hpp"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SHARED_CBUFF_CHECKED_COPIES
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(SHARED_CBUFF_ORDERED_WORDS)
#define SHARED_CBUFF_CHECKED_COPIES
#endif

namespace shared_cbuff::copying {
namespace {

#if defined(__x86_64__) && !defined(SHARED_CBUFF_CHECKED_COPIES)
// C++ has no word wider than 8 bytes that is both atomic and cheap, so whole blocks are copied in assembly: ordinary
// 16-byte moves, which x86 keeps in program order like any other (Intel SDM 3A, 8.2.2); never non-temporal ones. The
// sanitizers do not see into it, so their builds copy words.
constexpr std::size_t block = 64;

void copy_block(std::byte* to, const std::byte* from) noexcept {
    asm volatile(
        "movups (%1), %%xmm0\n\t"
        "movups 16(%1), %%xmm1\n\t"
        "movups 32(%1), %%xmm2\n\t"
        "movups 48(%1), %%xmm3\n\t"
        "movups %%xmm0, (%0)\n\t"
        "movups %%xmm1, 16(%0)\n\t"
        "movups %%xmm2, 32(%0)\n\t"
        "movups %%xmm3, 48(%0)"
        :
        : "r"(to), "r"(from)
        : "xmm0", "xmm1", "xmm2", "xmm3", "memory");
}

/// Copies as many whole blocks as there are; returns their bytes.
std::size_t copy_blocks(std::byte* to, const std::byte* from, std::size_t size) noexcept {
    std::size_t done = 0;
    for (; size - done >= block; done += block) copy_block(to + done, from + done);
    return done;
}
#else
std::size_t copy_blocks(std::byte*, const std::byte*, std::size_t) noexcept { return 0; }
#endif

template <class Word>
void store_as(std::byte* shared, const std::byte* from, std::size_t size) noexcept {
    for (std::size_t at = 0; at < size; at += sizeof(Word)) {
        Word word;
        std::memcpy(&word, from + at, sizeof word);
        std::atomic_ref{*reinterpret_cast<Word*>(shared + at)}.store(word, store_order);
    }
}

template <class Word>
void load_as(std::byte* to, const std::byte* shared, std::size_t size) noexcept {
    for (std::size_t at = 0; at < size; at += sizeof(Word)) {
        // atomic_ref of a const type comes with C++26; nothing is written here.
        auto& source = *reinterpret_cast<Word*>(const_cast<std::byte*>(shared + at));
        const Word word = std::atomic_ref{source}.load(load_order);
        std::memcpy(to + at, &word, sizeof word);
    }
}

}  // namespace

void store(std::byte* shared, const std::byte* from, std::size_t size, unsigned word_size) noexcept {
    const std::size_t done = copy_blocks(shared, from, size);
    switch (word_size) {
        case 8:
            return store_as<std::uint64_t>(shared + done, from + done, size - done);
        case 4:
            return store_as<std::uint32_t>(shared + done, from + done, size - done);
        case 2:
            return store_as<std::uint16_t>(shared + done, from + done, size - done);
        default:
            return store_as<std::uint8_t>(shared + done, from + done, size - done);
    }
}

void load(std::byte* to, const std::byte* shared, std::size_t size, unsigned word_size) noexcept {
    const std::size_t done = copy_blocks(to, shared, size);
    switch (word_size) {
        case 8:
            return load_as<std::uint64_t>(to + done, shared + done, size - done);
        case 4:
            return load_as<std::uint32_t>(to + done, shared + done, size - done);
        case 2:
            return load_as<std::uint16_t>(to + done, shared + done, size - done);
        default:
            return load_as<std::uint8_t>(to + done, shared + done, size - done);
    }
}

}  // namespace shared_cbuff::copying
