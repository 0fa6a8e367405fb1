#include "shared_cbuff/buffer.hpp"

#include <algorithm>

#include "shared_cbuff/item.hpp"
#include "shared_cbuff/observer.hpp"

namespace shared_cbuff {
namespace {

constexpr std::string_view pushing = "push to";
constexpr std::string_view popping = "pop from";

/// What to attach with: nothing given, the segment tells all; one half given, the other is the segment's own.
std::optional<Geometry> expected_geometry(std::string_view name, const BufferOptions& options) {
    if (!options.item_size && !options.length) return std::nullopt;
    if (options.item_size && options.length) return Geometry{*options.item_size, *options.length};
    const Geometry actual = Observer::attach(name).geometry();
    return Geometry{options.item_size.value_or(actual.item_size), options.length.value_or(actual.length)};
}

}  // namespace

SharedCircularBuffer::SharedCircularBuffer(std::string_view name, const BufferOptions& options)
    : name_{name}, is_writer_{options.create} {
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

bool SharedCircularBuffer::push(std::uint64_t item) { return writer(pushing).push(item); }
bool SharedCircularBuffer::push(std::span<const std::byte> item) { return writer(pushing).push(item); }
std::size_t SharedCircularBuffer::push_many(std::span<const std::byte> items) {
    return writer(pushing).push_many(items);
}

std::optional<std::uint64_t> SharedCircularBuffer::popitem() { return reader(popping).pop(); }
bool SharedCircularBuffer::popitem(std::span<std::byte> item) { return reader(popping).pop(item); }
std::size_t SharedCircularBuffer::popmany(std::span<std::byte> items) { return reader(popping).pop_many(items); }

std::vector<std::uint64_t> SharedCircularBuffer::popmany(std::size_t n) {
    Reader& from = reader(popping);
    if (geometry_.item_size > 8) {
        throw InvalidArgument{
            popping, name_,
            "items of " + std::to_string(geometry_.item_size) + " bytes do not fit an integer of 8; pop them as bytes"};
    }
    // The end is fixed now: a writer faster than we are must not keep us here. At least one pop, so that nothing to
    // read counts as the underflow it is.
    n = std::min<std::uint64_t>(n, std::max<std::uint64_t>(from.usage(), 1));
    std::vector<std::byte> bytes(n * geometry_.item_size);
    const std::size_t got = from.pop_many(bytes);
    std::vector<std::uint64_t> items(got);
    for (std::size_t index = 0; index < got; ++index) {
        items[index] = decode_item(std::span{bytes}.subspan(index * geometry_.item_size, geometry_.item_size));
    }
    return items;
}

std::uint64_t SharedCircularBuffer::usage() {
    check_open("ask the usage of");
    return is_writer_ ? std::get<Writer>(role_).usage() : std::get<Reader>(role_).usage();
}

void SharedCircularBuffer::cleanup() { role_.emplace<std::monostate>(); }

}  // namespace shared_cbuff
