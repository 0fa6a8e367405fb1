// The ring against a plain model of it: every counter, exactly, over random sequences of everything.

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <memory>
#include <random>

#include "shared_cbuff/observer.hpp"
#include "shared_cbuff/reader.hpp"
#include "shared_cbuff/writer.hpp"
#include "test_support/items.hpp"
#include "test_support/segments.hpp"

namespace {

using namespace shared_cbuff;
using namespace std::chrono_literals;
using test_support::is_item;
using test_support::make_items;
using test_support::ScopedName;

/// What one reader must have seen. It learns of a loss when it pops, so `lost` counts what it has noticed.
struct ModelReader {
    Reader reader;
    bool registered;
    std::uint64_t start;
    std::uint64_t cursor;
    std::uint64_t popped = 0;
    std::uint64_t lost = 0;
    std::uint64_t overruns = 0;
    std::uint64_t underflows = 0;
    std::uint64_t high_water = 0;
};

class Model {
public:
    Model(std::mt19937_64& random, OverflowPolicy policy)
        : random_{random},
          policy_{policy},
          geometry_{1 + random() % 70, 2 + random() % 49},
          writer_{Writer::create(
              name_,
              {.item_size = geometry_.item_size, .length = geometry_.length, .policy = policy, .max_readers = 5})},
          observer_{Observer::attach(name_, std::nullopt, 0ns)} {}

    Geometry geometry() const { return geometry_; }

    void step() {
        switch (random_() % 12) {
            case 0:
                return join();
            case 1:
                return leave();
            case 2:
                return renew_writer();
            case 3:
            case 4:
            case 5:
                return push_one();
            case 6:
            case 7:
                return push_batch();
            case 8:
            case 9:
            case 10:
                return pop_one();
            default:
                return pop_batch();
        }
    }

    void check() {
        const Sample sample = observer_.sample();
        ASSERT_EQ(sample.state, BufferState::alive) << sample.damage;
        ASSERT_EQ(sample.pushed, pushed_);
        ASSERT_EQ(sample.intent, pushed_);
        ASSERT_EQ(sample.rejected, rejected_);
        ASSERT_EQ(sample.writer.epoch, epoch_);
        ASSERT_EQ(sample.write_slot, pushed_ % geometry_.length);
        std::uint64_t usage = 0;
        std::size_t registered = 0;
        for (ModelReader& model : readers_) {
            check_reader(model);
            if (!model.registered) continue;
            ++registered;
            usage = std::max(usage, usage_of(model));
            const auto seen = std::ranges::find(sample.readers, *model.reader.slot(), &ReaderSample::slot);
            ASSERT_NE(seen, sample.readers.end());
            check_sample(model, *seen);
        }
        ASSERT_EQ(sample.readers.size(), registered);
        ASSERT_EQ(sample.has_living_reader, registered > 0);
        ASSERT_EQ(sample.usage, usage);
        ASSERT_EQ(sample.retained, std::min(pushed_, geometry_.length));
        ASSERT_EQ(writer_->usage(), registered == 0 ? sample.retained : usage);
        const Peek peek = observer_.peek(geometry_.length);
        ASSERT_EQ(peek.first, oldest());
        ASSERT_EQ(peek.bytes, make_items(oldest(), pushed_ - oldest(), geometry_.item_size));
    }

private:
    std::uint64_t oldest() const { return pushed_ > geometry_.length ? pushed_ - geometry_.length : 0; }
    std::uint64_t pending(const ModelReader& model) const {
        return oldest() > model.cursor ? oldest() - model.cursor : 0;
    }
    std::uint64_t usage_of(const ModelReader& model) const { return pushed_ - model.cursor - pending(model); }

    void join() {
        if (readers_.size() >= 8) return;
        const bool registered = random_() % 3 != 0;
        if (registered && std::ranges::count(readers_, true, &ModelReader::registered) == 5) {
            EXPECT_THROW(static_cast<void>(Reader::attach(name_)), ReaderSlotsExhausted);
            return;
        }
        const StartAt at = random_() % 2 == 0 ? StartAt::oldest : StartAt::newest;
        const std::uint64_t start = at == StartAt::oldest ? oldest() : pushed_;
        readers_.push_back({Reader::attach(name_, {.start = at, .registered = registered}), registered, start, start});
        note_usage();
    }

    void leave() {
        if (readers_.empty()) return;
        readers_.erase(readers_.begin() + static_cast<std::ptrdiff_t>(random_() % readers_.size()));
    }

    /// The role changes hands; nothing that readers see may change but the epoch.
    void renew_writer() {
        if (random_() % 4 != 0) return;
        writer_->release();
        writer_.reset();
        writer_ = Writer::take_over(name_);
        room_until_ = 0;
        ++epoch_;
    }

    /// Under `reject`: how far the writer pushes. It looks at the readers only when what it saw last is used up.
    bool has_room() {
        if (policy_ == OverflowPolicy::overwrite) return true;
        if (pushed_ < room_until_) return true;
        std::uint64_t cursor = pushed_;
        for (const ModelReader& model : readers_) {
            if (model.registered) cursor = std::min(cursor, model.cursor);
        }
        room_until_ = cursor + geometry_.length;
        return pushed_ < room_until_;
    }

    void push_one() {
        const bool room = has_room();
        ASSERT_EQ(writer_->push(make_items(pushed_, 1, geometry_.item_size)), room);
        room ? ++pushed_ : ++rejected_;
        note_usage();
    }

