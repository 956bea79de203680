#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "shared/data/data_source.hpp"

namespace cifar_bn {

/// A multi-layer perceptron with batch norm, GELU and what the report does not use.
struct Recipe {
    std::size_t width = 1024;       ///< of each of the three hidden layers
    std::size_t batch_size = 256;   ///< images in a batch
    bool adamw = true;              ///< or SGD with momentum 0.9
    bool one_cycle = true;          ///< or a constant rate
    double label_smoothing = 0.1;   ///< of the cross-entropy
    double dropout = 0.1;           ///< after each hidden layer
    bool flips_and_crops = true;    ///< random ones of the training images
    bool average = true;            ///< an exponential average of the weights is what is evaluated
    std::uint64_t epochs = 50;      ///< passes over the training images
    std::uint64_t seed = 1;         ///< of everything that is random
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Recipe, width, batch_size, adamw, one_cycle, label_smoothing, dropout,
                                   flips_and_crops, average, epochs, seed)

/// A part of the recipe that can be left out.
struct Ingredient {
    std::string name;     ///< as in file names
    std::string without;  ///< what takes its place, for a table
    std::function<void(Recipe&)> leave_out;
};
/// All of them, in the order of Recipe's members.
const std::vector<Ingredient>& ingredients();

/// What a recipe comes to.
struct RecipeResult {
    std::vector<double> validation;  ///< accuracy after each tenth of the training
    double loss = 0;                 ///< mean cross-entropy of the validation images after the training
    double test = 0;                 ///< accuracy after the training
    double seconds = 0;              ///< of the training, with evaluations
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(RecipeResult, validation, loss, test, seconds)

/// The number of steps of a training.
std::uint64_t steps_of(const Recipe& recipe, const apps::Split& data);

/// Trains by the recipe. @param on_step  called with the number of steps made, after each.
/// @throws xgrad::ValueError  the batch size exceeds the number of training images, or an option is out of
/// its range.
RecipeResult train_recipe(const Recipe& recipe, const apps::Split& data,
                          const std::function<void(std::uint64_t)>& on_step);

}  // namespace cifar_bn
