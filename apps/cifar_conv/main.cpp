#include <cstdio>
#include <exception>

#include <fmt/format.h>

#include "cifar_conv/commands/commands.hpp"

int main(int argc, char** argv) {
    try {
        return cifar_conv::run({argv + 1, argv + argc});
    } catch (const std::exception& error) {
        fmt::print(stderr, "cifar_conv: {}\n", error.what());
        return 1;
    }
}
