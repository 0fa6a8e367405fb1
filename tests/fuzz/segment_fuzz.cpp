// Any bytes as a segment, and any sequence of what instances do with it while the bytes go on changing. Whatever they
// are, only the errors of errors.hpp come out, an observer writes nothing, and what is told stays within its bounds.
// Input: how the segment begins, then one step after the other, each a byte and its arguments.

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "input.hpp"
#include "require.hpp"
#include "scratch_segment.hpp"
#include "shared_cbuff/buffer.hpp"
#include "shared_cbuff/detail/format.hpp"
#include "shared_cbuff/discovery.hpp"
#include "shared_cbuff/observer.hpp"

namespace {

using fuzz::require;
using shared_cbuff::CBuffException;
using shared_cbuff::Geometry;
using shared_cbuff::Observer;
using shared_cbuff::OverflowPolicy;
using shared_cbuff::Reader;
using shared_cbuff::Sample;
using shared_cbuff::StartAt;
using shared_cbuff::Writer;
namespace format = shared_cbuff::format;

constexpr int most_steps = 32;  // keeps an input fast; long ones find no more
constexpr std::uint64_t quick_bytes = 32 * 1024;

class Play {
public:
    Play(fuzz::ScratchSegment& segment, fuzz::Input& input) : segment_{segment}, input_{input} {}

    /// Lays the segment out; false if there can be none like that.
    bool begin() {
        switch (input_.number(1) % 4) {
            case 0:
                return begin_extended();
            case 1:
                return begin_classic();
            case 2:
                return begin_with_footer();
            default:
                return begin_raw();
        }
    }

    void step() {
        static constexpr std::array steps{
            &Play::patch,     &Play::patch,     &Play::patch, &Play::observe,   &Play::sample,     &Play::peek,
            &Play::attach,    &Play::attach,    &Play::pop,   &Play::pop_many,  &Play::ask_reader, &Play::drop_reader,
            &Play::take_over, &Play::take_over, &Play::push,  &Play::push_many, &Play::ask_writer, &Play::leave,
            &Play::resize,    &Play::use_face,  &Play::list,  &Play::create,    &Play::remove_name};
        try {
            (this->*input_.pick(steps))();
        } catch (const CBuffException& error) {
            require(!error.reason().empty(), "an error says why");
        }
    }

private:
    // ---- How the segment begins

    Geometry read_geometry() {
        constexpr std::array<std::uint64_t, 16> sizes{1, 2, 3, 4, 5, 7, 8, 9, 12, 16, 24, 33, 64, 100, 256, 4096};
        constexpr std::array<std::uint64_t, 16> lengths{2, 3, 4, 5, 7, 8, 9, 16, 31, 32, 64, 85, 127, 255, 256, 257};
        const std::uint64_t item_size = input_.pick(sizes);
        return {item_size, std::max<std::uint64_t>(2, std::min(input_.pick(lengths), quick_bytes / item_size))};
    }

    bool begin_extended() {
        constexpr std::array<std::uint32_t, 8> readers{2, 0, 1, 3, 4, 5, 16, 64};
        offsets_ = {read_geometry(), input_.pick(readers)};
        const auto policy = input_.number(1) % 2 == 0 ? OverflowPolicy::overwrite : OverflowPolicy::reject;
        segment_.fill(fuzz::extended_segment(offsets_, policy, input_.number(2)));
        pristine_ = true;
        return true;
    }

    bool begin_classic() {
        offsets_ = {read_geometry(), 0};
        segment_.fill(fuzz::classic_segment(offsets_.geometry, input_.number(2)));
        return true;
    }

    /// Nothing but a footer, whose numbers are the input's, and a size that may even fit them.
    bool begin_with_footer() {
        format::Footer footer =
            format::make_footer({{input_.number(8), input_.number(8)}, static_cast<std::uint32_t>(input_.number(4))});
        const format::Offsets claimed{{footer.item_size, footer.length}, footer.max_readers};
        const std::uint64_t choice = input_.number(1);
        if ((choice & 1) != 0) footer.control_offset = input_.number(8);
        const std::uint64_t size = (choice & 2) != 0 ? input_.number(8) : claimed.segment_size();
        const auto tail = std::as_bytes(std::span{&footer, 1});
        if (size < tail.size() || size > quick_bytes) {
            sparse_ = true;
            return segment_.fill_sparse(size, tail);
        }
        std::vector<std::byte> bytes(size);
        std::ranges::copy(tail, bytes.end() - static_cast<std::ptrdiff_t>(tail.size()));
        segment_.fill(bytes);
        if (claimed.segment_size() == size) offsets_ = claimed;
        return true;
    }

