// The public kernels. Each calls the version compiled for the current instruction set; a kernel that is split
// between threads calls it for each thread's part.
#include <algorithm>
#include <numeric>
#include <vector>

#include <xgrad/core/allocator.hpp>
#include <xgrad/core/isa.hpp>
#include <xgrad/core/kernels/table.hpp>
#include <xgrad/core/parallel.hpp>

#ifndef XGRAD_DISPATCH
#include <xgrad/core/kernels/simd.hpp>
#endif

namespace xgrad::kernels {

#ifdef XGRAD_DISPATCH
namespace sse2 {
template <class T>
Table<T> table();
}
namespace avx2 {
template <class T>
Table<T> table();
}
namespace avx512 {
template <class T>
Table<T> table();
}
#else
namespace XGRAD_ISA {
template <class T>
Table<T> table();
}
#endif

template <class T>
Table<T> table([[maybe_unused]] Isa isa) {
#ifdef XGRAD_DISPATCH
    switch (isa) {
        case Isa::avx512: return avx512::table<T>();
        case Isa::avx2: return avx2::table<T>();
        default: return sse2::table<T>();
    }
#else
    return XGRAD_ISA::table<T>();
#endif
}
template Table<float> table(Isa);
template Table<double> table(Isa);

namespace {

// The kernels for the current instruction set, selected at the first call.
template <class T>
const Table<T>& table() {
    static const Table<T> chosen = kernels::table<T>(isa());
    return chosen;
}

// Updates and conversions are split by columns: the same thread then handles the same columns of a weight in
// the products, in the update and in the conversion.
constexpr std::size_t column_grain(std::size_t rows) { return usual_grain / (rows + 1) + 1; }

// How far an operand has advanced.
constexpr std::size_t offset(Step step, std::size_t elements) {
    return static_cast<std::size_t>(step) * elements;
}

// What begins there in an array that may be absent.
template <class T>
T* from(T* array, std::size_t begin) {
    return array ? array + begin : nullptr;
}

// The sum of sum(begin, end) over stretches of n elements. They have one length, whatever the number of
// threads: the sum has one order.
template <class F>
double sum_of_stretches(std::size_t n, F sum) {
    if (n <= usual_grain) return sum(std::size_t{0}, n);
    std::vector<double, RecyclingAllocator<double>> sums((n + usual_grain - 1) / usual_grain);
    parallel_for(sums.size(), 1, [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i)
            sums[i] = sum(i * usual_grain, std::min(n, (i + 1) * usual_grain));
    });
    return std::accumulate(sums.begin(), sums.end(), 0.0);
}

}  // namespace

#define INSTANTIATE(name)                       \
    template decltype(name<float>) name<float>; \
    template decltype(name<double>) name<double>;

template <class T>
void unary(Unary op, std::size_t n, const T* x, T* y, const Parameters& parameters) {
    parallel_for(n, usual_grain, [&](std::size_t begin, std::size_t end) {
        table<T>().unary(op, end - begin, x + begin, y + begin, parameters);
    });
}
INSTANTIATE(unary)

template <class T>
void unary_gradient(Unary op, std::size_t n, const T* dy, const T* saved, T* dx,
                    const Parameters& parameters) {
    parallel_for(n, usual_grain, [&](std::size_t begin, std::size_t end) {
        table<T>().unary_gradient(op, end - begin, dy + begin, saved + begin, dx + begin, parameters);
    });
}
INSTANTIATE(unary_gradient)

template <class T>
void loss(Loss op, std::size_t n, const T* prediction, const T* target, T* y, const Parameters& parameters) {
    parallel_for(n, usual_grain, [&](std::size_t begin, std::size_t end) {
        table<T>().loss(op, end - begin, prediction + begin, target + begin, y + begin, parameters);
    });
}
INSTANTIATE(loss)

