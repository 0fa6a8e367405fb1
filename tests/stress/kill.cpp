#include <signal.h>
#include <time.h>

#include <algorithm>
#include <deque>
#include <string>
#include <thread>

#include "crew.hpp"
#include "random.hpp"
#include "reading.hpp"
#include "sections.hpp"
#include "shared_cbuff/observer.hpp"
#include "test_support/segments.hpp"
#include "writing.hpp"

namespace stress {
namespace {

using shared_cbuff::BufferState;
using shared_cbuff::Observer;
using shared_cbuff::OverflowPolicy;
using shared_cbuff::Reader;
using shared_cbuff::ReaderSample;
using shared_cbuff::ReaderState;
using shared_cbuff::Sample;
using shared_cbuff::StartAt;
using shared_cbuff::Writer;
using test_support::RawBuffer;
using test_support::ScopedName;

enum Phase : std::uint32_t { running, quiet, ending };
enum Stage : std::uint32_t { starting, ready, done };

constexpr std::size_t writer_seat = 0;
constexpr std::size_t prompt_seat = 1;
constexpr std::size_t sleepy_seat = 2;
constexpr std::size_t first_victim = 3;
constexpr std::uint64_t longest_run_us = 3000;

/// What the case remembers from one kill to the next.
struct Ledger {
    std::uint64_t pushed = 0;
    std::uint64_t epoch = 1;
    std::uint64_t rejected = 0;
    bool abandoned = false;  // by anyone so far
    std::uint64_t mid_push = 0;
    std::uint64_t mid_loss = 0;
};

class KillCase {
public:
    KillCase(std::uint64_t seed, std::uint64_t kills);
    Row run();

private:
    void start_writer();
    void start_victim(std::size_t seat);
    void live_through(Random random, bool sleepy, Board& board, Seat& seat);
    void wait_for_progress();
    void kill_somebody();
    void kill_writer();
    void kill_reader(std::size_t seat);
    void check_dead_writer();
    void check_dead_reader(const Seat& seat);
    void end();
    bool is_reject() const { return options_.policy == OverflowPolicy::reject; }