    bool begin_raw() {
        offsets_ = {read_geometry(), 0};
        segment_.fill(std::as_bytes(input_.take(input_.number(2))));
        return true;
    }

    // ---- Neighbours

    void patch() {
        pristine_ = false;
        // Without its magic a huge segment is searched for classic geometries: bounded, and too slow to try often.
        if (sparse_) return;
        const std::uint64_t end = segment_.size();
        const std::array<std::uint64_t, 6> regions{
            0,
            offsets_.pointer_offset(),
            offsets_.control_offset(),
            offsets_.writer_offset(),
            offsets_.slot_offset(input_.number(1) % std::max<std::uint32_t>(1, offsets_.max_readers)),
            end - std::min<std::uint64_t>(end, sizeof(format::Footer))};
        const std::uint64_t offset = input_.pick(regions) + input_.number(1) % 128;
        segment_.patch(offset, input_.take(input_.number(1) % 16));
    }

    /// Touching truncated pages is SIGBUS, as documented: who has mapped them only goes.
    void resize() {
        pristine_ = false;
        const std::uint64_t size = input_.number(2);
        const bool shorter = size < segment_.size();
        segment_.resize(size);
        if (writer_ && shorter) require(!writer_->intact(), "a writer knows that its segment was truncated");
        writer_.reset();
        for (auto& reader : readers_) {
            if (reader && reader->is_classic()) continue;  // reads with pread
            if (reader && shorter) require(!reader->intact(), "a reader knows that its segment was truncated");
            reader.reset();
        }
    }

    void remove_name() {
        pristine_ = false;
        segment_.remove_name();
    }

    void list() {
        for (const auto& info : shared_cbuff::list_segments()) {
            if (info.name == segment_.name() && info.sample) check(*info.sample);
        }
    }

    /// On a name that is taken: what stands there is described. On a free one it makes a buffer, which goes at once.
    void create() {
        const bool named =
            !Writer::create(segment_.name(), {.item_size = 2, .length = 3, .max_readers = 1}).name().empty();
        require(named, "a buffer has its name");
    }

    // ---- Observing

    std::optional<Geometry> read_expected() {
        constexpr std::array<std::uint64_t, 3> wrong{0, 1, ~std::uint64_t{0}};
        const std::uint64_t choice = input_.number(1);
        if (choice % 8 == 7) return Geometry{input_.pick(wrong), input_.number(8)};
        const bool classic = offsets_.max_readers == 0;
        if (choice % 2 == (classic ? 1u : 0u)) return std::nullopt;
        return offsets_.geometry;
    }

    static void check(const Sample& sample) {
        if (sample.state == shared_cbuff::BufferState::damaged) {
            require(!sample.damage.empty() && sample.readers.empty(), "damage is said, and its readers are not");
            return;
        }
        const std::uint64_t length = sample.geometry.length;
        require(sample.usage <= length && sample.high_water <= length, "usage is at most length");
        require(sample.write_slot < length, "the write slot is one of the ring");
        require(sample.pushed <= sample.intent, "nothing is pushed unannounced");
        require(sample.readers.size() <= sample.max_readers, "no more readers than slots");
        for (const auto& reader : sample.readers) {
            require(reader.usage <= length && reader.high_water <= length, "a reader's usage is at most length");
            require(reader.pending <= reader.lost && reader.slot < sample.max_readers, "pending items are lost ones");
            require(reader.label().size() <= shared_cbuff::label_capacity, "a label ends");
        }
    }

