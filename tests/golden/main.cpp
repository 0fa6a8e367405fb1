// golden_segments FOLDER: writes the golden segments anew, NAME.seg (NAME.classic) and NAME.txt, what is in it; and
// vectors.txt.

#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <ios>

#include "golden.hpp"

namespace {

std::ofstream create(const std::filesystem::path& path) {
    std::ofstream file;
    file.exceptions(std::ios::failbit | std::ios::badbit);
    file.open(path, std::ios::binary | std::ios::trunc);
    return file;
}

void write(const std::filesystem::path& folder, const golden::Segment& segment, const char* ending,
           const std::string& text) {
    create(folder / (segment.name + ending))
        .write(reinterpret_cast<const char*>(segment.bytes.data()), static_cast<std::streamsize>(segment.bytes.size()));
    create(folder / (segment.name + ".txt")) << text;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        std::fprintf(stderr, "usage: golden_segments FOLDER\n");
        return 2;
    }
    try {
        for (const auto& segment : golden::make_segments()) {
            write(argv[1], segment, ".seg", golden::text_of(segment));
        }
        for (const auto& classic : golden::make_classic_segments()) {
            write(argv[1], classic.segment, ".classic", golden::text_of(classic));
        }
        create(std::filesystem::path{argv[1]} / "vectors.txt") << golden::vectors_text();
    } catch (const std::exception& error) {
        std::fprintf(stderr, "golden_segments: %s\n", error.what());
        return 1;
    }
    return 0;
}
