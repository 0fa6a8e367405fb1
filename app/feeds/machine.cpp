#include "feeds/machine.hpp"

#include <fmt/format.h>

#include "shared_cbuff/outlook.hpp"

namespace workbench::machine {
namespace {

using shared_cbuff::BufferState;
using shared_cbuff::Trouble;
using shared_cbuff::WriterState;

constexpr std::size_t mostFits = 24;

}  // namespace

RemovalRisk removalRisk(const shared_cbuff::SegmentInfo& segment) {
    using Kind = RemovalRisk::Kind;
    if (!segment.problem.empty()) return {Kind::unreadable, 0, segment.problem};
    if (!segment.sample) return {Kind::noBlock};
    const auto& sample = *segment.sample;
    if (shared_cbuff::outlook(sample).trouble == Trouble::damaged) return {Kind::damaged, 0, sample.damage};
    if (sample.writer.state == WriterState::alive) return {Kind::liveWriter, sample.writer.pid};
    return {};
}

std::optional<std::string> whyStale(const shared_cbuff::SegmentInfo& segment) {
    if (!segment.sample || !segment.problem.empty() || segment.is_locked) return std::nullopt;
    const auto& sample = *segment.sample;
    const bool isFree = sample.state == BufferState::abandoned || sample.state == BufferState::vacant;
    if (!isFree || sample.has_living_reader) return std::nullopt;
    return sample.state == BufferState::abandoned
               ? fmt::format("abandoned by its writer (pid {}), no reader", sample.writer.pid)
               : std::string{"vacant, no reader"};
}

std::optional<std::uint64_t> sizeOfUnknown(const std::string& name) {
    const auto segment = shared_cbuff::inspect_segment(name);
    const bool isUnknown = segment && !segment->sample && segment->problem.empty();
    return isUnknown ? std::optional{segment->size} : std::nullopt;
}

bool isTaken(const std::string& name) { return shared_cbuff::find_segment(name).has_value(); }

std::uint64_t bytesFor(const shared_cbuff::CreateOptions& options) {
    return shared_cbuff::segment_size(
        {.item_size = options.item_size, .length = options.length, .max_readers = options.max_readers});
}

std::vector<shared_cbuff::Geometry> fittingGeometries(std::uint64_t size) {
    return shared_cbuff::classic_candidates(size, mostFits);
}

shared_cbuff::Geometry checkAttachable(const std::string& name, const std::optional<shared_cbuff::Geometry>& geometry) {
    return shared_cbuff::Observer::attach(name, geometry).geometry();
}

}  // namespace workbench::machine
