#include <time.h>

#include <algorithm>
#include <string>
#include <thread>

#include "crew.hpp"
#include "random.hpp"
#include "reading.hpp"
#include "sections.hpp"
#include "shared_cbuff/errors.hpp"
#include "shared_cbuff/observer.hpp"
#include "test_support/segments.hpp"
#include "writing.hpp"

namespace stress {
namespace {

using shared_cbuff::BufferState;
using shared_cbuff::Observer;
using shared_cbuff::OverflowPolicy;
using shared_cbuff::ReaderSample;
using shared_cbuff::ReaderState;
using shared_cbuff::Sample;
using shared_cbuff::Writer;
using shared_cbuff::WriterState;
using test_support::ScopedName;

enum Phase : std::uint32_t { running, pausing, quiet, ending };
enum Stage : std::uint32_t { starting, ready, paused, done };

constexpr std::size_t writer_seat = 0;
constexpr std::size_t reader_seat = 1;
constexpr std::size_t other_seat = 2;
constexpr std::uint64_t stops_of_a_joiner = 50;

/// Who is stopped: one of two readers, the writer, or one that joins and leaves all the time.
enum class Victim { reader, writer, joiner };

class StopCase {
public:
    explicit StopCase(std::uint64_t seed);
    Row run();

private:
    void write(Random random, Board& board, Seat& seat);
    void read(Random random, Board& board, Seat& seat);
    void join_and_leave(Random random, Board& board, Seat& seat);
    /// A joiner is the only reader: the writer goes round as fast as it can until it is registered.
    std::size_t last_seat() const { return victim_ == Victim::joiner ? reader_seat : other_seat; }
    void start_all();
    void wait_some();
    void stop_reader_under_overwrite();
    void stop_reader_under_reject();
    void stop_writer();
    void stop_joiner();
    void end();
    Sample sample();
    ReaderSample stopped_reader(const Sample& sample);

