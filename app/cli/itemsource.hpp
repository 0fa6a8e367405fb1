#pragma once
// Items as `cbuff push -` reads them from stdin: one a line, or bare bytes.
// Thread contract: an object belongs to one thread; a signal ends its waits.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/command.hpp"
#include "cli/linesource.hpp"

namespace cli {

/// What one argument or line denotes; a range is walked, never stored.
struct Piece {
    std::vector<std::byte> item;
    std::optional<workbench::ItemRange> range;
};
/// Throws ItemTextError.
Piece parsePiece(std::string_view text, workbench::ItemForm form, std::uint64_t itemSize);

class ItemSource {
public:
    ItemSource(int descriptor, const FormFlags& flags, std::uint64_t itemSize);

    /// The next piece that has arrived; nothing if there is none yet or any more. Records of losses are passed over and
    /// counted. Throws ItemTextError for what is no item, with its place: "line 3: ...".
    std::optional<Piece> next();
    /// Nothing will follow.
    bool ended() const noexcept { return m_flags.raw ? m_rawEnded : m_lines.ended(); }
    int descriptor() const noexcept { return m_lines.descriptor(); }
    /// "line 3" or "item 3": where what next() gave last stood.
    std::string place() const;
    /// Items that the input says were lost before they could be popped.
    std::uint64_t lost() const noexcept { return m_lost; }

private:
    std::optional<Piece> nextLine();
    std::optional<Piece> nextRaw();
    std::optional<Piece> parseLine(const std::string& line);
    std::optional<Piece> parseRecord(const std::string& line);
    void readRaw();

    FormFlags m_flags;
    std::uint64_t m_itemSize;
    LineSource m_lines;
    std::vector<std::byte> m_raw;
    std::size_t m_rawBegin = 0;
    bool m_rawEnded = false;
    std::uint64_t m_number = 0;  // of the line or item that was read last
    std::uint64_t m_lost = 0;
};

}  // namespace cli
