#include <xgrad/data/normalizer.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <utility>

#include <fmt/format.h>

#include <xgrad/core/error.hpp>
#include <xgrad/core/kernels/reduce.hpp>
#include <xgrad/io/safetensors.hpp>

namespace xgrad {
namespace {

constexpr double white = 255;

struct Moments {
    double mean, deviation;  // of bytes
};

// The sums of the bytes and of their squares are exact integers, but their difference can cancel. Shifting
// all values by the integer nearest to the mean is exact too and leaves |sum| <= count / 2, so only squares
// of small differences remain.
Moments moments(std::uint64_t count, std::uint64_t sum, std::uint64_t squares) {
    const std::uint64_t centre = (sum + count / 2) / count;
    const auto centred_sum = static_cast<double>(static_cast<std::int64_t>(sum - count * centre));
    const auto centred_squares = static_cast<double>(squares - 2 * centre * sum + count * centre * centre);
    const auto n = static_cast<double>(count);
    const double variance = (centred_squares - centred_sum * centred_sum / n) / (n - 1);
    return {static_cast<double>(centre) + centred_sum / n, std::sqrt(variance)};
}

// The shift is computed from the rounded scale, so that the mean maps to 0 in float too.
template <class T>
Affine<T> affine_of(const std::vector<double>& mean, const std::vector<double>& deviation) {
    Affine<T> affine;
    for (std::size_t j = 0; j < mean.size(); ++j) {
        affine.scale.push_back(static_cast<T>(1 / deviation[j]));
        affine.shift.push_back(static_cast<T>(-static_cast<double>(affine.scale[j]) * mean[j]));
    }
    return affine;
}

// `add` adds the bytes of all images, and their squares, to the sums of the features.
template <class D, class F>
Normalizer normalizer_of(const D& train, NormalizeBy by, F add) {
    if (train.size() < 2)
        fail<ValueError>("Normalizer",
                         fmt::format("a standard deviation needs at least 2 images, got {} of {}",
                                     train.size(), train.name()));
    std::vector<unsigned long long> sums(train.features()), squares(train.features());
    add(sums.data(), squares.data());
    const ImageShape shape = train.image_shape();
    const std::size_t together = by == NormalizeBy::channel ? shape.height * shape.width : 1;  // features
    std::vector<double> mean, deviation;
    for (std::size_t j = 0; j < train.features(); j += together) {
        const auto total = [=](const std::vector<unsigned long long>& of) {
            return std::accumulate(&of[j], &of[j] + together, 0ULL);
        };
        const Moments bytes = moments(train.size() * together, total(sums), total(squares));
        mean.insert(mean.end(), together, bytes.mean);
        deviation.insert(deviation.end(), together, bytes.deviation == 0 ? white : bytes.deviation);
    }
    return Normalizer(std::move(mean), std::move(deviation));
}

Normalizer normalizer_of(const Dataset& train, NormalizeBy by) {
    return normalizer_of(train, by, [&](unsigned long long* sums, unsigned long long* squares) {
        kernels::sum_byte_columns(train.size(), train.features(), train.images().data(), sums, squares);
    });
}

Normalizer normalizer_of(const ImageFiles& train, NormalizeBy by) {
    return normalizer_of(train, by, [&](unsigned long long* sums, unsigned long long* squares) {
        constexpr std::size_t piece = 256;  // images
        std::vector<std::uint8_t> images;
        for (std::size_t row = 0; row < train.size(); ++row) {
            const std::uint8_t* pixels = train.image(row).pixels;
            images.insert(images.end(), pixels, pixels + train.features());
            if (row % piece != piece - 1 && row + 1 != train.size()) continue;
            kernels::sum_byte_columns(images.size() / train.features(), train.features(), images.data(), sums,
                                      squares);
            images.clear();
        }
    });
}

template <class T>
Normalizer normalizer_of(const Array<T>& train) {
    const std::size_t samples = train.dimension() == 0 ? 0 : train.shape()[0];
    if (samples < 2)
        fail<ValueError>("Normalizer",
                         fmt::format("a standard deviation needs at least 2 samples, got {}", samples));
    const std::size_t features = train.size() / samples;
    std::vector<double> mean(features), deviation(features);
    const auto value = [&](std::size_t i, std::size_t j) {
        return static_cast<double>(train.data()[i * features + j]);
    };
    const auto add = [&](std::vector<double>& sums, auto summand) {  // summand(j, x) of each feature
        for (std::size_t i = 0; i < samples; ++i)
            for (std::size_t j = 0; j < features; ++j) sums[j] += summand(j, value(i, j));
    };
    add(mean, [&](std::size_t j, double x) { return x - value(0, j); });  // 0 if the feature is constant
    for (std::size_t j = 0; j < features; ++j) {
        mean[j] = value(0, j) + mean[j] / static_cast<double>(samples);
        if (!std::isfinite(mean[j]))
            fail<ValueError>("Normalizer", fmt::format("feature {}: a value is not finite", j));
    }
    add(deviation, [&](std::size_t j, double x) { return (x - mean[j]) * (x - mean[j]); });
    for (double& sum : deviation) sum = sum == 0 ? 1 : std::sqrt(sum / static_cast<double>(samples - 1));
    return Normalizer(std::move(mean), std::move(deviation));
}

Array<double> array_of(const std::vector<double>& values) {
    Array<double> array(Shape{values.size()});
    std::copy(values.begin(), values.end(), array.data());
    return array;
}

}  // namespace

Normalizer::Normalizer(const Dataset& train, NormalizeBy by) : Normalizer(normalizer_of(train, by)) {}
Normalizer::Normalizer(const ImageFiles& train, NormalizeBy by) : Normalizer(normalizer_of(train, by)) {}

template <class T>
Normalizer::Normalizer(const Tensor<T>& train) : Normalizer(normalizer_of(train.value())) {}
template Normalizer::Normalizer(const Tensor<float>&);
template Normalizer::Normalizer(const Tensor<double>&);

Normalizer::Normalizer(std::vector<double> mean, std::vector<double> deviation)
    : mean_(std::move(mean)), deviation_(std::move(deviation)) {
    if (mean_.empty() || mean_.size() != deviation_.size())
        fail<ValueError>("Normalizer",
                         fmt::format("expected as many deviations as means and at least one, got {} and {}",
                                     deviation_.size(), mean_.size()));
    for (std::size_t j = 0; j < mean_.size(); ++j)
        if (!std::isfinite(mean_[j]) || !(deviation_[j] > 0) || !std::isfinite(deviation_[j]))
            fail<ValueError>(
                "Normalizer",
                fmt::format(
                    "feature {}: expected a finite mean and a positive, finite deviation, got {} and {}", j,
                    mean_[j], deviation_[j]));
    affine_ = {affine_of<float>(mean_, deviation_), affine_of<double>(mean_, deviation_)};
}

void save_normalizer(const std::filesystem::path& path, const Normalizer& normalizer) {
    write_safetensors(
        path, {{{"mean", array_of(normalizer.mean())}, {"deviation", array_of(normalizer.deviation())}}, {}});
}

Normalizer load_normalizer(const std::filesystem::path& path) {
    const NamedArrays arrays = read_safetensors(path).arrays;
    const auto values = [&](const char* name) {
        const auto entry = arrays.find(name);
        const auto* array = entry == arrays.end() ? nullptr : std::get_if<Array<double>>(&entry->second);
        if (arrays.size() != 2 || !array || array->dimension() != 1)
            fail<DataError>(
                "load_normalizer",
                fmt::format("{}: expected the arrays mean and deviation, F64 with one axis, and no others",
                            path.string()));
        return std::vector<double>(array->data(), array->data() + array->size());
    };
    try {
        return Normalizer(values("mean"), values("deviation"));
    } catch (const ValueError& error) {
        fail<DataError>("load_normalizer", fmt::format("{}: {}", path.string(), error.what()));
    }
}

}  // namespace xgrad
