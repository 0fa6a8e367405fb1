#include "shared_cbuff/buffer.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <ostream>
#include <utility>

#include "attach.hpp"
#include "shared_cbuff/detail/segment.hpp"
#include "shared_cbuff/item.hpp"

namespace shared_cbuff {
namespace {

constexpr std::string_view attaching = "attach to";
constexpr std::string_view popping = "pop from";

/// What to attach with: nothing given, an extended segment tells all; one half given, the other is the segment's own.
std::optional<Geometry> expected_geometry(std::string_view name, const BufferOptions& options) {
    if (options.item_size && options.length) return Geometry{*options.item_size, *options.length};
    const Segment segment = Segment::open(attaching, name, Access::read_only);
    const auto offsets = attach::find_offsets(attaching, segment);
    const Geometry rest = offsets ? offsets->geometry : Geometry{};
    return Geometry{options.item_size.value_or(rest.item_size), options.length.value_or(rest.length)};
}

/// Whether an integer of 8 bytes can hold it.
bool fits_integer(std::span<const std::byte> item) {
    if (item.size() <= sizeof(std::uint64_t)) return true;
    return std::ranges::all_of(item.first(item.size() - sizeof(std::uint64_t)),
                               [](std::byte byte) { return byte == std::byte{0}; });
}

}  // namespace

SharedCircularBuffer::SharedCircularBuffer(std::string_view name, const BufferOptions& options)
    : name_{plain_name(options.create ? "create" : attaching, name)}, is_writer_{options.create} {
    if (options.create) {
        CreateOptions made{.policy = options.policy};
        made.item_size = options.item_size.value_or(made.item_size);
        made.length = options.length.value_or(made.length);
        const auto& writer = role_.emplace<Writer>(Writer::create(name, made));
        geometry_ = writer.geometry();
    } else {
        const auto& reader = role_.emplace<Reader>(
            Reader::attach(name, {.geometry = expected_geometry(name, options), .label = options.label}));
        geometry_ = reader.geometry();
    }
}

void SharedCircularBuffer::check_open(std::string_view operation) const {
    if (std::holds_alternative<std::monostate>(role_)) {
        throw InvalidArgument{operation, name_, "cleanup() has closed this instance"};
    }
}

Writer& SharedCircularBuffer::writer(std::string_view operation) {
    if (!is_writer_)
        throw WriteOperationsForbidden{operation, name_, "this instance is a reader; only the writer pushes"};
    check_open(operation);
    return std::get<Writer>(role_);
}

Reader& SharedCircularBuffer::reader(std::string_view operation) {
    if (is_writer_)
        throw ReadOperationsForbidden{operation, name_, "this instance is the writer; attach a reader to pop"};
    check_open(operation);
    return std::get<Reader>(role_);
}

bool SharedCircularBuffer::push(std::span<const std::byte> item) { return writer(pushing).push(item); }
std::size_t SharedCircularBuffer::push_many(std::span<const std::byte> items) {
    return writer(pushing).push_many(items);
}

bool SharedCircularBuffer::push_big_endian(std::span<const std::byte> number) {
    Writer& to = writer(pushing);
    const auto first = std::ranges::find_if(number, [](std::byte byte) { return byte != std::byte{0}; });
    const auto digits = number.subspan(static_cast<std::size_t>(first - number.begin()));
    if (digits.size() > geometry_.item_size) {
        throw ItemTooLarge{pushing, name_,
                           "the item needs " + std::to_string(digits.size()) + " bytes, but item_size is " +
                               std::to_string(geometry_.item_size)};
    }
    std::vector<std::byte> item(geometry_.item_size);
    std::ranges::copy(digits, item.end() - static_cast<std::ptrdiff_t>(digits.size()));
    return to.push(item);
}

/// The next item: the one kept, or the ring's.
bool SharedCircularBuffer::take(std::span<std::byte> item) {
    Reader& from = reader(popping);
    if (kept_.empty() || item.size() != kept_.size()) return from.pop(item);  // which refuses a wrong size
    std::ranges::copy(kept_, item.begin());
    kept_.clear();
    return true;
}

std::optional<std::uint64_t> SharedCircularBuffer::number_or_keep(std::vector<std::byte>& item) {
    if (fits_integer(item)) return decode_item(item);
    kept_ = std::move(item);
    return std::nullopt;
}

std::optional<std::uint64_t> SharedCircularBuffer::popitem() {
    Reader& from = reader(popping);
    if (geometry_.item_size <= sizeof(std::uint64_t)) return from.pop();
    std::vector<std::byte> item(geometry_.item_size);
    if (!take(item)) return std::nullopt;
    if (const auto number = number_or_keep(item)) return number;
    throw InvalidArgument{popping, name_,
                          "the item, of " + std::to_string(geometry_.item_size) +
                              " bytes, does not fit an integer of 8; pop it as bytes"};
}

bool SharedCircularBuffer::popitem(std::span<std::byte> item) { return take(item); }

std::optional<std::vector<std::byte>> SharedCircularBuffer::popitem_big_endian() {
    std::vector<std::byte> item(geometry_.item_size);
    if (!take(item)) return std::nullopt;
    return item;
}

std::size_t SharedCircularBuffer::popmany(std::span<std::byte> items) {
    Reader& from = reader(popping);
    if (kept_.empty() || items.empty() || items.size() % kept_.size() != 0) return from.pop_many(items);
    const std::size_t item_size = kept_.size();
    take(items.first(item_size));
    // Only what is there: the one already taken is no underflow.
    const std::span rest = items.subspan(item_size);
    return 1 + (rest.empty() || from.usage() == 0 ? 0 : from.pop_many(rest));
}

std::vector<std::uint64_t> SharedCircularBuffer::popmany(std::size_t n) {
    Reader& from = reader(popping);
    // The end is fixed now: a writer faster than we are must not keep us here. At least one pop, so that nothing to
    // read counts as the underflow it is.
    n = std::min<std::uint64_t>(n, std::max<std::uint64_t>(usage(), 1));
    std::vector<std::uint64_t> items;
    if (geometry_.item_size > sizeof(std::uint64_t)) {
        std::vector<std::byte> item(geometry_.item_size);
        while (items.size() < n && take(item)) {
            const auto number = number_or_keep(item);
            if (!number) break;
            items.push_back(*number);
        }
        if (items.empty() && !kept_.empty()) static_cast<void>(popitem());  // says why
        return items;
    }
    std::vector<std::byte> bytes(n * geometry_.item_size);
    items.resize(from.pop_many(bytes));
    for (std::size_t index = 0; index < items.size(); ++index) {
        items[index] = decode_item(std::span{bytes}.subspan(index * geometry_.item_size, geometry_.item_size));
    }
    return items;
}

std::uint64_t SharedCircularBuffer::usage() const {
    check_open("ask the usage of");
    if (is_writer_) return std::get<Writer>(role_).usage();
    const std::uint64_t kept = kept_.empty() ? 0 : 1;
    return std::min(std::get<Reader>(role_).usage() + kept, geometry_.length);
}

void SharedCircularBuffer::cleanup() { role_.emplace<std::monostate>(); }

std::ostream& operator<<(std::ostream& stream, const SharedCircularBuffer& buffer) {
    stream << "SharedCircularBuffer (" << buffer.name_ << ')';
    if (buffer.is_writer_ || std::holds_alternative<std::monostate>(buffer.role_)) return stream;
    const double percent = static_cast<double>(buffer.usage()) / static_cast<double>(buffer.length()) * 100;
    std::array<char, 16> text{};  // not by the stream's own format or locale: the package's text, always
    const auto end = std::to_chars(text.begin(), text.end(), percent, std::chars_format::fixed, 2).ptr;
    return stream << " (" << std::string_view{text.data(), static_cast<std::size_t>(end - text.data())} << "% full)";
}

}  // namespace shared_cbuff
