#pragma once

#include <cstddef>
#include <tuple>
#include <vector>

#include <xgrad/data/dataset.hpp>

namespace xgrad {

/// y = scale[j] * byte + shift[j] for every feature j.
template <class T>
struct Affine {
    std::vector<T> scale;  ///< One per feature.
    std::vector<T> shift;  ///< One per feature.
};

/// Gives every feature of a training set mean 0 and standard deviation 1, and does the same to other images.
///
/// Mean and deviation are those of pixels in [0, 1], over the images and for each feature by itself. A feature that is the same in all
/// training images has no deviation to divide by; 1 is taken instead, so that it becomes 0 in those images.
class Normalizer {
public:
    /// @throws ValueError  fewer than 2 images.
    explicit Normalizer(const Dataset& train);

    /// The number of values of one image.
    std::size_t features() const noexcept { return mean_.size(); }
    /// The mean of each feature, in [0, 1].
    const std::vector<double>& mean() const noexcept { return mean_; }
    /// The standard deviation of each feature (N - 1 in the denominator; 1 for a constant feature).
    const std::vector<double>& deviation() const noexcept { return deviation_; }

    /// What turns bytes into normalized values: (byte / 255 - mean) / deviation. `T` is `float` or `double`.
    template <class T>
    const Affine<T>& affine() const noexcept {
        return std::get<Affine<T>>(affine_);
    }

private:
    std::vector<double> mean_, deviation_;
    std::tuple<Affine<float>, Affine<double>> affine_;
};

}  // namespace xgrad
