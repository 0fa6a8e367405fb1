// cbuff: shared circular buffers from the command line.

#include "cli/cli.hpp"
#include "cli/signals.hpp"
#include "values/standardstreams.hpp"

int main(int argc, char** argv) {
    workbench::fillStandardStreams();
    workbench::raiseDescriptorLimit();
    cli::installSignalHandlers();
    return cli::run(argc, argv);
}