    void push_batch() {
        const std::size_t count = random_() % (2 * geometry_.length);
        std::size_t fits = 0;
        const auto items = make_items(pushed_, count, geometry_.item_size);
        while (fits < count && has_room()) {
            ++fits;
            ++pushed_;
        }
        ASSERT_EQ(writer_->push_many(items), fits);
        rejected_ += count - fits;
        note_usage();
    }

    ModelReader* any_reader() { return readers_.empty() ? nullptr : &readers_[random_() % readers_.size()]; }

    void notice_loss(ModelReader& model) {
        const std::uint64_t gone = pending(model);
        if (gone == 0) return;
        model.lost += gone;
        model.cursor += gone;
        ++model.overruns;
    }

    void pop_one() {
        ModelReader* const model = any_reader();
        if (model == nullptr) return;
        notice_loss(*model);
        std::vector<std::byte> item(geometry_.item_size);
        const bool any = model->cursor < pushed_;
        ASSERT_EQ(model->reader.pop(item), any);
        if (!any) {
            ++model->underflows;
            return;
        }
        ASSERT_TRUE(is_item(model->cursor, item)) << "item " << model->cursor;
        ++model->cursor;
        ++model->popped;
    }

    void pop_batch() {
        ModelReader* const model = any_reader();
        if (model == nullptr) return;
        const std::size_t room = random_() % (geometry_.length + 3);
        std::vector<std::byte> items(room * geometry_.item_size);
        // The batch starts at the cursor as it was; what is overwritten of it makes it shorter.
        const std::uint64_t gone = room == 0 ? 0 : pending(*model);
        const std::uint64_t before = model->cursor;
        if (room > 0) notice_loss(*model);
        std::uint64_t expected = std::min<std::uint64_t>({room, pushed_ - before, geometry_.length});
        expected = gone < expected ? expected - gone
                                   : std::min<std::uint64_t>({room, pushed_ - model->cursor, geometry_.length});
        ASSERT_EQ(model->reader.pop_many(items), expected);
        if (expected == 0 && room > 0) ++model->underflows;
        for (std::uint64_t index = 0; index < expected; ++index) {
            const auto item = std::span{items}.subspan(index * geometry_.item_size, geometry_.item_size);
            ASSERT_TRUE(is_item(model->cursor + index, item)) << "item " << model->cursor + index;
        }
        model->cursor += expected;
        model->popped += expected;
    }

    void note_usage() {
        for (ModelReader& model : readers_) model.high_water = std::max(model.high_water, usage_of(model));
    }

    void check_reader(ModelReader& model) {
        const ReaderCounters counters = model.reader.counters();
        ASSERT_EQ(model.reader.usage(), usage_of(model));
        ASSERT_EQ(counters.popped, model.popped);
        ASSERT_EQ(counters.lost, model.lost);
        ASSERT_EQ(counters.overruns, model.overruns);
        ASSERT_EQ(counters.underflows, model.underflows);
        ASSERT_EQ(model.start + counters.popped + counters.lost + pending(model) + usage_of(model), pushed_);
    }

    void check_sample(const ModelReader& model, const ReaderSample& seen) {
        ASSERT_EQ(seen.state, ReaderState::alive);
        ASSERT_EQ(seen.start + seen.popped + seen.lost + seen.usage, pushed_);
        ASSERT_EQ(seen.start, model.start);
        ASSERT_EQ(seen.cursor, model.cursor);
        ASSERT_EQ(seen.popped, model.popped);
        ASSERT_EQ(seen.pending, pending(model));
        ASSERT_EQ(seen.lost, model.lost + pending(model));
        ASSERT_EQ(seen.usage, usage_of(model));
        ASSERT_LE(seen.usage, geometry_.length);
        ASSERT_EQ(seen.overruns, model.overruns + (pending(model) > 0 ? 1 : 0));
        ASSERT_EQ(seen.underflows, model.underflows);
        ASSERT_GE(seen.high_water, seen.usage);
        // A reader takes up to length / 4 items between two looks at `pushed`: so much it may miss of a peak.
        ASSERT_LE(seen.high_water, model.high_water);
        ASSERT_GE(seen.high_water + (geometry_.length < 8 ? 0 : geometry_.length / 4), model.high_water);
    }

    std::mt19937_64& random_;
    OverflowPolicy policy_;
    Geometry geometry_;
    ScopedName name_{"model"};
    std::optional<Writer> writer_;
    Observer observer_;
    std::deque<ModelReader> readers_;
    std::uint64_t pushed_ = 0;
    std::uint64_t rejected_ = 0;
    std::uint64_t epoch_ = 1;
    std::uint64_t room_until_ = 0;
};

class ConservationTest : public testing::TestWithParam<OverflowPolicy> {};

TEST_P(ConservationTest, HoldsForEveryReaderOverRandomSequences) {
    const std::uint64_t seed = test_support::test_seed();
    SCOPED_TRACE("CBUFF_TEST_SEED=" + std::to_string(seed));
    std::mt19937_64 random{seed};
    for (int round = 0; round < 150; ++round) {
        Model model{random, GetParam()};
        SCOPED_TRACE("round " + std::to_string(round) + ", " + to_string(model.geometry()));
        for (int step = 0; step < 300; ++step) {
            model.step();
            ASSERT_FALSE(testing::Test::HasFatalFailure()) << "at step " << step;
            model.check();
            ASSERT_FALSE(testing::Test::HasFatalFailure()) << "after step " << step;
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Policies, ConservationTest, testing::Values(OverflowPolicy::overwrite, OverflowPolicy::reject),
                         [](const auto& policy) { return std::string{to_string(policy.param)}; });

}  // namespace
