// kill -9 of a writer in mid-push, then takeover, with a reader running through it all.

#include <gtest/gtest.h>
#include <signal.h>
#include <time.h>

#include <memory>
#include <random>
#include <string>
#include <utility>

#include "shared_cbuff/detail/process.hpp"
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
using test_support::eventually;
using test_support::is_item;
using test_support::make_items;
using test_support::ScopedName;

struct Case {
    OverflowPolicy policy;
    std::uint64_t item_size;
    std::uint64_t batch;
};

void PrintTo(const Case& crash, std::ostream* out) {
    *out << to_string(crash.policy) << '_' << crash.item_size << "B_by_" << crash.batch;
}

class WriterCrash : public testing::TestWithParam<Case> {};

/// Pops until told to stop, checking every item and the balance; what is wrong is the exit code.
int pop_until_stopped(const ScopedName& name, Channel& parent, std::uint64_t item_size) {
    Reader reader = Reader::attach(name);
    const std::uint64_t start = Observer::attach(name).sample().pushed;  // nobody pushes yet
    parent.send("reading");
    std::vector<std::byte> items(item_size * 5);
    std::uint64_t popped = 0;
    bool stopping = false;
    for (std::uint64_t round = 0;; ++round) {
        const std::size_t got = round % 2 == 0 ? reader.pop_many(items) : reader.pop(std::span{items}.first(item_size));
        const ReaderCounters counters = reader.counters();
        popped += got;
        if (counters.popped != popped) return 10;
        for (std::size_t index = 0; index < got; ++index) {
            const std::uint64_t number = start + counters.lost + counters.popped - got + index;
            if (!is_item(number, std::span{items}.subspan(index * item_size, item_size))) return 11;
        }
        if (got > 0) continue;
        // What was pushed before the word came may have come after the look: look once more.
        if (!std::exchange(stopping, stopping || parent.receive(0ms) == "stop")) continue;
        parent.send(std::to_string(start + counters.popped + counters.lost));
        return parent.expect("end") ? 0 : 12;
    }
}

TEST_P(WriterCrash, LosesNoCountAndDeliversNoTornItem) {
    const std::uint64_t seed = test_support::test_seed();
    SCOPED_TRACE("CBUFF_TEST_SEED=" + std::to_string(seed));
    std::mt19937_64 random{seed};
    const auto [policy, item_size, batch] = GetParam();
    const ScopedName name{"crash"};
    Writer::create(name, {.item_size = item_size, .length = 16, .policy = policy}).release();
    ChildProcess popper{
        [&, item_size = item_size](Channel& parent) { return pop_until_stopped(name, parent, item_size); }};
    ASSERT_TRUE(popper.channel().expect("reading"));
    Observer observer = Observer::attach(name, std::nullopt, 0ns);
    std::uint64_t pushed = 0;
    std::uint64_t in_mid_push = 0;
    constexpr int kills = 150;
    constexpr int most_kills = 5000;
    // Small items are stored too fast to be hit every time, and a writer that is refused stores nothing: there the hits
    // are counted, no more. Large ones that are always stored must be hit, however many kills it takes.
    const bool must_hit = item_size >= 1024 && policy == OverflowPolicy::overwrite;
    for (int kill = 0; kill < kills || (must_hit && in_mid_push == 0 && kill < most_kills); ++kill) {
        ChildProcess victim{[&, item_size = item_size, batch = batch](Channel& parent) {
            Writer writer = Writer::take_over(name);
            parent.send("pushing from " + std::to_string(writer.pushed()));
            for (;;) {
                const auto items = make_items(writer.pushed(), batch, item_size);
                batch == 1 ? static_cast<void>(writer.push(items)) : static_cast<void>(writer.push_many(items));
            }
            return 0;
        }};
        ASSERT_EQ(victim.channel().receive(), "pushing from " + std::to_string(pushed)) << "not resumed where it ended";
        // A random instant, once it pushes: the very subject of the test, so a wait for a time is right here.
        ASSERT_TRUE(eventually([&] { return observer.sample().pushed > pushed; }));
        const timespec instant{0, static_cast<long>(random() % 1'000'000)};
        ::nanosleep(&instant, nullptr);
        victim.kill();
        const Sample sample = observer.sample();
        ASSERT_EQ(sample.state, BufferState::abandoned) << sample.damage;
        ASSERT_EQ(sample.writer.epoch, static_cast<std::uint64_t>(kill) + 2);
        ASSERT_EQ(sample.writer.pid, static_cast<std::uint32_t>(victim.pid()));
        ASSERT_GT(sample.pushed, pushed);
        ASSERT_EQ(sample.readers.size(), 1u);
        ASSERT_EQ(sample.readers[0].state, ReaderState::alive);
        if (sample.intent > sample.pushed) ++in_mid_push;
        pushed = sample.pushed;
    }
    RecordProperty("killed_in_mid_push", static_cast<int>(in_mid_push));
    if (must_hit) {
        EXPECT_GT(in_mid_push, 0u) << "no instant hit a push: the test proves less than it says";
    }
    // A last writer that lives: what it pushes is read to the last item.
    Writer heir = Writer::take_over(name);
    ASSERT_EQ(heir.pushed(), pushed);
    for (int more = 0; more < 100; ++more) {
        ASSERT_TRUE(heir.push_for(make_items(heir.pushed(), 1, item_size), test_support::patience));
    }
    popper.channel().send("stop");
    ASSERT_TRUE(popper.channel().expect(std::to_string(heir.pushed()))) << "start + popped + lost is not pushed";
    const Sample sample = observer.sample();
    ASSERT_EQ(sample.readers.size(), 1u);
    const ReaderSample& seen = sample.readers[0];
    EXPECT_EQ(seen.start + seen.popped + seen.lost, heir.pushed());
    EXPECT_EQ(seen.usage, 0u);
    if (policy == OverflowPolicy::reject) {
        EXPECT_EQ(seen.lost, 0u);
    }
    popper.channel().send("end");
    EXPECT_EQ(popper.wait()->code, 0);
}

