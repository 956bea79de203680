#include <xgrad/core/kernels/softmax.hpp>

#include <cmath>

#include <xgrad/core/kernels/elementwise.hpp>
#include <xgrad/core/kernels/reduce.hpp>
#include <xgrad/core/kernels/simd.hpp>
#include <xgrad/core/kernels/table.hpp>

namespace xgrad::kernels::XGRAD_ISA {
namespace {

// maxima = the maximum of each row; exps = exp(x - maximum). One call of exp serves all rows, because the
// rows of a classifier are shorter than a vector register.
template <class T>
void exponentials(std::size_t rows, std::size_t n, const T* x, T* maxima, T* exps) {
    reduce_rows(RowReduction::maximum, rows, n, x, maxima);
    for (std::size_t row = 0; row < rows; ++row)
        for (std::size_t i = row * n; i < (row + 1) * n; ++i) exps[i] = x[i] - maxima[row];
    unary(Unary::exp, rows * n, exps, exps);
}

template <class T>
double sum(std::size_t n, const T* x) {
    double total = 0;
    for (std::size_t i = 0; i < n; ++i) total += static_cast<double>(x[i]);
    return total;
}

}  // namespace

template <class T>
void softmax_rows(std::size_t rows, std::size_t n, const T* x, T* y) {
    if (n == 0) return;
    Scratch<T> maxima(rows);
    exponentials(rows, n, x, maxima.data(), y);
    for (std::size_t row = 0; row < rows; ++row, y += n) {
        const T scale = static_cast<T>(1 / sum(n, y));
        for (std::size_t i = 0; i < n; ++i) y[i] *= scale;
    }
}

template <class T>
double cross_entropy(std::size_t rows, std::size_t n, const T* logits, const std::int32_t* labels,
                     T* gradient) {
    Scratch<T> scratch(gradient ? 0 : rows * n);
    T* exps = gradient ? gradient : scratch.data();
    Scratch<T> maxima(rows);
    exponentials(rows, n, logits, maxima.data(), exps);
    double total = 0;
    for (std::size_t row = 0; row < rows; ++row, logits += n, exps += n) {
        const auto label = static_cast<std::size_t>(labels[row]);
        const double normalizer = sum(n, exps);
        total += std::log(normalizer) - static_cast<double>(logits[label] - maxima[row]);
        if (!gradient) continue;
        const T scale = static_cast<T>(1 / (normalizer * static_cast<double>(rows)));
        for (std::size_t i = 0; i < n; ++i) exps[i] *= scale;
        exps[label] -= 1 / static_cast<T>(rows);
    }
    return total / static_cast<double>(rows);
}

template <class T>
void add_softmax(Table<T>& table) {
    table.softmax_rows = softmax_rows<T>;
    table.cross_entropy = cross_entropy<T>;
}
template void add_softmax(Table<float>&);
template void add_softmax(Table<double>&);

}  // namespace xgrad::kernels::XGRAD_ISA
