// How fast the ring is, beside the queues people use: every bar of README's "How fast, how safe" in one run.
//
// Contenders take turns, round by round, because a machine's speed drifts (the same binary at 30 and at 130 M items/s
// minutes apart): each round yields a ratio of its own, and the best rounds are compared with each other.
// `ring_bench --repeat OPERATION COUNT` only does it COUNT times: for counting instructions under valgrind.

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "contenders.hpp"
#include "harness.hpp"

namespace {

using namespace bench;
using shared_cbuff::OverflowPolicy;

constexpr std::size_t sizes[] = {3, 64, 1024, 65536};

std::vector<Contender> contenders() {
    std::vector<Contender> all{
        {"lossless/single", ours_single},
        {"boost/single", boost_single},
        {"moodycamel/single", moodycamel_single},
        {"python/single", python_single},
        {"lossless/batch", ours_batch},
        {"boost/batch", boost_batch},
        {"moodycamel/batch", moodycamel_batch},
        {"overwrite/alone", overwrite_alone},
        {"overwrite/8-idle-readers", overwrite_with_idle_readers},
        {"overwrite/spinning-reader", overwrite_with_spinning_reader},
        {"ping-pong/overwrite", [] { return ping_pong(OverflowPolicy::overwrite); }},
        {"ping-pong/reject", [] { return ping_pong(OverflowPolicy::reject); }},
        {"ping-pong/bare", bare_ping_pong},
        {"observed/never", overwrite_unobserved},
        {"observed/1-khz", overwrite_observed_at_1_khz},
        {"observed/10-at-100-hz", overwrite_observed_by_10_at_100_hz},
        {"sample/64-readers", sample_of_64_readers},
        {"lifecycle", create_attach_detach_cleanup},
    };
    for (const std::size_t size : sizes) {
        all.push_back({"items/" + std::to_string(size), [size] { return ours_items(size); }});
        all.push_back({"memcpy/" + std::to_string(size), [size] { return memcpy_items(size); }});
    }
    return all;
}

void print_row(const std::string& what, const std::string& ours, const std::string& peer, double bar) {
    const Ratio ratio = ratio_of(ours, peer);
    if (ratio.best <= 0) return;  // filtered out on the command line
    std::printf("%-44s %-26s %9.2f %9.2f %7.2f %7.2f   %4.2f %s\n", what.c_str(), peer.c_str(), best_ns(ours),
                best_ns(peer), ratio.best, ratio.median, bar, ratio.best >= bar ? "met" : "MISSED");
}

std::string best_single_peer() {
    return best_ns("moodycamel/single") < best_ns("boost/single") ? "moodycamel/single" : "boost/single";
}

void print_table() {
    std::printf(
        "\nTimes of ours and of the peer in ns an operation, best of %d rounds; how many times faster ours is:\n"
        "best against best, and the median of the rounds' own ratios; the bar for best against best.\n\n",
        rounds);
    std::printf("%-44s %-26s %9s %9s %7s %7s   %s\n", "workload", "peer", "ours", "peer", "best", "median", "bar");
    print_row("lossless, one item at a time", "lossless/single", "boost/single", 1.2);
    print_row("", "lossless/single", "moodycamel/single", 1.2);
    print_row("", "lossless/single", "python/single", 1.2);
    print_row("lossless, batches of 64", "lossless/batch", best_single_peer(), 4);
    print_row("", "lossless/batch", "boost/batch", 1);
    print_row("", "lossless/batch", "moodycamel/batch", 1);
    print_row("overwrite, no reader", "overwrite/alone", best_single_peer(), 4);
    print_row("overwrite, one reader spins", "overwrite/spinning-reader", best_single_peer(), 0.9);
    print_row("overwrite, 8 idle registered readers", "overwrite/8-idle-readers", "overwrite/alone", 0.97);
    print_row("round trip, overwrite", "ping-pong/overwrite", "ping-pong/bare", 1 / 1.4);
    print_row("round trip, reject", "ping-pong/reject", "ping-pong/bare", 1 / 1.4);
    for (const std::size_t size : sizes) {
        const std::string bytes = std::to_string(size);
        print_row("items of " + bytes + " bytes", "items/" + bytes, "memcpy/" + bytes, 0.8);
    }
    print_row("push under an observer at 1 kHz", "observed/1-khz", "observed/never", 0.98);
    print_row("push under 10 observers at 100 Hz", "observed/10-at-100-hz", "observed/never", 0.98);
    if (const double sample = best_ns("sample/64-readers"); sample > 0) {
        std::printf("%-44s %-26s %9.0f %45s %s\n", "Observer::sample of 64 readers", "", sample, "2000",
                    sample <= 2000 ? "met" : "MISSED");
    }
    if (const double lifecycle = best_ns("lifecycle"); lifecycle > 0) {
        std::printf("%-44s %-26s %9.0f\n", "create + attach + detach + cleanup", "", lifecycle);
    }
}

}  // namespace

int main(int argc, char** argv) {
    if (argc == 4 && std::string{argv[1]} == "--repeat") {
        return repeat(argv[2], std::strtoull(argv[3], nullptr, 10)) ? 0 : 2;
    }
    if (!run_in_turn(contenders(), argc, argv)) return 2;
    print_table();
    return 0;
}
