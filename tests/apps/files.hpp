#pragma once

#include <fstream>
#include <sstream>
#include <string>

/// The contents of a file; empty if there is none.
inline std::string read_file(const std::string& file) {
    std::ostringstream text;
    text << std::ifstream(file, std::ios::binary).rdbuf();
    return text.str();
}
