#pragma once
// A writer whose items tell their numbers and who counts along: what it pushed and what was refused must be what the
// library says.
// Thread contract: an object belongs to one thread.

#include <cstdint>
#include <vector>

#include "crew.hpp"
#include "random.hpp"
#include "shared_cbuff/writer.hpp"

namespace stress {

/// How hard a writer presses. A paced one sleeps between its calls, so that readers come to wait for it.
enum class Tempo { flat_out, yielding, paced };

class CheckedWriter {
public:
    /// What it does it tells on `seat`.
    CheckedWriter(shared_cbuff::Writer writer, Seat& seat);

    /// One random call, and the pause that `tempo` asks for. Returns whether all of it was pushed.
    bool step(Random& random, Tempo tempo);
    /// One push that waits for room. Returns whether it was pushed.
    bool push_within(std::chrono::nanoseconds timeout);
    shared_cbuff::Writer& writer() noexcept { return writer_; }

private:
    void fill(std::size_t count);
    bool push_one(Random& random, std::uint64_t how);
    bool check(std::size_t wanted, std::size_t done);

    Seat& seat_;
    shared_cbuff::Writer writer_;
    std::size_t item_size_;
    std::uint64_t pushed_;
    std::uint64_t rejected_;
    std::vector<std::byte> items_;
};

}  // namespace stress
