#include "golden.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <initializer_list>
#include <span>
#include <sstream>
#include <stdexcept>
#include <system_error>

#include "shared_cbuff/reader.hpp"
#include "shared_cbuff/writer.hpp"
#include "test_support/child_process.hpp"
#include "test_support/items.hpp"
#include "test_support/segments.hpp"

namespace golden {
namespace {

using namespace shared_cbuff;
using test_support::RawBuffer;
using test_support::ScopedName;

constexpr std::uint32_t some_pid = 4711;
constexpr std::uint64_t some_start_time = 1'000'000;
constexpr std::uint64_t some_day_unix_ns = 1'700'000'000'000'000'000;
constexpr std::uint64_t limit = std::uint64_t{1} << 62;

/// The bytes of a segment whose roles are held, as if their processes had been killed.
std::vector<std::byte> frozen_bytes_of(const RawBuffer& raw) {
    struct alignas(format::block_alignment) Line {
        std::array<std::byte, format::block_alignment> bytes;
    };
    std::vector<Line> lines(raw.bytes().size() / sizeof(Line) + 1);
    const auto copy = std::as_writable_bytes(std::span{lines}).first(raw.bytes().size());
    std::ranges::copy(raw.bytes(), copy.begin());
    const format::ControlBlock control{copy.data(), raw.offsets()};
    control.header().created_unix_ns = some_day_unix_ns;
    if (control.writer_line().pid != 0) {
        control.writer_line().pid = some_pid;
        control.writer_line().start_time = some_start_time;
    }
    for (std::uint32_t index = 0; index < control.header().slots_used; ++index) {
        control.slot(index).pid = some_pid;
        control.slot(index).start_time = some_start_time;
    }
    return {copy.begin(), copy.end()};
}
std::vector<std::byte> frozen_bytes_of(const std::string& name) { return frozen_bytes_of(RawBuffer{name}); }

void require(bool holds, const char* what) {
    if (!holds) throw std::logic_error{std::string{"a golden segment misses "} + what};
}

void push(Writer& writer, std::uint64_t items) {
    while (items-- > 0) writer.push(test_support::make_item(writer.pushed(), writer.geometry().item_size));
}

void pop(Reader& reader, int items) {
    std::vector<std::byte> item(reader.geometry().item_size);
    while (items-- > 0) reader.pop(item);
}

std::vector<std::byte> never_pushed() {
    const ScopedName name{"golden"};
    const Writer writer = Writer::create(name, {.item_size = 8, .length = 4, .max_readers = 0});
    return frozen_bytes_of(name);
}

std::vector<std::byte> lapped_reader() {
    const ScopedName name{"golden"};
    Writer writer = Writer::create(name, {.item_size = 3, .length = 5, .max_readers = 2});
    Reader slow = Reader::attach(name, {.label = "slow"});
    Reader fast = Reader::attach(name, {.label = "fast"});
    push(writer, 2);
    pop(slow, 1);
    pop(fast, 3);  // one more than there are
    push(writer, 10);
    pop(slow, 1);  // notices that 6 are gone
    return frozen_bytes_of(name);
}

std::vector<std::byte> full_and_rejecting() {
    const ScopedName name{"golden"};
    Writer writer =
        Writer::create(name, {.item_size = 8, .length = 4, .policy = OverflowPolicy::reject, .max_readers = 1});
    Reader reader = Reader::attach(name, {.label = "h\xc3\xa4lt an"});
    push(writer, 3);
    pop(reader, 2);
    push(writer, 5);  // two too many
    return frozen_bytes_of(name);
}

std::vector<std::byte> vacant_with_a_slot_left() {
    const ScopedName name{"golden"};
    Writer writer = Writer::create(name, {.item_size = 1, .length = 256, .max_readers = 1});
    push(writer, 300);
    { const Reader gone = Reader::attach(name); }
    writer.release();
    return frozen_bytes_of(name);
}

std::vector<std::byte> half_pushed_and_closed() {
    const ScopedName name{"golden"};
    Writer writer = Writer::create(name, {.item_size = 16, .length = 2, .max_readers = 1});
    push(writer, 3);
    const RawBuffer raw{name};
    raw.writer_line().intent = 4;
    raw.writer_line().closed = 1;
    return frozen_bytes_of(name);
}

std::vector<std::byte> near_the_limit() {
    const ScopedName name{"golden"};
    Writer::create(name, {.item_size = 8, .length = 4, .max_readers = 1}).release();
    {
        const RawBuffer raw{name};
        raw.writer_line().pushed = raw.writer_line().intent = raw.writer_line().horizon = limit - 8;
    }
    Writer writer = Writer::take_over(name);
    Reader reader = Reader::attach(name, {.start = StartAt::newest});
    push(writer, 3);
    pop(reader, 2);
    return frozen_bytes_of(name);
}

/// The one that FORMAT.md annotates.
std::vector<std::byte> annotated() {
    const ScopedName name{"golden"};
    Writer writer = Writer::create(name, {.item_size = 2, .length = 3, .max_readers = 1});
    Reader reader = Reader::attach(name, {.label = "slow"});
    for (const std::uint64_t item : {0x101, 0x102}) writer.push(item);
    pop(reader, 1);
    for (const std::uint64_t item : {0x103, 0x104, 0x105, 0x106}) writer.push(item);
    pop(reader, 1);
    return frozen_bytes_of(name);
}

/// A loss that was counted, and another that the reader has not noticed yet.
std::vector<std::byte> lapped_again() {
    const ScopedName name{"golden"};
    Writer writer = Writer::create(name, {.item_size = 4, .length = 5, .max_readers = 2});
    Reader reader = Reader::attach(name, {.label = "slow"});
    push(writer, 12);
    pop(reader, 2);
    push(writer, 9);
    return frozen_bytes_of(name);
}

/// Under reject a reader died, and the writer took its slot away.
std::vector<std::byte> evicted() {
    const ScopedName name{"golden"};
    Writer writer =
        Writer::create(name, {.item_size = 8, .length = 2, .policy = OverflowPolicy::reject, .max_readers = 2});
    test_support::ChildProcess child{[&](test_support::Channel& parent) {
        const Reader reader = Reader::attach(name, {.label = "dies"});
        parent.send("attached");
        parent.receive();
        return 0;
    }};
    require(child.channel().expect("attached"), "its reader");
    push(writer, 2);
    child.kill();
    require(writer.push_for(test_support::make_item(2, 8), test_support::patience), "its eviction");
    return frozen_bytes_of(name);
}

/// One reader left and another came into its slot; a third left for good. Both ends of a holder count.
std::vector<std::byte> slots_used_again() {
    const ScopedName name{"golden"};
    Writer writer = Writer::create(name, {.item_size = 8, .length = 4, .max_readers = 4});
    {
        Reader first = Reader::attach(name, {.label = "first"});
        push(writer, 2);
        pop(first, 1);
    }
    const Reader second = Reader::attach(name, {.label = "second"});
    { const Reader third = Reader::attach(name, {.label = "third"}); }
    push(writer, 1);
    return frozen_bytes_of(name);
}

std::vector<std::byte> closed() {
    const ScopedName name{"golden"};
    Writer writer = Writer::create(name, {.item_size = 8, .length = 4, .max_readers = 1});
    Reader reader = Reader::attach(name, {.label = "drains"});
    push(writer, 3);
    pop(reader, 1);
    const RawBuffer raw{name};  // the name goes, its bytes stay
    writer.close();
    return frozen_bytes_of(raw);
}

std::vector<std::byte> taken_over() {
    const ScopedName name{"golden"};
    Writer first = Writer::create(name, {.item_size = 8, .length = 4, .max_readers = 0});
    push(first, 3);
    first.release();
    Writer second = Writer::take_over(name);
    push(second, 2);
    return frozen_bytes_of(name);
}

/// The last numbers that are no damage: the counters end at 2^62 itself.
std::vector<std::byte> at_the_limit() {
    const ScopedName name{"golden"};
    Writer::create(name, {.item_size = 3, .length = 5, .max_readers = 1}).release();
    const RawBuffer raw{name};
    raw.writer_line().pushed = raw.writer_line().intent = raw.writer_line().horizon = limit - 9;
    Writer writer = Writer::take_over(name);
    Reader reader = Reader::attach(name, {.start = StartAt::newest, .label = "late"});
    push(writer, 2);
    pop(reader, 2);
    push(writer, 7);
    pop(reader, 3);
    return frozen_bytes_of(raw);
}

/// After `pushes` pushes. By hand: the library makes no classic segments.
ClassicSegment classic(std::string name, const Geometry& geometry, std::uint64_t pushes, unsigned pointer_bytes) {
    std::vector<std::byte> bytes(geometry.ring_bytes() + pointer_bytes);
    for (std::uint64_t k = 0; k < pushes; ++k) {
        const auto slot = static_cast<std::ptrdiff_t>(k % geometry.length * geometry.item_size);
        std::ranges::copy(test_support::make_item(k, geometry.item_size), bytes.begin() + slot);
    }
    std::uint64_t pointer = pushes % geometry.length * geometry.item_size;
    for (unsigned index = pointer_bytes; index-- > 0; pointer >>= 8) {
        bytes[geometry.ring_bytes() + index] = static_cast<std::byte>(pointer & 0xff);
    }
    return {{std::move(name), std::move(bytes)}, geometry};
}

}  // namespace

std::vector<Segment> make_segments() {
    return {{"never_pushed", never_pushed()},
            {"lapped_reader", lapped_reader()},
            {"full_and_rejecting", full_and_rejecting()},
            {"vacant_with_a_slot_left", vacant_with_a_slot_left()},
            {"half_pushed_and_closed", half_pushed_and_closed()},
            {"near_the_limit", near_the_limit()},
            {"annotated", annotated()},
            {"lapped_again", lapped_again()},
            {"evicted", evicted()},
            {"slots_used_again", slots_used_again()},
            {"closed", closed()},
            {"taken_over", taken_over()},
            {"at_the_limit", at_the_limit()}};
}

std::vector<ClassicSegment> make_classic_segments() {
    return {classic("classic", {8, 4}, 3, 1), classic("classic_odd_items", {3, 5}, 7, 1),
            classic("classic_two_pointer_bytes", {1, 256}, 300, 2)};
}

std::string vectors_text() {
    std::ostringstream text;
    text << "# Vectors of FORMAT.md. Lines of numbers, for any language.\n"
            "# geometry item_size length pointer_bytes control_offset segment_size_with_64_slots "
            "segment_size_with_none\n";
    for (const Geometry& geometry :
         std::initializer_list<Geometry>{{1, 2}, {1, 255}, {1, 256}, {2, 3}, {8, 8}, {8, 1024}, {3, 5}, {65536, 4}}) {
        const format::Offsets some{geometry, 64}, none{geometry, 0};
        text << "geometry " << geometry.item_size << ' ' << geometry.length << ' '
             << classic_pointer_size(geometry.ring_bytes()) << ' ' << some.control_offset() << ' '
             << some.segment_size() << ' ' << none.segment_size() << '\n';
    }
    struct Moment {
        std::uint64_t pushed, intent, length, cursor;
    };
    text << "# balance pushed intent length cursor pending usage\n";
    for (const auto& [pushed, intent, length, cursor] :
         std::initializer_list<Moment>{{0, 0, 4, 0},
                                       {4, 4, 4, 0},
                                       {4, 5, 4, 0},
                                       {9, 9, 4, 3},
                                       {9, 9, 4, 9},
                                       {9, 12, 4, 3},
                                       {limit - 1, limit, 4, limit - 9}}) {
        const format::Balance balance = format::balance(pushed, intent, cursor, length);
        text << "balance " << pushed << ' ' << intent << ' ' << length << ' ' << cursor << ' ' << balance.pending << ' '
             << balance.usage << '\n';
    }
    return text.str();
}

AllLocks::AllLocks(const std::string& path) : descriptor_{::open(path.c_str(), O_RDWR | O_CLOEXEC)} {
    struct flock lock {};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    lock.l_start = static_cast<off_t>(format::writer_lock_offset);
    lock.l_len = 1 + max_max_readers;
    if (descriptor_ < 0 || ::fcntl(descriptor_, F_OFD_SETLK, &lock) != 0) {
        throw std::system_error{errno, std::generic_category(), "lock " + path};
    }
}

AllLocks::~AllLocks() { ::close(descriptor_); }

std::string text_of(const Segment& segment) {
    const ScopedName name{"golden"};
    test_support::make_segment(name, segment.bytes);
    const std::string dead = line_of(Observer::attach(name).sample());
    const AllLocks locks{name.path()};
    return dead + "\n" + line_of(Observer::attach(name).sample()) + "\n";
}

std::string text_of(const ClassicSegment& classic) {
    constexpr char digits[] = "0123456789abcdef";
    const ScopedName name{"golden"};
    test_support::make_segment(name, classic.segment.bytes);
    Observer observer = Observer::attach(name, classic.geometry);
    std::string text = std::to_string(observer.sample().write_slot);
    const Peek peek = observer.peek(classic.geometry.length);
    for (std::size_t at = 0; at < peek.bytes.size(); ++at) {
        if (at % classic.geometry.item_size == 0) text += ' ';
        text += digits[std::to_integer<unsigned>(peek.bytes[at] >> 4)];
        text += digits[std::to_integer<unsigned>(peek.bytes[at] & std::byte{15})];
    }
    return text + "\n";
}

std::string line_of(const Sample& sample) {
    std::ostringstream line;
    line << sample.geometry.item_size << 'x' << sample.geometry.length << ' ' << to_string(sample.policy) << ' '
         << to_string(sample.writer.state) << " pushed " << sample.pushed << " intent " << sample.intent << " epoch "
         << sample.writer.epoch << " rejected " << sample.rejected;
    for (const ReaderSample& reader : sample.readers) {
        line << " | slot " << reader.slot << ' ' << to_string(reader.state) << " start " << reader.start << " cursor "
             << reader.cursor << " popped " << reader.popped << " noticed " << reader.lost - reader.pending
             << " pending " << reader.pending << " usage " << reader.usage << " overruns " << reader.overruns
             << " underflows " << reader.underflows << " high " << reader.high_water << " label " << reader.label();
    }
    return line.str();
}

}  // namespace golden
