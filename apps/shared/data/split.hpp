#pragma once

#include <xgrad/data/dataset.hpp>
#include <xgrad/data/normalizer.hpp>

namespace apps {

/// A data set split for training, validation and testing.
struct Split {
    xgrad::Dataset train, validation, test;
    xgrad::Normalizer normalizer;  ///< of the training images
};

/// Uses the last `validation` training images for validation, and the first `images` of the others for
/// training (0: all of them).
/// @throws xgrad::ValueError  fewer than two, or fewer than `images`, are left for training.
Split split(const xgrad::TrainTest& data, std::size_t validation, std::size_t images = 0);

}  // namespace apps
