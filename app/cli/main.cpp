// cbuff: shared circular buffers from the command line.

#include "cli/cli.hpp"
#include "cli/signals.hpp"

int main(int argc, char** argv) {
    cli::installSignalHandlers();
    return cli::run(argc, argv);
}