    Random random_;
    shared_cbuff::CreateOptions options_;
    Victim victim_;
    ScopedName name_{"stress"};
    std::optional<Observer> observer_;
    std::optional<test_support::RawBuffer> raw_;
    Crew crew_;
    Row row_;
};

StopCase::StopCase(std::uint64_t seed) : random_{seed} {
    const auto geometry = draw_geometry(random_, 4096, 4096, std::uint64_t{1} << 20);
    options_.item_size = geometry.item_size;
    options_.length = geometry.length;
    options_.policy = random_.chance(50) ? OverflowPolicy::overwrite : OverflowPolicy::reject;
    victim_ = random_.one_of(std::array{Victim::reader, Victim::reader, Victim::writer, Victim::joiner});
    if (victim_ == Victim::joiner) {  // joining is what `reject` promises something about; a small ring laps soon
        options_.policy = OverflowPolicy::reject;
        options_.item_size = std::min<std::uint64_t>(options_.item_size, 64);
        options_.length = random_.between(2, 16);
    }
    const std::string whom = victim_ == Victim::writer   ? "the writer, "
                             : victim_ == Victim::joiner ? "a joining reader, "
                                                         : "a reader, ";
    row_.title = "SIGSTOP of " + whom + std::string{to_string(options_.policy)} + " (events: stops)";
    row_.detail = std::to_string(options_.item_size) + " B x " + std::to_string(options_.length) + " " +
                  std::string{to_string(options_.policy)};
}

void StopCase::write(Random random, Board& board, Seat& seat) {
    CheckedWriter writer{Writer::create(name_, options_), seat};
    seat.stage.store(ready);
    while (board.phase.load() < quiet) {
        if (board.phase.load() == pausing) {
            seat.stage.store(paused);
            wait_in_child(seat, [&] { return board.phase.load() != pausing; });
            seat.stage.store(ready);
        }
        writer.step(random, random.chance(5) ? Tempo::paced : Tempo::flat_out);
    }
    seat.stage.store(done);
    wait_in_child(seat, [&] { return board.phase.load() == ending; });
    writer.writer().close();
}

void StopCase::read(Random random, Board& board, Seat& seat) {
    CheckedReader reader{name_, {}, seat};
    seat.stage.store(ready);
    while (board.phase.load() < quiet) {
        if (reader.step(random) > 0) continue;
        // A writer that stands still is alive; none of its items is missing later.
        demand(reader.reader().writer_state() == WriterState::alive, "a stopped writer is not told to be alive");
        std::this_thread::yield();
    }
    wait_in_child(seat, [&] { return board.seats[writer_seat].stage.load() == done; });
    reader.drain(random);
    reader.settle(board.seats[writer_seat].count.load());
    seat.stage.store(done);
    wait_in_child(seat, [&] { return board.phase.load() == ending; });
}

void StopCase::join_and_leave(Random random, Board& board, Seat& seat) {
    while (board.phase.load() < quiet) {
        const auto start = random.chance(80) ? shared_cbuff::StartAt::newest : shared_cbuff::StartAt::oldest;
        CheckedReader reader{name_, {.start = start}, seat};
        seat.stage.store(ready);
        for (std::uint64_t calls = random.between(1, 4); calls > 0; --calls) reader.step(random);
        seat.moved += seat.count.load();
    }
    seat.stage.store(done);
    wait_in_child(seat, [&] { return board.phase.load() == ending; });
}

void StopCase::start_all() {
    crew_.start(writer_seat, "the writer",
                [this, random = Random{random_.next()}](Board& board, Seat& seat) { write(random, board, seat); });
    crew_.wait_until([&] { return crew_.seat(writer_seat).stage.load() == ready; }, "buffer");
    for (std::size_t index = reader_seat; index <= last_seat(); ++index) {
        crew_.start(index, "reader " + std::to_string(index),
                    [this, random = Random{random_.next()}](Board& board, Seat& seat) {
                        victim_ == Victim::joiner ? join_and_leave(random, board, seat) : read(random, board, seat);
                    });
        crew_.wait_until([&] { return crew_.seat(index).stage.load() == ready; }, "reader");
    }
    observer_ = Observer::attach(name_, std::nullopt, std::chrono::nanoseconds{0});
    raw_.emplace(name_);
}

/// A random instant is the very subject: so a wait for a time is right here.
void StopCase::wait_some() {
    const timespec instant{0, static_cast<long>(random_.below(4'000'000))};
    ::nanosleep(&instant, nullptr);
}

Sample StopCase::sample() {
    const Sample sample = observer_->sample();
    demand(sample.state == BufferState::alive, [&] {
        return "with a stopped process the buffer is " + std::string{to_string(sample.state)} + " " + sample.damage;
    });
    return sample;
}

ReaderSample StopCase::stopped_reader(const Sample& sample) {
    const auto slot = static_cast<std::uint32_t>(crew_.seat(reader_seat).slot.load());
    const auto seen = std::ranges::find(sample.readers, slot, &ReaderSample::slot);
    demand(seen != sample.readers.end() && seen->state == ReaderState::alive,
           "a stopped reader is not told to be alive");
    return *seen;
}

void StopCase::stop_reader_under_overwrite() {
    crew_.process(reader_seat).stop();
    const std::uint64_t before = sample().pushed;
    const auto laps_it = [&] { return sample().pushed > before + 2 * options_.length + 1; };
    crew_.wait_until(laps_it, "writer that goes on past a stopped reader");
    crew_.board().phase.store(pausing);
    crew_.wait_until([&] { return crew_.seat(writer_seat).stage.load() == paused; }, "pause");
    // Nobody moves now: what the observer says of it must be what it finds out by itself.
    const Sample still = sample();
    const ReaderSample asleep = stopped_reader(still);
    const Seat& seat = crew_.seat(reader_seat);
    const std::uint64_t in_hand = seat.attempt.load();  // it may have found these whole and not taken them yet
    const auto& slot = raw_->slot(asleep.slot);
    const bool settled = slot.loss_begun == slot.loss_ended;  // not stopped in the midst of counting a loss
    demand(!settled || asleep.start + asleep.popped + asleep.lost + asleep.usage == still.pushed,
           "a stopped reader's balance is open");
    demand(asleep.usage <= options_.length && asleep.lost >= seat.lost.load(),
           "a stopped reader's counters make no sense");
    crew_.process(reader_seat).resume();
    const auto caught_up = [&] { return seat.start.load() + seat.count.load() + seat.lost.load() == still.pushed; };
    crew_.wait_until(caught_up, "reader that catches up");
    const std::uint64_t lost = seat.lost.load();
    demand(!settled || (lost <= asleep.lost && asleep.lost <= lost + in_hand), [&] {
        return "the observer said that it lost " + std::to_string(asleep.lost) + ", it found " + std::to_string(lost) +
               " with " + std::to_string(in_hand) + " in hand";
    });
    crew_.board().phase.store(running);
}

void StopCase::stop_reader_under_reject() {
    crew_.process(reader_seat).stop();
    const auto is_full = [&] {
        const Sample now = sample();
        const ReaderSample asleep = stopped_reader(now);
        demand(now.pushed <= asleep.cursor + options_.length, "the writer went on over a stopped reader");
        return now.pushed == asleep.cursor + options_.length && asleep.usage == options_.length;
    };
    crew_.wait_until(is_full, "writer that fills the buffer up to a stopped reader");
    const Sample full = sample();
    const ReaderSample asleep = stopped_reader(full);
    demand(asleep.generation == crew_.seat(reader_seat).generation.load(), "the slot of a stopped reader is another's");
    const auto refuses_more = [&] { return sample().rejected > full.rejected + 200; };
    crew_.wait_until(refuses_more, "refusal");
    const Sample later = sample();
    demand(later.pushed == full.pushed, "the writer went on over a stopped reader");
    static_cast<void>(stopped_reader(later));
    crew_.process(reader_seat).resume();
    const auto goes_on = [&] { return sample().pushed > full.pushed + options_.length; };
    crew_.wait_until(goes_on, "writer that goes on with a reader that goes on");
}

void StopCase::stop_writer() {
    crew_.process(writer_seat).stop();
    const std::uint64_t pushed = sample().pushed;
    const auto drained = [&] {
        const Sample now = sample();
        return std::ranges::all_of(now.readers, [](const ReaderSample& reader) { return reader.usage == 0; });
    };
    crew_.wait_until(drained, "reader that drains what a stopped writer left");
    try {
        static_cast<void>(Writer::take_over(name_));
        throw Violation{"the role of a stopped writer could be taken over"};
    } catch (const shared_cbuff::WriterActive&) {
    }
    demand(sample().pushed == pushed, "a stopped writer pushes");
    crew_.process(writer_seat).resume();
    crew_.wait_until([&] { return sample().pushed > pushed; }, "writer that goes on");
}

/// Wherever in its registration it stands still, what it then reads is whole: many short stops, to hit every step.
void StopCase::stop_joiner() {
    for (std::uint64_t stop = 0; stop < stops_of_a_joiner; ++stop) {
        const timespec running{0, static_cast<long>(random_.below(200'000))};  // random instants, as above
        ::nanosleep(&running, nullptr);
        crew_.process(reader_seat).stop();
        const timespec stopped{0, static_cast<long>(random_.below(100'000))};
        ::nanosleep(&stopped, nullptr);
        crew_.process(reader_seat).resume();
        crew_.check();
    }
}

void StopCase::end() {
    crew_.board().phase.store(quiet);
    const auto all_done = [&] {
        for (std::size_t index = writer_seat; index <= last_seat(); ++index) {
            if (crew_.seat(index).stage.load() != done) return false;
        }
        return true;
    };
    crew_.wait_until(all_done, "quiet end");
    const Sample last = sample();
    row_.pushed = last.pushed;
    row_.rejected = last.rejected;
    for (const ReaderSample& reader : last.readers) {
        demand(reader.start + reader.popped + reader.lost == last.pushed, "the balance at the end is open");
        // The first ring may go by while a reader registers.
        demand(options_.policy == OverflowPolicy::overwrite || reader.lost <= options_.length,
               "items were lost under reject");
        row_.popped += reader.popped;
        row_.lost += reader.lost;
        row_.overruns += reader.overruns;
    }
    crew_.board().phase.store(ending);
    for (std::size_t index = writer_seat; index <= last_seat(); ++index) crew_.finish(index);
    row_.popped += crew_.seat(reader_seat).moved.load();
    demand(!name_.exists(), "the closed buffer has kept its name");
}

Row StopCase::run() {
    start_all();
    const std::uint64_t stops = random_.between(2, 6);
    for (std::uint64_t stop = 0; stop < stops; ++stop) {
        wait_some();
        if (victim_ == Victim::writer) {
            stop_writer();
        } else if (victim_ == Victim::joiner) {
            stop_joiner();
        } else if (options_.policy == OverflowPolicy::reject) {
            stop_reader_under_reject();
        } else {
            stop_reader_under_overwrite();
        }
    }
    end();
    row_.cases = 1;
    row_.laps = row_.pushed / options_.length;
    row_.events = victim_ == Victim::joiner ? stops * stops_of_a_joiner : stops;
    return row_;
}

}  // namespace

Row run_stop_case(std::uint64_t seed) { return StopCase{seed}.run(); }

}  // namespace stress
