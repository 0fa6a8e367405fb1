// cbuff info: all that a buffer tells of itself.

#include <fmt/format.h>

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include "cli/attaching.hpp"
#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "cli/recorded.hpp"
#include "cli/sampletext.hpp"
#include "values/isotime.hpp"
#include "values/printable.hpp"
#include "values/samplejson.hpp"

namespace cli {
namespace {

struct InfoOptions {
    BufferTarget target;
    std::string buffer;  // of a recording
    std::string at;
    bool json = false;
};

workbench::TimedSample recordedSample(Recorded& recorded, const workbench::RecordedBuffer& buffer,
                                      const std::string& at) {
    const std::int64_t moment = at.empty() ? workbench::RecordingFile::always : recorded.moment("--at", at);
    auto timed = recorded.file().sampleAt(buffer, moment);
    if (timed) return *std::move(timed);
    throw Refusal{fmt::format("of the buffer \"{}\" nothing was recorded by then; it begins at {}",
                              workbench::printableText(buffer.facts.name),
                              workbench::isoTime(recorded.file().unixOf(buffer.first_boot_ns)))};
}

int recordedInfo(const std::string& path, const InfoOptions& options) {
    Output output = Output::ofProduct();
    Recorded recorded{path};
    QJsonArray documents;
    std::string text;
    const auto buffers = recorded.buffersOf(options.buffer);
    for (const auto& buffer : buffers) {
        const auto timed = recordedSample(recorded, buffer, options.at);
        const std::string missing = recorded.file().missing();
        QJsonObject document = workbench::toJson(buffer.facts.name, timed);
        document.insert(QStringLiteral("recording"), QString::fromStdString(workbench::printableText(path)));
        document.insert(QStringLiteral("complete"), missing.empty());
        document.insert(QStringLiteral("missing"), QString::fromStdString(missing));
        documents.append(document);
        text += (text.empty() ? "" : "\n") + describe(buffer.facts.name, timed.sample) +
                fmt::format("As of {}; {}.\n", workbench::isoTime(timed.times.unix_ns), recorded.summary(buffer));
    }
    const QJsonDocument json =
        documents.size() == 1 ? QJsonDocument{documents[0].toObject()} : QJsonDocument{documents};
    output.print(options.json ? json.toJson().toStdString() : text);
    output.flush();
    return exitDone;
}

int info(const InfoOptions& options) {
    if (const auto recording = recordingPath(options.target)) return recordedInfo(*recording, options);
    if (!options.buffer.empty() || !options.at.empty())
        throw UsageError{"--buffer and --at are for recordings; give the file of one"};
    Output output = Output::ofProduct();
    const auto path = options.target.filePath();
    const std::string& name = path ? *path : options.target.name;
    const auto sample = observe(options.target).sample();
    output.print(options.json ? QJsonDocument{workbench::toJson(name, sample)}.toJson().toStdString()
                              : describe(name, sample));
    if (path && !options.json) output.print("A copy in a file: it does not tell who was alive when it was made.\n");
    output.flush();
    return exitDone;
}

}  // namespace

void addInfo(CLI::App& program, Action& chosen) {
    const auto options = std::make_shared<InfoOptions>();
    CLI::App& command = *program.add_subcommand("info", "Show a buffer, its writer and its readers");
    addTarget(command, options->target);
    addWait(command, options->target);
    addFile(command, options->target);
    addRecordedBuffer(command, options->buffer);
    command
        .add_option("--at", options->at,
                    "Of a recording: as of then, 10s after its begin, -30s from its end (--at=-30s) or a time as of "
                    "ISO 8601; without it at its end")
        ->type_name("TIME");
    command.add_flag("--json", options->json,
                     "One JSON document; of a recording of more than one buffer an array of them");
    command.callback([options, &chosen] {
        if (options->target.name.empty() && options->target.file.empty()) throw CLI::RequiredError{"NAME or --file"};
        chosen = [options] { return info(*options); };
    });
}

}  // namespace cli
