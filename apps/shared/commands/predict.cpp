#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <CLI/CLI.hpp>

#include "cifar_bn/commands/commands.hpp"
#include "cifar_bn/training/saved_model.hpp"
#include "shared/files/picture.hpp"

#include <xgrad/data/batches.hpp>

namespace cifar_bn {
namespace {

struct PredictOptions {
    std::filesystem::path model = "results/train";
    std::vector<std::filesystem::path> pictures;
    std::size_t top = 3;
};

void run(const PredictOptions& options) {
    const SavedModel model = open_model(options.model);
    std::vector<std::uint8_t> images;
    for (const auto& file : options.pictures) {
        const std::vector<std::uint8_t> image = resized(apps::read_picture(file), model.shape);
        images.insert(images.end(), image.begin(), image.end());
    }
    const std::size_t count = options.pictures.size(), classes = model.classes.size();
    const xgrad::Dataset data("pictures", model.classes, model.shape, std::move(images),
                              std::vector<std::uint8_t>(count));
    with_net(model, [&]<class T>(xgrad::Sequential<T>& net) {
        const xgrad::NoGrad<T> no_grad;
        const xgrad::Tensor<T> probabilities =
            softmax(net(xgrad::ImageBatches<T>(data, model.normalizer, count).next().x));
        for (std::size_t i = 0; i < count; ++i) {
            const auto probability = [&](std::size_t c) {
                return static_cast<double>(probabilities.value()(i, c));
            };
            std::vector<std::size_t> order(classes);
            std::iota(order.begin(), order.end(), std::size_t{0});
            std::stable_sort(order.begin(), order.end(),
                             [&](std::size_t a, std::size_t b) { return probability(a) > probability(b); });
            order.resize(std::min(options.top, classes));
            std::vector<std::string> shown;
            shown.reserve(order.size());
            for (const std::size_t c : order)
                shown.push_back(fmt::format("{} {:.1f} %", model.classes[c], 100 * probability(c)));
            fmt::print("{}: {}\n", options.pictures[i].string(), fmt::join(shown, ", "));
        }
    });
}

}  // namespace

void add_predict(CLI::App& app) {
    auto options = std::make_shared<PredictOptions>();
    CLI::App* command = app.add_subcommand(
        "predict", "What a saved model takes pictures for (PNG, PPM or PGM of any size), with probabilities");
    command->add_option("pictures", options->pictures, "The pictures")->type_name("FILE...")->required();
    command->add_option("--model", options->model, "Folder of a training")
        ->type_name("DIR")
        ->capture_default_str();
    command->add_option("--top", options->top, "How many classes are named, the most probable ones")
        ->check(CLI::Range(1, 1000))
        ->capture_default_str();
    command->callback([options] { run(*options); });
}

}  // namespace cifar_bn
