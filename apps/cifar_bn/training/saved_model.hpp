#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cifar_bn/training/config.hpp"

#include <xgrad/data/dataset.hpp>
#include <xgrad/data/normalizer.hpp>
#include <xgrad/nn/sequential.hpp>

namespace cifar_bn {

/// The files of a training's folder that have the net's state, and the normalizer of its inputs.
inline constexpr const char* model_file = "model.safetensors";
inline constexpr const char* normalizer_file = "normalizer.safetensors";

/// What a training leaves in its folder so that others can use the net.
struct SavedModel {
    std::filesystem::path folder;
    TrainConfig config;
    std::string dataset;  ///< That it was trained on.
    std::vector<std::string> classes;
    xgrad::ImageShape shape;
    xgrad::Normalizer normalizer;

    /// The trained net, in evaluation mode. T is that of `config.scalar`, or another: then values are rounded
    /// or widened.
    /// @throws xgrad::DataError, xgrad::StateError  model.safetensors is missing, damaged, or another net's.
    template <class T>
    xgrad::Sequential<T> net() const;
};

/// Reads all but the net. @throws xgrad::DataError, xgrad::ValueError  a file is missing or damaged, or they
/// do not fit one another.
SavedModel open_model(const std::filesystem::path& folder);

/// Calls use(net) with the model's net in the scalar type that it was trained in.
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
