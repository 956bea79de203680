#include <algorithm>
#include <cstdint>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "support/registry/op_registry.hpp"

// The ops that change the shape.
namespace xgrad::registry {
namespace {

Tensor<double> any(const Shape& shape) { return between(-2, 2, shape); }

// A call that only changes the shape.
template <class F>
Sample shaped(const Shape& from, const Shape& to, F call) {
    return sample(
        fmt::format("{} to {}", to_string(from), to_string(to)), {any(from)},
        [call](const auto& in) { return call(in[0]); }, to,
        [to](const Index& at, const Tensors<double>& in) { return in[0].value().data()[flatten(to, at)]; });
}

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
        op.samples.push_back(shaped(from, to, [to = to](const auto& x) { return reshape(x, to); }));
    return op;
}

Op reshape_with_rest_op() {
    const auto message = [](const std::string& from, const std::string& to) {
        return fmt::format("reshape: no extent for -1 turns {} into ({})", from, to);
    };
    Op op{
        "reshape(Tensor, initializer_list<Extent>)",
        {},
        {invalid<ShapeError>("reshape: cannot turn (2, 3) into (4, 1): 6 elements into 4",
                             [](auto zeros) { reshape(zeros({2, 3}), {4, 1}); }),
         invalid<ShapeError>(message("(2, 3)", "-1, 4"), [](auto zeros) { reshape(zeros({2, 3}), {-1, 4}); }),
         invalid<ShapeError>(message("(2, 3)", "-1, 2, -1"),
                             [](auto zeros) { reshape(zeros({2, 3}), {-1, 2, -1}); }),
         invalid<ShapeError>(message("(0, 3)", "0, -1"), [](auto zeros) { reshape(zeros({0, 3}), {0, -1}); }),
         invalid<ShapeError>(too_large("reshape", "(1, 1099511627776, 1099511627776)"), [](auto zeros) {
             reshape(zeros({0}), {-1, std::int64_t{1} << 40, std::int64_t{1} << 40});
         })}};
    op.samples = {shaped({2, 3}, {3, 2}, [](const auto& x) { return reshape(x, {-1, 2}); }),
                  shaped({}, {1}, [](const auto& x) { return reshape(x, {-1}); }),
                  shaped({0, 3}, {0, 1, 3}, [](const auto& x) { return reshape(x, {-1, 1, 3}); }),
                  shaped({2, 3}, {6}, [](const auto& x) { return reshape(x, {6}); }),
                  shaped({1}, {}, [](const auto& x) { return reshape(x, {}); })};
    return op;
}

std::vector<Op> relabelling_ops() {
    return {{"squeeze(Tensor)",
             {shaped({1, 3, 1}, {3}, [](const auto& x) { return squeeze(x); }),
              shaped({1, 1}, {}, [](const auto& x) { return squeeze(x); }),
              shaped({0, 1}, {0}, [](const auto& x) { return squeeze(x); }),
              shaped({2, 3}, {2, 3}, [](const auto& x) { return squeeze(x); })},
             {}},
            {"squeeze(Tensor, ptrdiff_t)",
             {shaped({1, 3, 1}, {1, 3}, [](const auto& x) { return squeeze(x, -1); }),
              shaped({1}, {}, [](const auto& x) { return squeeze(x, 0); }),
              shaped({0, 1}, {0}, [](const auto& x) { return squeeze(x, 1); })},
             {invalid<ShapeError>("squeeze: axis 0 of (2, 1) has extent 2, not 1",
                                  [](auto zeros) { squeeze(zeros({2, 1}), 0); }),
              invalid<ShapeError>("squeeze: axis 2 is out of range for an array with 2 axes",
                                  [](auto zeros) { squeeze(zeros({2, 1}), 2); })}},
            {"unsqueeze(Tensor, ptrdiff_t)",
             {shaped({2, 3}, {2, 3, 1}, [](const auto& x) { return unsqueeze(x, -1); }),
              shaped({2, 3}, {2, 1, 3}, [](const auto& x) { return unsqueeze(x, 1); }),
              shaped({}, {1}, [](const auto& x) { return unsqueeze(x, 0); }),
              shaped({0, 3}, {1, 0, 3}, [](const auto& x) { return unsqueeze(x, 0); })},
             {invalid<ShapeError>("unsqueeze: axis 3 is out of range for an array with 3 axes",
                                  [](auto zeros) { unsqueeze(zeros({2, 1}), 3); })}},
            {"flatten(Tensor, ptrdiff_t, ptrdiff_t)",
             {shaped({2, 3, 4}, {24}, [](const auto& x) { return flatten(x); }),
              shaped({2, 3, 4}, {2, 12}, [](const auto& x) { return flatten(x, 1); }),
              shaped({2, 3, 4}, {6, 4}, [](const auto& x) { return flatten(x, 0, -2); }),
              shaped({2, 3}, {2, 3}, [](const auto& x) { return flatten(x, 1, 1); }),
              shaped({}, {1}, [](const auto& x) { return flatten(x); }),
              shaped({2, 0, 3}, {2, 0}, [](const auto& x) { return flatten(x, 1); })},
             {invalid<ShapeError>("flatten: axis 2 is out of range for an array with 2 axes",
                                  [](auto zeros) { flatten(zeros({2, 1}), 2); }),
              invalid<ShapeError>("flatten: axis 0 is before axis 1",
                                  [](auto zeros) { flatten(zeros({2, 1}), 1, 0); })}}};
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

}  // namespace

std::vector<Op> shape_ops() {
    std::vector<Op> ops{reshape_op(), reshape_with_rest_op()};
    for (const auto& more : {relabelling_ops(), transpose_ops(), broadcasting_ops()})
        ops.insert(ops.end(), more.begin(), more.end());
    return ops;
}

}  // namespace xgrad::registry
