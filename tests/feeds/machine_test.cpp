#include "feeds/machine.hpp"

#include <gtest/gtest.h>

namespace workbench {
namespace {

using shared_cbuff::BufferState;
using shared_cbuff::SegmentInfo;
using shared_cbuff::WriterState;
using Kind = machine::RemovalRisk::Kind;

SegmentInfo bufferOf(BufferState state, WriterState writer) {
    SegmentInfo segment;
    segment.name = std::string{"b"};
    segment.sample.emplace();
    segment.sample->state = state;
    segment.sample->writer = {.state = writer, .pid = 7};
    return segment;
}

SegmentInfo unknownSegment() {
    SegmentInfo segment;
    segment.name = std::string{"psm"};
    return segment;
}

TEST(RemovalRisk, IsWhatSpeaksAgainstIt) {
    EXPECT_EQ(machine::removalRisk(bufferOf(BufferState::vacant, WriterState::vacant)).kind, Kind::none);
    EXPECT_EQ(machine::removalRisk(bufferOf(BufferState::abandoned, WriterState::abandoned)).kind, Kind::none);
    const auto alive = machine::removalRisk(bufferOf(BufferState::alive, WriterState::alive));
    EXPECT_EQ(alive.kind, Kind::liveWriter);
    EXPECT_EQ(alive.writerPid, 7u);
    SegmentInfo damaged = bufferOf(BufferState::damaged, WriterState::alive);
    damaged.sample->damage = std::string{"it has no end"};
    EXPECT_EQ(machine::removalRisk(damaged).kind, Kind::damaged);
    EXPECT_EQ(machine::removalRisk(damaged).reason, "it has no end");
    SegmentInfo unreadable = bufferOf(BufferState::vacant, WriterState::vacant);
    unreadable.problem = std::string{"not yours"};
    EXPECT_EQ(machine::removalRisk(unreadable).kind, Kind::unreadable);
    EXPECT_EQ(machine::removalRisk(unreadable).reason, "not yours");
    EXPECT_EQ(machine::removalRisk(unknownSegment()).kind, Kind::noBlock);
}

TEST(WhyStale, IsOnlyWhatNobodyWorksOn) {
    EXPECT_EQ(machine::whyStale(bufferOf(BufferState::vacant, WriterState::vacant)), "vacant, no reader");
    EXPECT_EQ(machine::whyStale(bufferOf(BufferState::abandoned, WriterState::abandoned)),
              "abandoned by its writer (pid 7), no reader");
    EXPECT_FALSE(machine::whyStale(bufferOf(BufferState::alive, WriterState::alive)));
    EXPECT_FALSE(machine::whyStale(bufferOf(BufferState::damaged, WriterState::vacant)));
    EXPECT_FALSE(machine::whyStale(unknownSegment()));
    SegmentInfo read = bufferOf(BufferState::vacant, WriterState::vacant);
    read.sample->has_living_reader = true;
    EXPECT_FALSE(machine::whyStale(read));
    SegmentInfo locked = bufferOf(BufferState::vacant, WriterState::vacant);
    locked.is_locked = true;
    EXPECT_FALSE(machine::whyStale(locked));
    SegmentInfo unreadable = bufferOf(BufferState::vacant, WriterState::vacant);
    unreadable.problem = std::string{"not yours"};
    EXPECT_FALSE(machine::whyStale(unreadable));
}

}  // namespace
}  // namespace workbench
