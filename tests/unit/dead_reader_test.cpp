// What observers show of a reader that died: it loses nothing more.

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "kernel_questions.hpp"
#include "shared_cbuff/detail/segment.hpp"
#include "shared_cbuff/observer.hpp"
#include "shared_cbuff/reader.hpp"
#include "shared_cbuff/writer.hpp"
#include "test_support/items.hpp"
#include "test_support/segments.hpp"

namespace {

using namespace shared_cbuff;
using namespace std::chrono_literals;
using format::SlotState;
using test_support::make_items;
using test_support::RawBuffer;
using test_support::ScopedName;

/// A registered reader made by hand, so that it can die where a test says, as in a process that is killed: its lock is
/// let go, and what stands in its slot stays.
class Mortal {
public:
    Mortal(std::string_view name, std::uint32_t index, std::uint64_t generation = 1)
        : segment_{Segment::open("test", name, Access::read_write)}, raw_{name}, index_{index} {
        EXPECT_TRUE(segment_.try_lock(format::reader_lock_offset(index)));
        raw_.header().slots_used = std::max(raw_.header().slots_used, index + 1);
        slot().claim = format::claim_of(generation, SlotState::active);
    }

    format::ReaderSlot& slot() const noexcept { return raw_.slot(index_); }
    void take(std::uint64_t items) const noexcept { slot().cursor += items; }
    /// As a pop does that finds itself lapped.
    void notice_loss(std::uint64_t items) const noexcept {
        slot().lost += items;
        slot().cursor += items;
        ++slot().overruns;
    }
    void die() const noexcept { segment_.unlock(format::reader_lock_offset(index_)); }

private:
    Segment segment_;
    RawBuffer raw_;
    std::uint32_t index_;
};

std::uint64_t balance_of(const ReaderSample& reader) {
    return reader.start + reader.popped + reader.lost + reader.usage;
}

class DeadReader : public testing::Test {
protected:
    void push(std::uint64_t count) { writer_.push_many(make_items(writer_.pushed(), count, 8)); }
    Observer observer(std::chrono::nanoseconds liveness_interval = 0ns) const {
        return Observer::attach(name_, std::nullopt, liveness_interval);
    }
    static ReaderSample only_reader(Observer& observer) {
        const Sample sample = observer.sample();
        EXPECT_EQ(sample.readers.size(), 1u) << sample.damage;
        return sample.readers.empty() ? ReaderSample{} : sample.readers[0];
    }

