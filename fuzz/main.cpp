// Runs a fuzz target on every file of a folder, with any compiler. Usage: fuzz_TARGET COUNT FOLDER. Fails
// unless the folder has COUNT files. Prints each path before its file is run: the last path printed is the
// one that fails.
#include <algorithm>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

#include "fuzz.hpp"

namespace fs = std::filesystem;

int main(int argc, char** argv) try {
    if (argc != 3) throw std::invalid_argument("usage: fuzz_TARGET COUNT FOLDER");
    std::vector<fs::path> files;
    std::copy(fs::directory_iterator(argv[2]), {}, std::back_inserter(files));
    std::sort(files.begin(), files.end());
    for (const fs::path& file : files) {
        std::cout << file.string() << std::endl;
        std::ifstream in(file, std::ios::binary);
        if (!in) throw std::runtime_error("cannot be read");
        const std::string bytes{std::istreambuf_iterator<char>(in), {}};
        LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
    }
    if (files.empty() || files.size() != std::stoul(argv[1]))
        throw std::runtime_error(std::to_string(files.size()) + " files, expected " + argv[1] +
                                 " and at least 1");
    std::cout << files.size() << " files\n";
} catch (const std::exception& error) {
    std::cout << "failed: " << error.what() << "\n";
    return 1;
}
