#pragma once
// Items as `cbuff pop` and `cbuff peek` print them. Each form can be read back by `cbuff push -`, exactly.
// Thread contract: an object belongs to one thread.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "cli/command.hpp"

namespace cli {

/// Items that were overwritten before they could be popped.
struct Loss {
    std::uint64_t count = 0;
    std::optional<std::uint64_t> first;  ///< number of the first of them since the first push; nothing if unknown
};

class ItemPrinter {
public:
    explicit ItemPrinter(const FormFlags& flags) : m_flags{flags} {}

    /// What stands for an item on stdout, its line feed included. `number` is that of the item since the first push.
    std::string text(std::span<const std::byte> item, std::optional<std::uint64_t> number) const;
    /// What stands for a loss: a record between those of the items; nothing in the other forms.
    std::string text(const Loss& loss) const;

private:
    FormFlags m_flags;
};

}  // namespace cli
