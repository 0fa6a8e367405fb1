// Writer and readers in threads of one process, over one mapping (one_mapping.cpp). Beside the ring lies plain memory
// that is only safe to touch if push, pop, close and release order what they promise: ThreadSanitizer checks that.

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <thread>
#include <vector>

#include "shared_cbuff/detail/segment.hpp"
#include "shared_cbuff/observer.hpp"
#include "shared_cbuff/reader.hpp"
#include "shared_cbuff/writer.hpp"
#include "test_support/eventually.hpp"
#include "test_support/segments.hpp"

namespace {

using shared_cbuff::Observer;
using shared_cbuff::OverflowPolicy;
using shared_cbuff::Reader;
using shared_cbuff::Sample;
using shared_cbuff::Writer;
using shared_cbuff::WriterState;
using test_support::eventually;
using test_support::patience;
using test_support::ScopedName;

constexpr std::uint64_t item_count = 20'000;
constexpr std::uint64_t length = 8;

std::span<std::byte> bytes_of(std::uint64_t& number) { return std::as_writable_bytes(std::span{&number, 1}); }

/// What the writer leaves beside the ring before it pushes item `number`.
std::uint64_t note_of(std::uint64_t number) { return number * 3 + 1; }

class Threads : public testing::Test {
protected:
    Writer create(OverflowPolicy policy) {
        return Writer::create(name_, {.item_size = 8, .length = length, .policy = policy, .max_readers = 4});
    }

