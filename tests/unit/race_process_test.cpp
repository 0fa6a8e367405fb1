// Several processes at one name, and an observer beside a writer at full speed.

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <set>
#include <string>
#include <vector>

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
using test_support::is_item;
using test_support::make_item;
using test_support::make_items;
using test_support::ScopedName;

constexpr int racers = 8;

TEST(CreationRace, HasExactlyOneWinnerOfEightProcesses) {
    for (int round = 0; round < 25; ++round) {
        const ScopedName name{"race"};
        std::vector<std::unique_ptr<ChildProcess>> children;
        for (int racer = 0; racer < racers; ++racer) {
            children.push_back(std::make_unique<ChildProcess>([&name, racer](Channel& parent) {
                parent.send("ready");
                if (!parent.expect("go")) return 1;
                try {
                    Writer writer = Writer::create(name, {.item_size = 8, .length = 16});
                    writer.push(static_cast<std::uint64_t>(racer));
                    parent.send("won");
                    return parent.expect("end") ? 0 : 2;
                } catch (const BufferAlreadyCreated& error) {
                    parent.send(error.reason().empty() ? "no reason" : "taken");
                    return 0;
                }
            }));
        }
        for (auto& child : children) ASSERT_TRUE(child->channel().expect("ready"));
        for (auto& child : children) child->channel().send("go");
        int winner = -1;
        for (int racer = 0; racer < racers; ++racer) {
            const auto answer = children[static_cast<std::size_t>(racer)]->channel().receive();
            if (answer == "won") {
                EXPECT_EQ(winner, -1) << "two winners";
                winner = racer;
            } else {
                EXPECT_EQ(answer, "taken");
            }
        }
        ASSERT_NE(winner, -1);
        EXPECT_EQ(Reader::attach(name).pop(), static_cast<std::uint64_t>(winner));
        children[static_cast<std::size_t>(winner)]->channel().send("end");
        for (auto& child : children) EXPECT_EQ(child->wait()->code, 0);
    }
}

TEST(TakeoverRace, HasExactlyOneWinnerOfEightProcesses) {
    for (int round = 0; round < 15; ++round) {
        const ScopedName name{"race"};
        Writer::create(name, {.item_size = 8, .length = 16}).release();
        std::vector<std::unique_ptr<ChildProcess>> children;
        for (int racer = 0; racer < racers; ++racer) {
            children.push_back(std::make_unique<ChildProcess>([&name](Channel& parent) {
                parent.send("ready");
                if (!parent.expect("go")) return 1;
                try {
                    const Writer writer = Writer::take_over(name);
                    parent.send("won");
                    return parent.expect("end") ? 0 : 2;
                } catch (const WriterActive&) {
                    parent.send("active");
                    return 0;
                }
            }));
        }
        for (auto& child : children) ASSERT_TRUE(child->channel().expect("ready"));
        for (auto& child : children) child->channel().send("go");
        ChildProcess* winner = nullptr;
        int winners = 0;
        for (auto& child : children) {
            if (child->channel().receive() != "won") continue;
            winner = child.get();
            ++winners;
        }
        ASSERT_EQ(winners, 1);
        EXPECT_EQ(Observer::attach(name).sample().writer.epoch, 2u);
        EXPECT_EQ(Observer::attach(name).sample().writer.pid, static_cast<std::uint32_t>(winner->pid()));
        winner->channel().send("end");
        for (auto& child : children) EXPECT_EQ(child->wait()->code, 0);
    }
}

TEST(RegistrationRace, GivesEveryReaderASlotOfItsOwn) {
    for (int round = 0; round < 15; ++round) {
        const ScopedName name{"race"};
        const Writer writer = Writer::create(name, {.item_size = 8, .length = 16, .max_readers = racers - 2});
        std::vector<std::unique_ptr<ChildProcess>> children;
        for (int racer = 0; racer < racers; ++racer) {
            children.push_back(std::make_unique<ChildProcess>([&name](Channel& parent) {
                parent.send("ready");
                if (!parent.expect("go")) return 1;
                try {
                    const Reader reader = Reader::attach(name);
                    parent.send(std::to_string(reader.slot().value()));
                    return parent.expect("end") ? 0 : 2;
                } catch (const ReaderSlotsExhausted&) {
                    parent.send("exhausted");
                    return parent.expect("end") ? 0 : 2;
                }
            }));
        }
        for (auto& child : children) ASSERT_TRUE(child->channel().expect("ready"));
        for (auto& child : children) child->channel().send("go");
        std::multiset<std::string> answers;
        for (auto& child : children) answers.insert(child->channel().receive().value_or("nothing"));
        EXPECT_EQ(answers, (std::multiset<std::string>{"0", "1", "2", "3", "4", "5", "exhausted", "exhausted"}));
        const Sample sample = Observer::attach(name, std::nullopt, 0ns).sample();
        EXPECT_EQ(sample.readers.size(), static_cast<std::size_t>(racers - 2));
        for (auto& child : children) child->channel().send("end");
        for (auto& child : children) EXPECT_EQ(child->wait()->code, 0);
        EXPECT_TRUE(Observer::attach(name, std::nullopt, 0ns).sample().readers.empty());
    }
}

