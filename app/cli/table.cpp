#include "cli/table.hpp"

#include <algorithm>
#include <numeric>

#include "values/printable.hpp"

namespace cli {
namespace {

using workbench::displayWidth;

constexpr std::size_t gap = 2;
constexpr std::size_t readableWidth = 16;  // an elided cell keeps this much before a whole column goes
constexpr std::size_t leastWidth = 3;

/// The columns that are shown, and how wide each is.
struct Plan {
    std::vector<std::size_t> shown;
    std::vector<std::size_t> widths;  // of all

    std::size_t total() const {
        const auto sum = [&](std::size_t before, std::size_t column) { return before + gap + widths[column]; };
        return std::accumulate(shown.begin(), shown.end(), std::size_t{0}, sum) - (shown.empty() ? 0 : gap);
    }
};

void elide(Plan& plan, const std::vector<Column>& columns, std::size_t room, std::size_t least) {
    for (const std::size_t column : plan.shown) {
        std::size_t& width = plan.widths[column];
        const std::size_t narrowest = std::max(least, displayWidth(columns[column].title));
        if (!columns[column].elides || plan.total() <= room || width <= narrowest) continue;
        width = std::max(narrowest, width - std::min(width, plan.total() - room));
    }
}

void fit(Plan& plan, const std::vector<Column>& columns, std::size_t room) {
    const auto natural = plan.widths;
    elide(plan, columns, room, readableWidth);
    while (plan.total() > room) {
        const auto least =
            std::ranges::max_element(plan.shown, {}, [&](std::size_t column) { return columns[column].dispensable; });
        if (least == plan.shown.end() || columns[*least].dispensable == 0) break;
        plan.shown.erase(least);
    }
    plan.widths = natural;  // a column that went may leave more room than was wanted of it
    elide(plan, columns, room, leastWidth);
}

}  // namespace

std::vector<std::string> Table::lines(std::optional<std::size_t> columns) const {
    Plan plan;
    for (std::size_t index = 0; index < m_columns.size(); ++index) {
        plan.shown.push_back(index);
        plan.widths.push_back(displayWidth(m_columns[index].title));
        for (const auto& row : m_rows) plan.widths.back() = std::max(plan.widths.back(), displayWidth(row[index]));
    }
    if (columns) fit(plan, m_columns, *columns);
    std::vector<std::string> lines;
    const auto append = [&](const auto& cellOf) {
        std::string line;
        for (const std::size_t index : plan.shown) {
            std::string elided;
            const bool mayElide = columns && m_columns[index].elides;
            if (mayElide) elided = workbench::elidedInMiddle(cellOf(index), plan.widths[index]);
            const std::string& cell = mayElide ? elided : cellOf(index);
            const std::size_t blanks = plan.widths[index] - displayWidth(cell);
            const bool atRight = m_columns[index].align == Column::Align::right;
            line.append((index == plan.shown.front() ? 0 : gap) + (atRight ? blanks : 0), ' ');
            line.append(cell).append(atRight ? 0 : blanks, ' ');
        }
        line.resize(line.find_last_not_of(' ') + 1);
        lines.push_back(columns ? workbench::elidedAtEnd(line, *columns) : std::move(line));
    };
    append([&](std::size_t index) -> const std::string& { return m_columns[index].title; });
    for (const auto& row : m_rows) append([&](std::size_t index) -> const std::string& { return row[index]; });
    return lines;
}

std::string Table::text() const {
    std::string text;
    for (const std::string& line : lines()) text.append(line).append("\n");
    return text;
}

}  // namespace cli
