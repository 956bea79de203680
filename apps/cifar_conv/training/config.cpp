#include "cifar_conv/training/config.hpp"

#include <cmath>

#include <fmt/format.h>

#include "shared/jobs/options.hpp"
#include "shared/jobs/receipt.hpp"

namespace cifar_conv {

using apps::expect;

// Calls each("name", member) for every option that to_json writes and read_config reads.
template <class C, class F>
void for_each_option(C& config, F each) {
    each("net", config.net);
    each("batch_norm", config.batch_norm);
    each("width", config.width);
    each("epochs", config.epochs);
    each("batch_size", config.batch_size);
    each("learning_rate", config.learning_rate);
    each("weight_decay", config.weight_decay);
    each("label_smoothing", config.label_smoothing);
    each("augment", config.augment);
    each("seed", config.seed);
    each(apps::shards_key, config.shards);
    each(apps::threads_key, config.threads);
    each("validation", config.validation);
    each("images", config.images);
}

void check_epochs(const char* option, std::uint64_t epochs) {
    expect(epochs >= 1 && epochs <= 100'000, option, fmt::format("1 to 100000, got {}", epochs));
}

void check_learning_rate(const char* option, double rate) {
    expect(rate > 0 && std::isfinite(rate), option, fmt::format("a positive number, got {}", rate));
}

void check_config(const Config& config) {
    expect(config.net == Config::vgg || config.net == Config::resnet, "--net",
           fmt::format("vgg or resnet, got '{}'", config.net));
    expect(config.width >= 1 && config.width <= 4096, "--width",
           fmt::format("1 to 4096, got {}", config.width));
    check_epochs("--epochs", config.epochs);
    expect(config.batch_size >= 2, "--batch-size", fmt::format("at least 2, got {}", config.batch_size));
    check_learning_rate("--learning-rate", config.learning_rate);
    expect(config.weight_decay >= 0 && std::isfinite(config.weight_decay), "--weight-decay",
           fmt::format("a number that is not negative, got {}", config.weight_decay));
    expect(config.label_smoothing >= 0 && config.label_smoothing <= 1, "--label-smoothing",
           fmt::format("0 to 1, got {}", config.label_smoothing));
    apps::expect_shards(config.shards, config.batch_size);
    expect(config.threads >= 1 && config.threads <= 1024, "--threads",
           fmt::format("1 to 1024, got {}", config.threads));
    expect(config.validation >= 1, "--validation", "at least 1 image, got 0");
}

nlohmann::json to_json(const Config& config) { return apps::options_json(config); }

Config from_json(const nlohmann::json& options) {
    return apps::parse_options<Config>(options, apps::options_key);
}

Config read_config(const std::filesystem::path& file) { return apps::read_options<Config>(file); }

std::uint64_t steps_per_epoch(const Config& config, const apps::Split& data) {
    const std::size_t images = data.train.size();
    expect(config.batch_size <= images, "--batch-size",
           fmt::format("at most the number of training images, {}, got {}", images, config.batch_size));
    return images / config.batch_size;
}

}  // namespace cifar_conv
