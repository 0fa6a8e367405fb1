// recording_bench [--quick] [ROW...]: what keeping the past costs, as markdown.

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "evidence.hpp"
#include "machine.hpp"

namespace {

using namespace bench;

struct Row {
    std::string key;
    std::function<Findings(bool quick)> measure;
};

std::vector<Row> rows() {
    return {{"record", [](bool quick) { return record_many(quick ? 10 : 600, Beside::nothing); }},
            {"record-busy", [](bool quick) { return record_many(quick ? 10 : 600, Beside::busy_loops); }},
            {"push", [](bool quick) { return push_beside_tap(quick ? 5 : 31); }},
            {"items", [](bool quick) { return record_items(quick ? 5 : 60, Beside::nothing); }},
            {"items-busy", [](bool quick) { return record_items(quick ? 5 : 60, Beside::busy_loops); }},
            {"seek", [](bool quick) { return seek_in_past(quick ? 1 : 24); }},
            {"gigabyte", [](bool quick) { return seek_in_past(quick ? 2 : 52); }},
            {"resident", [](bool quick) { return keep_resident(quick ? 1 : 10); }}};
}

void print(const Finding& finding) {
    const bool at_least = finding.bound == Finding::Bound::at_least;
    const bool is_met = at_least ? finding.value >= finding.bar : finding.value <= finding.bar;
    const bool has_bar = finding.bound != Finding::Bound::none;
    std::printf("| %s | %.4g%s%s | ", finding.what.c_str(), finding.value, finding.unit.empty() ? "" : " ",
                finding.unit.c_str());
    if (has_bar) std::printf("%s %.4g", at_least ? "≥" : "≤", finding.bar);
    std::printf(" | %s |\n", !has_bar ? "" : is_met ? "met" : "**MISSED**");
    std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
    bool quick = false;
    std::vector<std::string> wanted;
    for (int index = 1; index < argc; ++index) {
        if (std::strcmp(argv[index], "--quick") == 0)
            quick = true;
        else
            wanted.emplace_back(argv[index]);
    }
    const std::vector<Row> all = rows();
    for (const std::string& key : wanted) {
        if (std::ranges::find(all, key, &Row::key) != all.end()) continue;
        std::fprintf(stderr, "recording_bench: no row \"%s\"; there are:", key.c_str());
        for (const Row& row : all) std::fprintf(stderr, " %s", row.key.c_str());
        std::fprintf(stderr, "\n");
        return 2;
    }
    std::printf("%s, %ld cores%s\n\n| measured | | bar | |\n| --- | --- | --- | --- |\n", processor().c_str(),
                ::sysconf(_SC_NPROCESSORS_ONLN), quick ? "; quick: too short to count" : "");
    for (const Row& row : all) {
        if (!wanted.empty() && std::ranges::find(wanted, row.key) == wanted.end()) continue;
        for (const Finding& finding : row.measure(quick)) print(finding);
    }
}
