#include "shared_cbuff/detail/format.hpp"

#include <algorithm>
#include <cstring>

namespace shared_cbuff::format {

Header make_header(const Offsets& offsets, OverflowPolicy policy, std::uint64_t created_unix_ns) {
    Header header{};
    header.magic = header_magic;
    header.version = version;
    header.policy = static_cast<std::uint32_t>(policy);
    header.item_size = offsets.geometry.item_size;
    header.length = offsets.geometry.length;
    header.max_readers = offsets.max_readers;
    header.pointer_size = classic_pointer_size(offsets.geometry.ring_bytes());
    header.created_unix_ns = created_unix_ns;
    return header;
}

Footer make_footer(const Offsets& offsets) {
    Footer footer{};
    footer.magic = footer_magic;
    footer.version = version;
    footer.max_readers = offsets.max_readers;
    footer.control_offset = offsets.control_offset();
    footer.item_size = offsets.geometry.item_size;
    footer.length = offsets.geometry.length;
    return footer;
}

bool is_ours(const Footer& footer) noexcept { return footer.magic == footer_magic; }

std::optional<Offsets> offsets_of(const Footer& footer, std::uint64_t segment_size, std::string& flaw) {
    if (footer.version != version) {
        flaw = "the footer has format version " + std::to_string(footer.version) + ", this program knows version " +
               std::to_string(version);
        return std::nullopt;
    }
    const Offsets offsets{{footer.item_size, footer.length}, footer.max_readers};
    if (const auto reason = flaw_of(offsets.geometry)) {
        flaw = "the footer makes no sense: " + *reason;
        return std::nullopt;
    }
    if (offsets.max_readers > max_max_readers) {
        flaw = "the footer makes no sense: " + std::to_string(offsets.max_readers) + " reader slots";
        return std::nullopt;
    }
    if (offsets.segment_size() != segment_size || offsets.control_offset() != footer.control_offset) {
        flaw = "the footer speaks of " + to_string(offsets.geometry) + " in " + std::to_string(offsets.segment_size()) +
               " bytes, but the segment has " + std::to_string(segment_size);
        return std::nullopt;
    }
    return offsets;
}

std::optional<std::string> flaw_of(const Header& header, const Offsets& offsets) {
    if (header.magic != header_magic) return "the control block has lost its magic";
    if (header.version != version) return "the control block has format version " + std::to_string(header.version);
    if (header.item_size != offsets.geometry.item_size || header.length != offsets.geometry.length ||
        header.max_readers != offsets.max_readers ||
        header.pointer_size != classic_pointer_size(offsets.geometry.ring_bytes())) {
        return "control block and footer contradict each other";
    }
    if (header.policy > static_cast<std::uint32_t>(OverflowPolicy::reject)) {
        return "the control block has the unknown overflow policy " + std::to_string(header.policy);
    }
    return std::nullopt;
}

std::optional<std::string> flaw_of(const WriterLine& line, const Offsets& offsets) {
    if (line.intent < line.pushed || line.intent - line.pushed > offsets.geometry.length ||
        line.intent > std::uint64_t{1} << 62) {
        return "the writer's counters make no sense (pushed " + std::to_string(line.pushed) + ", intent " +
               std::to_string(line.intent) + ")";
    }
    return std::nullopt;
}

std::string_view label_of(const ReaderSlot& slot) noexcept {
    const auto end = std::ranges::find(slot.label, '\0');
    return {slot.label.data(), static_cast<std::size_t>(end - slot.label.begin())};
}

}  // namespace shared_cbuff::format
