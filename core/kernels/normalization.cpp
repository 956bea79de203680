#include <xgrad/core/kernels/normalization.hpp>

#include <array>
#include <cmath>
#include <initializer_list>
#include <limits>

#include <xgrad/core/kernels/simd.hpp>
#include <xgrad/core/kernels/table.hpp>

namespace xgrad::kernels::XGRAD_ISA {
namespace {

constexpr std::size_t largest_block = 32;  // columns whose sums stay in registers

// Brings a channel of the next image into the cache: it is too far from that of this one for the processor to
// guess.
template <class T>
void prefetch(std::size_t image, std::size_t batch, std::size_t plane, std::size_t stride,
              std::initializer_list<const T*> arrays) {
    constexpr std::size_t line = 64 / sizeof(T);
    if (image + 1 == batch) return;
    for (const T* x : arrays)
        for (std::size_t i = 0; i < plane; i += line) __builtin_prefetch(x + (image + 1) * stride + i, 0, 2);
}

// The sums over a channel of the two numbers f(i), where i is the position of an element: as
// sum_over_channel().
template <class F, class T>
std::array<double, 2> sums_over_channel(std::size_t batch, std::size_t plane, std::size_t stride, F f,
                                        const T* x, const T* dy) {
    constexpr std::size_t lanes = 16;
    double first[lanes] = {}, second[lanes] = {};
    for (std::size_t image = 0; image < batch; ++image) {
        std::size_t i = image * stride;
        const std::size_t end = i + plane;
        prefetch<T>(image, batch, plane, stride, {x, dy});
        for (; i + lanes <= end; i += lanes)
            for (std::size_t lane = 0; lane < lanes; ++lane) {
                const auto [a, b] = f(i + lane);
                first[lane] += a;
                second[lane] += b;
            }
        for (std::size_t lane = 0; i < end; ++i, ++lane) {
            const auto [a, b] = f(i);
            first[lane] += a;
            second[lane] += b;
        }
    }
    const auto sum = [](const double* partial) {
        return accumulate(lanes, [=](std::size_t lane) { return partial[lane]; });
    };
    return {sum(first), sum(second)};
}

// The sum over a channel of f(i), where i is the position of an element; `stride` is from one image to the
// next.
template <class F, class T>
double sum_over_channel(std::size_t batch, std::size_t plane, std::size_t stride, F f, const T* x) {
    double sum = 0;
    for (std::size_t image = 0; image < batch; ++image) {
        prefetch<T>(image, batch, plane, stride, {x});
        sum += accumulate(plane, [=, first = image * stride](std::size_t i) { return f(first + i); });
    }
    return sum;
}

// Adds the sums of some neighbouring columns.
template <std::size_t block, class T>
void sums_of_block(std::size_t rows, std::size_t stride, const T* x, double* sums) {
    for (std::size_t row = 0; row < rows; ++row)
        for (std::size_t j = 0; j < block; ++j) sums[j] += static_cast<double>(x[row * stride + j]);
}

// Adds those of the squares of x - mean.
template <std::size_t block, class T>
void squares_of_block(std::size_t rows, std::size_t stride, const T* x, const double* means,
                      double* squares) {
    for (std::size_t row = 0; row < rows; ++row)
        for (std::size_t j = 0; j < block; ++j) {
            const double difference = static_cast<double>(x[row * stride + j]) - means[j];
            squares[j] += difference * difference;
        }
}

// Adds those of dy and of dy xhat.
template <std::size_t block, class T>
void gradient_sums_of_block(std::size_t rows, std::size_t stride, const T* x, const T* center,
                            const T* inverse, const T* dy, double* sums, double* products) {
    for (std::size_t row = 0; row < rows; ++row)
        for (std::size_t j = 0; j < block; ++j) {
            const std::size_t i = row * stride + j;
            sums[j] += static_cast<double>(dy[i]);
            products[j] += static_cast<double>(dy[i]) * static_cast<double>((x[i] - center[j]) * inverse[j]);
        }
}

// Their gradient with respect to x, of the means of dy and of dy xhat.
template <std::size_t block, class T>
void gradient_of_block(std::size_t rows, std::size_t stride, const T* x, const T* center, const T* inverse,
                       const T* gamma, const T* dy, const T* mean_dy, const T* mean_product, T* dx) {
    T scale[block];
    for (std::size_t j = 0; j < block; ++j) scale[j] = gamma ? gamma[j] * inverse[j] : inverse[j];
    for (std::size_t row = 0; row < rows; ++row)
        for (std::size_t j = 0; j < block; ++j) {
            const std::size_t i = row * stride + j;
            const T normalized = (x[i] - center[j]) * inverse[j];
            dx[i] = scale[j] * (dy[i] - mean_dy[j] - normalized * mean_product[j]);
        }
}

}  // namespace

template <class T>
void column_statistics(std::size_t rows, std::size_t n, std::size_t stride, const T* x, T* mean,
                       T* variance) {
    const double count = static_cast<double>(rows);
    for_each_column_block<largest_block>(n, [=](std::size_t first, auto block) {
        double means[block] = {}, squares[block] = {};
        sums_of_block<block>(rows, stride, x + first, means);
        for (double& sum : means) sum /= count;
        squares_of_block<block>(rows, stride, x + first, means, squares);
        for (std::size_t j = 0; j < block; ++j) {
            mean[first + j] = static_cast<T>(means[j]);
            variance[first + j] = static_cast<T>(squares[j] / count);
        }
    });
}

template <class T>
void column_sums(std::size_t rows, std::size_t n, std::size_t stride, const T* x, double* sums) {
    for_each_column_block<largest_block>(n, [=](std::size_t first, auto block) {
        double partial[block] = {};
        sums_of_block<block>(rows, stride, x + first, partial);
        for (std::size_t j = 0; j < block; ++j) sums[first + j] = partial[j];
    });
}

template <class T>
void column_squares(std::size_t rows, std::size_t n, std::size_t stride, const T* x, const double* means,
                    double* sums) {
    for_each_column_block<largest_block>(n, [=](std::size_t first, auto block) {
        double partial[block] = {};
        squares_of_block<block>(rows, stride, x + first, means + first, partial);
        for (std::size_t j = 0; j < block; ++j) sums[first + j] = partial[j];
    });
}

template <class T>
void batch_norm(std::size_t rows, std::size_t n, const T* x, const T* mean, const T* inverse_deviation,
                const T* gamma, const T* beta, T* y) {
    for_each_column_block<largest_block>(n, [=](std::size_t first, auto block) {
        T center[block], scale[block], slope[block], shift[block];
        for (std::size_t j = 0; j < block; ++j) {
            center[j] = mean[first + j];
            scale[j] = inverse_deviation[first + j];
            slope[j] = T{1};
            shift[j] = T{0};
        }
        for (std::size_t j = 0; j < block && gamma; ++j) {
            slope[j] = gamma[first + j];
            shift[j] = beta[first + j];
        }
        for (std::size_t row = 0; row < rows; ++row)
            for (std::size_t j = 0; j < block; ++j) {
                const std::size_t i = row * n + first + j;
                y[i] = slope[j] * ((x[i] - center[j]) * scale[j]) + shift[j];
            }
    });
}

template <class T>
void batch_norm_gradients(std::size_t rows, std::size_t n, std::size_t stride, const T* x, const T* mean,
                          const T* inverse_deviation, const T* gamma, const T* dy, T* dx, T* dgamma,
                          T* dbeta) {
    for_each_column_block<largest_block>(n, [=](std::size_t first, auto block) {
        T center[block], inverse[block], mean_dy[block], mean_product[block];
        double sums[block] = {}, products[block] = {};
        for (std::size_t j = 0; j < block; ++j) {
            center[j] = mean[first + j];
            inverse[j] = inverse_deviation[first + j];
        }
        gradient_sums_of_block<block>(rows, stride, x + first, center, inverse, dy + first, sums, products);
        for (std::size_t j = 0; j < block; ++j) {
            dbeta[first + j] = static_cast<T>(sums[j]);
            dgamma[first + j] = static_cast<T>(products[j]);
            mean_dy[j] = static_cast<T>(sums[j] / static_cast<double>(rows));
            mean_product[j] = static_cast<T>(products[j] / static_cast<double>(rows));
        }
        if (dx)
            gradient_of_block<block>(rows, stride, x + first, center, inverse,
                                     gamma ? gamma + first : nullptr, dy + first, mean_dy, mean_product,
                                     dx + first);
    });
}

template <class T>
void column_gradient_sums(std::size_t rows, std::size_t n, std::size_t stride, const T* x, const T* mean,
                          const T* inverse_deviation, const T* dy, double* sums, double* products) {
    for_each_column_block<largest_block>(n, [=](std::size_t first, auto block) {
        double partial[block] = {}, partial_products[block] = {};
        gradient_sums_of_block<block>(rows, stride, x + first, mean + first, inverse_deviation + first,
                                      dy + first, partial, partial_products);
        for (std::size_t j = 0; j < block; ++j) {
            sums[first + j] = partial[j];
            products[first + j] = partial_products[j];
        }
    });
}

template <class T>
void column_gradient(std::size_t rows, std::size_t n, std::size_t stride, const T* x, const T* mean,
                     const T* inverse_deviation, const T* gamma, const T* dy, const T* mean_dy,
                     const T* mean_product, T* dx) {
    for_each_column_block<largest_block>(n, [=](std::size_t first, auto block) {
        gradient_of_block<block>(rows, stride, x + first, mean + first, inverse_deviation + first,
                                 gamma ? gamma + first : nullptr, dy + first, mean_dy + first,
                                 mean_product + first, dx + first);
    });
}

template <class T>
void channel_scale(std::size_t batch, std::size_t plane, std::size_t stride, const T* x, T mean,
                   T inverse_deviation, T gamma, T beta, Activation activation, T* y) {
    const T least = activation == Activation::relu ? T{0} : -std::numeric_limits<T>::infinity();
    for (std::size_t image = 0; image < batch; ++image) {
        prefetch<T>(image, batch, plane, stride, {y});
        for (std::size_t i = image * stride; i < image * stride + plane; ++i) {
            const T result = gamma * ((x[i] - mean) * inverse_deviation) + beta;
            y[i] = result < least ? least : result;
        }
    }
}

template <class T>
double channel_sum(std::size_t batch, std::size_t plane, std::size_t stride, const T* x) {
    return sum_over_channel(
        batch, plane, stride, [=](std::size_t i) { return static_cast<double>(x[i]); }, x);
}

template <class T>
double channel_squares(std::size_t batch, std::size_t plane, std::size_t stride, const T* x, double mean) {
    return sum_over_channel(
        batch, plane, stride,
        [=](std::size_t i) {
            const double difference = static_cast<double>(x[i]) - mean;
            return difference * difference;
        },
        x);
}

template <class T>
void channel_norm(std::size_t batch, std::size_t plane, std::size_t stride, const T* x, double epsilon,
                  T gamma, T beta, Activation activation, T* y, T* mean, T* variance, T* inverse_deviation) {
    const double count = static_cast<double>(batch * plane);
    const double center = XGRAD_ISA::channel_sum(batch, plane, stride, x) / count;
    *mean = static_cast<T>(center);
    *variance = static_cast<T>(XGRAD_ISA::channel_squares(batch, plane, stride, x, center) / count);
    *inverse_deviation = static_cast<T>(1 / std::sqrt(static_cast<double>(*variance) + epsilon));
    XGRAD_ISA::channel_scale(batch, plane, stride, x, *mean, *inverse_deviation, gamma, beta, activation, y);
}

namespace {

// Calls f(normalized, arrived), which are functions of an element's position: the normalized element, and its
// gradient before the activation.
template <class T, class F>
void with_gradients(const T* x, T mean, T inverse_deviation, T gamma, T beta, Activation activation,
                    const T* dy, F f) {
    const auto normalized = [=](std::size_t i) { return (x[i] - mean) * inverse_deviation; };
    if (activation == Activation::none)
        f(normalized, [=](std::size_t i) { return dy[i]; });
    else
        f(normalized, [=](std::size_t i) { return gamma * normalized(i) + beta <= 0 ? T{0} : dy[i]; });
}

}  // namespace

template <class T>
ChannelGradientSums channel_gradient_sums(std::size_t batch, std::size_t plane, std::size_t stride,
                                          const T* x, T mean, T inverse_deviation, T gamma, T beta,
                                          Activation activation, const T* dy) {
    ChannelGradientSums sums{};
    with_gradients(x, mean, inverse_deviation, gamma, beta, activation, dy,
                   [&](auto normalized, auto arrived) {
                       const auto both = [=](std::size_t i) {
                           const auto gradient = static_cast<double>(arrived(i));
                           return std::array{gradient, gradient * static_cast<double>(normalized(i))};
                       };
                       const auto [sum, product] = sums_over_channel(batch, plane, stride, both, x, dy);
                       sums = {sum, product};
                   });
    return sums;
}

template <class T>
void channel_gradient(std::size_t batch, std::size_t plane, std::size_t stride, const T* x, T mean,
                      T inverse_deviation, T gamma, T beta, Activation activation, const T* dy, T mean_dy,
                      T mean_product, T* dx) {
    const T scale = gamma * inverse_deviation;
    with_gradients(x, mean, inverse_deviation, gamma, beta, activation, dy,
                   [=](auto normalized, auto arrived) {
                       for (std::size_t image = 0; image < batch; ++image) {
                           prefetch<T>(image, batch, plane, stride, {dx});
                           for (std::size_t i = image * stride; i < image * stride + plane; ++i)
                               dx[i] = scale * (arrived(i) - mean_dy - normalized(i) * mean_product);
                       }
                   });
}

template <class T>
void layer_norm(std::size_t rows, std::size_t n, const T* x, double epsilon, const T* gamma, const T* beta,
                T* y, T* mean, T* inverse_deviation) {
    const double count = static_cast<double>(n);
    for (std::size_t row = 0; row < rows; ++row, x += n, y += n) {
        double center = 0;
        if (mean) {
            center = accumulate(n, [=](std::size_t i) { return static_cast<double>(x[i]); }) / count;
            mean[row] = static_cast<T>(center);
        }
        const double squares = accumulate(n, [=](std::size_t i) {
            const double difference = static_cast<double>(x[i]) - center;
            return difference * difference;
        });
        const T shift = static_cast<T>(center),
                scale = static_cast<T>(1 / std::sqrt(squares / count + epsilon));
        inverse_deviation[row] = scale;
        if (gamma && beta)
            for (std::size_t i = 0; i < n; ++i) y[i] = gamma[i] * ((x[i] - shift) * scale) + beta[i];
        else if (gamma)
            for (std::size_t i = 0; i < n; ++i) y[i] = gamma[i] * ((x[i] - shift) * scale);
        else
            for (std::size_t i = 0; i < n; ++i) y[i] = (x[i] - shift) * scale;
    }
}

template <class T>
void layer_norm_gradient(std::size_t rows, std::size_t n, const T* x, const T* mean,
                         const T* inverse_deviation, const T* gamma, const T* dy, T* dx) {
    const double count = static_cast<double>(n);
    for (std::size_t row = 0; row < rows; ++row, x += n, dy += n, dx += n) {
        const T shift = mean ? mean[row] : T{0}, scale = inverse_deviation[row];
        const auto normalized = [=](std::size_t i) { return (x[i] - shift) * scale; };
        // The gradient of the normalized row; written to dx so that gamma is tested once.
        if (gamma)
            for (std::size_t i = 0; i < n; ++i) dx[i] = gamma[i] * dy[i];
        else
            for (std::size_t i = 0; i < n; ++i) dx[i] = dy[i];
        const double sum =
            mean ? accumulate(n, [=](std::size_t i) { return static_cast<double>(dx[i]); }) : 0;
        const double product = accumulate(n, [=](std::size_t i) {
            return static_cast<double>(dx[i]) * static_cast<double>(normalized(i));
        });
        const T mean_g = static_cast<T>(sum / count), mean_product = static_cast<T>(product / count);
        for (std::size_t i = 0; i < n; ++i) dx[i] = scale * (dx[i] - mean_g - normalized(i) * mean_product);
    }
}

template <class T>
void layer_norm_parameter_gradients(std::size_t rows, std::size_t n, std::size_t stride, const T* x,
                                    const T* mean, const T* inverse_deviation, const T* dy, T* dgamma,
                                    T* dbeta) {
    for_each_column_block<64>(n, [=](std::size_t first, auto block) {
        double sums[block] = {}, products[block] = {};
        for (std::size_t row = 0; row < rows; ++row) {
            const T shift = mean ? mean[row] : T{0}, scale = inverse_deviation[row];
            for (std::size_t j = 0; j < block; ++j) {
                const std::size_t i = row * stride + first + j;
                sums[j] += static_cast<double>(dy[i]);
                products[j] += static_cast<double>(dy[i]) * static_cast<double>((x[i] - shift) * scale);
            }
        }
        for (std::size_t j = 0; j < block; ++j) {
            if (dgamma) dgamma[first + j] = static_cast<T>(products[j]);
            if (dbeta) dbeta[first + j] = static_cast<T>(sums[j]);
        }
    });
}

template <class T>
void add_normalization(Table<T>& table) {
    table.layer_norm = layer_norm<T>;
    table.layer_norm_gradient = layer_norm_gradient<T>;
    table.layer_norm_parameter_gradients = layer_norm_parameter_gradients<T>;
    table.column_statistics = column_statistics<T>;
    table.batch_norm = batch_norm<T>;
    table.column_sums = column_sums<T>;
    table.column_squares = column_squares<T>;
    table.batch_norm_gradients = batch_norm_gradients<T>;
    table.column_gradient_sums = column_gradient_sums<T>;
    table.column_gradient = column_gradient<T>;
    table.channel_norm = channel_norm<T>;
    table.channel_sum = channel_sum<T>;
    table.channel_squares = channel_squares<T>;
    table.channel_scale = channel_scale<T>;
    table.channel_gradient_sums = channel_gradient_sums<T>;
    table.channel_gradient = channel_gradient<T>;
}
template void add_normalization(Table<float>&);
template void add_normalization(Table<double>&);

}  // namespace xgrad::kernels::XGRAD_ISA
