#include <xgrad/core/kernels/batch_norm.hpp>

#include <xgrad/core/kernels/simd.hpp>
#include <xgrad/core/kernels/table.hpp>

namespace xgrad::kernels::XGRAD_ISA {
namespace {

constexpr std::size_t largest_block = 32;  // columns whose sums stay in registers

}  // namespace

template <class T>
void column_statistics(std::size_t rows, std::size_t n, const T* x, T* mean, T* variance) {
    const double count = static_cast<double>(rows);
    for_each_column_block<largest_block>(n, [=](std::size_t first, auto block) {
        double means[block] = {}, squares[block] = {};
        for (std::size_t row = 0; row < rows; ++row)
            for (std::size_t j = 0; j < block; ++j) means[j] += static_cast<double>(x[row * n + first + j]);
        for (double& sum : means) sum /= count;
        for (std::size_t row = 0; row < rows; ++row)
            for (std::size_t j = 0; j < block; ++j) {
                const double difference = static_cast<double>(x[row * n + first + j]) - means[j];
                squares[j] += difference * difference;
            }
        for (std::size_t j = 0; j < block; ++j) {
            mean[first + j] = static_cast<T>(means[j]);
            variance[first + j] = static_cast<T>(squares[j] / count);
        }
    });
}

template <class T>
void batch_norm(std::size_t rows, std::size_t n, const T* x, const T* mean, const T* inverse_deviation,
                const T* gamma, const T* beta, T* y) {
    for_each_column_block<largest_block>(n, [=](std::size_t first, auto block) {
        T center[block], scale[block], slope[block], shift[block];
        for (std::size_t j = 0; j < block; ++j) {
            center[j] = mean[first + j];
            scale[j] = inverse_deviation[first + j];
            slope[j] = gamma ? gamma[first + j] : T{1};
            shift[j] = gamma ? beta[first + j] : T{0};
        }
        for (std::size_t row = 0; row < rows; ++row)
            for (std::size_t j = 0; j < block; ++j) {
                const std::size_t i = row * n + first + j;
                y[i] = slope[j] * ((x[i] - center[j]) * scale[j]) + shift[j];
            }
    });
}

template <class T>
void batch_norm_gradients(std::size_t rows, std::size_t n, const T* x, const T* mean,
                          const T* inverse_deviation, const T* gamma, const T* dy, T* dx, T* dgamma,
                          T* dbeta) {
    for_each_column_block<largest_block>(n, [=](std::size_t first, auto block) {
        T center[block], inverse[block];
        double sums[block] = {}, products[block] = {};
        for (std::size_t j = 0; j < block; ++j) {
            center[j] = mean[first + j];
            inverse[j] = inverse_deviation[first + j];
        }
        for (std::size_t row = 0; row < rows; ++row)
            for (std::size_t j = 0; j < block; ++j) {
                const std::size_t i = row * n + first + j;
                sums[j] += static_cast<double>(dy[i]);
                products[j] +=
                    static_cast<double>(dy[i]) * static_cast<double>((x[i] - center[j]) * inverse[j]);
            }
        T scale[block], mean_dy[block], mean_product[block];
        for (std::size_t j = 0; j < block; ++j) {
            dbeta[first + j] = static_cast<T>(sums[j]);
            dgamma[first + j] = static_cast<T>(products[j]);
            scale[j] = gamma ? gamma[first + j] * inverse[j] : inverse[j];
            mean_dy[j] = static_cast<T>(sums[j] / static_cast<double>(rows));
            mean_product[j] = static_cast<T>(products[j] / static_cast<double>(rows));
        }
        if (!dx) return;
        for (std::size_t row = 0; row < rows; ++row)
            for (std::size_t j = 0; j < block; ++j) {
                const std::size_t i = row * n + first + j;
                const T normalized = (x[i] - center[j]) * inverse[j];
                dx[i] = scale[j] * (dy[i] - mean_dy[j] - normalized * mean_product[j]);
            }
    });
}

template <class T>
void add_batch_norm(Table<T>& table) {
    table.column_statistics = column_statistics<T>;
    table.batch_norm = batch_norm<T>;
    table.batch_norm_gradients = batch_norm_gradients<T>;
}
template void add_batch_norm(Table<float>&);
template void add_batch_norm(Table<double>&);

}  // namespace xgrad::kernels::XGRAD_ISA
