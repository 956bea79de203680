#include <xgrad/data/normalizer.hpp>

#include <cmath>
#include <cstdint>

#include <fmt/format.h>

#include <xgrad/core/error.hpp>
#include <xgrad/core/kernels/reduce.hpp>

namespace xgrad {
namespace {

constexpr double white = 255;

struct Moments {
    double mean, deviation;  // of bytes
};

// Sums of bytes and of their squares are exact, but their difference may cancel. Moved to the byte nearest the mean, which is done in
// integers, |sum| is at most count / 2: the squares of small differences remain.
Moments moments(std::uint64_t count, std::uint64_t sum, std::uint64_t squares) {
    const std::uint64_t centre = (sum + count / 2) / count;
    const auto centred_sum = static_cast<double>(static_cast<std::int64_t>(sum - count * centre));
    const auto centred_squares = static_cast<double>(squares - 2 * centre * sum + count * centre * centre);
    const auto n = static_cast<double>(count);
    const double variance = (centred_squares - centred_sum * centred_sum / n) / (n - 1);
    return {static_cast<double>(centre) + centred_sum / n, std::sqrt(variance)};
}

// The shift is made from the rounded scale, so that the mean goes to 0 in float too.
template <class T>
void append(Affine<T>& affine, const Moments& bytes) {
    const T scale = static_cast<T>(1 / bytes.deviation);
    affine.scale.push_back(scale);
    affine.shift.push_back(static_cast<T>(-static_cast<double>(scale) * bytes.mean));
}

}  // namespace

Normalizer::Normalizer(const Dataset& train) {
    if (train.size() < 2)
        fail<ValueError>("Normalizer",
                         fmt::format("a standard deviation needs at least 2 images, got {} of {}", train.size(), train.name()));
    std::vector<unsigned long long> sums(train.features()), squares(train.features());
    kernels::sum_byte_columns(train.size(), train.features(), train.images().data(), sums.data(), squares.data());
    for (std::size_t j = 0; j < train.features(); ++j) {
        Moments bytes = moments(train.size(), sums[j], squares[j]);
        if (bytes.deviation == 0) bytes.deviation = white;
        mean_.push_back(bytes.mean / white);
        deviation_.push_back(bytes.deviation / white);
        append(std::get<Affine<float>>(affine_), bytes);
        append(std::get<Affine<double>>(affine_), bytes);
    }
}

}  // namespace xgrad
