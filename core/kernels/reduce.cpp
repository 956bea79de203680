#include <xgrad/core/kernels/reduce.hpp>

#include <cmath>
#include <cstdint>
#include <limits>

#include <xgrad/core/kernels/simd.hpp>
#include <xgrad/core/kernels/table.hpp>

namespace xgrad::kernels::XGRAD_ISA {
namespace {

// Sixteen independent double accumulators, which the compiler can vectorize without reordering a sum.
template <class T, class F>
double accumulate(std::size_t n, const T* x, F f) {
    constexpr std::size_t lanes = 16;
    double partial[lanes] = {};
    std::size_t i = 0;
    for (; i + lanes <= n; i += lanes)
        for (std::size_t lane = 0; lane < lanes; ++lane) partial[lane] += f(static_cast<double>(x[i + lane]));
    for (std::size_t lane = 0; i < n; ++i, ++lane) partial[lane] += f(static_cast<double>(x[i]));
    for (std::size_t half = lanes / 2; half > 0; half /= 2)
        for (std::size_t lane = 0; lane < half; ++lane) partial[lane] += partial[lane + half];
    return partial[0];
}

template <class T>
double sum(std::size_t n, const T* x) {
    return accumulate(n, x, [](double v) { return v; });
}

template <class T>
T row_maximum(std::size_t n, const T* x) {
    T best = -std::numeric_limits<T>::infinity();
    for (std::size_t i = 0; i < n; ++i) best = x[i] > best || std::isnan(x[i]) ? x[i] : best;
    return best;
}

template <class T>
T row_minimum(std::size_t n, const T* x) {
    T best = std::numeric_limits<T>::infinity();
    for (std::size_t i = 0; i < n; ++i) best = x[i] < best || std::isnan(x[i]) ? x[i] : best;
    return best;
}

}  // namespace

template <class T>
void sum_rows(std::size_t rows, std::size_t n, const T* x, T* y, double scale) {
    for (std::size_t row = 0; row < rows; ++row) y[row] = static_cast<T>(scale * sum(n, x + row * n));
}

template <class T>
void sum_columns(std::size_t rows, std::size_t n, const T* x, T* y, double scale) {
    for_each_column_block<32>(n, [=](std::size_t first, auto block) {
        double sums[block] = {};
        for (std::size_t row = 0; row < rows; ++row)
            for (std::size_t j = 0; j < block; ++j) sums[j] += static_cast<double>(x[row * n + first + j]);
        for (std::size_t j = 0; j < block; ++j) y[first + j] = static_cast<T>(scale * sums[j]);
    });
}

template <class T>
double sum_of_squares(std::size_t n, const T* x) {
    return accumulate(n, x, [](double v) { return v * v; });
}

template <class T>
void reduce_rows(RowReduction op, std::size_t rows, std::size_t n, const T* x, T* y) {
    for (std::size_t row = 0; row < rows; ++row, x += n) {
        switch (op) {
            case RowReduction::variance_sum: {
                const double mean = sum(n, x) / static_cast<double>(n);
                y[row] =
                    static_cast<T>(accumulate(n, x, [mean](double v) { return (v - mean) * (v - mean); }));
                break;
            }
            case RowReduction::maximum: y[row] = row_maximum(n, x); break;
            case RowReduction::minimum: y[row] = row_minimum(n, x); break;
            case RowReduction::logsumexp: {
                const double most = static_cast<double>(row_maximum(n, x));
                const double shift = std::isfinite(most) ? most : 0;  // all -inf gives -inf, an inf gives inf
                y[row] = static_cast<T>(
                    shift + std::log(accumulate(n, x, [shift](double v) { return std::exp(v - shift); })));
                break;
            }
        }
    }
}

void sum_byte_columns(std::size_t rows, std::size_t n, const unsigned char* x, unsigned long long* sums,
                      unsigned long long* squares) {
    constexpr std::size_t block = 65536;  // 65536 * 255^2 < 2^32: no 32-bit overflow within a block
    Scratch<std::uint32_t> block_sums(n), block_squares(n);
    for (std::size_t first = 0; first < rows; first += block) {
        block_sums.clear();
        block_squares.clear();
        for (std::size_t row = first; row < rows && row < first + block; ++row) {
            const unsigned char* values = x + row * n;
            std::uint32_t* s = block_sums.data();
            std::uint32_t* q = block_squares.data();
            for (std::size_t j = 0; j < n; ++j) {
                const std::uint32_t v = values[j];
                s[j] += v;
                q[j] += v * v;
            }
        }
        for (std::size_t j = 0; j < n; ++j) {
            sums[j] += block_sums[j];
            squares[j] += block_squares[j];
        }
    }
}

template <class T>
void add_reduce(Table<T>& table) {
    table.sum_rows = sum_rows<T>;
    table.sum_columns = sum_columns<T>;
    table.sum_of_squares = sum_of_squares<T>;
    table.reduce_rows = reduce_rows<T>;
    table.sum_byte_columns = sum_byte_columns;
}
template void add_reduce(Table<float>&);
template void add_reduce(Table<double>&);

}  // namespace xgrad::kernels::XGRAD_ISA
