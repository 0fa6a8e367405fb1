// Both directions of classic interop, against an independent Python program on multiprocessing.shared_memory.

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <random>
#include <sstream>
#include <string>

#include "shared_cbuff/buffer.hpp"
#include "shared_cbuff/detail/segment.hpp"
#include "shared_cbuff/observer.hpp"
#include "test_support/child_process.hpp"
#include "test_support/eventually.hpp"
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

std::string to_hex(std::span<const std::byte> bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const std::byte byte : bytes) {
        text += digits[std::to_integer<std::size_t>(byte >> 4)];
        text += digits[std::to_integer<std::size_t>(byte & std::byte{15})];
    }
    return text;
}

/// The Python program, steered over pipes.
class ClassicPeer {
public:
    std::string ask(const std::string& command) {
        if (!child_.channel().send(command)) return "the peer is gone";
        return child_.channel().receive().value_or("no answer");
    }
    void open(const std::string& how, const ScopedName& name, const Geometry& geometry) {
        std::ostringstream command;
        command << how << ' ' << name.str() << ' ' << geometry.item_size << ' ' << geometry.length;
        ASSERT_EQ(ask(command.str()), "ok");
    }
    void push(std::uint64_t number, std::uint64_t item_size) {
        ASSERT_EQ(ask("push " + to_hex(make_item(number, item_size))), "ok");
    }
    /// Ends the program, as its user would.
    void quit() {
        child_.channel().send("quit");
        EXPECT_EQ(child_.wait()->code, 0);
    }

private:
    ChildProcess child_{[](Channel& parent) {
        parent.become_standard_streams();
        ::execl(CBUFF_PYTHON, CBUFF_PYTHON, CBUFF_CLASSIC_PEER, static_cast<char*>(nullptr));
        return 127;
    }};
};

class Interop : public testing::Test {
protected:
    std::uint64_t seed_ = test_support::test_seed();
    std::mt19937_64 random_{seed_};
    testing::ScopedTrace trace_{__FILE__, __LINE__, "CBUFF_TEST_SEED=" + std::to_string(seed_)};
    ClassicPeer peer_;

    Geometry random_geometry() { return {1 + random_() % 40, 2 + random_() % 60}; }
    /// Random ones, and rings of 256^k bytes and their neighbours, where the pointer's width changes.
    std::vector<Geometry> geometries() {
        std::vector<Geometry> all{{1, 2},   {1, 255}, {1, 256}, {1, 257},   {5, 51},    {16, 16},
                                  {2, 128}, {32, 8},  {40, 7},  {16, 4095}, {16, 4096}, {16, 4097}};
        for (int more = 0; more < 14; ++more) all.push_back(random_geometry());
        return all;
    }
};

TEST_F(Interop, AgreesWithPythonOnThePointerSize) {
    std::vector<std::uint64_t> sizes;
    for (unsigned power = 1; power <= 5; ++power) {
        const std::uint64_t round = std::uint64_t{1} << 8 * power;
        for (std::uint64_t away = 0; away <= 40; ++away) {
            sizes.push_back(round - away);
            sizes.push_back(round + away);
        }
    }
    for (unsigned shift = 1; shift <= 46; ++shift) {
        for (const std::uint64_t away : {0u, 1u}) {
            sizes.push_back((std::uint64_t{1} << shift) - away);
            if (shift < 46) sizes.push_back((std::uint64_t{1} << shift) + away);
        }
    }
    for (int more = 0; more < 3000; ++more) sizes.push_back(2 + (random_() >> (18 + random_() % 45)));
    for (std::size_t from = 0; from < sizes.size(); from += 200) {
        const std::span some = std::span{sizes}.subspan(from, std::min<std::size_t>(200, sizes.size() - from));
        std::ostringstream command;
        command << "pointer_sizes";
        for (const std::uint64_t size : some) command << ' ' << size;
        std::istringstream answers{peer_.ask(command.str())};
        for (const std::uint64_t size : some) {
            unsigned expected = 0;
            ASSERT_TRUE(answers >> expected);
            ASSERT_EQ(classic_pointer_size(size), expected) << size;
        }
    }
}

