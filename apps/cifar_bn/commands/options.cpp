#include "cifar_bn/commands/options.hpp"

#include <fmt/format.h>

#include "shared/commands/options.hpp"

namespace cifar_bn {

void add_train_options(CLI::App& command, TrainConfig& config) {
    command.add_option("--hidden", config.hidden, "Widths of the hidden layers, separated by commas")
        ->delimiter(',')
        ->type_name("N,N,...")
        ->capture_default_str();
    command.add_flag("--batch-norm,!--no-batch-norm", config.batch_norm,
                     "Batch norm after every hidden linear layer (default: on)");
    command.add_option("--cycles", config.cycles, "Cycles of the learning rate")->capture_default_str();
    command.add_option("--eta-min", config.eta_min, "Lowest learning rate, at both ends of a cycle")
        ->capture_default_str();
    command.add_option("--eta-max", config.eta_max, "Highest learning rate, in the middle of a cycle")
        ->capture_default_str();
    command
        .add_option("--half-cycle", config.half_cycle,
                    "Steps from the lowest to the highest learning rate (n_s)")
        ->capture_default_str();
    command.add_option("--batch-size", config.batch_size, "Images in a batch")->capture_default_str();
    command.add_option("--scalar", config.scalar, "float or double")->capture_default_str();
    apps::add_split_options(command, config.validation, config.images);
    command
        .add_option("--snapshots", config.snapshots,
                    "Evaluations in each cycle; 0: only one, after the last step")
        ->capture_default_str();
    command
        .add_option(
            "--layer-images", config.layer_images,
            "At every evaluation also describe each layer (result.json), on the first N training images; 0: do not")
        ->capture_default_str();
}

void add_lambda_option(CLI::App& command, TrainConfig& config) {
    command.add_option("--lambda", config.lambda, "L2 regularization: adds lambda * sum(W^2) to the cost")
        ->capture_default_str();
}

void add_init_option(CLI::App& command, TrainConfig& config) {
    command
        .add_option("--init", config.init,
                    "Weights: xavier (sigma 1/sqrt(inputs)), he (sqrt(2/inputs)), or a sigma such as 0.001")
        ->capture_default_str();
}

void add_study_options(CLI::App& command, StudyOptions& options) {
    apps::add_spreading_options(command, options.spreading);
    apps::add_data_option(command, options.data);
    apps::add_serve_option(command, options.serve);
    command
        .add_option("--out", options.out,
                    "Folder for all results; trainings that are complete in it are not run again")
        ->type_name("DIR")
        ->capture_default_str();
}

void add_seeds_option(CLI::App& command, StudyOptions& options) {
    command
        .add_option_function<std::string>(
            "--seeds",
            [&options](const std::string& text) {
                options.seeds.automatic = text == "auto";
                if (!options.seeds.automatic && !CLI::detail::lexical_cast(text, options.seeds.count))
                    throw CLI::ConversionError(text, "--seeds");
            },
            fmt::format(
                "Train every net with the seeds 1 to N; auto: {} to {}, until the interval of its mean test "
                "accuracy reaches {:g} points from it",
                Seeds::least, Seeds::most, Seeds::width))
        ->type_name("N|auto")
        ->default_str(options.seeds.text());
}

}  // namespace cifar_bn
