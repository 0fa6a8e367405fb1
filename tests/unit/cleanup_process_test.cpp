// The name goes with its writer on every way out but one; after kill -9 it stays and is reported as abandoned.

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <stdexcept>

#include "matchers.hpp"
#include "shared_cbuff/buffer.hpp"
#include "shared_cbuff/observer.hpp"
#include "test_support/child_process.hpp"
#include "test_support/segments.hpp"

namespace {

using namespace shared_cbuff;
using namespace std::chrono_literals;
using test_support::Channel;
using test_support::ChildProcess;
using test_support::Exit;
using test_support::ScopedName;

/// Runs a child that creates the buffer, lets the parent open it, and then goes its way.
class CleanupTest : public testing::Test {
protected:
    ScopedName name_{"cleanup"};

    static void let_parent_look(Channel& parent) {
        parent.send("created");
        if (!parent.expect("go")) ::_exit(96);
    }
    /// What an observer that had the buffer open sees once the child has gone the way of `body`.
    Sample sample_after(const std::function<int(Channel&)>& body, const Exit& expected) {
        ChildProcess child{body};
        EXPECT_TRUE(child.channel().expect("created"));
        Observer observer = Observer::attach(name_, std::nullopt, 0ns);
        EXPECT_EQ(observer.sample().state, BufferState::alive);
        child.channel().send("go");
        EXPECT_EQ(child.wait(), expected);
        return observer.sample();
    }
    void expect_gone(const Sample& sample) {
        EXPECT_FALSE(name_.exists());
        EXPECT_EQ(sample.state, BufferState::closed);
        EXPECT_EQ(sample.pushed, 1u);
        EXPECT_EQ(sample.writer.pid, 0u);
    }
};

constexpr Exit ended_well{0, std::nullopt};

TEST_F(CleanupTest, RunsAtDestruction) {
    expect_gone(sample_after(
        [this](Channel& parent) {
            {
                SharedCircularBuffer out{name_, {.create = true}};
                out.push(1);
                let_parent_look(parent);
            }
            return 0;
        },
        ended_well));
}

TEST_F(CleanupTest, RunsWhenMainReturns) {
    // Returning from main is a call of exit() with what main returned, after main's own objects are gone; an object
    // that main leaks, or a static one, is what exit() still finds.
    expect_gone(sample_after(
        [this](Channel& parent) -> int {
            static SharedCircularBuffer out{name_, {.create = true}};
            out.push(1);
            let_parent_look(parent);
            std::exit(0);
        },
        ended_well));
}

TEST_F(CleanupTest, RunsAtExitThoughNothingIsDestroyed) {
    expect_gone(sample_after(
        [this](Channel& parent) -> int {
            auto* const leaked = new SharedCircularBuffer{name_, {.create = true}};
            leaked->push(1);
            let_parent_look(parent);
            std::exit(0);
        },
        ended_well));
}

TEST_F(CleanupTest, RunsAtExitFromWithinACall) {
    expect_gone(sample_after(
        [this](Channel& parent) -> int {
            Writer writer = Writer::create(name_, {});
            writer.push(std::uint64_t{1});
            let_parent_look(parent);
            std::exit(0);  // `writer` is on the stack: never destroyed
        },
        ended_well));
}

TEST_F(CleanupTest, RunsWhenAnExceptionIsCaught) {
    expect_gone(sample_after(
        [this](Channel& parent) {
            try {
                SharedCircularBuffer out{name_, {.create = true}};
                out.push(1);
                let_parent_look(parent);
                throw std::runtime_error{"on purpose"};
            } catch (const std::runtime_error&) {
                return 0;
            }
        },
        ended_well));
}

TEST_F(CleanupTest, LeavesTheBufferVacantWhenATakenRoleEndsAtExit) {
    Writer::create(name_, {}).release();
    const Sample sample = sample_after(
        [this](Channel& parent) -> int {
            auto* const leaked = new Writer{Writer::take_over(name_)};
            leaked->push(std::uint64_t{1});
            let_parent_look(parent);
            std::exit(0);
        },
        ended_well);
    EXPECT_TRUE(name_.exists());
    EXPECT_EQ(sample.state, BufferState::vacant);
    EXPECT_EQ(sample.pushed, 1u);
}

/// Runs after every handler of exit(), and so after our clean-up.
Channel* late_parent = nullptr;
[[gnu::destructor]] void let_parent_look_late() {
    if (late_parent == nullptr) return;
    late_parent->send("late");
    if (!late_parent->expect("end")) ::_exit(97);
}

// Other threads may still push and pop while exit() runs: nobody may come in their place before they are gone.
TEST_F(CleanupTest, KeepsRoleAndSlotFromOthersUntilTheProcessIsGone) {
    Writer::create(name_, {.max_readers = 1}).release();
    ChildProcess child{[this](Channel& parent) -> int {
        late_parent = &parent;
        static auto* const writer = new Writer{Writer::take_over(name_)};  // never destroyed
        static auto* const reader = new Reader{Reader::attach(name_)};
        static_cast<void>(writer->pushed() + reader->usage());
        std::exit(0);
    }};
    ASSERT_TRUE(child.channel().expect("late"));
    EXPECT_EQ(Observer::attach(name_, std::nullopt, 0ns).sample().writer.pid, 0u) << "the clean-up has not run yet";
    EXPECT_THROW(static_cast<void>(Writer::take_over(name_)), WriterActive);
    EXPECT_THROW(static_cast<void>(Reader::attach(name_)), ReaderSlotsExhausted);
    child.channel().send("end");
    EXPECT_EQ(child.wait(), ended_well);
    EXPECT_NO_THROW(static_cast<void>(Writer::take_over(name_)));
    EXPECT_NO_THROW(static_cast<void>(Reader::attach(name_)));
}

TEST_F(CleanupTest, LeavesTheNameAbandonedAfterKill) {
    const Sample sample = sample_after(
        [this](Channel& parent) -> int {
            SharedCircularBuffer out{name_, {.create = true}};
            out.push(1);
            let_parent_look(parent);
            ::raise(SIGKILL);
            return 0;
        },
        {std::nullopt, SIGKILL});
    EXPECT_TRUE(name_.exists());
    EXPECT_EQ(sample.state, BufferState::abandoned);
    EXPECT_NE(sample.writer.pid, 0u);  // who it was
    EXPECT_TRUE(
        test_support::throws<BufferAlreadyCreated>([&] { Writer::create(name_, {}); }, name_.str(), "abandoned"));
}

TEST_F(CleanupTest, LeavesTheBufferVacantAfterRelease) {
    const Sample sample = sample_after(
        [this](Channel& parent) {
            Writer writer = Writer::create(name_, {});
            writer.push(std::uint64_t{1});
            let_parent_look(parent);
            writer.release();
            return 0;
        },
        ended_well);
    EXPECT_TRUE(name_.exists());
    EXPECT_EQ(sample.state, BufferState::vacant);
    EXPECT_EQ(sample.writer.pid, 0u);
}

TEST_F(CleanupTest, IsNotTheAffairOfAForkedChildThatExits) {
    SharedCircularBuffer out{name_, {.create = true}};
    SharedCircularBuffer in{name_};
    ChildProcess child{[](Channel&) -> int { std::exit(0); }};
    EXPECT_EQ(child.wait(), ended_well);
    EXPECT_TRUE(name_.exists());
    Observer observer = Observer::attach(name_, std::nullopt, 0ns);
    const Sample sample = observer.sample();
    EXPECT_EQ(sample.state, BufferState::alive);
    ASSERT_EQ(sample.readers.size(), 1u);
    EXPECT_EQ(sample.readers[0].state, ReaderState::alive);
    EXPECT_TRUE(out.push(1));
    EXPECT_EQ(in.popitem(), 1u);
}

TEST_F(CleanupTest, IsNotTheAffairOfAForkedChildThatReleasesOrClosesItsCopy) {
    for (const bool closes : {false, true}) {
        Writer writer = Writer::create(name_, {});
        ChildProcess child{[&](Channel&) {
            closes ? writer.close() : writer.release();
            return 0;
        }};
        EXPECT_EQ(child.wait(), ended_well);
        EXPECT_EQ(Observer::attach(name_, std::nullopt, 0ns).sample().state, BufferState::alive);
        EXPECT_TRUE(writer.push(std::uint64_t{1}));
    }
}

TEST_F(CleanupTest, IsNotTheAffairOfAForkedChildThatDestroysItsCopies) {
    auto out = std::make_unique<SharedCircularBuffer>(name_, BufferOptions{.create = true});
    auto in = std::make_unique<SharedCircularBuffer>(name_);
    ChildProcess child{[&](Channel&) {
        out.reset();
        in.reset();
        return 0;
    }};
    EXPECT_EQ(child.wait(), ended_well);
    EXPECT_TRUE(name_.exists());
    EXPECT_EQ(Observer::attach(name_, std::nullopt, 0ns).sample().readers.size(), 1u);
    EXPECT_EQ(Observer::attach(name_, std::nullopt, 0ns).sample().state, BufferState::alive);
    EXPECT_TRUE(out->push(1));
    EXPECT_EQ(in->popitem(), 1u);
    out.reset();
    EXPECT_FALSE(name_.exists());
}

}  // namespace
