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

// Calls f(row, its Row) for each row of x, with powers = e^(x - maximum), which need the correction. One call
// of exp serves all rows, because the rows of a classifier are shorter than a vector register.
template <class T, class F>
void for_each_row(std::size_t rows, std::size_t n, const T* x, T* powers, F f) {
    Scratch<T> maxima(rows);
    reduce_rows(RowReduction::maximum, rows, n, x, maxima.data());
    for (std::size_t row = 0; row < rows; ++row)
        for (std::size_t i = row * n; i < (row + 1) * n; ++i) powers[i] = x[i] - maxima[row];
    unary(Unary::exp, rows * n, powers, powers);
    for (std::size_t row = 0; row < rows; ++row, x += n, powers += n) {
        const T most = maxima[row];
        const std::size_t at = position_of(most, n, x);
        const double nothing = static_cast<double>(powers[at]) - 1;  // but NaN if the maximum is infinite
        const double others = nothing + accumulate_others(n, at, [=](std::size_t i) {
                                  return corrected(powers[i], x[i], most);
                              });
        f(row, Row<T>{most, at, others});
    }
}

}  // namespace

template <class T>
void softmax_rows(std::size_t rows, std::size_t n, const T* x, T* y) {
    if (n == 0) return;
    for_each_row(rows, n, x, y, [=](std::size_t row, const Row<T>& r) {
        const double scale = 1 / (1 + r.others);
        for (std::size_t i = row * n; i < (row + 1) * n; ++i)
            y[i] = static_cast<T>(scale * corrected(y[i], x[i], r.most));
    });
}

template <class T>
void log_softmax_rows(std::size_t rows, std::size_t n, const T* x, T* y) {
    if (n == 0) return;
    for_each_row(rows, n, x, y, [=](std::size_t row, const Row<T>& r) {
        const double most = static_cast<double>(r.most), normalizer = std::log1p(r.others);
        for (std::size_t i = row * n; i < (row + 1) * n; ++i)
            y[i] = static_cast<T>((static_cast<double>(x[i]) - most) - normalizer);
    });
}

template <class T>
double cross_entropy(std::size_t rows, std::size_t n, const T* logits, const std::int32_t* labels,
                     T* gradient) {
    Scratch<T> scratch(gradient ? 0 : rows * n);
    T* powers = gradient ? gradient : scratch.data();
    const double count = static_cast<double>(rows);
    double total = 0;
    for_each_row(rows, n, logits, powers, [=, &total](std::size_t row, const Row<T>& r) {
        const T* x = logits + row * n;
        const auto label = static_cast<std::size_t>(labels[row]);
        total += std::log1p(r.others) - (static_cast<double>(x[label]) - static_cast<double>(r.most));
        if (!gradient) return;
        T* slope = gradient + row * n;
        const double scale = 1 / ((1 + r.others) * count);
        for (std::size_t i = 0; i < n; ++i)
            slope[i] = static_cast<T>(scale * corrected(slope[i], x[i], r.most));
        // p - 1 loses its digits where p is near 1; it is minus the sum of the others.
        slope[label] =
            static_cast<T>(label == r.at ? -scale * r.others : static_cast<double>(slope[label]) - 1 / count);
    });
    return total / count;
}

template <class T>
void add_softmax(Table<T>& table) {
    table.softmax_rows = softmax_rows<T>;
    table.log_softmax_rows = log_softmax_rows<T>;
    table.cross_entropy = cross_entropy<T>;
}
template void add_softmax(Table<float>&);
template void add_softmax(Table<double>&);

}  // namespace xgrad::kernels::XGRAD_ISA
