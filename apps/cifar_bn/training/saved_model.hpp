#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cifar_bn/training/config.hpp"

#include <xgrad/data/dataset.hpp>
#include <xgrad/data/normalizer.hpp>
#include <xgrad/nn/sequential.hpp>

namespace cifar_bn {

/// The files in a training's folder that hold the net's state and the normalizer of its inputs.
inline constexpr const char* model_file = "model.safetensors";
inline constexpr const char* normalizer_file = "normalizer.safetensors";

/// A trained net as saved in the folder of its training, with everything needed to use it.
struct SavedModel {
    std::filesystem::path folder;
    TrainConfig config;
    std::string dataset;  ///< The name of its training data.
    std::vector<std::string> classes;
    xgrad::ImageShape shape;
    xgrad::Normalizer normalizer;

    /// The trained net, in evaluation mode. If T is not the type of `config.scalar`, values are rounded or
    /// widened.
    /// @throws xgrad::DataError, xgrad::StateError  model.safetensors is missing, damaged, or belongs to
    /// another net.
    template <class T>
    xgrad::Sequential<T> net() const;
};

/// Reads everything except the net.
/// @throws xgrad::DataError, xgrad::ValueError  a file is missing or damaged, or the files do not fit
/// together.
SavedModel open_model(const std::filesystem::path& folder);

/// Calls use(net) with the model's net, in the scalar type it was trained in.
template <class F>
auto with_net(const SavedModel& model, F use) {
    if (!model.config.is_double()) {
        auto net = model.net<float>();
        return use(net);
    }
    auto net = model.net<double>();
    return use(net);
}

}  // namespace cifar_bn
