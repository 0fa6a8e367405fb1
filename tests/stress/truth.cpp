#include <algorithm>
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

using shared_cbuff::CreateOptions;
using shared_cbuff::Observer;
using shared_cbuff::OverflowPolicy;
using shared_cbuff::Sample;
using shared_cbuff::StartAt;
using shared_cbuff::Writer;
using test_support::ScopedName;

// The parent moves the phases on, each child answers with its stage.
enum Phase : std::uint32_t { preparing, running, quiet, draining, ending };
enum Stage : std::uint32_t { starting, ready, done };

constexpr std::size_t writer_seat = 0;

struct Plan {
    CreateOptions options;
    std::size_t readers;
    std::chrono::milliseconds duration;
};

Plan draw(Random& random, std::chrono::milliseconds duration) {
    Plan plan;
    const auto geometry = draw_geometry(random, 4096, 65536, std::uint64_t{64} << 20);
    plan.options.item_size = geometry.item_size;
    plan.options.length = geometry.length;
    plan.options.policy = random.chance(50) ? OverflowPolicy::overwrite : OverflowPolicy::reject;
    plan.readers = random.between(1, 8);
    plan.options.max_readers = static_cast<std::uint32_t>(random.chance(50) ? plan.readers : 64);
    plan.duration = duration;
    return plan;
}

bool in_phase(const Board& board, Phase phase) { return board.phase.load() >= phase; }

