// Both directions of interop on extended segments, against an independent program written from FORMAT.md alone.

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>

#include "golden.hpp"
#include "shared_cbuff/observer.hpp"
#include "shared_cbuff/reader.hpp"
#include "shared_cbuff/writer.hpp"
#include "test_support/child_process.hpp"
#include "test_support/eventually.hpp"
#include "test_support/items.hpp"
#include "test_support/segments.hpp"

namespace {

using namespace shared_cbuff;
using test_support::Channel;
using test_support::ChildProcess;
using test_support::make_item;
using test_support::ScopedName;

std::string to_hex(std::span<const std::byte> bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const std::byte byte : bytes) {
        text += digits[std::to_integer<std::size_t>(byte >> 4)];
        text += digits[std::to_integer<std::size_t>(byte & std::byte{15})];
    }
    return text;
}

class ExtendedPeer {
public:
    std::string ask(const std::string& command) {
        if (!child_.channel().send(command)) return "the peer is gone";
        return child_.channel().receive(test_support::patience).value_or("no answer");
    }
    ChildProcess& process() { return child_; }

private:
    ChildProcess child_{[](Channel& parent) {
        parent.become_standard_streams();
        ::execl(CBUFF_PYTHON, CBUFF_PYTHON, CBUFF_EXTENDED_PEER, static_cast<char*>(nullptr));
        return 127;
    }};
};

class ExtendedInterop : public testing::Test {
protected:
    static constexpr std::size_t item_size = 12;
    static constexpr std::uint64_t length = 8;

    Writer create(OverflowPolicy policy) const {
        return Writer::create(name_, {.item_size = item_size, .length = length, .policy = policy, .max_readers = 3});
    }
    static std::string hex_of(std::uint64_t number) { return to_hex(make_item(number, item_size)); }
    static void push(Writer& writer, std::uint64_t items) {
        while (items-- > 0) ASSERT_TRUE(writer.push(make_item(writer.pushed(), item_size)));
    }

    ScopedName name_{"extended"};
    ExtendedPeer peer_;
};

TEST_F(ExtendedInterop, ThePeerPopsWhatWePushAndCountsWhatItLost) {
    Writer writer = create(OverflowPolicy::overwrite);
    push(writer, 3);
    ASSERT_EQ(peer_.ask("join " + name_.str() + " oldest python"), "slot 0");
    for (std::uint64_t number = 0; number < 3; ++number) EXPECT_EQ(peer_.ask("pop"), hex_of(number));
    EXPECT_EQ(peer_.ask("pop"), "-");
    push(writer, 13);
    const Sample lapped = Observer::attach(name_).sample();
    ASSERT_EQ(lapped.readers.size(), 1u);
    EXPECT_EQ(lapped.readers[0].label(), "python");
    EXPECT_EQ(lapped.readers[0].lost, 5u);
    EXPECT_EQ(lapped.readers[0].pending, 5u);
    EXPECT_EQ(peer_.ask("pop"), hex_of(8));
    EXPECT_EQ(peer_.ask("counters"), "4 5 1 1 8");
    const ReaderSample seen = Observer::attach(name_).sample().readers.at(0);
    EXPECT_EQ(seen.popped, 4u);
    EXPECT_EQ(seen.lost, 5u);
    EXPECT_EQ(seen.usage, 7u);
    EXPECT_EQ(seen.state, ReaderState::alive);
    EXPECT_EQ(peer_.ask("leave"), "ok");
    EXPECT_TRUE(Observer::attach(name_).sample().readers.empty());
    const Reader heir = Reader::attach(name_);
    EXPECT_EQ(heir.slot(), 0u);
}

// Both look at `pushed` when FORMAT.md asks for it: a peak within what they knew is seen, though not to the last item.
TEST_F(ExtendedInterop, ThePeersHighWaterIsOurs) {
    Writer writer = create(OverflowPolicy::overwrite);
    Reader reader = Reader::attach(name_);
    ASSERT_EQ(peer_.ask("join " + name_.str() + " oldest python"), "slot 1");
    std::vector<std::byte> item(item_size);
    const auto pop_both = [&](std::uint64_t number) {
        ASSERT_TRUE(reader.pop(item));
        ASSERT_EQ(peer_.ask("pop"), hex_of(number));
    };
    push(writer, 4);
    pop_both(0);
    push(writer, 3);
    pop_both(1);
    EXPECT_EQ(reader.counters().high_water, 4u);
    EXPECT_EQ(peer_.ask("counters"), "2 0 0 0 4");
    pop_both(2);
    EXPECT_EQ(reader.counters().high_water, 5u);
    EXPECT_EQ(peer_.ask("counters"), "3 0 0 0 5");
}