// The example of the Python package's README, with either side ours.
TEST_F(Interop, RunsThePackagesExampleAsItsReader) {
    const ScopedName name{"interop"};
    ASSERT_EQ(peer_.ask("create /" + name.str() + " 1 5"), "ok");  // a slash changes nothing, there as here
    SharedCircularBuffer scb_b{"/" + name.str(), {.length = 5}};
    for (const char* item : {"32", "0a", "14", "1e"}) ASSERT_EQ(peer_.ask(std::string{"push "} + item), "ok");
    EXPECT_EQ(scb_b.popitem(), 50u);
    std::vector<std::uint64_t> rest;
    EXPECT_TRUE(test_support::eventually([&] {  // the newest of a classic segment counts after it has settled
        for (const std::uint64_t item : scb_b.popmany(3)) rest.push_back(item);
        return rest.size() == 3;
    }));
    EXPECT_EQ(rest, (std::vector<std::uint64_t>{10, 20, 30}));
}

TEST_F(Interop, RunsThePackagesExampleAsItsWriter) {
    const ScopedName name{"interop"};
    SharedCircularBuffer scb_a{"/" + name.str(), {.create = true, .length = 5}};
    ASSERT_EQ(peer_.ask("attach /" + name.str() + " 1 5"), "ok");
    for (const int item : {50, 10, 20, 30}) scb_a.push(item);
    for (const char* item : {"32", "0a", "14", "1e", "-"}) EXPECT_EQ(peer_.ask("pop"), item);
}

// (a) A classic reader on our extended segment.
TEST_F(Interop, LetsAClassicReaderReadOurBuffer) {
    for (const Geometry& geometry : geometries()) {
        SCOPED_TRACE(to_string(geometry));
        const ScopedName name{"interop"};
        Writer writer = Writer::create(name, {.item_size = geometry.item_size, .length = geometry.length});
        peer_.open("attach", name, geometry);
        // Some pushes before, so that long rings wrap too; the peer starts where we are.
        const std::uint64_t skipped = geometry.length < 200 ? 0 : geometry.length - 20;
        static_cast<void>(writer.push_many(make_items(0, skipped, geometry.item_size)));
        ASSERT_EQ(peer_.ask("seek"), "ok");
        std::uint64_t popped = skipped;
        for (int lap = 0; lap < 40; ++lap) {
            // At most length - 1 unread: exactly `length` look empty to a classic reader.
            const std::uint64_t count = random_() % std::min<std::uint64_t>(geometry.length, 12);
            if (random_() % 2 == 0) {
                ASSERT_EQ(writer.push_many(make_items(writer.pushed(), count, geometry.item_size)), count);
            } else {
                for (std::uint64_t k = 0; k < count; ++k) writer.push(make_item(writer.pushed(), geometry.item_size));
            }
            ASSERT_EQ(peer_.ask("pointer"), std::to_string(writer.pushed() % geometry.length * geometry.item_size));
            for (; popped < writer.pushed(); ++popped) {
                ASSERT_EQ(peer_.ask("pop"), to_hex(make_item(popped, geometry.item_size))) << "item " << popped;
            }
            ASSERT_EQ(peer_.ask("pop"), "-");
        }
        ASSERT_EQ(peer_.ask("close"), "ok");
        EXPECT_TRUE(name.exists());
        EXPECT_TRUE(writer.intact());
    }
    peer_.quit();
}

