#include <xgrad/core/kernels/update.hpp>

#include <xgrad/core/kernels/simd.hpp>
#include <xgrad/core/kernels/table.hpp>

namespace xgrad::kernels::XGRAD_ISA {
namespace {

float square_root(float x) { return __builtin_sqrtf(x); }
double square_root(double x) { return __builtin_sqrt(x); }

}  // namespace

template <class T>
void sgd_update(std::size_t rows, std::size_t n, std::size_t stride, const SgdStep<T>& step,
                const T* gradient, T* velocity, T* w) {
    if (n == stride) {  // one long row
        n = rows * n;
        rows = 1;
    }
    const auto [learning_rate, weight_decay, momentum, nesterov] = step;
    for (std::size_t row = 0; row < rows;
         ++row, gradient += stride, w += stride, velocity += velocity ? stride : 0) {
        if (!velocity) {
            for (std::size_t i = 0; i < n; ++i) w[i] -= learning_rate * (gradient[i] + weight_decay * w[i]);
        } else if (nesterov) {
            for (std::size_t i = 0; i < n; ++i) {
                const T g = gradient[i] + weight_decay * w[i];
                velocity[i] = momentum * velocity[i] + g;
                w[i] -= learning_rate * (g + momentum * velocity[i]);
            }
        } else {
            for (std::size_t i = 0; i < n; ++i) {
                velocity[i] = momentum * velocity[i] + gradient[i] + weight_decay * w[i];
                w[i] -= learning_rate * velocity[i];
            }
        }
    }
}

template <class T>
void adam_update(std::size_t rows, std::size_t n, std::size_t stride, const AdamStep<T>& step,
                 const T* gradient, T* mean, T* square, T* w) {
    if (n == stride) {  // one long row
        n = rows * n;
        rows = 1;
    }
    const AdamStep<T> s = step;
    for (std::size_t row = 0; row < rows; ++row) {
        const T* __restrict gradients = gradient + row * stride;
        T* __restrict means = mean + row * stride;
        T* __restrict squares = square + row * stride;
        T* __restrict values = w + row * stride;
        for (std::size_t i = 0; i < n; ++i) {
            const T g = gradients[i] + s.weight_decay * values[i];
            means[i] = s.beta1 * means[i] + s.one_minus_beta1 * g;
            squares[i] = s.beta2 * squares[i] + s.one_minus_beta2 * g * g;
            values[i] = s.shrink * values[i] -
                        s.rate * means[i] / (square_root(squares[i]) / s.square_correction + s.epsilon);
        }
    }
}

// The rows are scattered over the data set, far from every cache. While one row is converted, the next but
// one is prefetched.
template <class T>
void scale_bytes(std::size_t rows, std::size_t n, std::size_t stride, const unsigned char* images,
                 const std::size_t* rows_of_batch, const T* scale, const T* shift, T* y) {
    constexpr std::size_t line = 64, ahead = 2;
    for (std::size_t row = 0; row < rows; ++row) {
        const unsigned char* __restrict image = images + rows_of_batch[row] * stride;
        const unsigned char* next = images + rows_of_batch[row + ahead < rows ? row + ahead : row] * stride;
        T* __restrict to = y + row * stride;
        std::size_t j = 0;
        for (; j + line <= n; j += line) {
            __builtin_prefetch(next + j);
            for (std::size_t i = j; i < j + line; ++i) to[i] = scale[i] * static_cast<T>(image[i]) + shift[i];
        }
        for (; j < n; ++j) to[j] = scale[j] * static_cast<T>(image[j]) + shift[j];
    }
}

template <class T>
void add_update(Table<T>& table) {
    table.sgd_update = sgd_update<T>;
    table.adam_update = adam_update<T>;
    table.scale_bytes = scale_bytes<T>;
}
template void add_update(Table<float>&);
template void add_update(Table<double>&);

}  // namespace xgrad::kernels::XGRAD_ISA
