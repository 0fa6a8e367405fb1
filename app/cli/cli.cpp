#include "cli/cli.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <sstream>
#include <string_view>

#include "cli/attaching.hpp"
#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "cli/signals.hpp"
#include "shared_cbuff/errors.hpp"
#include "values/itemtext.hpp"

namespace cli {
namespace {

constexpr auto footer =
    "Data goes to stdout, messages to stderr. Exit status: 0 done, 1 refused or failed, 2 usage, 124 timeout, 130\n"
    "interrupted; of check: 0 ok, 1 warning, 2 critical, 3 unknown.\n"
    "Try: cbuff produce demo --create --item-size 8 --length 1024 --rate 100, and elsewhere: cbuff watch demo";

void addCommands(CLI::App& program, Action& chosen) {
    program.footer(footer);
    program.set_version_flag("--version", CBUFF_VERSION);
    program.require_subcommand(0, 1);
    for (const auto add : {addLs, addInfo, addCreate, addPush, addPop, addPeek, addProduce, addConsume, addWatch,
                           addRecord, addExport, addCheck, addRm}) {
        add(program, chosen);
    }
}

/// For who means a name: arguments that begin with a dash are options unless they stand behind --.
std::string dashHint(const CLI::App* command, int argc, char** argv) {
    const std::span arguments{argv, static_cast<std::size_t>(argc)};
    if (command == nullptr || std::ranges::find(arguments, std::string_view{"--"}) != arguments.end()) return {};
    bool isValue = false;  // of the option before it
    for (const std::string_view word : arguments.subspan(1)) {
        const bool isShort = word.size() > 1 && word[0] == '-' && word[1] != '-';
        const auto* const option = command->get_option_no_throw(std::string{isShort ? word.substr(0, 2) : word});
        if (isShort && !isValue && option == nullptr)
            return fmt::format("; if {0} is a name, write it behind --: cbuff {1} -- {0}", word, command->get_name());
        isValue = word.starts_with('-') && option != nullptr && option->get_items_expected_max() > 0;
    }
    return {};
}

/// Of a command line that cannot be parsed.
bool wishesJson(int argc, char** argv) {
    const std::span arguments{argv, static_cast<std::size_t>(argc)};
    const auto options = arguments.first(
        static_cast<std::size_t>(std::ranges::find(arguments, std::string_view{"--"}) - arguments.begin()));
    return std::ranges::find(options, std::string_view{"--json"}) != options.end();
}

int parse(CLI::App& program, int argc, char** argv) {
    try {
        program.parse(argc, argv);
        return exitDone;
    } catch (const CLI::Success& wish) {  // --help and --version
        std::ostringstream text;
        program.exit(wish, text, text);
        Output output = Output::ofProduct();
        output.print(text.str());
        output.flush();
        return exitDone;
    } catch (const CLI::ParseError& error) {
        const auto used = program.get_subcommands();
        const CLI::App* const chosen = used.empty() ? nullptr : used.front();
        const std::string command = chosen == nullptr ? "" : chosen->get_name() + " ";
        const std::string sentence =
            fmt::format("{}{}; see cbuff {}--help", error.what(), dashHint(chosen, argc, argv), command);
        if (command == "check ") return checkUsageError(sentence, wishesJson(argc, argv));
        message(sentence);
        return exitUsage;
    }
}

int parseAndRun(int argc, char** argv) {
    CLI::App program{"Shared circular buffers: create, fill, drain and watch them.", "cbuff"};
    Action chosen;
    addCommands(program, chosen);
    const int parsed = parse(program, argc, argv);
    if (parsed != exitDone) return parsed;
    if (chosen) return chosen();
    if (argc == 1) {
        Output output = Output::ofProduct();
        output.print(program.help());
        output.flush();
    }
    return exitDone;
}

}  // namespace

int run(int argc, char** argv) {
    try {
        return parseAndRun(argc, argv);
    } catch (const OutputClosed&) {
        return interrupted() ? exitInterrupted : exitDone;
    } catch (const EndedEarly& error) {
        message(error.what());
        return error.ending().exitStatus;
    } catch (const UsageError& error) {
        message(error.what());
        showBelow(error.picture());
        return exitUsage;
    } catch (const std::bad_alloc&) {
        message("out of memory; ask for fewer or smaller items at once");
    } catch (const std::exception& error) {
        message(error.what());
    }
    return exitRefused;
}

}  // namespace cli
