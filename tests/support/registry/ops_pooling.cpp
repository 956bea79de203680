#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "support/registry/op_registry.hpp"

// Pooling of images and of signals, and upsampling.
namespace xgrad::registry {
namespace {

// A window that moves along one axis.
struct Along {
    std::size_t n, window, stride, padding = 0, dilation = 1;
    bool ceil_mode = false;

    std::size_t span() const { return dilation * (window - 1) + 1; }
    // Windows that fit, or, with ceil_mode, those that begin within the image or before.
    std::size_t count() const {
        std::size_t count = 0;
        while (ceil_mode ? count * stride + span() < n + 2 * padding + stride &&
                               (count == 0 || count * stride < n + padding)
                         : count * stride + span() <= n + 2 * padding)
            ++count;
        return count;
    }
    // Whether position `at` of the image is in a window.
    bool has(std::size_t window_number, std::size_t at) const {
        const std::size_t first = window_number * stride, padded = at + padding;
        return padded >= first && padded < first + span() && (padded - first) % dilation == 0;
    }
    // The elements of a window with those of the padding.
    std::size_t size(std::size_t window_number) const {
        return std::min(window_number * stride + span(), n + 2 * padding) - window_number * stride;
    }
};

// A call, of signals if `rows` has one element and window.
struct Case {
    std::size_t batch, channels;
    Along rows, columns;
    bool count_zeros = true;  // of a mean

