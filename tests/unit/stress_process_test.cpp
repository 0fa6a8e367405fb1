// A writer and a reader in two processes at full speed: no item torn, none out of order, every one accounted for.

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "shared_cbuff/observer.hpp"
#include "shared_cbuff/reader.hpp"
#include "shared_cbuff/writer.hpp"
#include "test_support/child_process.hpp"
#include "test_support/items.hpp"
#include "test_support/segments.hpp"

namespace {

using namespace shared_cbuff;
using namespace std::chrono_literals;
using test_support::Channel;
using test_support::ChildProcess;
using test_support::fill_item;
using test_support::is_item;
using test_support::ScopedName;

struct Case {
    OverflowPolicy policy;
    std::uint64_t item_size;
    std::uint64_t length;
};

void PrintTo(const Case& stress, std::ostream* out) { *out << stress.item_size << "B_x_" << stress.length; }

constexpr std::size_t batch = 64;
constexpr auto duration = 1800ms;  // to try for, no proof: however few turns the processes get, they go on until enough

/// Pushes for `duration` and until it is `enough`, by turns one item and a batch. Items tell their number.
template <class Enough>
void push_for_a_while(Writer& writer, std::uint64_t item_size, Enough enough) {
    std::vector<std::byte> items(batch * item_size);
    const auto end = std::chrono::steady_clock::now() + duration;
    for (std::uint64_t round = 0; round % 64 != 0 || std::chrono::steady_clock::now() < end || !enough(); ++round) {
        const std::size_t count = round % 8 == 0 ? batch : 1;
        const auto pushing = std::span{items}.first(count * item_size);
        for (std::size_t index = 0; index < count; ++index) {
            fill_item(writer.pushed() + index, pushing.subspan(index * item_size, item_size));
        }
        const bool all = count == 1 ? writer.push(pushing) : writer.push_many(pushing) == count;
        if (!all) std::this_thread::yield();  // the reader may need this very core
    }
}

/// Pops until the writer has closed and all is drained. Exit codes tell what went wrong.
int pop_all(const ScopedName& name, std::uint64_t item_size, Channel& parent) {
    Reader reader = Reader::attach(name);
    parent.send("reading");
    std::vector<std::byte> items(batch * item_size);
    std::uint64_t popped = 0;
    for (std::uint64_t round = 0;; ++round) {
        const bool closed = reader.counters().underflows % 16 == 1 && reader.writer_state() == WriterState::closed;
        const std::size_t got = round % 8 == 0 ? reader.pop_many(items) : reader.pop(std::span{items}.first(item_size));
        const ReaderCounters counters = reader.counters();
        popped += got;
        if (counters.popped != popped) return 10;
        for (std::size_t index = 0; index < got; ++index) {
            // Items begin at 0, so the counters say which number this one must bear: torn, repeated, skipped all show.
            const std::uint64_t number = counters.lost + counters.popped - got + index;
            if (!is_item(number, std::span{items}.subspan(index * item_size, item_size))) return 11;
        }
        if (got == 0) std::this_thread::yield();
        if (got > 0 || !closed || reader.usage() > 0) continue;
        parent.send(std::to_string(counters.popped + counters.lost));
        parent.send(std::to_string(counters.lost));
        return parent.expect("end") ? 0 : 12;
    }
}

class Stress : public testing::TestWithParam<Case> {};

TEST_P(Stress, AccountsForEveryItem) {
    const auto [policy, item_size, length] = GetParam();
    const ScopedName name{"stress"};
    Writer writer = Writer::create(name, {.item_size = item_size, .length = length, .policy = policy});
    ChildProcess popper{[&, item_size = item_size](Channel& parent) { return pop_all(name, item_size, parent); }};
    ASSERT_TRUE(popper.channel().expect("reading"));
    // With hardly a lap it would prove less than it says.
    push_for_a_while(writer, item_size, [&, length = length] { return writer.pushed() > 4 * length; });
    const std::uint64_t pushed = writer.pushed();
    writer.close();
    ASSERT_TRUE(popper.channel().expect(std::to_string(pushed))) << "popped + lost is not pushed";
    const auto lost = popper.channel().receive();
    if (policy == OverflowPolicy::reject) {
        EXPECT_EQ(lost, "0");
    }
    RecordProperty("pushed", std::to_string(pushed));
    RecordProperty("lost", lost.value_or(""));
    popper.channel().send("end");
    EXPECT_EQ(popper.wait()->code, 0);
}

INSTANTIATE_TEST_SUITE_P(Overwrite, Stress,
                         testing::Values(Case{OverflowPolicy::overwrite, 8, 4}, Case{OverflowPolicy::overwrite, 24, 64},
                                         Case{OverflowPolicy::overwrite, 3, 7},
                                         Case{OverflowPolicy::overwrite, 1024, 3}),
                         testing::PrintToStringParamName{});
INSTANTIATE_TEST_SUITE_P(Reject, Stress,
                         testing::Values(Case{OverflowPolicy::reject, 8, 1024}, Case{OverflowPolicy::reject, 24, 5},
                                         Case{OverflowPolicy::reject, 3, 64}),
                         testing::PrintToStringParamName{});

// Readers come and go under `reject` while the writer pushes: joining is the moment at which a promise could slip.
TEST(StressJoin, LosesNothingAfterTheRegistrationSettledUnderReject) {
    const ScopedName name{"stress"};
    Writer writer =
        Writer::create(name, {.item_size = 24, .length = 8, .policy = OverflowPolicy::reject, .max_readers = 4});
    ChildProcess popper{[&](Channel& parent) {
        std::vector<std::byte> item(24);
        std::uint64_t joined = 0;
        parent.send("reading");
        while (parent.receive(0ms) != "stop") {
            Reader reader = Reader::attach(name, {.start = joined % 2 == 0 ? StartAt::oldest : StartAt::newest});
            const std::uint64_t start = [&] {
                for (const ReaderSample& sample : Observer::attach(name).sample().readers) {
                    if (sample.slot == reader.slot()) return sample.start;
                }
                return ~std::uint64_t{0};
            }();
            std::uint64_t lost_joining = 0;
            for (int pops = 0; pops < 60; ++pops) {
                if (!reader.pop(item)) continue;
                const ReaderCounters counters = reader.counters();
                if (!is_item(start + counters.popped + counters.lost - 1, item)) return 11;
                // Up to a ring may go by the room that the writer had cached; after a ring of pops it has seen us.
                if (counters.lost > 8) return 12;
                if (counters.popped <= 8) lost_joining = counters.lost;
                if (counters.lost > lost_joining) return 13;
            }
            if (++joined == 11) parent.send("joined often");
        }
        return 0;
    }};
    ASSERT_TRUE(popper.channel().expect("reading"));
    bool often = false;
    push_for_a_while(writer, 24, [&] { return (often = often || popper.channel().receive(0ms)) || popper.wait(0ms); });
    popper.channel().send("stop");
    EXPECT_EQ(popper.wait()->code, 0);
    EXPECT_TRUE(often);
}

}  // namespace
