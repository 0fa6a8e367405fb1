#include "golden.hpp"

#include <sstream>

#include "shared_cbuff/reader.hpp"
#include "shared_cbuff/writer.hpp"
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
std::vector<std::byte> frozen_bytes_of(const std::string& name) {
    const RawBuffer raw{name};
    raw.header().created_unix_ns = some_day_unix_ns;
    if (raw.writer_line().pid != 0) {
        raw.writer_line().pid = some_pid;
        raw.writer_line().start_time = some_start_time;
    }
    for (std::uint32_t index = 0; index < raw.header().slots_used; ++index) {
        raw.slot(index).pid = some_pid;
        raw.slot(index).start_time = some_start_time;
    }
    return test_support::bytes_of(name);
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

}  // namespace

std::vector<Segment> make_segments() {
    return {{"never_pushed", never_pushed()},
            {"lapped_reader", lapped_reader()},
            {"full_and_rejecting", full_and_rejecting()},
            {"vacant_with_a_slot_left", vacant_with_a_slot_left()},
            {"half_pushed_and_closed", half_pushed_and_closed()},
            {"near_the_limit", near_the_limit()}};
}

std::string line_of(const Sample& sample) {
    std::ostringstream line;
    line << sample.geometry.item_size << 'x' << sample.geometry.length << ' ' << to_string(sample.policy) << ' '
         << to_string(sample.writer.state) << " pushed " << sample.pushed << " intent " << sample.intent << " epoch "
         << sample.writer.epoch << " rejected " << sample.rejected;
    for (const ReaderSample& reader : sample.readers) {
        line << " | slot " << reader.slot << ' ' << to_string(reader.state) << " start " << reader.start << " cursor "
             << reader.cursor << " popped " << reader.popped << " noticed " << reader.lost - reader.pending
             << " pending " << reader.pending << " usage " << reader.usage << " overruns "
             << reader.overruns - (reader.pending > 0 ? 1 : 0) << " underflows " << reader.underflows << " high "
             << (reader.pending > 0 ? 0 : reader.high_water) << " label " << reader.label();
    }
    return line.str();
}

}  // namespace golden