template <class T>
double loss_sum(Loss op, std::size_t n, const T* prediction, const T* target, const Parameters& parameters) {
    return sum_of_stretches(n, [&](std::size_t begin, std::size_t end) {
        return table<T>().loss_sum(op, end - begin, prediction + begin, target + begin, parameters);
    });
}
INSTANTIATE(loss_sum)

template <class T>
void loss_gradients(Loss op, std::size_t n, const T* dy, Step dy_step, const T* prediction, const T* target,
                    T* prediction_gradient, T* target_gradient, const Parameters& parameters) {
    parallel_for(n, usual_grain, [&](std::size_t begin, std::size_t end) {
        table<T>().loss_gradients(op, end - begin, dy + offset(dy_step, begin), dy_step, prediction + begin,
                                  target + begin, from(prediction_gradient, begin),
                                  from(target_gradient, begin), parameters);
    });
}
INSTANTIATE(loss_gradients)

template <class T>
void binary(Binary op, std::size_t n, const T* a, Step a_step, const T* b, Step b_step, T* y) {
    parallel_for(n, usual_grain, [&](std::size_t begin, std::size_t end) {
        table<T>().binary(op, end - begin, a + offset(a_step, begin), a_step, b + offset(b_step, begin),
                          b_step, y + begin);
    });
}
INSTANTIATE(binary)

template <class T>
void select(std::size_t n, const T* condition, Step condition_step, const T* a, Step a_step, const T* b,
            Step b_step, T* y) {
    parallel_for(n, usual_grain, [&](std::size_t begin, std::size_t end) {
        table<T>().select(end - begin, condition + offset(condition_step, begin), condition_step,
                          a + offset(a_step, begin), a_step, b + offset(b_step, begin), b_step, y + begin);
    });
}
INSTANTIATE(select)

template <class T>
void repeat_row(std::size_t rows, std::size_t n, const T* x, T* y) {
    table<T>().repeat_row(rows, n, x, y);
}
INSTANTIATE(repeat_row)

template <class T>
bool all_finite(std::size_t n, const T* x) {
    return table<T>().all_finite(n, x);
}
INSTANTIATE(all_finite)

template <class T>
double sum(std::size_t n, const T* x) {
    return sum_of_stretches(
        n, [=](std::size_t begin, std::size_t end) { return table<T>().sum(end - begin, x + begin); });
}
INSTANTIATE(sum)

template <class T>
double sum_of_squares(std::size_t n, const T* x, double center) {
    return table<T>().sum_of_squares(n, x, center);
}
INSTANTIATE(sum_of_squares)

template <class T>
double dot(std::size_t n, const T* a, const T* b) {
    return sum_of_stretches(n, [=](std::size_t begin, std::size_t end) {
        return table<T>().dot(end - begin, a + begin, b + begin);
    });
}
INSTANTIATE(dot)

template <class T>
void sum_rows(std::size_t rows, std::size_t n, const T* x, T* y, double scale) {
    if (n > usual_grain) {
        for (std::size_t row = 0; row < rows; ++row) y[row] = static_cast<T>(scale * sum(n, x + row * n));
    } else {
        parallel_for(rows, column_grain(n), [=](std::size_t begin, std::size_t end) {
            table<T>().sum_rows(end - begin, n, x + begin * n, y + begin, scale);
        });
    }
}
INSTANTIATE(sum_rows)

template <class T>
void sum_columns(std::size_t rows, std::size_t n, std::size_t stride, const T* x, T* y, double scale) {
    parallel_for(n, column_grain(rows), [=](std::size_t begin, std::size_t end) {
        table<T>().sum_columns(rows, end - begin, stride, x + begin, y + begin, scale);
    });
}
INSTANTIATE(sum_columns)

