#include <xgrad/core/kernels/batch_norm.hpp>

#include <vector>

#include <xgrad/core/allocator.hpp>

namespace xgrad::kernels {
namespace {

using Sums = std::vector<double, RecyclingAllocator<double>>;

}  // namespace

template <class T>
void column_statistics(std::size_t rows, std::size_t n, const T* x, T* mean, T* variance) {
    const double count = static_cast<double>(rows);
    Sums means(n, 0.0), squares(n, 0.0);
    for (std::size_t row = 0; row < rows; ++row)
        for (std::size_t j = 0; j < n; ++j) means[j] += static_cast<double>(x[row * n + j]);
    for (double& sum : means) sum /= count;
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
    Sums sums(n, 0.0), products(n, 0.0);
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
    std::vector<T, RecyclingAllocator<T>> scale(n), mean_dy(n), mean_product(n);
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

#define INSTANTIATE(T)                                                                                        \
    template void column_statistics(std::size_t, std::size_t, const T*, T*, T*);                              \
    template void batch_norm(std::size_t, std::size_t, const T*, const T*, const T*, const T*, const T*, T*); \
    template void batch_norm_gradients(std::size_t, std::size_t, const T*, const T*, const T*, const T*, const T*, T*, T*, T*);
INSTANTIATE(float)
INSTANTIATE(double)
#undef INSTANTIATE

}  // namespace xgrad::kernels
