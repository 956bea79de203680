#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <type_traits>
#include <utility>

#include <xgrad/core/rng.hpp>
#include <xgrad/core/shape.hpp>
#include <xgrad/data/normalizer.hpp>

// Random changes of the samples of a batch. `Batches` applies them in the given order, on idle threads, and
// gives each sample a random generator of its own: what a sample becomes depends on the epoch and on its
// place in it, and not on the number of threads.
namespace xgrad {

/// A sample that a transform changes in place. `T` is `float`, `double`, or `std::uint8_t` for the bytes of
/// an image before they are converted.
template <class T>
struct Sample {
    T* values;          ///< Channel by channel, row by row.
    ImageShape shape;  ///< Of an image; a sample of another rank has 1 channel of 1 row.
    Rng& rng;          ///< The sample's own.
};

/// The base of transforms that only move, mix or blank pixels. They work on the bytes of an image, which is
/// faster, if nothing before them in the list needs other values.
struct PixelTransform {};

class Normalize;

/// One function of `Batches`' list of transforms: any callable that takes a `Sample<T>`. It is called on
/// several threads at once; an exception reaches who asks for the batch. If the callable has a member
/// `check(const Shape& sample) const`, it is called once, when the list is given to a `Batches`.
template <class T>
class Transform {
public:
    /// Any callable that takes a `Sample<T>`.
    template <class F>
        requires std::invocable<const F&, const Sample<T>&>
    Transform(F function) : random_(!std::same_as<F, Normalize>) {  // NOLINT: a function is converted
        const auto shared = std::make_shared<const F>(std::move(function));
        on_values_ = [shared](const Sample<T>& sample) { (*shared)(sample); };
        if constexpr (std::derived_from<F, PixelTransform>)
            on_bytes_ = [shared](const Sample<std::uint8_t>& sample) { (*shared)(sample); };
        if constexpr (requires(const Shape& shape) { shared->check(shape); })
            check_ = [shared](const Shape& shape) { shared->check(shape); };
        if constexpr (requires { shared->template affine<T>(); })
            affine_ = {shared, &shared->template affine<T>()};
    }

    /// Changes a sample.
    void operator()(const Sample<T>& sample) const { on_values_(sample); }
    /// Changes an image whose values are still bytes; only if takes_bytes().
    void operator()(const Sample<std::uint8_t>& sample) const { on_bytes_(sample); }
    /// Whether it is a `PixelTransform`.
    bool takes_bytes() const noexcept { return static_cast<bool>(on_bytes_); }
    /// Whether it may draw random numbers: all but `Normalize` may.
    bool random() const noexcept { return random_; }
    /// The affine function that it is, which a conversion of bytes can include; null if it is another one.
    const Affine<T>* affine() const noexcept { return affine_.get(); }
    /// Checks the shape of the samples. @throws ShapeError  the transform is not for samples of this shape.
    void check(const Shape& sample) const {
        if (check_) check_(sample);
    }

private:
    bool random_;
    std::function<void(const Sample<T>&)> on_values_;
    std::function<void(const Sample<std::uint8_t>&)> on_bytes_;
    std::function<void(const Shape&)> check_;
    std::shared_ptr<const Affine<T>> affine_;
};

/// Scales each feature as a `Normalizer` says.
class Normalize {
public:
    /// The normalizer is copied.
    explicit Normalize(Normalizer normalizer) : normalizer_(std::move(normalizer)) {}

    /// Changes a sample.
    template <class T>
    void operator()(const Sample<T>& sample) const;
    /// @throws ShapeError  samples of another number of values.
    void check(const Shape& sample) const;
    /// The function as scales and shifts.
    template <class T>
    const Affine<T>& affine() const noexcept {
        return normalizer_.affine<T>();
    }

private:
    Normalizer normalizer_;
};

/// Moves an image by up to `padding` pixels in each direction, uniformly: the same as padding it on all sides
/// and cropping it to its size at random. What becomes visible is `fill`.
class RandomCrop : public PixelTransform {
public:
    /// @param fill  a value as images have it at that point of the list: of bytes, 0 is black.
    /// @throws ValueError  a fill that is not finite.
    explicit RandomCrop(std::size_t padding, double fill = 0);

    /// Changes a sample.
    template <class T>
    void operator()(const Sample<T>& sample) const;
    /// @throws ShapeError  samples that are no images (channels, height, width).
    void check(const Shape& sample) const;

private:
    std::size_t padding_;
    double fill_;
};

/// Mirrors an image left to right with the given probability.
class RandomHorizontalFlip : public PixelTransform {
public:
    /// @throws ValueError  a probability outside [0, 1].
    explicit RandomHorizontalFlip(double probability = 0.5);

    /// Changes a sample.
    template <class T>
    void operator()(const Sample<T>& sample) const;
    /// @throws ShapeError  samples that are no images (channels, height, width).
    void check(const Shape& sample) const;

private:
    double probability_;
};

/// Blanks a square around a random pixel (DeVries and Taylor 2017, arXiv:1708.04552). The square may lie
/// partly outside of the image.
class Cutout : public PixelTransform {
public:
    /// @param size  the side of the square in pixels.
    /// @param fill  as for `RandomCrop`. After `Normalize`, 0 is the mean.
    /// @throws ValueError  a fill that is not finite.
    explicit Cutout(std::size_t size, double fill = 0);

    /// Changes a sample.
    template <class T>
    void operator()(const Sample<T>& sample) const;
    /// @throws ShapeError  samples that are no images (channels, height, width).
    void check(const Shape& sample) const;

private:
    std::size_t size_;
    double fill_;
};

/// Rotates an image about its centre by an angle that is uniform in [-degrees, degrees], with bilinear
/// interpolation. What becomes visible is `fill`.
class RandomRotation : public PixelTransform {
public:
    /// @throws ValueError  an angle outside [0, 180].
    explicit RandomRotation(double degrees, double fill = 0);

    /// Changes a sample.
    template <class T>
    void operator()(const Sample<T>& sample) const;
    /// @throws ShapeError  samples that are no images (channels, height, width).
    void check(const Shape& sample) const;

private:
    double degrees_;
    double fill_;
};

/// Adds independent normal noise to every value.
class GaussianNoise {
public:
    /// @throws ValueError  a deviation that is negative or not finite.
    explicit GaussianNoise(double deviation);

    /// Changes a sample.
    template <class T>
    void operator()(const Sample<T>& sample) const;

private:
    double deviation_;
};

}  // namespace xgrad
