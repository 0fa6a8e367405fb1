#pragma once
// Every random decision of a case, from one seed: the same seed draws the same case. (When processes run, and where a
// kill hits, no seed can repeat.)
// Thread contract: an object belongs to one thread.

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>

namespace stress {

class Random {
public:
    explicit Random(std::uint64_t seed) : engine_{seed} {}

    std::uint64_t next() { return engine_(); }
    /// 0 to `end` - 1. Not std::uniform_int_distribution, whose numbers differ from library to library.
    std::uint64_t below(std::uint64_t end) { return engine_() % end; }
    std::uint64_t between(std::uint64_t least, std::uint64_t most) { return least + below(most - least + 1); }
    bool chance(unsigned percent) { return below(100) < percent; }
    /// `least` to `most`, every order of magnitude alike.
    std::uint64_t magnitude(std::uint64_t least, std::uint64_t most) {
        const double part = static_cast<double>(below(1u << 20)) / static_cast<double>((1u << 20) - 1);
        const double low = std::log(static_cast<double>(least));
        const double high = std::log(static_cast<double>(most) + 0.999);
        const auto value = static_cast<std::uint64_t>(std::exp(low + part * (high - low)));
        return value < least ? least : value > most ? most : value;
    }
    template <class Value, std::size_t Count>
    Value one_of(const std::array<Value, Count>& values) {
        return values[below(Count)];
    }

private:
    std::mt19937_64 engine_;
};

/// The seed of case `number` of section `section`, so that one case can be repeated without those before it.
inline std::uint64_t case_seed(std::uint64_t seed, std::uint64_t section, std::uint64_t number) {
    std::seed_seq sequence{seed & 0xffffffff, seed >> 32, section, number};
    std::array<std::uint32_t, 2> words{};
    sequence.generate(words.begin(), words.end());
    return std::uint64_t{words[0]} << 32 | words[1];
}

}  // namespace stress
