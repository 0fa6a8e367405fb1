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
    const auto sample = attachObserver(options.target).sample();
    output.print(options.json ? QJsonDocument{workbench::toJson(options.target.name, sample)}.toJson().toStdString()
                              : describe(options.target.name, sample));
    output.flush();
    return exitDone;
}

}  // namespace

void addInfo(CLI::App& program, Action& chosen) {
    const auto options = std::make_shared<InfoOptions>();
    CLI::App& command = *program.add_subcommand("info", "Show a buffer, its writer and its readers");
    addTarget(command, options->target);
    addWait(command, options->target);
    command.add_flag("--json", options->json, "One JSON document");
    command.callback([options, &chosen] { chosen = [options] { return info(*options); }; });
}

}  // namespace cli
