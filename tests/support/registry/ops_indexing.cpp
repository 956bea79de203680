#include <algorithm>
#include <cstdint>

#include <fmt/format.h>

#include "support/registry/op_registry.hpp"

// The ops that choose elements by their positions, and those that find positions.
namespace xgrad::registry {
namespace {

Tensor<double> any(const Shape& shape) { return between(-2, 2, shape); }

// What axis `axis` of an empty array cannot be too long for.
constexpr std::size_t long_axis = std::size_t{1} << 31;

struct Choice {
    Shape from;
    std::ptrdiff_t axis;
    std::size_t normalized;
    Indices index;
    Shape to;
};

Op index_select_op() {
    Op op{"index_select(Tensor, ptrdiff_t, Indices)",
          {},
          {invalid<ShapeError>("index_select: axis 0 is out of range for an array with 0 axes",
                               [](auto zeros) { index_select(zeros({}), 0, {0}); }),
           invalid<ValueError>("index_select: index[1] is 3, outside [0, 3)",
                               [](auto zeros) { index_select(zeros({2, 3}), 1, {0, 3}); }),
           invalid<ValueError>("index_select: index[0, 1] is -1, outside [0, 2)",
                               [](auto zeros) { index_select(zeros({2, 3}), 0, Indices({1, 2}, {0, -1})); }),
           invalid<ShapeError>(too_large("index_select", "(576460752303423488, 0, 2)"), [](auto zeros) {
               index_select(zeros({std::size_t{1} << 59, 0, 1}), -1, {0, 0});
           })}};
    const Choice choices[] = {{{1}, 0, 0, {0}, {1}},
                              {{3}, 0, 0, {2, 0, 2, 2}, {4}},
                              {{3}, 0, 0, Indices(), {0}},
                              {{3}, -1, 0, Indices({}, {1}), {}},
                              {{2, 3}, 0, 0, {1}, {1, 3}},
                              {{2, 3}, 1, 1, {2, 2, 0, 1}, {2, 4}},
                              {{2, 3}, -1, 1, Indices({3, 2}, {0, 1, 2, 2, 1, 1}), {2, 3, 2}},
                              {{0, 3}, 1, 1, {1}, {0, 1}},
                              {{2, 3, 2}, 1, 1, {2, 0}, {2, 2, 2}}};
    const auto of = [](const Choice& c) {
        return sample(
            fmt::format("{} along {} of {}", to_string(c.index.shape()), c.axis, to_string(c.from)),
            {any(c.from)}, [c](const auto& in) { return index_select(in[0], c.axis, c.index); }, c.to,
            [c](const Index& at, const Tensors<double>& in) {
                const auto axis = static_cast<std::ptrdiff_t>(c.normalized);
                const auto chosen_by = static_cast<std::ptrdiff_t>(c.index.dim());
                const Index choice(at.begin() + axis, at.begin() + axis + chosen_by);
                Index from(at.begin(), at.begin() + axis);
                from.push_back(static_cast<std::size_t>(c.index[flatten(c.index.shape(), choice)]));
                from.insert(from.end(), at.begin() + axis + chosen_by, at.end());
                return in[0].value().data()[flatten(c.from, from)];
            });
    };
    for (const Choice& c : choices) op.samples.push_back(of(c));
    op.large = [of] {
        std::vector<std::int32_t> rows;
        for (std::size_t i = 0; i < 400; ++i)
            rows.push_back(static_cast<std::int32_t>(i * 7 % large_shape[0]));
        return std::vector{of({large_shape, 0, 0, rows, {400, large_shape[1]}})};
    };
    return op;
}

Op embedding_op() {
    Op op{"embedding(Indices, Tensor)",
          {},
          {invalid<ShapeError>("embedding: expected weight (classes, features), got (3)",
                               [](auto zeros) { embedding({0}, zeros({3})); }),
           invalid<ValueError>("embedding: index[1] is 3, outside [0, 3)",
                               [](auto zeros) { embedding({0, 3}, zeros({3, 2})); }),
           invalid<ShapeError>(too_large("embedding", "(2, 0, 576460752303423488)"), [](auto zeros) {
               embedding(Indices({2, 0}, {}), zeros({0, std::size_t{1} << 59}));
           })}};
    for (const auto& [index, shape] : {std::pair(Indices{2, 0, 2, 2}, Shape{3, 2}),
                                       {Indices({2, 3}, {1, 1, 0, 2, 1, 0}), {3, 2}},
                                       {Indices({}, {0}), {1, 1}},
                                       {Indices(), {0, 2}},
                                       {{0, 0}, {1, 0}}}) {
        Shape to = index.shape();
        to.push_back(shape[1]);
        op.samples.push_back(sample(
            fmt::format("{} of {}", to_string(index.shape()), to_string(shape)), {any(shape)},
            [i = index](const auto& in) { return embedding(i, in[0]); }, to,
            [i = index](const Index& at, const Tensors<double>& in) {
                const std::size_t row = flatten(i.shape(), Index(at.begin(), at.end() - 1));
                return element(in[0], {static_cast<std::size_t>(i[row]), at.back()});
            }));
    }
    return op;
}

// The shapes of an index that `gather` and `scatter_add` reject.
template <class F>
std::vector<Invalid> invalid_choices(const std::string& name, F call) {
    return {
        invalid<ShapeError>(name + ": axis 2 is out of range for an array with 2 axes",
                            [=](auto zeros) { call(zeros({2, 3}), 2, Indices({1, 1}, {0})); }),
        invalid<ShapeError>(
            name + ": along axis 0: index (2) needs as many axes as x (2, 3), and at most its other extents",
            [=](auto zeros) { call(zeros({2, 3}), 0, Indices{0, 1}); }),
        invalid<ShapeError>(
            name +
                ": along axis 0: index (1, 4) needs as many axes as x (2, 3), and at most its other extents",
            [=](auto zeros) { call(zeros({2, 3}), 0, Indices({1, 4}, {0, 0, 0, 0})); }),
        invalid<ValueError>(name + ": index[0, 1] is 2, outside [0, 2)",
                            [=](auto zeros) { call(zeros({2, 3}), 0, Indices({1, 3}, {0, 2, 1})); })};
}

const std::vector<Choice>& choices() {
    static const std::vector<Choice> all{
        {{1}, 0, 0, {0}, {1}},
        {{3}, 0, 0, {2, 0, 2, 2}, {4}},
        {{3}, -1, 0, Indices(), {0}},
        {{2, 3}, 0, 0, Indices({3, 3}, {1, 0, 1, 1, 1, 0, 0, 0, 1}), {3, 3}},
        {{2, 3}, 1, 1, Indices({2, 1}, {2, 0}), {2, 1}},
        {{3, 3}, -2, 0, Indices({2, 2}, {2, 2, 0, 2}), {2, 2}},
        {{0, 3}, 1, 1, Indices({0, 2}, {}), {0, 2}},
        {{2, 2, 2}, 1, 1, Indices({2, 3, 2}, {0, 1, 1, 1, 0, 0, 1, 0, 1, 1, 1, 0}), {2, 3, 2}},
        {{2, 3, 2}, 2, 2, Indices({2, 1, 3}, {0, 1, 1, 1, 0, 1}), {2, 1, 3}},
        {{2, 2, 2}, 0, 0, Indices({3, 1, 2}, {0, 1, 1, 1, 0, 0}), {3, 1, 2}}};
    return all;
}

Index chosen(const Choice& c, Index at) {
    at[c.normalized] = static_cast<std::size_t>(c.index[flatten(c.index.shape(), at)]);
    return at;
}

Op gather_op() {
    Op op{"gather(Tensor, ptrdiff_t, Indices)",
          {},
          invalid_choices("gather", [](const auto& x, std::ptrdiff_t axis, const Indices& index) {
              gather(x, axis, index);
          })};
    for (const Choice& c : choices())
        op.samples.push_back(sample(
            fmt::format("{} along {} of {}", to_string(c.to), c.axis, to_string(c.from)), {any(c.from)},
            [c](const auto& in) { return gather(in[0], c.axis, c.index); }, c.to,
            [c](const Index& at, const Tensors<double>& in) { return element(in[0], chosen(c, at)); }));
    return op;
}

Op scatter_add_op() {
    Op op{"scatter_add(Tensor, ptrdiff_t, Indices, Tensor)",
          {},
          invalid_choices("scatter_add", [](const auto& x, std::ptrdiff_t axis, const Indices& index) {
              scatter_add(x, axis, index, x);
          })};
    op.invalid.push_back(invalid<ShapeError>("scatter_add: index has shape (2), source (3)", [](auto zeros) {
        scatter_add(zeros({3}), 0, {0, 1}, zeros({3}));
    }));
    for (const Choice& c : choices())
        op.samples.push_back(sample(
            fmt::format("{} along {} of {}", to_string(c.to), c.axis, to_string(c.from)),
            {any(c.from), any(c.to)},
            [c](const auto& in) { return scatter_add(in[0], c.axis, c.index, in[1]); }, c.from,
            [c](const Index& at, const Tensors<double>& in) {
                double sum = element(in[0], at);
                for (std::size_t i = 0; i < in[1].size(); ++i)
                    if (chosen(c, unflatten(c.to, i)) == at) sum += in[1].value().data()[i];
                return sum;
            }));
    return op;
}

Op masked_fill_op() {
    Op op{"masked_fill(Tensor, Tensor, double)",
          {},
          {invalid<ShapeError>("masked_fill: the mask (2, 3) does not broadcast to x (3)",
                               [](auto zeros) { masked_fill(zeros({3}), zeros({2, 3}), 1); })}};
    for (const auto& [shape, mask] : {std::pair(Shape{2, 3}, Array<double>{1, 0, 0}),
                                      {{3}, {0, 2, -1}},
                                      {{}, 1},
                                      {{}, 0},
                                      {{2, 0}, 1},
                                      {{2, 1, 3}, {{{0, 1, 1}}, {{1, 0, 0}}}}})
        op.samples.push_back(sample(
            to_string(shape), {any(shape)},
            [m = mask](const auto& in) { return masked_fill(in[0], like(in[0], m), 1.5); }, shape,
            [m = mask](const Index& at, const Tensors<double>& in) {
                return element(Tensor<double>(m), at) != 0 ? 1.5 : element(in[0], at);
            }));
    return op;
}

struct Along {
    Shape shape;
    std::ptrdiff_t axis;
    std::size_t normalized;
};

const std::vector<Along>& lines() {
    static const std::vector<Along> all{{{1}, 0, 0},       {{4}, -1, 0},      {{3, 4}, 0, 0},
                                        {{3, 4}, 1, 1},    {{3, 1}, 1, 1},    {{1, 3}, -1, 1},
                                        {{2, 3, 2}, 1, 1}, {{2, 3, 2}, 0, 0}, {{0, 3}, -1, 1}};
    return all;
}

// The elements of the line along an axis that goes through `at`.
std::vector<double> line(const Tensor<double>& x, std::size_t axis, Index at) {
    std::vector<double> elements;
    for (at[axis] = 0; at[axis] < x.shape()[axis]; ++at[axis]) elements.push_back(element(x, at));
    return elements;
}

Op cumsum_op() {
    Op op{"cumsum(Tensor, ptrdiff_t)",
          {},
          {invalid<ShapeError>("cumsum: axis 0 is out of range for an array with 0 axes",
                               [](auto zeros) { cumsum(zeros({}), 0); })}};
    for (const Along& c : lines())
        op.samples.push_back(sample(
            fmt::format("{} along {}", to_string(c.shape), c.axis), {any(c.shape)},
            [axis = c.axis](const auto& in) { return cumsum(in[0], axis); }, c.shape,
            [axis = c.normalized](const Index& at, const Tensors<double>& in) {
                double sum = 0;
                for (std::size_t i = 0; i <= at[axis]; ++i) sum += line(in[0], axis, at)[i];
                return sum;
            }));
    return op;
}

std::string too_long(const std::string& name) {
    return name + ": axis 1 of x (0, 2147483648) is longer than 2147483647, the largest index";
}

// The first elements of the sorted lines along an axis.
template <class F>
Sample ordered_sample(const Along& c, Order order, std::size_t count, F call) {
    Shape to = c.shape;
    to[c.normalized] = count;
    return sample(
        fmt::format("{} along {}, {}", to_string(c.shape), c.axis,
                    order == Order::ascending ? "ascending" : "descending"),
        {distinct(c.shape)}, [call](const auto& in) { return call(in[0]); }, to,
        [order, axis = c.normalized](const Index& at, const Tensors<double>& in) {
            std::vector<double> elements = line(in[0], axis, at);
            std::sort(elements.begin(), elements.end());
            if (order == Order::descending) std::reverse(elements.begin(), elements.end());
            return elements[at[axis]];
        });
}

Op sort_op() {
    Op op{"sort(Tensor, ptrdiff_t, Order)",
          {},
          {invalid<ShapeError>("sort: axis -2 is out of range for an array with 1 axis",
                               [](auto zeros) { sort(zeros({3}), -2); }),
           invalid<ShapeError>(too_long("sort"), [](auto zeros) { sort(zeros({0, long_axis})); })}};
    for (const Order order : {Order::ascending, Order::descending})
        for (const Along& c : lines())
            op.samples.push_back(
                ordered_sample(c, order, c.shape[c.normalized],
                               [=, axis = c.axis](const auto& x) { return sort(x, axis, order).values; }));
    return op;
}

Op topk_op() {
    Op op{"topk(Tensor, size_t, ptrdiff_t, Order)",
          {},
          {invalid<ShapeError>("topk: axis 1 is out of range for an array with 1 axis",
                               [](auto zeros) { topk(zeros({3}), 1, 1); }),
           invalid<ShapeError>("topk: k is 4, but axis 1 of x (2, 3) has 3 elements",
                               [](auto zeros) { topk(zeros({2, 3}), 4); }),
           invalid<ShapeError>(too_long("topk"), [](auto zeros) { topk(zeros({0, long_axis}), 1); })}};
    for (const Order order : {Order::ascending, Order::descending})
        for (const Along& c : lines()) {
            const std::size_t k = (c.shape[c.normalized] + 1) / 2;
            op.samples.push_back(ordered_sample(
                c, order, k, [=, axis = c.axis](const auto& x) { return topk(x, k, axis, order).values; }));
        }
    return op;
}

template <class F>
Op position_op(const std::string& name, F find, bool (*is_better)(double, double)) {
    Op op{name + "(Tensor, ptrdiff_t, KeepDims)",
          {},
          {invalid<ShapeError>(name + ": axis 1 is out of range for an array with 1 axis",
                               [=](auto zeros) { find(zeros({3}), 1, KeepDims::no); }),
           invalid<ShapeError>(name + ": axis 1 of x (3, 0) has no elements",
                               [=](auto zeros) { find(zeros({3, 0}), 1, KeepDims::no); }),
           invalid<ShapeError>(too_long(name),
                               [=](auto zeros) { find(zeros({0, long_axis}), 1, KeepDims::no); })}};
    op.returns_indices = true;
    for (const KeepDims keepdims : {KeepDims::no, KeepDims::yes})
        for (const Along& c : lines()) {
            Shape to = c.shape;
            if (keepdims == KeepDims::yes)
                to[c.normalized] = 1;
            else
                to.erase(to.begin() + static_cast<std::ptrdiff_t>(c.normalized));
            op.samples.push_back(sample(
                fmt::format("{} along {}{}", to_string(c.shape), c.axis,
                            keepdims == KeepDims::yes ? ", kept" : ""),
                {any(c.shape)},
                [=, axis = c.axis](const auto& in) {
                    using T = typename std::decay_t<decltype(in[0])>::value_type;
                    return as_numbers<T>(find(in[0], axis, keepdims));
                },
                to,
                [=, axis = c.normalized](Index at, const Tensors<double>& in) {
                    if (keepdims == KeepDims::no)
                        at.insert(at.begin() + static_cast<std::ptrdiff_t>(axis), 0);
                    const std::vector<double> elements = line(in[0], axis, at);
                    std::size_t found = 0;
                    for (std::size_t i = 1; i < elements.size(); ++i)
                        if (is_better(elements[i], elements[found])) found = i;
                    return static_cast<double>(found);
                }));
        }
    return op;
}

Op one_hot_op() {
    Op op{"one_hot(Indices, size_t)",
          {},
          {invalid<ValueError>("one_hot: index[1] is 3, outside [0, 3)", [] { one_hot({0, 3}, 3); }),
           invalid<ShapeError>(too_large("one_hot", "(0, 1152921504606846976)"),
                               [] { one_hot(Indices(), std::size_t{1} << 60); })}};
    for (const Indices& index : {Indices{2, 0, 2}, Indices({2, 3}, {1, 1, 0, 2, 1, 0}), Indices()}) {
        Shape to = index.shape();
        to.push_back(3);
        op.samples.push_back(sample(
            to_string(index.shape()), Tensors<double>(),
            [index](const auto& in) {
                return one_hot<typename std::decay_t<decltype(in)>::value_type::value_type>(index, 3);
            },
            to,
            [index](const Index& at, const Tensors<double>&) {
                const std::size_t i = flatten(index.shape(), Index(at.begin(), at.end() - 1));
                return static_cast<std::size_t>(index[i]) == at.back() ? 1.0 : 0.0;
            }));
    }
    return op;
}

}  // namespace

std::vector<Op> indexing_ops() {
    return {index_select_op(), embedding_op(), gather_op(), scatter_add_op(),
            masked_fill_op(),  cumsum_op(),    sort_op(),   topk_op()};
}

std::vector<Op> position_ops() {
    return {
        position_op(
            "argmax", [](const auto& x, auto axis, KeepDims keepdims) { return argmax(x, axis, keepdims); },
            [](double a, double b) { return a > b; }),
        position_op(
            "argmin", [](const auto& x, auto axis, KeepDims keepdims) { return argmin(x, axis, keepdims); },
            [](double a, double b) { return a < b; }),
        one_hot_op()};
}

}  // namespace xgrad::registry