template <class T>
void reduce_rows(RowReduction op, std::size_t rows, std::size_t n, const T* x, T* y, double scale) {
    if (n > usual_grain && op == RowReduction::variance_sum) {
        for (std::size_t row = 0; row < rows; ++row, x += n) {
            const double mean = sum(n, x) / static_cast<double>(n);
            y[row] = static_cast<T>(scale * sum_of_stretches(n, [=](std::size_t begin, std::size_t end) {
                                        return table<T>().sum_of_squares(end - begin, x + begin, mean);
                                    }));
        }
    } else if (n > usual_grain && op != RowReduction::logsumexp) {
        const std::size_t whole = n / usual_grain;
        std::vector<T, RecyclingAllocator<T>> best(whole + 1);
        for (std::size_t row = 0; row < rows; ++row, x += n) {
            reduce_rows(op, whole, usual_grain, x, best.data());
            reduce_rows(op, 1, n % usual_grain, x + whole * usual_grain, &best[whole]);
            reduce_rows(op, 1, best.size(), best.data(), y + row);
        }
    } else {
        parallel_for(rows, column_grain(n), [=](std::size_t begin, std::size_t end) {
            table<T>().reduce_rows(op, end - begin, n, x + begin * n, y + begin, scale);
        });
    }
}
INSTANTIATE(reduce_rows)

template <class T>
void reduce_columns(RowReduction op, std::size_t rows, std::size_t n, std::size_t stride, const T* x, T* y) {
    parallel_for(n, column_grain(rows), [=](std::size_t begin, std::size_t end) {
        table<T>().reduce_columns(op, rows, end - begin, stride, x + begin, y + begin);
    });
}
INSTANTIATE(reduce_columns)

template <class T>
void window_maxima(std::size_t n, std::size_t stride, const T* x, std::size_t taps,
                   const std::int32_t* offsets, T* y, std::int32_t* positions) {
    table<T>().window_maxima(n, stride, x, taps, offsets, y, positions);
}
INSTANTIATE(window_maxima)

void sum_byte_columns(std::size_t rows, std::size_t n, const unsigned char* x, unsigned long long* sums,
                      unsigned long long* squares) {
    table<float>().sum_byte_columns(rows, n, x, sums, squares);
}

template <class T>
void softmax_rows(std::size_t rows, std::size_t n, const T* x, T* y) {
    parallel_for(rows, column_grain(n), [=](std::size_t begin, std::size_t end) {
        table<T>().softmax_rows(end - begin, n, x + begin * n, y + begin * n);
    });
}
INSTANTIATE(softmax_rows)

template <class T>
void log_softmax_rows(std::size_t rows, std::size_t n, const T* x, T* y) {
    parallel_for(rows, column_grain(n), [=](std::size_t begin, std::size_t end) {
        table<T>().log_softmax_rows(end - begin, n, x + begin * n, y + begin * n);
    });
}
INSTANTIATE(log_softmax_rows)

template <class T>
void softmax_gradient(std::size_t rows, std::size_t n, const T* dy, const T* y, T* dx) {
    parallel_for(rows, column_grain(n), [=](std::size_t begin, std::size_t end) {
        table<T>().softmax_gradient(end - begin, n, dy + begin * n, y + begin * n, dx + begin * n);
    });
}
INSTANTIATE(softmax_gradient)

template <class T>
void log_softmax_gradient(std::size_t rows, std::size_t n, const T* dy, const T* y, T* dx) {
    parallel_for(rows, column_grain(n), [=](std::size_t begin, std::size_t end) {
        table<T>().log_softmax_gradient(end - begin, n, dy + begin * n, y + begin * n, dx + begin * n);
    });
}
INSTANTIATE(log_softmax_gradient)

template <class T>
void logsumexp_rows(std::size_t rows, std::size_t n, const T* x, T* y) {
    parallel_for(rows, column_grain(n), [=](std::size_t begin, std::size_t end) {
        table<T>().logsumexp_rows(end - begin, n, x + begin * n, y + begin);
    });
}
INSTANTIATE(logsumexp_rows)

template <class T>
double cross_entropy(std::size_t rows, std::size_t n, const T* logits, const std::int32_t* labels,
                     T* gradient) {
    std::vector<double, RecyclingAllocator<double>> losses(rows);
    parallel_for(rows, column_grain(n), [&](std::size_t begin, std::size_t end) {
        table<T>().cross_entropy_rows(rows, end - begin, n, logits + begin * n, labels + begin,
                                      losses.data() + begin, from(gradient, begin * n));
    });
    return std::accumulate(losses.begin(), losses.end(), 0.0) / static_cast<double>(rows);
}
INSTANTIATE(cross_entropy)

