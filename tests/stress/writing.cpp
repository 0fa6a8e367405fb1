#include "writing.hpp"

#include <span>
#include <thread>

#include "reading.hpp"
#include "shared_cbuff/item.hpp"
#include "test_support/items.hpp"

namespace stress {

using shared_cbuff::OverflowPolicy;
using shared_cbuff::Writer;

CheckedWriter::CheckedWriter(Writer writer, Seat& seat)
    : seat_{seat},
      writer_{std::move(writer)},
      item_size_{writer_.geometry().item_size},
      pushed_{writer_.pushed()},
      rejected_{writer_.rejected()},
      items_(largest_batch(item_size_) * item_size_) {
    seat_.start.store(pushed_);
    seat_.count.store(pushed_);
    seat_.rejected.store(rejected_);
    seat_.epoch.store(writer_.epoch());
}

bool CheckedWriter::step(Random& random, Tempo tempo) {
    seat_.beat();
    const std::uint64_t how = random.below(100);
    bool all = false;
    if (how < 30) {
        const std::size_t count = random.between(1, largest_batch(item_size_));
        fill(count);
        all = check(count, writer_.push_many(std::span{items_}.first(count * item_size_)));
    } else {
        all = push_one(random, how);
    }
    // A writer that is refused gives its core to the readers it waits for.
    if (!all || tempo == Tempo::yielding) std::this_thread::yield();
    if (tempo == Tempo::paced) std::this_thread::sleep_for(std::chrono::microseconds{random.below(200)});
    return all;
}

bool CheckedWriter::push_one(Random& random, std::uint64_t how) {
    fill(1);
    const auto item = std::span<const std::byte>{items_}.first(item_size_);
    if (how < 45 && item_size_ <= 8) return check(1, writer_.push(shared_cbuff::decode_item(item)) ? 1 : 0);
    if (how < 55) return check(1, writer_.push_for(item, std::chrono::microseconds{random.below(400)}) ? 1 : 0);
    return check(1, writer_.push(item) ? 1 : 0);
}

bool CheckedWriter::push_within(std::chrono::nanoseconds timeout) {
    fill(1);
    return check(1, writer_.push_for(std::span{items_}.first(item_size_), timeout) ? 1 : 0);
}

void CheckedWriter::fill(std::size_t count) {
    for (std::size_t index = 0; index < count; ++index) {
        test_support::fill_item(pushed_ + index, std::span{items_}.subspan(index * item_size_, item_size_));
    }
    seat_.attempt.store(count);
}

bool CheckedWriter::check(std::size_t wanted, std::size_t done) {
    pushed_ += done;
    rejected_ += wanted - done;
    demand(writer_.policy() == OverflowPolicy::reject || done == wanted, "a push was refused under overwrite");
    demand(writer_.pushed() == pushed_ && writer_.rejected() == rejected_, [&] {
        return "pushed " + std::to_string(writer_.pushed()) + " instead of " + std::to_string(pushed_) + ", rejected " +
               std::to_string(writer_.rejected()) + " instead of " + std::to_string(rejected_);
    });
    seat_.count.store(pushed_);
    seat_.rejected.store(rejected_);
    seat_.attempt.store(0);
    return done == wanted;
}

}  // namespace stress
