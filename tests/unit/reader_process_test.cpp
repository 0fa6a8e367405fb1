// Readers that die, stop or leave, and what the writer and the next reader make of it.

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <memory>

#include "shared_cbuff/detail/process.hpp"
#include "shared_cbuff/observer.hpp"
#include "shared_cbuff/reader.hpp"
#include "shared_cbuff/writer.hpp"
#include "test_support/child_process.hpp"
#include "test_support/eventually.hpp"
#include "test_support/segments.hpp"

namespace {

using namespace shared_cbuff;
using namespace std::chrono_literals;
using test_support::Channel;
using test_support::ChildProcess;
using test_support::ScopedName;

class ReaderProcessTest : public testing::Test {
protected:
    ScopedName name_{"reader"};
    Writer writer_ =
        Writer::create(name_, {.item_size = 8, .length = 8, .policy = OverflowPolicy::reject, .max_readers = 3});
    Observer observer_ = Observer::attach(name_, std::nullopt, 0ns);

    /// A process with one reader that pops one item for each "pop", answering with it, and ends at "exit".
    std::unique_ptr<ChildProcess> start_reader() {
        auto child = std::make_unique<ChildProcess>([this](Channel& parent) -> int {
            auto* const reader = new Reader{Reader::attach(name_)};  // only exit() gives its slot back
            parent.send("slot " + std::to_string(reader->slot().value()));
            for (;;) {
                const auto line = parent.receive(60s);
                if (line == "exit") std::exit(0);
                if (line != "pop") return 1;
                const auto item = reader->pop();
                parent.send(item ? std::to_string(*item) : "nothing");
            }
        });
        const auto slot = child->channel().receive();
        EXPECT_TRUE(slot && slot->starts_with("slot ")) << slot.value_or("nothing");
        return child;
    }
    void fill() {
        for (std::uint64_t k = writer_.pushed(); writer_.push(k); ++k) ASSERT_LT(k, 1000u);
    }
    /// A push that a dead reader holds up at first: the kernel is not asked at every push.
    void push_at_last(std::uint64_t item) {
        EXPECT_TRUE(test_support::eventually([&] { return writer_.push(item); })) << item;
    }
    bool is_evicted(std::uint32_t reader) {
        return observer_.sample().readers.at(reader).state == ReaderState::evicted;
    }
    ReaderSample only_reader() {
        const Sample sample = observer_.sample();
        EXPECT_EQ(sample.readers.size(), 1u);
        return sample.readers.empty() ? ReaderSample{} : sample.readers[0];
    }
};

TEST_F(ReaderProcessTest, DeadReaderDoesNotHoldTheWriterUp) {
    const auto child = start_reader();
    fill();
    EXPECT_EQ(writer_.pushed(), 8u);
    EXPECT_EQ(only_reader().state, ReaderState::alive);
    child->kill();
    EXPECT_EQ(only_reader().state, ReaderState::dead);
    push_at_last(8);
    for (std::uint64_t k = 9; k < 40; ++k) ASSERT_TRUE(writer_.push(k)) << k;
    EXPECT_EQ(only_reader().state, ReaderState::evicted);
    EXPECT_EQ(only_reader().pid, static_cast<std::uint32_t>(child->pid()));
}

TEST_F(ReaderProcessTest, DeadReaderDoesNotHoldUpAWaitingPush) {
    const auto child = start_reader();
    fill();
    child->signal(SIGKILL);  // without waiting: the push waits until the kernel has let go of its lock
    EXPECT_TRUE(writer_.push_for(std::array<std::byte, 8>{}, test_support::patience));
}

TEST_F(ReaderProcessTest, StoppedReaderHoldsTheWriterUp) {
    const auto child = start_reader();
    fill();
    child->stop();
    for (int attempt = 0; attempt < 200; ++attempt) ASSERT_FALSE(writer_.push(std::uint64_t{8}));
    EXPECT_FALSE(writer_.push_for(std::array<std::byte, 8>{}, 30ms));
    EXPECT_EQ(only_reader().state, ReaderState::alive);
    child->resume();
    for (int k = 0; k < 8; ++k) {
        child->channel().send("pop");
        ASSERT_TRUE(child->channel().expect(std::to_string(k)));
    }
    EXPECT_TRUE(writer_.push(std::uint64_t{8}));
    EXPECT_EQ(only_reader().lost, 0u);
}

TEST_F(ReaderProcessTest, LiveReaderIsNeverEvicted) {
    const auto live = start_reader();
    const auto dead = start_reader();
    fill();
    dead->kill();
    EXPECT_TRUE(test_support::eventually([&] {
        EXPECT_FALSE(writer_.push(std::uint64_t{8}));
        return is_evicted(1);
    }));
    EXPECT_FALSE(is_evicted(0));
    live->channel().send("pop");
    EXPECT_TRUE(live->channel().expect("0"));
    EXPECT_TRUE(writer_.push(std::uint64_t{8}));
}

TEST_F(ReaderProcessTest, ExitGivesTheSlotBack) {
    const auto child = start_reader();
    EXPECT_EQ(observer_.sample().readers.size(), 1u);
    child->channel().send("exit");
    EXPECT_EQ(child->wait()->code, 0);
    EXPECT_TRUE(observer_.sample().readers.empty());
    EXPECT_EQ(Reader::attach(name_).slot(), 0u);
}

TEST_F(ReaderProcessTest, DeadReadersSlotIsTakenOnlyWhenNoneIsFree) {
    const auto dead = start_reader();
    dead->kill();
    const Reader second = Reader::attach(name_);
    EXPECT_EQ(second.slot(), 1u);
    const Reader third = Reader::attach(name_);
    EXPECT_EQ(third.slot(), 2u);
    EXPECT_EQ(observer_.sample().readers.size(), 3u);
    EXPECT_EQ(observer_.sample().readers[0].state, ReaderState::dead);
    const Reader heir = Reader::attach(name_);
    EXPECT_EQ(heir.slot(), 0u);
    const Sample sample = observer_.sample();
    EXPECT_EQ(sample.readers[0].state, ReaderState::alive);
    EXPECT_EQ(sample.readers[0].pid, current_pid());
    EXPECT_EQ(sample.readers[0].generation, 2u);
    EXPECT_THROW(static_cast<void>(Reader::attach(name_)), ReaderSlotsExhausted);
}

TEST_F(ReaderProcessTest, EvictedReadersSlotIsTakenWhenNoneIsFree) {
    const auto dead = start_reader();
    const auto live = start_reader();
    const auto other = start_reader();
    fill();
    dead->kill();
    EXPECT_TRUE(test_support::eventually([&] {
        EXPECT_FALSE(writer_.push(std::uint64_t{8}));
        return is_evicted(0);
    }));
    Reader heir = Reader::attach(name_);
    EXPECT_EQ(heir.slot(), 0u);
    EXPECT_EQ(heir.pop(), 0u);
}

TEST_F(ReaderProcessTest, CountersOfADeadReaderStayReadable) {
    const auto child = start_reader();
    fill();
    for (int k = 0; k < 3; ++k) {
        child->channel().send("pop");
        ASSERT_TRUE(child->channel().expect(std::to_string(k)));
    }
    ASSERT_EQ(only_reader().state, ReaderState::alive);
    child->kill();
    const ReaderSample dead = only_reader();
    EXPECT_EQ(dead.state, ReaderState::dead);
    EXPECT_EQ(dead.popped, 3u);
    EXPECT_EQ(dead.start + dead.popped + dead.lost + dead.usage, 8u);
    EXPECT_EQ(observer_.sample().retained, 8u);
    EXPECT_EQ(writer_.usage(), 8u);
}

}  // namespace
