#pragma once
// A reader that believes nothing: every item must be whole and the very one that its counters say, and the counters
// must tell exactly what the calls did. Thread contract: an object belongs to one thread.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "crew.hpp"
#include "random.hpp"
#include "shared_cbuff/observer.hpp"
#include "shared_cbuff/reader.hpp"

namespace stress {

class CheckedReader {
public:
    /// Attaches. What it does it tells on `seat`.
    CheckedReader(std::string_view name, const shared_cbuff::ReaderOptions& options, Seat& seat);

    /// One random call; returns how many items it got.
    std::size_t step(Random& random);
    /// Pops until nothing is left. Only useful while nobody pushes.
    void drain(Random& random);
    /// Checks, once nobody pushes any more and it has drained: start + popped + lost == pushed.
    void settle(std::uint64_t pushed);
    shared_cbuff::Reader& reader() noexcept { return reader_; }
    bool is_registered() const noexcept { return reader_.slot().has_value(); }

private:
    void learn_start(std::string_view name, shared_cbuff::StartAt start);
    void check(std::size_t got, std::size_t empty_calls, bool waiting);
    void check_items(std::size_t got);
    void check_counters(std::size_t got, std::size_t empty_calls, bool waiting);
    std::string describe(std::uint64_t number, std::span<const std::byte> item) const;
    void tell();

    Seat& seat_;
    shared_cbuff::Sample before_;  // taken before attaching: where an unregistered reader can have begun
    shared_cbuff::Reader reader_;
    std::size_t item_size_;
    std::uint64_t length_;
    bool lossless_;                      // `reject`, registered: nothing newer than its registration may be lost
    std::uint64_t registered_at_ = 0;    // at least the `pushed` that it registered at
    std::vector<std::uint64_t> starts_;  // where it can have begun; each item leaves fewer, the last one is the truth
    shared_cbuff::ReaderCounters seen_{};
    std::vector<std::byte> items_;
};

/// Largest batch that both sides use: items, for items of `item_size` bytes.
std::size_t largest_batch(std::size_t item_size);

}  // namespace stress
