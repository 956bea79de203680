#include "train_command.hpp"

#include <unistd.h>

#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "data_source.hpp"
#include "progress.hpp"
#include "training.hpp"

#include <xgrad/core/isa.hpp>
#include <xgrad/core/parallel.hpp>
#include <xgrad/core/write_file.hpp>

namespace cifar_bn {
namespace {

struct TrainOptions {
    TrainConfig config;
    std::string config_file;
    std::string data;
    std::filesystem::path out = "results/train";
};

constexpr const char* metrics_header =
    "step,cycle,learning_rate,train_cost,validation_cost,test_cost,train_accuracy,validation_accuracy,test_accuracy\n";

std::string metrics_row(const Snapshot& s) {
    return fmt::format("{},{},{},{},{},{},{},{},{}\n", s.step, s.cycle, s.learning_rate, s.train.cost, s.validation.cost, s.test.cost,
                       s.train.accuracy, s.validation.accuracy, s.test.accuracy);
}

nlohmann::json receipt(const TrainConfig& config, const Split& data) {
    return {
        {"program", "cifar_bn train"},
        {"version", XGRAD_VERSION},
        {"data",
         {{"name", data.train.name()}, {"train", data.train.size()}, {"validation", data.validation.size()}, {"test", data.test.size()}}},
        {"compiler", XGRAD_COMPILER},
        {"isa", to_string(xgrad::isa())},
        {"blas_core", xgrad::blas_core()},
        {"options", to_json(config)}};
}

void print_result(const TrainResult& result, const Split& data) {
    fmt::print("\n{:<12}{:>9}{:>10}{:>12}\n", data.train.name(), "images", "cost", "accuracy");
    const auto row = [](const char* name, const xgrad::Dataset& part, const Score& score) {
        fmt::print("{:<12}{:>9}{:>10.4f}{:>10.2f} %\n", name, part.size(), score.cost, 100 * score.accuracy);
    };
    row("training", data.train, result.last.train);
    row("validation", data.validation, result.last.validation);
    row("test", data.test, result.last.test);
    fmt::print("\nTest images by class (down: truth, across: prediction)\n{}", to_string(result.test_confusion, data.test.classes()));
    fmt::print("\nmedian training step: {:.0f} us\n", 1e6 * result.seconds_per_step);
}

void run(const TrainOptions& options) {
    check(options.config);
    const Split data = split(open_data(options.data), options.config.validation);
    std::filesystem::create_directories(options.out);
    xgrad::write_file(options.out / "config.json", receipt(options.config, data).dump(2) + "\n");

    std::string metrics = metrics_header;
    const bool is_terminal = isatty(STDOUT_FILENO) != 0;
    TrainResult result = [&] {
        std::unique_ptr<ProgressDisplay> display;
        TrainObserver observer;
        observer.on_network = [&](const std::string& network) {
            fmt::print("{}, {} images to train on\n{}\n", data.train.name(), data.train.size(), network);
            display = std::make_unique<ProgressDisplay>(options.config, stdout, is_terminal);
        };
        observer.on_step = [&](const Progress& progress) { display->step(progress); };
        observer.on_snapshot = [&](const Snapshot& snapshot) {
            metrics += metrics_row(snapshot);
            xgrad::write_file(options.out / "metrics.csv", metrics);
            display->snapshot(snapshot);
        };
        return train(options.config, data, observer);
    }();
    print_result(result, data);
    fmt::print("written: {0}/metrics.csv and {0}/config.json (again: cifar_bn train --config {0}/config.json)\n", options.out.string());
}

}  // namespace

void add_train(CLI::App& app) {
    auto options = std::make_shared<TrainOptions>();
    CLI::App* command =
        app.add_subcommand("train", "Train one net and report its accuracy; the defaults are the report's 3-layer net with batch norm");
    TrainConfig& config = options->config;
    // Read before the other options are, so that these override the file's.
    command
        ->add_option_function<std::string>("--config", [&config](const std::string& file) { config = read_config(file); },
                                           "Start from the options in a config.json of an earlier run")
        ->trigger_on_parse()
        ->type_name("FILE");
    command->add_option("--hidden", config.hidden, "Widths of the hidden layers, separated by commas")
        ->delimiter(',')
        ->type_name("N,N,...")
        ->capture_default_str();
    command->add_flag("--batch-norm,!--no-batch-norm", config.batch_norm, "Batch norm after every hidden linear layer (default: on)");
    command->add_option("--lambda", config.lambda, "L2 regularization: adds lambda * sum(W^2) to the cost")->capture_default_str();
    command->add_option("--cycles", config.cycles, "Cycles of the learning rate")->capture_default_str();
    command->add_option("--eta-min", config.eta_min, "Lowest learning rate, at both ends of a cycle")->capture_default_str();
    command->add_option("--eta-max", config.eta_max, "Highest learning rate, in the middle of a cycle")->capture_default_str();
    command->add_option("--half-cycle", config.half_cycle, "Steps from the lowest to the highest learning rate (n_s)")
        ->capture_default_str();
    command->add_option("--batch-size", config.batch_size, "Images in a batch")->capture_default_str();
    command->add_option("--init", config.init, "Weights: xavier (sigma 1/sqrt(inputs)), he (sqrt(2/inputs)), or a sigma such as 0.001")
        ->capture_default_str();
    command->add_option("--scalar", config.scalar, "float or double")->capture_default_str();
    command->add_option("--seed", config.seed, "Of the weights and of the order of the images")->capture_default_str();
    command->add_option("--threads", config.threads, "Threads to compute with: $XGRAD_NUM_THREADS, or all processors")
        ->capture_default_str();
    command->add_option("--validation", config.validation, "How many of the last training images are held out for validation")
        ->capture_default_str();
    command->add_option("--data", options->data, "Folder with CIFAR-10 (binary version) or Fashion-MNIST (default: $CIFAR10_DIR, or data/)")
        ->type_name("DIR");
    command->add_option("--out", options->out, "Folder for metrics.csv and config.json; what it holds of those is replaced")
        ->type_name("DIR")
        ->capture_default_str();
    command->callback([options] { run(*options); });
}

}  // namespace cifar_bn
