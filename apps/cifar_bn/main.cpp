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
    cifar_bn::add_report(app);
    cifar_bn::add_train(app);
    cifar_bn::add_evaluate(app);
    cifar_bn::add_predict(app);
    cifar_bn::add_search(app);
    cifar_bn::add_sensitivity(app);
    cifar_bn::add_gradcheck(app);
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
