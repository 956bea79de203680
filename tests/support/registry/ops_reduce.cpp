#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "support/registry/op_registry.hpp"

// The reductions: every subset of the axes, kept or not, for arrays with none to three axes.
namespace xgrad::registry {
namespace {

using Formula = std::function<double(const std::vector<double>&)>;

double naive_sum(const std::vector<double>& x) {
    double sum = 0;
    for (const double v : x) sum += v;
    return sum;
}
double naive_mean(const std::vector<double>& x) { return naive_sum(x) / static_cast<double>(x.size()); }
double naive_variance(const std::vector<double>& x, double correction) {
    const double mean = naive_mean(x);
    double sum = 0;
    for (const double v : x) sum += (v - mean) * (v - mean);
    return sum / (static_cast<double>(x.size()) - correction);
}
double naive_logsumexp(const std::vector<double>& x) {
    double sum = 0;
    for (const double v : x) sum += std::exp(v);
    return std::log(sum);
}
double naive_maximum(const std::vector<double>& x) { return *std::max_element(x.begin(), x.end()); }
double naive_minimum(const std::vector<double>& x) { return *std::min_element(x.begin(), x.end()); }

bool contains(const Axes& axes, std::size_t axis, std::size_t rank) {
    return std::any_of(axes.begin(), axes.end(), [&](std::ptrdiff_t a) {
        return a == static_cast<std::ptrdiff_t>(axis) ||
               a + static_cast<std::ptrdiff_t>(rank) == static_cast<std::ptrdiff_t>(axis);
    });
}

// `at` without the reduced axes, or with 0 for them if they are kept.
Index reduced_index(const Index& at, const Axes& axes, KeepDims keepdims) {
    Index reduced;
    for (std::size_t axis = 0; axis < at.size(); ++axis) {
        const bool gone = contains(axes, axis, at.size());
        if (!gone || keepdims == KeepDims::yes) reduced.push_back(gone ? 0 : at[axis]);
    }
    return reduced;
}

// Applies `formula` to all elements of x that are reduced to the one at `at`.
Reference reduction(Axes axes, KeepDims keepdims, Formula formula) {
    return [=](const Index& at, const Tensors<double>& in) {
        std::vector<double> reduced;
        for (std::size_t i = 0; i < in[0].size(); ++i)
            if (reduced_index(unflatten(in[0].shape(), i), axes, keepdims) == at)
                reduced.push_back(in[0].value().data()[i]);
        return formula(reduced);
    };
}

Shape shape_after(const Shape& shape, const Axes& axes, KeepDims keepdims) {
    Shape result;
    for (std::size_t axis = 0; axis < shape.size(); ++axis) {
        const bool gone = contains(axes, axis, shape.size());
        if (!gone || keepdims == KeepDims::yes) result.push_back(gone ? 1 : shape[axis]);
    }
    return result;
}

std::size_t count_reduced(const Shape& shape, const Axes& axes) {
    std::size_t count = 1;
    for (std::size_t axis = 0; axis < shape.size(); ++axis)
        if (contains(axes, axis, shape.size())) count *= shape[axis];
    return count;
}

std::vector<Axes> subsets(std::size_t rank) {
    std::vector<Axes> all;
    for (std::size_t bits = 0; bits < (std::size_t{1} << rank); ++bits) {
        Axes axes;
        for (std::size_t axis = 0; axis < rank; ++axis)
            if (bits & (std::size_t{1} << axis)) axes.push_back(static_cast<std::ptrdiff_t>(axis));
        all.push_back(axes);
    }
    if (rank == 3) all.push_back({-1, 0});  // counted from the last axis, and out of order
    return all;
}

template <class F>
std::vector<Invalid> bad_axes(const std::string& name, F reduce) {
    const auto op = [reduce](const auto& x, const Axes& axes) { reduce(x, axes, KeepDims::no); };
    return {invalid<ShapeError>(name + ": axis 2 is out of range for an array with 2 axes",
                                [=](auto zeros) { op(zeros({2, 3}), {2}); }),
            invalid<ShapeError>(name + ": axis -2 is out of range for an array with 1 axis",
                                [=](auto zeros) { op(zeros({3}), {-2}); }),
            invalid<ShapeError>(name + ": axis 0 is out of range for an array with 0 axes",
                                [=](auto zeros) { op(zeros({}), {0}); }),
            invalid<ShapeError>(name + ": axis 1 is given twice",
                                [=](auto zeros) { op(zeros({2, 3}), {1, -1}); })};
}

// Adds a reduction that needs at least `least` elements, over axes and over all elements.
template <class F>
void add_reduction(std::vector<Op>& ops, const std::string& name, std::size_t least, F op, Formula formula) {
    const bool is_variance = name == "variance";
    Op over_axes{
        name + (is_variance ? "(Tensor, Axes, KeepDims, size_t)" : "(Tensor, Axes, KeepDims)"), {}, {}};
    Op over_all{name + "(Tensor)", {}, {}};
    const auto along = [=](const Tensor<double>& x, const Axes& axes, KeepDims keepdims) {
        return sample(
            fmt::format("{} over [{}]{}", to_string(x.shape()), fmt::join(axes, ", "),
                        keepdims == KeepDims::yes ? ", kept" : ""),
            {x}, [=](const auto& in) { return op(in[0], axes, keepdims); },
            shape_after(x.shape(), axes, keepdims), reduction(axes, keepdims, formula));
    };
    const auto total = [=](const Tensor<double>& x) {
        return sample(
            to_string(x.shape()), {x}, [op](const auto& in) { return op(in[0]); }, {},
            [formula](const Index&, const Tensors<double>& in) {
                return formula(std::vector<double>(in[0].value().begin(), in[0].value().end()));
            });
    };
    const bool has_ties = name == "amax" || name == "amin";
    const auto large = [=] { return has_ties ? distinct(large_shape) : between(-2, 2, large_shape); };
    over_axes.large = [=] {
        return std::vector{along(large(), {0}, KeepDims::no), along(large(), {1}, KeepDims::no)};
    };
    over_all.large = [=] { return std::vector{total(large())}; };
    over_axes.invalid = bad_axes(name, op);
    for (const Shape& shape : shapes()) {
        for (const Axes& axes : subsets(shape.size()))
            for (const KeepDims keepdims : {KeepDims::no, KeepDims::yes})
                if (count_reduced(shape, axes) >= least)
                    over_axes.samples.push_back(along(distinct(shape), axes, keepdims));
        if (size_of(shape) >= least) over_all.samples.push_back(total(distinct(shape)));
    }
    ops.push_back(std::move(over_axes));
    ops.push_back(std::move(over_all));
}

// A function that is called with or without axes.
template <class A, class B>
struct Overloads : A, B {
    using A::operator();
    using B::operator();
};
template <class A, class B>
Overloads(A, B) -> Overloads<A, B>;

#define REDUCTION(name)                                                                             \
    Overloads {                                                                                     \
        [](const auto& x, const Axes& axes, KeepDims keepdims) { return name(x, axes, keepdims); }, \
            [](const auto& x) { return name(x); }                                                   \
    }

// Adds the error for empty reductions to the last two of `ops`, which need at least one element.
template <class F>
void refuse_nothing_to_reduce(std::vector<Op>& ops, const std::string& name, F op) {
    const std::string message = name + ": nothing to reduce: shape (0, 3) has no elements along the axes";
    ops[ops.size() - 2].invalid.push_back(
        invalid<ShapeError>(message, [=](auto zeros) { op(zeros({0, 3}), {0}, KeepDims::no); }));
    ops.back().invalid.push_back(invalid<ShapeError>(message, [=](auto zeros) { op(zeros({0, 3})); }));
}

}  // namespace

std::vector<Op> reduction_ops() {
    std::vector<Op> ops;
    add_reduction(ops, "sum", 0, REDUCTION(sum), naive_sum);
    add_reduction(ops, "logsumexp", 1, REDUCTION(logsumexp), naive_logsumexp);
    add_reduction(ops, "mean", 1, REDUCTION(mean), naive_mean);
    refuse_nothing_to_reduce(ops, "mean", REDUCTION(mean));
    add_reduction(ops, "amax", 1, REDUCTION(amax), naive_maximum);
    refuse_nothing_to_reduce(ops, "amax", REDUCTION(amax));
    add_reduction(ops, "amin", 1, REDUCTION(amin), naive_minimum);
    refuse_nothing_to_reduce(ops, "amin", REDUCTION(amin));
    add_reduction(ops, "variance", 1, REDUCTION(variance),
                  [](const auto& x) { return naive_variance(x, 0); });
    Op& over_axes = ops[ops.size() - 2];
    over_axes.samples.push_back(sample(
        "(2, 3) over [1], correction 1", {distinct({2, 3})},
        [](const auto& in) { return variance(in[0], {1}, KeepDims::no, 1); }, {2},
        reduction({1}, KeepDims::no, [](const auto& x) { return naive_variance(x, 1); })));
    over_axes.samples.push_back(sample(
        "(2, 3) over [0, 1], correction 2, kept", {distinct({2, 3})},
        [](const auto& in) { return variance(in[0], {0, 1}, KeepDims::yes, 2); }, {1, 1},
        reduction({0, 1}, KeepDims::yes, [](const auto& x) { return naive_variance(x, 2); })));
    over_axes.invalid.push_back(
        invalid<ShapeError>("variance: needs more than 0 elements along the axes, shape (0, 3) has 0",
                            [](auto zeros) { variance(zeros({0, 3}), {0}); }));
    over_axes.invalid.push_back(
        invalid<ShapeError>("variance: needs more than 1 element along the axes, shape (1, 3) has 1",
                            [](auto zeros) { variance(zeros({1, 3}), {0}, KeepDims::no, 1); }));
    ops.back().invalid.push_back(
        invalid<ShapeError>("variance: needs more than 0 elements along the axes, shape (3, 0) has 0",
                            [](auto zeros) { variance(zeros({3, 0})); }));
    return ops;
}

}  // namespace xgrad::registry
