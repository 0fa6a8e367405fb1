// What observers say of readers that died: the dead lose nothing more.

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>

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

constexpr std::uint64_t length = 8;

class DeadReader : public testing::Test {
protected:
    ScopedName name_{"dead"};
    Writer writer_ = Writer::create(name_, {.item_size = 8, .length = length, .max_readers = 2});
    Observer observer_ = Observer::attach(name_);  // asks the kernel at most every 100 ms

    /// A process with a reader that pops as many items as each line says.
    std::unique_ptr<ChildProcess> start_reader() {
        auto child = std::make_unique<ChildProcess>([this](Channel& parent) -> int {
            Reader reader = Reader::attach(name_);
            parent.send("attached");
            while (const auto line = parent.receive(test_support::patience)) {
                for (int left = std::stoi(*line); left > 0; --left) reader.pop();
                parent.send("popped");
            }
            return 0;
        });
        EXPECT_TRUE(child->channel().expect("attached"));
        return child;
    }
    static void pop(ChildProcess& child, int items) {
        child.channel().send(std::to_string(items));
        ASSERT_TRUE(child.channel().expect("popped"));
    }
    void push(int items) {
        while (items-- > 0) writer_.push(writer_.pushed());
    }
    static ReaderSample reader_seen_by(Observer& observer) {
        const Sample sample = observer.sample();
        EXPECT_EQ(sample.readers.size(), 1u);
        return sample.readers.empty() ? ReaderSample{} : sample.readers[0];
    }
};

TEST_F(DeadReader, LosesNothingHoweverMuchIsPushed) {
    const auto child = start_reader();
    push(6);
    pop(*child, 2);
    const ReaderSample alive = reader_seen_by(observer_);
    ASSERT_EQ(alive.state, ReaderState::alive);
    EXPECT_EQ(alive.unread_at_death, std::nullopt);
    child->kill();
    push(100);
    const ReaderSample dead = reader_seen_by(observer_);
    EXPECT_EQ(dead.state, ReaderState::dead);
    EXPECT_EQ(dead.lost, 0u);
    EXPECT_EQ(dead.pending, 0u);
    EXPECT_EQ(dead.overruns, 0u);
    EXPECT_EQ(dead.popped, 2u);
    EXPECT_EQ(dead.unread_at_death, 4u);
    EXPECT_EQ(dead.usage, 4u);
    EXPECT_EQ(dead.high_water, 6u);
    EXPECT_FALSE(dead.lost_is_lower_bound);
    push(100);
    EXPECT_EQ(reader_seen_by(observer_).lost, 0u);
}

TEST_F(DeadReader, KeepsTheLossThatWasSeenWhileItLived) {
    const auto child = start_reader();
    push(20);
    ASSERT_EQ(reader_seen_by(observer_).lost, 12u);
    child->kill();
    push(100);
    const ReaderSample dead = reader_seen_by(observer_);
    EXPECT_EQ(dead.state, ReaderState::dead);
    EXPECT_EQ(dead.lost, 12u);
    EXPECT_EQ(dead.pending, 12u);
    EXPECT_EQ(dead.overruns, 1u);
    EXPECT_EQ(dead.high_water, length);
    EXPECT_EQ(dead.start + dead.popped + dead.lost + dead.unread_at_death.value(), 20u);
}

// A loss is only ever shown of a reader whose lock was held just then, so it need not be taken back.
TEST_F(DeadReader, IsFoundDeadBeforeItWouldLoseHoweverSeldomTheKernelIsAsked) {
    Observer seldom = Observer::attach(name_, std::nullopt, 1h);
    const auto child = start_reader();
    push(5);
    ASSERT_EQ(reader_seen_by(seldom).state, ReaderState::alive);
    child->kill();
    push(4);
    const ReaderSample dead = reader_seen_by(seldom);
    EXPECT_EQ(dead.state, ReaderState::dead);
    EXPECT_EQ(dead.lost, 0u);
    EXPECT_EQ(dead.unread_at_death, 5u);
}

TEST_F(DeadReader, IsToldAlikeByTwoObserversThatSawItAlive) {
    Observer other = Observer::attach(name_, std::nullopt, 0ns);
    const auto child = start_reader();
    push(30);
    ASSERT_EQ(reader_seen_by(observer_).state, ReaderState::alive);
    ASSERT_EQ(reader_seen_by(other).state, ReaderState::alive);
    child->kill();
    push(7);
    const ReaderSample one = reader_seen_by(observer_);
    push(50);
    const ReaderSample two = reader_seen_by(other);
    EXPECT_EQ(one.lost, 22u);
    EXPECT_EQ(two.lost, 22u);
    EXPECT_EQ(one.unread_at_death, two.unread_at_death);
}

TEST_F(DeadReader, ShowsWhatItHadNoticedToAnObserverThatCameTooLate) {
    const auto child = start_reader();
    push(20);
    pop(*child, 1);  // notices that 12 are gone
    child->kill();
    push(100);
    Observer late = Observer::attach(name_);
    const ReaderSample dead = reader_seen_by(late);
    EXPECT_EQ(dead.state, ReaderState::dead);
    EXPECT_EQ(dead.lost, 12u);
    EXPECT_EQ(dead.popped, 1u);
    EXPECT_TRUE(dead.lost_is_lower_bound);
    EXPECT_EQ(dead.unread_at_death, std::nullopt);
    EXPECT_EQ(dead.usage, 0u);
}

TEST_F(DeadReader, LeavesASuccessorInItsSlotItsOwnNumbers) {
    const Reader other = Reader::attach(name_);  // the other slot
    const auto child = start_reader();
    push(20);
    static_cast<void>(observer_.sample());
    child->kill();
    const Reader heir = Reader::attach(name_);
    push(length);
    const Sample sample = observer_.sample();
    ASSERT_EQ(sample.readers.size(), 2u);
    EXPECT_EQ(sample.readers[1].state, ReaderState::alive);
    EXPECT_EQ(sample.readers[1].start, 12u);
    EXPECT_EQ(sample.readers[1].lost, length);
    EXPECT_EQ(sample.readers[1].unread_at_death, std::nullopt);
}

TEST_F(DeadReader, GivesTheBufferNoUsage) {
    const auto child = start_reader();
    push(5);
    Sample sample = observer_.sample();
    EXPECT_TRUE(sample.has_living_reader);
    EXPECT_EQ(sample.usage, 5u);
    EXPECT_EQ(sample.retained, 5u);
    child->kill();
    push(20);
    sample = observer_.sample();
    EXPECT_FALSE(sample.has_living_reader);
    EXPECT_EQ(sample.usage, 0u);
    EXPECT_EQ(sample.retained, length);
}

}  // namespace
