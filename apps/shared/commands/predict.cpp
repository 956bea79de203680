#include <algorithm>
#include <memory>
#include <numeric>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <CLI/CLI.hpp>

#include "shared/commands/commands.hpp"
#include "shared/files/picture.hpp"

namespace apps {
namespace {

struct PredictOptions {
    std::filesystem::path model;
    std::vector<std::filesystem::path> pictures;
    std::size_t top = 3;
};

void run(const PredictOptions& options, const OpenModel& open) {
    SavedModel model = open(options.model);
    std::vector<std::uint8_t> images;
    for (const auto& file : options.pictures) {
        const std::vector<std::uint8_t> image = resized(read_picture(file), model.shape);
        images.insert(images.end(), image.begin(), image.end());
    }
    const std::size_t count = options.pictures.size(), classes = model.classes.size();
    const xgrad::Array<double> probabilities = model.probabilities(xgrad::Dataset(
        "pictures", model.classes, model.shape, std::move(images), std::vector<std::uint8_t>(count)));
    for (std::size_t i = 0; i < count; ++i) {
        std::vector<std::size_t> order(classes);
        std::iota(order.begin(), order.end(), std::size_t{0});
        std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
            return probabilities(i, a) > probabilities(i, b);
        });
        order.resize(std::min(options.top, classes));
        std::vector<std::string> shown;
        shown.reserve(order.size());
        for (const std::size_t c : order)
            shown.push_back(fmt::format("{} {:.1f} %", model.classes[c], 100 * probabilities(i, c)));
        fmt::print("{}: {}\n", options.pictures[i].string(), fmt::join(shown, ", "));
    }
}

}  // namespace

void add_predict(CLI::App& app, const OpenModel& open, const std::filesystem::path& folder) {
    auto options = std::make_shared<PredictOptions>();
    options->model = folder;
    CLI::App* command = app.add_subcommand(
        "predict", "What a saved model takes pictures for (PNG, PPM or PGM of any size), with probabilities");
    command->add_option("pictures", options->pictures, "The pictures")->type_name("FILE...")->required();
    command->add_option("--model", options->model, "Folder of a training")
        ->type_name("DIR")
        ->capture_default_str();
    command->add_option("--top", options->top, "How many classes are named, the most probable ones")
        ->check(CLI::Range(1, 1000))
        ->capture_default_str();
    command->callback([options, open] { run(*options, open); });
}

}  // namespace apps
