#include "cli/sampletext.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

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
constexpr std::string_view classicHint = "A classic buffer tells no more: its writer and readers are private.";

std::string rateText(std::uint64_t from, std::uint64_t to, double seconds) {
    return seconds > 0 && to >= from ? fmt::format("{:.1f}", static_cast<double>(to - from) / seconds) : "-";
}

double secondsBetween(const Sample* earlier, const Sample& sample) {
    return earlier == nullptr ? 0.0 : std::chrono::duration<double>{sample.taken_at - earlier->taken_at}.count();
}

const ReaderSample* sameReader(const Sample* sample, const ReaderSample& reader) {
    if (sample == nullptr) return nullptr;
    const auto found =
        std::ranges::find_if(sample->readers, [&](const ReaderSample& other) { return other.key() == reader.key(); });
    return found == sample->readers.end() ? nullptr : &*found;
}

std::vector<std::string> readerCells(const ReaderSample& reader, const Sample& sample, const Sample* earlier,
                                     double seconds) {
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
    return cells;
}

/// Of the first `count` readers.
Table readerTable(const Sample& sample, const Sample* earlier, std::size_t count) {
    std::vector<Column> columns{{"SLOT", right, 3},       {"LABEL", left, 0, true}, {"PID", right, 2},
                                {"STATE", left},          {"USAGE", right},         {"POPPED", right, 4},
                                {"LOST", right},          {"OVERRUNS", right, 5},   {"UNDERFLOWS", right, 7},
                                {"HIGH WATER", right, 6}, {"CURSOR", right, 8}};
    if (earlier != nullptr) columns.push_back({"POPPED/S", right, 1});
    Table table{std::move(columns)};
    for (std::size_t index = 0; index < count; ++index) {
        table.add(readerCells(sample.readers[index], sample, earlier, secondsBetween(earlier, sample)));
    }
    return table;
}

/// One line of the buffer's own.
struct Fact {
    std::string title;
    std::string value;
    int dispensable = 0;  ///< where there is no room the largest goes first; 0: it stays
};

void addCounters(std::vector<Fact>& facts, const Sample& sample, const Sample* earlier) {
    facts.push_back({"policy", std::string{to_string(sample.policy)}, 6});
    facts.push_back({"writer", describeWriter(sample.writer) + fmt::format(", epoch {}", sample.writer.epoch), 2});
    std::string pushed = std::to_string(sample.pushed);
    if (earlier != nullptr)
        pushed += fmt::format("  ({}/s)", rateText(earlier->pushed, sample.pushed, secondsBetween(earlier, sample)));
    facts.push_back({"pushed", pushed, 1});
    facts.push_back({"rejected", std::to_string(sample.rejected), sample.rejected > 0 ? 3 : 7});
    facts.push_back({"usage", sample.has_living_reader ? fmt::format("{}/{}", sample.usage, sample.geometry.length)
                                                       : "- (no living reader)"});
    facts.push_back({"retained", fmt::format("{}/{}", sample.retained, sample.geometry.length), 5});
    facts.push_back({"high water", std::to_string(sample.high_water), 8});
    facts.push_back({"write slot", std::to_string(sample.write_slot), 10});
    facts.push_back({"readers", fmt::format("{} of {} slots", sample.readers.size(), sample.max_readers), 4});
}

std::vector<Fact> factsOf(const std::string& name, const Sample& sample, const Sample* earlier) {
    std::vector<Fact> facts{{"name", workbench::printableText(name)},
                            {"format", std::string{to_string(sample.layout)}, 9},
                            {"geometry", to_string(sample.geometry), 7},
                            {"state", std::string{to_string(sample.state)}}};
    if (sample.state == BufferState::damaged)
        facts.push_back({"damage", workbench::printableSentence(sample.damage)});
    else if (sample.layout == Layout::classic)
        facts.push_back({"write slot", std::to_string(sample.write_slot), 1});
    else
        addCounters(facts, sample, earlier);
    return facts;
}

bool tellsOfReaders(const Sample& sample) {
    return sample.layout == Layout::extended && sample.state != BufferState::damaged;
}

std::string lineOf(const Fact& fact) { return fmt::format("{:<12}{}", fact.title, fact.value); }

