#include <xgrad/onnx/image_modules.hpp>

#include <algorithm>
#include <limits>
#include <vector>

namespace xgrad::detail {
namespace {

using Value = OnnxValue;
using Integers = std::vector<std::int64_t>;

std::int64_t integer(std::size_t n) { return static_cast<std::int64_t>(n); }
Integers list(const Pair& pair) { return {integer(pair.rows), integer(pair.columns)}; }
Integers list(std::size_t number) { return {integer(number)}; }
// What is added before the axes, and behind them.
template <class P>
Integers pads(const P& before, const P& behind) {
    Integers all = list(before);
    for (const std::int64_t n : list(behind)) all.push_back(n);
    return all;
}

// Of the shape that a module takes, for an op that tells the shape of the result. Parameters are detached
// from it: a tape that is alive has nothing to record.
template <class T>
Tensor<T> example(const Value& x) {
    return zeros<T>(x.shape);
}

template <class T, class M, class Op>
Value filters(ModuleNodes<T>& g, const char* op, Op apply, const M& m, const Value& x) {
    const auto& o = m.options();
    OnnxAttributes attributes{{"kernel_shape", list(m.window())},
                              {"strides", list(o.stride)},
                              {"pads", pads(o.padding, o.padding)},
                              {"dilations", list(o.dilation)},
                              {"group", integer(o.groups)}};
    if constexpr (requires { o.output_padding; })
        attributes.emplace_back("output_padding", list(o.output_padding));
    std::vector<Value> inputs{x, g.parameter("weight", m.weight().value())};
    if (m.bias().defined()) inputs.push_back(g.parameter("bias", m.bias().value()));
    const Tensor<T> bias = m.bias().defined() ? m.bias().detach() : Tensor<T>();
    return g.node(op, inputs, attributes, apply(example<T>(x), m.weight().detach(), bias, o).shape());
}

// What images need behind each axis, so that no window reaches beyond.
Pair missing(const Shape& x, const Shape& y, const Pair& window, const Pair& stride, const Pair& padding,
             const Pair& dilation) {
    const auto along = [](std::size_t n, std::size_t count, std::size_t k, std::size_t s, std::size_t p,
                          std::size_t d) {
        const std::size_t reached = (count - 1) * s + d * (k - 1) + 1;
        return reached - std::min(reached, n + p);
    };
    return {along(x[2], y[2], window.rows, stride.rows, padding.rows, dilation.rows),
            along(x[3], y[3], window.columns, stride.columns, padding.columns, dilation.columns)};
}

template <class T>
Value padded(ModuleNodes<T>& g, const Value& x, const Pair& before, const Pair& behind, double value) {
    Shape shape = x.shape;
    shape[2] += before.rows + behind.rows;
    shape[3] += before.columns + behind.columns;
    const Integers b = list(before), e = list(behind);
    return g.node("Pad", {x, g.integers({0, 0, b[0], b[1], 0, 0, e[0], e[1]}), g.number(value)}, {}, shape);
}

}  // namespace

template <class T>
Value conv1d_nodes(ModuleNodes<T>& g, const Conv1d<T>& m, const Value& x) {
    return filters(g, "Conv", conv1d<T>, m, x);
}
template <class T>
Value conv2d_nodes(ModuleNodes<T>& g, const Conv2d<T>& m, const Value& x) {
    return filters(g, "Conv", conv2d<T>, m, x);
}
template <class T>
Value conv_transpose2d_nodes(ModuleNodes<T>& g, const ConvTranspose2d<T>& m, const Value& x) {
    return filters(g, "ConvTranspose", conv_transpose2d<T>, m, x);
}

template <class T>
Value max_pool_nodes(ModuleNodes<T>& g, const MaxPool2d<T>& m, const Value& x) {
    const auto& [given_stride, padding, dilation, ceil_mode] = m.options();
    const Pair window = m.window(), stride = given_stride.value_or(window);
    const Shape y = max_pool2d(example<T>(x), window, m.options()).shape();
    const Pair behind = missing(x.shape, y, window, stride, padding, dilation);
    // ONNX Runtime takes less than a window's elements.
    const bool fits = std::max(padding.rows, behind.rows) < window.rows &&
                      std::max(padding.columns, behind.columns) < window.columns;
    constexpr double none = -std::numeric_limits<double>::infinity();
    return g.node("MaxPool", {fits ? x : padded(g, x, padding, behind, none)},
                  {{"kernel_shape", list(window)},
                   {"strides", list(stride)},
                   {"pads", fits ? pads(padding, behind) : Integers(4, 0)},
                   {"dilations", list(dilation)}},
                  y);
}

template <class T>
Value avg_pool_nodes(ModuleNodes<T>& g, const AvgPool2d<T>& m, const Value& x) {
    const auto& [given_stride, padding, ceil_mode, count_include_pad] = m.options();
    const Pair window = m.window(), stride = given_stride.value_or(window);
    const Shape y = avg_pool2d(example<T>(x), window, m.options()).shape();
    // The zeros that count become elements; what windows need behind them never counts.
    const bool adds_zeros = count_include_pad && padding != Pair(0);
    const Value image = adds_zeros ? padded(g, x, padding, padding, 0) : x;
    const Pair before = adds_zeros ? Pair(0) : padding;
    return g.node("AveragePool", {image},
                  {{"kernel_shape", list(window)},
                   {"strides", list(stride)},
                   {"pads", pads(before, missing(image.shape, y, window, stride, before, 1))},
                   {"count_include_pad", std::int64_t{0}}},
                  y);
}

template <class T>
Value adaptive_avg_pool_nodes(ModuleNodes<T>& g, const AdaptiveAvgPool2d<T>& m, const Value& x) {
    const Shape y = adaptive_avg_pool2d(example<T>(x), m.extents()).shape();
    const Pair extents = m.extents(), window{x.shape[2] / extents.rows, x.shape[3] / extents.columns};
    if (extents == Pair(1)) return g.node("GlobalAveragePool", {x}, {}, y);
    if (window.rows * extents.rows == x.shape[2] && window.columns * extents.columns == x.shape[3])
        return g.node("AveragePool", {x}, {{"kernel_shape", list(window)}, {"strides", list(window)}}, y);
    // The means of the images whose only element that is not 0 is in one row, or column, are its weights.
    const auto weights = [](std::size_t n, std::size_t count) {
        Array<T> units(Shape{1, n, 1, n}, T{0});
        for (std::size_t i = 0; i < n; ++i) units(0, i, 0, i) = T{1};
        return reshape(adaptive_avg_pool2d(Tensor<T>(std::move(units)), {1, count}), {n, count});
    };
    const Value rows =
        g.parameter("row_weights", transpose(weights(x.shape[2], extents.rows), {1, 0}).value());
    const Value columns = g.parameter("column_weights", weights(x.shape[3], extents.columns).value());
    const Value narrow = g.node("MatMul", {x, columns}, {}, {y[0], y[1], x.shape[2], y[3]});
    return g.node("MatMul", {rows, narrow}, {}, y);
}

template <class T>
Value upsample_nodes(ModuleNodes<T>& g, const Upsample<T>& m, const Value& x) {
    const Shape shape = upsample_nearest2d(example<T>(x), m.extents(x.shape)).shape();
    if (shape[2] % x.shape[2] == 0 && shape[3] % x.shape[3] == 0)
        return g.node("Resize",
                      {x,
                       {},
                       g.factors({1, 1, static_cast<float>(shape[2]) / static_cast<float>(x.shape[2]),
                                  static_cast<float>(shape[3]) / static_cast<float>(x.shape[3])})},
                      {{"coordinate_transformation_mode", "asymmetric"},
                       {"mode", "nearest"},
                       {"nearest_mode", "floor"}},
                      shape);
    const auto taken = [](std::size_t n, std::size_t count) {
        Integers positions;
        for (std::size_t i = 0; i < count; ++i) positions.push_back(integer(i * n / count));
        return positions;
    };
    Shape with_rows = x.shape;
    with_rows[2] = shape[2];
    const Value rows = g.node("Gather", {x, g.integers(taken(x.shape[2], shape[2]))},
                              {{"axis", std::int64_t{2}}}, with_rows);
    return g.node("Gather", {rows, g.integers(taken(x.shape[3], shape[3]))}, {{"axis", std::int64_t{3}}},
                  shape);
}

#define INSTANTIATE(T)                                                                                  \
    template Value conv1d_nodes(ModuleNodes<T>&, const Conv1d<T>&, const Value&);                       \
    template Value conv2d_nodes(ModuleNodes<T>&, const Conv2d<T>&, const Value&);                       \
    template Value conv_transpose2d_nodes(ModuleNodes<T>&, const ConvTranspose2d<T>&, const Value&);    \
    template Value max_pool_nodes(ModuleNodes<T>&, const MaxPool2d<T>&, const Value&);                  \
    template Value avg_pool_nodes(ModuleNodes<T>&, const AvgPool2d<T>&, const Value&);                  \
    template Value adaptive_avg_pool_nodes(ModuleNodes<T>&, const AdaptiveAvgPool2d<T>&, const Value&); \
    template Value upsample_nodes(ModuleNodes<T>&, const Upsample<T>&, const Value&);
INSTANTIATE(float)
INSTANTIATE(double)
#undef INSTANTIATE

}  // namespace xgrad::detail