TEST_F(ExtendedInterop, WePopWhatThePeerPushesUnderBothPolicies) {
    for (const OverflowPolicy policy : {OverflowPolicy::overwrite, OverflowPolicy::reject}) {
        create(policy).release();
        ASSERT_EQ(peer_.ask("write " + name_.str()), "epoch 2");
        Reader reader = Reader::attach(name_);
        std::vector<std::byte> item(item_size);
        for (std::uint64_t number = 0; number < 30; ++number) {
            ASSERT_EQ(peer_.ask("push " + hex_of(number)), "ok");
            ASSERT_TRUE(reader.pop(item));
            ASSERT_EQ(to_hex(item), hex_of(number));
        }
        EXPECT_EQ(reader.writer_state(), WriterState::alive);
        for (std::uint64_t number = 30; number < 38; ++number) ASSERT_EQ(peer_.ask("push " + hex_of(number)), "ok");
        const bool rejects = policy == OverflowPolicy::reject;
        EXPECT_EQ(peer_.ask("push " + hex_of(38)), rejects ? "rejected" : "ok");
        ASSERT_TRUE(reader.pop(item));
        EXPECT_EQ(to_hex(item), hex_of(rejects ? 30 : 31));
        EXPECT_EQ(reader.counters().lost, rejects ? 0u : 1u);
        EXPECT_EQ(Observer::attach(name_).sample().rejected, rejects ? 1u : 0u);
        EXPECT_EQ(peer_.ask("release"), "ok");
        EXPECT_EQ(Observer::attach(name_).sample().state, BufferState::vacant);
        Writer::take_over(name_).close();
    }
}

TEST_F(ExtendedInterop, ThePeersLookAgreesWithOurs) {
    Writer writer = create(OverflowPolicy::reject);
    Reader fast = Reader::attach(name_, {.label = "fast"});
    Reader slow = Reader::attach(name_, {.label = "slow"});
    std::vector<std::byte> item(item_size);
    Observer observer = Observer::attach(name_);
    EXPECT_EQ(peer_.ask("observe " + name_.str()), golden::line_of(observer.sample()));
    push(writer, 8);
    EXPECT_FALSE(writer.push(make_item(8, item_size)));
    for (int pops = 0; pops < 9; ++pops) fast.pop(item);
    for (int pops = 0; pops < 2; ++pops) slow.pop(item);
    EXPECT_EQ(peer_.ask("observe " + name_.str()), golden::line_of(observer.sample()));
    writer.release();
    EXPECT_EQ(peer_.ask("observe " + name_.str()), golden::line_of(observer.sample()));
}

TEST_F(ExtendedInterop, OurWriterWaitsForThePeerAndNotForADeadOne) {
    Writer writer = create(OverflowPolicy::reject);
    ASSERT_EQ(peer_.ask("join " + name_.str() + " oldest python"), "slot 0");
    push(writer, 8);
    EXPECT_FALSE(writer.push(make_item(8, item_size)));
    EXPECT_EQ(peer_.ask("pop"), hex_of(0));
    push(writer, 1);
    EXPECT_FALSE(writer.push(make_item(9, item_size)));
    peer_.process().kill();
    EXPECT_TRUE(test_support::eventually([&] { return writer.push(make_item(9, item_size)); }));
    EXPECT_EQ(Observer::attach(name_).sample().readers.at(0).state, ReaderState::evicted);
}

TEST_F(ExtendedInterop, WeTakeOverFromAPeerKilledInTheMiddleOfAPush) {
    create(OverflowPolicy::overwrite).release();
    ASSERT_EQ(peer_.ask("write " + name_.str()), "epoch 2");
    Reader reader = Reader::attach(name_);
    for (std::uint64_t number = 0; number < 8; ++number) ASSERT_EQ(peer_.ask("push " + hex_of(number)), "ok");
    EXPECT_EQ(peer_.ask("begin " + hex_of(8)), "ok");  // over half of item 0
    peer_.process().kill();
    EXPECT_EQ(reader.writer_state(), WriterState::abandoned);
    std::vector<std::byte> item(item_size);
    ASSERT_TRUE(reader.pop(item));
    EXPECT_EQ(to_hex(item), hex_of(1));
    EXPECT_EQ(reader.counters().lost, 1u);
    Writer heir = Writer::take_over(name_);
    EXPECT_EQ(heir.epoch(), 3u);
    EXPECT_EQ(heir.pushed(), 8u);
    push(heir, 1);
    for (std::uint64_t number = 2; number <= 8; ++number) {
        ASSERT_TRUE(reader.pop(item));
        EXPECT_EQ(to_hex(item), hex_of(number));
    }
}

TEST_F(ExtendedInterop, ThePeerReadsTheGoldenSegments) {
    int read = 0;
    for (const auto& entry : std::filesystem::directory_iterator{GOLDEN_SEGMENTS}) {
        if (entry.path().extension() != ".seg") continue;
        std::ifstream text{std::filesystem::path{entry.path()}.replace_extension(".txt")};
        std::string dead, alive;
        std::getline(text, dead);
        std::getline(text, alive);
        EXPECT_EQ(peer_.ask("observe_file " + entry.path().string()), dead) << entry.path();
        const ScopedName copy{"golden"};
        std::filesystem::copy_file(entry.path(), copy.path());
        const golden::AllLocks locks{copy.path()};
        EXPECT_EQ(peer_.ask("observe " + copy.str()), alive) << entry.path();
        ++read;
    }
    EXPECT_EQ(read, static_cast<int>(golden::make_segments().size()));
}

}  // namespace
