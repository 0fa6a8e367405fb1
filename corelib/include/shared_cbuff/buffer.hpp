#pragma once
// SharedCircularBuffer: the class of the Python package shared_cbuff 0.0.1, under the same names; a thin face over
// Writer and Reader.
// Thread contract: an instance belongs to one thread at a time.
// What differs from the package, and why, is in README.md, "Coming from Python".

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "shared_cbuff/errors.hpp"
#include "shared_cbuff/item.hpp"
#include "shared_cbuff/reader.hpp"
#include "shared_cbuff/writer.hpp"

namespace shared_cbuff {

struct BufferOptions {
    bool create = false;  ///< true: this instance is the writer; false: a reader of an existing buffer
    /// Bytes; items. Without them it is created with 1 and 2, the package's defaults. When attaching, what is given is
    /// checked, and what is not comes from the segment; a classic one does not tell, so there it is the default, too.
    std::optional<std::uint64_t> item_size = std::nullopt;
    std::optional<std::uint64_t> length = std::nullopt;
    OverflowPolicy policy = OverflowPolicy::overwrite;
    std::string label = {};  ///< of the reader, told to observers
};

class SharedCircularBuffer {
public:
    /// Throws what Writer::create or Reader::attach throw.
    explicit SharedCircularBuffer(std::string_view name, const BufferOptions& options = {});

    /// Appends an item; false if the policy is `reject` and a reader would lose one. Throws WriteOperationsForbidden
    /// on a reader, ItemTooLarge, InvalidArgument (negative). A span has exactly item_size bytes.
    template <ItemNumber Number>
    bool push(Number item) {
        return writer(pushing).push(item);
    }
    bool push(std::span<const std::byte> item);
    std::size_t push_many(std::span<const std::byte> items);
    /// The same with an integer of any width: its big-endian bytes, as many as it has; leading zeros do not count.
    bool push_big_endian(std::span<const std::byte> number);

    /// The oldest item not taken yet; nothing if there is none. Throws ReadOperationsForbidden on the writer.
    /// Items wider than 8 bytes, too: every integer that push() takes comes back. Only bytes can hold a greater one:
    /// then throws InvalidArgument and keeps the item for the forms below.
    std::optional<std::uint64_t> popitem();
    bool popitem(std::span<std::byte> item);
    /// The same as the item's item_size bytes: an integer of any width, big-endian.
    std::optional<std::vector<std::byte>> popitem_big_endian();
    /// Up to `n` items, oldest first; as popitem(), and it stops before an item that fits no integer.
    std::vector<std::uint64_t> popmany(std::size_t n);
    std::size_t popmany(std::span<std::byte> items);

    /// Items that this reader has not taken yet; on the writer, those of the slowest active reader.
    std::uint64_t usage() const;
    const std::string& name() const noexcept { return name_; }
    std::uint64_t item_size() const noexcept { return geometry_.item_size; }
    std::uint64_t length() const noexcept { return geometry_.length; }
    bool is_writer() const noexcept { return is_writer_; }

    /// Closes; removes the name too if this instance is the writer. Runs by itself at destruction and at exit().
    /// Afterwards every operation throws InvalidArgument. Calling it again does nothing.
    void cleanup();

    /// As the package's str(): the name, and how full a reader finds the buffer.
    friend std::ostream& operator<<(std::ostream& stream, const SharedCircularBuffer& buffer);

private:
    static constexpr std::string_view pushing = "push to";

    Writer& writer(std::string_view operation);
    Reader& reader(std::string_view operation);
    void check_open(std::string_view operation) const;
    bool take(std::span<std::byte> item);
    std::optional<std::uint64_t> number_or_keep(std::vector<std::byte>& item);

    std::string name_;
    bool is_writer_;
    std::variant<std::monostate, Writer, Reader> role_;
    Geometry geometry_;
    std::vector<std::byte> kept_;  // an item taken from the ring that fits no integer, or empty
};

}  // namespace shared_cbuff
