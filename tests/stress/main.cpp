// stress: the promises of the buffer under load, kill -9, SIGSTOP and hostile neighbours.

#include "program.hpp"

int main(int argc, char** argv) {
    const auto options = stress::parse(argc, argv);
    return options ? stress::run(*options) : 2;
}
