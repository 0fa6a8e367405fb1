// A writer and its readers by turns in one process, for `line_transfers`, which follows every access to the segment.

#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include "contenders.hpp"
#include "shared_cbuff/reader.hpp"
#include "shared_cbuff/writer.hpp"
#include "sides.hpp"

namespace bench {
namespace {

using namespace shared_cbuff;

constexpr std::size_t nobody = 9;
volatile char turn_marks[nobody + 1];

[[gnu::noinline]] void push_turn(Writer& writer, std::uint64_t first) {
    turn_marks[0] = 1;
    for (std::uint64_t item = first; item < first + batch; ++item) writer.push(item);
    turn_marks[nobody] = 1;
}

[[gnu::noinline]] void pop_turn(Reader& reader, std::size_t number) {
    turn_marks[number] = 1;
    for (std::size_t done = 0; done < batch; ++done) reader.pop();
    turn_marks[nobody] = 1;
}

}  // namespace

void take_turns(int readers, OverflowPolicy policy, std::uint64_t count) {
    const std::string name = "cbuff-turns-bench-" + std::to_string(::getpid());
    Writer writer = Writer::create(name, {.item_size = 8, .length = ring_length, .policy = policy});
    std::vector<Reader> all;
    for (int number = 0; number < readers; ++number) all.push_back(Reader::attach(name));
    // By its inode: the writer's mapping was made before the segment had its name.
    struct stat segment {};
    if (::stat(("/dev/shm/" + name).c_str(), &segment) != 0) fail("the segment's file is not there");
    const std::string inode = std::string{" "}.append(std::to_string(segment.st_ino)).append(" ");
    std::ifstream mappings{"/proc/self/maps"};
    for (std::string line; std::getline(mappings, line);) {
        if (line.find(inode) != std::string::npos) std::printf("map %s\n", line.c_str());
    }
    std::printf("marks %p\n", static_cast<const volatile void*>(turn_marks));
    for (std::uint64_t done = 0; done < count; done += batch) {
        push_turn(writer, done);
        for (std::size_t index = 0; index < all.size(); ++index) pop_turn(all[index], index + 1);
    }
}

}  // namespace bench