template <class T>
void column_statistics(std::size_t rows, std::size_t n, std::size_t stride, const T* x, T* mean,
                       T* variance) {
    parallel_for(n, column_grain(rows), [=](std::size_t begin, std::size_t end) {
        table<T>().column_statistics(rows, end - begin, stride, x + begin, mean + begin, variance + begin);
    });
}
INSTANTIATE(column_statistics)

template <class T>
void batch_norm(std::size_t rows, std::size_t n, const T* x, const T* mean, const T* inverse_deviation,
                const T* gamma, const T* beta, T* y) {
    parallel_for(rows, column_grain(n), [=](std::size_t begin, std::size_t end) {
        table<T>().batch_norm(end - begin, n, x + begin * n, mean, inverse_deviation, gamma, beta,
                              y + begin * n);
    });
}
INSTANTIATE(batch_norm)

template <class T>
void batch_norm_gradients(std::size_t rows, std::size_t n, std::size_t stride, const T* x, const T* mean,
                          const T* inverse_deviation, const T* gamma, const T* dy, T* dx, T* dgamma,
                          T* dbeta) {
    parallel_for(n, column_grain(rows), [=](std::size_t begin, std::size_t end) {
        table<T>().batch_norm_gradients(rows, end - begin, stride, x + begin, mean + begin,
                                        inverse_deviation + begin, from(gamma, begin), dy + begin,
                                        from(dx, begin), dgamma + begin, dbeta + begin);
    });
}
INSTANTIATE(batch_norm_gradients)

// Channels are shared between threads: what a channel has is in the cache when it is read again.
template <class F>
void for_each_channel(std::size_t batch, std::size_t channels, std::size_t plane, F f) {
    parallel_for(channels, column_grain(batch * plane), [=](std::size_t begin, std::size_t end) {
        for (std::size_t channel = begin; channel < end; ++channel) f(channel, channel * plane);
    });
}

template <class T>
void channel_norm(std::size_t batch, std::size_t channels, std::size_t plane, const T* x, double epsilon,
                  const T* gamma, const T* beta, Activation activation, T* y, T* mean, T* variance,
                  T* inverse_deviation) {
    for_each_channel(batch, channels, plane, [=](std::size_t c, std::size_t first) {
        table<T>().channel_norm(batch, plane, channels * plane, x + first, epsilon, gamma ? gamma[c] : T{1},
                                beta ? beta[c] : T{0}, activation, y + first, mean + c, variance + c,
                                inverse_deviation + c);
    });
}
INSTANTIATE(channel_norm)

template <class T>
void channel_norm_gradients(std::size_t batch, std::size_t channels, std::size_t plane, const T* x,
                            const T* mean, const T* inverse_deviation, const T* gamma, const T* beta,
                            Activation activation, const T* dy, T* dx, T* dgamma, T* dbeta) {
    const auto count = static_cast<double>(batch * plane);
    for_each_channel(batch, channels, plane, [=](std::size_t c, std::size_t first) {
        const T slope = gamma ? gamma[c] : T{1}, shift = beta ? beta[c] : T{0};
        const auto [sum, product] =
            table<T>().channel_gradient_sums(batch, plane, channels * plane, x + first, mean[c],
                                             inverse_deviation[c], slope, shift, activation, dy + first);
        dbeta[c] = static_cast<T>(sum);
        dgamma[c] = static_cast<T>(product);
        if (dx)
            table<T>().channel_gradient(batch, plane, channels * plane, x + first, mean[c],
                                        inverse_deviation[c], slope, shift, activation, dy + first,
                                        static_cast<T>(sum / count), static_cast<T>(product / count),
                                        dx + first);
    });
}
INSTANTIATE(channel_norm_gradients)

