#include <xgrad/core/kernels/update.hpp>

#include <utility>

#include <xgrad/core/kernels/simd.hpp>
#include <xgrad/core/kernels/table.hpp>

namespace xgrad::kernels::XGRAD_ISA {
namespace {

float square_root(float x) { return __builtin_sqrtf(x); }
double square_root(double x) { return __builtin_sqrt(x); }

}  // namespace

template <class T>
void sgd_update(std::size_t rows, std::size_t n, std::size_t stride, const SgdStep<T>& step,
                const T* gradient, T* velocity, T* w) {
    if (n == stride) {  // one long row
        n = rows * n;
        rows = 1;
    }
    const auto [learning_rate, weight_decay, momentum, nesterov] = step;
    for (std::size_t row = 0; row < rows;
         ++row, gradient += stride, w += stride, velocity += velocity ? stride : 0) {
        if (!velocity) {
            for (std::size_t i = 0; i < n; ++i) w[i] -= learning_rate * (gradient[i] + weight_decay * w[i]);
        } else if (nesterov) {
            for (std::size_t i = 0; i < n; ++i) {
                const T g = gradient[i] + weight_decay * w[i];
                velocity[i] = momentum * velocity[i] + g;
                w[i] -= learning_rate * (g + momentum * velocity[i]);
            }
        } else {
            for (std::size_t i = 0; i < n; ++i) {
                velocity[i] = momentum * velocity[i] + gradient[i] + weight_decay * w[i];
                w[i] -= learning_rate * velocity[i];
            }
        }
    }
}

// The formulas: `w`, its gradient g, and its state.
template <class T>
T divisor(const Moments<T>& m, T& g, T w, T& mean, T& square) {
    g += m.weight_decay * w;
    mean = m.beta1 * mean + m.one_minus_beta1 * g;
    square = m.beta2 * square + m.one_minus_beta2 * g * g;
    return square_root(square) / m.square_correction + m.epsilon;
}

template <class T>
void apply(const AdamStep<T>& s, T g, T& w, T& mean, T& square) {
    const T by = divisor(s.moments, g, w, mean, square);
    w = s.shrink * w - s.rate * mean / by;
}

template <class T>
void apply(const NAdamStep<T>& s, T g, T& w, T& mean, T& square) {
    const T by = divisor(s.moments, g, w, mean, square);
    w -= (s.gradient_rate * g + s.mean_rate * mean) / by;
}

template <class T, bool momentum, bool centered, class... S>
void apply(const RmsStep<T, momentum, centered>& s, T g, T& w, T& square, S&... more) {
    const std::tuple<S&...> others(more...);
    g += s.weight_decay * w;
    square = s.alpha * square + s.one_minus_alpha * g * g;
    T variance = square;
    if constexpr (centered) {
        T& mean = std::get<momentum ? 1 : 0>(others);
        mean = s.alpha * mean + s.one_minus_alpha * g;
        variance -= mean * mean;
    }
    T step = g / (square_root(variance) + s.epsilon);
    if constexpr (momentum) {
        T& velocity = std::get<0>(others);
        step = velocity = s.keep * velocity + step;
    }
    w -= s.rate * step;
}

template <class T>
void apply(const AdagradStep<T>& s, T g, T& w, T& sum) {
    g += s.weight_decay * w;
    sum += g * g;
    w -= s.rate * g / (square_root(sum) + s.epsilon);
}

template <class T>
void apply(const LionStep<T>& s, T g, T& w, T& mean) {
    const T direction = s.beta1 * mean + s.one_minus_beta1 * g;
    // before the product below, so that the two are fused to one operation everywhere or nowhere
    const T move = direction > 0 ? s.rate : direction < 0 ? -s.rate : direction;
    w = s.shrink * w - move;
    mean = s.beta2 * mean + s.one_minus_beta2 * g;
}

template <class T>
void apply(const MoveStep<T>& s, T value, T& w) {
    w += s.part * (value - w);
}

template <class S, class T, class... P>
void update_row(std::size_t n, const S& step, const T* __restrict gradient, T* __restrict w,
                P* __restrict... state) {
    const S s = step;
    for (std::size_t i = 0; i < n; ++i) apply(s, gradient[i], w[i], state[i]...);
}

template <class S, class T>
void update(std::size_t rows, std::size_t n, std::size_t stride, const S& step, const T* gradient,
            const std::array<T*, S::states>& state, T* w) {
    if (n == stride) {  // one long row
        n = rows * n;
        rows = 1;
    }
    for (std::size_t at = 0; at < rows * stride; at += stride)
        [&]<std::size_t... i>(std::index_sequence<i...>) {
            update_row(n, step, gradient + at, w + at, (state[i] + at)...);
        }(std::make_index_sequence<S::states>());
}

// Every kind of step.
template <class... F>
void add_updates(std::tuple<F...>& all) {
    ((std::get<F>(all) = update), ...);
}

// The rows are scattered over the data set, far from every cache. While one row is converted, the next but
// one is prefetched.
template <class T>
void scale_bytes(std::size_t rows, std::size_t n, std::size_t stride, const unsigned char* images,
                 const std::size_t* rows_of_batch, const T* scale, const T* shift, T* y) {
    constexpr std::size_t line = 64, ahead = 2;
    for (std::size_t row = 0; row < rows; ++row) {
        const unsigned char* __restrict image = images + rows_of_batch[row] * stride;
        const unsigned char* next = images + rows_of_batch[row + ahead < rows ? row + ahead : row] * stride;
        T* __restrict to = y + row * stride;
        std::size_t j = 0;
        for (; j + line <= n; j += line) {
            __builtin_prefetch(next + j);
            for (std::size_t i = j; i < j + line; ++i) to[i] = scale[i] * static_cast<T>(image[i]) + shift[i];
        }
        for (; j < n; ++j) to[j] = scale[j] * static_cast<T>(image[j]) + shift[j];
    }
}

template <class T>
void add_update(Table<T>& table) {
    table.sgd_update = sgd_update<T>;
    add_updates(table.updates);
    table.scale_bytes = scale_bytes<T>;
}
template void add_update(Table<float>&);
template void add_update(Table<double>&);

}  // namespace xgrad::kernels::XGRAD_ISA
