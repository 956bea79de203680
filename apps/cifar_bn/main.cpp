#include <cstdio>
#include <exception>

#include <fmt/format.h>

#include "cifar_bn/commands/commands.hpp"

int main(int argc, char** argv) {
    try {
        return cifar_bn::run({argv + 1, argv + argc});
    } catch (const std::exception& error) {
        fmt::print(stderr, "cifar_bn: {}\n", error.what());
        return 1;
    }
}
