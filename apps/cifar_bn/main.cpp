#include <cstdio>
#include <exception>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "cifar_bn/commands/commands.hpp"

int main(int argc, char** argv) {
    CLI::App app(
        "Batch normalization on CIFAR-10: trains small multi-layer perceptrons with and without batch norm (KTH DD2424, assignment 3).");
    app.require_subcommand(1);
    app.set_version_flag("--version", XGRAD_VERSION);
    app.footer("Start with:  cifar_bn report --help\n");
    cifar_bn::add_commands(app);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error);
    } catch (const std::exception& error) {
        fmt::print(stderr, "cifar_bn: {}\n", error.what());
        return 1;
    }
    return 0;
}
