#include "cifar_conv/commands/options.hpp"

#include "shared/commands/options.hpp"

namespace cifar_conv {

void add_common_options(CLI::App& command, Config& config) {
    command
        .add_option("--width", config.width,
                    "Channels of the first convolution; later ones have up to eight times as many")
        ->capture_default_str();
    command.add_option("--epochs", config.epochs, "Passes over the training images")->capture_default_str();
    command.add_option("--batch-size", config.batch_size, "Images in a batch")->capture_default_str();
    command
        .add_option("--weight-decay", config.weight_decay,
                    "Adds as much of each weight to its gradient; biases and batch norm are left out")
        ->capture_default_str();
    command
        .add_option("--label-smoothing", config.label_smoothing,
                    "The part of a label that is spread over all classes, in the cost that is trained")
        ->capture_default_str();
    command.add_flag("--augment,!--no-augment", config.augment,
                     "Move training images by up to 4 pixels and flip them, at random (default: on)");
    apps::add_split_options(command, config.validation, config.images);
}

}  // namespace cifar_conv
