#include "floor.hpp"

#include <cmath>
#include <limits>
#include <new>

#include <xgrad/core/kernels/gemm.hpp>
#include <xgrad/core/parallel.hpp>

namespace contest {
namespace {

constexpr std::size_t lanes = 16;
constexpr std::size_t unrolled = 4;  // rows that are in flight together
using Vector [[gnu::vector_size(lanes * sizeof(float)), gnu::may_alias]] = float;

Vector* vectors(Padded& matrix) { return reinterpret_cast<Vector*>(matrix.data()); }

// C = op(A) op(B), where op(A) is (m, k) and C is (m, n): the library's products.
void product(xgrad::Transpose a_as, xgrad::Transpose b_as, std::size_t m, std::size_t n, std::size_t k,
             const Padded& a, const Padded& b, Padded& c) {
    xgrad::kernels::gemm(a_as, b_as, m, n, k, a.data(), a.stride(), b.data(), b.stride(), false, c.data(),
                         c.stride());
}

std::size_t padded(std::size_t columns) {
    const std::size_t stride = (columns + lanes - 1) / lanes * lanes;
    return stride % 512 == 0
               ? stride + lanes
               : stride;  // so that the elements of a column do not compete for the same lines of the cache
}

}  // namespace

Padded::Padded(std::size_t rows, std::size_t columns)
    : stride_(padded(columns)),
      size_(rows * stride_),
      data_(static_cast<float*>(std::aligned_alloc(64, size_ * sizeof(float)))) {
    if (!data_) throw std::bad_alloc();
    std::fill_n(data(), size_, 0.0F);
}

Padded::Padded(std::size_t rows, std::size_t columns, const float* values) : Padded(rows, columns) {
    for (std::size_t row = 0; row < rows; ++row)
        std::copy_n(values + row * columns, columns, data() + row * stride_);
}

Floor::Layer::Layer(std::size_t batch, std::size_t inputs, std::size_t outputs, const float* weight,
                    const float* first_bias)
    : in(inputs),
      out(outputs),
      w(out, in, weight),
      dw(out, in),
      bias(1, out, first_bias),
      z(batch, out),
      y(batch, out),
      dy(batch, out),
      gamma(1, out),
      beta(1, out),
      mean(1, out),
      inverse_deviation(1, out),
      running_mean(1, out),
      running_variance(1, out) {
    std::fill_n(running_variance.data(), out, 1.0F);
}

Floor::Floor(const Net& net, const float* x, const std::int32_t* labels,
             const std::vector<const float*>& parameters, FloorOptions options)
    : batch_(net.batch),
      rate_(static_cast<float>(options.learning_rate)),
      keep_(static_cast<float>(1 - options.learning_rate * options.weight_decay)),
      x_(net.batch, net.widths[0], x),
      labels_(labels, labels + net.batch),
      exp_sums_(net.batch) {
    if (batch_ % unrolled != 0) throw std::invalid_argument("the batch must be a multiple of 4");
    if (net.widths.back() > lanes) throw std::invalid_argument("there can be at most 16 classes");
    auto next = parameters.begin();
    for (std::size_t i = 0; i < net.layers(); ++i, next += 2) {
        Layer& layer = layers_.emplace_back(batch_, net.widths[i], net.widths[i + 1], next[0], next[1]);
        if (i + 1 == net.layers()) break;
        next += 2;
        layer.gamma = Padded(1, layer.out, next[0]);
        layer.beta = Padded(1, layer.out, next[1]);
    }
}

float Floor::operator()() {
    using enum xgrad::Transpose;
    const auto input = [&](std::size_t i) -> const Padded& { return i == 0 ? x_ : layers_[i - 1].y; };
    for (std::size_t i = 0; i < layers_.size(); ++i) {
        Layer& layer = layers_[i];
        product(no, yes, batch_, layer.out, layer.in, input(i), layer.w, layer.z);
        if (i + 1 < layers_.size()) normalize(layer);
    }
    const float loss = cross_entropy(layers_.back());
    for (std::size_t i = layers_.size(); i-- > 0;) {
        Layer& layer = layers_[i];
        if (i + 1 < layers_.size()) normalize_backward(layer);
        if (i > 0) product(no, no, batch_, layer.in, layer.out, layer.dy, layer.w, layers_[i - 1].dy);
        update(layer, input(i));
    }
    return loss;
}

// The statistics are those of the differences to the first row, so one pass is accurate enough. A bias before
// batch norm changes only the running mean, and its gradient is 0.
void Floor::normalize(Layer& layer) const {
    const std::size_t stride = layer.z.stride() / lanes;
    const auto count = static_cast<float>(batch_);
    for (std::size_t block = 0; block < stride; ++block) {
        const Vector* z = vectors(layer.z) + block;
        const Vector first = *z;
        Vector sums[unrolled]{}, squares[unrolled]{};
        for (std::size_t row = 0; row < batch_; row += unrolled)
            for (std::size_t i = 0; i < unrolled; ++i) {
                const Vector difference = z[(row + i) * stride] - first;
                sums[i] += difference;
                squares[i] += difference * difference;
            }
        const Vector shift = (sums[0] + sums[1] + sums[2] + sums[3]) / count;
        const Vector mean = first + shift;
        const Vector variance = (squares[0] + squares[1] + squares[2] + squares[3]) / count - shift * shift;
        Vector& inverse_deviation = vectors(layer.inverse_deviation)[block];
        for (std::size_t i = 0; i < lanes; ++i) inverse_deviation[i] = 1 / std::sqrt(variance[i] + 1e-5F);
        vectors(layer.mean)[block] = mean;
        Vector& running_mean = vectors(layer.running_mean)[block];
        Vector& running_variance = vectors(layer.running_variance)[block];
        running_mean = 0.9F * running_mean + 0.1F * (mean + vectors(layer.bias)[block]);
        running_variance = 0.9F * running_variance + 0.1F * count / (count - 1) * variance;

        const Vector scale = vectors(layer.gamma)[block] * inverse_deviation;
        const Vector offset = vectors(layer.beta)[block] - mean * scale;
        Vector* y = vectors(layer.y) + block;
        for (std::size_t row = 0; row < batch_; ++row) {
            const Vector value = z[row * stride] * scale + offset;
            y[row * stride] = value > 0 ? value : Vector{};
        }
    }
}

void Floor::normalize_backward(Layer& layer) const {
    const std::size_t stride = layer.z.stride() / lanes;
    const auto count = static_cast<float>(batch_);
    for (std::size_t block = 0; block < stride; ++block) {
        const Vector* z = vectors(layer.z) + block;
        const Vector* y = vectors(layer.y) + block;
        Vector* dy = vectors(layer.dy) + block;
        const Vector mean = vectors(layer.mean)[block];
        Vector sums[unrolled]{}, products[unrolled]{};
        for (std::size_t row = 0; row < batch_; row += unrolled)
            for (std::size_t i = 0; i < unrolled; ++i) {
                const std::size_t at = (row + i) * stride;
                const Vector gradient = y[at] > 0 ? dy[at] : Vector{};
                sums[i] += gradient;
                products[i] += gradient * (z[at] - mean);
            }
        const Vector inverse_deviation = vectors(layer.inverse_deviation)[block];
        const Vector dbeta = sums[0] + sums[1] + sums[2] + sums[3];
        const Vector dgamma = inverse_deviation * (products[0] + products[1] + products[2] + products[3]);
        Vector& gamma = vectors(layer.gamma)[block];
        const Vector scale = gamma * inverse_deviation;
        const Vector slope = scale * inverse_deviation * dgamma / count;
        const Vector offset = scale * dbeta / count - slope * mean;
        for (std::size_t row = 0; row < batch_; ++row) {
            const std::size_t at = row * stride;
            dy[at] = (y[at] > 0 ? scale * dy[at] : Vector{}) - (slope * z[at] + offset);
        }
        gamma -= rate_ * dgamma;
        vectors(layer.beta)[block] -= rate_ * dbeta;
    }
}

float Floor::cross_entropy(Layer& last) {
    const auto classes = static_cast<std::int32_t>(last.out);
    alignas(64) float used[lanes], exps[lanes], dbias[lanes] = {}, bias[lanes];
    for (std::int32_t j = 0; j < static_cast<std::int32_t>(lanes); ++j) {
        used[j] = j < classes ? 1.0F : 0.0F;
        bias[j] = j < classes ? last.bias.data()[j] : -1e30F;
    }
    const float share = 1 / static_cast<float>(batch_);
    float loss = 0;
    for (std::size_t row = 0; row < batch_; ++row) {
        const float* z = last.z.data() + row * last.z.stride();
        float* gradient = last.dy.data() + row * last.dy.stride();
        const std::int32_t label = labels_[row];
        float maximum = std::numeric_limits<float>::lowest(), sum = 0;
        for (std::size_t j = 0; j < lanes; ++j) maximum = std::max(maximum, z[j] + bias[j]);
        for (std::size_t j = 0; j < lanes; ++j) {
            exps[j] = used[j] * std::exp(used[j] * (z[j] + bias[j] - maximum));
            sum += exps[j];
        }
        for (std::int32_t j = 0; j < static_cast<std::int32_t>(lanes); ++j) {
            gradient[j] = share / sum * exps[j] - (j == label ? share : 0);
            dbias[j] += gradient[j];
        }
        exp_sums_[row] = sum;
        loss += maximum - z[label] - bias[label];
    }
    for (std::size_t row = 0; row < batch_; ++row) loss += std::log(exp_sums_[row]);
    for (std::size_t j = 0; j < last.out; ++j) last.bias.data()[j] -= rate_ * dbias[j];
    return loss * share;
}

void Floor::update(Layer& layer, const Padded& x) const {
    using enum xgrad::Transpose;
    product(yes, no, layer.out, layer.in, batch_, layer.dy, x, layer.dw);
    constexpr std::size_t grain = 1 << 15;  // elements that are worth another thread
    const std::size_t stride = layer.w.stride();
    xgrad::parallel_for(stride, grain / layer.out + 1,
                        [&, keep = keep_, rate = rate_](std::size_t begin, std::size_t end) {
                            for (std::size_t row = 0; row < layer.out; ++row) {
                                float* __restrict__ w = layer.w.data() + row * stride;
                                const float* __restrict__ dw = layer.dw.data() + row * stride;
                                for (std::size_t i = begin; i < end; ++i) w[i] = keep * w[i] - rate * dw[i];
                            }
                        });
}

}  // namespace contest
