#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cifar_bn/gradcheck/judge.hpp"

#include <xgrad/data/normalizer.hpp>
#include <xgrad/nn/sequential.hpp>

namespace cifar_bn {

/// The net whose gradients are checked, and the options of the check.
struct NetCheckOptions {
    std::vector<std::size_t> hidden{50, 50};  ///< Widths of the hidden layers.
    /// One check for each number: on the first 2 training images, on the first 10.
    std::vector<std::size_t> images{2, 10};
    bool batch_norm = true;
    double epsilon = 2.2e-16;  ///< The epsilon of batch norm.
    double lambda = 0;
    double step = 1e-5;  ///< The step of the plain central differences.
    std::uint64_t seed = 1;
    int threads = 2;
    std::string data{};  ///< A folder; empty: the default of open_data().
};

/// The net that the options describe, with Xavier initialization.
xgrad::Sequential<double> make_network(const NetCheckOptions& options, std::size_t features,
                                       std::size_t classes);

/// The same net for the plain loops.
HandNet hand_net(xgrad::Module<double>& net, const NetCheckOptions& options);

/// The gradient of the cost, computed in every way, for every parameter in order: W1, b1, gamma1, beta1, W2,
/// ...
std::vector<ParameterGradients> parameter_gradients(xgrad::Module<double>& net, const HandBatch& batch,
                                                    const NetCheckOptions& options);

/// A check of all gradients on some images.
struct NetCheck {
    std::size_t images;
    double cost;
    std::vector<ParameterGradients> gradients;
    Judgement judgement;
    std::string net;  ///< one-line description
};

/// Checks the gradients on the first `images` images of `train`.
NetCheck check_net(const NetCheckOptions& options, const xgrad::Dataset& train,
                   const xgrad::Normalizer& normalizer, std::size_t images);

}  // namespace cifar_bn
