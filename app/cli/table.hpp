#pragma once
// Text in aligned columns, as wide as it needs to be or made to fit a terminal.
// Thread contract: a Table belongs to one thread.

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace cli {

struct Column {
    enum class Align { left, right };
    std::string title;
    Align align = Align::left;
    int dispensable = 0;  ///< where there is no room the column with the largest goes first; 0: it stays
    bool elides = false;  ///< its cells may lose their middle
};

class Table {
public:
    explicit Table(std::vector<Column> columns) : m_columns{std::move(columns)} {}

    /// As many cells as there are columns, each as printableText() gives it.
    void add(std::vector<std::string> cells) { m_rows.push_back(std::move(cells)); }
    /// A line of titles and one for each row, without blanks at their ends; none wider than `columns`, if given: cells
    /// are elided, columns left out, and at last the lines cut off.
    std::vector<std::string> lines(std::optional<std::size_t> columns = std::nullopt) const;
    /// The same as one text, each line ended by a line feed.
    std::string text() const;

private:
    std::vector<Column> m_columns;
    std::vector<std::vector<std::string>> m_rows;
};

}  // namespace cli
