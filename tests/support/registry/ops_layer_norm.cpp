#include <cmath>

#include <fmt/format.h>

#include "support/registry/op_registry.hpp"

// The ops that normalize each example: layer_norm, rms_norm, group_norm.
namespace xgrad::registry {
namespace {

Tensor<double> any(const Shape& shape) { return between(-2, 2, shape); }

// x normalized like the elements [first, first + count), from their mean if `centered`.
double naive(const Tensor<double>& x, std::size_t i, std::size_t first, std::size_t count, bool centered,
             double epsilon) {
    const double* row = x.value().data() + first;
    double mean = 0, squares = 0;
    for (std::size_t j = 0; centered && j < count; ++j) mean += row[j] / static_cast<double>(count);
    for (std::size_t j = 0; j < count; ++j) squares += (row[j] - mean) * (row[j] - mean);
    return (x.value().data()[i] - mean) / std::sqrt(squares / static_cast<double>(count) + epsilon);
}

struct Case {
    Shape shape, normalized;
};
const Case cases[] = {{{2, 3}, {3}}, {{3}, {3}},    {{2, 2, 3}, {3}}, {{2, 2, 3}, {2, 3}},
                      {{1, 4}, {4}}, {{3, 1}, {1}}, {{0, 3}, {3}}};

// The rows that both ops refuse.
template <class F>
std::vector<Invalid> refused(const std::string& name, F call) {
    return {invalid<ShapeError>(name + ": x (2, 3) does not end in the normalized shape (2)",
                                [=](auto zeros) { call(zeros({2, 3}), Shape{2}, zeros({2}), 1e-5); }),
            invalid<ShapeError>(name + ": x (2, 3) does not end in the normalized shape ()",
                                [=](auto zeros) { call(zeros({2, 3}), Shape{}, zeros({}), 1e-5); }),
            invalid<ShapeError>(name + ": nothing to normalize: the normalized shape is (0)",
                                [=](auto zeros) { call(zeros({2, 0}), Shape{0}, zeros({0}), 1e-5); }),
            invalid<ShapeError>(name + ": expected gamma (3), got (1, 3)",
                                [=](auto zeros) { call(zeros({2, 3}), Shape{3}, zeros({1, 3}), 1e-5); }),
            invalid<ValueError>(name + ": epsilon must be finite and positive, got 0",
                                [=](auto zeros) { call(zeros({2, 3}), Shape{3}, zeros({3}), 0); })};
}

Op layer_norm_op() {
    Op op{"layer_norm(Tensor, Shape, Tensor, Tensor, double)",
          {},
          refused("layer_norm", [](const auto& x, const Shape& shape, const auto& gamma, double epsilon) {
              layer_norm(x, shape, gamma, gamma, epsilon);
          })};
    op.invalid.push_back(invalid<ShapeError>("layer_norm: expected beta (3), got (2)", [](auto zeros) {
        layer_norm(zeros({2, 3}), {3}, zeros({3}), zeros({2}));
    }));
    op.invalid.push_back(invalid<ValueError>("layer_norm: beta is given without gamma", [](auto zeros) {
        layer_norm(zeros({2, 3}), {3}, {}, zeros({3}));
    }));
    const auto of = [](const Case& c, std::size_t parameters) {
        Tensors<double> inputs{any(c.shape)};
        for (std::size_t i = 0; i < parameters; ++i) inputs.push_back(any(c.normalized));
        return sample(
            fmt::format("{} over {}, {} parameters", to_string(c.shape), to_string(c.normalized), parameters),
            inputs,
            [=](const auto& in) {
                return parameters == 0   ? layer_norm(in[0], c.normalized, {}, {}, 0.1)
                       : parameters == 1 ? layer_norm(in[0], c.normalized, in[1], {}, 0.1)
                                         : layer_norm(in[0], c.normalized, in[1], in[2], 0.1);
            },
            c.shape,
            [=](const Index& at, const Tensors<double>& in) {
                const std::size_t i = flatten(c.shape, at), n = size_of(c.normalized);
                const double y = naive(in[0], i, i / n * n, n, true, 0.1);
                return (parameters > 0 ? in[1].value().data()[i % n] : 1) * y +
                       (parameters > 1 ? in[2].value().data()[i % n] : 0);
            });
    };
    for (const Case& c : cases)
        for (const std::size_t parameters : {0UL, 1UL, 2UL}) op.samples.push_back(of(c, parameters));
    op.large = [of] { return std::vector{of({large_shape, {large_shape[1]}}, 2)}; };
    return op;
}

Op rms_norm_op() {
    Op op{"rms_norm(Tensor, Shape, Tensor, double)",
          {},
          refused("rms_norm", [](const auto& x, const Shape& shape, const auto& gamma, double epsilon) {
              rms_norm(x, shape, gamma, epsilon);
          })};
    for (const Case& c : cases)
        for (const bool scaled : {false, true}) {
            Tensors<double> inputs{any(c.shape)};
            if (scaled) inputs.push_back(any(c.normalized));
            op.samples.push_back(sample(
                fmt::format("{} over {}{}", to_string(c.shape), to_string(c.normalized),
                            scaled ? ", scaled" : ""),
                inputs,
                [=](const auto& in) {
                    return scaled ? rms_norm(in[0], c.normalized, in[1], 0.1)
                                  : rms_norm(in[0], c.normalized, {}, 0.1);
                },
                c.shape,
                [=](const Index& at, const Tensors<double>& in) {
                    const std::size_t i = flatten(c.shape, at), n = size_of(c.normalized);
                    return (scaled ? in[1].value().data()[i % n] : 1) *
                           naive(in[0], i, i / n * n, n, false, 0.1);
                }));
        }
    return op;
}

Op group_norm_op() {
    Op op{"group_norm(Tensor, size_t, Tensor, Tensor, double)",
          {},
          {invalid<ShapeError>("group_norm: expected x (batch, channels, ...), got (4)",
                               [](auto zeros) { group_norm(zeros({4}), 2); }),
           invalid<ShapeError>("group_norm: the 4 channels of x (2, 4) are no multiple of 3 groups",
                               [](auto zeros) { group_norm(zeros({2, 4}), 3); }),
           invalid<ShapeError>("group_norm: nothing to normalize: the normalized shape is (0)",
                               [](auto zeros) { group_norm(zeros({2, 4, 0}), 2); }),
           invalid<ShapeError>("group_norm: expected beta (4), got (2)",
                               [](auto zeros) { group_norm(zeros({2, 4}), 2, zeros({4}), zeros({2})); }),
           invalid<ValueError>("group_norm: expected at least one group, got 0",
                               [](auto zeros) { group_norm(zeros({2, 4}), 0); }),
           invalid<ValueError>("group_norm: gamma and beta must both be given, or neither",
                               [](auto zeros) { group_norm(zeros({2, 4}), 2, zeros({4})); }),
           invalid<ValueError>("group_norm: epsilon must be finite and positive, got -1",
                               [](auto zeros) { group_norm(zeros({2, 4}), 2, {}, {}, -1); })}};
    struct Groups {
        Shape shape;
        std::size_t groups;
    };
    for (const Groups& c : {Groups{{2, 4}, 2}, Groups{{2, 4}, 4}, Groups{{1, 2, 3}, 1}, Groups{{2, 4, 2}, 2},
                            Groups{{0, 4}, 2}, Groups{{1, 1}, 1}})
        for (const bool affine : {false, true}) {
            Tensors<double> inputs{any(c.shape)};
            if (affine) inputs.insert(inputs.end(), {any({c.shape[1]}), any({c.shape[1]})});
            op.samples.push_back(sample(
                fmt::format("{}, {} groups{}", to_string(c.shape), c.groups, affine ? ", affine" : ""),
                inputs,
                [=](const auto& in) {
                    return affine ? group_norm(in[0], c.groups, in[1], in[2], 0.1)
                                  : group_norm(in[0], c.groups, {}, {}, 0.1);
                },
                c.shape,
                [=](const Index& at, const Tensors<double>& in) {
                    const std::size_t i = flatten(c.shape, at), n = in[0].size() / (c.shape[0] * c.groups);
                    const double y = naive(in[0], i, i / n * n, n, true, 0.1);
                    return affine ? element(in[1], {at[1]}) * y + element(in[2], {at[1]}) : y;
                }));
        }
    return op;
}

}  // namespace

std::vector<Op> layer_norm_ops() { return {layer_norm_op(), rms_norm_op(), group_norm_op()}; }

}  // namespace xgrad::registry
