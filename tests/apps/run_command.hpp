#pragma once

#include <unistd.h>

#include <cstdio>
#include <string>

#include "cifar_bn/commands/commands.hpp"
#include "support/temp_dir.hpp"

namespace xgrad::test {

/// Runs `cifar_bn ARGUMENTS` in this process.
inline void run_command(const std::string& arguments) {
    CLI::App app;
    cifar_bn::add_commands(app);
    app.parse(arguments, false);
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
inline std::string output_of(const std::string& arguments) {
    return printed([&] { run_command(arguments); });
}

}  // namespace xgrad::test
