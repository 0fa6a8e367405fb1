#pragma once
// Push and pop as single steps, on the same pieces as Writer::push and Reader::pop: for showing what happens inside,
// and for stopping or dying in the midst of it. The bytes of the segment are those of the hot path. Thread contract: as
// Writer and Reader. A step out of its turn throws std::logic_error and changes nothing.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "shared_cbuff/reader.hpp"
#include "shared_cbuff/writer.hpp"

namespace shared_cbuff {

/// What StepWriter does next: announce an item, copy parts of it, publish it.
enum class WriteStep { announce, copy, publish };

class StepWriter {
public:
    explicit StepWriter(Writer writer) noexcept : writer_{std::move(writer)} {}

    WriteStep next() const noexcept { return next_; }
    const Writer& writer() const noexcept { return writer_; }
    /// Announces one item of exactly item_size bytes: from here on readers count its slot as overwritten. False,
    /// nothing written, if a reader would lose an item under `reject`. Throws ItemTooLarge, InvalidArgument (too
    /// short).
    bool announce(std::span<const std::byte> item);
    /// Copies at most `bytes` more of it, in whole words; returns how many are left to copy. At least one word.
    std::size_t copy(std::size_t bytes);
    /// Makes the item readable; its bytes must all be copied.
    void publish();
    /// Gives the Writer back, between two items.
    Writer release();

private:
    Writer writer_;
    WriteStep next_ = WriteStep::announce;
    std::vector<std::byte> item_;
    std::size_t copied_ = 0;
};

/// What StepReader does next: look for an item, copy parts of it, validate the copy, take it (or count what was lost).
enum class ReadStep { look, copy, validate, take };

class StepReader {
public:
    /// Throws InvalidArgument for a reader of a classic segment: its steps are others.
    explicit StepReader(Reader reader);

    ReadStep next() const noexcept { return next_; }
    const Reader& reader() const noexcept { return reader_; }
    /// Looks whether there is an item; false, counted as an underflow, if not. Throws CorruptBuffer.
    bool look();
    /// Copies at most `bytes` more of it, in whole words; returns how many are left to copy. At least one word.
    std::size_t copy(std::size_t bytes);
    /// How many items from this one on were overwritten meanwhile: 0 if the copy is whole. Throws ReaderEvicted.
    std::uint64_t validate();
    /// Takes the item and returns it; or, if it was overwritten, counts the loss, moves on and returns nothing.
    std::optional<std::vector<std::byte>> take();
    /// Gives the Reader back, between two items.
    Reader release();

private:
    Reader reader_;
    ReadStep next_ = ReadStep::look;
    std::vector<std::byte> item_;
    std::size_t copied_ = 0;
    std::uint64_t gone_ = 0;
};

}  // namespace shared_cbuff
