#pragma once
// Names that no other test has and that are gone when the test is, and raw access to a segment's bytes.
// Thread contract: names may be made in any thread; an object belongs to one.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "shared_cbuff/detail/format.hpp"

namespace test_support {

/// A fresh segment name; whatever bears it is unlinked when the object goes, also when the test failed. A test program
/// that was killed could not do that: the first name made by a later one removes what dead programs left.
class ScopedName {
public:
    explicit ScopedName(std::string_view hint = "t");
    ScopedName(const ScopedName&) = delete;
    ScopedName& operator=(const ScopedName&) = delete;
    ~ScopedName();

    const std::string& str() const noexcept { return name_; }
    operator const std::string&() const noexcept { return name_; }  // implicit: it stands for its name
    operator std::string_view() const noexcept { return name_; }
    std::string path() const;
    /// Whether anything bears the name now.
    bool exists() const;

private:
    std::string name_;
    int owner_pid_;  // a forked child does not take the parent's names away
};

std::string path_of(std::string_view name);
/// All bytes of a segment, read without mapping it.
std::vector<std::byte> bytes_of(std::string_view name);
/// Makes a segment of exactly these bytes, as any program could.
void make_segment(std::string_view name, std::span<const std::byte> bytes, unsigned mode = 0600);
void overwrite_bytes(std::string_view name, std::uint64_t offset, std::span<const std::byte> bytes);
void truncate_segment(std::string_view name, std::uint64_t size);

/// An extended segment mapped for writing by hand: to play a dead writer, or a vandal.
class RawBuffer {
public:
    /// The offsets are read from the segment's footer.
    explicit RawBuffer(std::string_view name);
    RawBuffer(const RawBuffer&) = delete;
    RawBuffer& operator=(const RawBuffer&) = delete;
    ~RawBuffer();

    const shared_cbuff::format::Offsets& offsets() const noexcept { return offsets_; }
    std::span<std::byte> bytes() const noexcept { return {base_, size_}; }
    shared_cbuff::format::Header& header() const noexcept { return control_.header(); }
    shared_cbuff::format::WriterLine& writer_line() const noexcept { return control_.writer_line(); }
    shared_cbuff::format::ReaderSlot& slot(std::uint32_t index) const noexcept { return control_.slot(index); }
    shared_cbuff::format::Footer& footer() const noexcept { return control_.footer(); }
    /// The classic write pointer as a classic peer decodes it.
    std::uint64_t classic_pointer() const noexcept;

private:
    std::byte* base_ = nullptr;
    std::size_t size_ = 0;
    shared_cbuff::format::Offsets offsets_;
    shared_cbuff::format::ControlBlock control_;
};

/// The seed of a random test: CBUFF_TEST_SEED if set, else a fresh one. Print it: a failure is repeated with it.
std::uint64_t test_seed();

}  // namespace test_support
