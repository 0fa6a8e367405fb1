// How fast the ring is, beside the queues people use: every bar in one run. RESULTS.md says how the figures are to be
// read, and what several machines gave.
//
// `ring_bench [--runs N] [--rounds N] [--quick] [ROW...] [--benchmark_...]`: by default three runs of 15 rounds of
// everything; `--quick` is one run of 5 rounds; ROW is the beginning of a row's key (`--rows` lists them).
// `ring_bench --machine` prints processor, cores and bare round trip; `--repeat OPERATION COUNT` only does it COUNT
// times: for counting instructions under valgrind; `--take-turns READERS POLICY COUNT` is for `line_transfers`.

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <set>
#include <string>
#include <vector>

#include "contenders.hpp"
#include "rounds.hpp"
#include "rows.hpp"

namespace {

using namespace bench;
using shared_cbuff::OverflowPolicy;

constexpr std::size_t sizes[] = {3, 64, 1024, 65536};
constexpr std::size_t lengths[] = {64, 1024, 65536};
constexpr std::uint64_t busy_items = 409'600;  // a ring's length at a time, when the two sides are never awake together
constexpr const char* bare_round_trip = "round-trip/bare";
constexpr const char* bare_pausing = "round-trip/bare-pausing";

struct Rate {
    const char* name;
    double items_a_second;
};
constexpr Rate rates[] = {{"10k", 1e4}, {"1m", 1e6}, {"10m", 1e7}};

/// Those that are compared stand side by side, so that they meet the machine in one mood.
std::vector<Contender> main_contenders() {
    std::vector<Contender> all{
        {"single/ours", [] { return ours_single(); }},
        {"single/boost", [] { return boost_single(Wait::spinning); }},
        {"single/boost-pausing", [] { return boost_single(Wait::pausing); }},
        {"single/moodycamel", [] { return moodycamel_single(Wait::spinning); }},
        {"single/moodycamel-pausing", [] { return moodycamel_single(Wait::pausing); }},
        {"watched/ours", [] { return watched_single("watched/ours", 10'000'000, 5); }},
        {"woken/nothing", [] { return watched_single("woken/nothing", 10'000'000, 5, AtEachWake::nothing); }},
        {"overwrite/spinning-reader", overwrite_with_spinning_reader},
        {"batches/ours", [] { return ours_batch(); }},
        {"batches/boost", [] { return boost_batch(Wait::spinning); }},
        {"batches/boost-pausing", [] { return boost_batch(Wait::pausing); }},
        {"round-trip/overwrite", [] { return ping_pong(OverflowPolicy::overwrite); }},
        {bare_round_trip, [] { return bare_ping_pong(Wait::spinning); }},
        {bare_pausing, [] { return bare_ping_pong(Wait::pausing); }},
        {"round-trip/reject", [] { return ping_pong(OverflowPolicy::reject); }},
    };
    for (const Rate& rate : rates) {
        const std::string name = std::string{"latency-"} + rate.name;
        all.push_back({name + "/ours", [=] { return ours_latency(name + "/ours", rate.items_a_second); }});
        all.push_back(
            {name + "/boost", [=] { return boost_latency(name + "/boost", rate.items_a_second, Wait::spinning); }});
        all.push_back({name + "/boost-pausing",
                       [=] { return boost_latency(name + "/boost-pausing", rate.items_a_second, Wait::pausing); }});
    }
    for (const std::size_t length : lengths) {
        const std::string name = "looks/" + std::to_string(length);
        all.push_back({name, [=] { return looks(name, length); }, length == 1024 ? 1 : 3});
    }
    return all;
}

std::vector<Contender> other_contenders() {
    std::vector<Contender> all{
        {"python/single", python_single, 5},
        {"batches/moodycamel", moodycamel_batch, 3},
        {"overwrite/alone", overwrite_alone, 3},
        {"overwrite/8-idle-readers", overwrite_with_idle_readers, 3},
        {"observed/never", overwrite_unobserved, 3},
        {"observed/1-khz", overwrite_observed_at_1_khz, 3},
        {"observed/10-at-100-hz", overwrite_observed_by_10_at_100_hz, 3},
        {"sample/64-readers", sample_of_64_readers, 3},
        {"lifecycle", create_attach_detach_cleanup, 3},
    };
    const auto busy = [&](const char* name, const std::function<double()>& contender) {
        all.push_back({std::string{"busy-"} + name, [=] { return beside_busy_loops(contender); }});
    };
    busy("single/ours", [] { return ours_single(busy_items); });
    busy("watched/ours", [] { return watched_single("busy-watched/ours", busy_items / 4, 2); });
    busy("batches/ours", [] { return ours_batch(busy_items); });
    for (const Wait wait : {Wait::spinning, Wait::pausing}) {
        const std::string suffix = wait == Wait::pausing ? "-pausing" : "";
        busy(("single/boost" + suffix).c_str(), [=] { return boost_single(wait, busy_items); });
        busy(("single/moodycamel" + suffix).c_str(), [=] { return moodycamel_single(wait, busy_items); });
        busy(("batches/boost" + suffix).c_str(), [=] { return boost_batch(wait, busy_items); });
    }
    for (const std::size_t size : sizes) {
        all.push_back({"items/" + std::to_string(size), [size] { return ours_items(size); }, 3});
        all.push_back({"memcpy/" + std::to_string(size), [size] { return memcpy_items(size); }, 3});
    }
    return all;
}

/// Each peer in both ways of waiting: the better one of the run counts.
const std::vector<std::string> single_peers{"single/boost", "single/boost-pausing", "single/moodycamel",
                                            "single/moodycamel-pausing"};

std::vector<Row> main_rows() {
    return {
        {"single", "lossless, single, against the best of boost and moodycamel", "single/ours", single_peers,
         Measure::times_faster, 1, 2},
        {"watched",
         "the same watched by an observer at 1 kHz, against unwatched",
         "watched/ours",
         {"watched/ours unwatched"},
         Measure::times_faster,
         0.95,
         0.99},
        {"batches",
         "batches of 64 against boost's own",
         "batches/ours",
         {"batches/boost", "batches/boost-pausing"},
         Measure::times_faster,
         1,
         1.5},
        {"overwrite", "overwrite beside a spinning reader, push, against the best lossless peer",
         "overwrite/spinning-reader", single_peers, Measure::times_faster, 1, 1.5},
        {"round-trip",
         "round trip over two buffers, overwrite, against two bare lines",
         "round-trip/overwrite",
         {bare_round_trip, bare_pausing},
         Measure::time_ratio,
         1.2,
         1},
        {"round-trip",
         "the same, reject",
         "round-trip/reject",
         {bare_round_trip, bare_pausing},
         Measure::time_ratio,
         1.2,
         1},
        {"latency-10k",
         "one-way latency at 10 k items/s against boost's, median",
         "latency-10k/ours",
         {"latency-10k/boost", "latency-10k/boost-pausing"},
         Measure::time_ratio,
         1.3,
         1},
        {"latency-10k",
         "the same, 99 %",
         "latency-10k/ours 99 %",
         {"latency-10k/boost 99 %", "latency-10k/boost-pausing 99 %"},
         Measure::time_ratio,
         2,
         1},
        {"latency-1m",
         "one-way latency at 1 M items/s against boost's, median",
         "latency-1m/ours",
         {"latency-1m/boost", "latency-1m/boost-pausing"},
         Measure::time_ratio,
         1.3,
         1},
        {"latency-1m",
         "the same, 99 %",
         "latency-1m/ours 99 %",
         {"latency-1m/boost 99 %", "latency-1m/boost-pausing 99 %"},
         Measure::time_ratio,
         2,
         1},
        {"latency-10m",
         "one-way latency at 10 M items/s, median: ns more than boost's",
         "latency-10m/ours",
         {"latency-10m/boost", "latency-10m/boost-pausing"},
         Measure::extra_ns,
         1000,
         0,
         true,
         "latency-10m/boost late",
         "latency-1m/ours"},
        {"looks",
         "looks at `pushed`, ring of 1,024: share of what is allowed",
         "looks/1024 allowance",
         {},
         Measure::plain,
         1,
         0.64},
    };
}

Row also(std::string key, std::string what, std::string ours, std::vector<std::string> peers, double bar,
         Measure measure = Measure::times_faster) {
    return {std::move(key), std::move(what), std::move(ours), std::move(peers), measure, bar, 0, false};
}

std::vector<Row> other_rows() {
    std::vector<Row> rows{
        also("single", "lossless, single, against boost alone", "single/ours", {"single/boost", "single/boost-pausing"},
             0),
        also("single", "lossless, single, against moodycamel alone", "single/ours",
             {"single/moodycamel", "single/moodycamel-pausing"}, 0),
        also("wait", "bare lines that pause while they wait, against such that only spin", bare_pausing,
             {bare_round_trip}, 0),
        also("wait", "boost, single: the same", "single/boost-pausing", {"single/boost"}, 0),
        also("wait", "moodycamel, single: the same", "single/moodycamel-pausing", {"single/moodycamel"}, 0),
        also("wait", "boost, batches: the same", "batches/boost-pausing", {"batches/boost"}, 0),
        also("wait", "boost, latency at 10 k items/s: the same", "latency-10k/boost-pausing", {"latency-10k/boost"}, 0),
        also("woken", "lossless, single, beside a process that wakes at 1 kHz and looks at nothing, against alone",
             "woken/nothing", {"woken/nothing unwatched"}, 0),
        also("python", "lossless, single, against a Python `shared_memory` ring", "single/ours", {"python/single"}, 0),
        also("batch-peers", "batches of 64 against the best single peer", "batches/ours", single_peers, 0),
        also("batch-peers", "batches of 64 against moodycamel in a loop", "batches/ours", {"batches/moodycamel"}, 0),
        also("alone", "overwrite, no reader, against the best lossless peer", "overwrite/alone", single_peers, 0),
        also("idle", "overwrite, 8 idle registered readers, against none", "overwrite/8-idle-readers",
             {"overwrite/alone"}, 0.97),
        also("push-observed", "push under an observer at 1 kHz, against unobserved", "observed/1-khz",
             {"observed/never"}, 0.98),
        also("push-observed", "push under 10 observers at 100 Hz, against unobserved", "observed/10-at-100-hz",
             {"observed/never"}, 0.98),
    };
    rows.push_back(also(
        "busy", "both cores busy: lossless, single, against the best of boost and moodycamel", "busy-single/ours",
        {"busy-single/boost", "busy-single/boost-pausing", "busy-single/moodycamel", "busy-single/moodycamel-pausing"},
        0));
    rows.push_back(also("busy", "both cores busy: watched at 1 kHz, against unwatched", "busy-watched/ours",
                        {"busy-watched/ours unwatched"}, 0));
    rows.push_back(also("busy", "both cores busy: batches of 64 against boost's own", "busy-batches/ours",
                        {"busy-batches/boost", "busy-batches/boost-pausing"}, 0));
    for (const std::size_t size : sizes) {
        const std::string bytes = std::to_string(size);
        rows.push_back(
            also("memcpy", "items of " + bytes + " bytes against memcpy", "items/" + bytes, {"memcpy/" + bytes}, 0.8));
    }
    rows.push_back(
        also("sample", "`Observer::sample` of 64 readers, ns", "sample/64-readers", {}, 2000, Measure::plain_ns));
    rows.push_back(also("lifecycle", "create, attach, detach, clean up, ns", "lifecycle", {}, 0, Measure::plain_ns));
    return rows;
}

std::vector<Note> notes() {
    std::vector<Note> all{
        {"overwrite", "overwrite beside a spinning reader: delivered, % of pushes",
         "overwrite/spinning-reader delivered", 100},
        {"overwrite", "overwrite beside a spinning reader: lost, % of pushes", "overwrite/spinning-reader lost", 100},
    };
    for (const Rate& rate : rates) {
        const std::string key = std::string{"latency-"} + rate.name;
        for (const char* const whose : {"ours", "boost", "boost-pausing"}) {
            const std::string contender = key + "/" + whose;
            all.push_back({key, contender + ": median, ns", contender, 1e9});
            all.push_back({key, contender + ": 99 %, ns", contender + " 99 %", 1e9});
            all.push_back({key, contender + ": sent over a period late, %", contender + " late", 100});
        }
    }
    for (const std::size_t length : lengths) {
        const std::string contender = "looks/" + std::to_string(length);
        const std::string ring = "ring of " + std::to_string(length);
        all.push_back({"looks", ring + ": items a look", contender + " items-a-look", 1});
        all.push_back({"looks", ring + ": looks a microsecond", contender + " a-us", 1});
        all.push_back({"looks", ring + ": ns an item", contender, 1e9});
    }
    return all;
}

struct Wanted {
    Plan plan;
    std::vector<std::string> keys;  // none: everything
    std::vector<char*> for_google;  // the program's name and the options that we do not know
};

bool is_wanted(const Wanted& wanted, const std::string& key) {
    return wanted.keys.empty() ||
           std::ranges::any_of(wanted.keys, [&](const std::string& begin) { return key.starts_with(begin); });
}

/// False, with a sentence, if the command line makes no sense.
bool understand(int argc, char** argv, Wanted& wanted) {
    wanted.for_google.push_back(argv[0]);
    for (int index = 1; index < argc; ++index) {
        const std::string argument = argv[index];
        const bool number_follows = index + 1 < argc && std::atoi(argv[index + 1]) > 0;
        if (argument == "--quick") {
            wanted.plan = {.runs = 1, .rounds = 5};
        } else if ((argument == "--runs" || argument == "--rounds") && number_follows) {
            (argument == "--runs" ? wanted.plan.runs : wanted.plan.rounds) = std::atoi(argv[++index]);
        } else if (argument.starts_with("--benchmark_")) {
            wanted.for_google.push_back(argv[index]);
        } else if (argument.starts_with("-")) {
            std::fprintf(stderr,
                         "ring_bench: takes --runs N, --rounds N, --quick, --rows, --benchmark_... and keys of "
                         "rows, not \"%s\".\n",
                         argv[index]);
            return false;
        } else {
            wanted.keys.push_back(argument);
        }
    }
    return true;
}

template <class Rows>
void keep_wanted(Rows& rows, const Wanted& wanted) {
    std::erase_if(rows, [&](const auto& row) { return !is_wanted(wanted, row.key); });
}

std::vector<Contender> contenders_of(const std::vector<Row>& rows, const std::vector<Note>& reported) {
    std::set<std::string> names{bare_round_trip, bare_pausing};
    for (const Row& row : rows) {
        names.insert(contender_of(row.ours));
        for (const std::string& peer : row.peers) names.insert(contender_of(peer));
        names.insert(contender_of(row.instead));
    }
    for (const Note& note : reported) names.insert(contender_of(note.value));
    std::vector<Contender> all = main_contenders();
    std::ranges::move(other_contenders(), std::back_inserter(all));
    std::erase_if(all, [&](const Contender& contender) { return !names.contains(contender.name); });
    return all;
}

int measure(Wanted& wanted) {
    std::vector<Row> rows = main_rows();
    std::ranges::move(other_rows(), std::back_inserter(rows));
    std::vector<Note> reported = notes();
    keep_wanted(rows, wanted);
    keep_wanted(reported, wanted);
    if (rows.empty()) {
        std::fprintf(stderr, "ring_bench: no row of that name; ring_bench --rows lists them.\n");
        return 2;
    }
    const std::vector<Contender> contenders = contenders_of(rows, reported);
    if (!run_in_turn(contenders, wanted.plan, static_cast<int>(wanted.for_google.size()), wanted.for_google.data())) {
        return 2;
    }
    for (int run = 0; run < wanted.plan.runs; ++run)
        print_run(rows, reported, run, wanted.plan, {bare_round_trip, bare_pausing});
    if (wanted.plan.runs > 1) print_runs_together(rows, wanted.plan, {bare_round_trip, bare_pausing});
    return 0;
}

void list_rows() {
    std::vector<Row> rows = main_rows();
    std::ranges::move(other_rows(), std::back_inserter(rows));
    for (const Row& row : rows) std::printf("%-14s %s\n", row.key.c_str(), row.what.c_str());
}

/// For tables that another program prints.
void print_machine() {
    std::vector<double> spinning, pausing;
    for (int round = 0; round < 5; ++round) {
        spinning.push_back(bare_ping_pong(Wait::spinning));
        pausing.push_back(bare_ping_pong(Wait::pausing));
    }
    std::printf("%s\n", machine_line(median_of(spinning) < median_of(pausing) ? spinning : pausing).c_str());
}

}  // namespace

int main(int argc, char** argv) {
    if (argc == 4 && std::strcmp(argv[1], "--repeat") == 0) {
        return repeat(argv[2], std::strtoull(argv[3], nullptr, 10)) ? 0 : 2;
    }
    if (argc == 5 && std::strcmp(argv[1], "--take-turns") == 0) {
        const bool rejects = std::strcmp(argv[3], "reject") == 0;
        take_turns(std::atoi(argv[2]), rejects ? OverflowPolicy::reject : OverflowPolicy::overwrite,
                   std::strtoull(argv[4], nullptr, 10));
        return 0;
    }
    if (argc == 2 && std::strcmp(argv[1], "--rows") == 0) return list_rows(), 0;
    if (argc == 2 && std::strcmp(argv[1], "--machine") == 0) return print_machine(), 0;
    Wanted wanted;
    return understand(argc, argv, wanted) ? measure(wanted) : 2;
}
