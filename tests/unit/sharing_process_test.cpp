// Locks and names where processes share more than they should: forked children, exit() beside other threads, other
// users.

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <thread>

#include "matchers.hpp"
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

/// A child that outlives its parent, with all that it was born with; it tells its pid.
[[noreturn]] void live_on(Channel& test) {
    test.send(std::to_string(::getpid()));
    ::pause();
    ::_exit(0);
}

TEST(ForkedChild, DoesNotKeepADeadWritersRole) {
    const ScopedName name{"fork"};
    ChildProcess parent{[&](Channel& test) -> int {
        Writer writer = Writer::create(name, {.item_size = 8, .length = 8});
        if (::fork() == 0) live_on(test);
        test.receive(60s);
        return 0;
    }};
    const auto child = parent.channel().receive();
    ASSERT_TRUE(child.has_value());
    parent.kill();
    EXPECT_NO_THROW(Writer::take_over(name));
    EXPECT_EQ(::kill(static_cast<pid_t>(std::stol(*child)), SIGKILL), 0) << "the child was to outlive its parent";
}

TEST(ForkedChild, DoesNotKeepADeadReadersSlot) {
    const ScopedName name{"fork"};
    Writer writer = Writer::create(name, {.item_size = 8, .length = 4, .policy = OverflowPolicy::reject});
    ChildProcess parent{[&](Channel& test) -> int {
        const Reader reader = Reader::attach(name);
        if (::fork() == 0) live_on(test);
        test.receive(60s);
        return 0;
    }};
    const auto child = parent.channel().receive();
    ASSERT_TRUE(child.has_value());
    for (std::uint64_t item = 0; item < 4; ++item) EXPECT_TRUE(writer.push(item));
    EXPECT_FALSE(writer.push(std::uint64_t{4}));
    parent.kill();
    EXPECT_TRUE(test_support::eventually([&] { return writer.push(std::uint64_t{4}); }))
        << "a dead reader holds the writer up through its child";
    ::kill(static_cast<pid_t>(std::stol(*child)), SIGKILL);
}

TEST(ForkedChild, CannotDisturbItsParentThroughACopy) {
    const ScopedName name{"fork"};
    Writer writer = Writer::create(name, {.item_size = 8, .length = 8});
    Reader reader = Reader::attach(name);
    writer.push(std::uint64_t{1});
    ChildProcess child{[&](Channel&) -> int {
        writer.push(std::uint64_t{99});
        return reader.pop() ? 1 : 0;
    }};
    EXPECT_EQ(child.wait()->code, 0);
    writer.push(std::uint64_t{2});
    EXPECT_EQ(reader.pop(), 1u);
    EXPECT_EQ(reader.pop(), 2u);
    EXPECT_EQ(reader.pop(), std::nullopt);
}

TEST(Exit, KeepsTheWriterRoleUntilTheProcessIsGone) {
    const ScopedName name{"exit"};
    Writer::create(name, {.item_size = 8, .length = 8}).release();
    static const ScopedName* shared_name = nullptr;
    static Channel* to_test = nullptr;
    ChildProcess child{[&](Channel& test) -> int {
        shared_name = &name;
        to_test = &test;
        std::atexit([] {  // registered first, so run last: after the library's own
            to_test->send("cleaned");
            to_test->receive(60s);
        });
        auto* const writer = new Writer{Writer::take_over(*shared_name)};  // another thread might still be pushing
        writer->push(std::uint64_t{1});
        std::exit(0);
    }};
    ASSERT_TRUE(child.channel().expect("cleaned"));
    EXPECT_THROW(Writer::take_over(name), WriterActive);
    child.channel().send("go");
    EXPECT_EQ(child.wait()->code, 0);
    EXPECT_EQ(Writer::take_over(name).pushed(), 1u);
}

TEST(Close, SaysWhenItMayNotRemoveTheNameAndLeavesTheBufferOpen) {
    if (::geteuid() != 0) return;  // it takes two users
    const ScopedName name{"close"};
    Writer::create(name, {.item_size = 8, .length = 8, .mode = 0666}).release();
    ChildProcess stranger{[&](Channel&) -> int {
        if (::setuid(65534) != 0) return 2;
        Writer writer = Writer::take_over(name);
        try {
            writer.close();  // /dev/shm is sticky: only the owner removes
            return 3;
        } catch (const SystemError& error) {
            return error.code() == EPERM || error.code() == EACCES ? 0 : 4;
        }
    }};
    EXPECT_EQ(stranger.wait()->code, 0);
    EXPECT_EQ(Observer::attach(name, std::nullopt, 0ns).sample().state, BufferState::vacant);
}

TEST(Liveness, TakesNobodyForDeadWhoLeavesInOrder) {
    const ScopedName name{"live"};
    Writer::create(name, {.item_size = 8, .length = 8}).release();
    std::atomic<bool> stop = false;
    std::thread churn{[&] {
        while (!stop) {
            const Reader reader = Reader::attach(name);
            Writer writer = Writer::take_over(name);
            writer.push(std::uint64_t{1});
        }
    }};
    Observer observer = Observer::attach(name, std::nullopt, 0ns);
    Reader witness = Reader::attach(name);
    int dead = 0;
    int abandoned = 0;
    for (int round = 0; round < 20'000; ++round) {
        const Sample sample = observer.sample();
        if (sample.state == BufferState::abandoned) ++abandoned;
        for (const ReaderSample& reader : sample.readers) {
            if (reader.state != ReaderState::alive) ++dead;
        }
        if (witness.writer_state() == WriterState::abandoned) ++abandoned;
    }
    stop = true;
    churn.join();
    EXPECT_EQ(dead, 0);
    EXPECT_EQ(abandoned, 0);
}

TEST(Classic, IsReadableWithoutWritePermission) {
    if (::geteuid() != 0) return;  // root needs no permission, so it takes another user to lack one
    const ScopedName name{"classic"};
    test_support::make_segment(name, std::vector<std::byte>(classic_segment_size({8, 4})), 0644);
    ChildProcess stranger{[&](Channel&) -> int {
        if (::setuid(65534) != 0) return 2;
        Reader reader = Reader::attach(name, {.geometry = Geometry{8, 4}});
        return reader.usage() == 0 ? 0 : 3;
    }};
    EXPECT_EQ(stranger.wait()->code, 0);
}

TEST(Extended, WithHolesIsRefusedBeforeItsPagesAreTouched) {
    const ScopedName name{"holes"};
    { Writer::create(name, {.item_size = 4096, .length = 64}).release(); }
    const auto size = test_support::bytes_of(name).size();
    const auto footer = test_support::bytes_of(name);
    test_support::truncate_segment(name, 4096);
    test_support::truncate_segment(name, size);
    test_support::overwrite_bytes(name, size - 9000, std::span{footer}.last(9000));
    EXPECT_THROW(Observer::attach(name), CorruptBuffer);
    EXPECT_THROW(Writer::take_over(name), CorruptBuffer);
}

}  // namespace
