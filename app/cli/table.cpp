#include "cli/table.hpp"

#include <algorithm>

namespace cli {
namespace {

/// Characters, not bytes: every byte of UTF-8 but the continuation bytes begins one.
std::size_t width(const std::string& text) {
    return static_cast<std::size_t>(
        std::ranges::count_if(text, [](char byte) { return (static_cast<unsigned char>(byte) & 0xc0u) != 0x80u; }));
}

}  // namespace

std::string Table::text() const {
    std::vector<std::size_t> widths;
    for (std::size_t index = 0; index < m_columns.size(); ++index) {
        widths.push_back(width(m_columns[index].title));
        for (const auto& row : m_rows) widths.back() = std::max(widths.back(), width(row[index]));
    }
    std::string text;
    const auto append = [&](const auto& cellOf) {
        std::string line;
        for (std::size_t index = 0; index < m_columns.size(); ++index) {
            const std::string& cell = cellOf(index);
            const std::string blanks(widths[index] - width(cell), ' ');
            if (index > 0) line += "  ";
            line += m_columns[index].align == Column::Align::right ? blanks + cell : cell + blanks;
        }
        text += line.substr(0, line.find_last_not_of(' ') + 1) + '\n';
    };
    append([&](std::size_t index) -> const std::string& { return m_columns[index].title; });
    for (const auto& row : m_rows) append([&](std::size_t index) -> const std::string& { return row[index]; });
    return text;
}

}  // namespace cli
