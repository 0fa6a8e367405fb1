#include <QAbstractItemModelTester>

#include "shared_cbuff/discovery.hpp"
#include "ui/eventlogview.hpp"
#include "ui/helperpanel.hpp"
#include "ui/readersmodel.hpp"
#include "ui/segmentmodel.hpp"
#include "window_fixture.hpp"

namespace workbench {
namespace {

using shared_cbuff::Reader;
using shared_cbuff::SegmentInfo;
using shared_cbuff::Writer;
using test_support::ScopedName;
using Models = WindowTest;

constexpr auto strict = QAbstractItemModelTester::FailureReportingMode::Fatal;

SegmentList segmentsNamed(const std::vector<std::string>& names) {
    SegmentList segments;
    for (const std::string& name : names) segments.push_back(SegmentInfo{name, 100, 0600, 0, std::nullopt, {}});
    return segments;
}

TEST_F(Models, SegmentsComeAndGoInPlace) {
    SegmentModel model;
    const QAbstractItemModelTester tester{&model, strict};
    for (const auto& names : std::vector<std::vector<std::string>>{
             {"b", "d"}, {"a", "b", "c", "d", "e"}, {"a", "e"}, {}, {"z"}, {"a", "b"}, {"a", "b"}}) {
        model.update(segmentsNamed(names));
        ASSERT_EQ(model.rowCount(), static_cast<int>(names.size()));
        for (int row = 0; row < model.rowCount(); ++row) {
            EXPECT_EQ(model.segment(model.index(row, 0))->name, names[static_cast<std::size_t>(row)]);
        }
    }
}

TEST_F(Models, EventsAppendMergeDropAndClear) {
    EventLog log{5};
    EventModel model{log, [](const Event& event) { return event.time; }};
    const QAbstractItemModelTester tester{&model, strict};
    for (int index = 0; index < 12; ++index) {
        for (int time = 0; time < 2; ++time)
            log.append({.time = index * 2.0,
                        .kind = EventKind::Overflow,
                        .buffer = QStringLiteral("b"),
                        .reader = EventReader{.label = QStringLiteral("r"), .pid = 7},
                        .amount = 1});
    }
    EXPECT_EQ(model.rowCount(), 5);
    EXPECT_EQ(model.index(4, EventModel::Reader).data().toString(), QStringLiteral("r (pid 7)"));
    EXPECT_TRUE(model.index(4, EventModel::Text).data().toString().contains(QStringLiteral("lost 2 items")));
    log.clear();
    EXPECT_EQ(model.rowCount(), 0);
}

TEST_F(Models, ReadersFollowTheNewestSample) {
    const ScopedName name{"models"};
    Writer writer = Writer::create(name, {.item_size = 8, .length = 8});
    BufferPage& page = openPage(name);
    ReadersModel model{page.session().story()};
    const QAbstractItemModelTester tester{&model, strict};
    const auto refreshUntil = [&](int rows) {
        return waitFor([&] {
            model.refresh();
            return model.rowCount() == rows;
        });
    };
    EXPECT_TRUE(refreshUntil(0));
    {
        Reader reader = Reader::attach(name, {.label = "first"});
        ASSERT_TRUE(refreshUntil(1));
        EXPECT_EQ(model.index(0, ReadersModel::Name).data().toString(), QStringLiteral("first"));
        for (std::uint64_t item = 0; item < 20; ++item) writer.push(item);
        reader.pop();
        EXPECT_TRUE(waitFor([&] {
            model.refresh();
            return model.index(0, ReadersModel::Lost).data().toString() == QStringLiteral("12");
        }));
        EXPECT_EQ(model.index(0, ReadersModel::Popped).data().toString(), QStringLiteral("1"));
    }
    EXPECT_TRUE(refreshUntil(0));
}

TEST_F(Models, ReadersThatWereDeadAlreadyHaveNoUsageAndALowerBound) {
    const ScopedName name{"models"};
    const Writer writer = Writer::create(name, {.item_size = 8, .length = 8});
    const test_support::RawBuffer raw{name};
    shared_cbuff::format::ReaderSlot& slot = raw.slot(0);
    slot.claim = shared_cbuff::format::claim_of(1, shared_cbuff::format::SlotState::active);  // and nobody's lock
    slot.cursor = slot.lost = 3;
    slot.label = {'a', ' ', '(', 'p', 'i', 'd', ')'};
    raw.header().slots_used = 1;
    const BufferSession& session = openPage(name).session();
    ReadersModel model{session.story()};
    ASSERT_TRUE(waitFor([&] {
        model.refresh();
        return model.rowCount() == 1;
    }));
    ASSERT_EQ(session.story().curves().size(), 1u);
    EXPECT_TRUE(session.story().curves().front()->usage.empty());  // nothing is drawn, not even 0
    EXPECT_EQ(model.index(0, ReadersModel::Name).data().toString(), QStringLiteral("a (pid)"));
    EXPECT_EQ(model.index(0, ReadersModel::Usage).data().toString(), QStringLiteral("–"));
    EXPECT_FALSE(model.index(0, ReadersModel::Usage).data(UsageValueRole).isValid());
    EXPECT_EQ(model.index(0, ReadersModel::Lost).data().toString(), QStringLiteral("≥ 3"));
}

TEST_F(Models, HelpersComeAndGo) {
    const ScopedName name{"models"};
    BufferPage& page = createPage(name, {.item_size = 8, .length = 8});
    HelperModel model;
    const QAbstractItemModelTester tester{&model, strict};
    model.setSessions({&page.session()});
    HelperOptions options;
    options.role = HelperRole::Consumer;
    HelperProcess* first = page.session().hands()->startHelper(options);
    page.session().hands()->startHelper(options);
    model.refresh();
    EXPECT_EQ(model.rowCount(), 2);
    page.session().hands()->removeHelper(first);
    model.refresh();
    EXPECT_EQ(model.rowCount(), 1);
    model.setSessions({});
    EXPECT_EQ(model.rowCount(), 0);
}

}  // namespace
}  // namespace workbench
