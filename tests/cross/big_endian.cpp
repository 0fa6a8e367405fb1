// Must not compile when the compiler says that it builds for a big-endian processor: see CMakeLists.txt beside it.
#include "shared_cbuff/buffer.hpp"

int main() { return 0; }