    Random random_;
    std::uint64_t kills_;
    shared_cbuff::CreateOptions options_;
    std::size_t victims_;
    ScopedName name_{"stress"};
    std::optional<Observer> observer_;
    std::optional<RawBuffer> raw_;
    Crew crew_;
    Ledger ledger_;
    Row row_;
};

KillCase::KillCase(std::uint64_t seed, std::uint64_t kills) : random_{seed}, kills_{kills} {
    const auto geometry = draw_geometry(random_, 4096, 4096, std::uint64_t{1} << 20);
    options_.item_size = geometry.item_size;
    options_.length = geometry.length;
    options_.policy = random_.chance(50) ? OverflowPolicy::overwrite : OverflowPolicy::reject;
    victims_ = random_.between(1, 4);
    // Not one slot to spare: one that leaks is missed by the next reader.
    options_.max_readers = static_cast<std::uint32_t>(2 + victims_);
    Writer::create(name_, options_).release();
    observer_ = Observer::attach(name_, std::nullopt, std::chrono::nanoseconds{0});
    raw_.emplace(name_);
    row_.title = "kill -9, " + std::string{to_string(options_.policy)} + " (events: died in mid-push or mid-loss)";
    row_.detail = std::to_string(options_.item_size) + " B x " + std::to_string(options_.length) + " " +
                  std::string{to_string(options_.policy)} + ", " + std::to_string(victims_) + " victims";
}

// ---- Who is killed, and who lives

void KillCase::start_writer() {
    crew_.start(writer_seat, "the writer of epoch " + std::to_string(ledger_.epoch + 1),
                [this, random = Random{random_.next()}](Board&, Seat& seat) mutable {
                    CheckedWriter writer{Writer::take_over(name_), seat};
                    seat.stage.store(ready);
                    // Some begin with single items, slowly: what their predecessor half wrote is then still there.
                    const auto tempo = random.one_of(std::array{Tempo::flat_out, Tempo::yielding, Tempo::paced});
                    for (std::uint64_t slow = random.chance(50) ? random.below(20) : 0; slow > 0; --slow) {
                        writer.push_within(std::chrono::microseconds{random.below(100)});
                        std::this_thread::sleep_for(std::chrono::microseconds{random.below(100)});
                    }
                    for (;;) writer.step(random, tempo);
                });
}

void KillCase::start_victim(std::size_t index) {
    crew_.start(
        index, "reader " + std::to_string(index), [this, random = Random{random_.next()}](Board&, Seat& seat) mutable {
            for (;;) {  // some leave by themselves before they are killed, and come again
                CheckedReader reader{name_, {.start = random.chance(50) ? StartAt::oldest : StartAt::newest}, seat};
                seat.stage.store(ready);
                for (std::uint64_t calls = random.magnitude(1, 10'000); calls > 0; --calls) {
                    if (reader.step(random) == 0) std::this_thread::yield();
                }
                seat.slot.store(-1);
            }
        });
}

void KillCase::live_through(Random random, bool sleepy, Board& board, Seat& seat) {
    CheckedReader reader{name_, {.label = sleepy ? "sleepy" : "prompt"}, seat};
    demand(seat.start.load() == 0, "a reader of a buffer without items does not begin at item 0");
    seat.stage.store(ready);
    const std::uint64_t nap_us = is_reject() ? 500 : 6000;  // under reject all wait for it
    while (board.phase.load() == running) {
        if (reader.step(random) == 0) std::this_thread::yield();
        // While it sleeps a writer dies and its successor begins: then the half-written slots are the oldest it has.
        if (sleepy && random.chance(10)) std::this_thread::sleep_for(std::chrono::microseconds{random.below(nap_us)});
    }
    reader.drain(random);
    reader.settle(board.seats[writer_seat].count.load());
    demand(!is_reject() || seat.lost.load() == 0, "a registered reader lost items under reject");
    seat.stage.store(done);
    wait_in_child(seat, [&] { return board.phase.load() == ending; });
}

// ---- Killing, and looking at what is left

void KillCase::wait_for_progress() {
    // Also under `reject`, where dead readers may be all that is in the way.
    const std::uint64_t before = observer_->sample().pushed;
    const auto grown = [&] {
        crew_.check_heartbeats();
        return observer_->sample().pushed > before;
    };
    crew_.wait_until(grown, "push");
}

void KillCase::kill_somebody() {
    if (!crew_.runs(writer_seat)) start_writer();
    for (std::size_t index = first_victim; index < first_victim + victims_; ++index) {
        if (!crew_.runs(index)) start_victim(index);
    }
    if (random_.chance(40)) wait_for_progress();
    // A random instant is the very subject: so a wait for a time is right here.
    const timespec instant{0, static_cast<long>(random_.below(longest_run_us * 1000))};
    ::nanosleep(&instant, nullptr);
    crew_.check();
    const std::uint64_t who = random_.below(100);
    if (who < 65) kill_writer();
    if (who >= 45) kill_reader(first_victim + random_.below(victims_));
    if (who >= 95) {  // and all the others
        for (std::size_t index = first_victim; index < first_victim + victims_; ++index) {
            if (crew_.runs(index)) kill_reader(index);
        }
    }
}

void KillCase::kill_writer() {
    crew_.kill(writer_seat);
    ++row_.kills;
    check_dead_writer();
}

void KillCase::check_dead_writer() {
    const Seat& seat = crew_.seat(writer_seat);
    demand(!seat.failed.load(), [&] { return std::string{"the writer: "} + seat.message.data(); });
    const Sample sample = observer_->sample();
    const auto number = [](std::uint64_t value) { return std::to_string(value); };
    const bool took_over = seat.stage.load() == ready;
    // One that died before it had told its pid leaves the buffer as it was: vacant if there was none before.
    const bool may_be_vacant = !took_over && !ledger_.abandoned;
    demand(sample.state == BufferState::abandoned || (may_be_vacant && sample.state == BufferState::vacant), [&] {
        return "after the writer was killed the buffer is " + std::string{to_string(sample.state)} + " " +
               sample.damage;
    });
    const bool one_more = sample.writer.epoch == ledger_.epoch + 1;
    demand(one_more || (!took_over && sample.writer.epoch == ledger_.epoch),
           [&] { return "epoch went from " + number(ledger_.epoch) + " to " + number(sample.writer.epoch); });
    const std::uint64_t resumed_at = took_over ? seat.start.load() : ledger_.pushed;
    const std::uint64_t least = took_over ? seat.count.load() : ledger_.pushed;
    const std::uint64_t most = least + (took_over ? seat.attempt.load() : 0);
    demand(resumed_at == ledger_.pushed,
           [&] { return "taken over at " + number(resumed_at) + " instead of " + number(ledger_.pushed); });
    demand(least <= sample.pushed && sample.pushed <= most, [&] {
        return "pushed is " + number(sample.pushed) + ", the writer had counted " + number(least) +
               " and was at most at " + number(most);
    });
    const std::uint64_t rejected = took_over ? seat.rejected.load() : ledger_.rejected;
    demand(rejected <= sample.rejected && sample.rejected <= rejected + seat.attempt.load(),
           "the killed writer's rejected items are not those that the buffer counts");
    if (sample.intent > sample.pushed) ++ledger_.mid_push;
    ledger_.abandoned = sample.state == BufferState::abandoned;
    ledger_.pushed = sample.pushed;
    ledger_.rejected = sample.rejected;
    ledger_.epoch = sample.writer.epoch;
}

void KillCase::kill_reader(std::size_t index) {
    crew_.kill(index);
    ++row_.kills;
    const Seat& seat = crew_.seat(index);
    demand(!seat.failed.load(), [&] { return "reader " + std::to_string(index) + ": " + seat.message.data(); });
    row_.popped += seat.count.load();
    row_.lost += seat.lost.load();
    row_.overruns += seat.overruns.load();
    check_dead_reader(seat);
}

void KillCase::check_dead_reader(const Seat& seat) {
    if (seat.slot.load() < 0) return;  // it died before it had a slot, or after it gave it back
    const auto slot = static_cast<std::uint32_t>(seat.slot.load());
    const Sample sample = observer_->sample();
    const auto seen = std::ranges::find(sample.readers, slot, &ReaderSample::slot);
    // Gone by itself, or its slot is another reader's by now.
    if (seen == sample.readers.end() || seen->generation != seat.generation.load()) return;
    demand(seen->state != ReaderState::alive, "the observer says that a killed reader is alive");
    const auto& left = raw_->slot(slot);
    if (left.loss_begun != left.loss_ended) {  // in the midst of counting a loss: FORMAT.md leaves its balance open
        ++ledger_.mid_loss;
        return;
    }
    demand(seat.count.load() <= seen->popped && seen->popped <= seat.count.load() + seat.attempt.load(), [&] {
        return "a killed reader popped " + std::to_string(seen->popped) + " by its slot; it had counted " +
               std::to_string(seat.count.load()) + " and asked for " + std::to_string(seat.attempt.load());
    });
    demand(seen->lost >= seat.lost.load(), "a killed reader's slot tells of fewer lost items than it counted");
    if (crew_.runs(writer_seat)) return;
    // What came after its lock was last seen held is no loss of its: the sum is `pushed` of then, or its own last look.
    const std::uint64_t sum = seen->start + seen->popped + seen->lost + seen->usage;
    demand(sum >= seen->cursor && sum <= sample.pushed, [&] {
        return "of a killed reader, start " + std::to_string(seen->start) + " + popped " +
               std::to_string(seen->popped) + " + lost " + std::to_string(seen->lost) + " + usage " +
               std::to_string(seen->usage) + " is not between its cursor and pushed " + std::to_string(sample.pushed);
    });
}

// ---- The end

void KillCase::end() {
    if (crew_.runs(writer_seat)) kill_writer();
    for (std::size_t index = first_victim; index < first_victim + victims_; ++index) {
        if (crew_.runs(index)) kill_reader(index);
    }
    // The last writer is this very process: the role must be free at once, and the dead not in its way.
    Seat& seat = crew_.seat(writer_seat);
    seat.attempt.store(0);
    CheckedWriter heir{Writer::take_over(name_), seat};
    demand(heir.writer().epoch() == ledger_.epoch + 1, "the heir's epoch is not one more");
    demand(heir.writer().pushed() == ledger_.pushed, "the heir does not resume where the last writer ended");
    for (std::uint64_t more = 0; more < 2 * options_.length + 10; ++more) {
        crew_.check();
        demand(heir.push_within(longest_standstill), "dead readers hold a push up");
    }
    crew_.board().phase.store(quiet);
    const auto both_done = [&] {
        return crew_.seat(prompt_seat).stage.load() == done && crew_.seat(sleepy_seat).stage.load() == done;
    };
    crew_.wait_until(both_done, "quiet end");
    const Sample sample = observer_->sample();
    for (const std::size_t survivor : {prompt_seat, sleepy_seat}) {
        const Seat& told = crew_.seat(survivor);
        const auto seen =
            std::ranges::find(sample.readers, static_cast<std::uint32_t>(told.slot.load()), &ReaderSample::slot);
        demand(seen != sample.readers.end() && seen->state == ReaderState::alive &&
                   seen->generation == told.generation.load() && seen->popped == told.count.load() &&
                   seen->lost == told.lost.load() && seen->usage == 0,
               "the observer and a reader that lived through it all say different things");
        row_.popped += told.count.load();
        row_.lost += told.lost.load();
        row_.overruns += told.overruns.load();
    }
    crew_.board().phase.store(ending);
    crew_.finish(prompt_seat);
    crew_.finish(sleepy_seat);
    // Every slot can be had again, whoever died in it.
    std::deque<Reader> readers;
    while (readers.size() < options_.max_readers) readers.push_back(Reader::attach(name_));
    readers.clear();
    demand(observer_->sample().readers.empty(), "a slot is not free although every reader has left");
    row_.pushed = heir.writer().pushed();
    row_.rejected = heir.writer().rejected();
    heir.writer().close();
    demand(!name_.exists(), "the closed buffer has kept its name");
}

Row KillCase::run() {
    for (const std::size_t survivor : {prompt_seat, sleepy_seat}) {
        crew_.start(survivor, survivor == sleepy_seat ? "the sleepy survivor" : "the prompt survivor",
                    [this, survivor, random = Random{random_.next()}](Board& board, Seat& seat) {
                        live_through(random, survivor == sleepy_seat, board, seat);
                    });
        crew_.wait_until([&] { return crew_.seat(survivor).stage.load() == ready; }, "survivor");
    }
    while (row_.kills < kills_) kill_somebody();
    end();
    row_.cases = 1;
    row_.laps = row_.pushed / options_.length;
    row_.events = ledger_.mid_push + ledger_.mid_loss;
    return row_;
}

}  // namespace

Row run_kill_case(std::uint64_t seed, std::uint64_t kills) { return KillCase{seed, kills}.run(); }

}  // namespace stress
