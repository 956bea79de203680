#include <memory>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "shared/commands/commands.hpp"
#include "shared/commands/options.hpp"
#include "shared/data/data_source.hpp"

#include <xgrad/core/error.hpp>
#include <xgrad/data/cifar10.hpp>
#include <xgrad/data/cifar100.hpp>
#include <xgrad/train/evaluate.hpp>

namespace apps {
namespace {

struct EvaluateOptions {
    std::filesystem::path model;
    std::string data;
    std::filesystem::path file;
};

std::string extents(const xgrad::ImageShape& shape) {
    return fmt::format("{} x {} x {}", shape.channels, shape.height, shape.width);
}

xgrad::Dataset open_images(const EvaluateOptions& options, const SavedModel& model) {
    if (options.file.empty()) return open_data(options.data).test;
    const bool cifar100 = model.dataset == xgrad::cifar100_name;
    const std::size_t each = cifar100 ? xgrad::cifar100_record_bytes : xgrad::cifar10_record_bytes;
    std::error_code error;  // ignored: the reader reports it
    const std::uint64_t bytes = std::filesystem::file_size(options.file, error);
    const std::size_t records = error ? 1 : std::max<std::uint64_t>(1, bytes / each);
    if (cifar100)
        return xgrad::read_cifar100_files({options.file}, records, xgrad::Cifar100Labels::fine,
                                          model.classes);
    return xgrad::read_cifar10_files({options.file}, records,
                                     model.classes.size() == 10 ? model.classes : xgrad::cifar10_classes());
}

std::string percent(std::uint64_t part, std::uint64_t whole) {
    const auto [low, high] = xgrad::confidence_interval(part, whole);
    return fmt::format("{:6.2f} %   {:6.2f} to {:6.2f} %",
                       100 * static_cast<double>(part) / static_cast<double>(whole), 100 * low, 100 * high);
}

void run(const EvaluateOptions& options, const OpenModel& open) {
    SavedModel model = open(options.model);
    const xgrad::Dataset images = open_images(options, model);
    if (images.image_shape() != model.shape || images.classes() != model.classes)
        xgrad::fail<xgrad::ValueError>(
            "evaluate",
            fmt::format(
                "the model was trained on {} ({}, {} classes), these images are {} ({}, {} classes{})",
                model.dataset, extents(model.shape), model.classes.size(), images.name(),
                extents(images.image_shape()), images.classes().size(),
                images.classes().size() == model.classes.size() ? " of other names" : ""));
    const xgrad::Evaluation result = model.evaluate(images);
    const xgrad::ConfusionMatrix& confusion = result.confusion;
    fmt::print("{} on {} images of {}, loss {:.4f}\n\n", options.model.string(), images.size(),
               options.file.empty() ? images.name() + "'s test set" : options.file.string(), result.loss);
    fmt::print("{:<12} {:>7} {:>10}   95 % interval\n", "class", "images", "accuracy");
    for (std::size_t i = 0; i < confusion.classes(); ++i)
        fmt::print("{:<12} {:>7} {}\n", model.classes[i], confusion.members(i),
                   confusion.members(i) == 0 ? fmt::format("{:>10}", "-")
                                             : "  " + percent(confusion.count(i, i), confusion.members(i)));
    fmt::print("{:<12} {:>7}   {}\n", "all", confusion.total(),
               percent(confusion.correct(), confusion.total()));
    fmt::print("\nBy class (down: truth, across: prediction)\n{}", to_string(confusion, model.classes));
}

}  // namespace

void add_evaluate(CLI::App& app, const OpenModel& open, const std::filesystem::path& folder) {
    auto options = std::make_shared<EvaluateOptions>();
    options->model = folder;
    CLI::App* command = app.add_subcommand(
        "evaluate",
        "Accuracy of a saved model on a test set, or on a file in the format of CIFAR-10 or CIFAR-100");
    command->add_option("--model", options->model, "Folder of a training")
        ->type_name("DIR")
        ->capture_default_str();
    add_data_option(*command, options->data);
    command
        ->add_option(
            "--file", options->file,
            "Instead of the data set's test images: a file like test_batch.bin (test.bin, if the model is for CIFAR-100), of any number of images")
        ->type_name("FILE")
        ->excludes("--data");
    command->callback([options, open] { run(*options, open); });
}

}  // namespace apps