template <class T>
void channel_sums(std::size_t batch, std::size_t channels, std::size_t plane, const T* x, double* sums) {
    if (plane == 1) return table<T>().column_sums(batch, channels, channels, x, sums);
    for_each_channel(batch, channels, plane, [=](std::size_t c, std::size_t first) {
        sums[c] = table<T>().channel_sum(batch, plane, channels * plane, x + first);
    });
}
INSTANTIATE(channel_sums)

template <class T>
void channel_square_sums(std::size_t batch, std::size_t channels, std::size_t plane, const T* x,
                         const double* means, double* sums) {
    if (plane == 1) return table<T>().column_squares(batch, channels, channels, x, means, sums);
    for_each_channel(batch, channels, plane, [=](std::size_t c, std::size_t first) {
        sums[c] = table<T>().channel_squares(batch, plane, channels * plane, x + first, means[c]);
    });
}
INSTANTIATE(channel_square_sums)

template <class T>
void channel_scale(std::size_t batch, std::size_t channels, std::size_t plane, const T* x, const T* mean,
                   const T* inverse_deviation, const T* gamma, const T* beta, Activation activation, T* y) {
    if (plane == 1 && activation == Activation::none)
        return batch_norm(batch, channels, x, mean, inverse_deviation, gamma, beta, y);
    for_each_channel(batch, channels, plane, [=](std::size_t c, std::size_t first) {
        table<T>().channel_scale(batch, plane, channels * plane, x + first, mean[c], inverse_deviation[c],
                                 gamma ? gamma[c] : T{1}, beta ? beta[c] : T{0}, activation, y + first);
    });
}
INSTANTIATE(channel_scale)

template <class T>
void channel_gradient_sums(std::size_t batch, std::size_t channels, std::size_t plane, const T* x,
                           const T* mean, const T* inverse_deviation, const T* gamma, const T* beta,
                           Activation activation, const T* dy, double* sums, double* products) {
    if (plane == 1 && activation == Activation::none)
        return table<T>().column_gradient_sums(batch, channels, channels, x, mean, inverse_deviation, dy,
                                               sums, products);
    for_each_channel(batch, channels, plane, [=](std::size_t c, std::size_t first) {
        const auto [sum, product] = table<T>().channel_gradient_sums(
            batch, plane, channels * plane, x + first, mean[c], inverse_deviation[c], gamma ? gamma[c] : T{1},
            beta ? beta[c] : T{0}, activation, dy + first);
        sums[c] = sum;
        products[c] = product;
    });
}
INSTANTIATE(channel_gradient_sums)

template <class T>
void channel_gradient(std::size_t batch, std::size_t channels, std::size_t plane, const T* x, const T* mean,
                      const T* inverse_deviation, const T* gamma, const T* beta, Activation activation,
                      const T* dy, const T* mean_dy, const T* mean_product, T* dx) {
    if (plane == 1 && activation == Activation::none)
        return table<T>().column_gradient(batch, channels, channels, x, mean, inverse_deviation, gamma, dy,
                                          mean_dy, mean_product, dx);
    for_each_channel(batch, channels, plane, [=](std::size_t c, std::size_t first) {
        table<T>().channel_gradient(batch, plane, channels * plane, x + first, mean[c], inverse_deviation[c],
                                    gamma ? gamma[c] : T{1}, beta ? beta[c] : T{0}, activation, dy + first,
                                    mean_dy[c], mean_product[c], dx + first);
    });
}
INSTANTIATE(channel_gradient)

template <class T>
void layer_norm(std::size_t rows, std::size_t n, const T* x, double epsilon, const T* gamma, const T* beta,
                T* y, T* mean, T* inverse_deviation) {
    parallel_for(rows, column_grain(n), [&](std::size_t begin, std::size_t end) {
        table<T>().layer_norm(end - begin, n, x + begin * n, epsilon, gamma, beta, y + begin * n,
                              from(mean, begin), inverse_deviation + begin);
    });
}
INSTANTIATE(layer_norm)

