#include "contenders.hpp"

#include <readerwriterqueue.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/lockfree/spsc_queue.hpp>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "rounds.hpp"
#include "shared_cbuff/reader.hpp"
#include "shared_cbuff/writer.hpp"
#include "sides.hpp"

// The loops hold their Writer, Reader or queue as their user would who wants speed: in a local variable.

namespace bench {
namespace {

using namespace shared_cbuff;

/// The same on both sides: made up before there is a second one.
const std::string& buffer_name() {
    static const std::string name = "cbuff-ring-bench-" + std::to_string(::getpid());
    return name;
}

Writer lossless_writer() {
    return Writer::create(buffer_name(), {.item_size = 8, .length = ring_length, .policy = OverflowPolicy::reject});
}

/// The child's end of the time is known once it has gone, so the item's share is worked out afterwards.
double transport(Apart apart, std::uint64_t items, const std::function<void(Meeting&)>& push_all,
                 const std::function<bool(Meeting&)>& pop_all) {
    const double begin = run_two_sides(
        apart,
        [&](Meeting& meeting) {
            meet(meeting);
            const double first_push = now_seconds();
            push_all(meeting);
            return first_push;
        },
        pop_all);
    return (last_meeting().end - begin) / static_cast<double>(items);
}

// ---- Ours

void push_singly(Writer& from, std::uint64_t items) {
    Writer writer = std::move(from);
    for (std::uint64_t item = 0; item < items; ++item) {
        while (!writer.push(item)) {
        }
    }
    from = std::move(writer);
}

bool pop_singly(Meeting& meeting, std::uint64_t items) {
    Reader reader = Reader::attach(buffer_name());
    meet(meeting);
    std::uint64_t differences = 0;
    for (std::uint64_t next = 0; next < items;) {
        if (const auto item = reader.pop()) differences |= *item ^ next++;
    }
    meeting.end = now_seconds();
    return differences == 0;
}

/// `push(items, count)` returns how many it took.
template <class Push>
void push_in_batches(std::uint64_t total, Push push) {
    std::uint64_t items[batch];
    for (std::uint64_t next = 0; next < total; next += batch) {
        for (std::size_t index = 0; index < batch; ++index) items[index] = next + index;
        for (std::size_t done = 0; done < batch;) done += push(items + done, batch - done);
    }
}

/// `pop(items)` returns how many it got; items count up. The check is one that the compiler can do 16 bytes at a time:
/// it is the ring that is to be measured.
template <class Pop>
bool pop_in_batches(Meeting& meeting, std::uint64_t total, Pop pop) {
    std::uint64_t items[batch];
    std::uint64_t differences = 0;
    for (std::uint64_t next = 0; next < total;) {
        const std::size_t got = pop(items);
        for (std::size_t index = 0; index < got; ++index) differences |= items[index] ^ (next + index);
        next += got;
    }
    meeting.end = now_seconds();
    return differences == 0;
}

/// `pop(item)` returns whether it got one.
template <class Pop>
bool pop_one_by_one(Meeting& meeting, std::uint64_t total, Wait wait, Pop pop) {
    meet(meeting);
    std::uint64_t differences = 0;
    std::uint64_t item = 0;
    for (std::uint64_t next = 0; next < total;) {
        if (pop(item)) {
            differences |= item ^ next++;
        } else {
            ease(wait);
        }
    }
    meeting.end = now_seconds();
    return differences == 0;
}

// ---- Peers

using BoostRing = boost::lockfree::spsc_queue<std::uint64_t, boost::lockfree::capacity<ring_length>>;
using MoodycamelRing = moodycamel::ReaderWriterQueue<std::uint64_t>;

}  // namespace

double ours_single(std::uint64_t items) {
    Writer writer = lossless_writer();
    return transport(
        Apart::processes, items, [&](Meeting&) { push_singly(writer, items); },
        [&](Meeting& meeting) { return pop_singly(meeting, items); });
}

double ours_batch(std::uint64_t total) {
    Writer writer = lossless_writer();
    return transport(
        Apart::processes, total,
        [&](Meeting&) {
            push_in_batches(total, [&](const std::uint64_t* items, std::size_t count) {
                return writer.push_many(std::as_bytes(std::span{items, count}));
            });
        },
        [&](Meeting& meeting) {
            Reader reader = Reader::attach(buffer_name());
            meet(meeting);
            return pop_in_batches(meeting, total, [&](std::uint64_t(&items)[batch]) {
                return reader.pop_many(std::as_writable_bytes(std::span{items}));
            });
        });
}

double boost_single(Wait wait, std::uint64_t items) {
    const auto ring = std::make_unique<BoostRing>();
    return transport(
        Apart::threads, items,
        [&](Meeting&) {
            for (std::uint64_t item = 0; item < items; ++item) {
                while (!ring->push(item)) ease(wait);
            }
        },
        [&](Meeting& meeting) {
            return pop_one_by_one(meeting, items, wait, [&](std::uint64_t& item) { return ring->pop(item); });
        });
}

double boost_batch(Wait wait, std::uint64_t total) {
    const auto ring = std::make_unique<BoostRing>();
    return transport(
        Apart::threads, total,
        [&](Meeting&) {
            push_in_batches(total, [&](const std::uint64_t* items, std::size_t count) {
                const std::size_t taken = ring->push(items, count);
                if (taken == 0) ease(wait);
                return taken;
            });
        },
        [&](Meeting& meeting) {
            meet(meeting);
            return pop_in_batches(meeting, total, [&](std::uint64_t(&items)[batch]) {
                const std::size_t got = ring->pop(items, batch);
                if (got == 0) ease(wait);
                return got;
            });
        });
}

double moodycamel_single(Wait wait, std::uint64_t items) {
    MoodycamelRing ring{ring_length};
    return transport(
        Apart::threads, items,
        [&](Meeting&) {
            for (std::uint64_t item = 0; item < items; ++item) {
                while (!ring.try_enqueue(item)) ease(wait);
            }
        },
        [&](Meeting& meeting) {
            return pop_one_by_one(meeting, items, wait, [&](std::uint64_t& item) { return ring.try_dequeue(item); });
        });
}

double moodycamel_batch() {
    constexpr std::uint64_t total = items_a_round;
    MoodycamelRing ring{ring_length};
    return transport(
        Apart::threads, total,
        [&](Meeting&) {
            push_in_batches(total, [&](const std::uint64_t* items, std::size_t count) {
                std::size_t done = 0;
                while (done < count && ring.try_enqueue(items[done])) ++done;
                return done;
            });
        },
        [&](Meeting& meeting) {
            meet(meeting);
            return pop_in_batches(meeting, total, [&](std::uint64_t(&items)[batch]) {
                std::size_t got = 0;
                while (got < batch && ring.try_dequeue(items[got])) ++got;
                return got;
            });
        });
}

// ---- Other programs

namespace {

/// The numbers that a command prints, as many as asked for.
template <std::size_t Count>
std::array<double, Count> numbers_from(const std::string& command) {
    std::array<double, Count> numbers{};
    unpin();  // it pins its own two sides
    std::FILE* const pipe = ::popen(command.c_str(), "r");
    if (pipe == nullptr) fail("no pipe for another program");
    bool understood = true;
    for (double& number : numbers) understood = understood && std::fscanf(pipe, "%lf", &number) == 1;
    if (::pclose(pipe) != 0 || !understood) fail((command + " failed").c_str());
    return numbers;
}

}  // namespace

double python_single() {
    return numbers_from<1>("python3 " PYTHON_RING " " + std::to_string(ring_length) + " 100000")[0];
}

double looks(const std::string& name, std::size_t length) {
    const auto [looks_an_item, ns_an_item] = numbers_from<2>(RING_LOOKS " " + std::to_string(length));
    const double looks_a_us = looks_an_item / ns_an_item * 1000;
    const double by_item = looks_an_item * 64;
    record(name + " items-a-look", 1 / looks_an_item);
    record(name + " a-us", looks_a_us);
    record(name + " allowance", ns_an_item > 15 ? std::min(by_item, looks_a_us / 2) : by_item);
    return ns_an_item * 1e-9;
}

// ---- Items of any size

namespace {

/// What a ring costs that does nothing but memcpy: two counters on lines of their own, and slots.
struct BareRing {
    alignas(128) std::atomic<std::uint64_t> pushed{0};
    alignas(128) std::atomic<std::uint64_t> popped{0};
    alignas(128) std::byte slots[1];
};

std::size_t length_for(std::size_t item_size) {
    constexpr std::size_t resident_bytes = 512 * 1024;  // half of a core's second-level cache here
    return std::clamp<std::size_t>(resident_bytes / item_size, 4, ring_length);
}
std::uint64_t items_for(std::size_t item_size) {
    return std::max<std::uint64_t>(4 * length_for(item_size),
                                   std::min<std::uint64_t>(2'000'000, (256 << 20) / item_size));
}

/// The first bytes of an item tell its number, as far as they go.
void number_item(std::vector<std::byte>& item, std::uint64_t number) {
    std::memcpy(item.data(), &number, std::min(item.size(), sizeof number));
}
bool has_number(const std::vector<std::byte>& item, std::uint64_t number) {
    return std::memcmp(item.data(), &number, std::min(item.size(), sizeof number)) == 0;
}

double transport_items(std::uint64_t count, const std::function<void()>& push_all,
                       const std::function<bool(Meeting&)>& pop_all) {
    return transport(
        Apart::processes, count, [&](Meeting&) { push_all(); }, pop_all);
}

}  // namespace

double ours_items(std::size_t item_size) {
    const std::uint64_t count = items_for(item_size);
    Writer created = Writer::create(
        buffer_name(), {.item_size = item_size, .length = length_for(item_size), .policy = OverflowPolicy::reject});
    return transport_items(
        count,
        [&] {
            Writer writer = std::move(created);
            std::vector<std::byte> item(item_size);
            for (std::uint64_t number = 0; number < count; ++number) {
                number_item(item, number);
                while (!writer.push(item)) {
                }
            }
            created = std::move(writer);
        },
        [&](Meeting& meeting) {
            Reader reader = Reader::attach(buffer_name());
            std::vector<std::byte> item(item_size);
            meet(meeting);
            bool right = true;
            for (std::uint64_t number = 0; number < count;) {
                if (reader.pop(item)) right = has_number(item, number++) && right;
            }
            meeting.end = now_seconds();
            return right;
        });
}

double memcpy_items(std::size_t item_size) {
    const std::uint64_t count = items_for(item_size);
    const std::size_t length = length_for(item_size);
    const std::size_t size = sizeof(BareRing) + length * item_size;
    void* const memory =
        ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (memory == MAP_FAILED) std::exit(1);
    auto* const ring = new (memory) BareRing;
    const double seconds = transport_items(
        count,
        [&] {
            std::vector<std::byte> item(item_size);
            std::uint64_t room_until = length;
            std::size_t slot = 0;
            for (std::uint64_t number = 0; number < count; ++number) {
                number_item(item, number);
                while (number >= room_until) room_until = ring->popped.load(std::memory_order_acquire) + length;
                std::memcpy(ring->slots + slot * item_size, item.data(), item_size);
                slot = slot + 1 == length ? 0 : slot + 1;
                ring->pushed.store(number + 1, std::memory_order_release);
            }
        },
        [&](Meeting& meeting) {
            std::vector<std::byte> item(item_size);
            std::uint64_t known = 0;
            std::size_t slot = 0;
            meet(meeting);
            bool right = true;
            for (std::uint64_t number = 0; number < count;) {
                while (number == known) known = ring->pushed.load(std::memory_order_acquire);
                std::memcpy(item.data(), ring->slots + slot * item_size, item_size);
                slot = slot + 1 == length ? 0 : slot + 1;
                right = has_number(item, number++) && right;
                ring->popped.store(number, std::memory_order_release);
            }
            meeting.end = now_seconds();
            return right;
        });
    ::munmap(memory, size);
    return seconds;
}

// ---- Instructions

namespace {

// Each operation has a function of its own, as a user's loop would: in one big function, all loops would share the
// registers and none would have enough.

[[gnu::noinline]] void repeat_push(Writer&& from, std::uint64_t count) {
    Writer writer = std::move(from);
    for (std::uint64_t item = 0; item < count; ++item) writer.push(item);
    from = std::move(writer);
}

[[gnu::noinline]] void repeat_push_many(Writer&& from, std::uint64_t count) {
    Writer writer = std::move(from);
    std::uint64_t items[batch] = {};
    for (std::uint64_t done = 0; done < count; done += batch) writer.push_many(std::as_bytes(std::span{items}));
    from = std::move(writer);
}

[[gnu::noinline]] std::uint64_t repeat_pop(Reader&& from, std::uint64_t count) {
    Reader reader = std::move(from);
    std::uint64_t sum = 0;
    for (std::uint64_t done = 0; done < count; ++done) sum += reader.pop().value_or(0);
    from = std::move(reader);
    return sum;
}

[[gnu::noinline]] std::uint64_t repeat_pop_many(Reader&& from, std::uint64_t count) {
    Reader reader = std::move(from);
    std::uint64_t items[batch] = {};
    for (std::uint64_t done = 0; done < count; done += batch) {
        reader.pop_many(std::as_writable_bytes(std::span{items}));
    }
    from = std::move(reader);
    return items[0];
}

}  // namespace

bool repeat(const char* operation, std::uint64_t count) {
    const bool many = std::strstr(operation, "many") != nullptr;
    const bool pops = std::strncmp(operation, "pop", 3) == 0;
    const bool rejects = std::strstr(operation, "reject") != nullptr;
    if (!pops && std::strncmp(operation, "push", 4) != 0) return false;
    Writer writer =
        Writer::create(buffer_name(), {.item_size = 8,
                                       .length = ring_length,
                                       .policy = rejects ? OverflowPolicy::reject : OverflowPolicy::overwrite});
    Reader reader = Reader::attach(buffer_name(), {.registered = pops || !rejects});
    if (!pops && many) repeat_push_many(std::move(writer), count);
    if (!pops && !many) repeat_push(std::move(writer), count);
    std::uint64_t sum = 0;
    // A pop's run fills the ring in batches, whose share is known from push_many's own, and empties it.
    for (std::uint64_t done = 0; pops && done < count; done += ring_length) {
        repeat_push_many(std::move(writer), ring_length);
        sum += many ? repeat_pop_many(std::move(reader), ring_length) : repeat_pop(std::move(reader), ring_length);
    }
    return sum != 1;
}

}  // namespace bench
