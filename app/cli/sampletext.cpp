#include "cli/sampletext.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "cli/table.hpp"
#include "values/itemtext.hpp"

namespace cli {
namespace {

using shared_cbuff::BufferState;
using shared_cbuff::Layout;
using shared_cbuff::ReaderSample;
using shared_cbuff::Sample;

constexpr auto right = Column::Align::right;
constexpr auto left = Column::Align::left;

std::string rateText(std::uint64_t from, std::uint64_t to, double seconds) {
    return seconds > 0 && to >= from ? fmt::format("{:.1f}", static_cast<double>(to - from) / seconds) : "-";
}

const ReaderSample* sameReader(const Sample* sample, const ReaderSample& reader) {
    if (sample == nullptr) return nullptr;
    const auto found =
        std::ranges::find_if(sample->readers, [&](const ReaderSample& other) { return other.key() == reader.key(); });
    return found == sample->readers.end() ? nullptr : &*found;
}

std::string readerTable(const Sample& sample, const Sample* earlier, double seconds) {
    std::vector<Column> columns{{"SLOT", right},       {"LABEL", left},       {"PID", right},   {"STATE", left},
                                {"USAGE", right},      {"POPPED", right},     {"LOST", right},  {"OVERRUNS", right},
                                {"UNDERFLOWS", right}, {"HIGH WATER", right}, {"CURSOR", right}};
    if (earlier != nullptr) columns.push_back({"POPPED/S", right});
    Table table{std::move(columns)};
    for (const ReaderSample& reader : sample.readers) {
        const std::string label = workbench::printableText(reader.label());
        std::vector<std::string> cells{
            std::to_string(reader.slot),
            label.empty() ? "-" : label,
            std::to_string(reader.pid),
            std::string{to_string(reader.state)},
            reader.lost_is_lower_bound ? "-" : fmt::format("{}/{}", reader.usage, sample.geometry.length),
            std::to_string(reader.popped),
            (reader.lost_is_lower_bound ? ">=" : "") + std::to_string(reader.lost),
            std::to_string(reader.overruns),
            std::to_string(reader.underflows),
            std::to_string(reader.high_water),
            std::to_string(reader.cursor)};
        if (earlier != nullptr) {
            const ReaderSample* const before = sameReader(earlier, reader);
            cells.push_back(before == nullptr ? "-" : rateText(before->popped, reader.popped, seconds));
        }
        table.add(std::move(cells));
    }
    return table.text();
}

std::string counterLines(const Sample& sample, const Sample* earlier, double seconds) {
    const auto line = [](std::string_view title, const auto& value) { return fmt::format("{:<12}{}\n", title, value); };
    std::string text = line("policy", to_string(sample.policy));
    text += line("writer", describeWriter(sample.writer) + fmt::format(", epoch {}", sample.writer.epoch));
    std::string pushed = std::to_string(sample.pushed);
    if (earlier != nullptr) pushed += fmt::format("  ({}/s)", rateText(earlier->pushed, sample.pushed, seconds));
    text += line("pushed", pushed);
    text += line("rejected", sample.rejected);
    text += line("usage", sample.has_living_reader ? fmt::format("{}/{}", sample.usage, sample.geometry.length)
                                                   : "- (no living reader)");
    text += line("retained", fmt::format("{}/{}", sample.retained, sample.geometry.length));
    text += line("high water", sample.high_water);
    text += line("write slot", sample.write_slot);
    text += line("readers", fmt::format("{} of {} slots", sample.readers.size(), sample.max_readers));
    return text;
}

}  // namespace

std::string describe(const std::string& name, const Sample& sample, const Sample* earlier) {
    const double seconds =
        earlier == nullptr ? 0.0 : std::chrono::duration<double>{sample.taken_at - earlier->taken_at}.count();
    std::string text =
        fmt::format("{:<12}{}\n{:<12}{}\n{:<12}{}\n{:<12}{}\n", "name", workbench::printableText(name), "format",
                    to_string(sample.layout), "geometry", to_string(sample.geometry), "state", to_string(sample.state));
    if (sample.state == BufferState::damaged) return text + fmt::format("{:<12}{}\n", "damage", sample.damage);
    if (sample.layout == Layout::classic) {
        return text + fmt::format("{:<12}{}\n", "write slot", sample.write_slot) +
               "A classic buffer tells no more: its writer and readers are private.\n";
    }
    text += counterLines(sample, earlier, seconds);
    if (!sample.readers.empty()) text.append("\n").append(readerTable(sample, earlier, seconds));
    return text;
}

std::string describeWriter(const shared_cbuff::WriterSample& writer) {
    const std::string_view state = to_string(writer.state);
    const std::string text = writer.pid == 0 ? std::string{state} : fmt::format("{} (pid {})", state, writer.pid);
    return writer.is_locked ? text + ", locked by a process that does not say who it is" : text;
}

std::string sizeText(std::uint64_t bytes) {
    constexpr std::array units{"B", "KiB", "MiB", "GiB", "TiB"};
    double size = static_cast<double>(bytes);
    std::size_t unit = 0;
    for (; size >= 1024 && unit + 1 < units.size(); ++unit) size /= 1024;
    return unit == 0 ? fmt::format("{} B", bytes) : fmt::format("{:.1f} {}", size, units[unit]);
}

}  // namespace cli
