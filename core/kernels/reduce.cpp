#include <xgrad/core/kernels/reduce.hpp>

#include <cmath>
#include <cstdint>
#include <limits>

#include <xgrad/core/kernels/simd.hpp>
#include <xgrad/core/kernels/table.hpp>

namespace xgrad::kernels::XGRAD_ISA {
namespace {

template <class T>
double sum(std::size_t n, const T* x) {
    return accumulate(n, [=](std::size_t i) { return static_cast<double>(x[i]); });
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

template <class T>
double variance_sum(std::size_t n, const T* x) {
    const double mean = sum(n, x) / static_cast<double>(n);
    return accumulate(n, [=](std::size_t i) {
        const double deviation = static_cast<double>(x[i]) - mean;
        return deviation * deviation;
    });
}

// most + log(1 + the sum of e^(x - most) over the other elements), which keeps its digits where it is small.
template <class T>
double row_logsumexp(std::size_t n, const T* x) {
    const T maximum = row_maximum(n, x);
    const double most = static_cast<double>(maximum);
    if (n == 0 || !std::isfinite(most)) return most;  // all are -inf, one is inf, or one is NaN
    return most + std::log1p(accumulate_others(n, position_of(maximum, n, x), [=](std::size_t i) {
               return std::exp(static_cast<double>(x[i]) - most);
           }));
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
    return accumulate(n,
                      [=](std::size_t i) { return static_cast<double>(x[i]) * static_cast<double>(x[i]); });
}

template <class T>
void reduce_rows(RowReduction op, std::size_t rows, std::size_t n, const T* x, T* y) {
    for (std::size_t row = 0; row < rows; ++row, x += n) {
        switch (op) {
            case RowReduction::variance_sum: y[row] = static_cast<T>(variance_sum(n, x)); break;
            case RowReduction::maximum: y[row] = row_maximum(n, x); break;
            case RowReduction::minimum: y[row] = row_minimum(n, x); break;
            case RowReduction::logsumexp: y[row] = static_cast<T>(row_logsumexp(n, x)); break;
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