// (b) Our Reader and Observer on a segment that Python made.
TEST_F(Interop, ReadsABufferThatAClassicWriterMade) {
    for (const Geometry& geometry : geometries()) {
        SCOPED_TRACE(to_string(geometry));
        const ScopedName name{"interop"};
        peer_.open("create", name, geometry);
        ASSERT_EQ(peer_.ask("size"), std::to_string(classic_segment_size(geometry)));
        const auto fits = classic_candidates(classic_segment_size(geometry), 100'000);
        EXPECT_NE(std::ranges::find(fits, geometry), fits.end());
        Reader reader = Reader::attach(name, {.geometry = geometry, .settling_time = 0ns});
        Observer observer = Observer::attach(name, geometry);
        EXPECT_EQ(observer.layout(), Layout::classic);
        std::uint64_t pushed = 0, popped = 0;
        std::vector<std::byte> items(geometry.ring_bytes());
        for (int lap = 0; lap < 40; ++lap) {
            const std::uint64_t count = random_() % std::min<std::uint64_t>(geometry.length, 12);
            for (std::uint64_t k = 0; k < count; ++k) peer_.push(pushed++, geometry.item_size);
            ASSERT_EQ(reader.usage(), pushed - popped);
            ASSERT_EQ(observer.sample().write_slot, pushed % geometry.length);
            const Peek newest = observer.peek(std::min<std::uint64_t>(pushed, 3), StartAt::newest);
            ASSERT_EQ(newest.count, std::min<std::uint64_t>({pushed, 3, geometry.length}));
            ASSERT_EQ(newest.bytes, make_items(pushed - newest.count, newest.count, geometry.item_size));
            while (popped < pushed) {
                const std::size_t wanted = 1 + random_() % geometry.length;
                const std::size_t got = reader.pop_many(std::span{items}.first(wanted * geometry.item_size));
                ASSERT_EQ(got, std::min<std::uint64_t>(wanted, pushed - popped));
                for (std::size_t index = 0; index < got; ++index, ++popped) {
                    ASSERT_TRUE(
                        is_item(popped, std::span{items}.subspan(index * geometry.item_size, geometry.item_size)))
                        << "item " << popped;
                }
            }
            ASSERT_EQ(reader.pop_many(items), 0u);
        }
        EXPECT_EQ(reader.counters().popped, pushed);
        EXPECT_EQ(reader.counters().lost, 0u);
        ASSERT_EQ(peer_.ask("close"), "ok");
        EXPECT_FALSE(name.exists());
        EXPECT_EQ(observer.sample().state, BufferState::unlinked);
    }
    peer_.quit();
}

TEST_F(Interop, WithholdsAnItemWhosePointerMovedBeforeItWasStored) {
    const ScopedName name{"interop"};
    const Geometry geometry{4, 8};
    peer_.open("create", name, geometry);
    Reader reader = Reader::attach(name, {.geometry = geometry, .settling_time = std::chrono::hours{1}});
    std::vector<std::byte> item(4);
    ASSERT_EQ(peer_.ask("move"), "ok");
    EXPECT_FALSE(reader.pop(item));
    ASSERT_EQ(peer_.ask("store " + to_hex(make_item(0, 4))), "ok");
    EXPECT_FALSE(reader.pop(item));
    ASSERT_EQ(peer_.ask("move"), "ok");
    EXPECT_TRUE(reader.pop(item));
    EXPECT_TRUE(is_item(0, item));
    EXPECT_FALSE(reader.pop(item));
    ASSERT_EQ(peer_.ask("close"), "ok");
}

TEST_F(Interop, ReadsIntegersAsPythonWroteThem) {
    const ScopedName name{"interop"};
    const Geometry geometry{3, 5};
    peer_.open("create", name, geometry);
    SharedCircularBuffer in{name, {.item_size = 3, .length = 5}};
    ASSERT_EQ(peer_.ask("push 01e240"), "ok");  // (123456).to_bytes(3, "big")
    std::optional<std::uint64_t> item;
    EXPECT_TRUE(test_support::eventually([&] { return (item = in.popitem()).has_value(); }));
    EXPECT_EQ(item, 123456u);
    ASSERT_EQ(peer_.ask("close"), "ok");
}

// The tracker of a Python process that merely attached may take the name from under a live writer (cpython#82300).
TEST_F(Interop, KnowsThatTheNameWasTakenFromUnderAWriter) {
    const ScopedName name{"interop"};
    auto writer = std::make_optional(Writer::create(name, {.item_size = 1, .length = 4}));
    Observer observer = Observer::attach(name, std::nullopt, 0ns);
    ASSERT_TRUE(Segment::unlink(name));
    EXPECT_EQ(observer.sample().state, BufferState::unlinked);
    peer_.open("create", name, {1, 4});
    EXPECT_EQ(observer.sample().state, BufferState::replaced);
    writer.reset();
    EXPECT_TRUE(name.exists()) << "the old writer removed the name of another's segment";
    ASSERT_EQ(peer_.ask("close"), "ok");
}

}  // namespace
