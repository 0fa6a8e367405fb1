// A host program that closed its standard streams: whatever it does with the library, their numbers stay free.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <string>
#include <vector>

#include "shared_cbuff/buffer.hpp"
#include "shared_cbuff/discovery.hpp"
#include "shared_cbuff/observer.hpp"
#include "test_support/child_process.hpp"
#include "test_support/sanitizer.hpp"
#include "test_support/segments.hpp"

namespace {

using namespace shared_cbuff;
using test_support::bytes_of;
using test_support::Channel;
using test_support::exit_code_of;
using test_support::ScopedName;

class ClosedStreams : public testing::TestWithParam<std::vector<int>> {
protected:
    void close_them() const {
        for (const int stream : GetParam()) ::close(stream);
    }
    bool are_closed() const {
        for (const int stream : GetParam()) {
            if (::fcntl(stream, F_GETFD) != -1 || errno != EBADF) return false;
        }
        return true;
    }
    /// What a program that knows nothing of it does.
    void write_to_them() const {
        for (const int stream : GetParam()) static_cast<void>(!::write(stream, "output", 6));
    }
};

TEST_P(ClosedStreams, AreNotTakenByAWriterAndItsReaders) {
    const ScopedName name{"streams"};
    EXPECT_EQ(exit_code_of([&](Channel&) {
                  close_them();
                  Writer writer = Writer::create(name, {.item_size = 8, .length = 4});
                  if (!are_closed()) return 1;
                  Reader registered = Reader::attach(name);
                  if (!are_closed()) return 2;
                  Reader unregistered = Reader::attach(name, {.registered = false});
                  if (!are_closed()) return 3;
                  write_to_them();
                  writer.push(7);
                  if (registered.pop() != 7u || unregistered.pop() != 7u || registered.pop()) return 4;
                  writer.release();
                  const Writer heir = Writer::take_over(name);
                  if (!are_closed()) return 5;
                  SharedCircularBuffer in{name, {.length = 4}};
                  return are_closed() && in.popitem() == 7u ? 0 : 6;
              }),
              0);
}

TEST_P(ClosedStreams, AreNotTakenByObservers) {
    const ScopedName name{"streams"}, classic{"streams"};
    const Writer writer = Writer::create(name, {.item_size = 8, .length = 4});
    test_support::make_segment(classic, std::vector<std::byte>(classic_segment_size({8, 32})));
    EXPECT_EQ(exit_code_of([&](Channel&) {
                  close_them();
                  Observer observer = Observer::attach(name);
                  if (!are_closed() || observer.sample().state != BufferState::alive) return 1;
                  const Observer second = observer.duplicate();
                  if (!are_closed()) return 2;
                  const Observer third = Observer::attach(classic, Geometry{8, 32});
                  const Reader reader = Reader::attach(classic, {.geometry = Geometry{8, 32}});
                  if (!are_closed()) return 3;
                  if (list_segments().size() < 2 || !inspect_segment(name.str())) return 4;
                  return are_closed() && remove_buffer(classic) ? 0 : 5;
              }),
              0);
}

TEST_P(ClosedStreams, StayClosedInAForkedChild) {
    const ScopedName name{"streams"};
    EXPECT_EQ(exit_code_of([&](Channel&) {
                  close_them();
                  const Writer writer = Writer::create(name, {.item_size = 8, .length = 4});
                  const pid_t child = ::fork();  // by hand: a channel's pipes would take the numbers
                  if (child == 0) ::_exit(are_closed() ? 0 : 1);
                  int status = -1;
                  return ::waitpid(child, &status, 0) == child ? status : 2;
              }),
              0);
}

/// Where no other number is left they are not taken either, not even for a moment: there is an error instead.
TEST_P(ClosedStreams, AreNotTakenAtTheLimitOfOpenFiles) {
    if (test_support::has_sanitizer) GTEST_SKIP() << "a sanitizer needs descriptors of its own to look at objects";
    const ScopedName name{"streams"};
    const Writer writer = Writer::create(name, {.item_size = 8, .length = 4});
    const auto is_refused = [](const auto& action) {
        try {
            action();
        } catch (const SystemError& error) {
            return error.code() == EMFILE && error.reason().find("(ulimit -n)") != std::string::npos;
        }
        return false;
    };
    EXPECT_EQ(exit_code_of([&](Channel&) {
                  close_them();
                  const rlimit streams_alone{3, 3};
                  if (::setrlimit(RLIMIT_NOFILE, &streams_alone) != 0) return 1;
                  if (!is_refused([] { list_segments(); })) return 2;
                  if (!is_refused([&] { Observer::attach(name); })) return 3;
                  if (!is_refused([&] { Reader::attach(name); })) return 4;
                  if (!is_refused([] { Writer::create("cbt-0-never-made", {}); })) return 5;
                  return are_closed() ? 0 : 6;
              }),
              0);
}

INSTANTIATE_TEST_SUITE_P(EachAndAll, ClosedStreams,
                         testing::Values(std::vector{0}, std::vector{1}, std::vector{2}, std::vector{0, 1, 2}),
                         [](const auto& row) {
                             std::string text;
                             for (const int stream : row.param) text += std::to_string(stream);
                             return text;
                         });

/// The start time of a process is read through a descriptor, too, and 0 is as good a number as any.
TEST(ClosedStream, DoesNotHideTheStartTimeOfTheWriter) {
    const ScopedName name{"streams"};
    EXPECT_EQ(exit_code_of([&](Channel&) {
                  ::close(STDIN_FILENO);
                  const Writer writer = Writer::create(name, {});
                  return Observer::attach(name).sample().writer.start_time != 0 ? 0 : 1;
              }),
              0);
}

}  // namespace
