#include <xgrad/core/kernels/softmax.hpp>

#include <algorithm>
#include <cmath>
#include <vector>

#include <xgrad/core/allocator.hpp>
#include <xgrad/core/kernels/elementwise.hpp>
#include <xgrad/core/kernels/reduce.hpp>

namespace xgrad::kernels {
namespace {

// Writes exp(x - max) of one row to y, returns the maximum and the sum of what was written.
template <class T>
struct Exponentials {
    T maximum;
    T sum;
};

template <class T>
Exponentials<T> exponentials(std::size_t n, const T* x, T* y) {
    T maximum;
    reduce_rows(RowReduction::maximum, 1, n, x, &maximum);
    binary(Binary::subtract, n, x, Step::next, &maximum, Step::repeat, y);
    unary(Unary::exp, n, y, y);
    T sum;
    sum_rows(1, n, y, &sum);
    return {maximum, sum};
}

}  // namespace

template <class T>
void softmax_rows(std::size_t rows, std::size_t n, const T* x, T* y) {
    for (std::size_t row = 0; row < rows; ++row, x += n, y += n) {
        const T scale = 1 / exponentials(n, x, y).sum;
        binary(Binary::multiply, n, y, Step::next, &scale, Step::repeat, y);
    }
}

template <class T>
double cross_entropy(std::size_t rows, std::size_t n, const T* logits, const std::int32_t* labels, T* gradient) {
    std::vector<T, RecyclingAllocator<T>> scratch(gradient ? 0 : n);
    double total = 0;
    for (std::size_t row = 0; row < rows; ++row, logits += n) {
        const auto label = static_cast<std::size_t>(labels[row]);
        T* exps = gradient ? gradient + row * n : scratch.data();
        const auto [maximum, sum] = exponentials(n, logits, exps);
        total += std::log(static_cast<double>(sum)) - static_cast<double>(logits[label] - maximum);
        if (!gradient) continue;
        const T scale = 1 / (sum * static_cast<T>(rows));
        binary(Binary::multiply, n, exps, Step::next, &scale, Step::repeat, exps);
        exps[label] -= 1 / static_cast<T>(rows);
    }
    return total / static_cast<double>(rows);
}

#define INSTANTIATE(T)                                                  \
    template void softmax_rows(std::size_t, std::size_t, const T*, T*); \
    template double cross_entropy(std::size_t, std::size_t, const T*, const std::int32_t*, T*);
INSTANTIATE(float)
INSTANTIATE(double)
#undef INSTANTIATE

}  // namespace xgrad::kernels