template <class T>
void layer_norm_gradient(std::size_t rows, std::size_t n, const T* x, const T* mean,
                         const T* inverse_deviation, const T* gamma, const T* dy, T* dx) {
    parallel_for(rows, column_grain(n), [&](std::size_t begin, std::size_t end) {
        table<T>().layer_norm_gradient(end - begin, n, x + begin * n, from(mean, begin),
                                       inverse_deviation + begin, gamma, dy + begin * n, dx + begin * n);
    });
}
INSTANTIATE(layer_norm_gradient)

template <class T>
void layer_norm_parameter_gradients(std::size_t rows, std::size_t n, std::size_t stride, const T* x,
                                    const T* mean, const T* inverse_deviation, const T* dy, T* dgamma,
                                    T* dbeta) {
    parallel_for(n, column_grain(rows), [=](std::size_t begin, std::size_t end) {
        table<T>().layer_norm_parameter_gradients(rows, end - begin, stride, x + begin, mean,
                                                  inverse_deviation, dy + begin, from(dgamma, begin),
                                                  from(dbeta, begin));
    });
}
INSTANTIATE(layer_norm_parameter_gradients)

template <class T>
void sgd_update(std::size_t rows, std::size_t n, std::size_t stride, const SgdStep<T>& step,
                const T* gradient, T* velocity, T* w) {
    parallel_for(n, column_grain(rows), [&](std::size_t begin, std::size_t end) {
        table<T>().sgd_update(rows, end - begin, stride, step, gradient + begin, from(velocity, begin),
                              w + begin);
    });
}
INSTANTIATE(sgd_update)

template <class S, class T>
void update(std::size_t rows, std::size_t n, std::size_t stride, const S& step, const T* gradient,
            const std::array<T*, S::states>& state, T* w) {
    parallel_for(n, column_grain(rows), [&](std::size_t begin, std::size_t end) {
        std::array<T*, S::states> part = state;
        for (T*& array : part) array += begin;
        std::get<Update<S, T>>(table<T>().updates)(rows, end - begin, stride, step, gradient + begin, part,
                                                   w + begin);
    });
}
#define INSTANTIATE_UPDATE(T, ...)                                                            \
    template void update(std::size_t, std::size_t, std::size_t, const __VA_ARGS__&, const T*, \
                         const std::array<T*, __VA_ARGS__::states>&, T*);
#define INSTANTIATE_UPDATES(T)                      \
    INSTANTIATE_UPDATE(T, AdamStep<T>)              \
    INSTANTIATE_UPDATE(T, NAdamStep<T>)             \
    INSTANTIATE_UPDATE(T, RmsStep<T, false, false>) \
    INSTANTIATE_UPDATE(T, RmsStep<T, false, true>)  \
    INSTANTIATE_UPDATE(T, RmsStep<T, true, false>)  \
    INSTANTIATE_UPDATE(T, RmsStep<T, true, true>)   \
    INSTANTIATE_UPDATE(T, AdagradStep<T>)           \
    INSTANTIATE_UPDATE(T, LionStep<T>)              \
    INSTANTIATE_UPDATE(T, MoveStep<T>)
INSTANTIATE_UPDATES(float)
INSTANTIATE_UPDATES(double)

template <class T>
void scale_bytes(std::size_t rows, std::size_t n, std::size_t stride, const unsigned char* images,
                 const std::size_t* rows_of_batch, const T* scale, const T* shift, T* y) {
    parallel_for(n, column_grain(rows), [&](std::size_t begin, std::size_t end) {
        table<T>().scale_bytes(rows, end - begin, stride, images + begin, rows_of_batch, scale + begin,
                               shift + begin, y + begin);
    });
}
INSTANTIATE(scale_bytes)

template <class T>
void dot_product_gemm(std::size_t m, std::size_t n, std::size_t k, const T* a, std::size_t lda, const T* b,
                      std::size_t ldb, bool accumulate, T* c, std::size_t ldc) {
    table<T>().dot_product_gemm(m, n, k, a, lda, b, ldb, accumulate, c, ldc);
}
INSTANTIATE(dot_product_gemm)

