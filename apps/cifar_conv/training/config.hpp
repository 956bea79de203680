#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "shared/data/data_source.hpp"

#include <xgrad/core/parallel.hpp>
#include <xgrad/data/normalizer.hpp>

namespace cifar_conv {

/// The program's name, in receipts and messages.
inline constexpr const char* program = "cifar_conv";
/// Where `train` leaves its results unless it is told otherwise.
inline constexpr const char* train_folder = "results/conv-train";

/// A filter meets each pixel of a channel, and crops move them.
inline constexpr auto normalize_by = xgrad::NormalizeBy::channel;

/// Everything that determines the result of one training.
struct Config {
    static constexpr const char *vgg = "vgg", *resnet = "resnet";

    std::string net = vgg;       ///< `vgg` or `resnet`, see make_network().
    bool batch_norm = true;      ///< After every convolution; without it, convolutions have a bias.
    std::size_t width = 32;      ///< Channels of the first convolution.
    std::uint64_t epochs = 15;   ///< Passes over the training images.
    std::size_t batch_size = 64;
    double learning_rate =
        0.1;  ///< The highest one: it rises in three tenths of the steps, then falls almost to 0.
    double weight_decay = 5e-4;
    double label_smoothing = 0.1;  ///< Of the cross-entropy that is trained, not of the reported one.
    bool augment = true;  ///< Training images are moved by up to 4 pixels and flipped, at random.
    std::uint64_t seed = 1;
    /// Parts of a batch, which threads and processes share; the result does not depend on their numbers. 0:
    /// the batch is computed as a whole, by one process.
    std::size_t shards = 0;
    int threads = xgrad::num_threads();
    std::size_t validation = 1000;  ///< The last images of the training set, held out for validation.
    std::size_t images = 0;  ///< Number of training images, the first of the others; 0: all.
};

/// Throws an xgrad::ValueError that names the option and its valid values.
void check_config(const Config& config);
/// The same of one value; `option` is its name.
void check_epochs(const char* option, std::uint64_t epochs);
void check_learning_rate(const char* option, double rate);

nlohmann::json to_json(const Config& config);
/// The configuration of to_json(). @throws xgrad::ValueError  it is none.
Config from_json(const nlohmann::json& options);

/// Reads the configuration under "options" in a `config.json`.
/// @throws xgrad::ValueError  the file is invalid; the message names the file and the problem.
Config read_config(const std::filesystem::path& file);

/// The number of steps of an epoch: images that do not fill a batch are left out.
/// @throws xgrad::ValueError  there are fewer training images than a batch has.
std::uint64_t steps_per_epoch(const Config& config, const apps::Split& data);

}  // namespace cifar_conv