/// "+12 more (1 dead, 2 losing, 1 full)": the readers from `shown` on.
std::string moreText(const Sample& sample, const Sample* earlier, std::size_t shown) {
    std::size_t dead = 0;
    std::size_t losing = 0;
    std::size_t full = 0;
    for (const ReaderSample& reader : std::span{sample.readers}.subspan(shown)) {
        const ReaderSample* const before = sameReader(earlier, reader);
        if (reader.state != shared_cbuff::ReaderState::alive)
            ++dead;
        else if (before != nullptr && reader.lost > before->lost)
            ++losing;
        else if (reader.usage == sample.geometry.length)
            ++full;
    }
    std::string trouble;
    for (const auto& [count, word] : {std::pair{dead, "dead"}, {losing, "losing"}, {full, "full"}}) {
        if (count > 0) trouble += fmt::format("{}{} {}", trouble.empty() ? "" : ", ", count, word);
    }
    const auto more = fmt::format("+{} more", sample.readers.size() - shown);
    return trouble.empty() ? more : fmt::format("{} ({})", more, trouble);
}

/// Facts go, the least important first, until no more than `rows` are left or none can be spared.
void keepMostImportant(std::vector<Fact>& facts, std::size_t rows) {
    while (facts.size() > rows) {
        const auto least = std::ranges::max_element(facts, {}, &Fact::dispensable);
        if (least->dispensable == 0) return;
        facts.erase(least);
    }
}

/// Lines that readers get at least, if there are so many: a third of the screen, the titles and the last line included.
std::size_t rowsOfReaders(const Sample& sample, std::size_t rows) {
    return sample.readers.empty() ? 0 : std::min(sample.readers.size() + 1, std::max<std::size_t>(4, rows / 3));
}

void appendReaders(std::vector<std::string>& lines, Screen screen, const Sample& sample, const Sample* earlier) {
    const std::size_t wanted = sample.readers.size() + 1;
    if (lines.size() + 1 + wanted <= screen.rows) lines.emplace_back();
    const std::size_t room = screen.rows - std::min(screen.rows, lines.size());
    if (sample.readers.empty() || room == 0) return;
    const std::size_t shown = room >= wanted ? sample.readers.size() : room > 2 ? room - 2 : 0;
    if (shown > 0) {
        for (std::string& line : readerTable(sample, earlier, shown).lines(screen.columns))
            lines.push_back(std::move(line));
    }
    if (shown < sample.readers.size())
        lines.push_back(workbench::elidedAtEnd(moreText(sample, earlier, shown), screen.columns));
}

}  // namespace

std::string describe(const std::string& name, const Sample& sample, const Sample* earlier) {
    std::string text;
    for (const Fact& fact : factsOf(name, sample, earlier)) text.append(lineOf(fact)).append("\n");
    if (sample.layout == Layout::classic && sample.state != BufferState::damaged) text.append(classicHint).append("\n");
    if (tellsOfReaders(sample) && !sample.readers.empty())
        text.append("\n").append(readerTable(sample, earlier, sample.readers.size()).text());
    return text;
}

std::vector<std::string> describeOn(Screen screen, const std::string& name, const Sample& sample,
                                    const Sample* earlier) {
    auto facts = factsOf(name, sample, earlier);
    const bool withReaders = tellsOfReaders(sample);
    const std::size_t reserved = withReaders ? rowsOfReaders(sample, screen.rows) : 0;
    keepMostImportant(facts, screen.rows - std::min(screen.rows, reserved));
    std::vector<std::string> lines;
    for (const Fact& fact : facts) {
        const bool isName = &fact == &facts.front();
        const std::string line = lineOf(fact);
        lines.push_back(isName ? workbench::elidedInMiddle(line, screen.columns)
                               : workbench::elidedAtEnd(line, screen.columns));
    }
    if (withReaders)
        appendReaders(lines, screen, sample, earlier);
    else if (sample.state != BufferState::damaged)
        lines.push_back(workbench::elidedAtEnd(classicHint, screen.columns));
    if (lines.size() > screen.rows) lines.resize(screen.rows);
    return lines;
}

std::string describeWriter(const shared_cbuff::WriterSample& writer) {
    const std::string_view state = to_string(writer.state);
    if (writer.state == shared_cbuff::WriterState::unknown && writer.pid != 0) {
        return fmt::format("was process {}, alive or dead", writer.pid);  // as a copy in a file has it
    }
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