    ScopedName name_{"dead"};
    Writer writer_ = Writer::create(name_, {.item_size = 8, .length = 8, .max_readers = 4});
    Observer seldom_ = observer(1h);  // asks who lives at its first look and at each newcomer
    Observer always_ = observer();
};

TEST_F(DeadReader, LosesNothingMore) {
    const Mortal reader{name_, 0};
    push(10);
    EXPECT_EQ(only_reader(always_).lost, 2u);
    reader.die();
    push(100);
    const ReaderSample dead = only_reader(always_);
    EXPECT_EQ(dead.state, ReaderState::dead);
    EXPECT_EQ(dead.lost, 2u);
    EXPECT_EQ(dead.pending, 2u);
    EXPECT_EQ(dead.overruns, 1u);
    EXPECT_EQ(dead.usage, 8u);
    EXPECT_EQ(dead.unread_at_death, 8u);
    EXPECT_FALSE(dead.lost_is_lower_bound);
    EXPECT_EQ(balance_of(dead), 10u);
}

TEST_F(DeadReader, StandsAsItWasWhenItsLockWasLastSeenHeld) {
    const Mortal reader{name_, 0};
    push(5);
    reader.take(2);
    ASSERT_EQ(only_reader(always_).usage, 3u);
    reader.die();
    push(2);  // nothing is overwritten, but these two came too late for it
    const ReaderSample dead = only_reader(always_);
    EXPECT_EQ(dead.popped, 2u);
    EXPECT_EQ(dead.lost, 0u);
    EXPECT_EQ(dead.unread_at_death, 3u);
    EXPECT_EQ(balance_of(dead), 5u);
}

TEST_F(DeadReader, IsNotShownToLoseMoreBetweenTwoLooksAtLiveness) {
    const Mortal reader{name_, 0};
    push(9);
    ASSERT_EQ(only_reader(seldom_).lost, 1u);
    reader.die();
    push(1);
    const ReaderSample dead = only_reader(seldom_);
    EXPECT_EQ(dead.state, ReaderState::dead);
    EXPECT_EQ(dead.lost, 1u);
    EXPECT_EQ(dead.unread_at_death, 8u);
}

TEST_F(DeadReader, IsTakenForAliveUntilTheNextLookIfNothingOfItCouldStepBack) {
    const Mortal reader{name_, 0};
    reader.slot().high_water = 8;
    ASSERT_EQ(only_reader(seldom_).state, ReaderState::alive);
    reader.die();
    push(8);
    EXPECT_EQ(only_reader(seldom_).state, ReaderState::alive);  // the last answer stands
    push(1);
    EXPECT_EQ(only_reader(seldom_).state, ReaderState::dead);
    EXPECT_EQ(only_reader(seldom_).unread_at_death, 0u);
}

TEST_F(DeadReader, IsNotShownToHaveFallenBehindFurtherThanItDid) {
    const Mortal reader{name_, 0};
    push(3);
    ASSERT_EQ(only_reader(seldom_).high_water, 3u);
    reader.die();
    push(1);  // would be a usage of 4
    const ReaderSample dead = only_reader(seldom_);
    EXPECT_EQ(dead.state, ReaderState::dead);
    EXPECT_EQ(dead.high_water, 3u);
    EXPECT_EQ(dead.unread_at_death, 3u);
}

TEST_F(DeadReader, CountsWhatItDidAfterTheLastLook) {
    const Mortal reader{name_, 0};
    push(9);
    ASSERT_EQ(only_reader(always_).lost, 1u);
    push(4);
    reader.notice_loss(5);
    reader.take(2);
    reader.die();
    push(50);
    const ReaderSample dead = only_reader(always_);
    EXPECT_EQ(dead.lost, 5u);
    EXPECT_EQ(dead.pending, 0u);
    EXPECT_EQ(dead.overruns, 1u);
    EXPECT_EQ(dead.popped, 2u);
    EXPECT_EQ(dead.unread_at_death, 2u);
    EXPECT_EQ(balance_of(dead), 9u);  // pushed when its lock was last seen held
}

TEST_F(DeadReader, LosesTheSameForAllWhoSawItAliveAtItsLastLoss) {
    const Mortal reader{name_, 0};
    only_reader(seldom_);
    for (int item = 0; item < 20; ++item) {
        push(1);
        EXPECT_EQ(only_reader(seldom_).lost, only_reader(always_).lost);
    }
    reader.die();
    push(20);
    for (int look = 0; look < 2; ++look) {
        EXPECT_EQ(only_reader(seldom_).lost, 12u);
        EXPECT_EQ(only_reader(always_).lost, 12u);
        push(1);
    }
}

TEST_F(DeadReader, HasALowerBoundForWhomItWasDeadAlready) {
    const Mortal reader{name_, 0};
    push(12);
    reader.notice_loss(4);
    reader.take(1);
    push(2);
    reader.die();
    Observer late = observer();
    push(5);
    const ReaderSample dead = only_reader(late);
    EXPECT_EQ(dead.state, ReaderState::dead);
    EXPECT_TRUE(dead.lost_is_lower_bound);
    EXPECT_EQ(dead.lost, 4u);
    EXPECT_EQ(dead.pending, 0u);
    EXPECT_EQ(dead.overruns, 1u);
    EXPECT_EQ(dead.popped, 1u);
    EXPECT_EQ(dead.usage, 0u);
    EXPECT_EQ(dead.unread_at_death, std::nullopt);
}

TEST_F(DeadReader, StaysSoWhenTheWriterEvictsIt) {
    const Mortal reader{name_, 0};
    push(9);
    ASSERT_EQ(only_reader(always_).lost, 1u);
    reader.die();
    reader.slot().claim = format::claim_of(1, SlotState::evicted);
    push(9);
    const ReaderSample evicted = only_reader(always_);
    EXPECT_EQ(evicted.state, ReaderState::evicted);
    EXPECT_EQ(evicted.lost, 1u);
    EXPECT_EQ(evicted.unread_at_death, 8u);
}

TEST_F(DeadReader, DoesNotRiseAgainWhenANewcomerLocksItsSlot) {
    const Mortal reader{name_, 0};
    push(9);
    ASSERT_EQ(only_reader(always_).lost, 1u);
    reader.die();
    ASSERT_EQ(only_reader(always_).state, ReaderState::dead);
    const Segment newcomer = Segment::open("test", name_, Access::read_write);
    ASSERT_TRUE(newcomer.try_lock(format::reader_lock_offset(0)));
    push(9);
    EXPECT_EQ(only_reader(always_).state, ReaderState::dead);
    EXPECT_EQ(only_reader(always_).lost, 1u);
}

TEST_F(DeadReader, LeavesNothingToItsSuccessor) {
    {
        const Mortal reader{name_, 0};
        push(9);
        ASSERT_EQ(only_reader(always_).lost, 1u);
        reader.die();
        ASSERT_EQ(only_reader(always_).state, ReaderState::dead);
    }
    const Mortal heir{name_, 0, 2};
    EXPECT_EQ(only_reader(always_).unread_at_death, std::nullopt);
    push(4);
    EXPECT_EQ(only_reader(always_).lost, 5u);
    heir.die();
    EXPECT_FALSE(only_reader(always_).lost_is_lower_bound);
}

TEST_F(DeadReader, LeavesNothingToItsSuccessorInAReusedSample) {
    Sample sample;
    {
        const Mortal reader{name_, 0};
        push(3);
        always_.sample(sample);
        reader.die();
        always_.sample(sample);
        ASSERT_EQ(sample.readers.at(0).unread_at_death, 3u);
    }
    const Mortal heir{name_, 0, 2};
    always_.sample(sample);
    EXPECT_EQ(sample.readers.at(0).state, ReaderState::alive);
    EXPECT_EQ(sample.readers.at(0).unread_at_death, std::nullopt);
}

TEST_F(DeadReader, CostsOneLookOnlyWhenALivingOneFallsBehindFurtherThanEver) {
    const Mortal reader{name_, 0};
    only_reader(seldom_);
    auto questions = [before = unit_tests::kernel_questions()]() mutable {
        return unit_tests::kernel_questions() - std::exchange(before, unit_tests::kernel_questions());
    };
    push(8);
    for (int look = 0; look < 100; ++look) only_reader(seldom_);
    EXPECT_EQ(questions(), 1u);  // for the reader's lock alone
    reader.take(3);
    push(3);
    for (int look = 0; look < 100; ++look) only_reader(seldom_);
    EXPECT_EQ(questions(), 1u) << "its slot does not tell of the 8 yet";
    reader.slot().high_water = 8;
    reader.take(5);
    push(5);
    for (int look = 0; look < 100; ++look) only_reader(seldom_);
    EXPECT_EQ(questions(), 0u);
    push(1);
    EXPECT_EQ(only_reader(seldom_).lost, 1u);
    EXPECT_EQ(questions(), 1u);
    for (int look = 0; look < 100; ++look) only_reader(seldom_);
    EXPECT_EQ(questions(), 0u);
    reader.die();
    push(1);
    for (int look = 0; look < 100; ++look) only_reader(seldom_);
    EXPECT_EQ(questions(), 3u);  // then for all; once dead, for ever
}

TEST_F(DeadReader, LeavesTheBufferWithoutUsageButWithWhatItRetains) {
    const Mortal reader{name_, 0};
    push(5);
    Sample sample = always_.sample();
    EXPECT_TRUE(sample.has_living_reader);
    EXPECT_EQ(sample.usage, 5u);
    EXPECT_EQ(sample.retained, 5u);
    reader.die();
    push(9);
    sample = always_.sample();
    EXPECT_FALSE(sample.has_living_reader);
    EXPECT_EQ(sample.usage, 0u);
    EXPECT_EQ(sample.retained, 8u);
}

TEST_F(DeadReader, RetainsNothingThatIsBeingOverwritten) {
    push(9);
    RawBuffer raw{name_};
    raw.writer_line().intent += 3;
    EXPECT_EQ(always_.sample().retained, 5u);
    raw.writer_line().intent = raw.writer_line().pushed + 8;
    EXPECT_EQ(always_.sample().retained, 0u);
}

}  // namespace
