#include <xgrad/core/kernels/reduce.hpp>

#include <cstdint>
#include <cstring>
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

// `n` numbers that are computed together.
template <class T, std::size_t n>
struct Vector {
    using type [[gnu::vector_size(n * sizeof(T))]] = T;
};
template <class T, std::size_t n>
using VectorOf = typename Vector<T, n>::type;

// Loads x[0], x[stride] ... by shuffling what lies between the first and the last of them.
template <class T, std::size_t n, class Stride, std::size_t... i>
void load_strided(const T* x, Stride stride, VectorOf<T, n>& y, std::index_sequence<i...>) {
    if constexpr (std::is_same_v<Stride, std::size_t>) {
        const T taken[]{x[i * stride]...};
        std::memcpy(&y, taken, sizeof y);
    } else {
        VectorOf<T, n> low, high;
        std::memcpy(&low, x, sizeof low);
        std::memcpy(&high, x + (stride - 1) * (n - 1), sizeof high);
        y = __builtin_shufflevector(
            low, high, (i * stride < n ? i * stride : i * stride + n - (stride - 1) * (n - 1))...);
    }
}

template <class T, class Stride>
void strided_maxima(std::size_t n, Stride stride, const T* x, std::size_t taps, const std::int32_t* offsets,
                    T* y, std::int32_t* positions) {
    for_each_column_block<16>(n, [=](std::size_t first, auto block) {
        constexpr std::make_index_sequence<block> all;
        VectorOf<T, block> best, value;
        VectorOf<std::int32_t, block> at = VectorOf<std::int32_t, block>{} + offsets[0];
        load_strided<T, block>(x + offsets[0] + first * stride, stride, best, all);
        for (std::size_t t = 1; t < taps; ++t) {
            load_strided<T, block>(x + offsets[t] + first * stride, stride, value, all);
            const auto wins = (value > best) | (value != value);
            best = wins ? value : best;
            at = __builtin_convertvector(wins, VectorOf<std::int32_t, block>)
                     ? VectorOf<std::int32_t, block>{} + offsets[t]
                     : at;
        }
        std::memcpy(y + first, &best, sizeof best);
        for (std::size_t j = 0; j < block; ++j)
            positions[first + j] = at[j] + static_cast<std::int32_t>((first + j) * stride);
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
void reduce_rows(RowReduction op, std::size_t rows, std::size_t n, const T* x, T* y, double scale) {
    if (op == RowReduction::logsumexp) return logsumexp_rows(rows, n, x, y);
    for (std::size_t row = 0; row < rows; ++row, x += n) {
        if (op == RowReduction::variance_sum)
            y[row] = static_cast<T>(
                scale * XGRAD_ISA::sum_of_squares(n, x, XGRAD_ISA::sum(n, x) / static_cast<double>(n)));
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

template <class T>
void window_maxima(std::size_t n, std::size_t stride, const T* x, std::size_t taps,
                   const std::int32_t* offsets, T* y, std::int32_t* positions) {
    if (stride == 1)
        strided_maxima(n, std::integral_constant<std::size_t, 1>(), x, taps, offsets, y, positions);
    else if (stride == 2)
        strided_maxima(n, std::integral_constant<std::size_t, 2>(), x, taps, offsets, y, positions);
    else
        strided_maxima(n, stride, x, taps, offsets, y, positions);
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
    table.window_maxima = window_maxima<T>;
    table.sum_byte_columns = sum_byte_columns;
}
template void add_reduce(Table<float>&);
template void add_reduce(Table<double>&);

}  // namespace xgrad::kernels::XGRAD_ISA
