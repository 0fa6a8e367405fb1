// Whoever may read a buffer can take a shared lock on the bytes that tell who lives. It cannot pass for a writer or
// reader, and what it does keep others from, all say in the same words.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <optional>
#include <string>

#include "matchers.hpp"
#include "shared_cbuff/detail/format.hpp"
#include "shared_cbuff/observer.hpp"
#include "shared_cbuff/outlook.hpp"
#include "shared_cbuff/reader.hpp"
#include "shared_cbuff/writer.hpp"
#include "test_support/child_process.hpp"
#include "test_support/segments.hpp"

namespace {

using namespace shared_cbuff;
using test_support::Channel;
using test_support::ChildProcess;
using test_support::eventually;
using test_support::RawBuffer;
using test_support::ScopedName;
using test_support::throws;

constexpr auto at_every_sample = std::chrono::nanoseconds{0};
constexpr const char* who = "locked by a process that does not say who it is";

/// A process that may read the segment, and locks a byte of it.
class Stranger {
public:
    Stranger(const ScopedName& name, std::uint64_t offset) {
        child_.emplace([path = name.path(), offset](Channel& test) {
            struct flock record {};
            record.l_type = F_RDLCK;
            record.l_whence = SEEK_SET;
            record.l_start = static_cast<off_t>(offset);
            record.l_len = 1;
            const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
            test.send(::fcntl(descriptor, F_OFD_SETLK, &record) == 0 ? "locked" : "refused");
            static_cast<void>(test.receive());
            return 0;
        });
        EXPECT_TRUE(child_->channel().expect("locked"));
    }
    void leave() { child_->kill(); }

private:
    std::optional<ChildProcess> child_;
};

Sample sample_of(const std::string& name) { return Observer::attach(name, std::nullopt, at_every_sample).sample(); }

void expect_one_story(const ScopedName& name, Trouble trouble) {
    const Sample sample = sample_of(name);
    EXPECT_TRUE(sample.writer.is_locked);
    const Outlook told = outlook(sample);
    EXPECT_FALSE(told.can_push);
    EXPECT_TRUE(told.can_attach);
    EXPECT_EQ(to_string(told.trouble), to_string(trouble));
    EXPECT_NE(told.why.find(who), std::string::npos) << told.why;
    EXPECT_TRUE(throws<WriterActive>([&] { Writer::take_over(name); }, name.str(), who));
}

TEST(StrangersLock, OnAVacantRoleIsOneStory) {
    const ScopedName name{"stranger"};
    Writer::create(name, {.item_size = 8, .length = 4}).release();
    Stranger stranger{name, format::writer_lock_offset};
    EXPECT_EQ(sample_of(name).writer.state, WriterState::vacant);
    expect_one_story(name, Trouble::vacant);
    EXPECT_TRUE(throws<BufferAlreadyCreated>([&] { Writer::create(name, {}); }, name.str(), who));
    EXPECT_EQ(Reader::attach(name).writer_state(), WriterState::vacant);
    stranger.leave();
    EXPECT_FALSE(sample_of(name).writer.is_locked);
    EXPECT_NO_THROW(Writer::take_over(name));
}

TEST(StrangersLock, OnTheRoleOfADeadWriterIsOneStoryAndDoesNotReviveIt) {
    const ScopedName name{"stranger"};
    Writer::create(name, {.item_size = 8, .length = 4}).release();
    RawBuffer{name}.writer_line().pid = 4711;
    Stranger stranger{name, format::writer_lock_offset};
    EXPECT_EQ(sample_of(name).writer.state, WriterState::abandoned);
    expect_one_story(name, Trouble::abandoned);
    EXPECT_TRUE(throws<BufferAlreadyCreated>([&] { Writer::create(name, {}); }, name.str(), "abandoned"));
    EXPECT_EQ(Reader::attach(name).writer_state(), WriterState::abandoned);
}

TEST(StrangersLock, CannotBeTakenFromALivingWriter) {
    const ScopedName name{"stranger"};
    const Writer writer = Writer::create(name, {.item_size = 8, .length = 4});
    const int descriptor = ::open(name.path().c_str(), O_RDONLY | O_CLOEXEC);
    struct flock record {};
    record.l_type = F_RDLCK;
    record.l_start = static_cast<off_t>(format::writer_lock_offset);
    record.l_len = 1;
    EXPECT_NE(::fcntl(descriptor, F_OFD_SETLK, &record), 0);
    ::close(descriptor);
    EXPECT_FALSE(sample_of(name).writer.is_locked);
}

TEST(StrangersLock, IsForgottenAtOnceWhenItIsGone) {
    const ScopedName name{"stranger"};
    Writer::create(name, {.item_size = 8, .length = 4}).release();
    Stranger stranger{name, format::writer_lock_offset};
    Observer observer = Observer::attach(name, std::nullopt, std::chrono::hours{1});
    EXPECT_TRUE(observer.sample().writer.is_locked);
    stranger.leave();
    EXPECT_FALSE(observer.sample().writer.is_locked);
}

/// An answer that is an hour old was about the writer that has released the role since.
TEST(StrangersLock, IsNotSeenInThatOfAWriterThatHasJustGone) {
    const ScopedName name{"stranger"};
    Writer writer = Writer::create(name, {.item_size = 8, .length = 4});
    Observer observer = Observer::attach(name, std::nullopt, std::chrono::hours{1});
    EXPECT_EQ(observer.sample().writer.state, WriterState::alive);
    writer.release();
    const Sample sample = observer.sample();
    EXPECT_EQ(sample.writer.state, WriterState::vacant);
    EXPECT_FALSE(sample.writer.is_locked);
}

TEST(StrangersLock, OnADeadReadersSlotDoesNotHoldUpTheWriter) {
    const ScopedName name{"stranger"};
    Writer writer = Writer::create(name, {.item_size = 8, .length = 2, .policy = OverflowPolicy::reject});
    {
        ChildProcess child{[&](Channel& test) {
            const Reader reader = Reader::attach(name);
            test.send("attached");
            static_cast<void>(test.receive());
            return 0;
        }};
        ASSERT_TRUE(child.channel().expect("attached"));
        child.kill();
    }
    const Stranger stranger{name, format::reader_lock_offset(0)};
    const Sample sample = sample_of(name);
    ASSERT_EQ(sample.readers.size(), 1u);
    EXPECT_EQ(sample.readers[0].state, ReaderState::dead);
    EXPECT_EQ(writer.usage(), 0u);
    writer.push(1);
    writer.push(2);
    EXPECT_TRUE(eventually([&] { return writer.push(3); })) << "the dead reader was not found dead";
}

TEST(StrangersLock, OnASlotLeavesTheOthersToReaders) {
    const ScopedName name{"stranger"};
    const Writer writer = Writer::create(name, {.item_size = 8, .length = 2, .max_readers = 2});
    Stranger first{name, format::reader_lock_offset(0)};
    {
        const Reader reader = Reader::attach(name);
        EXPECT_EQ(reader.slot(), 1u);
        EXPECT_TRUE(throws<ReaderSlotsExhausted>([&] { Reader::attach(name); }, name.str(),
                                                 "or locked (1) by a process that does not say who it is"));
    }
    const Stranger second{name, format::reader_lock_offset(1)};
    EXPECT_TRUE(throws<ReaderSlotsExhausted>([&] { Reader::attach(name); }, name.str(), "or locked (2)"));
    EXPECT_NO_THROW(Reader::attach(name, {.registered = false}));
    first.leave();
    EXPECT_EQ(Reader::attach(name).slot(), 0u);
}

}  // namespace
