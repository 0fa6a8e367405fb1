// cbuff info: all that a buffer tells of itself.

#include <QJsonDocument>

#include "cli/attaching.hpp"
#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "cli/sampletext.hpp"
#include "values/samplejson.hpp"

namespace cli {
namespace {

struct InfoOptions {
    BufferTarget target;
    bool json = false;
};

int info(const InfoOptions& options) {
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
    command.add_flag("--json", options->json, "One JSON document");
    command.callback([options, &chosen] {
        if (options->target.name.empty() && options->target.file.empty()) throw CLI::RequiredError{"NAME or --file"};
        chosen = [options] { return info(*options); };
    });
}

}  // namespace cli
