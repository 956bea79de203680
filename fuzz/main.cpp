// Runs a fuzz target on files, by any compiler: prints each one's path before, so that the last one printed
// is the one that fails.
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
    std::vector<fs::path> files;
    for (const std::string& argument : std::vector<std::string>(argv + 1, argv + argc)) {
        if (fs::is_directory(argument))
            std::copy(fs::directory_iterator(argument), {}, std::back_inserter(files));
        else
            files.emplace_back(argument);
    }
    std::sort(files.begin(), files.end());
    for (const fs::path& file : files) {
        std::cout << file.string() << std::endl;
        std::ifstream in(file, std::ios::binary);
        if (!in) throw std::runtime_error("cannot be read");
        const std::string bytes{std::istreambuf_iterator<char>(in), {}};
        LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
    }
    std::cout << files.size() << " files\n";
    return files.empty() ? 1 : 0;
} catch (const std::exception& error) {
    std::cout << "a finding: " << error.what() << "\n";
    return 1;
}
