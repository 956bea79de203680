#include <xgrad/core/kernels/softmax.hpp>

#include <cmath>

#include <xgrad/core/kernels/elementwise.hpp>
#include <xgrad/core/kernels/reduce.hpp>
#include <xgrad/core/kernels/simd.hpp>
#include <xgrad/core/kernels/table.hpp>

namespace xgrad::kernels::XGRAD_ISA {
namespace {

// e^(x - most), from the power e^d, where d is x - most rounded to T. The rounding error of d is a relative
// error of e^d, of up to 50 ULP.
template <class T>
double corrected(T power, T x, T most) {
    const T d = x - most, back = d - x;
    const T lost = (x - (d - back)) - (most + back);  // Knuth's two-sum: exactly
    return static_cast<double>(power) * (1 + static_cast<double>(std::isnan(lost) ? T{0} : lost));
}

// What the softmax of a row needs: its maximum, one position of it, and the sum of e^(x - maximum) over all
// other positions. Beside the maximum's 1, a small sum would lose its digits.
template <class T>
struct Row {
    T most;
    std::size_t at;
    double others;
};

constexpr std::size_t block = 2048;  // elements

// Calls f(row, its Row, powers) for each row of x, with powers = e^(x - maximum), which need the correction:
// in y, or, if that is null, in work space. One call of exp serves many rows, because the rows of a
// classifier are shorter than a vector register; not all, so that the powers are still in the cache.
template <class T, class F>
void for_each_row(std::size_t rows, std::size_t n, const T* x, T* y, F f) {
    const std::size_t most_rows = n < block ? block / n : 1, group = rows < most_rows ? rows : most_rows;
    Scratch<T> maxima(group), space(y ? 0 : group * n);
    for (std::size_t first = 0; first < rows; first += group) {
        const std::size_t count = rows - first < group ? rows - first : group;
        const T* values = x + first * n;
        T* powers = y ? y + first * n : space.data();
        reduce_rows(RowReduction::maximum, count, n, values, maxima.data());
        for (std::size_t row = 0; row < count; ++row)
            for (std::size_t i = row * n; i < (row + 1) * n; ++i) powers[i] = values[i] - maxima[row];
        unary(Unary::exp, count * n, powers, powers);
        for (std::size_t row = 0; row < count; ++row, values += n, powers += n) {
            const T most = maxima[row];
            const std::size_t at = position_of(most, n, values);
            const double nothing = static_cast<double>(powers[at]) - 1;  // but NaN if the maximum is infinite
            const double others = nothing + accumulate_others(n, at, [=](std::size_t i) {
                                      return corrected(powers[i], values[i], most);
                                  });
            f(first + row, Row<T>{most, at, others}, powers);
        }
    }
}

}  // namespace

template <class T>
void softmax_rows(std::size_t rows, std::size_t n, const T* x, T* y) {
    if (n == 0) return;
    for_each_row(rows, n, x, y, [=](std::size_t row, const Row<T>& r, T* powers) {
        const T* values = x + row * n;
        const double scale = 1 / (1 + r.others);
        for (std::size_t i = 0; i < n; ++i)
            powers[i] = static_cast<T>(scale * corrected(powers[i], values[i], r.most));
    });
}

template <class T>
void log_softmax_rows(std::size_t rows, std::size_t n, const T* x, T* y) {
    if (n == 0) return;
    for_each_row(rows, n, x, y, [=](std::size_t row, const Row<T>& r, T* powers) {
        const T* values = x + row * n;
        const double most = static_cast<double>(r.most), normalizer = std::log1p(r.others);
        for (std::size_t i = 0; i < n; ++i)
            powers[i] = static_cast<T>((static_cast<double>(values[i]) - most) - normalizer);
    });
}

template <class T>
void softmax_gradient(std::size_t rows, std::size_t n, const T* dy, const T* y, T* dx) {
    for (std::size_t row = 0; row < rows; ++row, dy += n, y += n, dx += n) {
        const T mean = static_cast<T>(dot(n, dy, y));
        for (std::size_t i = 0; i < n; ++i) dx[i] = y[i] * (dy[i] - mean);
    }
}

template <class T>
void log_softmax_gradient(std::size_t rows, std::size_t n, const T* dy, const T* y, T* dx) {
    for (std::size_t row = 0; row < rows; ++row, dy += n, y += n, dx += n) {
        const T total = static_cast<T>(sum(n, dy));
        unary(Unary::exp, n, y, dx);
        for (std::size_t i = 0; i < n; ++i) dx[i] = dy[i] - dx[i] * total;
    }
}

template <class T>
void logsumexp_rows(std::size_t rows, std::size_t n, const T* x, T* y) {
    if (n == 0) return reduce_rows(RowReduction::maximum, rows, n, x, y);
    for_each_row(rows, n, x, static_cast<T*>(nullptr), [=](std::size_t row, const Row<T>& r, const T*) {
        const double most = static_cast<double>(r.most);
        // All are -inf, one is inf, or one is NaN.
        y[row] = std::isfinite(r.most) ? static_cast<T>(most + std::log1p(r.others)) : r.most;
    });
}

template <class T>
void cross_entropy_rows(std::size_t batch, std::size_t rows, std::size_t n, const T* logits,
                        const std::int32_t* labels, double* losses, T* gradient) {
    const double count = static_cast<double>(batch);
    for_each_row(rows, n, logits, gradient, [=](std::size_t row, const Row<T>& r, T* slope) {
        const T* x = logits + row * n;
        const auto label = static_cast<std::size_t>(labels[row]);
        losses[row] = std::log1p(r.others) - (static_cast<double>(x[label]) - static_cast<double>(r.most));
        if (!gradient) return;
        const double scale = 1 / ((1 + r.others) * count);
        for (std::size_t i = 0; i < n; ++i)
            slope[i] = static_cast<T>(scale * corrected(slope[i], x[i], r.most));
        // p - 1 loses its digits where p is near 1; it is minus the sum of the others.
        slope[label] =
            static_cast<T>(label == r.at ? -scale * r.others : static_cast<double>(slope[label]) - 1 / count);
    });
}

template <class T>
void add_softmax(Table<T>& table) {
    table.softmax_rows = softmax_rows<T>;
    table.log_softmax_rows = log_softmax_rows<T>;
    table.softmax_gradient = softmax_gradient<T>;
    table.log_softmax_gradient = log_softmax_gradient<T>;
    table.logsumexp_rows = logsumexp_rows<T>;
    table.cross_entropy_rows = cross_entropy_rows<T>;
}
template void add_softmax(Table<float>&);
template void add_softmax(Table<double>&);

}  // namespace xgrad::kernels::XGRAD_ISA
