// What plain values hold before anybody fills them in, and what a sample says where a layout knows nothing.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "matchers.hpp"
#include "reads.hpp"
#include "shared_cbuff/buffer.hpp"
#include "shared_cbuff/detail/format.hpp"
#include "shared_cbuff/detail/process.hpp"
#include "shared_cbuff/detail/segment.hpp"
#include "shared_cbuff/discovery.hpp"
#include "shared_cbuff/errors.hpp"
#include "shared_cbuff/observer.hpp"
#include "shared_cbuff/reader.hpp"
#include "shared_cbuff/writer.hpp"
#include "test_support/child_process.hpp"
#include "test_support/segments.hpp"

namespace {

using namespace shared_cbuff;
using namespace std::chrono_literals;
using test_support::RawBuffer;
using test_support::ScopedName;
using test_support::throws;

/// The numbers of a sample, all of them.
std::vector<std::uint64_t> numbers(const Sample& sample) {
    return {sample.max_readers, sample.created_unix_ns,   sample.pushed,
            sample.intent,      sample.rejected,          sample.usage,
            sample.retained,    sample.high_water,        sample.write_slot,
            sample.writer.pid,  sample.writer.start_time, sample.writer.epoch};
}

std::vector<std::uint64_t> numbers(const ReaderSample& reader) {
    return {reader.slot,     reader.pid,        reader.start_time, reader.generation, reader.start,
            reader.cursor,   reader.popped,     reader.usage,      reader.lost,       reader.pending,
            reader.overruns, reader.underflows, reader.high_water};
}

constexpr auto is_zero = [](std::uint64_t number) { return number == 0; };

TEST(Values, AreZeroBeforeTheyAreFilledIn) {
    const Sample sample;
    EXPECT_TRUE(std::ranges::all_of(numbers(sample), is_zero));
    EXPECT_EQ(sample.state, BufferState::unknown);
    EXPECT_EQ(sample.writer.state, WriterState::unknown);
    EXPECT_FALSE(sample.has_living_reader);
    const ReaderSample reader;
    EXPECT_TRUE(std::ranges::all_of(numbers(reader), is_zero));
    EXPECT_FALSE(reader.lost_is_lower_bound);
    EXPECT_EQ(reader.unread_at_death, std::nullopt);
    EXPECT_EQ(reader.label(), "");
    const Peek peek;
    EXPECT_EQ(peek.first + peek.count, 0u);
    const ReaderCounters counters;
    EXPECT_EQ(counters.popped + counters.lost + counters.overruns + counters.underflows + counters.high_water, 0u);
    EXPECT_EQ(ReaderKey{}, (ReaderKey{0, 0}));
    EXPECT_EQ(SegmentIdentity{}, (SegmentIdentity{0, 0}));
    const SegmentInfo info;
    EXPECT_EQ(info.size + info.mode + info.owner, 0u);
}

TEST(Values, OfOptionsAreThoseThatTheHeadersTell) {
    EXPECT_EQ((Geometry{}), (Geometry{1, 2}));
    const CreateOptions create;
    EXPECT_EQ(create.policy, OverflowPolicy::overwrite);
    EXPECT_EQ(create.max_readers, 64u);
    EXPECT_EQ(create.mode, 0600u);
    const ReaderOptions read;
    EXPECT_EQ(read.start, StartAt::oldest);
    EXPECT_TRUE(read.registered);
    EXPECT_EQ(read.settling_time, 10ms);
    EXPECT_EQ(read.longest_rest, 1us);
}

TEST(Values, OfAClassicSampleAreZeroWhereTheLayoutTellsNothing) {
    const ScopedName extended{"values"}, classic{"values"};
    Writer writer = Writer::create(extended, {.item_size = 2, .length = 4, .policy = OverflowPolicy::reject});
    const Reader reader = Reader::attach(extended);
    for (std::uint64_t item = 0; item < 6; ++item) writer.push(item);
    Sample sample = Observer::attach(extended).sample();
    ASSERT_FALSE(sample.readers.empty());
    test_support::make_segment(classic, std::vector<std::byte>(classic_segment_size({2, 4})));
    Observer::attach(classic, Geometry{2, 4}).sample(sample);  // into what another buffer's sample has filled
    EXPECT_TRUE(std::ranges::all_of(numbers(sample), is_zero));
    EXPECT_EQ(sample.policy, OverflowPolicy::overwrite);
    EXPECT_EQ(sample.writer.state, WriterState::unknown);
    EXPECT_FALSE(sample.has_living_reader);
    EXPECT_TRUE(sample.readers.empty());
}

/// Field 22 of /proc/PID/stat, as anybody would read it: from behind the command's last parenthesis.
std::uint64_t start_time_by_hand() {
    std::ifstream file{"/proc/self/stat"};
    std::string text{std::istreambuf_iterator<char>{file}, {}};
    std::istringstream fields{text.substr(text.rfind(')') + 1)};
    std::string field;
    for (int number = 3; number <= 22; ++number) fields >> field;
    return std::stoull(field);
}

TEST(Values, OfAProcessAreReadPastWhateverItsNameHolds) {
    std::array<char, 16> before{};
    ASSERT_EQ(::prctl(PR_GET_NAME, before.data()), 0);
    EXPECT_EQ(process_start_time(current_pid()), start_time_by_hand());
    ASSERT_EQ(::prctl(PR_SET_NAME, "a) S 1 (b"), 0);
    EXPECT_EQ(process_start_time(current_pid()), start_time_by_hand());
    ::prctl(PR_SET_NAME, before.data());
}

TEST(Values, OfAReaderTellWhichProcessItIs) {
    const ScopedName name{"values"};
    const Writer writer = Writer::create(name, {});
    const Reader reader = Reader::attach(name);
    const Sample sample = Observer::attach(name).sample();
    EXPECT_EQ(sample.readers.at(0).pid, current_pid());
    EXPECT_EQ(sample.readers.at(0).start_time, process_start_time(current_pid()));
    EXPECT_EQ(sample.writer.start_time, process_start_time(current_pid()));
}

// Who still validates by a claim finds any later one above its own.
TEST(Claim, OnlyEverGrows) {
    const ScopedName name{"values"};
    const Writer writer = Writer::create(name, {.max_readers = 1});
    const RawBuffer raw{name};
    std::uint64_t last = raw.slot(0).claim;
    for (int visit = 0; visit < 3; ++visit) {
        {
            const Reader reader = Reader::attach(name);
            EXPECT_GT(raw.slot(0).claim, last);
            last = raw.slot(0).claim;
        }
        EXPECT_GT(raw.slot(0).claim, last);
        EXPECT_EQ(format::state_of(raw.slot(0).claim), format::SlotState::free);
        last = raw.slot(0).claim;
    }
}

TEST(SharedCircularBuffer, CanBeAskedNothingOnceItIsCleanedUp) {
    const ScopedName name{"values"};
    SharedCircularBuffer out{name, {.create = true, .item_size = 8, .length = 4}};
    SharedCircularBuffer in{name};
    in.cleanup();
    EXPECT_THROW(static_cast<void>(in.usage()), InvalidArgument);
    EXPECT_THROW(static_cast<void>(in.popitem()), InvalidArgument);
    EXPECT_THROW(static_cast<void>(in.popmany(1)), InvalidArgument);
    out.cleanup();
    EXPECT_THROW(static_cast<void>(out.usage()), InvalidArgument);
    EXPECT_THROW(out.push(1), InvalidArgument);
}

TEST(Close, SucceedsWhateverErrnoWasBefore) {
    const ScopedName name{"values"};
    Writer writer = Writer::create(name, {});
    errno = EACCES;
    EXPECT_NO_THROW(writer.close());
    EXPECT_FALSE(name.exists());
    EXPECT_NO_THROW(writer.close());  // nor is a second time an error
}

TEST(Close, SucceedsWhenSomebodyRemovedTheNameBefore) {
    const ScopedName name{"values"};
    Writer writer = Writer::create(name, {});
    Observer observer = Observer::attach(name);
    ASSERT_EQ(::unlink(name.path().c_str()), 0);
    EXPECT_NO_THROW(writer.close());
    EXPECT_EQ(observer.sample().state, BufferState::closed);
}

TEST(Release, ForbidsAlsoTheFirstPush) {
    for (const std::uint64_t item_size : {8, 12}) {
        const ScopedName name{"values"};
        Writer writer = Writer::create(name, {.item_size = item_size});
        writer.release();
        const std::vector<std::byte> item(item_size);
        EXPECT_THROW(writer.push(item), InvalidArgument);
        EXPECT_THROW(writer.push(std::uint64_t{1}), InvalidArgument);
        EXPECT_EQ(writer.epoch(), 0u);
        EXPECT_EQ(Observer::attach(name).sample().pushed, 0u);
    }
}

// A reader far from being lapped validates against the horizon alone.
TEST(Horizon, IsNeverBehindWhatIsAnnounced) {
    for (const std::uint64_t length : {2, 3, 10, 1000}) {
        const ScopedName name{"values"};
        Writer writer = Writer::create(name, {.item_size = 8, .length = length});
        const RawBuffer raw{name};
        for (std::uint64_t item = 0; item < 3 * length; ++item) {
            writer.push(item);
            ASSERT_GE(raw.writer_line().horizon, raw.writer_line().intent) << length;
        }
        writer.push_many(std::vector<std::byte>(8 * (2 * length + 1)));
        EXPECT_GE(raw.writer_line().horizon, raw.writer_line().intent) << length;
    }
}

TEST(Loss, IsCountedByEventsThatBeginAndEnd) {
    const ScopedName name{"values"};
    Writer writer = Writer::create(name, {.item_size = 8, .length = 4});
    Reader reader = Reader::attach(name);
    const RawBuffer raw{name};
    for (std::uint32_t loss = 1; loss <= 3; ++loss) {
        for (std::uint64_t item = 0; item < 6; ++item) writer.push(item);
        while (reader.pop()) {
        }
        EXPECT_EQ(raw.slot(0).loss_begun, loss);
        EXPECT_EQ(raw.slot(0).loss_ended, loss);
        EXPECT_EQ(raw.slot(0).lost, 2 * loss);
    }
}

TEST(Errors, OfTheSystemSayItsNumberToo) {
    const SystemError error{"create", "b", ENOSPC, "and a hint"};
    EXPECT_EQ(error.code(), ENOSPC);
    EXPECT_NE(error.reason().find("(errno " + std::to_string(ENOSPC) + ")"), std::string::npos) << error.reason();
    EXPECT_NE(error.reason().find("and a hint"), std::string::npos) << error.reason();
}

TEST(Errors, ListEveryGeometryThatFits) {
    const ScopedName name{"values"};
    test_support::make_segment(name, std::vector<std::byte>(13));
    EXPECT_TRUE(throws<GeometryMismatch>([&] { static_cast<void>(Observer::attach(name)); }, name.str(),
                                         "its 13 bytes would fit 1 B x 12, 2 B x 6, 4 B x 3, 3 B x 4, 6 B x 2"));
}

// Whatever the header tells: a slot that is in use holds the writer up.
TEST(Takeover, WaitsForAReaderBeyondTheSlotsThatTheHeaderTells) {
    const ScopedName name{"values"};
    Writer::create(name, {.item_size = 8, .length = 4, .policy = OverflowPolicy::reject, .max_readers = 4}).release();
    std::vector<Reader> readers;
    for (int count = 0; count < 3; ++count) readers.push_back(Reader::attach(name));
    readers.erase(readers.begin(), readers.begin() + 2);  // the one in slot 2 is left
    RawBuffer{name}.header().slots_used = 0;
    Writer writer = Writer::take_over(name);
    for (std::uint64_t item = 0; item < 4; ++item) ASSERT_TRUE(writer.push(item));
    EXPECT_FALSE(writer.push(std::uint64_t{4}));
    EXPECT_EQ(writer.usage(), 4u);
}

// Slots are looked at one by one: the second must count like the first.
TEST(ObserverOfALoss, ShowsALossThatIsBeingCountedInAnySlot) {
    const ScopedName name{"values"};
    Writer writer = Writer::create(name, {.item_size = 8, .length = 4});
    const Reader first = Reader::attach(name);
    const Reader second = Reader::attach(name);
    Observer observer = Observer::attach(name);
    for (std::uint64_t item = 0; item < 3; ++item) writer.push(item);
    ASSERT_EQ(observer.sample().readers.size(), 2u);
    for (std::uint64_t item = 3; item < 6; ++item) writer.push(item);
    const RawBuffer raw{name};
    raw.slot(1).loss_begun += 1;
    raw.slot(1).lost = 2;
    const ReaderSample seen = observer.sample().readers.at(1);
    EXPECT_EQ(seen.lost, 2u);
    EXPECT_EQ(seen.pending, 2u);
    EXPECT_EQ(seen.overruns, 1u);
    EXPECT_EQ(seen.usage, 4u);
}

// While an item is pushed over the oldest one, less than the ring is left to take: it was full nevertheless.
TEST(Observer, ShowsAFullRingAsHighWaterFromTheFirstItemLost) {
    const ScopedName name{"values"};
    Writer writer = Writer::create(name, {.item_size = 8, .length = 4});
    Reader reader = Reader::attach(name);
    writer.push(std::uint64_t{0});
    ASSERT_EQ(reader.pop(), 0u);
    for (std::uint64_t item = 1; item < 5; ++item) writer.push(item);
    RawBuffer{name}.writer_line().intent = 6;
    const ReaderSample seen = Observer::attach(name).sample().readers.at(0);
    EXPECT_EQ(seen.pending, 1u);
    EXPECT_EQ(seen.usage, 3u);
    EXPECT_EQ(seen.high_water, 4u);
}

TEST(Observer, SeesANewReaderAliveAtOnceInAnySlot) {
    const ScopedName name{"values"};
    const Writer writer = Writer::create(name, {});
    const RawBuffer raw{name};
    EXPECT_EQ(raw.header().slots_used, 0u);
    const Reader first = Reader::attach(name);
    EXPECT_EQ(raw.header().slots_used, 1u);
    Observer observer = Observer::attach(name, std::nullopt, 1h);
    ASSERT_EQ(observer.sample().readers.size(), 1u);
    const Reader second = Reader::attach(name);
    EXPECT_EQ(raw.header().slots_used, 2u);
    const Sample sample = observer.sample();
    ASSERT_EQ(sample.readers.size(), 2u);
    EXPECT_EQ(sample.readers[1].state, ReaderState::alive);
}

TEST(Observer, ReadsASettledBlockOnce) {
    const ScopedName name{"values"};
    const Writer writer = Writer::create(name, {});
    const Reader reader = Reader::attach(name);
    Observer observer = Observer::attach(name, std::nullopt, 1h);
    static_cast<void>(observer.sample());
    const unit_tests::BeforeRead second{2, [] {}};
    static_cast<void>(observer.sample());
    EXPECT_FALSE(second.done());
}

TEST(Observer, TellsNoProcessOfAVacantRole) {
    const ScopedName name{"values"};
    Writer::create(name, {}).release();
    const Sample sample = Observer::attach(name).sample();
    EXPECT_EQ(sample.writer.pid, 0u);
    EXPECT_EQ(sample.writer.start_time, 0u);
}

TEST(Segment, RefusesAnImpossibleNameAtOnce) {
    EXPECT_THROW(static_cast<void>(Segment::create_unnamed("a/b", 64, 0600)), InvalidArgument);
    EXPECT_THROW(static_cast<void>(Segment::open("open", "..", Access::read_only)), InvalidArgument);
    EXPECT_THROW(static_cast<void>(Segment::unlink("a/b")), InvalidArgument);
}

TEST(Format, LeavesEightBytesForThePointerBeforeTheNextBlock) {
    for (std::uint64_t length = 2; length < 400; ++length) {
        const format::Offsets offsets{{1, length}, 2};
        const std::uint64_t end_of_pointer = length + 8;
        EXPECT_EQ(offsets.control_offset() % 128, 0u) << length;
        EXPECT_GE(offsets.control_offset(), end_of_pointer) << length;
        EXPECT_LT(offsets.control_offset(), end_of_pointer + 128) << length;
    }
}

}  // namespace
