#pragma once

#include <cstddef>
#include <filesystem>
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
/// Mean and deviation are those of bytes, over the images and for each feature by itself. A feature that is
/// the same in all training images has no deviation to divide by; 255 (white) is taken instead, so that it
/// becomes 0 in those images.
class Normalizer {
public:
    /// @throws ValueError  fewer than 2 images.
    explicit Normalizer(const Dataset& train);
    /// The normalizer with these numbers, mean() and deviation() of another one. @throws ValueError  none,
    /// not as many deviations as means, a mean that is not finite, or a deviation that is not positive and
    /// finite.
    Normalizer(std::vector<double> mean, std::vector<double> deviation);

    /// The number of values of one image.
    std::size_t features() const noexcept { return mean_.size(); }
    /// The mean of each feature, in bytes: 0 to 255.
    const std::vector<double>& mean() const noexcept { return mean_; }
    /// The standard deviation of each feature in bytes (N - 1 in the denominator; 255 for a constant
    /// feature).
    const std::vector<double>& deviation() const noexcept { return deviation_; }

    /// What turns bytes into normalized values: (byte - mean) / deviation. `T` is `float` or `double`.
    template <class T>
    const Affine<T>& affine() const noexcept {
        return std::get<Affine<T>>(affine_);
    }

private:
    std::vector<double> mean_, deviation_;
    std::tuple<Affine<float>, Affine<double>> affine_;
};

/// Writes mean and deviation as a safetensors file with the arrays `mean` and `deviation`, F64 of shape
/// (features).
/// @throws DataError  it cannot be written.
void save_normalizer(const std::filesystem::path& path, const Normalizer& normalizer);

/// Reads such a file. @throws DataError  as read_safetensors(), or it holds anything else.
Normalizer load_normalizer(const std::filesystem::path& path);

}  // namespace xgrad
