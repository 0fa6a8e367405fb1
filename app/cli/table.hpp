#pragma once
// Text in aligned columns.
// Thread contract: a Table belongs to one thread.

#include <string>
#include <vector>

namespace cli {

struct Column {
    enum class Align { left, right };
    std::string title;
    Align align = Align::left;
};

class Table {
public:
    explicit Table(std::vector<Column> columns) : m_columns{std::move(columns)} {}

    /// As many cells as there are columns.
    void add(std::vector<std::string> cells) { m_rows.push_back(std::move(cells)); }
    /// A line of titles and one for each row, each ended by a line feed and without blanks before it.
    std::string text() const;

private:
    std::vector<Column> m_columns;
    std::vector<std::vector<std::string>> m_rows;
};

}  // namespace cli
