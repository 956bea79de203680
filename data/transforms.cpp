#include <xgrad/data/transforms.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <span>
#include <vector>

#include <fmt/format.h>

#include <xgrad/core/checks.hpp>
#include <xgrad/core/error.hpp>

namespace xgrad {
namespace {

void check_image(const char* transform, const Shape& sample) {
    if (sample.size() != 3)
        fail<ShapeError>(
            transform,
            fmt::format(
                "expected images, samples of shape (channels, height, width), got samples of shape {}",
                to_string(sample)));
}

template <class T>
T rounded(double value) {
    if constexpr (std::is_integral_v<T>) value = std::clamp(std::nearbyint(value), 0.0, 255.0);
    return static_cast<T>(value);
}

// A copy of the sample's values, in memory of this thread that is used again and again.
template <class T>
const T* copy_of(const Sample<T>& sample) {
    thread_local std::vector<T> copy;
    copy.assign(sample.values, sample.values + sample.shape.size());
    return copy.data();
}

// Calls f(row) with each row of each channel.
template <class T, class F>
void for_each_row(const Sample<T>& sample, F f) {
    for (std::size_t row = 0; row < sample.shape.channels * sample.shape.height; ++row)
        f(std::span(sample.values + row * sample.shape.width, sample.shape.width));
}

}  // namespace

void Normalize::check(const Shape& sample) const {
    if (size_of(sample) != normalizer_.features())
        fail<ShapeError>("Normalize", fmt::format("the samples have {} values, the normalizer {}",
                                                  size_of(sample), normalizer_.features()));
}

template <class T>
void Normalize::operator()(const Sample<T>& sample) const {
    const Affine<T>& function = affine<T>();
    for (std::size_t j = 0; j < function.scale.size(); ++j)
        sample.values[j] = function.scale[j] * sample.values[j] + function.shift[j];
}

RandomCrop::RandomCrop(std::size_t padding, double fill) : padding_(padding), fill_(fill) {
    detail::check_finite("RandomCrop", "fill", fill);
}

void RandomCrop::check(const Shape& sample) const { check_image("RandomCrop", sample); }

template <class T>
void RandomCrop::operator()(const Sample<T>& sample) const {
    const auto [channels, height, width] = sample.shape;
    const auto padding = static_cast<std::ptrdiff_t>(padding_);
    // The pixel that comes to the upper left corner.
    const auto offset = [&] {
        return static_cast<std::ptrdiff_t>(sample.rng.below(2 * padding_ + 1)) - padding;
    };
    const std::ptrdiff_t down = offset(), right = offset();
    if (down == 0 && right == 0) return;
    const T* from = copy_of(sample);
    const auto rows = static_cast<std::ptrdiff_t>(height), columns = static_cast<std::ptrdiff_t>(width);
    const std::ptrdiff_t first = std::clamp<std::ptrdiff_t>(-right, 0, columns),
                         last = std::clamp<std::ptrdiff_t>(columns - right, 0, columns);
    const T fill = rounded<T>(fill_);
    std::ptrdiff_t y = 0;
    for_each_row(sample, [&](std::span<T> to) {
        const std::ptrdiff_t channel = y / rows, row = y % rows + down;
        ++y;
        if (row < 0 || row >= rows || first >= last) return std::fill(to.begin(), to.end(), fill);
        std::fill(to.begin(), to.begin() + first, fill);
        const T* source = from + (channel * rows + row) * columns + right;
        std::copy(source + first, source + last, to.begin() + first);
        std::fill(to.begin() + last, to.end(), fill);
    });
}

RandomHorizontalFlip::RandomHorizontalFlip(double probability) : probability_(probability) {
    if (!(probability >= 0 && probability <= 1))
        fail<ValueError>("RandomHorizontalFlip",
                         fmt::format("expected a probability in [0, 1], got {}", probability));
}

void RandomHorizontalFlip::check(const Shape& sample) const { check_image("RandomHorizontalFlip", sample); }

template <class T>
void RandomHorizontalFlip::operator()(const Sample<T>& sample) const {
    if (sample.rng.uniform() < probability_)
        for_each_row(sample, [](std::span<T> row) { std::reverse(row.begin(), row.end()); });
}

Cutout::Cutout(std::size_t size, double fill) : size_(size), fill_(fill) {
    detail::check_finite("Cutout", "fill", fill);
}

void Cutout::check(const Shape& sample) const { check_image("Cutout", sample); }

template <class T>
void Cutout::operator()(const Sample<T>& sample) const {
    const auto [channels, height, width] = sample.shape;
    // The half-open range of pixels of one axis: `size_` pixels around a random one, within the image.
    const auto range = [&](std::size_t extent) {
        const auto last = static_cast<std::size_t>(sample.rng.below(extent)) + size_ - size_ / 2;
        return std::pair(last < size_ ? 0 : last - size_, std::min(last, extent));
    };
    const auto [top, bottom] = range(height);
    const auto [left, right] = range(width);
    const T fill = rounded<T>(fill_);
    for (std::size_t channel = 0; channel < channels; ++channel)
        for (std::size_t row = top; row < bottom; ++row) {
            T* to = sample.values + (channel * height + row) * width;
            std::fill(to + left, to + right, fill);
        }
}

RandomRotation::RandomRotation(double degrees, double fill) : degrees_(degrees), fill_(fill) {
    detail::check_finite("RandomRotation", "fill", fill);
    if (!(degrees >= 0 && degrees <= 180))
        fail<ValueError>("RandomRotation",
                         fmt::format("expected an angle in [0, 180] degrees, got {}", degrees));
}

void RandomRotation::check(const Shape& sample) const { check_image("RandomRotation", sample); }

template <class T>
void RandomRotation::operator()(const Sample<T>& sample) const {
    const auto [channels, height, width] = sample.shape;
    const double angle = sample.rng.uniform(-degrees_, degrees_) * std::numbers::pi / 180;
    const double cosine = std::cos(angle), sine = std::sin(angle);
    const double middle_y = (static_cast<double>(height) - 1) / 2,
                 middle_x = (static_cast<double>(width) - 1) / 2;
    const T* from = copy_of(sample);
    const auto pixel = [&, h = height, w = width](std::size_t channel, double y, double x) {
        const bool inside = y >= 0 && x >= 0 && y < static_cast<double>(h) && x < static_cast<double>(w);
        return inside
                   ? static_cast<double>(
                         from[(channel * h + static_cast<std::size_t>(y)) * w + static_cast<std::size_t>(x)])
                   : fill_;
    };
    for (std::size_t row = 0; row < height; ++row)
        for (std::size_t column = 0; column < width; ++column) {
            const double dy = static_cast<double>(row) - middle_y,
                         dx = static_cast<double>(column) - middle_x;
            const double y = middle_y + std::fma(cosine, dy, sine * dx),
                         x = middle_x + std::fma(cosine, dx, -(sine * dy));
            const double top = std::floor(y), left = std::floor(x), down = y - top, right = x - left;
            for (std::size_t channel = 0; channel < channels; ++channel) {
                const double upper =
                    std::lerp(pixel(channel, top, left), pixel(channel, top, left + 1), right);
                const double lower =
                    std::lerp(pixel(channel, top + 1, left), pixel(channel, top + 1, left + 1), right);
                sample.values[(channel * height + row) * width + column] =
                    rounded<T>(std::lerp(upper, lower, down));
            }
        }
}

GaussianNoise::GaussianNoise(double deviation) : deviation_(deviation) {
    detail::check_not_negative("GaussianNoise", "deviation", deviation);
}

template <class T>
void GaussianNoise::operator()(const Sample<T>& sample) const {
    for (T& value : std::span(sample.values, sample.shape.size()))
        value += static_cast<T>(deviation_ * sample.rng.normal());
}

#define INSTANTIATE(T)                                                      \
    template void RandomCrop::operator()(const Sample<T>&) const;           \
    template void RandomHorizontalFlip::operator()(const Sample<T>&) const; \
    template void Cutout::operator()(const Sample<T>&) const;               \
    template void RandomRotation::operator()(const Sample<T>&) const;
INSTANTIATE(std::uint8_t)
INSTANTIATE(float)
INSTANTIATE(double)
#undef INSTANTIATE
template void Normalize::operator()(const Sample<float>&) const;
template void Normalize::operator()(const Sample<double>&) const;
template void GaussianNoise::operator()(const Sample<float>&) const;
template void GaussianNoise::operator()(const Sample<double>&) const;

}  // namespace xgrad
