#include <xgrad/core/kernels/batch_norm.hpp>

#include <xgrad/core/kernels/simd.hpp>

namespace xgrad::kernels::XGRAD_ISA {
template <class T>
void column_statistics(std::size_t rows, std::size_t n, const T* x, T* mean, T* variance) {
    const double count = static_cast<double>(rows);
    Scratch<double> mean_scratch(n), square_scratch(n);
    double* means = mean_scratch.data();
    double* squares = square_scratch.data();
    for (std::size_t row = 0; row < rows; ++row)
        for (std::size_t j = 0; j < n; ++j) means[j] += static_cast<double>(x[row * n + j]);
    for (std::size_t j = 0; j < n; ++j) means[j] /= count;
    for (std::size_t row = 0; row < rows; ++row)
        for (std::size_t j = 0; j < n; ++j) {
            const double difference = static_cast<double>(x[row * n + j]) - means[j];
            squares[j] += difference * difference;
        }
    for (std::size_t j = 0; j < n; ++j) {
        mean[j] = static_cast<T>(means[j]);
        variance[j] = static_cast<T>(squares[j] / count);
    }
}

template <class T>
void batch_norm(std::size_t rows, std::size_t n, const T* x, const T* mean, const T* inverse_deviation, const T* gamma, const T* beta,
                T* y) {
    for (std::size_t row = 0; row < rows; ++row, x += n, y += n) {
        if (gamma)
            for (std::size_t j = 0; j < n; ++j) y[j] = gamma[j] * ((x[j] - mean[j]) * inverse_deviation[j]) + beta[j];
        else
            for (std::size_t j = 0; j < n; ++j) y[j] = (x[j] - mean[j]) * inverse_deviation[j];
    }
}

template <class T>
void batch_norm_gradients(std::size_t rows, std::size_t n, const T* x, const T* mean, const T* inverse_deviation, const T* gamma,
                          const T* dy, T* dx, T* dgamma, T* dbeta) {
    Scratch<double> sum_scratch(n), product_scratch(n);
    double* sums = sum_scratch.data();
    double* products = product_scratch.data();
    for (std::size_t row = 0; row < rows; ++row)
        for (std::size_t j = 0; j < n; ++j) {
            const std::size_t i = row * n + j;
            sums[j] += static_cast<double>(dy[i]);
            products[j] += static_cast<double>(dy[i]) * static_cast<double>((x[i] - mean[j]) * inverse_deviation[j]);
        }
    for (std::size_t j = 0; j < n; ++j) {
        dbeta[j] = static_cast<T>(sums[j]);
        dgamma[j] = static_cast<T>(products[j]);
    }
    if (!dx) return;
    Scratch<T> scratch(3 * n);
    T* scale = scratch.data();
    T* mean_dy = scale + n;
    T* mean_product = mean_dy + n;
    for (std::size_t j = 0; j < n; ++j) {
        scale[j] = gamma ? gamma[j] * inverse_deviation[j] : inverse_deviation[j];
        mean_dy[j] = static_cast<T>(sums[j] / static_cast<double>(rows));
        mean_product[j] = static_cast<T>(products[j] / static_cast<double>(rows));
    }
    for (std::size_t row = 0; row < rows; ++row)
        for (std::size_t j = 0; j < n; ++j) {
            const std::size_t i = row * n + j;
            const T normalized = (x[i] - mean[j]) * inverse_deviation[j];
            dx[i] = scale[j] * (dy[i] - mean_dy[j] - normalized * mean_product[j]);
        }
}

INSTANTIATE_KERNEL(column_statistics)
INSTANTIATE_KERNEL(batch_norm)
INSTANTIATE_KERNEL(batch_norm_gradients)

}  // namespace xgrad::kernels::XGRAD_ISA
