#include "reading.hpp"

#include <algorithm>
#include <utility>

#include "shared_cbuff/item.hpp"
#include "test_support/items.hpp"

namespace stress {

using shared_cbuff::Observer;
using shared_cbuff::OverflowPolicy;
using shared_cbuff::Reader;
using shared_cbuff::ReaderCounters;
using shared_cbuff::ReaderOptions;
using shared_cbuff::ReaderSample;
using shared_cbuff::Sample;
using shared_cbuff::StartAt;
using test_support::fill_item;
using test_support::is_item;

namespace {

constexpr std::size_t largest_batch_items = 96;
constexpr std::size_t largest_batch_bytes = 128 * 1024;

std::string number_of(std::uint64_t value) { return std::to_string(value); }

}  // namespace

std::size_t largest_batch(std::size_t item_size) {
    return std::clamp<std::size_t>(largest_batch_bytes / item_size, 1, largest_batch_items);
}

CheckedReader::CheckedReader(std::string_view name, const ReaderOptions& options, Seat& seat)
    : seat_{seat},
      before_{Observer::attach(name).sample()},
      reader_{Reader::attach(name, options)},
      item_size_{reader_.geometry().item_size},
      length_{reader_.geometry().length},
      lossless_{options.registered && before_.policy == OverflowPolicy::reject},
      items_(largest_batch(item_size_) * item_size_) {
    tell();  // before the slot: who finds a slot on the seat finds the counts of this session
    learn_start(name, options.start);
}

void CheckedReader::learn_start(std::string_view name, StartAt start) {
    const Sample after = Observer::attach(name).sample();
    registered_at_ = after.pushed;
    if (!is_registered()) {
        const std::uint64_t oldest = before_.intent > length_ ? before_.intent - length_ : 0;
        std::uint64_t at = start == StartAt::newest ? before_.pushed : std::min(oldest, before_.pushed);
        for (; at <= after.pushed; ++at) starts_.push_back(at);
        return;
    }
    const auto own = std::ranges::find(after.readers, *reader_.slot(), &ReaderSample::slot);
    demand(own != after.readers.end(), [&] {
        return "the observer does not see the reader in slot " + number_of(*reader_.slot()) + " " + after.damage;
    });
    starts_ = {own->start};
    seat_.start.store(own->start);
    seat_.generation.store(own->generation);
    seat_.slot.store(own->slot);
}

std::size_t CheckedReader::step(Random& random) {
    const std::span all{items_};
    const std::uint64_t how = random.below(100);
    seat_.beat();
    if (how < 30) {
        const std::size_t wanted = random.between(1, largest_batch(item_size_));
        seat_.attempt.store(wanted);
        const std::size_t got = reader_.pop_many(all.first(wanted * item_size_));
        demand(got <= wanted && got <= length_, "pop_many returned more than asked, or than there can be");
        check(got, got == 0 ? 1 : 0, false);
        return got;
    }
    seat_.attempt.store(1);
    if (how < 45 && item_size_ <= 8) {
        const auto value = reader_.pop();
        if (value) shared_cbuff::encode_item(*value, all.first(item_size_), "check", reader_.name());
        check(value ? 1 : 0, value ? 0 : 1, false);
        return value ? 1 : 0;
    }
    const bool waiting = how < 55;
    const bool got = waiting ? reader_.pop_for(all.first(item_size_), std::chrono::microseconds{random.below(400)})
                             : reader_.pop(all.first(item_size_));
    check(got ? 1 : 0, got ? 0 : 1, waiting);
    return got ? 1 : 0;
}

void CheckedReader::drain(Random& random) {
    // A call finds nothing only once: nobody pushes, so nobody laps.
    while (step(random) > 0) {
    }
}

void CheckedReader::check(std::size_t got, std::size_t empty_calls, bool waiting) {
    check_counters(got, empty_calls, waiting);
    check_items(got);
    tell();
}

void CheckedReader::check_counters(std::size_t got, std::size_t empty_calls, bool waiting) {
    const ReaderCounters now = reader_.counters();
    const ReaderCounters then = std::exchange(seen_, now);
    demand(now.popped == then.popped + got, [&] {
        return "got " + number_of(got) + " items, but popped went from " + number_of(then.popped) + " to " +
               number_of(now.popped);
    });
    const std::uint64_t lost = now.lost - then.lost;
    const std::uint64_t overruns = now.overruns - then.overruns;
    const std::uint64_t underflows = now.underflows - then.underflows;
    demand(now.lost >= then.lost && now.overruns >= then.overruns && overruns <= lost && (overruns > 0) == (lost > 0),
           [&] {
               return "lost " + number_of(then.lost) + " to " + number_of(now.lost) + " with overruns " +
                      number_of(then.overruns) + " to " + number_of(now.overruns);
           });
    // A call that found nothing counts one underflow, unless what it found was lost 64 times in a row. One that waits
    // may count it and get its item after all.
    const bool counted =
        waiting ? underflows <= 1 : underflows == empty_calls || (lost > 0 && underflows < empty_calls);
    demand(counted, [&] { return "a call counted " + number_of(underflows) + " underflows"; });
    demand(now.high_water >= then.high_water && now.high_water <= length_,
           [&] { return "high water went from " + number_of(then.high_water) + " to " + number_of(now.high_water); });
    if (lost == 0 || !lossless_) return;
    // What it skips to is what the writer had pushed when it last looked, and that was before the registration.
    const std::uint64_t skipped_to = starts_.front() + now.lost + then.popped;
    demand(skipped_to <= registered_at_, [&] {
        return "lost " + number_of(lost) + " items up to " + number_of(skipped_to) + " under reject, registered at " +
               number_of(registered_at_) + " or before";
    });
}

void CheckedReader::check_items(std::size_t got) {
    for (std::size_t index = 0; index < got; ++index) {
        const auto item = std::span{items_}.subspan(index * item_size_, item_size_);
        const std::uint64_t offset = seen_.lost + seen_.popped - got + index;
        if (starts_.size() == 1) {
            const std::uint64_t number = starts_.front() + offset;
            demand(is_item(number, item), [&] { return describe(number, item); });
            continue;
        }
        const std::uint64_t first = starts_.front();
        std::erase_if(starts_, [&](std::uint64_t start) { return !is_item(start + offset, item); });
        demand(!starts_.empty(), [&] { return describe(first + offset, item) + " (nor any later one)"; });
    }
}

std::string CheckedReader::describe(std::uint64_t number, std::span<const std::byte> item) const {
    std::string text = "item " + number_of(number) + " of " + number_of(item_size_) + " bytes is not whole: ";
    for (std::uint64_t lap = 0; lap <= 4; ++lap) {
        for (const std::uint64_t other : {number + lap * length_, number - lap * length_}) {
            if (other != number && is_item(other, item)) return text + "it is item " + number_of(other);
        }
    }
    std::vector<std::byte> right(item_size_);
    fill_item(number, right);
    const auto differs = std::ranges::mismatch(right, item);
    std::size_t wrong = 0;
    for (std::size_t at = 0; at < item_size_; ++at) wrong += right[at] != item[at] ? 1u : 0u;
    return text + "torn: " + number_of(wrong) + " bytes are wrong, the first at " +
           number_of(static_cast<std::uint64_t>(differs.in1 - right.begin()));
}

void CheckedReader::settle(std::uint64_t pushed) {
    demand(reader_.usage() == 0, [&] { return "usage is " + number_of(reader_.usage()) + " after the last item"; });
    const bool balanced =
        std::ranges::any_of(starts_, [&](std::uint64_t start) { return start + seen_.popped + seen_.lost == pushed; });
    demand(balanced, [&] {
        return "start " + number_of(starts_.front()) + " + popped " + number_of(seen_.popped) + " + lost " +
               number_of(seen_.lost) + " is not pushed " + number_of(pushed);
    });
}

void CheckedReader::tell() {
    seat_.count.store(seen_.popped);
    seat_.lost.store(seen_.lost);
    seat_.overruns.store(seen_.overruns);
    seat_.underflows.store(seen_.underflows);
    seat_.high_water.store(seen_.high_water);
    seat_.attempt.store(0);
}

}  // namespace stress
