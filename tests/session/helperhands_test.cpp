// Helpers from a buffer's hands: what each kind of page gives them along.

#include <gtest/gtest.h>

#include <QSignalSpy>
#include <vector>

#include "session/bufferhands.hpp"
#include "shared_cbuff/discovery.hpp"
#include "shared_cbuff/geometry.hpp"
#include "test_support/eventually.hpp"
#include "test_support/segments.hpp"

namespace workbench {
namespace {

using shared_cbuff::Layout;
using shared_cbuff::Writer;
using test_support::ScopedName;

constexpr int patienceMs = static_cast<int>(test_support::patience.count());

BufferFacts factsOf(const ScopedName& name, const shared_cbuff::Geometry& geometry, Layout layout) {
    return {.name = name.str(),
            .machine = {},
            .geometry = geometry,
            .layout = layout,
            .identity = shared_cbuff::find_segment(name.str()).value()};
}

bool waitUntilItRuns(HelperProcess& helper) {
    QSignalSpy changes{&helper, &HelperProcess::changed};
    while (helper.status().state != HelperState::Running) {
        if (!helper.isAlive() || !changes.wait(patienceMs)) return false;
    }
    return true;
}

TEST(HelpersOfHands, OnAClassicSegmentCarryItsGeometry) {
    const ScopedName name;
    const shared_cbuff::Geometry geometry{3, 16};
    test_support::make_segment(name, std::vector<std::byte>(shared_cbuff::classic_segment_size(geometry)));
    const BufferStory story{factsOf(name, geometry, Layout::classic)};
    BufferHands hands{story};
    HelperProcess* consumer = hands.startHelper({.role = HelperRole::Consumer});
    EXPECT_EQ(consumer->options().itemSize, 3);
    EXPECT_EQ(consumer->options().length, 16);
    ASSERT_TRUE(waitUntilItRuns(*consumer)) << consumer->status().message.toStdString();
    EXPECT_EQ(consumer->status().start.value().itemSize, 3u);
    EXPECT_EQ(consumer->status().start.value().length, 16u);
}

TEST(HelpersOfHands, OnAnExtendedSegmentLeaveItsGeometryToTheSegment) {
    const ScopedName name;
    const Writer writer = Writer::create(name.str(), {.item_size = 8, .length = 32});
    const BufferStory story{factsOf(name, {8, 32}, Layout::extended)};
    BufferHands hands{story};
    HelperProcess* consumer = hands.startHelper({.role = HelperRole::Consumer, .label = QStringLiteral("slow")});
    EXPECT_EQ(consumer->options().itemSize, std::nullopt);
    ASSERT_TRUE(waitUntilItRuns(*consumer)) << consumer->status().message.toStdString();
    EXPECT_EQ(consumer->status().start.value().length, 32u);
    EXPECT_EQ(consumer->options().buffer.toStdString(), name.str());
}

TEST(HelpersOfHands, TakeTheWriterRoleFromThem) {
    const ScopedName name;
    Writer writer = Writer::create(name.str(), {.item_size = 8, .length = 32});
    const BufferStory story{factsOf(name, {8, 32}, Layout::extended)};
    BufferHands hands{story, std::move(writer)};
    HelperProcess* producer = hands.startHelper({.role = HelperRole::Producer});
    ASSERT_TRUE(waitUntilItRuns(*producer)) << producer->status().message.toStdString();
    EXPECT_FALSE(hands.pushAbility().holdsRole);
    EXPECT_FALSE(producer->status().start.value().created);
}

}  // namespace
}  // namespace workbench
