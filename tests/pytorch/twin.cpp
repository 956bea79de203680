// Usage: xgrad_pytorch_twin DATA FOLDER float|double SEED STEPS
// xgrad's side of twin.py: trains the report's net with batch norm for STEPS steps (the whole training if 0),
// and writes to FOLDER the initial state (initial.safetensors), the normalizer (normalizer.safetensors), and
// to run.safetensors the images of each batch as rows of the training set ("order", (steps, batch)), the loss
// of each batch ("loss") and the final accuracy on the test set ("test_accuracy", ()).
#include <exception>
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include <xgrad/core/parallel.hpp>
#include <xgrad/data/batches.hpp>
#include <xgrad/io/safetensors.hpp>
#include <xgrad/nn/state.hpp>
#include "cifar_bn/training/network.hpp"
#include "cifar_bn/training/training.hpp"
#include "shared/data/data_source.hpp"

using namespace xgrad;
using namespace cifar_bn;

namespace {

template <class T>
void run(const std::string& data_folder, const std::filesystem::path& folder, const TrainConfig& config,
         std::uint64_t steps) {
    const apps::CheckedData source = apps::open_checked_data(data_folder);
    const apps::Split data = apps::split(source.data, config.validation, config.images);
    save_normalizer(folder / "normalizer.safetensors", data.normalizer);

    // As a training begins.
    Rng rng(config.seed);
    Rng shuffle = rng.split();
    auto net = make_network<T>(data.train.features(), config.hidden, data.train.classes().size(),
                               config.batch_norm, config.initializer(), rng);
    save_state(folder / "initial.safetensors", net);

    ImageBatches<T> batches(data.train, data.normalizer, config.batch_size, LastBatch::drop);
    Array<std::int64_t> order(Shape{steps, config.batch_size});
    for (std::size_t step = 0; step < steps; ++step) {
        batches.next(shuffle);
        const EpochState state = batches.state();
        for (std::size_t i = 0; i < config.batch_size; ++i)
            order(step, i) = static_cast<std::int64_t>(state.order[state.position - config.batch_size + i]);
    }

    std::vector<double> losses;
    struct Enough {};
    TrainObserver observer;
    observer.on_step = [&](const Progress& progress) {
        losses.push_back(progress.batch_loss);
        if (losses.size() == steps && steps < config.steps()) throw Enough();
    };
    double accuracy = 0;
    try {
        accuracy = train(config, data, observer).last().test.accuracy;
    } catch (const Enough&) {  // of the steps; nothing is evaluated
    }
    Array<double> loss(Shape{losses.size()});
    std::copy(losses.begin(), losses.end(), loss.begin());
    write_safetensors(
        folder / "run.safetensors",
        {{{"order", order}, {"loss", loss}, {"test_accuracy", Array<double>(Shape{}, accuracy)}}, {}});
}

}  // namespace

int main(int argc, char** argv) try {
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    TrainConfig config;
    config.scalar = arguments.at(2);
    config.seed = std::stoull(arguments.at(3));
    config.snapshots = 0;
    const std::uint64_t given = std::stoull(arguments.at(4)), steps = given == 0 ? config.steps() : given;
    set_num_threads(config.threads);
    (config.is_double() ? run<double> : run<float>)(arguments.at(0), arguments.at(1), config, steps);
} catch (const std::exception& error) {
    std::cerr << "xgrad_pytorch_twin: " << error.what() << "\n";
    return 1;
}
