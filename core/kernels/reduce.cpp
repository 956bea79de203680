#include <xgrad/core/kernels/reduce.hpp>

#include <cstdint>
#include <limits>

#include <xgrad/core/kernels/simd.hpp>
#include <xgrad/core/kernels/softmax.hpp>
#include <xgrad/core/kernels/table.hpp>

namespace xgrad::kernels::XGRAD_ISA {
namespace {

// The better of two values, where maximum and minimum differ; a NaN stays.
template <RowReduction op, class T>
T better(T a, T b) {
    const bool wins = op == RowReduction::maximum ? b > a : b < a, is_nan = b != b;
    return (wins | is_nan) ? b : a;
}
template <RowReduction op, class T>
constexpr T worst = (op == RowReduction::maximum ? -1 : 1) * std::numeric_limits<T>::infinity();

// In `lanes` independent lanes, which the compiler vectorizes. The last ones overlap those before.
template <RowReduction op, std::size_t lanes, class T>
T extremum(std::size_t n, const T* x) {
    if (n == 0) return worst<op, T>;
    if (n < lanes) {
        if constexpr (lanes > 1) return extremum<op, lanes / 2>(n, x);
    }
    T best[lanes];
    for (std::size_t lane = 0; lane < lanes; ++lane) best[lane] = x[lane];
    for (std::size_t i = lanes; i < n; i += lanes) {
        const T* more = x + (i + lanes <= n ? i : n - lanes);
        for (std::size_t lane = 0; lane < lanes; ++lane) best[lane] = better<op>(best[lane], more[lane]);
    }
    for (std::size_t half = lanes / 2; half > 0; half /= 2)
        for (std::size_t lane = 0; lane < half; ++lane)
            best[lane] = better<op>(best[lane], best[lane + half]);
    return best[0];
}

template <RowReduction op, class T>
void column_extrema(std::size_t rows, std::size_t n, std::size_t stride, const T* x, T* y) {
    for_each_column_block<128>(n, [=](std::size_t first, auto block) {
        T best[block];
        for (std::size_t j = 0; j < block; ++j) best[j] = worst<op, T>;
        for (std::size_t row = 0; row < rows; ++row)
            for (std::size_t j = 0; j < block; ++j)
                best[j] = better<op>(best[j], x[row * stride + first + j]);
        for (std::size_t j = 0; j < block; ++j) y[first + j] = best[j];
    });
}

}  // namespace

template <class T>
double sum(std::size_t n, const T* x) {
    return accumulate(n, [=](std::size_t i) { return static_cast<double>(x[i]); });
}

template <class T>
double sum_of_squares(std::size_t n, const T* x, double center) {
    return accumulate(n, [=](std::size_t i) {
        const double deviation = static_cast<double>(x[i]) - center;
        return deviation * deviation;
    });
}

template <class T>
double dot(std::size_t n, const T* a, const T* b) {
    return accumulate(n,
                      [=](std::size_t i) { return static_cast<double>(a[i]) * static_cast<double>(b[i]); });
}

template <class T>
void sum_rows(std::size_t rows, std::size_t n, const T* x, T* y, double scale) {
    for (std::size_t row = 0; row < rows; ++row)
        y[row] = static_cast<T>(scale * XGRAD_ISA::sum(n, x + row * n));
}

template <class T>
void sum_columns(std::size_t rows, std::size_t n, std::size_t stride, const T* x, T* y, double scale) {
    for_each_column_block<128>(n, [=](std::size_t first, auto block) {
        double sums[block] = {};
        for (std::size_t row = 0; row < rows; ++row)
            for (std::size_t j = 0; j < block; ++j)
                sums[j] += static_cast<double>(x[row * stride + first + j]);
        for (std::size_t j = 0; j < block; ++j) y[first + j] = static_cast<T>(scale * sums[j]);
    });
}

template <class T>
void reduce_rows(RowReduction op, std::size_t rows, std::size_t n, const T* x, T* y) {
    if (op == RowReduction::logsumexp) return logsumexp_rows(rows, n, x, y);
    for (std::size_t row = 0; row < rows; ++row, x += n) {
        if (op == RowReduction::variance_sum)
            y[row] = static_cast<T>(
                XGRAD_ISA::sum_of_squares(n, x, XGRAD_ISA::sum(n, x) / static_cast<double>(n)));
        else
            y[row] = op == RowReduction::maximum ? extremum<RowReduction::maximum, 64>(n, x)
                                                 : extremum<RowReduction::minimum, 64>(n, x);
    }
}

template <class T>
void reduce_columns(RowReduction op, std::size_t rows, std::size_t n, std::size_t stride, const T* x, T* y) {
    if (op == RowReduction::maximum)
        column_extrema<RowReduction::maximum>(rows, n, stride, x, y);
    else
        column_extrema<RowReduction::minimum>(rows, n, stride, x, y);
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
    table.sum = sum<T>;
    table.sum_of_squares = sum_of_squares<T>;
    table.dot = dot<T>;
    table.sum_rows = sum_rows<T>;
    table.sum_columns = sum_columns<T>;
    table.reduce_rows = reduce_rows<T>;
    table.reduce_columns = reduce_columns<T>;
    table.sum_byte_columns = sum_byte_columns;
}
template void add_reduce(Table<float>&);
template void add_reduce(Table<double>&);

}  // namespace xgrad::kernels::XGRAD_ISA