    void observe() {
        observer_.reset();
        const auto expected = pristine_ ? std::nullopt : read_expected();
        const auto interval = std::chrono::nanoseconds{input_.number(1) % 2 == 0 ? 0 : 1'000'000'000};
        try {
            observer_ = Observer::attach(segment_.name(), expected, interval);
        } catch (const CBuffException&) {
            require(!pristine_, "a buffer as it should be can be observed");
            throw;
        }
    }

    void sample() {
        if (!observer_) return;
        const auto before = segment_.bytes();
        observer_->sample(sample_);
        const auto after = segment_.bytes();
        const bool same = before.size() == after.size() &&
                          (before.empty() || std::memcmp(before.data(), after.data(), after.size()) == 0);
        require(same, "an observer writes nothing");
        check(sample_);
        require(!pristine_ || sample_.state != shared_cbuff::BufferState::damaged, "an undamaged buffer looks it");
    }

    void peek() {
        if (!observer_) return;
        const auto from = input_.number(1) % 2 == 0 ? StartAt::oldest : StartAt::newest;
        const std::uint64_t count = input_.number(2) * 0x0001'0000'0001;
        const auto peek = observer_->peek(count, from);
        require(peek.count <= std::min(count, observer_->geometry().length), "a peek shows no more than was asked");
        require(peek.bytes.size() == peek.count * observer_->geometry().item_size, "a peek shows whole items");
    }

    // ---- Reading

    std::optional<Reader>& reader() { return readers_[input_.number(1) % readers_.size()]; }

    void attach() {
        auto& reader = this->reader();
        reader.reset();
        const std::uint64_t choice = input_.number(1);
        reader = Reader::attach(segment_.name(), {.geometry = read_expected(),
                                                  .start = (choice & 1) == 0 ? StartAt::oldest : StartAt::newest,
                                                  .label = (choice & 2) == 0 ? "" : "a reader of the fuzzer",
                                                  .registered = (choice & 4) == 0,
                                                  .settling_time = std::chrono::nanoseconds{0}});
    }

    void pop() {
        auto& reader = this->reader();
        if (!reader) return;
        if (input_.number(1) % 2 == 0) {
            static_cast<void>(reader->pop());
            return;
        }
        std::vector<std::byte> item(reader->geometry().item_size);
        static_cast<void>(reader->pop_for(item, std::chrono::nanoseconds{0}));
    }

    void pop_many() {
        auto& reader = this->reader();
        if (!reader) return;
        const std::uint64_t wanted = input_.number(1) % 130;
        std::vector<std::byte> items(wanted * reader->geometry().item_size);
        require(reader->pop_many(items) <= wanted, "no more items come than were asked for");
    }

    void ask_reader() {
        auto& reader = this->reader();
        if (!reader) return;
        require(reader->usage() <= reader->geometry().length, "a reader's usage is at most length");
        static_cast<void>(reader->counters());
        static_cast<void>(reader->writer_state());
        static_cast<void>(reader->intact());
    }

    void drop_reader() { reader().reset(); }

    // ---- Writing

    void take_over() {
        writer_.reset();
        writer_ = Writer::take_over(segment_.name(), read_expected());
    }

    void push() {
        if (!writer_) return;
        bool done;
        if (input_.number(1) % 2 == 0) {
            done = writer_->push(input_.number(8));
        } else {
            const std::vector<std::byte> item(writer_->geometry().item_size, std::byte{0xa5});
            done = writer_->push_for(item, std::chrono::nanoseconds{0});
        }
        require(done || writer_->policy() == OverflowPolicy::reject, "overwrite refuses nothing");
    }

    void push_many() {
        if (!writer_) return;
        const std::uint64_t count = input_.number(1);
        const std::vector<std::byte> items(count * writer_->geometry().item_size, std::byte{0x5a});
        const std::size_t done = writer_->push_many(items);
        require(done == count || (done < count && writer_->policy() == OverflowPolicy::reject), "overwrite takes all");
    }

    void ask_writer() {
        if (!writer_) return;
        require(writer_->usage() <= writer_->geometry().length, "a writer's usage is at most length");
        static_cast<void>(writer_->epoch());
        static_cast<void>(writer_->rejected());
        static_cast<void>(writer_->intact());
    }

    void leave() {
        if (!writer_) return;
        const std::uint64_t how = input_.number(1) % 4;
        if (how == 0) writer_->release();
        if (how == 1) {
            pristine_ = false;
            writer_->close();
        }
        if (how > 1) writer_.reset();
    }

    // ---- Both, by the names of the Python package

    void use_face() {
        shared_cbuff::BufferOptions options;
        if (const auto expected = read_expected()) {
            options.item_size = expected->item_size;
            if (input_.number(1) % 2 == 0) options.length = expected->length;
        }
        shared_cbuff::SharedCircularBuffer buffer{segment_.name(), options};
        require(buffer.usage() <= buffer.length(), "usage is at most length");
        const std::size_t wanted = input_.number(1);
        if (buffer.item_size() <= 8) {
            static_cast<void>(buffer.popitem());
            require(buffer.popmany(wanted).size() <= wanted, "no more items come than were asked for");
        }
        buffer.cleanup();
    }

    fuzz::ScratchSegment& segment_;
    fuzz::Input& input_;
    format::Offsets offsets_{{8, 16}, 0};  // what the patches aim at
    bool sparse_ = false;                  // mostly holes
    bool pristine_ = false;                // an extended segment that only our own instances have touched
    Sample sample_;
    std::optional<Observer> observer_;
    std::array<std::optional<Reader>, 2> readers_;
    std::optional<Writer> writer_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static fuzz::ScratchSegment segment;
    fuzz::Input input{data, size};
    Play play{segment, input};
    if (!play.begin()) return 0;
    for (int step = 0; step < most_steps && !input.empty(); ++step) play.step();
    return 0;
}
