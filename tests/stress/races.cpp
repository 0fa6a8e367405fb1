// Creators, successors, removers and readers at one name, all at once, and some of them killed: whoever attaches finds
// a whole buffer or an error with a reason, and a segment never has two writers at once.

#include <signal.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <string>
#include <thread>
#include <vector>

#include "crew.hpp"
#include "random.hpp"
#include "sections.hpp"
#include "shared_cbuff/detail/segment.hpp"
#include "shared_cbuff/errors.hpp"
#include "shared_cbuff/observer.hpp"
#include "shared_cbuff/reader.hpp"
#include "shared_cbuff/writer.hpp"
#include "test_support/segments.hpp"

namespace stress {
namespace {

using namespace shared_cbuff;
using test_support::ScopedName;

enum Phase : std::uint32_t { running, ending };
enum Stage : std::uint32_t { coming, using_it };

enum class Part { creator, successor, remover, reader, observer };
constexpr std::array parts{Part::creator, Part::creator, Part::successor, Part::successor,
                           Part::remover, Part::reader,  Part::reader,    Part::observer};
constexpr std::array<std::string_view, 5> titles{"a creator", "a successor", "the remover", "a reader", "the observer"};
constexpr std::array geometries{Geometry{8, 4}, Geometry{8, 16}, Geometry{8, 100}};
constexpr std::uint32_t slots = 8;  // more than there are readers, so nobody may be refused one
constexpr std::uint64_t least_of_each = 20;
/// An item is the number of its writer, of all writers there have been, and then that of the item among this writer's.
constexpr unsigned item_bits = 24;

bool is_ours(const Geometry& geometry) { return std::ranges::find(geometries, geometry) != geometries.end(); }

/// What a holder of the writer role must see: its epoch stays, and everything it pushes is the next item. Its number
/// is drawn while it holds the role, so in one segment later items are larger numbers.
void hold(Writer& writer, Random& random, Board& board, Seat& seat) {
    seat.stage.store(using_it);
    const std::uint64_t number = board.marker.fetch_add(1) + 1;
    const std::uint64_t epoch = writer.epoch();
    const std::uint64_t first = writer.pushed();
    const std::uint64_t items = random.magnitude(1, 1000);
    std::uint64_t item = 0;
    for (; item < items && board.phase.load() == running; ++item) {
        demand(writer.push(number << item_bits | item), "an item was refused under overwrite");
        demand(writer.epoch() == epoch, "a writer has got a successor while it held the role");
        if (item % 8 == 0) std::this_thread::yield();
        seat.beat();
    }
    demand(writer.pushed() == first + item, "a writer's count is not that of its pushes");
    seat.count.fetch_add(1);
    if (random.chance(60)) {
        writer.release();
    } else if (random.chance(50)) {
        writer.close();
    }  // else as the destructor does it
}

void create(const std::string& name, Random& random, Board& board, Seat& seat) {
    const Geometry geometry = random.one_of(geometries);
    try {
        Writer writer =
            Writer::create(name, {.item_size = geometry.item_size, .length = geometry.length, .max_readers = slots});
        demand(writer.epoch() == 1 && writer.pushed() == 0, "a new buffer is not new");
        hold(writer, random, board, seat);
    } catch (const BufferAlreadyCreated& taken) {
        demand(!taken.reason().empty(), "refused without a reason");
        seat.rejected.fetch_add(1);
    }
}

void succeed(const std::string& name, Random& random, Board& board, Seat& seat) {
    try {
        Writer writer = Writer::take_over(name);
        demand(writer.epoch() > 1 && is_ours(writer.geometry()), "what was taken over is no whole buffer");
        hold(writer, random, board, seat);
    } catch (const WriterActive& active) {
        demand(!active.reason().empty(), "refused without a reason");
        seat.rejected.fetch_add(1);
    } catch (const BufferNotFound&) {
        seat.rejected.fetch_add(1);
    }
}

/// With and without looking whether somebody still writes, as `cbuff rm` does with and without --force.
void remove(const std::string& name, Random& random, Seat& seat) {
    try {
        const Sample sample = Observer::attach(name, std::nullopt, std::chrono::nanoseconds{0}).sample();
        demand(sample.state != BufferState::damaged, [&] { return "a damaged buffer: " + sample.damage; });
        if (sample.writer.state == WriterState::alive && random.chance(80)) return;
        if (Segment::unlink(name)) seat.count.fetch_add(1);
    } catch (const BufferNotFound&) {
        seat.rejected.fetch_add(1);
    }
}

/// Pops until the buffer is over or nothing comes. Two writers at once would mix their items.
void read(const std::string& name, Random& random, Board& board, Seat& seat) {
    try {
        Reader reader = Reader::attach(name);
        demand(is_ours(reader.geometry()) && !reader.is_classic(), "what was attached to is no whole buffer");
        seat.stage.store(using_it);
        std::uint64_t last = 0;
        std::uint64_t lost = 0;
        const std::uint64_t looks = random.magnitude(1, 2000);
        for (std::uint64_t look = 0; look < looks && board.phase.load() == running; ++look) {
            seat.beat();
            const auto item = reader.pop();
            if (!item) {
                std::this_thread::yield();
                continue;
            }
            demand(*item > last, [&] {
                return "item " + std::to_string(*item) + " came after item " + std::to_string(last) +
                       ": two writers at once";
            });
            const bool next_of_its_writer = *item == last + 1;
            const bool first_of_its_writer = *item % (std::uint64_t{1} << item_bits) == 0;
            const std::uint64_t lost_now = reader.counters().lost;
            demand(last == 0 || next_of_its_writer || first_of_its_writer || lost_now > lost,
                   "items are missing and not in lost");
            last = *item;
            lost = lost_now;
            seat.moved.fetch_add(1);
        }
        seat.count.fetch_add(1);
    } catch (const BufferNotFound&) {
        seat.rejected.fetch_add(1);
    }
}

void observe(const std::string& name, Random& random, Board& board, Seat& seat) {
    try {
        Observer observer = Observer::attach(name, std::nullopt, std::chrono::nanoseconds{0});
        demand(is_ours(observer.geometry()), "what is observed is no whole buffer");
        seat.stage.store(using_it);
        Sample before;
        for (std::uint64_t looks = random.magnitude(1, 100); looks > 0 && board.phase.load() == running; --looks) {
            seat.beat();
            const Sample sample = observer.sample();
            demand(sample.state != BufferState::damaged, [&] { return "a damaged buffer: " + sample.damage; });
            demand(sample.writer.epoch >= 1, "a buffer was found before its writer had begun");
            demand(sample.writer.epoch >= before.writer.epoch && sample.pushed >= before.pushed,
                   "epoch or pushed of one segment have gone back");
            before = sample;
        }
        seat.count.fetch_add(1);
    } catch (const BufferNotFound&) {
        seat.rejected.fetch_add(1);
    }
}

class RaceCase {
public:
    RaceCase(std::uint64_t seed, std::chrono::milliseconds duration) : random_{seed}, duration_{duration} {}
    Row run();

private:
    void start(std::size_t seat);
    void kill_one();
    void gather(std::size_t seat);
    bool every_part_was_played();
    void check_what_is_left();

