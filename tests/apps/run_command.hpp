#pragma once

#include <unistd.h>

#include <cstdio>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "cifar_bn/commands/commands.hpp"
#include "support/temp_dir.hpp"

namespace xgrad::test {

/// CLI11's exit statuses for a value of another type, and for two options that exclude each other.
inline constexpr int conversion_error = 104, excludes_error = 108;

/// Runs `PROGRAM ARGUMENTS` in this process; spaces separate the arguments.
/// @param status   the expected exit status.
/// @param program  `cifar_bn`, unless given.
inline void run_command(const std::string& arguments, int status = 0,
                        int (*program)(std::vector<std::string>) = cifar_bn::run) {
    std::istringstream words(arguments);
    const int actual = program({std::istream_iterator<std::string>(words), {}});
    REQUIRE(actual == status);
}

/// Whether the text has the part.
inline bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

/// What call() prints to standard output.
template <class F>
std::string printed(F call) {
    const TempDir dir;
    std::FILE* file = std::fopen(dir.file("output").c_str(), "w");
    const auto redirect = [](int to) {
        std::fflush(stdout);
        ::dup2(to, STDOUT_FILENO);
    };
    const int before = ::dup(STDOUT_FILENO);
    const auto restore = [&] {
        redirect(before);
        ::close(before);
        std::fclose(file);
    };
    redirect(::fileno(file));
    try {
        call();
    } catch (...) {
        restore();
        throw;
    }
    restore();
    return read_file(dir.file("output"));
}

/// What `cifar_bn ARGUMENTS` prints.
inline std::string output_of(const std::string& arguments, int status = 0) {
    return printed([&] { run_command(arguments, status); });
}

}  // namespace xgrad::test
