// cbuff ls: every shared-memory segment on this machine.

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <QJsonArray>
#include <QJsonDocument>
#include <map>

#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "cli/sampletext.hpp"
#include "cli/table.hpp"
#include "shared_cbuff/discovery.hpp"
#include "values/samplejson.hpp"

namespace cli {
namespace {

using shared_cbuff::BufferState;
using shared_cbuff::SegmentInfo;

constexpr auto right = Column::Align::right;

std::string classicHint(std::uint64_t size) {
    const auto fits = shared_cbuff::classic_candidates(size, 1);
    if (fits.empty()) return "no control block, and no classic buffer has this size";
    return fmt::format("no control block; if classic, give its geometry, such as --item-size {} --length {}",
                       fits.front().item_size, fits.front().length);
}

/// What takes long to find out is asked once: thousands of segments have few owners and few sizes.
class Answers {
public:
    /// As the system's accounts have it, else the number.
    const std::string& ownerOf(const SegmentInfo& segment) {
        const auto [answer, isNew] = m_owners.try_emplace(segment.owner);
        if (!isNew) return answer->second;
        const passwd* const account = ::getpwuid(segment.owner);
        return answer->second =
                   account == nullptr ? std::to_string(segment.owner) : workbench::printableText(account->pw_name);
    }
    std::string hintFor(const SegmentInfo& segment) {
        if (!segment.problem.empty()) return workbench::printableSentence(segment.problem);
        const auto [answer, isNew] = m_hints.try_emplace(segment.size);
        return isNew ? answer->second = classicHint(segment.size) : answer->second;
    }

private:
    std::map<std::uint32_t, std::string> m_owners;
    std::map<std::uint64_t, std::string> m_hints;
};

std::vector<std::string> rowOf(const SegmentInfo& segment, Answers& answers) {
    const std::string name = workbench::printableText(segment.name);
    const std::string size = sizeText(segment.size);
    const std::string mode = segment.mode == 0 ? "-" : workbench::modeText(segment.mode);
    const std::string owner = segment.mode == 0 ? "-" : answers.ownerOf(segment);
    if (!segment.sample || segment.sample->state == BufferState::damaged) {
        const std::string state = segment.sample ? "damaged" : "unknown";
        return {name, "unknown", "-", "-", state, "-", "-", "-", "-", "-", mode, owner, size, answers.hintFor(segment)};
    }
    const auto& sample = *segment.sample;
    return {name,
            std::string{to_string(sample.layout)},
            to_string(sample.geometry),
            std::string{to_string(sample.policy)},
            std::string{to_string(sample.state)},
            std::to_string(sample.pushed),
            sample.has_living_reader ? fmt::format("{}/{}", sample.usage, sample.geometry.length) : "-",
            std::to_string(sample.retained),
            sample.writer.pid == 0 ? "-" : std::to_string(sample.writer.pid),
            std::to_string(sample.readers.size()),
            mode,
            owner,
            size,
            sample.writer.is_locked ? "the writer role is locked by a process that does not say who it is" : ""};
}

std::string tableOf(const std::vector<SegmentInfo>& segments) {
    Table table{{{"NAME"},
                 {"FORMAT"},
                 {"GEOMETRY", right},
                 {"POLICY"},
                 {"STATE"},
                 {"PUSHED", right},
                 {"USAGE", right},
                 {"RETAINED", right},
                 {"WRITER PID", right},
                 {"READERS", right},
                 {"MODE"},
                 {"OWNER"},
                 {"SIZE", right},
                 {"NOTE"}}};
    Answers answers;
    for (const SegmentInfo& segment : segments) table.add(rowOf(segment, answers));
    return table.text();
}

int ls(bool json) {
    Output output = Output::ofProduct();
    const auto segments = shared_cbuff::list_segments();
    if (json) {
        QJsonArray array;
        for (const SegmentInfo& segment : segments) array.append(workbench::toJson(segment));
        output.print(QJsonDocument{array}.toJson().toStdString());
    } else if (segments.empty()) {
        message(
            "no buffers here yet; make one with cbuff create, or run cbuff produce demo --create --item-size 8 "
            "--length 1024");
    } else {
        output.print(tableOf(segments));
    }
    output.flush();
    return exitDone;
}

}  // namespace

void addLs(CLI::App& program, Action& chosen) {
    const auto json = std::make_shared<bool>(false);
    CLI::App& command = *program.add_subcommand("ls", "List every buffer and unknown segment on this machine");
    command.add_flag("--json", *json, "One JSON document: an array");
    command.callback([json, &chosen] { chosen = [json] { return ls(*json); }; });
}

}  // namespace cli
