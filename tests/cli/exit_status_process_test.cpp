// The README's table of exit statuses: every row is true, and no status is missing.

#include <gtest/gtest.h>
#include <signal.h>

#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "program.hpp"
#include "shared_cbuff/writer.hpp"
#include "test_support/segments.hpp"

namespace {

using cli_tests::Program;
using cli_tests::run;
using shared_cbuff::Writer;
using test_support::ScopedName;

struct Row {
    int status = 0;
    std::string of;
    friend auto operator<=>(const Row&, const Row&) = default;
};

std::string trimmed(const std::string& cell) {
    const auto first = cell.find_first_not_of(' ');
    return first == std::string::npos ? "" : cell.substr(first, cell.find_last_not_of(' ') + 1 - first);
}

/// The rows of the table with the columns status, of and when.
std::vector<Row> rowsOfReadme() {
    std::ifstream readme{CBUFF_README};
    std::string line;
    while (std::getline(readme, line) && line != "| status | of | when |") {
    }
    std::getline(readme, line);  // the rule below the head
    std::vector<Row> rows;
    while (std::getline(readme, line) && line.starts_with("|")) {
        std::istringstream cells{line.substr(1)};
        std::string status;
        std::string of;
        std::getline(cells, status, '|');
        std::getline(cells, of, '|');
        rows.push_back({std::stoi(status), trimmed(of)});
    }
    return rows;
}

int statusOfAnInterruptedCommand() {
    const ScopedName name;
    Writer::create(name.str(), {.item_size = 8, .length = 4}).release();
    Program watch{{"watch", name, "--jsonl"}};
    EXPECT_TRUE(watch.line());
    watch.signal(SIGINT);
    return watch.finish().status;
}

/// Of a check of a buffer that nobody has used yet.
int statusOfCheck(const std::vector<std::string>& rules) {
    const ScopedName name;
    Writer::create(name.str(), {.item_size = 8, .length = 4}).release();
    std::vector<std::string> arguments{"check", name};
    arguments.insert(arguments.end(), rules.begin(), rules.end());
    return run(arguments).status;
}

/// For each row a command that ends so.
const std::map<Row, int (*)()> commands{
    {{0, "all but `check`"}, [] { return run({"--version"}).status; }},
    {{1, "all but `check`"},
     [] {
         return run({"info", ScopedName{}}).status;
     }},
    {{2, "all but `check`"}, [] { return run({"info"}).status; }},
    {{124, "all but `check`"},
     [] {
         return run({"info", ScopedName{}, "--wait=0.01"}).status;
     }},
    {{130, "every command"}, statusOfAnInterruptedCommand},
    {{0, "`check`"}, [] { return statusOfCheck({"pushed = 0"}); }},
    {{1, "`check`"},
     [] {
         return statusOfCheck({"--warn", "pushed > 0"});
     }},
    {{2, "`check`"}, [] { return statusOfCheck({"pushed > 0"}); }},
    {{3, "`check`"}, [] { return statusOfCheck({"usage < 80%"}); }},
};

TEST(ExitStatuses, AreThoseOfTheReadme) {
    std::map<Row, int> seen;
    for (const Row& row : rowsOfReadme()) {
        ++seen[row];
        const auto command = commands.find(row);
        ASSERT_NE(command, commands.end()) << row.status << " of " << row.of << " is told, but not tried here";
        EXPECT_EQ(command->second(), row.status) << row.of;
    }
    for (const auto& [row, command] : commands) EXPECT_EQ(seen[row], 1) << row.status << " of " << row.of;
}

}  // namespace
