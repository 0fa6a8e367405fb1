// golden_segments FOLDER: writes the golden segments anew, NAME.seg and NAME.txt, one line that says what is in it.

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "golden.hpp"
#include "test_support/segments.hpp"

int main(int argc, char** argv) {
    if (argc != 2) {
        std::fprintf(stderr, "usage: golden_segments FOLDER\n");
        return 2;
    }
    for (const golden::Segment& segment : golden::make_segments()) {
        const std::filesystem::path path = std::filesystem::path{argv[1]} / segment.name;
        std::ofstream bytes{path.string() + ".seg", std::ios::binary};
        bytes.write(reinterpret_cast<const char*>(segment.bytes.data()),
                    static_cast<std::streamsize>(segment.bytes.size()));
        const test_support::ScopedName copy{"golden"};
        test_support::make_segment(copy, segment.bytes);
        std::ofstream text{path.string() + ".txt"};
        text << golden::line_of(shared_cbuff::Observer::attach(copy).sample()) << '\n';
        if (!bytes.flush() || !text.flush()) {
            std::fprintf(stderr, "golden_segments: cannot write %s\n", path.c_str());
            return 1;
        }
    }
    return 0;
}
