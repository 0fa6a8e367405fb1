#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <thread>

#include "crew.hpp"
#include "random.hpp"
#include "reading.hpp"
#include "sections.hpp"
#include "shared_cbuff/discovery.hpp"
#include "shared_cbuff/errors.hpp"
#include "shared_cbuff/observer.hpp"
#include "shared_cbuff/reader.hpp"
#include "shared_cbuff/writer.hpp"
#include "test_support/sanitizer.hpp"
#include "test_support/segments.hpp"
#include "vandal.hpp"

namespace stress {
namespace {

using namespace shared_cbuff;
using test_support::ScopedName;

enum Phase : std::uint32_t { running, ending };
/// What a child is at, for the sentence that says where one stuck.
enum Stage : std::uint32_t { starting, attaching, using_it, leaving, resting };

constexpr std::size_t writer_seat = 0;
constexpr std::size_t first_reader = 1;
constexpr std::size_t observer_seat = 4;
constexpr std::size_t discovery_seat = 5;
constexpr std::size_t seats = 6;
constexpr int uses = 200;  // before it attaches anew
constexpr std::uint64_t memory_allowance = std::uint64_t{512} << 20;
[[maybe_unused]] constexpr uid_t nobody = 65534;

/// What the process may have at most: what it has now and the allowance.
void bound_memory() {
    if (test_support::has_sanitizer) return;  // their shadows take what no limit allows
    std::uint64_t pages = 0;
    std::ifstream{"/proc/self/statm"} >> pages;
    const rlim_t limit = pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)) + memory_allowance;
    const struct rlimit bound { limit, limit };
    demand(::setrlimit(RLIMIT_AS, &bound) == 0, "the memory cannot be bounded");
}

/// A mode means nothing to root: so nobody is who is refused.
void become_ordinary() {
#if !defined(CBUFF_COVERAGE)  // nobody may not write the counts
    if (::geteuid() != 0) return;
    demand(::setresgid(nobody, nobody, nobody) == 0 && ::setresuid(nobody, nobody, nobody) == 0,
           "root cannot become nobody");
    ::prctl(PR_SET_DUMPABLE, 1);         // or its own /proc/self, which creation needs, is closed to it
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // which the change has cleared
#endif
}

/// Damage never ends a child otherwise than by an error of errors.hpp, which is caught here, or by SIGBUS.
template <class Use>
void again_and_again(Board& board, Seat& seat, Use&& use) {
    become_ordinary();
    bound_memory();
    ::signal(SIGBUS, SIG_DFL);  // a sanitizer's handler would turn it into an exit code
    while (board.phase.load() != ending) {
        seat.beat();
        seat.stage.store(attaching);
        seat.marker.store(board.marker.load());
        try {
            use();
            seat.count.fetch_add(1);
        } catch (const CBuffException&) {
            seat.rejected.fetch_add(1);
        }
        seat.beat();
        seat.stage.store(resting);
        std::this_thread::sleep_for(std::chrono::microseconds{200});
    }
}

Writer create_or_take_over(const std::string& name, Random& random) {
    if (random.chance(50)) return Writer::take_over(name);
    const auto geometry = draw_geometry(random, 4096, 4096, std::uint64_t{1} << 20);
    return Writer::create(name, {.item_size = geometry.item_size,
                                 .length = geometry.length,
                                 .policy = random.chance(50) ? OverflowPolicy::overwrite : OverflowPolicy::reject,
                                 .max_readers = static_cast<std::uint32_t>(random.magnitude(2, 64))});
}

void write(const std::string& name, Random& random, Board& board, Seat& seat) {
    Writer writer = create_or_take_over(name, random);
    seat.stage.store(using_it);
    const std::size_t item_size = writer.geometry().item_size;
    std::vector<std::byte> items(largest_batch(item_size) * item_size);
    for (int use = 0; use < uses && board.phase.load() != ending; ++use) {
        seat.beat();
        const auto item = std::span<const std::byte>{items}.first(item_size);
        switch (random.below(5)) {
            case 0:
                seat.moved += writer.push(item) ? 1 : 0;
                break;
            case 1:
                seat.moved += writer.push_many(items);
                break;
            case 2:
                seat.moved += writer.push_for(item, std::chrono::microseconds{random.below(500)}) ? 1 : 0;
                break;
            case 3:
                static_cast<void>(writer.usage() + writer.epoch());
                break;
            default:
                static_cast<void>(writer.intact());
                std::this_thread::yield();
        }
    }
    seat.stage.store(leaving);
    if (random.chance(30)) writer.release();
    if (random.chance(30)) writer.close();
}

void read(const std::string& name, Random& random, Board& board, Seat& seat) {
    ReaderOptions options;
    options.start = random.chance(50) ? StartAt::oldest : StartAt::newest;
    options.registered = random.chance(70);
    options.settling_time = std::chrono::microseconds{random.below(500)};
    if (random.chance(10)) options.geometry = draw_geometry(random, 16, 16, 256);
    Reader reader = Reader::attach(name, options);
    seat.stage.store(using_it);
    const std::size_t item_size = reader.geometry().item_size;
    std::vector<std::byte> items(largest_batch(item_size) * item_size);
    for (int use = 0; use < uses && board.phase.load() != ending; ++use) {
        seat.beat();
        const auto item = std::span{items}.first(item_size);
        switch (random.below(6)) {
            case 0:
                seat.moved += reader.pop(item) ? 1 : 0;
                break;
            case 1:
                seat.moved += reader.pop_many(items);
                break;
            case 2:
                seat.moved += reader.pop_for(item, std::chrono::microseconds{random.below(500)}) ? 1 : 0;
                break;
            case 3:
                static_cast<void>(reader.usage() + reader.counters().popped);
                break;
            case 4:
                static_cast<void>(reader.writer_state());
                break;
            default:
                static_cast<void>(reader.intact());
                std::this_thread::yield();
        }
    }
    seat.stage.store(leaving);
}

