#include <algorithm>
#include <cstdint>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "support/registry/op_registry.hpp"

// The ops that move elements: reshape, transpose, broadcast_to, sum_to, concatenate, slice.
namespace xgrad::registry {
namespace {

Tensor<double> any(const Shape& shape) { return between(-2, 2, shape); }

Op reshape_op() {
    Op op{"reshape(Tensor, Shape)",
          {},
          {invalid<ShapeError>("reshape: cannot turn (2, 3) into (4): 6 elements into 4",
                               [](auto zeros) { reshape(zeros({2, 3}), {4}); }),
           invalid<ShapeError>("reshape: cannot turn (0, 3) into (): 0 elements into 1",
                               [](auto zeros) { reshape(zeros({0, 3}), {}); }),
           invalid<ShapeError>(too_large("reshape"), [](auto zeros) { reshape(zeros({0}), {huge, huge}); })}};
    const std::pair<Shape, Shape> pairs[] = {{{}, {1, 1}},     {{1}, {}},        {{2, 3}, {3, 2}},
                                             {{2, 3}, {6}},    {{6}, {1, 6, 1}}, {{2, 3}, {2, 3}},
                                             {{0, 3}, {3, 0}}, {{3, 0}, {0}}};
    for (const auto& [from, to] : pairs)
        op.samples.push_back(sample(
            fmt::format("{} to {}", to_string(from), to_string(to)), {any(from)},
            [to = to](const auto& in) { return reshape(in[0], to); }, to,
            [to = to](const Index& at, const Tensors<double>& in) {
                return in[0].value().data()[flatten(to, at)];
            }));
    return op;
}

// The element of x at the position whose axis order[i] is at[i].
double permuted(const Tensor<double>& x, const Index& at, const Axes& order) {
    Index from(at.size());
    for (std::size_t i = 0; i < at.size(); ++i)
        from[static_cast<std::size_t>(order[i] < 0 ? order[i] + static_cast<std::ptrdiff_t>(at.size())
                                                   : order[i])] = at[i];
    return element(x, from);
}

std::vector<Op> transpose_ops() {
    Op ordered{"transpose(Tensor, Axes)",
               {},
               {invalid<ShapeError>("transpose: expected an order of 2 axes for shape (2, 3), got 1",
                                    [](auto zeros) { transpose(zeros({2, 3}), {0}); }),
                invalid<ShapeError>("transpose: axis 1 is given twice",
                                    [](auto zeros) { transpose(zeros({2, 3}), {1, -1}); }),
                invalid<ShapeError>("transpose: axis 2 is out of range for an array with 2 axes",
                                    [](auto zeros) { transpose(zeros({2, 3}), {0, 2}); })}};
    Op reversed{"transpose(Tensor)", {}, {}};
    for (const Shape& shape : {Shape{}, Shape{3}, Shape{1, 3}, Shape{3, 1}, Shape{2, 3}, Shape{0, 3},
                               Shape{3, 3}, Shape{2, 3, 4}}) {
        Axes order(shape.size());
        for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<std::ptrdiff_t>(i);
        do {
            Shape to;
            for (const auto axis : order) to.push_back(shape[static_cast<std::size_t>(axis)]);
            ordered.samples.push_back(sample(
                fmt::format("{} to [{}]", to_string(shape), fmt::join(order, ", ")), {any(shape)},
                [order](const auto& in) { return transpose(in[0], order); }, to,
                [order](const Index& at, const Tensors<double>& in) { return permuted(in[0], at, order); }));
        } while (std::next_permutation(order.begin(), order.end()));
        reversed.samples.push_back(sample(
            to_string(shape), {any(shape)}, [](const auto& in) { return transpose(in[0]); },
            Shape(shape.rbegin(), shape.rend()),
            [](const Index& at, const Tensors<double>& in) {
                return element(in[0], Index(at.rbegin(), at.rend()));
            }));
    }
    ordered.samples.push_back(sample(
        "(2, 3, 4) to [-1, 0, -2]", {any({2, 3, 4})},
        [](const auto& in) { return transpose(in[0], {-1, 0, -2}); }, {4, 2, 3},
        [](const Index& at, const Tensors<double>& in) { return permuted(in[0], at, {-1, 0, -2}); }));
    return {ordered, reversed};
}

// The sum of the elements of x at the positions to which broadcasting from `shape` copies the element at
// `at`.
double naive_sum_to(const Tensor<double>& x, const Shape& shape, const Index& at) {
    double sum = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        const Index from = unflatten(x.shape(), i);
        bool taken = true;
        for (std::size_t axis = 0; axis < shape.size(); ++axis)
            taken = taken && (shape[axis] == 1 || from[axis + from.size() - shape.size()] == at[axis]);
        if (taken) sum += x.value().data()[i];
    }
    return sum;
}

std::vector<Op> broadcasting_ops() {
    Op spread{"broadcast_to(Tensor, Shape)",
              {},
              {invalid<ShapeError>("broadcast_to: cannot broadcast (2, 3) to (3)",
                                   [](auto zeros) { broadcast_to(zeros({2, 3}), {3}); }),
               invalid<ShapeError>("broadcast_to: cannot broadcast (2) to (4, 3)",
                                   [](auto zeros) { broadcast_to(zeros({2}), {4, 3}); }),
               invalid<ShapeError>(too_large("broadcast_to"),
                                   [](auto zeros) { broadcast_to(zeros({}), {huge, huge}); })}};
    Op gather{"sum_to(Tensor, Shape)",
              {},
              {invalid<ShapeError>("sum_to: cannot sum (3) to (2, 3): (2, 3) does not broadcast to it",
                                   [](auto zeros) { sum_to(zeros({3}), {2, 3}); }),
               invalid<ShapeError>("sum_to: cannot sum (4, 3) to (2): (2) does not broadcast to it",
                                   [](auto zeros) { sum_to(zeros({4, 3}), {2}); })}};
    const auto spread_of = [](const Shape& small, const Shape& large) {
        return sample(
            fmt::format("{} and {}", to_string(small), to_string(large)), {any(small)},
            [large](const auto& in) { return broadcast_to(in[0], large); }, large,
            [](const Index& at, const Tensors<double>& in) { return element(in[0], at); });
    };
    const auto gather_of = [](const Shape& small, const Shape& large) {
        return sample(
            fmt::format("{} and {}", to_string(small), to_string(large)), {any(large)},
            [small](const auto& in) { return sum_to(in[0], small); }, small,
            [small](const Index& at, const Tensors<double>& in) { return naive_sum_to(in[0], small, at); });
    };
    const auto add = [&](const Shape& small, const Shape& large) {
        spread.samples.push_back(spread_of(small, large));
        gather.samples.push_back(gather_of(small, large));
    };
    for (const auto& [small, large] : broadcast_pairs())
        if (naive_broadcast(small, large) == large) add(small, large);
    add({1, 3, 1}, {2, 3, 4});
    add({3, 1}, {2, 3, 4});
    const Shape row{large_shape[1]};
    spread.large = [=] { return std::vector{spread_of(row, large_shape)}; };
    gather.large = [=] { return std::vector{gather_of(row, large_shape)}; };
    return {spread, gather};
}

Op concatenate_op() {
    Op op{
        "concatenate(vector<Tensor>, ptrdiff_t)",
        {},
        {invalid<ShapeError>("concatenate: expected at least one Tensor, got none",
                             []<class T>(Zeros<T>) { concatenate(std::vector<Tensor<T>>{}); }),
         invalid<ShapeError>("concatenate: axis 0 is out of range for an array with 0 axes",
                             []<class T>(Zeros<T> zeros) { concatenate<T>({zeros({}), zeros({})}); }),
         invalid<ShapeError>("concatenate: axis 2 is out of range for an array with 2 axes",
                             []<class T>(Zeros<T> zeros) { concatenate<T>({zeros({2, 3})}, 2); }),
         invalid<ShapeError>("concatenate: along axis 0: input 1 has shape (2, 4), input 0 has (2, 3)",
                             []<class T>(Zeros<T> zeros) { concatenate<T>({zeros({2, 3}), zeros({2, 4})}); }),
         invalid<ShapeError>(
             "concatenate: along axis 1: input 2 has shape (3), input 0 has (2, 3)",
             []<class T>(Zeros<T> zeros) { concatenate<T>({zeros({2, 3}), zeros({2, 3}), zeros({3})}, -1); }),
         invalid<ShapeError>(too_large("concatenate", "(1152921504606846976, 0)"),
                             []<class T>(Zeros<T> zeros) {
                                 const Tensor<T> half = zeros({std::size_t{1} << 59, 0});
                                 concatenate<T>({half, half});
                             })}};
    struct Case {
        std::vector<Shape> parts;
        std::ptrdiff_t axis;
        std::size_t normalized;
        Shape shape;
    };
    const Case cases[] = {{{{1}}, 0, 0, {1}},
                          {{{3}, {2}}, 0, 0, {5}},
                          {{{2, 3}, {1, 3}}, 0, 0, {3, 3}},
                          {{{2, 1}, {2, 3}, {2, 2}}, 1, 1, {2, 6}},
                          {{{2, 1}, {2, 2}}, -1, 1, {2, 3}},
                          {{{0, 3}, {2, 3}, {0, 3}}, 0, 0, {2, 3}},
                          {{{3, 0}, {3, 0}}, 0, 0, {6, 0}},
                          {{{2, 1, 2}, {2, 2, 2}}, 1, 1, {2, 3, 2}}};
    for (const Case& c : cases) {
        Tensors<double> parts;
        for (const Shape& part : c.parts) parts.push_back(any(part));
        op.samples.push_back(sample(
            fmt::format("{} parts to {} along {}", parts.size(), to_string(c.shape), c.axis), parts,
            [axis = c.axis](const auto& in) { return concatenate(in, axis); }, c.shape,
            [axis = c.normalized](Index at, const Tensors<double>& in) {
                for (const auto& part : in) {
                    const std::size_t extent = part.shape()[axis];
                    if (at[axis] < extent) return part.value().data()[flatten(part.shape(), at)];
                    at[axis] -= extent;
                }
                return 0.0;
            }));
    }
    op.samples.push_back(sample(
        "(3) with itself", {any({3})}, [](const auto& in) { return concatenate(std::vector{in[0], in[0]}); },
        {6}, [](const Index& at, const Tensors<double>& in) { return in[0].value().data()[at[0] % 3]; }));
    return op;
}

Op slice_op() {
    Op op{
        "slice(Tensor, ptrdiff_t, ptrdiff_t, ptrdiff_t)",
        {},
        {invalid<ShapeError>("slice: axis 0 is out of range for an array with 0 axes",
                             [](auto zeros) { slice(zeros({}), 0, 0, 1); }),
         invalid<ShapeError>("slice: axis -3 is out of range for an array with 2 axes",
                             [](auto zeros) { slice(zeros({2, 3}), -3, 0, 1); }),
         invalid<ShapeError>("slice: [0, 4) is no range along axis 1 of (2, 3), whose extent is 3",
                             [](auto zeros) { slice(zeros({2, 3}), 1, 0, 4); }),
         invalid<ShapeError>("slice: [2, 1) is no range along axis 1 of (2, 3), whose extent is 3",
                             [](auto zeros) { slice(zeros({2, 3}), -1, 2, 1); }),
         invalid<ShapeError>("slice: [-4, 2) is no range along axis 1 of (2, 3), whose extent is 3",
                             [](auto zeros) { slice(zeros({2, 3}), 1, -4, 2); }),
         invalid<ShapeError>(
             "slice: [-9223372036854775808, 9223372036854775807) is no range along axis 1 of (2, 3), whose extent is 3",
             [](auto zeros) { slice(zeros({2, 3}), 1, PTRDIFF_MIN, PTRDIFF_MAX); })}};
    struct Case {
        Shape from;
        std::ptrdiff_t axis, begin, end;
        std::size_t normalized, first;
        Shape to;
    };
    const Case cases[] = {{{1}, 0, 0, 1, 0, 0, {1}},
                          {{5}, 0, 1, 4, 0, 1, {3}},
                          {{2, 3}, 0, 0, 1, 0, 0, {1, 3}},
                          {{2, 3}, 1, 1, 3, 1, 1, {2, 2}},
                          {{2, 3}, -1, -2, -1, 1, 1, {2, 1}},
                          {{2, 3}, 1, 0, 3, 1, 0, {2, 3}},
                          {{2, 3}, 0, 1, 1, 0, 1, {0, 3}},
                          {{3, 0}, 0, 1, 3, 0, 1, {2, 0}},
                          {{2, 4, 3}, 1, 1, 3, 1, 1, {2, 2, 3}},
                          {{2, 4, 3}, 2, -3, 2, 2, 0, {2, 4, 2}}};
    for (const Case& c : cases)
        op.samples.push_back(sample(
            fmt::format("[{}, {}) along {} of {}", c.begin, c.end, c.axis, to_string(c.from)), {any(c.from)},
            [c](const auto& in) { return slice(in[0], c.axis, c.begin, c.end); }, c.to,
            [c](Index at, const Tensors<double>& in) {
                at[c.normalized] += c.first;
                return in[0].value().data()[flatten(c.from, at)];
            }));
    return op;
}

}  // namespace

std::vector<Op> shape_ops() {
    std::vector<Op> ops{reshape_op(), concatenate_op(), slice_op()};
    for (const auto& pair : {transpose_ops(), broadcasting_ops()})
        ops.insert(ops.end(), pair.begin(), pair.end());
    return ops;
}

}  // namespace xgrad::registry
