#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include <xgrad/core/parallel.hpp>
#include <xgrad/nn/init.hpp>
#include <xgrad/optim/lr_schedule.hpp>

namespace cifar_bn {

/// The program's name, in receipts and messages.
inline constexpr const char* program = "cifar_bn";
/// Where `train` leaves its results unless it is told otherwise.
inline constexpr const char* train_folder = "results/train";

/// Everything that determines the result of one training. The defaults are the report's 3-layer net with
/// batch norm.
struct TrainConfig {
    static constexpr const char *xavier = "xavier", *he = "he";

    std::vector<std::size_t> hidden{50, 50};  ///< Widths of the hidden layers.
    bool batch_norm = true;
    /// The cost is the mean cross-entropy plus lambda times the sum of all squared weights.
    double lambda = 0.005;
    std::uint64_t cycles = 2;
    double eta_min = 1e-5;
    double eta_max = 1e-1;
    std::uint64_t half_cycle = 2250;  ///< n_s: steps from eta_min to eta_max.
    std::size_t batch_size = 100;
    std::string init = xavier;     ///< `xavier`, `he`, or a standard deviation.
    std::string scalar = "float";  ///< "float" or "double".
    std::uint64_t seed = 1;
    /// Parts of a batch, which threads and processes share; the result does not depend on their numbers. 0:
    /// the batch is computed as a whole, by one process.
    std::size_t shards = 0;
    int threads = xgrad::num_threads();
    std::size_t validation = 1000;  ///< The last images of the training set, held out for validation.
    std::size_t images = 0;  ///< Number of training images, the first of the others; 0: all.
    std::uint64_t snapshots = 10;  ///< Evaluations per cycle; 0: only one, after the last step.
    /// Evaluations also compute the statistics of every layer, on this many of the first training images; 0:
    /// none.
    std::size_t layer_images = 0;

    bool is_double() const { return scalar == "double"; }
    std::uint64_t steps() const { return 2 * half_cycle * cycles; }
    xgrad::LrSchedule schedule() const;
    /// @throws xgrad::ValueError  `init` has none of its three forms.
    xgrad::Initializer initializer() const;
    /// The steps after which the net is evaluated: the first one, then `snapshots` in each cycle.
    std::vector<std::uint64_t> snapshot_steps() const;
};

/// Throws an xgrad::ValueError that names the option and its valid values.
void check_config(const TrainConfig& config);

nlohmann::json to_json(const TrainConfig& config);
/// The configuration of to_json(). @throws xgrad::ValueError  it is none.
TrainConfig from_json(const nlohmann::json& options);

/// Reads the configuration under "options" in a `config.json`.
/// @throws xgrad::ValueError  the file is invalid; the message names the file and the problem.
TrainConfig read_config(const std::filesystem::path& file);

}  // namespace cifar_bn