void write_all(const std::string& name, const Plan& plan, Random random, Board& board, Seat& seat) {
    CheckedWriter writer{Writer::create(name, plan.options), seat};
    seat.stage.store(ready);
    wait_in_child(seat, [&] { return in_phase(board, running); });
    const auto end = Clock::now() + plan.duration;
    do {
        // Faster than the readers, as fast, slower: a few milliseconds each.
        const auto tempo = random.one_of(std::array{Tempo::flat_out, Tempo::yielding, Tempo::paced});
        const auto until = Clock::now() + std::chrono::microseconds{random.between(100, 20'000)};
        do {
            for (int calls = 0; calls < (tempo == Tempo::paced ? 1 : 32); ++calls) writer.step(random, tempo);
        } while (Clock::now() < until);
    } while (Clock::now() < end);
    seat.stage.store(done);
    wait_in_child(seat, [&] { return in_phase(board, ending); });
    writer.writer().close();
}

/// Adds what a session counted to what the seat's sessions counted before.
void add_session(Seat& seat, shared_cbuff::Reader& reader) {
    const auto counters = reader.counters();
    seat.total_popped += counters.popped;
    seat.total_lost += counters.lost;
    seat.total_overruns += counters.overruns;
}

shared_cbuff::ReaderOptions draw_options(Random& random) {
    shared_cbuff::ReaderOptions options;
    options.start = random.chance(50) ? StartAt::oldest : StartAt::newest;
    options.registered = random.chance(80);
    if (random.chance(50)) options.label = "stress reader";
    return options;
}

void read_all(const std::string& name, Random random, Board& board, Seat& seat) {
    bool stays = false;
    while (!stays) {
        CheckedReader reader{name, draw_options(random), seat};
        seat.stage.store(ready);
        wait_in_child(seat, [&] { return in_phase(board, running); });
        const std::uint64_t most_calls = random.magnitude(1, 200'000);
        const bool dawdles = random.chance(30);
        for (std::uint64_t call = 0; call < most_calls && !in_phase(board, quiet); ++call) {
            if (reader.step(random) == 0) std::this_thread::yield();
            if (dawdles && random.chance(2)) std::this_thread::sleep_for(std::chrono::microseconds{random.below(3000)});
        }
        stays = in_phase(board, quiet);
        if (stays) {
            // Nobody pushes. Some look at their own end first, others are looked at while items are left.
            const bool drains_first = !reader.is_registered() || random.chance(50);
            const std::uint64_t pushed = board.seats[writer_seat].count.load();
            if (drains_first) reader.drain(random);
            if (drains_first) reader.settle(pushed);
            seat.usage.store(reader.reader().usage());
            seat.stage.store(done);
            wait_in_child(seat, [&] { return in_phase(board, draining); });
            reader.drain(random);
            reader.settle(pushed);
        }
        add_session(seat, reader.reader());
        seat.slot.store(-1);
    }
}

/// At the quiet end the observer and the reader must say the same, and every item must be accounted for.
void compare(const Sample& sample, const Seat& seat, std::uint64_t pushed) {
    const auto seen = std::ranges::find_if(sample.readers, [&](const shared_cbuff::ReaderSample& reader) {
        return static_cast<std::int64_t>(reader.slot) == seat.slot.load() &&
               reader.generation == seat.generation.load();
    });
    const std::string slot = "slot " + std::to_string(seat.slot.load());
    demand(seen != sample.readers.end(), [&] { return "the observer does not see the reader in " + slot; });
    const auto equal = [&](const char* what, std::uint64_t observed, std::uint64_t own) {
        demand(observed == own, [&] {
            return slot + ": the observer says " + what + " " + std::to_string(observed) + ", the reader " +
                   std::to_string(own);
        });
    };
    equal("start", seen->start, seat.start.load());
    equal("popped", seen->popped, seat.count.load());
    equal("lost", seen->lost - seen->pending, seat.lost.load());
    equal("overruns", seen->overruns - (seen->pending > 0 ? 1 : 0), seat.overruns.load());
    equal("underflows", seen->underflows, seat.underflows.load());
    equal("usage", seen->usage, seat.usage.load());
    equal("start + popped + lost + usage", seen->start + seen->popped + seen->lost + seen->usage, pushed);
    demand(seen->state == shared_cbuff::ReaderState::alive, [&] { return slot + " is not alive"; });
}

void check_quiet_end(Crew& crew, Observer& observer, const Plan& plan) {
    const Seat& writer = crew.seat(writer_seat);
    const std::uint64_t pushed = writer.count.load();
    const Sample sample = observer.sample();
    demand(sample.state == shared_cbuff::BufferState::alive,
           [&] { return std::string{to_string(sample.state)} + " " + sample.damage; });
    demand(sample.pushed == pushed && sample.intent == pushed, [&] {
        return "pushed " + std::to_string(sample.pushed) + ", intent " + std::to_string(sample.intent) +
               " instead of " + std::to_string(pushed);
    });
    demand(sample.rejected == writer.rejected.load(), "the observer counts other rejected items than the writer");
    std::size_t registered = 0;
    for (std::size_t index = 1; index <= plan.readers; ++index) {
        if (crew.seat(index).slot.load() < 0) continue;
        ++registered;
        compare(sample, crew.seat(index), pushed);
    }
    demand(sample.readers.size() == registered, "the observer sees a reader that has left");
}

/// Looks while all run: what an observer sees must make sense at every moment.
void watch(Crew& crew, Observer& observer) {
    std::uint64_t pushed = 0;
    Sample sample;
    const auto done_pushing = [&] {
        observer.sample(sample);
        demand(sample.state == shared_cbuff::BufferState::alive,
               [&] { return std::string{to_string(sample.state)} + " while all run " + sample.damage; });
        demand(sample.pushed >= pushed, "pushed went back");
        demand(sample.usage <= sample.geometry.length, "usage is more than the length");
        pushed = sample.pushed;
        crew.check_heartbeats();
        return crew.seat(writer_seat).stage.load() == done;
    };
    crew.wait_until(done_pushing, "end of pushing", longest_case);
}

}  // namespace

Row run_truth_case(std::uint64_t seed, std::chrono::milliseconds duration) {
    Random random{seed};
    const Plan plan = draw(random, duration);
    const ScopedName name{"stress"};
    Crew crew;
    const Random writer_random{random.next()};
    crew.start(writer_seat, "the writer",
               [&](Board& board, Seat& seat) { write_all(name, plan, writer_random, board, seat); });
    crew.wait_until([&] { return crew.seat(writer_seat).stage.load() == ready; }, "buffer");
    for (std::size_t index = 1; index <= plan.readers; ++index) {
        const Random reader_random{random.next()};
        crew.start(index, "reader " + std::to_string(index),
                   [&, reader_random](Board& board, Seat& seat) { read_all(name, reader_random, board, seat); });
    }
    Observer observer = Observer::attach(name, std::nullopt, std::chrono::nanoseconds{0});
    crew.board().phase.store(running);
    watch(crew, observer);
    crew.board().phase.store(quiet);
    const auto all_done = [&] {
        for (std::size_t index = 1; index <= plan.readers; ++index) {
            if (crew.seat(index).stage.load() != done) return false;
        }
        return true;
    };
    crew.wait_until(all_done, "quiet end", longest_case);
    check_quiet_end(crew, observer, plan);
    crew.board().phase.store(draining);
    for (std::size_t index = 1; index <= plan.readers; ++index) crew.finish(index);
    demand(observer.sample().readers.empty(), "a reader that has left is still in its slot");
    crew.board().phase.store(ending);
    crew.finish(writer_seat);
    demand(!name.exists(), "the closed buffer has kept its name");

    const Seat& writer = crew.seat(writer_seat);
    Row row;
    row.title = "truth, " + std::string{to_string(plan.options.policy)} +
                (plan.options.item_size <= 8     ? ",    1 to    8 B"
                 : plan.options.item_size <= 256 ? ",    9 to  256 B"
                                                 : ",  257 to 4096 B");
    row.detail = std::to_string(plan.options.item_size) + " B x " + std::to_string(plan.options.length) + " " +
                 std::string{to_string(plan.options.policy)} + ", " + std::to_string(plan.readers) + " readers";
    row.cases = 1;
    row.pushed = writer.count.load();
    row.laps = row.pushed / plan.options.length;
    row.rejected = writer.rejected.load();
    for (std::size_t index = 1; index <= plan.readers; ++index) {
        row.popped += crew.seat(index).total_popped.load();
        row.lost += crew.seat(index).total_lost.load();
        row.overruns += crew.seat(index).total_overruns.load();
    }
    return row;
}

}  // namespace stress
