#include "cifar_bn/training/config.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "shared/jobs/options.hpp"
#include "shared/jobs/receipt.hpp"

namespace cifar_bn {

using apps::expect;
using xgrad::fail;
using xgrad::ValueError;

// Calls each("name", member) for every option that to_json writes and read_config reads.
template <class Config, class F>
void for_each_option(Config& config, F each) {
    each("hidden", config.hidden);
    each("batch_norm", config.batch_norm);
    each("lambda", config.lambda);
    each("cycles", config.cycles);
    each("eta_min", config.eta_min);
    each("eta_max", config.eta_max);
    each("half_cycle", config.half_cycle);
    each("batch_size", config.batch_size);
    each("init", config.init);
    each("scalar", config.scalar);
    each("seed", config.seed);
    each(apps::shards_key, config.shards);
    each(apps::threads_key, config.threads);
    each("validation", config.validation);
    each("images", config.images);
    each("snapshots", config.snapshots);
    each("layer_images", config.layer_images);
}

xgrad::LrSchedule TrainConfig::schedule() const {
    return xgrad::lr::cyclic({.min = eta_min, .max = eta_max, .half_cycle = half_cycle});
}

xgrad::Initializer TrainConfig::initializer() const {
    if (init == xavier) return xgrad::init::xavier_normal();
    if (init == he) return xgrad::init::he_normal();
    double sigma = 0;
    const auto [end, error] = std::from_chars(init.data(), init.data() + init.size(), sigma);
    if (error != std::errc() || end != init.data() + init.size() || !(sigma >= 0) || !std::isfinite(sigma))
        fail<ValueError>(
            "--init",
            fmt::format("expected xavier, he, or a standard deviation such as 0.001, got '{}'", init));
    return xgrad::init::normal(sigma);
}

std::vector<std::uint64_t> TrainConfig::snapshot_steps() const {
    if (snapshots == 0) return {steps()};
    std::vector<std::uint64_t> result{1};
    for (std::uint64_t i = 1; i <= snapshots * cycles; ++i) {
        const std::uint64_t step = i * 2 * half_cycle / snapshots;
        if (step > result.back()) result.push_back(step);
    }
    return result;
}

void check_config(const TrainConfig& config) {
    const auto positive = [](double value) { return value > 0 && std::isfinite(value); };
    expect(std::none_of(config.hidden.begin(), config.hidden.end(),
                        [](std::size_t width) { return width == 0 || width > 1'000'000; }),
           "--hidden", "widths from 1 to 1000000");
    expect(config.lambda >= 0 && std::isfinite(config.lambda), "--lambda",
           fmt::format("a number that is not negative, got {}", config.lambda));
    expect(config.cycles > 0 && config.cycles <= 100'000, "--cycles",
           fmt::format("1 to 100000, got {}", config.cycles));
    expect(config.half_cycle > 0 && config.half_cycle <= 1'000'000'000, "--half-cycle",
           fmt::format("1 to 1000000000, got {}", config.half_cycle));
    expect(positive(config.eta_min), "--eta-min", fmt::format("a positive number, got {}", config.eta_min));
    expect(positive(config.eta_max) && config.eta_max >= config.eta_min, "--eta-max",
           fmt::format("a number from eta-min ({}) up, got {}", config.eta_min, config.eta_max));
    expect(config.batch_size > (config.batch_norm ? 1U : 0U), "--batch-size",
           fmt::format("at least {}, got {}", config.batch_norm ? "2 (batch norm needs two images)" : "1",
                       config.batch_size));
    expect(config.scalar == "float" || config.is_double(), "--scalar",
           fmt::format("float or double, got '{}'", config.scalar));
    apps::expect_shards(config.shards, config.batch_size);
    expect(config.threads > 0 && config.threads <= 1024, "--threads",
           fmt::format("1 to 1024, got {}", config.threads));
    expect(config.validation > 0, "--validation", "at least 1 image");
    expect(config.snapshots <= 1000, "--snapshots", fmt::format("0 to 1000, got {}", config.snapshots));
    config.initializer();
}

nlohmann::json to_json(const TrainConfig& config) { return apps::options_json(config); }

TrainConfig from_json(const nlohmann::json& options) {
    return apps::parse_options<TrainConfig>(options, apps::options_key);
}

TrainConfig read_config(const std::filesystem::path& file) { return apps::read_options<TrainConfig>(file); }

}  // namespace cifar_bn
