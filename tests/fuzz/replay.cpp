// Runs a fuzz target once on every file of the folders given: the corpus as an ordinary test, without libFuzzer.

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

std::vector<std::filesystem::path> files_in(const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator{folder}) files.push_back(entry.path());
    std::ranges::sort(files);
    return files;
}

void replay(const std::filesystem::path& file) {
    std::ifstream stream{file, std::ios::binary};
    const std::vector<char> bytes{std::istreambuf_iterator<char>{stream}, {}};
    // Exactly as large as the input, so that a sanitizer sees who reads past it.
    const std::vector<std::uint8_t> input{bytes.begin(), bytes.end()};
    LLVMFuzzerTestOneInput(input.data(), input.size());
}

}  // namespace

int main(int argc, char** argv) {
    std::filesystem::path current;
    try {
        std::size_t replayed = 0;
        for (int index = 1; index < argc; ++index) {
            for (const auto& file : files_in(argv[index])) {
                current = file;
                replay(file);
                ++replayed;
            }
        }
        std::printf("%zu inputs replayed\n", replayed);
        return replayed > 0 ? 0 : 1;  // an empty corpus proves nothing
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s: %s\n", current.c_str(), error.what());
        return 1;
    }
}