/// Whatever was done to the segment, a sample is a sample: an error that escapes from it is a violation.
void observe(const std::string& name, Random& random, Board& board, Seat& seat) {
    Observer observer = Observer::attach(name, std::nullopt, std::chrono::microseconds{random.below(500)});
    seat.stage.store(using_it);
    Sample sample;
    for (int use = 0; use < uses && board.phase.load() != ending; ++use) {
        seat.beat();
        try {
            observer.sample(sample);
        } catch (const std::exception& error) {
            throw Violation{std::string{"a sample threw: "} + error.what()};
        }
        demand(sample.usage <= sample.geometry.length && sample.readers.size() <= sample.max_readers,
               "a sample of a damaged segment is out of its own bounds");
        for (const ReaderSample& reader : sample.readers) {
            demand(reader.usage <= sample.geometry.length, "a reader's usage in a sample is more than the length");
        }
        try {
            static_cast<void>(
                observer.peek(random.magnitude(1, 10'000), random.chance(50) ? StartAt::oldest : StartAt::newest));
        } catch (const CorruptBuffer&) {
            seat.lost.fetch_add(1);
        }
        if (use % 8 == 0) std::this_thread::yield();
    }
}

void discover(Seat& seat) {
    seat.stage.store(using_it);
    try {
        seat.moved += list_segments().size();
    } catch (const std::exception& error) {
        throw Violation{std::string{"the discovery threw: "} + error.what()};
    }
}

class NeighbourCase {
public:
    NeighbourCase(std::uint64_t seed, std::chrono::milliseconds duration) : random_{seed}, duration_{duration} {}
    Row run();

private:
    void start(std::size_t index);
    bool has_ended(std::size_t index);

    Random random_;
    std::chrono::milliseconds duration_;
    ScopedName name_{"stress"};
    Crew crew_;
    std::uint64_t bus_errors_ = 0;
    std::uint64_t used_ = 0;  // times that a child used a segment as long as it wanted
    Row row_;
};

void NeighbourCase::start(std::size_t index) {
    const std::string title = index == writer_seat      ? "the writer"
                              : index == observer_seat  ? "the observer"
                              : index == discovery_seat ? "the discovery"
                                                        : "reader " + std::to_string(index);
    crew_.start(index, title + " beside a hostile neighbour",
                [this, index, random = Random{random_.next()}](Board& board, Seat& seat) mutable {
                    again_and_again(board, seat, [&] {
                        if (index == writer_seat) return write(name_, random, board, seat);
                        if (index == observer_seat) return observe(name_, random, board, seat);
                        if (index == discovery_seat) return discover(seat);
                        read(name_, random, board, seat);
                    });
                });
}

/// Whether it has ended. A writer or reader may die of SIGBUS, and only if a segment became shorter since it began to
/// attach.
bool NeighbourCase::has_ended(std::size_t index) {
    const auto exit = crew_.ended_or_bus_error(index);
    if (!exit) return false;
    const Seat& seat = crew_.seat(index);
    row_.pushed += index == writer_seat ? seat.moved.load() : 0;
    row_.popped += index >= first_reader && index < observer_seat ? seat.moved.load() : 0;
    used_ += seat.count.load();
    if (exit->signal != SIGBUS) return true;
    demand(index < observer_seat, "SIGBUS in the observer or the discovery, which map nothing");
    demand(seat.marker.load() != crew_.board().marker.load() || seat.marker.load() % 2 == 1,
           "SIGBUS, and no segment was made shorter since it attached");
    ++bus_errors_;
    return true;
}

Row NeighbourCase::run() {
    for (std::size_t index = 0; index < seats; ++index) start(index);
    Random deeds{random_.next()};  // its own: how often a child must be started anew is chance
    Vandal vandal{name_, deeds, crew_.board()};
    const auto end = Clock::now() + duration_;
    do {
        vandal.strike();
        const timespec pause{0, static_cast<long>(deeds.below(3'000'000))};  // a random instant is the very subject
        ::nanosleep(&pause, nullptr);
        for (std::size_t index = 0; index < seats; ++index) {
            if (has_ended(index)) start(index);
        }
        check_interrupts();
        crew_.check_heartbeats();
    } while (Clock::now() < end);
    crew_.board().phase.store(ending);
    for (std::size_t index = 0; index < seats; ++index) {
        demand(test_support::eventually([&] { return has_ended(index); }, longest_standstill), "a child does not end");
    }
    row_.title = "hostile neighbour (events: deeds)";
    row_.detail =
        std::to_string(used_) + " uses to the end, " + std::to_string(bus_errors_) + " times SIGBUS on truncated pages";
    row_.cases = 1;
    row_.events = vandal.deeds();
    return row_;
}

}  // namespace

Row run_neighbour_case(std::uint64_t seed, std::chrono::milliseconds duration) {
    return NeighbourCase{seed, duration}.run();
}

}  // namespace stress
