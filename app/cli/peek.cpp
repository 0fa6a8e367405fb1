// cbuff peek: prints items without taking part.

#include <fmt/format.h>

#include "cli/attaching.hpp"
#include "cli/commands.hpp"
#include "cli/itemprinter.hpp"
#include "cli/output.hpp"
#include "cli/recorded.hpp"
#include "cli/signals.hpp"
#include "shared_cbuff/observer.hpp"
#include "shared_cbuff/outlook.hpp"

namespace cli {
namespace {

using shared_cbuff::StartAt;

struct PeekOptions {
    BufferTarget target;
    FormFlags form;
    std::string buffer;  // of a recording
    std::uint64_t count = 1;
    StartAt from = StartAt::newest;
};

/// On stderr: what is printed all the same may be anything.
void tellOfDamage(const BufferTarget& target, const shared_cbuff::Sample& sample) {
    const auto outlook = shared_cbuff::outlook(sample);
    if (outlook.trouble != shared_cbuff::Trouble::damaged) return;
    const auto path = target.filePath();
    message(fmt::format("the {} \"{}\" {}; its items are printed as far as they can be told", path ? "copy" : "buffer",
                        workbench::printableText(path.value_or(target.name)), outlook.why));
}

/// Items as they were recorded, whether or not the ring still had them at the end.
int peekRecorded(const std::string& path, const PeekOptions& options) {
    Output output = Output::ofProduct();
    Recorded recorded{path};
    const auto& buffer = recorded.buffer(options.buffer);
    const auto numbers = recorded.file().itemNumbers(buffer);
    if (!numbers) throw Refusal{"there is nothing to see: the recording has no items of it; record with --items"};
    const std::uint64_t itemSize = buffer.facts.geometry.item_size;
    const ItemPrinter printer{options.form};
    const std::uint64_t newest = numbers->end - std::min(options.count, numbers->end - numbers->first);
    std::uint64_t next = options.from == StartAt::oldest ? numbers->first : newest;
    for (std::uint64_t left = options.count; left > 0 && !interrupted();) {
        const auto items = recorded.file().items(buffer, next, left);
        if (!items) break;
        for (std::uint64_t index = 0; index < items->count; ++index) {
            const auto item = std::span{items->bytes}.subspan(index * itemSize, itemSize);
            output.print(printer.text(item, items->first + index));
        }
        next = items->first + items->count;
        left -= items->count;
    }
    output.flush();
    return interrupted() ? exitInterrupted : exitDone;
}

int peek(const PeekOptions& options) {
    if (const auto recording = recordingPath(options.target)) return peekRecorded(*recording, options);
    if (!options.buffer.empty()) throw UsageError{"--buffer is for recordings; give the file of one"};
    Output output = Output::ofProduct();
    auto observer = observe(options.target);
    const auto items = observer.peek(options.count, options.from);
    tellOfDamage(options.target, observer.sample());
    if (items.count == 0) throw Refusal{"there is nothing to see: no item has been pushed yet"};
    const std::uint64_t itemSize = observer.geometry().item_size;
    const ItemPrinter printer{options.form};
    const bool numbered = observer.layout() == shared_cbuff::Layout::extended;  // a classic one knows slots only
    for (std::uint64_t index = 0; index < items.count; ++index) {
        const auto item = std::span{items.bytes}.subspan(index * itemSize, itemSize);
        output.print(printer.text(item, numbered ? std::optional{items.first + index} : std::nullopt));
    }
    output.flush();
    return exitDone;
}

}  // namespace

void addPeek(CLI::App& program, Action& chosen) {
    const auto options = std::make_shared<PeekOptions>();
    CLI::App& command =
        *program.add_subcommand("peek", "Print items, oldest first, without taking them or taking part");
    addTarget(command, options->target);
    addWait(command, options->target);
    addFile(command, options->target);
    command.add_option("-n", options->count, "How many, at most")
        ->transform(wholeNumber(1, mostItems))
        ->capture_default_str();
    addStart(command, options->from);
    addForm(command, options->form);
    addRecordedBuffer(command, options->buffer);
    command.callback([options, &chosen] {
        if (options->target.name.empty() && options->target.file.empty()) throw CLI::RequiredError{"NAME or --file"};
        chosen = [options] { return peek(*options); };
    });
}

}  // namespace cli
