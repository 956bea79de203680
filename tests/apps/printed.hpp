#pragma once

#include <unistd.h>

#include <cstdio>
#include <string>

#include "support/temp_dir.hpp"

namespace xgrad::test {

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

}  // namespace xgrad::test