// Nobody can ever see a half-made buffer: whoever finds the name finds all of it.
TEST(CreationRace, ShowsOnlyWholeBuffers) {
    const ScopedName name{"race"};
    ChildProcess creator{[&name](Channel&) {
        for (;;) Writer::create(name, {.item_size = 8, .length = 16});
        return 0;
    }};
    // By inode: while the creator has no turn, the same buffer is seen again and again.
    std::set<std::uint64_t> seen;
    while (seen.size() < 1000) {
        try {
            Observer observer = Observer::attach(name, std::nullopt, 0ns);
            const Sample sample = observer.sample();
            ASSERT_NE(sample.state, BufferState::damaged) << sample.damage;
            ASSERT_EQ(sample.geometry, (Geometry{8, 16}));
            seen.insert(observer.identity().inode);
        } catch (const BufferNotFound&) {
        }
        ASSERT_EQ(creator.wait(0ms), std::nullopt) << "the creator has ended";
    }
}

// The reads of an observer are not atomic; a moment that they straddle must not look like damage.
TEST(ObserverRace, SeesNoDamageBesideAWriterAtFullSpeed) {
    for (const std::uint64_t length : {2u, 3u, 64u}) {
        const ScopedName name{"race"};
        Writer::create(name, {.item_size = 8, .length = length}).release();
        ChildProcess writer{[&name](Channel& parent) {
            Writer role = Writer::take_over(name);
            parent.send("pushing");
            std::array<std::byte, 8> item;
            for (std::uint64_t k = 0;; ++k) {
                test_support::fill_item(k, item);
                role.push(item);
            }
            return 0;
        }};
        ASSERT_TRUE(writer.channel().expect("pushing"));
        Observer observer = Observer::attach(name);
        Sample sample;
        std::uint64_t last = 0;
        for (int moves = 0; moves < 1000;) {  // looks between which the writer has gone on
            observer.sample(sample);
            ASSERT_EQ(sample.state, BufferState::alive) << sample.damage;
            ASSERT_GE(sample.pushed, last);
            if (sample.pushed > last) ++moves;
            last = sample.pushed;
            const Peek peek = observer.peek(length, sample.pushed % 2 ? StartAt::oldest : StartAt::newest);
            for (std::uint64_t index = 0; index < peek.count; ++index) {
                ASSERT_TRUE(is_item(peek.first + index, std::span{peek.bytes}.subspan(index * 8, 8)));
            }
            static_cast<void>(Observer::attach(name));
            static_cast<void>(Reader::attach(name));
        }
    }
}

TEST(ObserverRace, SeesConservedCountersOfAReaderThatIsLapped) {
    const ScopedName name{"race"};
    Writer::create(name, {.item_size = 8, .length = 16}).release();
    ChildProcess writer{[&name](Channel& parent) {
        Writer role = Writer::take_over(name);
        parent.send("pushing");
        for (std::uint64_t k = 0;; ++k) role.push(k);
        return 0;
    }};
    ASSERT_TRUE(writer.channel().expect("pushing"));
    ChildProcess popper{[&name](Channel& parent) {
        Reader reader = Reader::attach(name);
        parent.send("popping");
        for (;;) reader.pop();
        return 0;
    }};
    ASSERT_TRUE(popper.channel().expect("popping"));
    Observer observer = Observer::attach(name);
    Sample sample;
    ReaderSample last;
    for (int moves = 0; moves < 80;) {  // looks between which the popper has popped and lost
        observer.sample(sample);
        ASSERT_EQ(sample.state, BufferState::alive) << sample.damage;
        ASSERT_EQ(sample.readers.size(), 1u);
        const ReaderSample& seen = sample.readers[0];
        const std::uint64_t noticed = seen.lost - seen.pending;
        // The line of one reader is of one moment; the writer's may be older, never by a backward step.
        ASSERT_EQ(seen.start + seen.popped + noticed, seen.cursor);
        ASSERT_GE(seen.cursor, last.cursor);
        ASSERT_GE(seen.popped, last.popped);
        ASSERT_GE(noticed, last.lost - last.pending);
        ASSERT_GE(seen.overruns, last.overruns - 1 + (last.overruns == 0 || last.pending == 0 ? 1 : 0));
        ASSERT_LE(seen.usage, 16u);
        ASSERT_LE(seen.high_water, 16u);
        if (seen.popped > last.popped && seen.lost > last.lost) ++moves;
        last = seen;
    }
}

}  // namespace
