#pragma once

#include <cstddef>
#include <filesystem>
#include <tuple>
#include <vector>

#include <xgrad/autograd/tensor.hpp>
#include <xgrad/data/dataset.hpp>
#include <xgrad/data/image_files.hpp>

namespace xgrad {

/// y = scale[j] * byte + shift[j] for every feature j.
template <class T>
struct Affine {
    std::vector<T> scale;  ///< One per feature.
    std::vector<T> shift;  ///< One per feature.
};

/// Which features of images share a mean and a deviation: each pixel has its own, or those of a channel have
/// that of all their values, as is usual before convolutions.
enum class NormalizeBy { feature, channel };

/// Scales every feature of the training set to mean 0 and standard deviation 1, and applies the same
/// transformation to other images.
///
/// Mean and deviation are computed over the images, in bytes, separately for each feature or for each
/// channel. A feature that is constant over the training images has deviation 0; 255 (white) is used instead,
/// so that the feature becomes 0 in those images.
class Normalizer {
public:
    /// @throws ValueError  there are fewer than 2 images.
    explicit Normalizer(const Dataset& train, NormalizeBy by = NormalizeBy::feature);
    /// The same for images in files, which are read once.
    /// @throws ValueError  there are fewer than 2 images.  @throws DataError  as ImageFiles::image().
    explicit Normalizer(const ImageFiles& train, NormalizeBy by = NormalizeBy::feature);
    /// The same for the features of other samples, (samples, feature...); a constant feature has deviation 1.
    /// @throws ValueError  there are fewer than 2 samples, or a feature is not finite.
    template <class T>
    explicit Normalizer(const Tensor<T>& train);
    /// The normalizer with the given mean and deviation, as returned by mean() and deviation() of another
    /// one.
    /// @throws ValueError  the vectors are empty or differ in length, a mean is not finite, or a deviation is
    /// not positive and finite.
    Normalizer(std::vector<double> mean, std::vector<double> deviation);

    /// The number of values of one image.
    std::size_t features() const noexcept { return mean_.size(); }
    /// The mean of each feature; of images in bytes: 0 to 255.
    const std::vector<double>& mean() const noexcept { return mean_; }
    /// The standard deviation of each feature, of images in bytes (1 less than the number of values in the
    /// denominator).
    const std::vector<double>& deviation() const noexcept { return deviation_; }

    /// The transformation of bytes to normalized values: (byte - mean) / deviation. `T` is `float` or
    /// `double`.
    template <class T>
    const Affine<T>& affine() const noexcept {
        return std::get<Affine<T>>(affine_);
    }

private:
    std::vector<double> mean_, deviation_;
    std::tuple<Affine<float>, Affine<double>> affine_;
};

/// Writes a safetensors file with the arrays `mean` and `deviation`, F64 of shape (features).
/// @throws DataError  the file cannot be written.
void save_normalizer(const std::filesystem::path& path, const Normalizer& normalizer);

/// Reads a file that save_normalizer() wrote.
/// @throws DataError  as read_safetensors(), or the file has other contents.
Normalizer load_normalizer(const std::filesystem::path& path);

}  // namespace xgrad
