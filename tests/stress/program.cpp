#include "program.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string_view>
#include <vector>

#include "crew.hpp"
#include "random.hpp"
#include "sections.hpp"
#include "test_support/segments.hpp"
#include "violation.hpp"

namespace stress {
namespace {

using std::chrono::milliseconds;

constexpr std::uint64_t kills_of_a_case = 100;
constexpr std::uint64_t least_kills = 1000;  // however little time there is

/// Of about 1 to 2 s; which, the seed says.
milliseconds duration_of(std::uint64_t seed) { return milliseconds{800 + seed % 1000}; }

struct Section {
    std::string_view name;
    unsigned share;  // of the time, in percent
    std::function<Row(std::uint64_t seed)> run_case;
    std::uint64_t least_kills = 0;
    std::function<std::optional<std::string>()> obstacle = [] { return std::nullopt; };
};

std::vector<Section> sections() {
    return {{"truth", 40, [](std::uint64_t seed) { return run_truth_case(seed, duration_of(seed)); }},
            {"kill", 25, [](std::uint64_t seed) { return run_kill_case(seed, kills_of_a_case); }, least_kills},
            {"stop", 10, run_stop_case},
            {"neighbours", 15, [](std::uint64_t seed) { return run_neighbour_case(seed, duration_of(seed)); }},
            {"races", 5, [](std::uint64_t seed) { return run_race_case(seed, duration_of(seed)); }},
            {"faults", 5, [](std::uint64_t seed) { return run_fault_case(seed, 1); }, 0, why_no_faults}};
}

void print_usage() {
    std::fputs(
        "stress [--minutes N] [--seed S] [--only truth|kill|stop|neighbours|races|faults [--case K]]\n"
        "  --minutes  time to spend, 3 if not given; a fraction is fine\n"
        "  --seed     draws every case; a fresh one if not given. When processes run, no seed can repeat\n"
        "  --only     one section instead of all\n"
        "  --case     one case of it, again and again until the time is up\n",
        stderr);
}

std::optional<std::uint64_t> number_in(const char* text) {
    char* end = nullptr;
    errno = 0;
    const auto value = std::strtoull(text, &end, 0);
    if (errno != 0 || end == text || *end != '\0' || *text == '-') return std::nullopt;
    return value;
}

class Run {
public:
    explicit Run(const ProgramOptions& options) : options_{options} {}

    int execute() {
        std::printf("seed %llu\n", number(options_.seed));
        std::fflush(stdout);
        unsigned index = 0;
        for (const Section& section : sections()) {
            ++index;
            if (options_.only && *options_.only != section.name) continue;
            if (const int code = run_section(section, index); code != 0) return code;
        }
        print_table();
        return 0;
    }

private:
    static unsigned long long number(std::uint64_t value) { return value; }

    int run_section(const Section& section, unsigned index) {
        if (const auto obstacle = section.obstacle()) {
            std::printf("%.*s: skipped: %s\n", static_cast<int>(section.name.size()), section.name.data(),
                        obstacle->c_str());
            return 0;
        }
        const auto time = options_.only ? options_.time : options_.time * section.share / 100;
        const auto end = Clock::now() + time;
        const auto first_row = static_cast<std::ptrdiff_t>(rows_.size());
        std::uint64_t kills = 0;
        std::uint64_t case_number = options_.only_case.value_or(0);
        while (Clock::now() < end || (!options_.only_case && kills < section.least_kills)) {
            try {
                const Row row = section.run_case(case_seed(options_.seed, index, case_number));
                kills += row.kills;
                report(section, case_number, row);
            } catch (const Interrupted&) {
                std::fputs("interrupted\n", stderr);
                return 130;
            } catch (const std::exception& violation) {
                std::printf(
                    "VIOLATION in section %.*s, case %llu: %s\nrepeat: stress --seed %llu --only %.*s --case %llu\n",
                    static_cast<int>(section.name.size()), section.name.data(), number(case_number), violation.what(),
                    number(options_.seed), static_cast<int>(section.name.size()), section.name.data(),
                    number(case_number));
                return 1;
            }
            if (!options_.only_case) ++case_number;
        }
        std::ranges::sort(rows_.begin() + first_row, rows_.end(), {}, &Row::title);
        return 0;
    }

    void report(const Section& section, std::uint64_t case_number, const Row& row) {
        std::fprintf(stderr, "%.*s %llu: %s: pushed %llu, popped %llu, lost %llu, rejected %llu\n",
                     static_cast<int>(section.name.size()), section.name.data(), number(case_number),
                     row.detail.c_str(), number(row.pushed), number(row.popped), number(row.lost),
                     number(row.rejected));
        const auto known = std::ranges::find(rows_, row.title, &Row::title);
        if (known == rows_.end()) {
            rows_.push_back(row);
        } else {
            *known += row;
        }
    }

    void print_table() {
        std::printf("%-58s %6s %13s %10s %13s %13s %10s %12s %6s %7s %5s\n", "", "cases", "pushed", "laps", "popped",
                    "lost", "overruns", "rejected", "kills", "events", "torn");
        for (const Row& row : rows_) {
            std::printf("%-58s %6llu %13llu %10llu %13llu %13llu %10llu %12llu %6llu %7llu %5llu\n", row.title.c_str(),
                        number(row.cases), number(row.pushed), number(row.laps), number(row.popped), number(row.lost),
                        number(row.overruns), number(row.rejected), number(row.kills), number(row.events),
                        number(row.torn));
        }
    }

    ProgramOptions options_;
    std::vector<Row> rows_;
};

}  // namespace

std::optional<ProgramOptions> parse(int argc, char** argv) {
    ProgramOptions options;
    options.seed = test_support::test_seed();
    bool understood = argc % 2 == 1;  // every option has a value
    for (int index = 1; understood && index < argc; index += 2) {
        const std::string_view option{argv[index]};
        const char* const value = argv[index + 1];
        if (option == "--minutes") {
            char* end = nullptr;
            const double minutes = std::strtod(value, &end);
            understood = end != value && *end == '\0' && minutes > 0 && minutes < 1e6;
            if (understood) options.time = milliseconds{static_cast<std::int64_t>(minutes * 60'000)};
        } else if (option == "--seed") {
            const auto seed = number_in(value);
            understood = seed.has_value();
            if (seed) options.seed = *seed;
        } else if (option == "--only") {
            const auto known = sections();
            understood = std::ranges::find(known, value, &Section::name) != known.end();
            options.only = value;
        } else if (option == "--case") {
            options.only_case = number_in(value);
            understood = options.only_case.has_value();
        } else {
            understood = false;
        }
    }
    if (understood && (!options.only_case || options.only)) return options;
    print_usage();
    return std::nullopt;
}

int run(const ProgramOptions& options) {
    catch_interrupts();
    return Run{options}.execute();
}

}  // namespace stress
