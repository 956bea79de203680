#pragma once

#include <xgrad/data/dataset.hpp>
#include <xgrad/data/normalizer.hpp>

namespace apps {

/// What is trained on, held out and tested on.
struct Split {
    xgrad::Dataset train, validation, test;
    xgrad::Normalizer normalizer;  ///< of the training images
};

/// Sets the last `validation` training images apart, and keeps the first `images` of the others (0: all).
/// @throws xgrad::ValueError  fewer than two would be left to train on, or fewer than `images`.
Split split(const xgrad::TrainTest& data, std::size_t validation, std::size_t images = 0);

}  // namespace apps
