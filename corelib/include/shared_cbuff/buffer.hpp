#pragma once
// SharedCircularBuffer: the class of the Python package shared_cbuff 0.0.1, under the same names; a thin face over
// Writer and Reader.
// Thread contract: an instance belongs to one thread at a time.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "shared_cbuff/errors.hpp"
#include "shared_cbuff/reader.hpp"
#include "shared_cbuff/writer.hpp"

namespace shared_cbuff {

struct BufferOptions {
    bool create = false;  ///< true: this instance is the writer; false: a reader of an existing buffer
    std::optional<std::uint64_t> item_size = std::nullopt;  ///< bytes; 1 when created without. Checked when attaching
    std::optional<std::uint64_t> length = std::nullopt;     ///< items; 2 when created without. Checked when attaching
    OverflowPolicy policy = OverflowPolicy::overwrite;
    std::string label = {};  ///< of the reader, told to observers
};

class SharedCircularBuffer {
public:
    /// Throws what Writer::create or Reader::attach throw.
    explicit SharedCircularBuffer(std::string_view name, const BufferOptions& options = {});

    /// Appends an item; false if the policy is `reject` and a reader would lose one. Throws WriteOperationsForbidden
    /// on a reader, ItemTooLarge.
    bool push(std::uint64_t item);
    bool push(std::span<const std::byte> item);
    std::size_t push_many(std::span<const std::byte> items);

    /// The oldest item not taken yet; nothing if there is none. Throws ReadOperationsForbidden on the writer.
    std::optional<std::uint64_t> popitem();
    bool popitem(std::span<std::byte> item);
    /// Up to `n` items, oldest first.
    std::vector<std::uint64_t> popmany(std::size_t n);
    std::size_t popmany(std::span<std::byte> items);

    /// Items that this reader has not taken yet; on the writer, those of the slowest active reader.
    std::uint64_t usage();
    const std::string& name() const noexcept { return name_; }
    std::uint64_t item_size() const noexcept { return geometry_.item_size; }
    std::uint64_t length() const noexcept { return geometry_.length; }
    bool is_writer() const noexcept { return is_writer_; }

    /// Closes; removes the name too if this instance is the writer. Runs by itself at destruction and at exit().
    /// Afterwards every operation throws InvalidArgument. Calling it again does nothing.
    void cleanup();

private:
    Writer& writer(std::string_view operation);
    Reader& reader(std::string_view operation);
    void check_open(std::string_view operation) const;

    std::string name_;
    bool is_writer_;
    std::variant<std::monostate, Writer, Reader> role_;
    Geometry geometry_;
};

}  // namespace shared_cbuff
