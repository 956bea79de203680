#include <utility>

#include <CLI/CLI.hpp>

#include "cifar_conv/commands/commands.hpp"
#include "cifar_conv/training/config.hpp"
#include "cifar_conv/training/saved_model.hpp"
#include "shared/commands/commands.hpp"

namespace cifar_conv {

int run(std::vector<std::string> arguments) {
    CLI::App app(
        "Convolutional nets on CIFAR-10: trains a VGG-like and a residual net with and without batch norm.");
    app.require_subcommand(1);
    app.set_version_flag("--version", XGRAD_VERSION);
    app.footer("Start with:  cifar_conv train --help\n");
    add_train(app);
    add_report(app);
    apps::add_evaluate(app, open_model, train_folder);
    apps::add_predict(app, open_model, train_folder);
    return apps::run_command(app, std::move(arguments));
}

}  // namespace cifar_conv
