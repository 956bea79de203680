#include <utility>

#include <CLI/CLI.hpp>

#include "cifar_bn/commands/commands.hpp"
#include "cifar_bn/training/config.hpp"
#include "cifar_bn/training/saved_model.hpp"
#include "shared/commands/commands.hpp"

namespace cifar_bn {

int run(std::vector<std::string> arguments) {
    CLI::App app(
        "Batch normalization on CIFAR-10: trains small multi-layer perceptrons with and without batch norm (KTH DD2424, assignment 3).");
    app.require_subcommand(1);
    app.set_version_flag("--version", XGRAD_VERSION);
    app.footer("Start with:  cifar_bn report --help\n");
    add_report(app);
    add_train(app);
    apps::add_evaluate(app, open_model, train_folder);
    apps::add_predict(app, open_model, train_folder);
    for (const auto add : {add_search, add_sensitivity, add_range_test, add_beyond, add_gradcheck}) add(app);
    return apps::run_command(app, std::move(arguments));
}

}  // namespace cifar_bn