    bool is_signal() const { return rows.n == 1 && rows.window == 1 && rows.padding == 0; }
    Shape shape(std::size_t i, std::size_t j, bool signals) const {
        return signals ? Shape{batch, channels, j} : Shape{batch, channels, i, j};
    }
    std::string label() const {
        return fmt::format("{}x{} by {}x{}, stride {}x{}, padding {}x{}, dilation {}x{}{}{}", rows.n,
                           columns.n, rows.window, columns.window, rows.stride, columns.stride, rows.padding,
                           columns.padding, rows.dilation, columns.dilation, rows.ceil_mode ? ", ceil" : "",
                           count_zeros ? "" : ", without zeros");
    }
};

const std::vector<Case>& cases() {
    static const std::vector<Case> all{
        {2, 2, {4, 2, 2}, {6, 3, 3}},
        {1, 1, {1, 1, 1}, {1, 1, 1}},
        {1, 2, {5, 3, 2, 1}, {4, 2, 1}},
        {1, 2, {5, 3, 2, 1}, {4, 2, 1, 1}, false},
        {1, 1, {5, 2, 2, 0, 1, true}, {6, 3, 2, 1, 1, true}},
        {1, 1, {5, 2, 2, 1, 1, true}, {7, 3, 3, 1, 1, true}, false},
        {1, 1, {4, 1, 3}, {5, 1, 2}},  // elements in no window
        {0, 2, {3, 2, 1}, {3, 2, 1}},
        {2, 2, {1, 1, 1}, {6, 2, 2}},
        {1, 2, {1, 1, 1}, {5, 3, 2, 1}},
        {1, 1, {1, 1, 1}, {5, 2, 2, 1, 1, true}, false},
        {0, 1, {1, 1, 1}, {3, 1, 1}},
    };
    return all;
}
const std::vector<Case>& dilated_cases() {
    static const std::vector<Case> all{
        {1, 2, {5, 2, 1, 0, 3}, {6, 3, 2, 1, 2}},
        {2, 1, {1, 1, 1}, {7, 2, 2, 1, 2}},
        {1, 1, {6, 2, 2, 1, 2, true}, {5, 2, 2, 1, 3, true}},
    };
    return all;
}
const std::vector<Case>& large_cases() {
    static const std::vector<Case> all{{9, 31, {19, 3, 2, 1}, {17, 2, 2}},
                                       {5, 67, {1, 1, 1}, {331, 3, 2, 1}}};
    return all;
}

double value(const Tensor<double>& x, const Case& c, const Index& at, std::size_t i, std::size_t j) {
    return x.value().data()[((at[0] * c.channels + at[1]) * c.rows.n + i) * c.columns.n + j];
}
std::size_t row_of(const Index& at) { return at.size() == 3 ? 0 : at[2]; }

template <class F>
void for_window(const Case& c, const Index& at, F f) {
    for (std::size_t i = 0; i < c.rows.n; ++i)
        for (std::size_t j = 0; j < c.columns.n; ++j)
            if (c.rows.has(row_of(at), i) && c.columns.has(at.back(), j)) f(i, j);
}

double naive_max(const Case& c, const Index& at, const Tensors<double>& in) {
    double most = -INFINITY;
    for_window(c, at,
               [&](std::size_t i, std::size_t j) { most = std::max(most, value(in[0], c, at, i, j)); });
    return most;
}

double naive_mean(const Case& c, const Index& at, const Tensors<double>& in) {
    double sum = 0, count = 0;
    for_window(c, at, [&](std::size_t i, std::size_t j) {
        sum += value(in[0], c, at, i, j);
        ++count;
    });
    return sum /
           (c.count_zeros ? static_cast<double>(c.rows.size(row_of(at)) * c.columns.size(at.back())) : count);
}

template <class Call, class Reference>
Sample sample_of(const Case& c, bool signals, Call call, Reference reference) {
    return sample(
        c.label(), {distinct(c.shape(c.rows.n, c.columns.n, signals))}, call,
        c.shape(c.rows.count(), c.columns.count(), signals),
        [c, reference](const Index& at, const Tensors<double>& in) { return reference(c, at, in); });
}

Sample max_sample(const Case& c, bool signals) {
    const auto& [rows, columns] = std::pair(c.rows, c.columns);
    const MaxPool2dOptions of_images{Pair(rows.stride, columns.stride),
                                     {rows.padding, columns.padding},
                                     {rows.dilation, columns.dilation},
                                     columns.ceil_mode};
    const MaxPool1dOptions of_signals{columns.stride, columns.padding, columns.dilation, columns.ceil_mode};
    const Pair window{rows.window, columns.window};
    if (signals)
        return sample_of(
            c, true, [=](const auto& in) { return max_pool1d(in[0], window.columns, of_signals); },
            naive_max);
    return sample_of(
        c, false, [=](const auto& in) { return max_pool2d(in[0], window, of_images); }, naive_max);
}

Sample mean_sample(const Case& c, bool signals) {
    const auto& [rows, columns] = std::pair(c.rows, c.columns);
    const AvgPool2dOptions of_images{
        Pair(rows.stride, columns.stride), {rows.padding, columns.padding}, columns.ceil_mode, c.count_zeros};
    const AvgPool1dOptions of_signals{columns.stride, columns.padding, columns.ceil_mode, c.count_zeros};
    const Pair window{rows.window, columns.window};
    if (signals)
        return sample_of(
            c, true, [=](const auto& in) { return avg_pool1d(in[0], window.columns, of_signals); },
            naive_mean);
    return sample_of(
        c, false, [=](const auto& in) { return avg_pool2d(in[0], window, of_images); }, naive_mean);
}

// Of an op whose result has given extents.
struct Resized {
    std::size_t batch, channels;
    Pair from, to;
};
const std::vector<Resized>& resized_cases() {
    static const std::vector<Resized> all{
        {2, 2, {4, 6}, {2, 3}}, {1, 2, {5, 7}, {3, 2}}, {1, 1, {1, 1}, {1, 1}},
        {1, 1, {2, 3}, {5, 4}}, {2, 1, {3, 4}, {1, 1}}, {0, 2, {3, 3}, {2, 2}},
        {2, 2, {1, 7}, {1, 3}}, {1, 1, {1, 3}, {1, 8}}, {0, 1, {1, 2}, {1, 1}}};
    return all;
}

template <class Call, class Reference>
Sample resized_sample(const Resized& c, bool signals, Call call, Reference reference) {
    const auto shape = [&](const Pair& extents) {
        return signals ? Shape{c.batch, c.channels, extents.columns}
                       : Shape{c.batch, c.channels, extents.rows, extents.columns};
    };
    return sample(fmt::format("{} to {}", to_string(shape(c.from)), to_string(shape(c.to))),
                  {between(-2, 2, shape(c.from))}, call, shape(c.to),
                  [c, reference](const Index& at, const Tensors<double>& in) {
                      const double* image =
                          in[0].value().data() + (at[0] * c.channels + at[1]) * c.from.rows * c.from.columns;
                      return reference(c, row_of(at), at.back(), image);
                  });
}

double naive_part(const Resized& c, std::size_t row, std::size_t column, const double* image) {
    const auto begin = [](std::size_t i, std::size_t n, std::size_t count) {
        return static_cast<std::size_t>(std::floor(static_cast<double>(i * n) / static_cast<double>(count)));
    };
    const auto end = [](std::size_t i, std::size_t n, std::size_t count) {
        return static_cast<std::size_t>(
            std::ceil(static_cast<double>((i + 1) * n) / static_cast<double>(count)));
    };
    double sum = 0, elements = 0;
    for (std::size_t i = begin(row, c.from.rows, c.to.rows); i < end(row, c.from.rows, c.to.rows); ++i)
        for (std::size_t j = begin(column, c.from.columns, c.to.columns);
             j < end(column, c.from.columns, c.to.columns); ++j, ++elements)
            sum += image[i * c.from.columns + j];
    return sum / elements;
}

double naive_nearest(const Resized& c, std::size_t row, std::size_t column, const double* image) {
    return image[row * c.from.rows / c.to.rows * c.from.columns + column * c.from.columns / c.to.columns];
}

Op op_of(std::string declaration, bool signals, const std::vector<Case>& more,
         Sample (*make)(const Case&, bool), std::vector<Invalid> refused) {
    Op op{std::move(declaration), {}, std::move(refused)};
    for (const std::vector<Case>* some : {&cases(), &more})
        for (const Case& c : *some)
            if (!signals || c.is_signal()) op.samples.push_back(make(c, signals));
    op.large = [=] {
        std::vector<Sample> samples;
        for (const Case& c : large_cases())
            if (signals == c.is_signal()) samples.push_back(make(c, signals));
        return samples;
    };
    return op;
}

template <class Images, class Signals, class Reference>
std::pair<Op, Op> resizing_ops(const std::string& name, Images of_images, Signals of_signals,
                               Reference reference) {
    const std::string expected = name + "2d: expected x ";
    std::pair<Op, Op> ops{
        {name + "2d(Tensor, Pair)",
         {},
         {invalid<ShapeError>(expected + "(batch, channels, rows, columns), got (2, 3, 4)",
                              [=](auto zeros) { of_images(zeros({2, 3, 4}), 1); }),
          invalid<ShapeError>(
              expected + "with 1 to 2^31 - 1 elements along each axis but the first, got (2, 3, 0, 1)",
              [=](auto zeros) { of_images(zeros({2, 3, 0, 1}), 1); }),
          invalid<ShapeError>(name + "2d: expected a result with elements, got extents 2x0",
                              [=](auto zeros) { of_images(zeros({2, 3, 1, 1}), {2, 0}); }),
          invalid<ShapeError>(too_large(name + "2d", "(2, 3, 1099511627776, 1099511627776)"),
                              [=](auto zeros) { of_images(zeros({2, 3, 1, 1}), huge); })}},
        {name + "1d(Tensor, size_t)",
         {},
         {invalid<ShapeError>(name + "1d: expected x (batch, channels, length), got (2, 3)",
                              [=](auto zeros) { of_signals(zeros({2, 3}), 1); }),
          invalid<ShapeError>(name + "1d: expected a result with elements, got extents 0",
                              [=](auto zeros) { of_signals(zeros({2, 3, 4}), 0); })}}};
    for (const Resized& c : resized_cases()) {
        ops.first.samples.push_back(
            resized_sample(c, false, [=](const auto& in) { return of_images(in[0], c.to); }, reference));
        if (c.from.rows == 1 && c.to.rows == 1)
            ops.second.samples.push_back(resized_sample(
                c, true, [=](const auto& in) { return of_signals(in[0], c.to.columns); }, reference));
    }
    return ops;
}

template <class Images, class Signals>
std::pair<std::vector<Invalid>, std::vector<Invalid>> refusals(const std::string& name, Images of_images,
                                                               Signals of_signals) {
    const auto images = [&]<class E>(E, const std::string& message, const Shape& x, const Pair& window,
                                     const Pair& stride, const Pair& padding) {
        return invalid<E>(name + "2d: " + message,
                          [=](auto zeros) { of_images(zeros(x), window, stride, padding); });
    };
    const ShapeError shape("");
    const ValueError number("");
    return {
        {images(shape, "expected x (batch, channels, rows, columns), got (2, 3, 4)", {2, 3, 4}, 1, 1, 0),
         images(shape,
                "expected x with 1 to 2^31 - 1 elements along each axis but the first, got (2, 0, 1, 1)",
                {2, 0, 1, 1}, 1, 1, 0),
         images(shape, "the window, 3x2, has no room in the padded images, 2x4", {1, 1, 2, 2}, {3, 2}, 1,
                {0, 1}),
         images(number, "the window must be at least 1 and less than 2^31, got 0", {1, 1, 2, 2}, {0, 1}, 1,
                0),
         images(number, "stride must be at least 1 and less than 2^31, got 0", {1, 1, 2, 2}, 1, {1, 0}, 0),
         images(number, "padding must be at most half of what the window spans, got 2 and 3", {1, 1, 2, 2},
                {2, 3}, 1, {1, 2})},
        {invalid<ShapeError>(name + "1d: expected x (batch, channels, length), got (2, 3, 4, 1)",
                             [=](auto zeros) { of_signals(zeros({2, 3, 4, 1}), 1); }),
         invalid<ShapeError>(name + "1d: the window, 3, has no room in the padded signals, 2",
                             [=](auto zeros) { of_signals(zeros({1, 1, 2}), 3); }),
         invalid<ValueError>(name + "1d: the window must be at least 1 and less than 2^31, got 0",
                             [=](auto zeros) { of_signals(zeros({1, 1, 2}), 0); })}};
}

}  // namespace

std::vector<Op> pooling_ops() {
    auto [max2d, max1d] = refusals(
        "max_pool",
        [](const auto& x, const Pair& window, const Pair& stride, const Pair& padding) {
            max_pool2d(x, window, {stride, padding});
        },
        [](const auto& x, std::size_t window) { max_pool1d(x, window); });
    max2d.push_back(
        invalid<ValueError>("max_pool2d: dilation must be at least 1 and less than 2^31, got 0",
                            [](auto zeros) { max_pool2d(zeros({1, 1, 2, 2}), 1, {.dilation = {0, 1}}); }));
    max2d.push_back(invalid<ShapeError>(
        "max_pool2d: expected images of less than 2^31 pixels, whose positions are kept, got x (0, 1, 65536, 32768)",
        [](auto zeros) { max_pool2d(zeros({0, 1, 65536, 32768}), 2); }));
    max2d.push_back(invalid<ShapeError>(
        "max_pool2d: a window, 2x2 with dilation 2x2, has no element of the images, 1x1",
        [](auto zeros) { max_pool2d(zeros({1, 1, 1, 1}), 2, {.padding = 1, .dilation = 2}); }));
    const auto [avg2d, avg1d] = refusals(
        "avg_pool",
        [](const auto& x, const Pair& window, const Pair& stride, const Pair& padding) {
            avg_pool2d(x, window, {stride, padding});
        },
        [](const auto& x, std::size_t window) { avg_pool1d(x, window); });
    const auto [adaptive2d, adaptive1d] = resizing_ops(
        "adaptive_avg_pool",
        [](const auto& x, const Pair& extents) { return adaptive_avg_pool2d(x, extents); },
        [](const auto& x, std::size_t extent) { return adaptive_avg_pool1d(x, extent); }, naive_part);
    const auto [upsample2d, upsample1d] = resizing_ops(
        "upsample_nearest", [](const auto& x, const Pair& extents) { return upsample_nearest2d(x, extents); },
        [](const auto& x, std::size_t extent) { return upsample_nearest1d(x, extent); }, naive_nearest);
    return {op_of("max_pool2d(Tensor, Pair, MaxPool2dOptions)", false, dilated_cases(), max_sample, max2d),
            op_of("max_pool1d(Tensor, size_t, MaxPool1dOptions)", true, dilated_cases(), max_sample, max1d),
            op_of("avg_pool2d(Tensor, Pair, AvgPool2dOptions)", false, {}, mean_sample, avg2d),
            op_of("avg_pool1d(Tensor, size_t, AvgPool1dOptions)", true, {}, mean_sample, avg1d),
            adaptive2d,
            adaptive1d,
            upsample2d,
            upsample1d};
}

}  // namespace xgrad::registry
