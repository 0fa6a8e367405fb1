// Push and pop in single steps: the same bytes as the hot path, and every state that it passes through.

#include "shared_cbuff/stepping.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "shared_cbuff/observer.hpp"
#include "test_support/items.hpp"
#include "test_support/segments.hpp"

namespace {

using namespace shared_cbuff;
using test_support::bytes_of;
using test_support::RawBuffer;
using test_support::ScopedName;

std::vector<std::byte> item_of(std::size_t size, unsigned number) {
    std::vector<std::byte> item(size);
    for (std::size_t index = 0; index < size; ++index) item[index] = static_cast<std::byte>(number * 7 + index);
    return item;
}

void push_in_steps(StepWriter& writer, const std::vector<std::byte>& item, std::size_t part, bool& pushed) {
    pushed = writer.announce(item);
    if (!pushed) return;
    while (writer.copy(part) > 0) {
    }
    writer.publish();
}

std::optional<std::vector<std::byte>> pop_in_steps(StepReader& reader, std::size_t part) {
    for (;;) {
        if (!reader.look()) return std::nullopt;
        while (reader.copy(part) > 0) {
        }
        reader.validate();
        if (auto item = reader.take()) return item;
    }
}

/// What two runs of the same operations cannot have in common: when the buffer was made.
std::vector<std::byte> comparable_bytes(const std::string& name) {
    std::vector<std::byte> bytes = bytes_of(name);
    const std::uint64_t created =
        RawBuffer{name}.offsets().control_offset() + offsetof(format::Header, created_unix_ns);
    std::memset(bytes.data() + created, 0, sizeof(std::uint64_t));
    return bytes;
}

class Stepping : public testing::TestWithParam<std::tuple<OverflowPolicy, std::size_t, std::uint64_t>> {
protected:
    CreateOptions options() const {
        const auto [policy, item_size, length] = GetParam();
        return {.item_size = item_size, .length = length, .policy = policy};
    }
};

TEST_P(Stepping, LeavesTheBytesOfTheHotPath) {
    const ScopedName hot{"hot"}, stepped{"stepped"};
    const std::size_t item_size = options().item_size;
    Writer writer = Writer::create(hot, options());
    StepWriter step_writer{Writer::create(stepped, options())};
    Reader reader = Reader::attach(hot);
    StepReader step_reader{Reader::attach(stepped)};
    std::vector<std::byte> popped(item_size);
    unsigned number = 0;
    // Underflows, laps or rejected pushes, wraps: more pushes than pops, then all that is left.
    for (int turn = 0; turn < 40; ++turn) {
        for (int push = 0; push < turn % 7; ++push, ++number) {
            const auto item = item_of(item_size, number);
            bool pushed = false;
            push_in_steps(step_writer, item, 1 + number % 5, pushed);
            ASSERT_EQ(writer.push(item), pushed);
        }
        for (int pop = 0; pop < turn % 4; ++pop) {
            const auto item = pop_in_steps(step_reader, 1 + number % 3);
            ASSERT_EQ(reader.pop(popped), item.has_value());
            if (item) {
                ASSERT_EQ(popped, *item);
            }
        }
        ASSERT_EQ(comparable_bytes(hot), comparable_bytes(stepped)) << "after turn " << turn;
    }
}

INSTANTIATE_TEST_SUITE_P(Geometries, Stepping,
                         testing::Combine(testing::Values(OverflowPolicy::overwrite, OverflowPolicy::reject),
                                          testing::Values(1, 3, 8, 24), testing::Values(2, 3, 16)));

class SteppingByHand : public testing::Test {
protected:
    ScopedName name_{"steps"};
    StepWriter writer_{Writer::create(name_, {.item_size = 16, .length = 2})};
};

TEST_F(SteppingByHand, AnnouncesBeforeItCopiesAndCopiesBeforeItPublishes) {
    const RawBuffer raw{name_};
    const auto item = item_of(16, 1);
    ASSERT_TRUE(writer_.announce(item));
    EXPECT_EQ(raw.writer_line().intent, 1u);
    EXPECT_EQ(raw.writer_line().pushed, 0u);
    EXPECT_EQ(writer_.copy(8), 8u);
    EXPECT_THAT(std::vector(raw.bytes().begin(), raw.bytes().begin() + 8),
                testing::ElementsAreArray(item.begin(), item.begin() + 8));
    EXPECT_EQ(raw.bytes()[8], std::byte{0});
    EXPECT_EQ(writer_.copy(8), 0u);
    EXPECT_EQ(raw.writer_line().pushed, 0u);
    writer_.publish();
    EXPECT_EQ(raw.writer_line().pushed, 1u);
}

TEST_F(SteppingByHand, TellsAReaderThatWasOvertakenInTheMiddleOfACopy) {
    StepReader reader{Reader::attach(name_)};
    bool pushed = false;
    for (unsigned number = 0; number < 2; ++number) push_in_steps(writer_, item_of(16, number), 16, pushed);
    ASSERT_TRUE(reader.look());
    EXPECT_EQ(reader.copy(8), 8u);
    ASSERT_TRUE(writer_.announce(item_of(16, 2)));  // into the very slot
    writer_.copy(8);
    EXPECT_EQ(reader.copy(8), 0u);
    EXPECT_EQ(reader.validate(), 1u);
    EXPECT_EQ(reader.take(), std::nullopt);
    EXPECT_EQ(reader.reader().counters().lost, 1u);
    EXPECT_EQ(pop_in_steps(reader, 16), item_of(16, 1));
}

TEST_F(SteppingByHand, RefusesStepsOutOfTurnAndChangesNothing) {
    const auto before = bytes_of(name_);
    EXPECT_THROW(writer_.copy(8), std::logic_error);
    EXPECT_THROW(writer_.publish(), std::logic_error);
    EXPECT_EQ(bytes_of(name_), before);
    EXPECT_THROW(writer_.announce(item_of(17, 0)), ItemTooLarge);
    ASSERT_TRUE(writer_.announce(item_of(16, 0)));
    EXPECT_THROW(writer_.announce(item_of(16, 0)), std::logic_error);
    EXPECT_THROW(writer_.publish(), std::logic_error);
    EXPECT_THROW(writer_.release(), std::logic_error);
    StepReader reader{Reader::attach(name_)};
    EXPECT_FALSE(reader.look());
    EXPECT_THROW(reader.copy(8), std::logic_error);
    EXPECT_THROW(reader.validate(), std::logic_error);
    EXPECT_THROW(reader.take(), std::logic_error);
}

TEST_F(SteppingByHand, RefusesTheReadersStepsOutOfTurnInEveryState) {
    bool pushed = false;
    push_in_steps(writer_, item_of(16, 0), 16, pushed);
    StepReader reader{Reader::attach(name_)};
    const auto refused = [&](std::string_view turn) {
        if (turn != "look") {
            EXPECT_THROW(reader.look(), std::logic_error) << turn;
            EXPECT_THROW(reader.release(), std::logic_error) << turn;
        }
        if (turn != "copy") {
            EXPECT_THROW(reader.copy(8), std::logic_error) << turn;
        }
        if (turn != "validate") {
            EXPECT_THROW(reader.validate(), std::logic_error) << turn;
        }
        if (turn != "take") {
            EXPECT_THROW(reader.take(), std::logic_error) << turn;
        }
    };
    refused("look");
    ASSERT_TRUE(reader.look());
    refused("copy");
    EXPECT_EQ(reader.copy(8), 8u);
    refused("copy");
    EXPECT_EQ(reader.copy(8), 0u);
    refused("validate");
    EXPECT_EQ(reader.validate(), 0u);
    refused("take");
    EXPECT_EQ(reader.take(), item_of(16, 0));
    refused("look");
    EXPECT_FALSE(reader.look());
    const Reader given_back = reader.release();
    EXPECT_EQ(given_back.counters().popped, 1u);
    EXPECT_EQ(given_back.counters().underflows, 1u);
}

TEST_F(SteppingByHand, GivesTheInstancesBackBetweenTwoItems) {
    bool pushed = false;
    push_in_steps(writer_, item_of(16, 0), 16, pushed);
    Writer writer = writer_.release();
    EXPECT_TRUE(writer.push(item_of(16, 1)));
    StepReader stepping{Reader::attach(name_)};
    EXPECT_EQ(pop_in_steps(stepping, 3), item_of(16, 0));
    Reader reader = stepping.release();
    std::vector<std::byte> item(16);
    EXPECT_TRUE(reader.pop(item));
    EXPECT_EQ(item, item_of(16, 1));
}

TEST(SteppingReader, RefusesAClassicSegment) {
    const ScopedName name{"classic"};
    test_support::make_segment(name, std::vector<std::byte>(9));
    EXPECT_THROW(StepReader{Reader::attach(name, {.geometry = Geometry{1, 8}})}, InvalidArgument);
}

}  // namespace