    ScopedName name_{"threads"};
};

TEST_F(Threads, ShareOneMapping) {
    Writer writer = create(OverflowPolicy::overwrite);
    const test_support::RawBuffer raw{name_};
    const test_support::RawBuffer again{name_};
    EXPECT_EQ(raw.bytes().data(), again.bytes().data());
}

/// Under `overwrite` items may be lost, so each has a note of its own, never written twice.
TEST_F(Threads, HandOverWhatWasWrittenBeforeAPush) {
    Writer writer = create(OverflowPolicy::overwrite);
    Reader reader = Reader::attach(name_);
    std::vector<std::uint64_t> notes(item_count);
    std::thread pusher{[&] {
        for (std::uint64_t number = 0; number < item_count; ++number) {
            notes[number] = note_of(number);
            writer.push(bytes_of(number));
            if (number % length == 0) std::this_thread::yield();
        }
    }};
    std::uint64_t wrong = 0;
    const auto deadline = std::chrono::steady_clock::now() + patience;
    for (std::uint64_t last = 0; last + 1 < item_count && std::chrono::steady_clock::now() < deadline;) {
        std::uint64_t number = 0;
        if (!reader.pop(bytes_of(number))) {  // nothing yet, or lapped again and again
            std::this_thread::yield();
            continue;
        }
        if (notes[number] != note_of(number)) ++wrong;
        last = number;
    }
    pusher.join();
    EXPECT_EQ(wrong, 0u);
    EXPECT_EQ(reader.counters().popped + reader.counters().lost, item_count);
}

/// Under `reject` nothing is lost, and a successful push tells what was popped: so notes can be used again.
TEST_F(Threads, HandBackWhatAReaderHasPopped) {
    Writer writer = create(OverflowPolicy::reject);
    Reader reader = Reader::attach(name_);
    // When push n - 1 succeeded, item n - 1 - length was popped, so the note of the one before it has been read.
    std::vector<std::uint64_t> notes(length + 2);
    std::thread pusher{[&] {
        for (std::uint64_t number = 0; number < item_count; ++number) {
            notes[number % notes.size()] = note_of(number);
            if (!writer.push_for(bytes_of(number), patience)) return;
        }
    }};
    std::uint64_t wrong = 0;
    std::uint64_t next = 0;
    for (std::uint64_t number = 0; next < item_count && reader.pop_for(bytes_of(number), patience); ++next) {
        if (number != next || notes[number % notes.size()] != note_of(number)) ++wrong;
    }
    pusher.join();
    EXPECT_EQ(next, item_count);
    EXPECT_EQ(wrong, 0u);
}

TEST_F(Threads, HandOverWhatWasWrittenBeforeABatch) {
    constexpr std::uint64_t batch = 6;  // more than a chunk, and no divisor of the length
    for (const OverflowPolicy policy : {OverflowPolicy::overwrite, OverflowPolicy::reject}) {
        SCOPED_TRACE(to_string(policy));
        Writer writer = create(policy);
        Reader reader = Reader::attach(name_);
        std::vector<std::uint64_t> notes(item_count);
        std::thread pusher{[&] {
            std::vector<std::uint64_t> numbers;
            for (std::uint64_t number = 0; number < item_count; ++number) {
                notes[number] = note_of(number);
                numbers.push_back(number);
                if (numbers.size() < batch && number + 1 < item_count) continue;
                for (std::span<const std::uint64_t> rest = numbers; !rest.empty(); std::this_thread::yield()) {
                    rest = rest.subspan(writer.push_many(std::as_bytes(rest)));
                }
                numbers.clear();
            }
        }};
        std::uint64_t wrong = 0;
        std::uint64_t last = 0;
        const auto deadline = std::chrono::steady_clock::now() + patience;
        while (last + 1 < item_count && std::chrono::steady_clock::now() < deadline) {
            std::vector<std::uint64_t> numbers(batch);
            const std::size_t got = reader.pop_many(std::as_writable_bytes(std::span{numbers}));
            for (const std::uint64_t number : std::span{numbers}.first(got)) {
                if (notes[number] != note_of(number)) ++wrong;
                last = number;
            }
            if (got == 0) std::this_thread::yield();
        }
        EXPECT_EQ(last + 1, item_count);
        if (last + 1 < item_count) reader = Reader::attach(name_, {.registered = false});  // lets the pusher end
        pusher.join();
        EXPECT_EQ(wrong, 0u);
        EXPECT_EQ(reader.counters().popped + reader.counters().lost, item_count);
    }
}

/// Who sees the buffer closed or vacant sees all that its writer did before.
TEST_F(Threads, HandOverWhatWasWrittenBeforeTheWriterWent) {
    for (const WriterState end : {WriterState::closed, WriterState::vacant}) {
        SCOPED_TRACE(to_string(end));
        Writer writer = create(OverflowPolicy::overwrite);
        Reader reader = Reader::attach(name_);
        std::uint64_t note = 0;
        std::thread leaver{[&] {
            writer.push(1);
            note = note_of(1);
            end == WriterState::closed ? writer.close() : writer.release();
        }};
        EXPECT_TRUE(eventually([&] { return reader.writer_state() == end; }));
        EXPECT_EQ(reader.usage(), 1u);
        EXPECT_EQ(note, note_of(1));
        leaver.join();
        shared_cbuff::Segment::unlink(name_);
    }
}

/// Readers that come, pop and go, and an observer, disturb nobody: no unordered access anywhere in the control block.
TEST_F(Threads, ComeAndGoWhileItemsPass) {
    constexpr int visits = 200;
    for (const OverflowPolicy policy : {OverflowPolicy::overwrite, OverflowPolicy::reject}) {
        SCOPED_TRACE(to_string(policy));
        Writer writer = create(policy);
        std::atomic<int> visiting{2};
        const auto visit = [&](int& torn) {
            for (int turn = 0; turn < visits; ++turn) {
                Reader reader = Reader::attach(name_, {.label = "visitor", .registered = turn % 4 != 0});
                std::uint64_t number = 0;
                std::uint64_t before = 0;
                for (std::uint64_t pops = 0; pops < length && reader.pop(bytes_of(number)); ++pops) {
                    if (number < before) ++torn;
                    before = number;
                }
            }
            --visiting;
        };
        std::array<int, 2> torn{};
        std::thread first{visit, std::ref(torn[0])};
        std::thread second{visit, std::ref(torn[1])};
        std::thread watcher{[&] {
            Observer observer = Observer::attach(name_, std::nullopt, std::chrono::nanoseconds{0});
            Sample sample;
            while (visiting > 0) observer.sample(sample);
        }};
        for (std::uint64_t number = 0; visiting > 0;) {
            if (writer.push(bytes_of(number))) ++number;
        }
        first.join();
        second.join();
        watcher.join();
        EXPECT_EQ(torn, (std::array<int, 2>{}));
    }
}

}  // namespace
