#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <variant>
#include <vector>

#include <xgrad/core/array.hpp>
#include <xgrad/data/dataset.hpp>
#include <xgrad/data/normalizer.hpp>
#include <xgrad/nn/sequential.hpp>
#include <xgrad/train/evaluate.hpp>

namespace apps {

/// The files in a training's folder that hold the net's state and the normalizer of its inputs.
inline constexpr const char* model_file = "model.safetensors";
inline constexpr const char* normalizer_file = "normalizer.safetensors";

/// A net in the scalar type that it was trained in.
using Net = std::variant<xgrad::Sequential<float>, xgrad::Sequential<double>>;

/// A trained net as saved in the folder of its training, with everything needed to use it.
struct SavedModel {
    std::filesystem::path folder;
    std::string dataset;  ///< The name of its training data.
    std::vector<std::string> classes;
    xgrad::ImageShape shape;
    xgrad::Normalizer normalizer;
    Net net;  ///< In evaluation mode.

    /// Its performance on images of its shape.
    xgrad::Evaluation evaluate(const xgrad::Dataset& images);
    /// The probabilities of its classes, (images, classes).
    xgrad::Array<double> probabilities(const xgrad::Dataset& images);
};

/// Makes the net that a training's config.json describes, with any weights.
using MakeNet = std::function<Net(const std::filesystem::path& config, const xgrad::ImageShape& shape,
                                  std::size_t classes)>;

/// Reads what the folder of a training has. @param program  the one that trained it, for error messages.
/// @throws xgrad::DataError, xgrad::StateError  a file is missing or damaged, or the files do not fit
/// together. Throws as `make`.
SavedModel open_model(const std::filesystem::path& folder, const std::string& program, const MakeNet& make);

}  // namespace apps