template <class T>
void outer_product_gemm(std::size_t m, std::size_t n, std::size_t k, const T* a, Strides a_strides,
                        const T* b, Strides b_strides, bool accumulate, T* c, std::size_t ldc) {
    table<T>().outer_product_gemm(m, n, k, a, a_strides, b, b_strides, accumulate, c, ldc);
}
INSTANTIATE(outer_product_gemm)

template <class T>
void sum_outer_products(std::size_t m, std::size_t n, std::size_t count, const OuterProduct<T>* pairs, T* c) {
    if (m == 0 || n == 0) return;
    std::size_t rows = 0;
    for (std::size_t i = 0; i < count; ++i) rows += pairs[i].k;
    parallel_for(
        n, column_grain(m * std::max<std::size_t>(1, rows)), [=](std::size_t begin, std::size_t end) {
            std::vector<OuterProduct<T>, RecyclingAllocator<OuterProduct<T>>> parts(pairs, pairs + count);
            for (OuterProduct<T>& part : parts)
                if (part.k > 0) part.b += begin;
            table<T>().sum_outer_products(m, m, end - begin, n, count, parts.data(), c + begin);
        });
}
INSTANTIATE(sum_outer_products)

template <class T>
void implicit_gemm(std::size_t m, const std::ptrdiff_t* rows, std::size_t k, const std::ptrdiff_t* steps,
                   const T* x, const T* panel, std::size_t n, bool accumulate, T* c) {
    table<T>().implicit_gemm(m, rows, k, steps, x, panel, n, accumulate, c);
}
INSTANTIATE(implicit_gemm)

template <class T>
void copy_rows(std::size_t m, std::size_t n, const T* x, std::size_t ldx, T* y, std::size_t ldy) {
    table<T>().copy_rows(m, n, x, ldx, y, ldy);
}
INSTANTIATE(copy_rows)

template <class T>
void transpose_matrix(std::size_t m, std::size_t n, const T* x, std::size_t ldx, T* y, std::size_t ldy) {
    table<T>().transpose_matrix(m, n, x, ldx, y, ldy);
}
INSTANTIATE(transpose_matrix)

template <class T>
void narrow_correlation(std::size_t n, std::size_t out, std::size_t k, const std::ptrdiff_t* steps,
                        const T* x, const T* w, T* y) {
    table<T>().narrow_correlation(n, out, k, steps, x, w, y);
}
INSTANTIATE(narrow_correlation)

template <class T>
void winograd_filters(std::size_t n, const T* w, T* u, std::size_t ldu) {
    table<T>().winograd_filters(n, w, u, ldu);
}
INSTANTIATE(winograd_filters)

template <class T>
void winograd_elements(std::size_t tiles, std::size_t n, const T* x, std::size_t ldx, T* v, std::size_t ldv) {
    table<T>().winograd_elements(tiles, n, x, ldx, v, ldv);
}
INSTANTIATE(winograd_elements)

template <class T>
void winograd_results(std::size_t tiles, std::size_t n, const T* m, std::size_t ldm, const T* bias, T* y,
                      std::size_t ldy) {
    table<T>().winograd_results(tiles, n, m, ldm, bias, y, ldy);
}
INSTANTIATE(winograd_results)

template <class T>
void winograd_result_gradients(std::size_t tiles, std::size_t n, const T* dy, std::size_t ldy, T* d,
                               std::size_t ldd) {
    table<T>().winograd_result_gradients(tiles, n, dy, ldy, d, ldd);
}
INSTANTIATE(winograd_result_gradients)

template <class T>
void winograd_filter_gradients(std::size_t n, const T* m, std::size_t ldm, T* dw) {
    table<T>().winograd_filter_gradients(n, m, ldm, dw);
}
INSTANTIATE(winograd_filter_gradients)

}  // namespace xgrad::kernels
