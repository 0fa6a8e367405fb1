// cbuff create: makes a buffer that stays until it is removed.

#include "cli/commands.hpp"
#include "shared_cbuff/writer.hpp"

namespace cli {
namespace {

struct CreateFlags {
    BufferTarget target;
    CreationFlags creation;
};

int create(const CreateFlags& flags) {
    using shared_cbuff::Writer;
    const auto geometry = *flags.target.geometry();
    Writer::create(flags.target.name, {.item_size = geometry.item_size,
                                       .length = geometry.length,
                                       .policy = flags.creation.overflowPolicy(),
                                       .max_readers = flags.creation.maxReaders,
                                       .mode = flags.creation.modeBits(),
                                       .group = flags.creation.groupId()})
        .release();
    return exitDone;
}

}  // namespace

void addCreate(CLI::App& program, Action& chosen) {
    const auto flags = std::make_shared<CreateFlags>();
    CLI::App& command =
        *program.add_subcommand("create", "Create a buffer with its writer role vacant; it stays until `cbuff rm`");
    addTarget(command, flags->target);
    command.get_option("--item-size")->required()->description("Bytes an item");
    command.get_option("--length")->required()->description("Items the ring holds, at least 2");
    addCreation(command, flags->creation);
    command.callback([flags, &chosen] { chosen = [flags] { return create(*flags); }; });
}

}  // namespace cli