    Random random_;
    std::chrono::milliseconds duration_;
    ScopedName name_{"stress"};
    Crew crew_;
    std::array<std::uint64_t, titles.size()> played_{};
    Row row_;
};

void RaceCase::start(std::size_t index) {
    const Part part = parts[index];
    crew_.start(index, std::string{titles[static_cast<std::size_t>(part)]} + " in the race",
                [this, part, random = Random{random_.next()}](Board& board, Seat& seat) mutable {
                    while (board.phase.load() == running) {
                        seat.beat();
                        seat.stage.store(coming);
                        if (part == Part::creator) create(name_, random, board, seat);
                        if (part == Part::successor) succeed(name_, random, board, seat);
                        if (part == Part::remover) remove(name_, random, seat);
                        if (part == Part::reader) read(name_, random, board, seat);
                        if (part == Part::observer) observe(name_, random, board, seat);
                        std::this_thread::sleep_for(std::chrono::microseconds{random.below(200)});
                    }
                });
}

/// What a child that has gone has done.
void RaceCase::gather(std::size_t index) {
    const Seat& seat = crew_.seat(index);
    demand(!seat.failed.load(), [&] { return std::string{seat.message.data()}; });
    played_[static_cast<std::size_t>(parts[index])] += seat.count.load();
    row_.popped += seat.moved.load();
    row_.rejected += seat.rejected.load();
}

void RaceCase::kill_one() {
    const std::size_t index = random_.below(parts.size());
    crew_.kill(index);
    ++row_.kills;
    gather(index);
    start(index);
}

bool RaceCase::every_part_was_played() {
    auto played = played_;
    for (std::size_t index = 0; index < parts.size(); ++index) {
        played[static_cast<std::size_t>(parts[index])] += crew_.seat(index).count.load();
    }
    return std::ranges::all_of(played, [](std::uint64_t times) { return times >= least_of_each; });
}

/// Either the name is free, or it leads to a buffer in which nobody holds anything.
void RaceCase::check_what_is_left() {
    if (!name_.exists()) return;
    Writer writer = Writer::take_over(name_);
    std::vector<Reader> readers;
    while (readers.size() < slots) readers.push_back(Reader::attach(name_));
    readers.clear();
    const Sample sample = Observer::attach(name_, std::nullopt, std::chrono::nanoseconds{0}).sample();
    demand(sample.state == BufferState::alive && sample.readers.empty(), "a slot is filled and nobody's");
    writer.close();
    demand(!name_.exists(), "a closed buffer has kept its name");
}

Row RaceCase::run() {
    for (std::size_t index = 0; index < parts.size(); ++index) start(index);
    const auto end = Clock::now() + duration_;
    const auto latest = end + longest_case;
    while (Clock::now() < end || !every_part_was_played()) {
        const timespec instant{0, static_cast<long>(random_.below(5'000'000))};  // a random one is the very subject
        ::nanosleep(&instant, nullptr);
        crew_.check();
        crew_.check_heartbeats();
        if (random_.chance(30)) kill_one();
        demand(Clock::now() < latest, "somebody never gets its part");
    }
    crew_.board().phase.store(ending);
    for (std::size_t index = 0; index < parts.size(); ++index) {
        crew_.finish(index);
        gather(index);
    }
    check_what_is_left();
    row_.title = "create, take over and remove in a race (rejected: refusals, events: acts)";
    row_.cases = 1;
    for (const std::uint64_t times : played_) row_.events += times;
    row_.detail = std::to_string(played_[0]) + " created, " + std::to_string(played_[1]) + " taken over, " +
                  std::to_string(played_[2]) + " removed";
    return row_;
}

}  // namespace

Row run_race_case(std::uint64_t seed, std::chrono::milliseconds duration) { return RaceCase{seed, duration}.run(); }

}  // namespace stress