INSTANTIATE_TEST_SUITE_P(All, WriterCrash,
                         testing::Values(Case{OverflowPolicy::overwrite, 24, 1}, Case{OverflowPolicy::overwrite, 3, 8},
                                         Case{OverflowPolicy::overwrite, 4096, 1}, Case{OverflowPolicy::reject, 8, 1},
                                         Case{OverflowPolicy::reject, 4096, 4}),
                         testing::PrintToStringParamName{});

TEST(WriterRole, CarriesThePidOfTheProcessThatHoldsIt) {
    const ScopedName name{"role"};
    ChildProcess holder{[&](Channel& parent) {
        const Writer writer = Writer::create(name, {.item_size = 8, .length = 16});
        parent.send("created");
        return parent.expect("end") ? 0 : 1;
    }};
    ASSERT_TRUE(holder.channel().expect("created"));
    try {
        static_cast<void>(Writer::take_over(name));
        FAIL() << "took a held role";
    } catch (const WriterActive& error) {
        EXPECT_EQ(error.pid(), static_cast<std::uint32_t>(holder.pid()));
    }
    try {
        static_cast<void>(Writer::create(name, {}));
        FAIL() << "created an existing name";
    } catch (const BufferAlreadyCreated& error) {
        EXPECT_NE(error.reason().find("pid " + std::to_string(holder.pid()) + ") is alive"), std::string::npos)
            << error.what();
    }
    EXPECT_EQ(Observer::attach(name).sample().writer.start_time,
              process_start_time(static_cast<std::uint32_t>(holder.pid())));
    holder.channel().send("end");
    EXPECT_EQ(holder.wait()->code, 0);
}

TEST(WriterRole, IsHeldByAStoppedProcess) {
    const ScopedName name{"role"};
    ChildProcess holder{[&](Channel& parent) {
        const Writer writer = Writer::create(name, {.item_size = 8, .length = 16});
        parent.send("created");
        return parent.expect("end") ? 0 : 1;
    }};
    ASSERT_TRUE(holder.channel().expect("created"));
    holder.stop();
    EXPECT_THROW(static_cast<void>(Writer::take_over(name)), WriterActive);
    EXPECT_EQ(Observer::attach(name, std::nullopt, 0ns).sample().state, BufferState::alive);
    holder.kill();
    EXPECT_EQ(Observer::attach(name, std::nullopt, 0ns).sample().state, BufferState::abandoned);
    EXPECT_EQ(Writer::take_over(name).epoch(), 2u);
}

}  // namespace
